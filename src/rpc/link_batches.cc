#include "rpc/link_batches.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string>
#include <utility>

#include "base/check.h"
#include "proto/shoal/worker.pb.h"
#include "rpc/wire_cursor.h"
#include "rpc/wire_writer.h"

namespace shoal {
namespace {

static_assert(std::endian::native == std::endian::little, "ids and vectors are copied as they lie");

constexpr std::size_t kTokenBytes = sizeof(std::int32_t);

std::string Text(std::uint64_t number) { return std::to_string(number); }

// ---- Writing. ----

std::string_view AsBytes(const decltype(TraceContext::trace_id)& id) {
  return {reinterpret_cast<const char*>(id.data()), id.size()};
}

// proto3 does not write zeros.
template <typename Out>
void NonZero(Out& out, int field, std::uint64_t value) {
  if (value != 0) WriteNumber(out, field, value);
}

template <typename Out>
void Fields(Out& out, const BatchItem& item) {
  NonZero(out, wire::BatchItem::kIdFieldNumber, item.id);
  NonZero(out, wire::BatchItem::kAttemptFieldNumber, item.attempt);
  const auto zigzag = static_cast<std::uint64_t>(item.remaining_us) << 1 ^
                      static_cast<std::uint64_t>(item.remaining_us >> 63);
  NonZero(out, wire::BatchItem::kRemainingUsFieldNumber, zigzag);
  NonZero(out, wire::BatchItem::kLengthFieldNumber, item.length);
}

template <typename Out>
void Fields(Out& out, const Grant& grant) {
  if (grant.granted.empty()) return;
  std::size_t bytes = 0;
  for (const std::uint64_t batches : grant.granted) bytes += VarintBytes(batches);
  WriteLength(out, wire::Grant::kGrantedFieldNumber, bytes);
  for (const std::uint64_t batches : grant.granted) out.Varint(batches);
}

template <typename Out>
void Fields(Out& out, const Batch& batch);
template <typename Out>
void Fields(Out& out, const BatchResult& result);

template <typename Message>
std::size_t SizeOf(const Message& message) {
  WireCounter counter;
  Fields(counter, message);
  return counter.size;
}

template <typename Out, typename Message>
void Nested(Out& out, int field, const Message& message) {
  WriteLength(out, field, SizeOf(message));
  Fields(out, message);
}

template <typename Out>
void Fields(Out& out, const Batch& batch) {
  NonZero(out, wire::Batch::kIdFieldNumber, batch.id);
  NonZero(out, wire::Batch::kLaneFieldNumber, batch.lane);
  for (const BatchItem& item : batch.items) Nested(out, wire::Batch::kItemsFieldNumber, item);
  if (!batch.token_ids.empty()) {
    WriteText(out, wire::Batch::kTokenIdsFieldNumber,
              {reinterpret_cast<const char*>(batch.token_ids.data()),
               batch.token_ids.size() * kTokenBytes});
  }
  if (batch.trace.exists()) {
    WriteText(out, wire::Batch::kTraceIdFieldNumber, AsBytes(batch.trace.trace_id));
  }
  NonZero(out, wire::Batch::kSpanIdFieldNumber, batch.trace.span_id);
  NonZero(out, wire::Batch::kSampledFieldNumber, batch.trace.is_sampled ? 1 : 0);
}

std::uint64_t ToWire(ItemStatus status) {
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

template <typename Out>
void Fields(Out& out, const BatchResult& result) {
  NonZero(out, wire::BatchResult::kIdFieldNumber, result.id);
  NonZero(out, wire::BatchResult::kLaneFieldNumber, result.lane);
  if (!result.statuses.empty()) {  // each is one byte
    WriteLength(out, wire::BatchResult::kStatusesFieldNumber, result.statuses.size());
    for (const ItemStatus status : result.statuses) out.Varint(ToWire(status));
  }
  if (!result.vectors.empty()) {
    WriteText(out, wire::BatchResult::kVectorsFieldNumber, result.vectors);
  }
  NonZero(out, wire::BatchResult::kHeldUsFieldNumber, static_cast<std::uint64_t>(result.held_us));
  NonZero(out, wire::BatchResult::kExecutionUsFieldNumber,
          static_cast<std::uint64_t>(result.execution_us));
  Nested(out, wire::BatchResult::kGrantFieldNumber, result.grant);
}

template <typename Message>
void WriteMessage(int kind, const Message& message, const MakeRoom& room) {
  const std::size_t size = SizeOf(message);
  WireCounter head;
  WriteLength(head, kind, size);
  char* const to = room(head.size + size);
  if (to == nullptr) return;
  WireWriter writer(to);
  WriteLength(writer, kind, size);
  Fields(writer, message);
  CHECK(writer.end() == to + head.size + size, "a message has the size that was computed");
}

// ---- Reading: false, or nothing, where protobuf is to read. ----

// The content of a message of this kind, and of no other field.
std::optional<std::string_view> ContentOf(std::string_view message, std::uint32_t kind) {
  WireCursor cursor({&message, 1});
  WireTag tag;
  std::size_t length = 0;
  if (!cursor.ReadTag(tag) || tag.field != kind || tag.type != kLengthDelimited) return {};
  if (!cursor.ReadLength(length) || length != cursor.left()) return {};
  return cursor.Take(length);
}

// Gives each field that is a number to `number`, others to `bytes`, until one of them says false.
template <typename TakeNumber, typename TakeBytes>
bool ForEachField(std::string_view message, TakeNumber number, TakeBytes bytes) {
  WireCursor cursor({&message, 1});
  while (!cursor.AtEnd()) {
    WireTag tag;
    std::uint64_t value = 0;
    std::size_t length = 0;
    if (!cursor.ReadTag(tag)) return false;
    if (tag.type == kVarint) {
      if (!cursor.ReadVarint(10, value) || !number(tag.field, value)) return false;
    } else if (tag.type == kLengthDelimited) {
      if (!cursor.ReadLength(length) || !bytes(tag.field, cursor.Take(length))) return false;
    } else {
      return false;
    }
  }
  return true;
}

template <typename TakeNumber>
bool ForEachNumber(std::string_view packed, TakeNumber take) {
  WireCursor cursor({&packed, 1});
  while (!cursor.AtEnd()) {
    std::uint64_t value = 0;
    if (!cursor.ReadVarint(10, value)) return false;
    take(value);
  }
  return true;
}

constexpr auto kNoNumber = [](std::uint32_t /*field*/, std::uint64_t /*value*/) { return false; };
constexpr auto kNoBytes = [](std::uint32_t /*field*/, std::string_view /*bytes*/) { return false; };

bool ReadItem(std::string_view bytes, BatchItem& item) {
  item = {.attempt = 0};
  const auto number = [&item](std::uint32_t field, std::uint64_t value) {
    switch (field) {
      case wire::BatchItem::kIdFieldNumber:
        item.id = value;
        return true;
      case wire::BatchItem::kAttemptFieldNumber:
        item.attempt = static_cast<std::uint32_t>(value);
        return true;
      case wire::BatchItem::kRemainingUsFieldNumber:
        item.remaining_us = static_cast<std::int64_t>(value >> 1 ^ -(value & 1));
        return true;
      case wire::BatchItem::kLengthFieldNumber:
        item.length = static_cast<std::uint32_t>(value);
        return true;
      default:
        return false;
    }
  };
  return ForEachField(bytes, number, kNoBytes);
}

// A batch as it lies in its message, and what is known of it before memory is taken.
struct BatchOnWire {
  std::uint64_t id = 0;
  std::uint32_t lane = 0;
  std::size_t items = 0;
  std::uint64_t tokens = 0;          // of all items
  std::optional<ItemId> empty_item;  // the first without tokens
  std::string_view token_ids;
  std::string_view trace_id;
  TraceContext trace;  // all but its id
};

bool Look(std::string_view content, BatchOnWire& batch) {
  const auto number = [&batch](std::uint32_t field, std::uint64_t value) {
    switch (field) {
      case wire::Batch::kIdFieldNumber:
        batch.id = value;
        return true;
      case wire::Batch::kLaneFieldNumber:
        batch.lane = static_cast<std::uint32_t>(value);
        return true;
      case wire::Batch::kSpanIdFieldNumber:
        batch.trace.span_id = value;
        return true;
      case wire::Batch::kSampledFieldNumber:
        batch.trace.is_sampled = value != 0;
        return true;
      default:
        return false;
    }
  };
  const auto bytes = [&batch](std::uint32_t field, std::string_view value) {
    if (field == wire::Batch::kTokenIdsFieldNumber) {
      batch.token_ids = value;
      return true;
    }
    if (field == wire::Batch::kTraceIdFieldNumber) {
      batch.trace_id = value;
      return true;
    }
    BatchItem item;
    if (field != wire::Batch::kItemsFieldNumber || !ReadItem(value, item)) return false;
    ++batch.items;
    batch.tokens += item.length;
    if (item.length == 0 && !batch.empty_item) batch.empty_item = item.id;
    return true;
  };
  return ForEachField(content, number, bytes);
}

Status Check(const BatchOnWire& batch) {
  const auto where = [&batch] { return "batch " + Text(batch.id); };
  if (batch.items == 0) return InvalidArgumentError(where() + " has no items");
  if (batch.empty_item) {
    return InvalidArgumentError(where() + ": item " + Text(*batch.empty_item) + " has no tokens");
  }
  if (batch.token_ids.size() != batch.tokens * kTokenBytes) {
    return InvalidArgumentError(where() + " has " + Text(batch.token_ids.size()) +
                                " bytes of ids, its items say " + Text(batch.tokens) +
                                " tokens of 4 bytes");
  }
  if (batch.trace_id.empty()) return {};
  const bool is_zero = batch.trace_id.find_first_not_of('\0') == std::string_view::npos;
  if (batch.trace_id.size() == sizeof(TraceContext::trace_id) && !is_zero) return {};
  return InvalidArgumentError(where() + " has a trace id of " + Text(batch.trace_id.size()) +
                              " bytes" + (is_zero ? ", all zero" : "") +
                              "; 16 bytes are accepted, not all zero");
}

// Credit likewise: of not more than the lanes.
struct GrantOnWire {
  Grant read;
  std::size_t lanes = 0;
};

bool Look(std::string_view content, std::uint32_t lanes, GrantOnWire& grant) {
  grant.read.granted.reserve(lanes);
  return ForEachField(content, kNoNumber, [&](std::uint32_t field, std::string_view packed) {
    if (field != wire::Grant::kGrantedFieldNumber) return false;
    return ForEachNumber(packed, [&](std::uint64_t batches) {
      if (++grant.lanes <= lanes) grant.read.granted.push_back(batches);
    });
  });
}

Status CheckGrant(std::size_t lanes, LinkShape shape) {
  if (lanes == shape.lanes) return {};
  return InvalidArgumentError("a grant for " + Text(lanes) + " lanes from a worker with " +
                              Text(shape.lanes));
}

// And a result, with no more statuses than bytes.
struct ResultOnWire {
  BatchResult read;  // all but the vectors and the grant
  std::optional<std::int32_t> unknown_status;
  std::uint64_t done = 0;
  std::string_view vectors;
  std::optional<GrantOnWire> grant;
};

bool TakeStatuses(std::string_view packed, ResultOnWire& result) {
  result.read.statuses.reserve(result.read.statuses.size() + packed.size());
  return ForEachNumber(packed, [&result](std::uint64_t value) {
    const auto status = static_cast<std::int32_t>(value);
    if (status == wire::DONE) {
      ++result.done;
      result.read.statuses.push_back(ItemStatus::kDone);
    } else if (status == wire::FAILED) {
      result.read.statuses.push_back(ItemStatus::kFailed);
    } else if (status == wire::NOT_RUN) {
      result.read.statuses.push_back(ItemStatus::kNotRun);
    } else if (!result.unknown_status) {
      result.unknown_status = status;
    }
  });
}

bool Look(std::string_view content, std::uint32_t lanes, ResultOnWire& result) {
  const auto number = [&result](std::uint32_t field, std::uint64_t value) {
    switch (field) {
      case wire::BatchResult::kIdFieldNumber:
        result.read.id = value;
        return true;
      case wire::BatchResult::kLaneFieldNumber:
        result.read.lane = static_cast<std::uint32_t>(value);
        return true;
      case wire::BatchResult::kHeldUsFieldNumber:
        result.read.held_us = static_cast<std::int64_t>(value);
        return true;
      case wire::BatchResult::kExecutionUsFieldNumber:
        result.read.execution_us = static_cast<std::int64_t>(value);
        return true;
      default:
        return false;
    }
  };
  const auto bytes = [&result, lanes](std::uint32_t field, std::string_view value) {
    switch (field) {
      case wire::BatchResult::kStatusesFieldNumber:
        return TakeStatuses(value, result);
      case wire::BatchResult::kVectorsFieldNumber:
        result.vectors = value;
        return true;
      case wire::BatchResult::kGrantFieldNumber:
        if (result.grant) return false;  // protobuf makes one of two
        return Look(value, lanes, result.grant.emplace());
      default:
        return false;
    }
  };
  return ForEachField(content, number, bytes);
}

Status Check(const ResultOnWire& result, LinkShape shape) {
  const auto where = [&result] { return "result of batch " + Text(result.read.id); };
  if (result.read.lane >= shape.lanes) {
    return InvalidArgumentError(where() + ": lane " + Text(result.read.lane) +
                                " of a worker with " + Text(shape.lanes) + " lanes");
  }
  if (result.unknown_status) {
    return InvalidArgumentError(where() + ": item status " +
                                std::to_string(*result.unknown_status));
  }
  const std::uint64_t expected = result.done * shape.dim * sizeof(float);
  if (result.vectors.size() != expected) {
    return InvalidArgumentError(where() + " has " + Text(result.vectors.size()) +
                                " bytes of vectors; " + Text(result.done) + " done items of dim " +
                                Text(shape.dim) + " are " + Text(expected));
  }
  return CheckGrant(result.grant ? result.grant->lanes : 0, shape);
}

}  // namespace

void Write(const Batch& batch, const MakeRoom& room) {
  WriteMessage(wire::CoordinatorMessage::kBatchFieldNumber, batch, room);
}

void Write(const BatchResult& result, const MakeRoom& room) {
  WriteMessage(wire::WorkerMessage::kResultFieldNumber, result, room);
}

void Write(const Grant& grant, const MakeRoom& room) {
  WriteMessage(wire::WorkerMessage::kGrantFieldNumber, grant, room);
}

std::optional<Result<Batch>> ReadBatch(std::string_view message) {
  const auto content = ContentOf(message, wire::CoordinatorMessage::kBatchFieldNumber);
  BatchOnWire seen;
  if (!content || !Look(*content, seen)) return std::nullopt;
  if (Status fits = Check(seen); !fits.ok()) return fits;
  Batch batch{.id = seen.id, .lane = seen.lane, .trace = seen.trace};
  std::copy(seen.trace_id.begin(), seen.trace_id.end(), batch.trace.trace_id.begin());
  batch.items.reserve(seen.items);
  ForEachField(
      *content, [](std::uint32_t, std::uint64_t) { return true; },
      [&batch](std::uint32_t field, std::string_view value) {
        return field != wire::Batch::kItemsFieldNumber ||
               ReadItem(value, batch.items.emplace_back());
      });
  batch.token_ids.resize(seen.tokens);
  std::memcpy(batch.token_ids.data(), seen.token_ids.data(), seen.token_ids.size());
  return batch;
}

std::optional<Result<BatchResult>> ReadBatchResult(std::string_view message, LinkShape shape) {
  const auto content = ContentOf(message, wire::WorkerMessage::kResultFieldNumber);
  ResultOnWire seen;
  if (!content || !Look(*content, shape.lanes, seen)) return std::nullopt;
  if (Status fits = Check(seen, shape); !fits.ok()) return fits;
  seen.read.vectors = seen.vectors;
  if (seen.grant) seen.read.grant = std::move(seen.grant->read);
  return std::move(seen.read);
}

std::optional<Result<Grant>> ReadGrant(std::string_view message, LinkShape shape) {
  const auto content = ContentOf(message, wire::WorkerMessage::kGrantFieldNumber);
  GrantOnWire seen;
  if (!content || !Look(*content, shape.lanes, seen)) return std::nullopt;
  if (Status fits = CheckGrant(seen.lanes, shape); !fits.ok()) return fits;
  return std::move(seen.read);
}

}  // namespace shoal
