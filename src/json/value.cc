#include "json/value.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/utf8.h"

namespace shoal {
namespace {

using Type = JsonValue::Type;

constexpr std::uint32_t kNone = 0xFFFFFFFFu;

// A stretch of the tree's text.
struct Piece {
  std::uint32_t begin = 0;
  std::uint32_t size = 0;
};

struct Node {
  Type type = Type::kNull;
  bool above_int64 = false;  // kInteger: only `number.as_double` is meaningful
  std::uint32_t parent = kNone;
  std::uint32_t first_child = kNone;
  std::uint32_t next = kNone;  // sibling
  std::uint32_t count = 0;     // children
  Piece key;                   // of a member
  union {
    bool boolean;
    std::int64_t integer;
    double number;
    Piece text;
  } value = {.integer = 0};
};

std::string_view TypeName(Type type) {
  switch (type) {
    case Type::kNull:
      return "null";
    case Type::kBool:
      return "a boolean";
    case Type::kInteger:
      return "an integer";
    case Type::kNumber:
      return "a number";
    case Type::kString:
      return "a string";
    case Type::kArray:
      return "an array";
    case Type::kObject:
      return "an object";
  }
  return "nothing known";
}

}  // namespace

struct JsonValue::Tree {
  std::string name;
  std::vector<Node> nodes;  // in the order of the text; 0 is the root
  std::string text;         // keys and strings, one after the other

  std::string_view Text(Piece piece) const {
    return std::string_view(text).substr(piece.begin, piece.size);
  }
};

// Receives the parser's events and lays the nodes down. False stops the parser; `error` says why.
struct JsonValue::Builder {
  const JsonOptions& options;
  Tree& tree;
  std::string error;
  std::vector<std::uint32_t> open;        // containers around the next value, outermost first
  std::vector<std::uint32_t> last_child;  // of each of them
  Piece next_key;

  bool null() { return Add(Type::kNull) != nullptr; }
  bool boolean(bool value) {
    Node* node = Add(Type::kBool);
    if (node != nullptr) node->value.boolean = value;
    return node != nullptr;
  }
  bool number_integer(std::int64_t value) {
    Node* node = Add(Type::kInteger);
    if (node != nullptr) node->value.integer = value;
    return node != nullptr;
  }
  bool number_unsigned(std::uint64_t value) {
    if (value <= std::uint64_t{std::numeric_limits<std::int64_t>::max()}) {
      return number_integer(static_cast<std::int64_t>(value));
    }
    Node* node = Add(Type::kInteger);
    if (node == nullptr) return false;
    node->above_int64 = true;
    node->value.number = static_cast<double>(value);
    return true;
  }
  bool number_float(double value, const std::string&) {
    Node* node = Add(Type::kNumber);
    if (node != nullptr) node->value.number = value;
    return node != nullptr;
  }
  bool string(const std::string& value) {
    Node* node = Add(Type::kString);
    if (node != nullptr) node->value.text = Keep(value);
    return node != nullptr;
  }
  bool binary(const std::vector<std::uint8_t>&) { return Fail("binary data in a text"); }
  bool start_object(std::size_t) { return Open(Type::kObject); }
  bool start_array(std::size_t) { return Open(Type::kArray); }
  bool end_array() { return Close(); }
  bool end_object() { return NoKeyTwice(tree.nodes[open.back()]) && Close(); }
  bool key(const std::string& value) {
    next_key = Keep(value);
    return true;
  }
  // "[json.exception.parse_error.101] parse error at line 1, column 2: what - detail; last read:
  // 'x'"
  bool parse_error(std::size_t position, const std::string&, const std::exception& exception) {
    std::string_view what = exception.what();
    if (const auto colon = what.find(": "); colon != what.npos) what.remove_prefix(colon + 2);
    what = what.substr(0, what.find("; last read"));
    return Fail("not valid JSON at byte " + std::to_string(position) + ": " +
                std::string(what.substr(0, 200)));
  }

