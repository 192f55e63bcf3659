// Private to rpc. The messages of the worker link that each batch costs, Batch, BatchResult and
// Grant, straight between values and the bytes of a frame: through objects of protobuf ids and
// vectors would be copied once more on each side.
//
// What is written here is what protobuf writes, byte for byte. What is read here is what protobuf
// writes of such a message, in any order of its fields; the rest is protobuf's to read: unknown
// fields, statuses one by one, a message in pieces.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "api/worker_link.h"
#include "base/status.h"

namespace shoal {

// Room for `size` bytes, which the caller fills at once; nullptr: they are not wanted.
using MakeRoom = std::function<char*(std::size_t size)>;

// The CoordinatorMessage or WorkerMessage that carries it.
void Write(const Batch& batch, const MakeRoom& room);
void Write(const BatchResult& result, const MakeRoom& room);
void Write(const Grant& grant, const MakeRoom& room);

// What a worker said in its Hello.
struct LinkShape {
  std::uint32_t dim = 0;  // floats per vector
  std::uint32_t lanes = 0;
};

// nullopt: `message` is for protobuf to read. INVALID_ARGUMENT says what does not fit, before
// memory is taken for it.
std::optional<Result<Batch>> ReadBatch(std::string_view message);
std::optional<Result<BatchResult>> ReadBatchResult(std::string_view message, LinkShape shape);
std::optional<Result<Grant>> ReadGrant(std::string_view message, LinkShape shape);

}  // namespace shoal
