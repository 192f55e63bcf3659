#include "rpc/link_conversion.h"

#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include "base/check.h"
#include "base/overloaded.h"
#include "base/secret.h"
#include "proto/shoal/worker.pb.h"

namespace shoal {
namespace {

// As many as --threads takes: what is kept for each lane is not a matter of the worker's word.
constexpr std::uint32_t kMaxLanes = 1024;

std::string Text(std::uint64_t number) { return std::to_string(number); }

void Fill(const Hello& hello, wire::Hello* out) {
  out->set_worker_id(hello.worker_id);
  out->set_incarnation(hello.incarnation);
  out->set_started_unix_us(hello.started_unix_us);
  out->set_version(hello.version);
  out->set_model_digest(hello.model_digest);
  out->set_precision(std::string(Name(hello.precision)));
  out->set_dim(hello.dim);
  out->set_lanes(hello.lanes);
  out->set_max_batch_items(hello.max_batch_items);
  out->set_max_batch_tokens(hello.max_batch_tokens);
  out->set_kernel_table(hello.kernel_table);
  out->set_pid(hello.pid);
  out->set_metrics_address(hello.metrics_address);
  out->set_alpha_us(hello.alpha_us);
  out->set_per_token_us(hello.per_token_us);
}

void Fill(const WorkerStats& stats, wire::WorkerStats* out) {
  out->set_cpu_us(stats.cpu_us);
  out->set_resident_bytes(stats.resident_bytes);
  out->set_batches_executed(stats.batches_executed);
  out->set_items_executed(stats.items_executed);
  out->set_errors(stats.errors);
  out->set_forward_p99_us(stats.forward_p99_us);
}

void Fill(const Welcome& welcome, wire::Welcome* out) {
  out->set_coordinator_id(welcome.coordinator_id);
  out->set_attachment_id(welcome.attachment_id);
  out->set_batch_tokens(welcome.batch_tokens);
  out->set_attention_cost(welcome.attention_cost);
  out->set_round_trip_us(welcome.round_trip_us);
}

// Protobuf writes no field twice, in the order of their numbers, and nothing that is unknown here.
template <typename Message>
std::string AsWrittenHere(Message& message) {
  message.DiscardUnknownFields();
  return message.SerializeAsString();
}

template <typename Message, typename T>
std::optional<Result<Message>> As(std::optional<Result<T>> read) {
  if (!read) return std::nullopt;
  if (!read->ok()) return read->status();
  return Message(**std::move(read));
}

void Send(const google::protobuf::MessageLite& message, const MakeRoom& room) {
  char* const to = room(message.ByteSizeLong());
  if (to == nullptr) return;
  message.SerializeWithCachedSizesToArray(reinterpret_cast<std::uint8_t*>(to));
}

Result<CoordinatorMessage> FromWire(wire::CoordinatorMessage& message) {
  using Kind = wire::CoordinatorMessage;
  switch (message.message_case()) {
    case Kind::kWelcome: {
      wire::Welcome& welcome = *message.mutable_welcome();
      return CoordinatorMessage(
          Welcome{.coordinator_id = std::move(*welcome.mutable_coordinator_id()),
                  .attachment_id = welcome.attachment_id(),
                  .batch_tokens = welcome.batch_tokens(),
                  .attention_cost = welcome.attention_cost(),
                  .round_trip_us = welcome.round_trip_us()});
    }
    case Kind::kRefuse:
      return CoordinatorMessage(Refuse{.why = std::move(*message.mutable_refuse()->mutable_why()),
                                       .stay_away_ms = message.refuse().stay_away_ms()});
    case Kind::kBatch: {
      auto batch = As<CoordinatorMessage>(ReadBatch(AsWrittenHere(message)));
      CHECK(batch, "what protobuf writes is read here");
      return *std::move(batch);
    }
    case Kind::kCancel: {
      const auto& items = message.cancel().items();
      return CoordinatorMessage(CancelItems{.items = {items.begin(), items.end()}});
    }
    case Kind::kGoodbye:
      return CoordinatorMessage(Goodbye{});
    case Kind::kStats:
      return CoordinatorMessage(CoordinatorStats{.round_trip_us = message.stats().round_trip_us()});
    case Kind::MESSAGE_NOT_SET:
      break;
  }
  return InvalidArgumentError("a message of no known kind from the coordinator");
}

}  // namespace

void Write(const WorkerMessage& message, const std::string& join_token, const MakeRoom& room) {
  if (const auto* const result = std::get_if<BatchResult>(&message)) return Write(*result, room);
  if (const auto* const grant = std::get_if<Grant>(&message)) return Write(*grant, room);
  wire::WorkerMessage out;
  std::visit(Overloaded{
                 [&](const Hello& hello) {
                   Fill(hello, out.mutable_hello());
                   out.mutable_hello()->set_join_token(join_token);
                 },
                 [](const Grant&) {},
                 [](const BatchResult&) {},
                 [&](const Goodbye&) { out.mutable_goodbye(); },
                 [&](const WorkerStats& stats) { Fill(stats, out.mutable_stats()); },
             },
             message);
  Send(out, room);
}

void Write(const CoordinatorMessage& message, const MakeRoom& room) {
  if (const auto* const batch = std::get_if<Batch>(&message)) return Write(*batch, room);
  wire::CoordinatorMessage out;
  std::visit(Overloaded{
                 [&](const Welcome& welcome) { Fill(welcome, out.mutable_welcome()); },
                 [&](const Refuse& refuse) {
                   out.mutable_refuse()->set_why(refuse.why);
                   out.mutable_refuse()->set_stay_away_ms(refuse.stay_away_ms);
                 },
                 [](const Batch&) {},
                 [&](const CancelItems& cancel) {
                   out.mutable_cancel()->mutable_items()->Add(cancel.items.begin(),
                                                              cancel.items.end());
                 },
                 [&](const Goodbye&) { out.mutable_goodbye(); },
                 [&](const CoordinatorStats& stats) {
                   out.mutable_stats()->set_round_trip_us(stats.round_trip_us);
                 },
             },
             message);
  Send(out, room);
}

Result<CoordinatorMessage> ReadCoordinatorMessage(std::string_view bytes) {
  if (auto batch = As<CoordinatorMessage>(ReadBatch(bytes))) return *std::move(batch);
  wire::CoordinatorMessage message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return InvalidArgumentError("a frame that is no message of a coordinator");
  }
  return FromWire(message);
}

