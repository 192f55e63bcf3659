#include "embed/text_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>

namespace shoal {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;

// A file of the test at hand, removed with it.
class TextReaderFile : public ::testing::Test {
 protected:
  std::string Write(const std::string& name, const std::string& content) {
    const std::filesystem::path path = folder_ / name;
    std::ofstream(path, std::ios::binary) << content;
    return path.string();
  }
  void SetUp() override { std::filesystem::create_directories(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }

 private:
  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("shoal_text_reader_" + std::to_string(getpid()));
};

struct Read {
  std::vector<std::string> texts;
  Status error;
  std::optional<std::uint64_t> total;
};

Read ReadAll(TextReader reader) {
  Read read;
  read.total = reader.total();
  std::string text;
  while (true) {
    const Result<bool> found = reader.Next(text);
    if (!found.ok()) read.error = found.status();
    if (!found.ok() || !*found) return read;
    read.texts.push_back(text);
  }
}

Read ReadFileWith(const std::string& path, TextReaderOptions options = {}) {
  return ReadAll(TextReader::OfFile(path, std::move(options)).value());
}

TEST_F(TextReaderFile, ALineIsATextAndAnEmptyLineAnEmptyText) {
  const Read read = ReadFileWith(Write("a.txt", "one\n\nthree\nlast"));
  EXPECT_THAT(read.texts, ElementsAre("one", "", "three", "last"));
  EXPECT_EQ(read.total, 4u);
  EXPECT_TRUE(read.error.ok());
}

TEST_F(TextReaderFile, ATrailingNewlineMakesNoText) {
  EXPECT_THAT(ReadFileWith(Write("a.txt", "one\n")).texts, ElementsAre("one"));
  EXPECT_EQ(ReadFileWith(Write("a.txt", "")).total, 0u);
}

TEST_F(TextReaderFile, SkipsAByteOrderMark) {
  EXPECT_THAT(ReadFileWith(Write("a.txt", "\xEF\xBB\xBFone\n")).texts, ElementsAre("one"));
}

TEST_F(TextReaderFile, JsonLinesAreKnownByTheirNameOrTheirFirstLine) {
  const std::string content = "{\"id\": 7, \"text\": \"a\\nb\"}\n{\"text\": \"c\"}\n";
  EXPECT_THAT(ReadFileWith(Write("a.jsonl", content)).texts, ElementsAre("a\nb", "c"));
  EXPECT_THAT(ReadFileWith(Write("a.txt", content)).texts, ElementsAre("a\nb", "c"));
  EXPECT_THAT(
      ReadFileWith(Write("a.txt", "{\"text\": \"c\"}\n"), {.format = InputFormat::kText}).texts,
      ElementsAre("{\"text\": \"c\"}"));
}

TEST_F(TextReaderFile, ABadJsonLineNamesFileAndLineAfterTheGoodOnes) {
  for (const char* bad : {"{\"text\": 3}", "{\"text\": \"x\"", "[]", "", " \r", "{}"}) {
    const std::string path =
        Write("a.jsonl", "{\"text\": \"a\"}\n" + std::string(bad) + "\n{\"text\": \"b\"}\n");
    const Read read = ReadFileWith(path);
    EXPECT_THAT(read.texts, ElementsAre("a")) << bad;
    EXPECT_THAT(read.error.message(), HasSubstr(path + ":2: ")) << bad;
  }
}

TEST_F(TextReaderFile, BlankLinesAtTheEndOfJsonLinesAreNone) {
  for (const char* end : {"\n", "\n\n", "\n \t\r\n\n", "\n  "}) {
    const Read read = ReadFileWith(Write("a.jsonl", "{\"text\": \"a\"}" + std::string(end)));
    EXPECT_THAT(read.texts, ElementsAre("a")) << end;
    EXPECT_TRUE(read.error.ok()) << read.error.message();
  }
  const Read read = ReadFileWith(Write("a.jsonl", "{\"text\": \"a\"}\n\n\n{\"text\": \"b\"}\n"));
  EXPECT_THAT(read.error.message(), HasSubstr("a.jsonl:2: the line is blank"));
}

TEST_F(TextReaderFile, ABlankLineOnAPipeDoesNotWaitForTheNextOne) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  TextReader reader =
      TextReader::OfFile("/dev/fd/" + std::to_string(ends[0]), {.format = InputFormat::kJsonl})
          .value();
  const std::string lines = "{\"text\": \"a\"}\n\n";
  ASSERT_EQ(write(ends[1], lines.data(), lines.size()), static_cast<ssize_t>(lines.size()));
  std::string text;
  EXPECT_TRUE(reader.Next(text).value());
  EXPECT_FALSE(reader.IsReady());
  close(ends[1]);
  EXPECT_FALSE(reader.Next(text).value());
  close(ends[0]);
}

TEST_F(TextReaderFile, KeysThatNobodyReadsMayHoldAnything) {
  const std::string line =
      R"({"a": NaN, "b": [1e400, -Infinity, {"text": 1}], "c": "\ud800", "a": 0, "text": "x"})";
  const Read read = ReadFileWith(Write("a.jsonl", line + "\n" + line));
  EXPECT_THAT(read.texts, ElementsAre("x", "x"));
  EXPECT_TRUE(read.error.ok()) << read.error.message();
}

TEST_F(TextReaderFile, AnotherKeyIsReadOnRequest) {
  const std::string path = Write("a.txt", R"({"text": 1, "body": "b"})");
  EXPECT_THAT(ReadFileWith(path, {.text_key = "body"}).texts, ElementsAre("b"));
}

TEST_F(TextReaderFile, AFirstLineThatLooksLikeJsonAndIsNoTextObjectEndsIt) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"content": "one"})", R"(no key "text", found "content"; accepted are)"},
      {R"({"text": 3})", R"("text" is a number, expected a string)"},
      {R"({"text": null})", R"("text" is null)"},
      {"{}", "it has no keys"},
      {R"(  {"a": "x"})", R"(found "a")"},
      {R"([{"text": "one"}])", "is an array, expected an object"},
      {"[", "the line ends"},
      {"{", "the line ends"},
      {R"([{"text": "one"},)", "the line ends"},
      {R"({"text": "one",)", "the line ends"},
      {R"({"text": "one",})", "expected a key"},
      {R"({"text": "one"} {"text": "two"})", "nothing more"},
      {"{'text': 'one'}", "a key in double quotes"},
      {R"({"text": "a", "text": "b"})", R"(key "text" appears 2 times)"},
      {R"("one")", "is a string, expected an object"}};
  for (const auto& [line, words] : cases) {
    const Read read = ReadFileWith(Write("a.txt", std::string(line) + "\nx\n"), {});
    EXPECT_THAT(read.texts, ElementsAre()) << line;
    EXPECT_THAT(read.error.message(), HasSubstr("a.txt:1: looks like JSON: ")) << line;
    EXPECT_THAT(read.error.message(), HasSubstr(words)) << line;
    EXPECT_THAT(read.error.message(), HasSubstr("text takes lines as they are")) << line;
    EXPECT_THAT(ReadFileWith(Write("a.txt", line), {.format = InputFormat::kText}).texts.front(),
                line);
  }
}