 private:
  bool Fail(std::string why) {
    error = std::move(why);
    return false;
  }

  Piece Keep(const std::string& value) {
    const Piece piece = {static_cast<std::uint32_t>(tree.text.size()),
                         static_cast<std::uint32_t>(value.size())};
    tree.text += value;
    return piece;
  }

  Node* Add(Type type) {
    if (tree.nodes.size() >= options.max_values) {
      Fail("more than " + std::to_string(options.max_values) + " values");
      return nullptr;
    }
    const auto index = static_cast<std::uint32_t>(tree.nodes.size());
    Node node;
    node.type = type;
    if (!open.empty()) {
      Node& parent = tree.nodes[open.back()];
      node.parent = open.back();
      if (parent.type == Type::kObject) node.key = next_key;
      ++parent.count;
      (last_child.back() == kNone ? parent.first_child : tree.nodes[last_child.back()].next) =
          index;
      last_child.back() = index;
    }
    tree.nodes.push_back(node);
    return &tree.nodes.back();
  }

  bool Open(Type type) {
    if (open.size() >= options.max_depth) {
      return Fail("nested deeper than " + std::to_string(options.max_depth) + " levels");
    }
    if (Add(type) == nullptr) return false;
    open.push_back(static_cast<std::uint32_t>(tree.nodes.size() - 1));
    last_child.push_back(kNone);
    return true;
  }

  bool Close() {
    open.pop_back();
    last_child.pop_back();
    return true;
  }

  bool NoKeyTwice(const Node& object) {
    std::vector<std::string_view> keys;
    keys.reserve(object.count);
    for (std::uint32_t child = object.first_child; child != kNone; child = tree.nodes[child].next) {
      keys.push_back(tree.Text(tree.nodes[child].key));
    }
    std::sort(keys.begin(), keys.end());
    const auto twice = std::adjacent_find(keys.begin(), keys.end());
    if (twice == keys.end()) return true;
    return Fail("key \"" + std::string(*twice) + "\" appears twice in an object");
  }
};

Result<JsonValue> ParseJson(std::string_view text, const JsonOptions& options) {
  const auto fail = [&](const std::string& why) {
    return InvalidArgumentError(options.name + ": " + why);
  };
  if (text.size() >= kNone || options.max_values >= kNone) return fail("larger than 4 GiB");
  if (const auto bad = FirstInvalidUtf8(text)) {
    return fail("invalid UTF-8 at byte " + std::to_string(*bad));
  }
  if (text.substr(0, 3) == "\xEF\xBB\xBF") return fail("starts with a byte order mark");
  // Which the library takes for the end of the text.
  if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos) {
    return fail("a byte of value 0 at byte " + std::to_string(nul));
  }

  auto tree = std::make_shared<JsonValue::Tree>();
  tree->name = options.name;
  JsonValue::Builder builder{options, *tree, {}, {}, {}, {}};
  if (!nlohmann::json::sax_parse(text, &builder)) return fail(builder.error);
  return JsonValue(std::move(tree), 0);
}

Type JsonValue::type() const { return tree_->nodes[index_].type; }

std::size_t JsonValue::size() const { return tree_->nodes[index_].count; }

std::string JsonValue::Where() const {
  std::string path;
  for (std::uint32_t at = index_; tree_->nodes[at].parent != kNone; at = tree_->nodes[at].parent) {
    const Node& node = tree_->nodes[at];
    const Node& parent = tree_->nodes[node.parent];
    std::string step;
    if (parent.type == Type::kObject) {
      step = tree_->Text(node.key);
      if (parent.parent != kNone) step.insert(0, ".");
    } else {
      std::size_t position = 0;
      for (std::uint32_t child = parent.first_child; child != at;
           child = tree_->nodes[child].next) {
        ++position;
      }
      step = "[" + std::to_string(position) + "]";
    }
    path.insert(0, step);
  }
  return tree_->name + ": " + (path.empty() ? "" : path + " ");
}

