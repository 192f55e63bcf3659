// Bytes as JSON: the reader and the parser of model files accept the same, whether the reader skips
// the text or takes every value, and what it takes is what the parser has. One exception: numbers
// beyond a double. The parser refuses what is too large and takes what is too near to zero for
// zero; to the reader both are JSON, and refused where they are read as a double.
#include "json/reader.h"

#include <cstdint>

#include "base/check.h"
#include "base/utf8.h"
#include "json/value.h"

namespace shoal {
namespace {

using Type = JsonItem::Type;

bool Compare(JsonItem& item, const JsonValue& value);

bool CompareElements(JsonItem& item, const JsonValue& value) {
  const std::vector<JsonValue> elements = value.Elements().value();
  std::size_t count = 0;
  const bool read = item.ReadElements([&](std::size_t index, JsonItem& element) {
    CHECK(index == count++ && index < elements.size(), "there are as many elements");
    return Compare(element, elements[index]);
  });
  CHECK(!read || count == elements.size(), "there are as many elements");
  return read;
}

bool CompareMembers(JsonItem& item, const JsonValue& value) {
  const std::vector<JsonMember> members = value.Members().value();
  std::size_t count = 0;
  const bool read = item.ReadMembers([&](std::string_view key, JsonItem& member) {
    CHECK(count < members.size() && key == members[count].key, "the keys are the same");
    return Compare(member, members[count++].value);
  });
  CHECK(!read || count == members.size(), "there are as many members");
  return read;
}

bool CompareNumbers(JsonItem& item, const JsonValue& value) {
  double number = 0;
  std::int64_t integer = 0;
  if (const auto expected = value.AsInt(INT64_MIN, INT64_MAX); expected.ok()) {
    CHECK(item.Read(integer) && integer == *expected, "the integers are the same");
    return true;
  }
  if (!item.Read(number)) return false;  // near to zero
  CHECK(number == value.AsDouble().value(), "the numbers are the same");
  return true;
}

bool Compare(JsonItem& item, const JsonValue& value) {
  std::string_view text;
  bool truth = false;
  switch (item.type()) {
    case Type::kNull:
      CHECK(value.is_null(), "both are null");
      return item.Skip();
    case Type::kBool:
      CHECK(item.Read(truth) && truth == value.AsBool().value(), "the booleans are the same");
      return true;
    case Type::kNumber:
      return CompareNumbers(item, value);
    case Type::kString:
      CHECK(item.Read(text) && text == value.AsString().value(), "the strings are the same");
      return true;
    case Type::kArray:
      return CompareElements(item, value);
    case Type::kObject:
      return CompareMembers(item, value);
  }
  return false;
}

bool TakeAll(JsonItem& item) {
  double number = 0;
  switch (item.type()) {
    case Type::kNumber:
      return item.Read(number);
    case Type::kArray:
      return item.ReadElements([](std::size_t, JsonItem& element) { return TakeAll(element); });
    case Type::kObject:
      return item.ReadMembers([](std::string_view, JsonItem& member) { return TakeAll(member); });
    default:
      return true;
  }
}

void Check(const JsonProblem& problem) {
  CHECK(!problem.message.empty() && problem.message.size() < 70 * 70, "a message is short");
  CHECK(!FirstInvalidUtf8(problem.message) && !FirstInvalidUtf8(problem.path), "a message is text");
}

void ReadBoth(std::string_view text) {
  const Result<JsonValue> parsed = ParseJson(text, {.name = "text"});
  const auto skipped = ReadJson(text, "text", [](JsonItem& root) { return root.Skip(); });
  if (skipped) Check(*skipped);
  if (parsed.ok()) {
    CHECK(!skipped, "what the parser accepts the reader skips");
    const auto problem =
        ReadJson(text, "text", [&](JsonItem& root) { return Compare(root, *parsed); });
    CHECK(!problem || problem->kind == JsonProblem::Kind::kType, "a number near to zero");
  } else {
    const auto problem = ReadJson(text, "text", [&](JsonItem& root) { return TakeAll(root); });
    CHECK(problem.has_value(), "what the parser refuses the reader refuses");
    Check(*problem);
    CHECK(skipped || problem->kind == JsonProblem::Kind::kType, "only a large number was skipped");
  }
}

}  // namespace
}  // namespace shoal

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  shoal::ReadBoth({reinterpret_cast<const char*>(data), size});
  return 0;
}