TEST_F(TextReaderFile, ALineOfTextThatBeginsWithABracketIsText) {
  for (const char* line : {"[1] Smith, 2020", "[deleted]", "{{stub}}", "[[Wiki]] page", "{0} items",
                           "\"Hello,\" she said.", "42", "null", "{a, b}"}) {
    EXPECT_THAT(ReadFileWith(Write("a.txt", std::string(line) + "\n{\"text\": \"x\"}\n")).texts,
                ElementsAre(line, "{\"text\": \"x\"}"));
  }
}

TEST_F(TextReaderFile, BlankLinesDoNotHideThatWhatFollowsIsJson) {
  for (const char* line : {R"({"content": "one"})", R"({"text": "one"})"}) {
    EXPECT_THAT(ReadFileWith(Write("a.txt", "\n\n" + std::string(line))).error.message(),
                HasSubstr("a.txt:3: looks like JSON"));
  }
  EXPECT_THAT(ReadFileWith(Write("a.txt", "\n\none\n")).texts, ElementsAre("", "", "one"));
}

TEST_F(TextReaderFile, InvalidUtf8NamesLineAndOffset) {
  const std::string path = Write("a.txt", "good\nab\xFFz\n");
  const Read read = ReadFileWith(path);
  EXPECT_THAT(read.texts, ElementsAre("good"));
  EXPECT_EQ(read.error.message(), path + ":2: not valid UTF-8 at byte offset 2");
}

