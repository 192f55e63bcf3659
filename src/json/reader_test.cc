#include "json/reader.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "json/value.h"

namespace shoal {
namespace {

using Kind = JsonProblem::Kind;
using Type = JsonItem::Type;

// The problem of a text that is only skipped, as "kind path: message".
std::string Told(const std::optional<JsonProblem>& problem) {
  if (!problem) return "accepted";
  const char* const kinds[] = {"syntax", "utf8", "type"};
  return kinds[static_cast<int>(problem->kind)] + (" " + problem->path) + ": " + problem->message;
}

std::string Skipped(std::string_view text) {
  return Told(ReadJson(text, "the body", [](JsonItem& root) { return root.Skip(); }));
}

template <typename T>
std::string ReadAs(std::string_view text, T& to) {
  return Told(ReadJson(text, "the body", [&](JsonItem& root) { return root.Read(to); }));
}

// Takes everything, each value by its type; writes it down with the paths.
bool Walk(JsonItem& item, std::string& out) {
  out += item.Where() + "=";
  std::string_view text;
  bool truth = false;
  double number = 0;
  switch (item.type()) {
    case Type::kNull:
      out += "null ";
      return item.Skip();
    case Type::kBool:
      if (!item.Read(truth)) return false;
      out += truth ? "true " : "false ";
      return true;
    case Type::kNumber:
      if (!item.Read(number)) return false;
      out += std::to_string(static_cast<int>(number)) + " ";
      return true;
    case Type::kString:
      if (!item.Read(text)) return false;
      out += "'" + std::string(text) + "' ";
      return true;
    case Type::kArray:
      out += "[ ";
      return item.ReadElements([&](std::size_t, JsonItem& element) { return Walk(element, out); });
    case Type::kObject:
      out += "{ ";
      return item.ReadMembers(
          [&](std::string_view, JsonItem& member) { return Walk(member, out); });
  }
  return false;
}

std::string Walked(std::string_view text) {
  std::string out;
  const auto problem = ReadJson(text, "root", [&](JsonItem& root) { return Walk(root, out); });
  return problem ? Told(problem) : out;
}

TEST(JsonReader, HandsOutEveryKindOfValueWithItsPath) {
  EXPECT_EQ(Walked(R"( {"a": [1, "x", {"b" : null}], "c":{"d":[[true],false]} , "":-2} )"),
            "root={ a=[ a[0]=1 a[1]='x' a[2]={ a[2].b=null c={ c.d=[ c.d[0]=[ c.d[0][0]=true "
            "c.d[1]=false \"\"=-2 ");
  EXPECT_EQ(Walked("[]"), "root=[ ");
  EXPECT_EQ(Walked("{}"), "root={ ");
  EXPECT_EQ(Walked("[[],{}]"), "root=[ [0]=[ [1]={ ");
}

TEST(JsonReader, TheRootMayBeOneScalar) {
  EXPECT_EQ(Walked("\"a\""), "root='a' ");
  EXPECT_EQ(Walked(" 12 "), "root=12 ");
  EXPECT_EQ(Walked("null"), "root=null ");
  EXPECT_EQ(Walked("\"\""), "root='' ");
}

TEST(JsonReader, AStringWithoutEscapesIsAPieceOfTheText) {
  const std::string text = "\"plain \u00e9\" ";
  std::string_view to;
  EXPECT_EQ(ReadAs(text, to), "accepted");
  EXPECT_EQ(to, "plain \u00e9");
  EXPECT_EQ(to.data(), text.data() + 1);
}

TEST(JsonReader, StringsStayUntilTheEndOfTheReading) {
  std::vector<std::string_view> all;
  const auto problem =
      ReadJson(R"(["a\n", "skipped\n", "b\u0000", {"k\t": "c\ud83d\ude00"}, "d"])", "x",
               [&](JsonItem& root) {
                 const bool read = root.ReadElements([&](std::size_t index, JsonItem& item) {
                   std::string_view text;
                   if (index == 1) return item.Skip();
                   if (item.type() == Type::kObject) {
                     return item.ReadMembers([&](std::string_view key, JsonItem& member) {
                       all.push_back(key);
                       if (!member.Read(text)) return false;
                       all.push_back(text);
                       return true;
                     });
                   }
                   if (!item.Read(text)) return false;
                   all.push_back(text);
                   return true;
                 });
                 EXPECT_EQ(all, (std::vector<std::string_view>{"a\n", std::string_view("b\0", 2),
                                                               "k\t", "c\U0001F600", "d"}));
                 return read;
               });
  EXPECT_EQ(Told(problem), "accepted");
}

TEST(JsonReader, AnItemLeftUntakenIsSkippedAndChecked) {
  const auto untaken = [](std::string_view text) {
    return Told(ReadJson(text, "the body", [](JsonItem&) { return true; }));
  };
  EXPECT_EQ(untaken(R"({"a":[1,{"b":"\n"}]})"), "accepted");
  EXPECT_EQ(untaken(R"({"a":[1,{"b":"\x"}]})"),
            "syntax : the body is not JSON: expected an escape at byte 14, found '\\x'");
}

TEST(JsonReader, AVisitorEndsTheReadingWithoutAProblem) {
  int visits = 0;
  const auto problem = ReadJson("[1,2,3] garbage", "x", [&](JsonItem& root) {
    root.ReadElements([&](std::size_t, JsonItem&) { return ++visits < 2; });
    double late = 0;
    EXPECT_FALSE(root.Read(late));
    return true;
  });
  EXPECT_EQ(Told(problem), "accepted");
  EXPECT_EQ(visits, 2);
}

TEST(JsonReader, AProblemStaysWhateverTheVisitorReturns) {
  const auto problem = ReadJson("[1,true]", "x", [](JsonItem& root) {
    root.ReadElements([](std::size_t, JsonItem& item) {
      std::string_view text;
      item.Read(text);
      return true;
    });
    return true;
  });
  EXPECT_EQ(Told(problem), "type [0]: [0] is a number, expected a string");
}

TEST(JsonReader, SaysFoundExpectedAndWhere) {
  std::string_view text;
  bool truth = false;
  std::int64_t integer = 0;
  EXPECT_EQ(ReadAs("[]", text), "type : the body is an array, expected a string");
  EXPECT_EQ(ReadAs("null", truth), "type : the body is null, expected a boolean");
  EXPECT_EQ(ReadAs("\"1\"", integer), "type : the body is a string, expected an integer");
  EXPECT_EQ(Told(ReadJson("{\"a\":{}}", "the body",
                          [](JsonItem& root) {
                            return root.ReadMembers([](std::string_view, JsonItem& item) {
                              return item.ReadElements(nullptr);
                            });
                          })),
            "type a: a is an object, expected an array");
  EXPECT_EQ(Told(ReadJson("{\"a\":\"x\"}", "the body",
                          [](JsonItem& root) {
                            return root.ReadMembers([](std::string_view, JsonItem& item) {
                              std::string_view word;
                              return item.Read(word) && item.WrongType("an array of strings");
                            });
                          })),
            "type a: a is a string, expected an array of strings");
}

TEST(JsonReader, AnIntegerIsExactAndFits) {
  std::int64_t integer = 5;
  EXPECT_EQ(ReadAs("-9223372036854775808", integer), "accepted");
  EXPECT_EQ(integer, std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(ReadAs("9223372036854775807", integer), "accepted");
  EXPECT_EQ(integer, std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(ReadAs("18446744073709551616", integer),
            "type : the body is 18446744073709551616, expected an integer from "
            "-9223372036854775808 to 9223372036854775807");
  EXPECT_EQ(ReadAs("1.0", integer), "type : the body is 1.0, expected an integer");
  EXPECT_EQ(ReadAs("18446744073709551616.5", integer),
            "type : the body is 18446744073709551616.5, expected an integer");
  EXPECT_EQ(ReadAs("1e2", integer), "type : the body is 1e2, expected an integer");
  EXPECT_EQ(integer, std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(ReadAs("-0", integer), "accepted");
  EXPECT_EQ(integer, 0);
}

TEST(JsonReader, ADoubleIsTheNearestThatThereIs) {
  double number = 0;
  EXPECT_EQ(ReadAs("0.1", number), "accepted");
  EXPECT_EQ(number, 0.1);
  EXPECT_EQ(ReadAs("-1.7976931348623157e308", number), "accepted");
  EXPECT_EQ(number, std::numeric_limits<double>::lowest());
  EXPECT_EQ(ReadAs("18446744073709551616", number), "accepted");
  EXPECT_EQ(number, 18446744073709551616.0);
  EXPECT_EQ(ReadAs("1e999", number),
            "type : the body is 1e999, expected a number that a double (64 bits) can hold");
  EXPECT_EQ(Skipped("1e999"), "accepted");
  EXPECT_EQ(ReadAs(std::string(1000, '9'), number),
            "type : the body is " + std::string(64, '9') +
                "\u2026, expected a number that a double (64 bits) can hold");
}

TEST(JsonReader, CountsTheTokensBeforeItReads) {
  bool visited = false;
  const auto read = [&](std::size_t max_tokens) {
    const auto problem = ReadJson(R"({"a":[1]})", "the body",
                                  [&](JsonItem& root) {
                                    visited = true;
                                    return root.Skip();
                                  },
                                  max_tokens);
    return problem ? problem->message : "taken";
  };
  EXPECT_EQ(read(6), "the body has 7 JSON tokens, expected at most 6");
  EXPECT_FALSE(visited);
  EXPECT_EQ(read(7), "taken");
}

TEST(JsonReader, SaysWhatIsNotJsonAndWhere) {
  const std::string not_json = "syntax : the body is not JSON: ";
  EXPECT_EQ(Skipped(""), "syntax : the body is empty, expected JSON");
  EXPECT_EQ(Skipped(" \n\t "), "syntax : the body is white space alone, expected JSON");
  EXPECT_EQ(Skipped("\xEF\xBB\xBF{}"),
            "syntax : the body begins with a byte order mark, which JSON does not have");
  EXPECT_EQ(Skipped("[1 2]"), not_json + "expected ',' or ']' at byte 3, found a number");
  EXPECT_EQ(Skipped("[1,]"), not_json + "expected a value at byte 3, found ']'");
  EXPECT_EQ(Skipped("[1"), not_json + "expected ',' or ']' at byte 2, found the end");
  EXPECT_EQ(Skipped("{\"a\" 1}"), not_json + "expected ':' at byte 5, found a number");
  EXPECT_EQ(Skipped("{\"a\":1,}"), not_json + "expected a key at byte 7, found '}'");
  EXPECT_EQ(Skipped("{a:1}"), not_json + "expected a key at byte 1, found 'a'");
  EXPECT_EQ(Skipped("{\"a\":1]"), not_json + "expected ',' or '}' at byte 6, found ']'");
  EXPECT_EQ(Skipped("{} x"), not_json + "expected nothing behind the value at byte 3, found 'x'");
  EXPECT_EQ(Skipped("01"), not_json + "expected a value at byte 0, found '0'");
  EXPECT_EQ(Skipped("[\"a"), not_json + "the string at byte 1 has no end");
  EXPECT_EQ(Skipped("{\"a: 1, \"b\": 2}"), not_json + "expected ':' at byte 9, found 'b'");
  EXPECT_EQ(Skipped("[1 true]"), not_json + "expected ',' or ']' at byte 3, found a boolean");
  EXPECT_EQ(Skipped("[\"a\nb\"]"),
            not_json + "expected an escape for the control character in a string at byte 3");
  EXPECT_EQ(Skipped("[x, \"a\nb\"]"), not_json + "expected a value at byte 1, found 'x'");
  EXPECT_EQ(Skipped("[\"a\\u12g4\"]"), not_json + "expected an escape at byte 3, found '\\u'");
  EXPECT_EQ(Skipped("[\"\\u00e\u00e9\u00e9\"]"),
            not_json + "expected an escape at byte 2, found '\\u'");
  EXPECT_EQ(Skipped("{} \"abc"), not_json + "the string at byte 3 has no end");
}

TEST(JsonReader, SaysWhichStringIsNotUtf8AndWhere) {
  EXPECT_EQ(Skipped("{\"input\":[\"a\",\"\",\"b\",\"ab\\u00e9\xFF\"]}"),
            "utf8 input[3]: input[3] is not valid UTF-8 at byte 4");
  EXPECT_EQ(Skipped("\"\xC3\x28\""), "utf8 : the body is not valid UTF-8 at byte 0");
  EXPECT_EQ(Skipped("{\"a\":\"\xF0\x9F\x98\"}"), "utf8 a: a is not valid UTF-8 at byte 0");
  EXPECT_EQ(Skipped("{\"a\":\"\xED\xA0\x80\"}"), "utf8 a: a is not valid UTF-8 at byte 0");
  EXPECT_EQ(Skipped("{\"a\":\"ok\",\"b\xFF\":1}"), "utf8 : the body is not valid UTF-8 at byte 12");
  EXPECT_EQ(Skipped("[1,\xFF]"), "utf8 : the body is not valid UTF-8 at byte 3");
  EXPECT_EQ(Skipped("[\"a\", 1 \xFF]"), "utf8 : the body is not valid UTF-8 at byte 8");
  EXPECT_EQ(Skipped("{} \xFF"), "utf8 : the body is not valid UTF-8 at byte 3");
  EXPECT_EQ(Skipped("{} \"\xFF\""), "utf8 : the body is not valid UTF-8 at byte 4");
  EXPECT_EQ(Skipped("[\"a\\\xFF\"]"), "utf8 : the body is not valid UTF-8 at byte 4");
  EXPECT_EQ(Skipped("[\"a\\\"\xFF\"]"), "utf8 [0]: [0] is not valid UTF-8 at byte 2");
  EXPECT_EQ(Skipped("\xFF"), "utf8 : the body is not valid UTF-8 at byte 0");
  EXPECT_EQ(Skipped("[x,\"\xFF\"]"),
            "syntax : the body is not JSON: expected a value at byte 1, found 'x'");
}

TEST(JsonReader, RefusesHalfOfASurrogatePair) {
  EXPECT_EQ(Skipped(R"({"input":["a","\ud800"]})"),
            "utf8 input[1]: input[1] holds half of a surrogate pair (\\ud800), which is no "
            "character");
  EXPECT_EQ(Skipped(R"(["\udc00\ud800"])"),
            "utf8 [0]: [0] holds half of a surrogate pair (\\udc00), which is no character");
  EXPECT_EQ(Skipped(R"({"a":{"\ud83dx":1}})"),
            "utf8 a: a key of a holds half of a surrogate pair (\\ud83d), which is no character");
  EXPECT_EQ(Skipped(R"({"\ud83dx":1})"),
            "utf8 : a key of the body holds half of a surrogate pair (\\ud83d), which is no "
            "character");
  EXPECT_EQ(Skipped(R"("\ud83d\ude00 \u0000")"), "accepted");
}

TEST(JsonReader, RefusesAKeyThatStandsTwice) {
  EXPECT_EQ(Skipped(R"({"a":1,"b":2,"a":3})"), "syntax : the body has the key \"a\" twice");
  EXPECT_EQ(Skipped(R"({"x":[{"a":1,"b":{"c":1,"\u0063":3}}]})"),
            "syntax x[0].b: x[0].b has the key \"c\" twice");
  EXPECT_EQ(Skipped(R"([{"a":1},{"a":{"a":1}}])"), "accepted");
  EXPECT_EQ(Skipped(R"({"":1,"":1})"), "syntax : the body has the key \"\" twice");
  std::string text = "{";
  for (int i = 0; i < 100'000; ++i) text += "\"k" + std::to_string(i) + "\":0,";
  EXPECT_EQ(Skipped(text + "\"k\":0}"), "accepted");
  EXPECT_EQ(Skipped(text + "\"k500\":0}"), "syntax : the body has the key \"k500\" twice");
}

TEST(JsonReader, BoundsTheDepth) {
  const auto nested = [](int depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_EQ(Skipped(nested(64)), "accepted");
  EXPECT_EQ(Skipped(nested(65)), "syntax : the body is nested deeper than 64 levels at byte 64");
  EXPECT_EQ(Skipped(std::string(1'000'000, '[')),
            "syntax : the body is nested deeper than 64 levels at byte 64");
  std::string objects;
  for (int i = 0; i < 65; ++i) objects += "{\"a\":";
  EXPECT_EQ(Skipped(objects), "syntax : the body is nested deeper than 64 levels at byte 320");
}

// What it says is logged, and texts are not.
TEST(JsonReader, ShowsNothingThatMayBeOfAText) {
  const std::string not_json = "syntax : the body is not JSON: ";
  EXPECT_EQ(Skipped(R"(["a" "some text"])"),
            not_json + "expected ',' or ']' at byte 5, found a string");
  EXPECT_EQ(Skipped("[some text]"), not_json + "expected a value at byte 1, found 's'");
  EXPECT_EQ(Skipped("[\u00e9t\u00e9]"), not_json + "expected a value at byte 1, found '\u00e9'");
  EXPECT_EQ(Skipped(R"(["a\some text"])"), not_json + "expected an escape at byte 3, found '\\s'");
  EXPECT_EQ(Skipped(R"({"some text":1,"some text":2})"),
            "syntax : the body has the key \"\u2026\" twice");
  EXPECT_EQ(Skipped(R"({"a":{"some text":["\ud800"]}})"),
            "utf8 a.\u2026[0]: a.\u2026[0] holds half of a surrogate pair (\\ud800), which is no "
            "character");
  EXPECT_EQ(Skipped("{\"" + std::string(65, 'k') + "\":1,\"" + std::string(65, 'k') + "\":1}"),
            "syntax : the body has the key \"\u2026\" twice");
}

// Accepted and refused as by the other parser, skipped as well as walked.
TEST(JsonReader, AgreesWithTheReaderOfModelFiles) {
  for (const char* const text :
       {"[]", "{}", "[[]]", "[{}]", " [ ] ", "[\"\"]", "[1]", "[-0]", "[-1]", "[0e+1]", "[0e1]",
        "[1E22]", "[1E-2]", "[1E+2]", "[123e45]", "[123.456e78]", "[1e-2]", "[20e1]",
        "[123.456789]", "[-123123123123123123123123123123]", "[100000000000000000000]",
        "[null, 1, \"1\", {}]", "[1,null,null,null,2]", "[2] ",
        "{\"asd\":\"sdf\", \"dfg\":\"fgh\"}", "{\"\":0}", "{\"foo\\u0000bar\": 42}",
        "{\"min\": -1.0e+28, \"max\": 1.0e+28}", "{\"title\":\"\\u041f\\u043e\" }",
        "[\"\\u0060\\u012a\\u12AB\"]", "[\"\\uD801\\udc37\"]", "[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"]",
        "[\"\\\\u0000\"]", "[\"\\u0000\"]", "[\"\\uFFFF\"]", "[\"\xF4\x8F\xBF\xBF\"]",
        "[\"\xEF\xBF\xBF\"]", "[\"\u2028\u2029\"]", "[\"\x7F\"]", "true", "false", "null", "-0.1",
        "\"\\u000A\"", "[[[[[[[[[[\"x\"]]]]]]]]]]", "\t{\r\n\"a\" : 1 }\n",
        // refused
        "[1 true]", "[a\xE5]", "[\"\": 1]", "[\"\"],", "[,1]", "[1,,2]", "[\"x\",,]", "[\"x\"]]",
        "[\"\",]", "[\"x\"", "[x", "[3[4]]", "[1:2]", "[,]", "[-]", "[   , \"\"]",
        "[\"a\",\n4\n,1,", "[1,]", "[1,,]", "[\"\va\"\\f]", "[*]", "[\"\"", "[1,", "[1,\n1\n,1",
        "[{}", "[fals]", "[nul]", "[tru]", "[trueX]", "[++1234]", "[+1]", "[+Inf]", "[-01]",
        "[-1.0.]", "[-2.]", "[-NaN]", "[.-1]", "[.2e-3]", "[0.1.2]", "[0.3e+]", "[0.3e]", "[0.e1]",
        "[0E+]", "[0E]", "[1.0e+]", "[1.0e-]", "[1.0e]", "[1 000.0]", "[1eE2]", "[2.e+3]", "[2.e3]",
        "[9.e+]", "[Inf]", "[NaN]", "[\xEF\xBC\x91]", "[1+2]", "[0x1]", "[0x42]", "[Infinity]",
        "[-123.123foo]", "[123\xE5]", "[1e1\xE5]", "[-foo]", "[- 1]", "[-012]", "[-.123]", "[-1x]",
        "[1ea]", "[1.]", "[1.a]", "[.123]", "[1.2a-3]", "[1.8011670033376514H-308]", "[012]",
        "[\"x\", truth]", "{[: \"x\"}\n", "{\"x\", null}", "{\"x\"::\"b\"}", "{\"a\":\"a\" 123}",
        "{key: 'value'}", "{\"\xB9\":\"0\",}", "{\"a\" b}", "{:\"b\"}", "{\"a\" \"b\"}",
        "{\"a\":", "{\"a\"", "{1:1}", "{9999E9999:1}", "{null:null}", "{\"id\":0,,,,,}", "{'a':0}",
        "{\"id\":0,}", "{\"a\":\"b\"}/**/", "{\"a\":\"b\",,\"c\":\"d\"}", "{a: \"b\"}",
        "{\"a\":\"a", "{ \"a\" : ", "{\"a\":\"b\"}#", " ", "[\"\\uD800\\\"]", "[\"\\uD800\\u\"]",
        "[\"\\uD800\\u1x\"]", "[\u00e9]", "[\"\\\x01\"]", "[\"\\x00\"]", "[\"\\\\\\\"]",
        "[\"\\\t\"]", "[\"\\\xF0\x9F\"]", "[\"\\\"]", "[\"\\u00A\"]", "[\"\\uD834\\uDd\"]",
        "[\"\\uD800\\uD800\\x\"]", "[\"\\a\"]", "[\"\\uqqqq\"]", "[\"\\\xE5\"]", "[\\u0020\"asd\"]",
        "[\\n]", "\"", "['single quote']", "abc", "[\"\\", "[\"a\x01\"]", "[\"new\nline\"]",
        "[\"\t\"]", "\"\\UA66D\"", "\"\"x", "<.>", "[<null>]", "[1]x", "[1]]", "[\"asd]", "aa",
        "[True]", "1]", "{\"x\": true,", "[][]", "]", "\xEF\xBB{}", "\xE5", "[", "{}}",
        "{\"\":", "{\"a\":/*comment*/\"b\"}", "{\"a\": true} \"x\"", "['", "[,", "[{", "[\"a",
        "[\"a\"", "{", "{]", "{,", "{[", "{\"a", "{'a'", "[\"\\{[\"\\{[\"\\{[\"\\{", "*",
        "{\"a\":\"b\"}#{}", "[\\u000A\"\"]", "[1", "[ false, nul", "{\"asd\":\"asd\"", "\u00e5",
        "[\u2060]", "[\f]", "[\x1A]", "{\"a\":1 \f}", "1\x1A", "1\f", "\"a\"\"b\"", "1\"a\"",
        "true\"a\"", "\"a\"1", "[1\"a\"]", "\\\"a\"", "[\\\"a\"]", "[1\\\"a\"]", "nulll", "nul",
        "n", "t", "-", "[\"a\"\\\"b\"]", "// c\n1", "[1]\v"}) {
    const bool accepted = ParseJson(text).ok();
    EXPECT_EQ(Skipped(text) == "accepted", accepted) << text << ": " << Skipped(text);
    const std::string walked = Walked(text);
    EXPECT_EQ(walked.substr(0, 5) == "root=", accepted) << text << ": " << walked;
  }
  const std::string with_nul("[1\0]", 4);
  EXPECT_EQ(Skipped(with_nul).substr(0, 6), "syntax");
}

TEST(JsonReaderDeathTest, AValueIsTakenOnce) {
  EXPECT_DEATH(ReadJson("1", "x",
                        [](JsonItem& root) {
                          double number = 0;
                          return root.Read(number) && root.Read(number);
                        }),
               "taken once");
}

}  // namespace
}  // namespace shoal
