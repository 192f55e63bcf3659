#include "rpc/wire_walker.h"

#include <optional>
#include <string>
#include <utility>

#include "edge/request_checks.h"
#include "rpc/wire_cursor.h"

namespace shoal {
namespace {

enum Field { kTexts = 1, kModel = 16, kPriority = 17, kTruncate = 18, kPromptName = 19, kId = 20 };
enum StreamField { kIndex = 1, kRequest = 2 };

std::string_view Noun(std::uint32_t field) {
  switch (field) {
    case kTexts:
      return "texts";
    case kModel:
      return "model";
    case kPriority:
      return "priority";
    case kTruncate:
      return "truncate";
    case kPromptName:
      return "prompt_name";
    default:
      return "request_id";
  }
}

Refusal Invalid(std::string message) {
  return {.verdict = Verdict::kInvalidRequest, .message = std::move(message)};
}

// With the rules of the edge besides.
class Cursor : public WireCursor {
 public:
  using WireCursor::WireCursor;

  // The last.
  Refusal error() {
    if (broken_rule_) return *std::exchange(broken_rule_, std::nullopt);
    return Invalid(WireCursor::error());
  }
  // Whether a rule of the edge is kept.
  bool Keeps(std::optional<Refusal> refusal) {
    if (!refusal.has_value()) return true;
    broken_rule_ = std::move(refusal);
    return false;
  }

 private:
  std::optional<Refusal> broken_rule_;
};

bool ReadText(Cursor& cursor, const Limits& limits, EmbedRequest& request) {
  const std::size_t index = request.texts.size();
  const FieldName name = {.noun = Noun(kTexts), .index = index};
  std::size_t length = 0;
  if (!cursor.Keeps(CheckTextCount(name.noun, index + 1, limits)) || !cursor.ReadLength(length) ||
      !cursor.Keeps(CheckTextBytes(name, length, limits))) {
    return false;
  }
  std::string text = cursor.Copy(length);
  if (!cursor.Keeps(CheckUtf8(name, text))) return false;
  request.texts.push_back(std::move(text));
  return true;
}

bool ReadWord(Cursor& cursor, std::uint32_t field, std::string& word) {
  const FieldName name = {.noun = Noun(field)};
  std::size_t length = 0;
  if (!cursor.ReadLength(length) || !cursor.Keeps(CheckWordBytes(name, length))) return false;
  word = cursor.Copy(length);
  return cursor.Keeps(CheckUtf8(name, word));
}

bool ReadField(Cursor& cursor, const WireTag& tag, const Limits& limits, EmbedRequest& request,
               std::string& priority) {
  if (tag.field != kTexts && (tag.field < kModel || tag.field > kId)) return cursor.SkipField(tag);
  const std::uint32_t right_type = tag.field == kTruncate ? kVarint : kLengthDelimited;
  if (tag.type != right_type) {
    return cursor.Fail(std::string(Noun(tag.field)) + " has wire type " + std::to_string(tag.type) +
                       " instead of " + std::to_string(right_type));
  }
  switch (tag.field) {
    case kTexts:
      return ReadText(cursor, limits, request);
    case kModel:
      return ReadWord(cursor, tag.field, request.model);
    case kPriority:
      return ReadWord(cursor, tag.field, priority);
    case kPromptName:
      return ReadWord(cursor, tag.field, request.prompt_name);
    case kId:
      return ReadWord(cursor, tag.field, request.request_id);
    default:
      break;
  }
  std::uint64_t truncate = 0;
  if (!cursor.ReadVarint(10, truncate)) return false;
  request.truncate = truncate != 0;
  return true;
}

WalkedRequest WalkRequest(Cursor& cursor, const Limits& limits) {
  EmbedRequest request;
  std::string priority;
  while (!cursor.AtEnd()) {
    WireTag tag;
    if (!cursor.ReadTag(tag)) return cursor.error();
    if (!ReadField(cursor, tag, limits, request, priority)) return cursor.error();
  }
  const auto parsed = ParsePriority({.noun = Noun(kPriority)}, priority);
  if (const auto* refusal = std::get_if<Refusal>(&parsed)) return *refusal;
  request.priority = std::get<Priority>(parsed);
  if (auto refusal = CheckTextCount(Noun(kTexts), request.texts.size(), limits)) return *refusal;
  return request;
}

// Whether a StreamRequest may have this field here.
bool AcceptsStreamField(Cursor& cursor, const WireTag& tag, bool has_request) {
  if (tag.field == kIndex || tag.field == kRequest) {
    const std::uint32_t right_type = tag.field == kIndex ? kVarint : kLengthDelimited;
    if (tag.type != right_type) {
      return cursor.Fail(std::string(tag.field == kIndex ? "index" : "request") +
                         " has wire type " + std::to_string(tag.type) + " instead of " +
                         std::to_string(right_type));
    }
    if (tag.field == kRequest && has_request) {
      return cursor.Fail("request comes twice; one is accepted");
    }
  } else if (tag.type == kStartGroup) {
    return cursor.Fail("field " + std::to_string(tag.field) +
                       " has wire type 3, which is not accepted");
  }
  return true;
}

}  // namespace

WalkedRequest WalkEmbedRequest(std::span<const std::string_view> slices, const Limits& limits) {
  Cursor cursor(slices);
  return WalkRequest(cursor, limits);
}

std::variant<StreamItem, Refusal> WalkStreamRequest(std::span<const std::string_view> slices,
                                                    const Limits& limits) {
  Cursor cursor(slices);
  StreamItem item;
  std::optional<WalkedRequest> request;
  std::optional<Refusal> refusal;  // the first; `index` may stand behind what is refused
  while (!cursor.AtEnd()) {
    WireTag tag;
    if (!cursor.ReadTag(tag)) return cursor.error();
    if (!AcceptsStreamField(cursor, tag, request.has_value())) {
      if (!refusal.has_value()) refusal = cursor.error();
      if (!(tag.type == kStartGroup ? cursor.SkipGroup(tag.field) : cursor.SkipField(tag))) {
        return cursor.error();
      }
    } else if (tag.field == kIndex) {
      if (!cursor.ReadVarint(10, item.index)) return cursor.error();
    } else if (tag.field != kRequest) {
      if (!cursor.SkipField(tag)) return cursor.error();
    } else {
      std::size_t length = 0;
      if (!cursor.ReadLength(length)) return cursor.error();
      const std::size_t start = cursor.position();
      const std::size_t old_end = cursor.Enter(length);
      request = WalkRequest(cursor, limits);
      cursor.Leave(old_end);
      // A refused request leaves the cursor inside it.
      if (!cursor.Skip(start + length - cursor.position())) return cursor.error();
    }
  }
  if (refusal.has_value()) {
    item.request = *std::move(refusal);
  } else if (request.has_value()) {
    item.request = *std::move(request);
  } else {
    item.request = Invalid("the message has no request; one is accepted");
  }
  return item;
}

std::uint64_t ReadStreamIndex(std::string_view beginning) {
  Cursor cursor({&beginning, 1});
  std::uint64_t index = 0;
  WireTag tag;
  while (!cursor.AtEnd() && cursor.ReadTag(tag)) {
    if (tag.field == kIndex && tag.type == kVarint) {
      if (cursor.ReadVarint(10, index)) return index;
      return 0;
    }
    if (!cursor.SkipField(tag)) return 0;
  }
  return 0;
}

}  // namespace shoal