TEST_F(TextReaderFile, ATextOverTheLimitIsRefusedAndOneAtTheLimitIsNot) {
  const TextReaderOptions options = {.format = InputFormat::kText, .max_text_bytes = 4};
  EXPECT_THAT(ReadFileWith(Write("a.txt", "1234\n12345\n"), options).error.message(),
              HasSubstr(":2: the line has more than 4 bytes"));
  const Read json = ReadFileWith(Write("a.jsonl", "{\"text\":\"12345\"}\n"), {.max_text_bytes = 4});
  EXPECT_THAT(json.error.message(), HasSubstr(":1: the text has 5 bytes, accepted are 4"));
}

TEST_F(TextReaderFile, LinesLongerThanAReadAndFilesOfManyReadsComeWhole) {
  const std::string long_line(200'000, 'x');
  std::string content = long_line + "\n";
  for (int i = 0; i < 50'000; ++i) content += std::to_string(i) + "\n";
  const Read read = ReadFileWith(Write("a.txt", content));
  ASSERT_EQ(read.texts.size(), 50'001u);
  EXPECT_EQ(read.texts.front(), long_line);
  EXPECT_EQ(read.texts.back(), "49999");
  EXPECT_EQ(read.total, 50'001u);
}

// What a reader of `path` gives after it has skipped to where another was after `count` texts.
Read InTwoSittings(const std::string& path, std::size_t count, const std::string& second_path,
                   TextReaderOptions second = {}) {
  TextReader first = TextReader::OfFile(path, {}).value();
  std::string text;
  for (std::size_t i = 0; i < count; ++i) EXPECT_TRUE(first.Next(text).value());
  TextReader reader = TextReader::OfFile(second_path, std::move(second)).value();
  const Status skipped = reader.SkipTo(first.Mark());
  if (!skipped.ok()) return {.texts = {}, .error = skipped, .total = {}};
  return ReadAll(std::move(reader));
}

TEST_F(TextReaderFile, IsReadInTwoSittingsWithTheLineNumbersOfOne) {
  const std::string path = Write("a.txt", "{\"text\": \"a\"}\n{\"text\": \"b\"}\n{\"text\": 1}");
  EXPECT_THAT(InTwoSittings(path, 0, path).texts, ElementsAre("a", "b"));
  EXPECT_THAT(InTwoSittings(path, 1, path).texts, ElementsAre("b"));
  const Read read = InTwoSittings(path, 2, path);
  EXPECT_THAT(read.texts, ElementsAre());
  EXPECT_THAT(read.error.message(), HasSubstr("a.txt:3: "));  // and JSON, as the first line said
}

TEST_F(TextReaderFile, TheSecondSittingMayComeAfterManyReads) {
  std::string content(150'000, 'x');
  for (int i = 0; i < 50'000; ++i) content += "\n" + std::to_string(i);
  const std::string path = Write("a.txt", content);
  EXPECT_THAT(InTwoSittings(path, 1, path).texts.size(), 50'000u);
  EXPECT_THAT(InTwoSittings(path, 50'000, path).texts, ElementsAre("49999"));
  EXPECT_THAT(InTwoSittings(path, 50'001, path).texts, ElementsAre());
}

TEST_F(TextReaderFile, ASecondSittingTakesWhatWasAddedAfterTheMark) {
  const std::string path = Write("a.txt", "one\ntwo\n\xFF\n");
  EXPECT_THAT(InTwoSittings(path, 2, Write("b.txt", "one\ntwo\nthree\nfour\n")).texts,
              ElementsAre("three", "four"));
  EXPECT_THAT(InTwoSittings(path, 2, Write("b.txt", "one\ntwo\n")).texts, ElementsAre());
}

TEST_F(TextReaderFile, AFileThatBeginsOtherwiseOrEndsBeforeTheMarkIsRefused) {
  const std::string path = Write("a.txt", "one\ntwo\nthree");
  for (const char* other : {"One\ntwo\nthree", "one\ntwo", "", "one\ntwo\n\nree"}) {
    EXPECT_THAT(InTwoSittings(path, 3, Write("b.txt", other)).error.message(),
                HasSubstr("b.txt has changed: its first 13 bytes are not those of the 3 texts"))
        << other;
  }
  // The last line had no end; now it is another text.
  EXPECT_FALSE(InTwoSittings(path, 3, Write("b.txt", "one\ntwo\nthree more")).error.ok());
  EXPECT_FALSE(InTwoSittings(path, 3, Write("b.txt", "one\ntwo\nthree\n")).error.ok());
}

TEST_F(TextReaderFile, ASecondSittingInAnotherFormatIsRefused) {
  const std::string path = Write("a.jsonl", "{\"text\": \"a\"}\n{\"text\": \"b\"}\n");
  EXPECT_THAT(InTwoSittings(path, 1, path, {.format = InputFormat::kText}).error.message(),
              EndsWith("was read in another format"));
}

TEST_F(TextReaderFile, ASecondSittingWithAnotherKeyIsRefused) {
  const std::string path = Write("a.jsonl", "{\"text\": \"a\", \"b\": \"c\"}\n");
  EXPECT_THAT(InTwoSittings(path, 1, path, {.text_key = "b"}).error.message(),
              EndsWith("was read with the text_key text, this run has b"));
}

TEST_F(TextReaderFile, AMarkIsBeforeATextThatWasRefused) {
  TextReader reader = TextReader::OfFile(Write("a.txt", "one\n\xFF\n"), {}).value();
  std::string text;
  EXPECT_TRUE(reader.Next(text).ok());
  EXPECT_FALSE(reader.Next(text).ok());
  EXPECT_EQ(reader.Mark().texts, 1u);
  EXPECT_EQ(reader.Mark().bytes, 4u);
}

TEST_F(TextReaderFile, AMissingFileAndAFolderAreErrors) {
  EXPECT_THAT(TextReader::OfFile("/no/such/file", {}).status().message(),
              HasSubstr("/no/such/file"));
  EXPECT_THAT(TextReader::OfFile("/", {}).status().message(), EndsWith("is a folder"));
}

TEST(TextReader, ArgumentsAreTextsWhateverTheyLookLike) {
  const Read read = ReadAll(TextReader::OfArguments({"a\nb", "{\"text\": \"c\"}", ""}, {}));
  EXPECT_THAT(read.texts, ElementsAre("a\nb", "{\"text\": \"c\"}", ""));
  EXPECT_EQ(read.total, 3u);
}

TEST(TextReader, ABadArgumentIsNamedByItsPosition) {
  const Read read = ReadAll(TextReader::OfArguments({"a", "\xC3"}, {}));
  EXPECT_EQ(read.error.message(), "argument 2: not valid UTF-8 at byte offset 0");
}

}  // namespace
}  // namespace shoal
