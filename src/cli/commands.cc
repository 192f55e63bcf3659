#include "cli/commands.h"

#include <array>
#include <cstdio>

#include "cli/completion.h"
#include "cli/config_commands.h"
#include "cli/descriptors.h"
#include "cli/embed.h"
#include "cli/exit_code.h"
#include "cli/help.h"
#include "cli/load.h"
#include "cli/load_compare.h"
#include "cli/model.h"
#include "cli/print.h"
#include "cli/servers.h"
#include "cli/status.h"
#include "cli/support.h"
#include "cli/tokenize.h"
#include "cli/top.h"
#include "cli/version.h"
#include "cli/workers.h"
#include "config/help.h"
#include "config/values.h"
#include "process/lifeline.h"

namespace shoal {
namespace {

struct Command {
  CommandSet bit;
  int (*run)(const Invocation& invocation);
};

constexpr std::array kRuns = {
    Command{For::kServe, RunServe},
    Command{For::kCoordinator, RunCoordinator},
    Command{For::kWorker, RunWorker},
    Command{For::kStatus, RunStatus},
    Command{For::kEmbed, RunEmbed},
    Command{For::kTokenize, RunTokenize},
    Command{For::kLoad, RunLoadCommand},
    Command{For::kModelFetch, RunModelFetch},
    Command{For::kModelList, RunModelList},
    Command{For::kModelVerify, RunModelVerify},
    Command{For::kConfigShow, RunConfigShow},
    Command{For::kConfigCheck, RunConfigCheck},
    Command{For::kVersion, RunVersion},
    Command{For::kHelp, RunHelp},
    Command{For::kCompletion, RunCompletion},
    Command{For::kWorkersList, RunWorkersList},
    Command{For::kWorkersDrain, RunWorkersDrain},
    Command{For::kWorkersResume, RunWorkersResume},
    Command{For::kSupport, RunSupport},
    Command{For::kTop, RunTop},
    Command{For::kLoadCompare, RunLoadCompare},
};
static_assert(kRuns.size() == kCommands.size(), "every command has a function");

int Run(const CommandInfo& info, const Invocation& invocation) {
  const Status descriptors = CheckDescriptors(info.bit, info.name, invocation.settings);
  if (!descriptors.ok()) return Fail(kExitConfiguration, descriptors.message());
  for (const Command& command : kRuns) {
    if (command.bit == info.bit) return command.run(invocation);
  }
  CHECK(false, "every command has a function");
}

int UnknownCommand(const std::string& word) {
  std::vector<std::string> names;
  std::string second_words;
  for (const CommandInfo& command : kCommands) {
    names.emplace_back(command.name);
    if (!command.name.starts_with(word + " ")) continue;
    second_words += (second_words.empty() ? "" : ", ") + std::string(command.name);
  }
  if (!second_words.empty()) {
    return Fail(kExitUsage, word + " is not a whole command; there are: " + second_words);
  }
  const std::string nearest = Nearest(word, names);
  return Fail(kExitUsage, "unknown command " + word +
                              (nearest.empty() ? "; shoal help lists them"
                                               : "; did you mean " + nearest + "?"));
}

}  // namespace

int Dispatch(std::span<const std::string> words) {
  if (words.empty()) {
    std::fputs(HelpOverview().c_str(), stderr);
    return kExitUsage;
  }
  if (words[0] == "-h" || words[0] == "--help") {
    Print(HelpOverview());
    return kExitOk;
  }
  std::string name = words[0] == "--version" ? "version" : words[0];
  // Of "load compare" and "load" the longer one that fits.
  std::size_t used = 2;
  const CommandInfo* command = words.size() > 1 ? FindCommand(name + " " + words[1]) : nullptr;
  if (command == nullptr) {
    command = FindCommand(name);
    used = 1;
  }
  if (command == nullptr) return UnknownCommand(name);

  Result<CommandLine> line = ParseCommandLine(command->bit, words.subspan(used));
  if (!line.ok()) return Fail(kExitUsage, line.status().message());
  if (line->help) {
    Print(HelpFor(*command));
    return kExitOk;
  }
  const Environment environment = ProcessEnvironment();
  Result<Settings> settings = Settings::Resolve(command->bit, line->flags, environment);
  if (!settings.ok()) return Fail(kExitConfiguration, settings.status().message());
  const bool supervised = environment.contains(kLifelineVariable);  // its parent has warned
  for (const std::string& warning : settings->warnings()) {
    if (!supervised) Warn(warning);
  }
  return Run(*command, {*std::move(settings), std::move(line->arguments)});
}

}  // namespace shoal
