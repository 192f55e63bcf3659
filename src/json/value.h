// A strict reader of JSON (RFC 8259). What strangers send and what lies in model folders is read
// here, so nothing doubtful passes: no comments, no text after the value, no NaN, no invalid UTF-8,
// no key twice in an object (which of the two counts is where parsers differ), bounded depth and
// size.
//
//   ASSIGN_OR_RETURN(const JsonValue config, ParseJson(text, {.name = "config.json"}));
//   ASSIGN_OR_RETURN(const std::int64_t hidden, config.GetInt("hidden_size", 1, 65536));
//
// Every getter checks the type and says where it looked:
//   config.json: hidden_size is a string, expected an integer from 1 to 65536
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace shoal {

struct JsonOptions {
  std::string name = "JSON";  // how errors call the document
  std::size_t max_depth = 64;
  std::size_t max_values = 1'000'000;  // of all kinds, keys not counted; 40 bytes of memory each
};

class JsonValue;
struct JsonMember;

// INVALID_ARGUMENT: not JSON, or more than the options allow.
Result<JsonValue> ParseJson(std::string_view text, const JsonOptions& options = {});

// A value inside a parsed document; it keeps the whole document alive. Cheap to copy. Immutable,
// thread-safe. All errors are INVALID_ARGUMENT.
class JsonValue {
 public:
  enum class Type { kNull, kBool, kInteger, kNumber, kString, kArray, kObject };

  Type type() const;  // kInteger: a number without fraction and exponent that fits 64 bits
  bool is_null() const { return type() == Type::kNull; }
  bool is_string() const { return type() == Type::kString; }
  bool is_array() const { return type() == Type::kArray; }
  bool is_object() const { return type() == Type::kObject; }

  Result<bool> AsBool() const;
  // An integer in [min, max]; 256.0 is not one.
  Result<std::int64_t> AsInt(std::int64_t min, std::int64_t max) const;
  Result<double> AsDouble() const;  // any number
  Result<std::string> AsString() const;
  Result<std::vector<JsonValue>> Elements() const;  // of an array
  Result<std::vector<JsonMember>> Members() const;  // of an object, in the order of the text

  // The member of an object; an error when this is none or has no such member.
  Result<JsonValue> Get(std::string_view key) const;
  Result<bool> GetBool(std::string_view key) const;
  Result<std::int64_t> GetInt(std::string_view key, std::int64_t min, std::int64_t max) const;
  Result<double> GetDouble(std::string_view key) const;
  Result<std::string> GetString(std::string_view key) const;
  // Nothing when there is no such member (or this is not an object). A null is a member.
  std::optional<JsonValue> Find(std::string_view key) const;

  std::size_t size() const;  // of an array or object, else 0

  // "document: path.to[3].this "; where the document is this value itself, only "document: ".
  std::string Where() const;
  // An error about this value: "config.json: hidden_act is "relu", expected "gelu"" of
  // Error("is \"relu\", expected \"gelu\"").
  Status Error(std::string_view what) const;

 private:
  friend Result<JsonValue> ParseJson(std::string_view text, const JsonOptions& options);
  struct Tree;
  struct Builder;
  JsonValue(std::shared_ptr<const Tree> tree, std::uint32_t index)
      : tree_(std::move(tree)), index_(index) {}
  Status WrongType(std::string_view expected) const;

  std::shared_ptr<const Tree> tree_;
  std::uint32_t index_ = 0;
};

struct JsonMember {
  std::string key;
  JsonValue value;
};

}  // namespace shoal
