// Bytes as what one side of the worker link hears: frames, messages of protobuf, then the checks
// that make values of them. Refused with words, or understood with sizes that fit each other, and
// as protobuf understands them.
//
//   direction (1: a worker's words, else a coordinator's), size of each piece that arrives, stream
#include "rpc/link_conversion.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/check.h"
#include "net/frame_reader.h"
#include "proto/shoal/worker.pb.h"

namespace shoal {
namespace {

constexpr std::size_t kMaxFrame = 1 << 16;

void CheckBatch(const Batch& batch) {
  std::uint64_t tokens = 0;
  for (const BatchItem& item : batch.items) {
    CHECK(item.length > 0, "an item has tokens");
    tokens += item.length;
  }
  CHECK(!batch.items.empty() && tokens == batch.token_ids.size(), "lengths add up to the ids");
}

// What was made of `frame`, written again, is what protobuf makes of it.
template <typename Message, typename WriteAgain>
void CheckSame(std::string_view frame, WriteAgain write) {
  Message message;
  CHECK(message.ParseFromArray(frame.data(), static_cast<int>(frame.size())),
        "what is understood is a message");
  message.DiscardUnknownFields();
  if constexpr (std::is_same_v<Message, wire::WorkerMessage>) {
    if (message.has_hello()) message.mutable_hello()->clear_join_token();
    if (message.has_result()) message.mutable_result()->mutable_grant();  // written, empty or not
  }
  std::string again;
  write([&again](std::size_t size) {
    again.resize(size);
    return again.data();
  });
  CHECK(again == message.SerializeAsString(), "protobuf understands the same");
}

class Listener {
 public:
  explicit Listener(bool to_worker) : to_worker_(to_worker) {}

  Result<bool> Take(std::string_view frame) {
    return to_worker_ ? FromCoordinator(frame) : FromWorker(frame);
  }

 private:
  Result<bool> FromWorker(std::string_view frame) {
    ASSIGN_OR_RETURN(const WorkerMessage read, reader_.Read(frame));
    CHECK(greeted_ != std::holds_alternative<Hello>(read), "Hello comes first and once");
    greeted_ = true;
    if (const auto* const hello = std::get_if<Hello>(&read)) dim_ = hello->dim;
    if (const auto* const result = std::get_if<BatchResult>(&read)) {
      const auto done = std::ranges::count(result->statuses, ItemStatus::kDone);
      CHECK(result->vectors.size() == static_cast<std::size_t>(done) * dim_ * sizeof(float),
            "a vector for each item that is done");
    }
    CheckSame<wire::WorkerMessage>(frame, [&](const MakeRoom& room) { Write(read, "", room); });
    return true;
  }

  static Result<bool> FromCoordinator(std::string_view frame) {
    ASSIGN_OR_RETURN(const CoordinatorMessage read, ReadCoordinatorMessage(frame));
    if (const auto* const batch = std::get_if<Batch>(&read)) CheckBatch(*batch);
    CheckSame<wire::CoordinatorMessage>(frame, [&](const MakeRoom& room) { Write(read, room); });
    return true;
  }

  const bool to_worker_;
  WorkerMessageReader reader_;
  bool greeted_ = false;
  std::size_t dim_ = 0;
};

void Hear(std::string_view input) {
  if (input.size() < 2) return;
  Listener listener(input[0] != 1);
  const std::size_t piece = std::max<std::size_t>(1, static_cast<unsigned char>(input[1]));
  FrameReader frames(kMaxFrame);
  for (input.remove_prefix(2); !input.empty();) {
    const std::string_view next = input.substr(0, piece);
    input.remove_prefix(next.size());
    const Status read =
        frames.Read(next, [&](std::string_view frame) { return listener.Take(frame); });
    if (!read.ok()) {
      CHECK(!read.message().empty(), "a refusal says why");
      return;
    }
  }
}

}  // namespace
}  // namespace shoal

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  shoal::Hear({reinterpret_cast<const char*>(data), size});
  return 0;
}
