// Private to rpc. gRPC starts its threads for callbacks with the first channel that uses them and
// ends them with the last. While it ends them its release 1.51 at times aborts the process
// ("assertion failed: prior > 0"): a client at its end, or between two servers.
#pragma once

#include <grpcpp/channel.h>

#include <memory>

namespace shoal {

// Keeps `channel` until the next one is kept, and the last one for good. Call it when a callback is
// under way on it, or before the channel kept so far loses its other owners. Thread-safe.
void KeepChannel(std::shared_ptr<grpc::Channel> channel);

}  // namespace shoal