Status JsonValue::Error(std::string_view what) const {
  return InvalidArgumentError(Where() + std::string(what));
}

Status JsonValue::WrongType(std::string_view expected) const {
  return Error("is " + std::string(TypeName(type())) + ", expected " + std::string(expected));
}

Result<bool> JsonValue::AsBool() const {
  if (type() != Type::kBool) return WrongType("a boolean");
  return tree_->nodes[index_].value.boolean;
}

Result<std::int64_t> JsonValue::AsInt(std::int64_t min, std::int64_t max) const {
  const std::string expected =
      "an integer from " + std::to_string(min) + " to " + std::to_string(max);
  if (type() != Type::kInteger) return WrongType(expected);
  const Node& node = tree_->nodes[index_];
  if (node.above_int64) return Error("is above 9223372036854775807, expected " + expected);
  const std::int64_t value = node.value.integer;
  if (value < min || value > max) {
    return Error("is " + std::to_string(value) + ", expected " + expected);
  }
  return value;
}

Result<double> JsonValue::AsDouble() const {
  const Node& node = tree_->nodes[index_];
  if (node.type == Type::kInteger && !node.above_int64) {
    return static_cast<double>(node.value.integer);
  }
  if (node.type != Type::kNumber && node.type != Type::kInteger) return WrongType("a number");
  return node.value.number;
}

Result<std::string> JsonValue::AsString() const {
  if (type() != Type::kString) return WrongType("a string");
  return std::string(tree_->Text(tree_->nodes[index_].value.text));
}

Result<std::vector<JsonValue>> JsonValue::Elements() const {
  if (type() != Type::kArray) return WrongType("an array");
  std::vector<JsonValue> elements;
  elements.reserve(size());
  for (std::uint32_t child = tree_->nodes[index_].first_child; child != kNone;
       child = tree_->nodes[child].next) {
    elements.push_back(JsonValue(tree_, child));
  }
  return elements;
}

Result<std::vector<JsonMember>> JsonValue::Members() const {
  if (type() != Type::kObject) return WrongType("an object");
  std::vector<JsonMember> members;
  members.reserve(size());
  for (std::uint32_t child = tree_->nodes[index_].first_child; child != kNone;
       child = tree_->nodes[child].next) {
    members.push_back({std::string(tree_->Text(tree_->nodes[child].key)), JsonValue(tree_, child)});
  }
  return members;
}

std::optional<JsonValue> JsonValue::Find(std::string_view key) const {
  if (type() != Type::kObject) return std::nullopt;
  for (std::uint32_t child = tree_->nodes[index_].first_child; child != kNone;
       child = tree_->nodes[child].next) {
    if (tree_->Text(tree_->nodes[child].key) == key) return JsonValue(tree_, child);
  }
  return std::nullopt;
}

Result<JsonValue> JsonValue::Get(std::string_view key) const {
  if (type() != Type::kObject) return WrongType("an object");
  if (auto member = Find(key)) return *std::move(member);
  return Error("has no member \"" + std::string(key) + "\"");
}

Result<bool> JsonValue::GetBool(std::string_view key) const {
  ASSIGN_OR_RETURN(const JsonValue member, Get(key));
  return member.AsBool();
}

Result<std::int64_t> JsonValue::GetInt(std::string_view key, std::int64_t min,
                                       std::int64_t max) const {
  ASSIGN_OR_RETURN(const JsonValue member, Get(key));
  return member.AsInt(min, max);
}

Result<double> JsonValue::GetDouble(std::string_view key) const {
  ASSIGN_OR_RETURN(const JsonValue member, Get(key));
  return member.AsDouble();
}

Result<std::string> JsonValue::GetString(std::string_view key) const {
  ASSIGN_OR_RETURN(const JsonValue member, Get(key));
  return member.AsString();
}

}  // namespace shoal
