#include "config/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace shoal {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Sources {
  std::vector<std::string> words = {};
  Environment environment = {};
  std::string toml = {};
};

Result<Settings> Resolve(CommandSet command, const Sources& sources) {
  const CommandLine line = ParseCommandLine(command, sources.words).value();
  const std::vector<FileEntry> file = ParseToml(sources.toml, "shoal.toml").value();
  return Settings::Resolve(command, line.flags, sources.environment, file, "shoal.toml");
}

std::string Message(CommandSet command, const Sources& sources) {
  const Result<Settings> settings = Resolve(command, sources);
  EXPECT_FALSE(settings.ok());
  EXPECT_EQ(settings.status().code(), StatusCode::kFailedPrecondition);
  return settings.status().message();
}

const Setting& Threads(const Settings& settings) {
  return *settings.Find(OptionKey("threads").index());
}

TEST(Options, EveryDefaultIsAcceptedByItsOwnOption) {
  for (const Option& option : kOptions) {
    if (option.repeatable) continue;
    EXPECT_TRUE(CheckValue(option, option.default_value).ok()) << option.name;
    if (option.other_default.commands != 0) {
      EXPECT_TRUE(CheckValue(option, option.other_default.value).ok()) << option.name;
    }
  }
}

TEST(Options, ATextIsUtf8WithoutControlCharactersAndAPathIsAnyBytes) {
  const auto accepts = [](OptionKey key, std::string_view value) {
    return CheckValue(kOptions[key.index()], value).ok();
  };
  for (const std::string_view good : {"w-0", "a b", "\"\\", "caf\xC3\xA9"}) {
    EXPECT_TRUE(accepts("worker-id", good)) << good;
  }
  for (const std::string_view bad : {"w\xFF", "\xC3", "a\nb", "a\tb", "\x7F"}) {
    EXPECT_FALSE(accepts("worker-id", bad)) << bad;
    EXPECT_TRUE(accepts("output", bad)) << bad;
    EXPECT_TRUE(accepts("model", bad)) << bad;
  }
}

TEST(Options, NamesAreDistinctAndEveryOptionHelpsSomeCommand) {
  std::set<std::string_view> names;
  for (const Option& option : kOptions) {
    EXPECT_TRUE(names.insert(option.name).second) << option.name;
    EXPECT_NE(option.commands, 0u) << option.name;
    EXPECT_FALSE(option.help.empty()) << option.name;
  }
}

TEST(Settings, WhatOneCommandTakesSeveralTimesIsAListThere) {
  const std::vector<GivenFlag> flags = {{OptionKey("output").index(), "a.json"},
                                        {OptionKey("output").index(), "b.html"}};
  EXPECT_THAT(Settings::Resolve(For::kLoad, flags, {}, {}, "")->List("output"),
              testing::ElementsAre("a.json", "b.html"));
  EXPECT_THAT(Settings::Resolve(For::kLoad, {}, {}, {}, "")->List("output"),
              testing::ElementsAre(""));
}

TEST(Settings, FlagsWinOverVariablesOverTheFileOverDefaults) {
  Sources sources;
  EXPECT_EQ(Threads(*Resolve(For::kServe, sources)).place, "default");
  EXPECT_EQ(Resolve(For::kServe, sources)->Integer("threads"), 1);

  sources.toml = "model = \"m\"\nthreads = 2\n";
  EXPECT_EQ(Threads(*Resolve(For::kServe, sources)).place, "shoal.toml:2");
  EXPECT_EQ(Resolve(For::kServe, sources)->Integer("threads"), 2);

  sources.environment = {{"SHOAL_THREADS", "3"}};
  EXPECT_EQ(Threads(*Resolve(For::kServe, sources)).place, "SHOAL_THREADS");
  EXPECT_EQ(Resolve(For::kServe, sources)->Integer("threads"), 3);

  sources.words = {"--threads=5"};
  EXPECT_EQ(Threads(*Resolve(For::kServe, sources)).place, "--threads");
  EXPECT_EQ(Threads(*Resolve(For::kServe, sources)).origin, Origin::kFlag);
  EXPECT_EQ(Resolve(For::kServe, sources)->Integer("threads"), 5);
}

