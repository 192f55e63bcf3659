#include "rpc/kept_channel.h"

#include "base/mutex.h"

namespace shoal {

void KeepChannel(std::shared_ptr<grpc::Channel> channel) {
  struct Kept {
    Mutex mutex;
    std::shared_ptr<grpc::Channel> channel GUARDED_BY(mutex);
  };
  static Kept* const kept = new Kept;  // beyond the end of main
  MutexLock lock(kept->mutex);
  kept->channel.swap(channel);
}

}  // namespace shoal
