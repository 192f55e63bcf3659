#include "rpc/wire_walker.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "edge/request_checks.h"

namespace shoal {
namespace {

enum WireType {
  kVarint = 0,
  kFixed64 = 1,
  kLengthDelimited = 2,
  kStartGroup = 3,
  kEndGroup = 4,
  kFixed32 = 5,
};
enum Field { kTexts = 1, kModel = 16, kPriority = 17, kTruncate = 18, kPromptName = 19, kId = 20 };
enum StreamField { kIndex = 1, kRequest = 2 };
constexpr std::size_t kMaxNesting = 100;  // of groups, as in the generated parser

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

struct Tag {
  std::uint32_t field = 0;
  std::uint32_t type = 0;
};

// A place in the body, which lies in slices. Functions that return false have left `error`.
class Cursor {
 public:
  explicit Cursor(std::span<const std::string_view> slices) : slices_(slices) {
    for (const std::string_view slice : slices) end_ += slice.size();
  }

  bool AtEnd() const { return position_ == end_; }
  std::size_t position() const { return position_; }
  std::size_t left() const { return end_ - position_; }
  Refusal error() const { return error_; }

  // Narrows the cursor to the next `length` bytes (they exist), and gives back the old end.
  std::size_t Enter(std::size_t length) { return std::exchange(end_, position_ + length); }
  void Leave(std::size_t old_end) { end_ = old_end; }

  // Of at most `max_bytes` bytes.
  bool ReadVarint(int max_bytes, std::uint64_t& value) {
    value = 0;
    for (int i = 0; i < max_bytes; ++i) {
      if (AtEnd()) return Fail("the request is cut off");
      const std::uint64_t byte = static_cast<unsigned char>(NextByte());
      if (i == 9 && byte > 1) return Fail("a varint of more than 64 bits");
      value |= (byte & 0x7F) << (7 * i);
      if (byte < 0x80) return true;
    }
    return Fail("a varint that is too long");
  }

  bool ReadTag(Tag& tag) {
    std::uint64_t value = 0;
    if (!ReadVarint(5, value)) return false;
    tag = {.field = static_cast<std::uint32_t>(value >> 3),
           .type = static_cast<std::uint32_t>(value & 7)};
    if (value >> 32 != 0 || tag.field == 0) return Fail("a field number that cannot be");
    return true;
  }

  // The length of what follows, all of which is there.
  bool ReadLength(std::size_t& length) {
    std::uint64_t value = 0;
    if (!ReadVarint(5, value)) return false;
    if (value > left()) {
      return Fail("the request is cut off: a length of " + std::to_string(value) + " with " +
                  std::to_string(left()) + " bytes left");
    }
    length = value;
    return true;
  }

  bool SkipField(const Tag& tag) {
    std::uint64_t ignored = 0;
    std::size_t length = 0;
    switch (tag.type) {
      case kVarint:
        return ReadVarint(10, ignored);
      case kFixed64:
        return Skip(8);
      case kFixed32:
        return Skip(4);
      case kLengthDelimited:
        return ReadLength(length) && Skip(length);
      default:
        return Fail("wire type " + std::to_string(tag.type) + ", which is not accepted");
    }
  }

  // Over a group and what is in it, groups too.
  bool SkipGroup(std::uint32_t field) {
    std::vector<std::uint32_t> open = {field};
    while (!open.empty()) {
      Tag tag;
      if (!ReadTag(tag)) return false;
      if (tag.type == kStartGroup) {
        if (open.size() == kMaxNesting) {
          return Fail("more than " + std::to_string(kMaxNesting) + " groups inside each other");
        }
        open.push_back(tag.field);
      } else if (tag.type != kEndGroup) {
        if (!SkipField(tag)) return false;
      } else if (tag.field != open.back()) {
        return Fail("group " + std::to_string(tag.field) + " ends where group " +
                    std::to_string(open.back()) + " is open");
      } else {
        open.pop_back();
      }
    }
    return true;
  }

  bool Skip(std::size_t length) {
    if (length > left()) return Fail("the request is cut off");
    ForEachPiece(length, [](std::string_view) {});
    return true;
  }

  // `length` bytes that are there.
  std::string Copy(std::size_t length) {
    std::string bytes;
    bytes.reserve(length);
    ForEachPiece(length, [&bytes](std::string_view piece) { bytes += piece; });
    return bytes;
  }

  bool Fail(const std::string& what) {
    error_ = Invalid(what + ", at byte " + std::to_string(position_));
    return false;
  }
  // Whether a rule of the edge is kept.
  bool Keeps(std::optional<Refusal> refusal) {
    if (!refusal.has_value()) return true;
    error_ = *std::move(refusal);
    return false;
  }

 private:
  char NextByte() {
    char byte = 0;
    ForEachPiece(1, [&byte](std::string_view piece) { byte = piece.front(); });
    return byte;
  }

  template <typename Visit>
  void ForEachPiece(std::size_t length, Visit visit) {
    position_ += length;
    while (length > 0) {
      const std::string_view rest = slices_[slice_].substr(offset_);
      const std::string_view piece = rest.substr(0, length);
      if (!piece.empty()) visit(piece);
      length -= piece.size();
      offset_ += piece.size();
      if (piece.size() == rest.size()) {
        ++slice_;
        offset_ = 0;
      }
    }
  }

  std::span<const std::string_view> slices_;
  std::size_t slice_ = 0;
  std::size_t offset_ = 0;  // in the slice
  std::size_t position_ = 0;
  std::size_t end_ = 0;
  Refusal error_;
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

bool ReadField(Cursor& cursor, const Tag& tag, const Limits& limits, EmbedRequest& request,
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
    Tag tag;
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
bool AcceptsStreamField(Cursor& cursor, const Tag& tag, bool has_request) {
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
    Tag tag;
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
  Tag tag;
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
