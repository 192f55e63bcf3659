#include "config/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/options.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Result<CommandLine> Parse(std::vector<std::string> words, CommandSet command = For::kEmbed) {
  return ParseCommandLine(command, words);
}

std::string Message(std::vector<std::string> words, CommandSet command = For::kEmbed) {
  const Result<CommandLine> line = Parse(std::move(words), command);
  EXPECT_FALSE(line.ok());
  EXPECT_EQ(line.status().code(), StatusCode::kInvalidArgument);
  return line.status().message();
}

TEST(CommandLine, AcceptsAValueInTheNextWordOrAfterAnEqualsSign) {
  const Result<CommandLine> line = Parse({"--threads", "4", "--model=a=b"});
  ASSERT_TRUE(line.ok());
  ASSERT_EQ(line->flags.size(), 2u);
  EXPECT_EQ(kOptions[line->flags[0].option].name, "threads");
  EXPECT_EQ(line->flags[0].value, "4");
  EXPECT_EQ(line->flags[1].value, "a=b");
}

TEST(CommandLine, ASwitchAloneMeansTrueAndTakesNoWord) {
  const Result<CommandLine> line = Parse({"--special-tokens-as-text", "false", "--resume=false"});
  ASSERT_TRUE(line.ok());
  EXPECT_EQ(line->flags[0].value, "true");
  EXPECT_EQ(line->flags[1].value, "false");
  EXPECT_THAT(line->arguments, ElementsAre("false"));
}

TEST(CommandLine, ShortFormTakesItsValueInEitherWay) {
  for (const auto& words : {std::vector<std::string>{"-o", "json"}, {"-ojson"}}) {
    const Result<CommandLine> line = Parse(words, For::kVersion);
    ASSERT_TRUE(line.ok());
    EXPECT_EQ(kOptions[line->flags[0].option].name, "format");
    EXPECT_EQ(line->flags[0].value, "json");
  }
}

TEST(CommandLine, EverythingAfterTwoDashesIsAnArgument) {
  const Result<CommandLine> line = Parse({"a", "-", "--", "--threads", "-h"});
  ASSERT_TRUE(line.ok());
  EXPECT_FALSE(line->help);
  EXPECT_THAT(line->arguments, ElementsAre("a", "-", "--threads", "-h"));
}

TEST(CommandLine, HelpWinsOverWhatFollows) {
  EXPECT_TRUE(Parse({"--help", "--nonsense"})->help);
  EXPECT_TRUE(Parse({"-h"})->help);
}

TEST(CommandLine, AnUnknownFlagNamesTheNearest) {
  EXPECT_EQ(Message({"--thread", "4"}),
            "unknown flag --thread; did you mean --threads?"
            "; a text that begins with - goes after --");
  EXPECT_EQ(Message({"--hlep"}, For::kVersion), "unknown flag --hlep; did you mean --help?");
  EXPECT_EQ(Message({"-x"}, For::kVersion), "unknown flag -x");
}

TEST(CommandLine, ATextThatBeginsWithADashIsToldWhereItGoes) {
  EXPECT_EQ(Message({"-5 degrees"}),
            "unknown flag -5 degrees; a text that begins with - goes after --");
  EXPECT_EQ(Message({"-hot"}), "unknown flag -hot; a text that begins with - goes after --");
  EXPECT_THAT(Parse({"--", "-5 degrees"})->arguments, ElementsAre("-5 degrees"));
}

TEST(CommandLine, ASecondValueOfAFlagThatIsNotRepeatableIsRefused) {
  EXPECT_EQ(Message({"--input", "a.txt", "--threads=2", "--input=b.txt"}),
            "--input: found \"a.txt\" and \"b.txt\", accepted one value");
  EXPECT_EQ(Message({"-ojson", "--format", "json"}, For::kVersion),
            "--format: found \"json\" and \"json\", accepted one value");
  EXPECT_TRUE(Parse({"--coordinator", "a:1", "--coordinator", "b:1"}, For::kWorker).ok());
}

TEST(CommandLine, AFlagMayBeRepeatableForOneCommandAlone) {
  const std::vector<std::string> words = {"--output", "a.json", "--output", "b.html"};
  EXPECT_EQ(ParseCommandLine(For::kLoad, words)->flags.size(), 2u);
  EXPECT_FALSE(ParseCommandLine(For::kEmbed, words).ok());
}

TEST(CommandLine, AFlagOfAnotherCommandIsNamedAsSuch) {
  EXPECT_EQ(Message({"--format", "json"}, For::kTokenize),
            "--format is not a flag of this command; it belongs to status, workers list, workers "
            "drain, workers resume, load, load compare, model list, config show, version");
}

TEST(CommandLine, AMissingOrRefusedValueSaysWhatIsAccepted) {
  EXPECT_EQ(Message({"--threads"}), "--threads lacks its value: an integer from 0 to 1024");
  EXPECT_EQ(Message({"--threads", "many"}),
            "--threads: found \"many\", accepted an integer from 0 to 1024");
  EXPECT_EQ(Message({"--batch-tokens=15"}),
            "--batch-tokens: found \"15\", accepted an integer from 16 to 65536");
  EXPECT_EQ(Message({"--precision", "fp16"}),
            "--precision: found \"fp16\", accepted auto|bf16|fp32|int8");
  EXPECT_THAT(Message({"--model="}), HasSubstr("found \"\", accepted a model's name or folder"));
}

TEST(CommandLine, AnAddressMayBeEmptyOnlyWhereThatTurnsAListenerOff) {
  EXPECT_TRUE(Parse({"--metrics-listen="}, For::kWorker).ok());
  EXPECT_THAT(Message({"--coordinator="}, For::kWorker), HasSubstr("accepted HOST:PORT"));
}

}  // namespace
}  // namespace shoal