TEST(Settings, SomeDefaultsDependOnTheCommand) {
  EXPECT_EQ(Resolve(For::kEmbed, {})->Integer("threads"), 0);
  EXPECT_EQ(Resolve(For::kCoordinator, {})->Duration("drain-grace"), 5s);
  EXPECT_EQ(Resolve(For::kServe, {})->Duration("drain-grace"), 0s);
}

TEST(Settings, GivesValuesInTheTypeOfTheTable) {
  const Settings settings = *Resolve(For::kServe, {{"--max-queued-bytes=2GiB"}});
  EXPECT_EQ(settings.Integer("max-queued-bytes"), std::int64_t{2} << 30);
  EXPECT_EQ(settings.Duration("default-deadline"), 4min);
  EXPECT_EQ(settings.Text("grpc-listen"), "127.0.0.1:50050");
  EXPECT_FALSE(settings.Switch("insecure-worker-link"));
}

TEST(Settings, RepeatableOptionsAddUpWithinTheirSourceOnly) {
  Sources sources;
  EXPECT_THAT(Resolve(For::kWorker, sources)->List("coordinator"), IsEmpty());
  sources.toml = "coordinator = [\"a:1\", \"b:2\"]\n";
  EXPECT_THAT(Resolve(For::kWorker, sources)->List("coordinator"), ElementsAre("a:1", "b:2"));
  sources.environment = {{"SHOAL_COORDINATOR", "c:3,d:4"}};
  EXPECT_THAT(Resolve(For::kWorker, sources)->List("coordinator"), ElementsAre("c:3", "d:4"));
  sources.words = {"--coordinator", "e:5", "--coordinator", "f:6"};
  EXPECT_THAT(Resolve(For::kWorker, sources)->List("coordinator"), ElementsAre("e:5", "f:6"));
}

TEST(Settings, WhatTheCommandDoesNotTakeIsIgnoredInFileAndEnvironment) {
  const Sources sources = {.environment = {{"SHOAL_WORKERS", "x"}}, .toml = "workers = 2\n"};
  const Result<Settings> settings = Resolve(For::kEmbed, sources);
  ASSERT_TRUE(settings.ok()) << settings.status().message();
  EXPECT_EQ(settings->Find(OptionKey("workers").index()), nullptr);
}

TEST(Settings, AnUnknownKeyNamesPlaceAndNearestKey) {
  EXPECT_EQ(Message(For::kServe, {.toml = "\nbatch_token = 128\n"}),
            "shoal.toml:2: unknown key batch_token; did you mean batch_tokens?");
  EXPECT_EQ(Message(For::kServe, {.toml = "grpc-listen = \"\"\n"}),
            "shoal.toml:1: unknown key grpc-listen; did you mean grpc_listen?");
}

TEST(Settings, AFileCannotSetWhatBelongsToOneInvocation) {
  EXPECT_EQ(Message(For::kEmbed, {.toml = "output = \"x.npy\"\n"}).substr(0, 33),
            "shoal.toml:1: unknown key output;");
}

TEST(Settings, AValueOfTheFileIsCheckedEvenForOtherCommands) {
  EXPECT_EQ(Message(For::kEmbed, {.toml = "workers = 5000\n"}),
            "shoal.toml:1: workers: found \"5000\", accepted an integer from 0 to 1024");
  EXPECT_EQ(Message(For::kEmbed, {.toml = "threads = \"4\"\n"}),
            "shoal.toml:1: threads: found a string, accepted an integer");
  EXPECT_EQ(Message(For::kEmbed, {.toml = "coordinator = \"a:1\"\n"}),
            "shoal.toml:1: coordinator: found a string, accepted a list of strings");
}

TEST(Settings, ASizeInTheFileMayBeANumberOfBytes) {
  const Sources sources = {.toml = "max_text_bytes = 4096\nmax_request_bytes = \"1MiB\"\n"};
  const Result<Settings> settings = Resolve(For::kServe, sources);
  ASSERT_TRUE(settings.ok()) << settings.status().message();
  EXPECT_EQ(settings->Integer("max-text-bytes"), 4096);
  EXPECT_EQ(settings->Integer("max-request-bytes"), 1 << 20);
}