Result<WorkerMessage> WorkerMessageReader::ReadHello(wire::Hello& hello) {
  if (greeted_) return InvalidArgumentError("a second Hello on one attachment");
  if (hello.version() < kOldestLinkVersion || hello.version() > kLinkVersion) {
    return Status(StatusCode::kFailedPrecondition,
                  "the worker speaks version " + Text(hello.version()) + " of the link, here are " +
                      Text(kOldestLinkVersion) + " to " + Text(kLinkVersion));
  }
  const std::optional<Precision> precision = ParsePrecision(hello.precision());
  if (!precision) return InvalidArgumentError("unknown precision \"" + hello.precision() + "\"");
  if (hello.worker_id().empty()) return InvalidArgumentError("Hello without a worker_id");
  if (hello.dim() == 0 || hello.lanes() == 0 || hello.max_batch_items() == 0 ||
      hello.max_batch_tokens() == 0) {
    return InvalidArgumentError(
        "Hello has dim " + Text(hello.dim()) + ", lanes " + Text(hello.lanes()) + ", max batch " +
        Text(hello.max_batch_items()) + " items, " + Text(hello.max_batch_tokens()) +
        " tokens; each must be at least 1");
  }
  if (hello.lanes() > kMaxLanes) {
    return InvalidArgumentError("Hello has " + Text(hello.lanes()) + " lanes, accepted at most " +
                                Text(kMaxLanes));
  }
  if (!(std::isfinite(hello.alpha_us()) && hello.alpha_us() >= 0 &&
        std::isfinite(hello.per_token_us()) && hello.per_token_us() >= 0)) {
    return InvalidArgumentError("Hello has alpha " + std::to_string(hello.alpha_us()) +
                                " us, per token " + std::to_string(hello.per_token_us()) + " us");
  }
  greeted_ = true;
  shape_ = {.dim = hello.dim(), .lanes = hello.lanes()};
  return WorkerMessage(Hello{.worker_id = std::move(*hello.mutable_worker_id()),
                             .incarnation = hello.incarnation(),
                             .started_unix_us = hello.started_unix_us(),
                             .version = hello.version(),
                             .model_digest = std::move(*hello.mutable_model_digest()),
                             .precision = *precision,
                             .dim = hello.dim(),
                             .lanes = hello.lanes(),
                             .max_batch_items = hello.max_batch_items(),
                             .max_batch_tokens = hello.max_batch_tokens(),
                             .kernel_table = std::move(*hello.mutable_kernel_table()),
                             .pid = hello.pid(),
                             .metrics_address = std::move(*hello.mutable_metrics_address()),
                             .alpha_us = hello.alpha_us(),
                             .per_token_us = hello.per_token_us()});
}

std::optional<Result<WorkerMessage>> WorkerMessageReader::ReadFrequent(
    std::string_view bytes) const {
  if (auto result = As<WorkerMessage>(ReadBatchResult(bytes, shape_))) return result;
  return As<WorkerMessage>(ReadGrant(bytes, shape_));
}

Result<WorkerMessage> WorkerMessageReader::Read(std::string_view bytes) {
  if (greeted_) {
    if (auto read = ReadFrequent(bytes)) return *std::move(read);
  }
  wire::WorkerMessage message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return InvalidArgumentError("a frame that is no message of a worker");
  }
  return Read(message);
}

Result<WorkerMessage> WorkerMessageReader::Read(wire::WorkerMessage& message) {
  using Kind = wire::WorkerMessage;
  if (!greeted_ && !join_token_.empty() && !SameSecret(message.hello().join_token(), join_token_)) {
    return InvalidArgumentError("the coordinator asks for another join token than this worker has");
  }
  if (!greeted_ && message.message_case() != Kind::kHello) {
    return InvalidArgumentError("the first message is not Hello");
  }
  switch (message.message_case()) {
    case Kind::kHello:
      return ReadHello(*message.mutable_hello());
    case Kind::kGrant:
    case Kind::kResult: {
      auto read = ReadFrequent(AsWrittenHere(message));
      CHECK(read, "what protobuf writes is read here");
      return *std::move(read);
    }
    case Kind::kGoodbye:
      return WorkerMessage(Goodbye{});
    case Kind::kStats: {
      const wire::WorkerStats& stats = message.stats();
      return WorkerMessage(WorkerStats{.cpu_us = stats.cpu_us(),
                                       .resident_bytes = stats.resident_bytes(),
                                       .batches_executed = stats.batches_executed(),
                                       .items_executed = stats.items_executed(),
                                       .errors = stats.errors(),
                                       .forward_p99_us = stats.forward_p99_us()});
    }
    case Kind::MESSAGE_NOT_SET:
      break;
  }
  return InvalidArgumentError("a message of no known kind from a worker");
}

}  // namespace shoal
