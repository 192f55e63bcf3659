// JSON written as it comes, appended to a string: no tree, no second copy.
//
//   std::string out;
//   JsonWriter json(out);
//   json.BeginObject().Key("ids").BeginArray().Int(1).Int(2).EndArray().EndObject();
//   // {"ids":[1,2]}
//
// Order is CHECKed: a value in an object needs a Key first, what was begun is ended in turn.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace shoal {

// Nothing in it must be escaped or checked: between two quotes it is a string of JSON.
bool IsPlainJson(std::string_view text);

// Not thread-safe.
class JsonWriter {
 public:
  // Appends to `out`, which must outlive the writer.
  explicit JsonWriter(std::string& out) : out_(out) {}

  JsonWriter& BeginObject();
  JsonWriter& EndObject();
  JsonWriter& BeginArray();
  JsonWriter& EndArray();
  JsonWriter& Key(std::string_view key);

  // Bytes that are not valid UTF-8 become U+FFFD.
  JsonWriter& String(std::string_view value);
  // The bytes in base64 (base/base64.h, with padding), as a string.
  JsonWriter& Base64(std::string_view bytes);
  JsonWriter& Int(std::int64_t value);
  JsonWriter& UInt(std::uint64_t value);
  // The shortest decimal that reads back as the same double, or the same float32. Not finite: null.
  JsonWriter& Double(double value);
  JsonWriter& Float(float value);
  // An array of them, written as Float writes each.
  JsonWriter& Floats(std::span<const float> values);
  JsonWriter& Bool(bool value);
  JsonWriter& Null();

 private:
  void BeforeValue();
  void Quoted(std::string_view text);
  JsonWriter& End(char opened, char closing);

  std::string& out_;
  std::string open_;          // '{' and '[' of what is begun
  bool needs_comma_ = false;  // before the next key or element
  bool after_key_ = false;
};

}  // namespace shoal
