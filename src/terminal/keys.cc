#include "terminal/keys.h"

#include <array>
#include <cstddef>
#include <optional>

#include "base/utf8.h"

namespace shoal {
namespace {

using Kind = Key::Kind;

constexpr char kEscapeByte = '\x1b';

struct Named {
  std::string_view sequence;  // behind the Esc
  Kind kind;
};
constexpr std::array kSequences = {
    Named{"[A", Kind::kUp},   Named{"OA", Kind::kUp},      Named{"[B", Kind::kDown},
    Named{"OB", Kind::kDown}, Named{"[C", Kind::kRight},   Named{"OC", Kind::kRight},
    Named{"[D", Kind::kLeft}, Named{"OD", Kind::kLeft},    Named{"[H", Kind::kHome},
    Named{"OH", Kind::kHome}, Named{"[1~", Kind::kHome},   Named{"[7~", Kind::kHome},
    Named{"[F", Kind::kEnd},  Named{"OF", Kind::kEnd},     Named{"[4~", Kind::kEnd},
    Named{"[8~", Kind::kEnd}, Named{"[5~", Kind::kPageUp}, Named{"[6~", Kind::kPageDown},
    Named{"OM", Kind::kEnter}};

struct Taken {
  std::size_t size = 0;  // bytes; 0: more must come
  std::optional<Key> key = {};
};

// The length of the sequence behind an Esc, 0: it goes on. CSI ends with a byte from @ to ~.
std::size_t SequenceSize(std::string_view rest) {
  if (rest[0] == 'O') return rest.size() > 1 ? 2 : 0;
  for (std::size_t i = 1; i < rest.size(); ++i) {
    const bool goes_on = rest[i] >= ' ' && rest[i] < '@';
    if (!goes_on) return rest[i] == kEscapeByte ? i : i + 1;
  }
  return 0;
}

Taken TakeSequence(std::string_view bytes, bool is_all) {
  const std::string_view rest = bytes.substr(1);
  if (rest.empty()) {
    if (!is_all) return {};
    return {1, Key{Kind::kEscape}};
  }
  if (rest[0] != '[' && rest[0] != 'O') return {1, Key{Kind::kEscape}};
  const std::size_t size = SequenceSize(rest);
  if (size == 0) return {is_all ? bytes.size() : 0};
  for (const Named& named : kSequences) {
    if (named.sequence == rest.substr(0, size)) return {1 + size, Key{named.kind}};
  }
  return {1 + size};
}

Taken TakeControl(char byte) {
  switch (byte) {
    case '\r':
    case '\n':
      return {1, Key{Kind::kEnter}};
    case '\b':
    case '\x7f':
      return {1, Key{Kind::kBackspace}};
    case '\x03':
      return {1, Key{Kind::kInterrupt}};
    case '\x0c':
      return {1, Key{Kind::kRedraw}};
    default:
      return {1};
  }
}

Taken TakeOne(std::string_view bytes, bool is_all) {
  const auto first = static_cast<unsigned char>(bytes[0]);
  if (bytes[0] == kEscapeByte) return TakeSequence(bytes, is_all);
  if (first < ' ' || first == 0x7F) return TakeControl(bytes[0]);
  const std::size_t size = first < 0x80   ? 1
                           : first < 0xC2 ? 0
                           : first < 0xE0 ? 2
                           : first < 0xF0 ? 3
                                          : 4;
  if (size == 0) return {1};
  const std::string_view character = bytes.substr(0, size);
  if (!FirstInvalidUtf8(character)) return {size, Key{Kind::kCharacter, std::string(character)}};
  for (std::size_t i = 1; i < character.size(); ++i) {
    if ((static_cast<unsigned char>(character[i]) & 0xC0) != 0x80) return {i};
  }
  if (character.size() == size || is_all) return {character.size()};
  return {};
}

}  // namespace

std::vector<Key> TakeKeys(std::string& bytes, bool is_all) {
  std::vector<Key> keys;
  std::size_t used = 0;
  while (used < bytes.size()) {
    Taken taken = TakeOne(std::string_view(bytes).substr(used), is_all);
    if (taken.size == 0) break;
    used += taken.size;
    if (taken.key) keys.push_back(*std::move(taken.key));
  }
  bytes.erase(0, used);
  return keys;
}

}  // namespace shoal
