#include "rpc/link_conversion.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <optional>
#include <string>
#include <utility>

#include "base/check.h"
#include "base/overloaded.h"

namespace shoal {
namespace {

static_assert(std::endian::native == std::endian::little, "ids and vectors are copied as they lie");

// As many as --threads takes: what is kept for each lane is not a matter of the worker's word.
constexpr std::uint32_t kMaxLanes = 1024;

std::string Text(std::uint64_t number) { return std::to_string(number); }

void Fill(const Grant& grant, wire::Grant* out) {
  out->mutable_granted()->Add(grant.granted.begin(), grant.granted.end());
}

void Fill(Hello hello, wire::Hello* out) {
  out->set_worker_id(std::move(hello.worker_id));
  out->set_incarnation(hello.incarnation);
  out->set_started_unix_us(hello.started_unix_us);
  out->set_version(hello.version);
  out->set_model_digest(std::move(hello.model_digest));
  out->set_precision(std::string(Name(hello.precision)));
  out->set_dim(hello.dim);
  out->set_lanes(hello.lanes);
  out->set_max_batch_items(hello.max_batch_items);
  out->set_max_batch_tokens(hello.max_batch_tokens);
  out->set_kernel_table(std::move(hello.kernel_table));
  out->set_pid(hello.pid);
  out->set_metrics_address(std::move(hello.metrics_address));
  out->set_alpha_us(hello.alpha_us);
  out->set_per_token_us(hello.per_token_us);
}

wire::ItemStatus ToWire(ItemStatus status) {
  switch (status) {
    case ItemStatus::kDone:
      return wire::DONE;
    case ItemStatus::kFailed:
      return wire::FAILED;
    case ItemStatus::kNotRun:
      return wire::NOT_RUN;
  }
  CHECK(false, "every status has a wire form");
  return wire::ITEM_STATUS_UNSPECIFIED;
}

std::optional<ItemStatus> FromWire(int status) {
  switch (status) {
    case wire::DONE:
      return ItemStatus::kDone;
    case wire::FAILED:
      return ItemStatus::kFailed;
    case wire::NOT_RUN:
      return ItemStatus::kNotRun;
    default:
      return std::nullopt;
  }
}

void Fill(BatchResult result, wire::BatchResult* out) {
  out->set_id(result.id);
  out->set_lane(result.lane);
  for (const ItemStatus status : result.statuses) out->add_statuses(ToWire(status));
  out->set_vectors(std::move(result.vectors));
  out->set_held_us(result.held_us);
  out->set_execution_us(result.execution_us);
  Fill(result.grant, out->mutable_grant());
}

void Fill(const WorkerStats& stats, wire::WorkerStats* out) {
  out->set_cpu_us(stats.cpu_us);
  out->set_resident_bytes(stats.resident_bytes);
  out->set_batches_executed(stats.batches_executed);
  out->set_items_executed(stats.items_executed);
  out->set_errors(stats.errors);
  out->set_forward_p99_us(stats.forward_p99_us);
}

void Fill(Welcome welcome, wire::Welcome* out) {
  out->set_coordinator_id(std::move(welcome.coordinator_id));
  out->set_attachment_id(welcome.attachment_id);
  out->set_batch_tokens(welcome.batch_tokens);
  out->set_attention_cost(welcome.attention_cost);
  out->set_round_trip_us(welcome.round_trip_us);
}

void Fill(const Batch& batch, wire::Batch* out) {
  out->set_id(batch.id);
  out->set_lane(batch.lane);
  for (const BatchItem& item : batch.items) {
    wire::BatchItem* const to = out->add_items();
    to->set_id(item.id);
    to->set_attempt(item.attempt);
    to->set_remaining_us(item.remaining_us);
    to->set_length(item.length);
  }
  out->set_token_ids(batch.token_ids.data(), batch.token_ids.size() * sizeof(std::int32_t));
}

Result<CoordinatorMessage> ReadBatch(const wire::Batch& batch) {
  Batch read{.id = batch.id(), .lane = batch.lane()};
  const std::string where = "batch " + Text(batch.id());
  if (batch.items().empty()) return InvalidArgumentError(where + " has no items");
  std::uint64_t tokens = 0;
  read.items.reserve(static_cast<std::size_t>(batch.items_size()));
  for (const wire::BatchItem& item : batch.items()) {
    if (item.length() == 0) {
      return InvalidArgumentError(where + ": item " + Text(item.id()) + " has no tokens");
    }
    tokens += item.length();
    read.items.push_back({.id = item.id(),
                          .attempt = item.attempt(),
                          .remaining_us = item.remaining_us(),
                          .length = item.length()});
  }
  const std::string& ids = batch.token_ids();
  if (ids.size() != tokens * sizeof(std::int32_t)) {
    return InvalidArgumentError(where + " has " + Text(ids.size()) +
                                " bytes of ids, its items say " + Text(tokens) +
                                " tokens of 4 bytes");
  }
  read.token_ids.resize(tokens);
  std::memcpy(read.token_ids.data(), ids.data(), ids.size());
  return CoordinatorMessage(std::move(read));
}

}  // namespace

wire::WorkerMessage ToWire(WorkerMessage message) {
  wire::WorkerMessage out;
  std::visit(Overloaded{
                 [&](Hello& hello) { Fill(std::move(hello), out.mutable_hello()); },
                 [&](Grant& grant) { Fill(grant, out.mutable_grant()); },
                 [&](BatchResult& result) { Fill(std::move(result), out.mutable_result()); },
                 [&](Goodbye&) { out.mutable_goodbye(); },
                 [&](WorkerStats& stats) { Fill(stats, out.mutable_stats()); },
             },
             message);
  return out;
}

wire::CoordinatorMessage ToWire(CoordinatorMessage message) {
  wire::CoordinatorMessage out;
  std::visit(Overloaded{
                 [&](Welcome& welcome) { Fill(std::move(welcome), out.mutable_welcome()); },
                 [&](Refuse& refuse) {
                   out.mutable_refuse()->set_why(std::move(refuse.why));
                   out.mutable_refuse()->set_stay_away_ms(refuse.stay_away_ms);
                 },
                 [&](Batch& batch) { Fill(batch, out.mutable_batch()); },
                 [&](CancelItems& cancel) {
                   out.mutable_cancel()->mutable_items()->Add(cancel.items.begin(),
                                                              cancel.items.end());
                 },
                 [&](Goodbye&) { out.mutable_goodbye(); },
                 [&](CoordinatorStats& stats) {
                   out.mutable_stats()->set_round_trip_us(stats.round_trip_us);
                 },
             },
             message);
  return out;
}

Result<CoordinatorMessage> FromWire(wire::CoordinatorMessage message) {
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
    case Kind::kBatch:
      return ReadBatch(message.batch());
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
  dim_ = hello.dim();
  lanes_ = hello.lanes();
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

Result<Grant> WorkerMessageReader::ReadGrant(const wire::Grant& grant) const {
  if (static_cast<std::uint32_t>(grant.granted_size()) != lanes_) {
    return InvalidArgumentError("a grant for " + std::to_string(grant.granted_size()) +
                                " lanes from a worker with " + Text(lanes_));
  }
  return Grant{.granted = {grant.granted().begin(), grant.granted().end()}};
}

Result<WorkerMessage> WorkerMessageReader::ReadResult(wire::BatchResult& result) const {
  const std::string where = "result of batch " + Text(result.id());
  if (result.lane() >= lanes_) {
    return InvalidArgumentError(where + ": lane " + Text(result.lane()) + " of a worker with " +
                                Text(lanes_) + " lanes");
  }
  BatchResult read{.id = result.id(),
                   .lane = result.lane(),
                   .held_us = result.held_us(),
                   .execution_us = result.execution_us()};
  std::uint64_t done = 0;
  for (const int status : result.statuses()) {
    const std::optional<ItemStatus> known = FromWire(status);
    if (!known) return InvalidArgumentError(where + ": item status " + std::to_string(status));
    if (*known == ItemStatus::kDone) ++done;
    read.statuses.push_back(*known);
  }
  const std::uint64_t expected = done * dim_ * sizeof(float);
  if (result.vectors().size() != expected) {
    return InvalidArgumentError(where + " has " + Text(result.vectors().size()) +
                                " bytes of vectors; " + Text(done) + " done items of dim " +
                                Text(dim_) + " are " + Text(expected));
  }
  ASSIGN_OR_RETURN(read.grant, ReadGrant(result.grant()));
  read.vectors = std::move(*result.mutable_vectors());
  return WorkerMessage(std::move(read));
}

Result<WorkerMessage> WorkerMessageReader::Read(wire::WorkerMessage message) {
  using Kind = wire::WorkerMessage;
  if (!greeted_ && message.message_case() != Kind::kHello) {
    return InvalidArgumentError("the first message is not Hello");
  }
  switch (message.message_case()) {
    case Kind::kHello:
      return ReadHello(*message.mutable_hello());
    case Kind::kGrant: {
      ASSIGN_OR_RETURN(Grant grant, ReadGrant(message.grant()));
      return WorkerMessage(std::move(grant));
    }
    case Kind::kResult:
      return ReadResult(*message.mutable_result());
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
