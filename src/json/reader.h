// A strict reader of JSON (RFC 8259) that strangers send: it hands out value by value in the order
// of the text and builds no tree, so what nobody wants takes no memory. It is as strict in what is
// skipped: valid UTF-8, no half of a surrogate pair, no key twice in an object, at most 64 levels,
// nothing behind the value.
//
//   std::string_view model;
//   const auto problem = ReadJson(body, "the body", [&](JsonItem& root) {
//     return root.ReadMembers([&](std::string_view key, JsonItem& item) {
//       return key == "model" ? item.Read(model) : item.Skip();
//     });
//   });
//   if (problem) Refuse(problem->message);  // "model is a number, expected a string"
//
// The text is neither copied nor changed, and no byte behind it is read. The work is done when
// ReadJson returns, and so is the memory: in the worst case four times the text. simdjson notes
// where each token begins, in 4 bytes; strings with escapes are decoded; keys of objects that are
// open take 16 bytes each. For 16 MiB that is 64 MiB if they are digits and commas, 59 MiB short
// keys, 25 MiB short strings with escapes, next to nothing ordinary strings (measured).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace shoal {

struct JsonProblem {
  enum class Kind {
    kSyntax,  // not JSON, too deep, or a key twice
    kUtf8,    // bytes that are not UTF-8, or an escape that is no character
    kType,    // JSON, but not what was to be read
  };
  Kind kind;
  std::string path;     // "input[3]"; empty: the whole text, or not known
  std::string message;  // a whole sentence without a full stop, for the sender and for logs
};

class JsonReading;
class JsonItem;

// False ends the reading.
using JsonElementVisitor = std::function<bool(std::size_t index, JsonItem& item)>;
using JsonMemberVisitor = std::function<bool(std::string_view key, JsonItem& item)>;
using JsonItemVisitor = std::function<bool(JsonItem& item)>;

// The value at which the reader stands; only good in the visitor that is given it. It is taken, by
// a Read or Skip, at most once; one that its visitor leaves untaken is skipped.
class JsonItem {
 public:
  enum class Type { kNull, kBool, kNumber, kString, kArray, kObject };
  Type type() const;

  // False: it is something else, or something in it is wrong, or the reading has ended. `to` is
  // then as it was, and the visitor returns false too.
  bool Read(std::string_view& to);  // valid until ReadJson returns, or as long as the text
  bool Read(bool& to);
  bool Read(std::int64_t& to);  // written without fraction and exponent; fits
  bool Read(double& to);        // neither too large nor too near to zero for a double
  bool ReadElements(const JsonElementVisitor& visit);
  // A key that stands twice is visited twice; the end of the object refuses it.
  bool ReadMembers(const JsonMemberVisitor& visit);
  bool Skip();

  // Ends the reading, also of an item that is taken: "input[3] is a number, expected a string" of
  // WrongType("a string"). Returns false.
  bool WrongType(std::string_view expected);

  // "input[3]"; of the root the name of the text.
  std::string Where() const;

 private:
  friend class JsonReading;
  JsonItem(JsonReading& reading, std::string_view token, std::size_t depth)
      : reading_(reading), token_(token), depth_(depth) {}
  bool Take(Type type, std::string_view expected);

  JsonReading& reading_;
  std::string_view token_;  // of an array or object the bracket
  std::size_t depth_;       // of the steps of the path, those that lead here
  bool taken_ = false;
};

// `name` is what errors call the text ("the body"). Nothing: all of it is fine, or a visitor
// returned false and knows why. Bytes that are not UTF-8 and strings without an end are found
// before the first visit, other mistakes when the reader comes by: then the visitors have had what
// stands before them. A text of more than `max_tokens` (strings, numbers, literals, brackets,
// colons, commas) is refused before the first visit: on the way to 16 MiB of digits and commas one
// thread is busy for 0.2 s. Thread-safe.
std::optional<JsonProblem> ReadJson(std::string_view text, std::string_view name,
                                    const JsonItemVisitor& visit,
                                    std::size_t max_tokens = SIZE_MAX);

}  // namespace shoal
