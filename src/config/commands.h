// Which subcommands there are. A row here, its function in cli/commands.cc and its flags in
// options.h are all that parsing, help and completion know of a subcommand.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace shoal {

// A set of commands, one bit each: which commands take an option.
using CommandSet = unsigned;

struct For {
  static constexpr CommandSet kServe = 1u << 0;
  static constexpr CommandSet kCoordinator = 1u << 1;
  static constexpr CommandSet kWorker = 1u << 2;
  static constexpr CommandSet kStatus = 1u << 3;
  static constexpr CommandSet kEmbed = 1u << 4;
  static constexpr CommandSet kTokenize = 1u << 5;
  static constexpr CommandSet kModelFetch = 1u << 6;
  static constexpr CommandSet kModelList = 1u << 7;
  static constexpr CommandSet kModelVerify = 1u << 8;
  // These two take every option that a configuration file may set.
  static constexpr CommandSet kConfigShow = 1u << 9;
  static constexpr CommandSet kConfigCheck = 1u << 10;
  static constexpr CommandSet kVersion = 1u << 11;
  static constexpr CommandSet kHelp = 1u << 12;
  static constexpr CommandSet kCompletion = 1u << 13;
  static constexpr CommandSet kLoad = 1u << 14;
  static constexpr CommandSet kWorkersList = 1u << 15;
  static constexpr CommandSet kWorkersDrain = 1u << 16;
  static constexpr CommandSet kWorkersResume = 1u << 17;
  static constexpr CommandSet kSupport = 1u << 18;
  static constexpr CommandSet kTop = 1u << 19;
  static constexpr CommandSet kLoadCompare = 1u << 20;

  static constexpr CommandSet kServers = kServe | kCoordinator | kWorker;
  static constexpr CommandSet kFrontends = kServe | kCoordinator;
  static constexpr CommandSet kWorkers = kWorkersList | kWorkersDrain | kWorkersResume;
  static constexpr CommandSet kConfig = kConfigShow | kConfigCheck;
};

struct CommandInfo {
  CommandSet bit = 0;
  std::string_view name = {};       // one or two words
  std::string_view arguments = {};  // positional ones, as help prints them
  std::string_view summary = {};
};

// The commands of this binary, in the order of help.
inline constexpr std::array kCommands = {
    CommandInfo{For::kServe, "serve", "",
                "serve on this machine: a coordinator and supervised workers"},
    CommandInfo{For::kCoordinator, "coordinator", "",
                "the coordinator alone; workers attach to it"},
    CommandInfo{For::kWorker, "worker", "", "one worker; attaches to a coordinator"},
    CommandInfo{For::kStatus, "status", "", "what a coordinator says of itself and its workers"},
    CommandInfo{For::kTop, "top", "",
                "the same live, with its load, times and workers; keys drain"},
    CommandInfo{For::kWorkersList, "workers list", "", "the workers of a coordinator"},
    CommandInfo{For::kWorkersDrain, "workers drain", "ID",
                "give a worker no more work; it stays attached, also over its restarts"},
    CommandInfo{For::kWorkersResume, "workers resume", "ID", "give a drained worker work again"},
    CommandInfo{For::kEmbed, "embed", "[TEXT...]",
                "embed arguments, --input FILE or stdin; vectors as JSON lines or .npy"},
    CommandInfo{For::kTokenize, "tokenize", "[TEXT...]",
                "print the token ids of each text as JSON lines"},
    CommandInfo{For::kLoad, "load", "",
                "send traffic to a served endpoint and report what became of it"},
    CommandInfo{For::kLoadCompare, "load compare", "A.json B.json",
                "what changed from one report of load to another, and what of it is not chance"},
    CommandInfo{For::kModelFetch, "model fetch", "[REPOSITORY]",
                "bring a model from a Hugging Face hub; default all-MiniLM-L6-v2"},
    CommandInfo{For::kModelList, "model list", "", "list the models that were fetched"},
    CommandInfo{For::kModelVerify, "model verify", "[NAME|DIR]",
                "check all of a model that a start would check, and its sums"},
    CommandInfo{For::kConfigShow, "config show", "[COMMAND]",
                "print every setting (of COMMAND), its value and where it came from"},
    CommandInfo{For::kConfigCheck, "config check", "",
                "check the configuration file, the SHOAL_* environment and the flags"},
    CommandInfo{For::kSupport, "support", "",
                "what a report of a fault needs, of this machine and a server, as one tar"},
    CommandInfo{For::kVersion, "version", "", "print version and revision"},
    CommandInfo{For::kHelp, "help", "[COMMAND]", "explain the commands or one of them"},
    CommandInfo{For::kCompletion, "completion", "bash|zsh|fish",
                "print a completion script for the shell"},
};

// nullptr: no command of that name ("model list" is one name).
const CommandInfo* FindCommand(std::string_view name);

// "serve, worker": the names of the commands of the set that this binary has.
std::string CommandNames(CommandSet commands);

}  // namespace shoal