TEST(Settings, AVariableWithARefusedValueIsNamed) {
  EXPECT_EQ(Message(For::kServe, {.environment = {{"SHOAL_PIN", "yes"}}}),
            "SHOAL_PIN: found \"yes\", accepted auto|on|off");
}

std::vector<std::string> Warnings(const Environment& environment) {
  return Resolve(For::kServe, {.environment = environment})->warnings();
}

TEST(Settings, AVariableThatSetsNothingIsAWarningWithTheNearest) {
  EXPECT_THAT(
      Warnings({{"SHOAL_WOKERS", "2"}, {"SHOAL_BATCH_SIZE", "2"}}),
      ElementsAre("unknown variable SHOAL_BATCH_SIZE is ignored; did you mean SHOAL_BATCH_TOKENS?",
                  "unknown variable SHOAL_WOKERS is ignored; did you mean SHOAL_WORKERS?"));
  EXPECT_THAT(
      Warnings({{"SHOAL_QQQ", ""}}),
      ElementsAre("unknown variable SHOAL_QQQ is ignored; shoal config show lists the settings"));
  EXPECT_THAT(Warnings({{"SHOAL_INPUT", "x"}}),
              ElementsAre("SHOAL_INPUT is ignored; --input is set by the flag alone"));
}

TEST(Settings, WhatKubernetesMakesOfServicesIsNoSlip) {
  EXPECT_THAT(Warnings({{"SHOAL_PORT", "tcp://10.0.0.1:50050"},
                        {"SHOAL_SERVICE_HOST", "10.0.0.1"},
                        {"SHOAL_SERVICE_PORT_GRPC", "50050"},
                        {"SHOAL_PORT_50050_TCP", "tcp://10.0.0.1:50050"},
                        {"SHOAL_WORKER_PORT_9464_TCP_ADDR", "10.0.0.2"},
                        {"SHOAL_WORKER_PORT", "tcp://10.0.0.2:9464"},
                        {"SHOAL_ISA", "avx2"}}),
              IsEmpty());
}

TEST(Settings, AnEmptyAddressWhereAServerHasToListenIsRefusedByItsName) {
  const std::string why = " is empty; a server needs HOST:PORT, port 0 takes a free one";
  EXPECT_EQ(Message(For::kServe, {{"--grpc-listen="}}), "--grpc-listen" + why);
  EXPECT_EQ(Message(For::kCoordinator, {{"--worker-listen", ""}}), "--worker-listen" + why);
  EXPECT_EQ(Message(For::kServe, {.environment = {{"SHOAL_GRPC_LISTEN", ""}}}),
            "SHOAL_GRPC_LISTEN" + why);
  EXPECT_EQ(Message(For::kConfigCheck, {.toml = "worker_listen = \"\"\n"}),
            "shoal.toml:1: worker_listen" + why);
}

TEST(Settings, AnEmptyAddressOfTheFileIsOverruledAndIgnoredByCommandsThatDoNotListen) {
  const Sources sources = {.words = {}, .toml = "grpc_listen = \"\"\n"};
  EXPECT_TRUE(Resolve(For::kWorker, sources).ok());
  const Sources overruled = {{"--grpc-listen=[::1]:0"}, {}, sources.toml};
  EXPECT_EQ(Resolve(For::kServe, overruled)->Text("grpc-listen"), "[::1]:0");
}

TEST(Settings, AnEmptyAddressTurnsTheMetricsOff) {
  EXPECT_EQ(Resolve(For::kWorker, {{"--metrics-listen="}})->Text("metrics-listen"), "");
}

TEST(Settings, AMissingConfigurationFileIsAnError) {
  const Environment environment = {{"SHOAL_CONFIG", "/no/such/file.toml"}};
  const Result<Settings> settings = Settings::Resolve(For::kServe, {}, environment);
  ASSERT_FALSE(settings.ok());
  EXPECT_EQ(settings.status().code(), StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace shoal
