#include "arguments.h"

#include <charconv>
#include <string_view>

namespace shoal::sim {

const char* const kHelp =
    "sim [--seeds N] [--first-seed S] [--minutes M] [--threads T] [--full]\n    [--keep-going]\n"
    "sim --seed S [--trace]\n"
    "sim --mutants [--mutant NAME] [--seeds N] [--first-seed S] [--threads T]\n"
    "sim --replay FILE\n"
    "\n"
    "Plays the scheduler and its workers in virtual time, one drawn world per seed, and checks\n"
    "invariants at every event. Prints seeds, events, a hash of all that was decided, and what "
    "was\n"
    "reached. Exit 0: all held; 1: one did not, see the seed and the trace; 2: wrong arguments.\n"
    "\n"
    "  --seeds N       how many (300)\n"
    "  --first-seed S  from which on (1)\n"
    "  --minutes M     go on with more seeds until M minutes are over\n"
    "  --threads T     worlds at a time (2)\n"
    "  --full          fail, too, if a reason, a state or a fault was never reached\n"
    "  --keep-going    name every seed that fails, not only the first\n"
    "  --seed S        this one alone\n"
    "  --trace         print every decision of it\n"
    "  --mutants       plant each known bug and run until an invariant finds it; N bounds the "
    "seeds\n"
    "  --mutant NAME   that one alone; with --seed S its trace\n"
    "  --replay FILE   give a scheduler what `serve --record-scheduler FILE` has recorded; every\n"
    "                  action must be the same\n";

namespace {

// An option without a value; null: it is none.
bool* Switch(Arguments& arguments, std::string_view flag) {
  if (flag == "--help") return &arguments.help;
  if (flag == "--mutants") return &arguments.mutants;
  if (flag == "--trace") return &arguments.trace;
  if (flag == "--full") return &arguments.full;
  return flag == "--keep-going" ? &arguments.keep_going : nullptr;
}

Result<std::uint64_t> Number(std::string_view flag, std::string_view word) {
  std::uint64_t number = 0;
  const char* const end = word.data() + word.size();
  const auto [last, error] = std::from_chars(word.data(), end, number);
  if (error != std::errc() || last != end) {
    return Status(StatusCode::kInvalidArgument,
                  std::string(flag) + " wants a whole number, not '" + std::string(word) + "'");
  }
  return number;
}

}  // namespace

Result<Arguments> Parse(std::span<const char* const> words) {
  Arguments arguments;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string_view flag = words[i];
    if (bool* const option = Switch(arguments, flag)) {
      *option = true;
      continue;
    }
    const bool known = flag == "--seeds" || flag == "--first-seed" || flag == "--minutes" ||
                       flag == "--threads" || flag == "--seed" || flag == "--mutant" ||
                       flag == "--replay";
    if (!known) {
      return Status(StatusCode::kInvalidArgument,
                    "unknown argument '" + std::string(flag) + "'; see --help");
    }
    if (++i == words.size()) {
      return Status(StatusCode::kInvalidArgument, std::string(flag) + " wants a value");
    }
    if (flag == "--replay") {
      arguments.replay = words[i];
      continue;
    }
    if (flag == "--mutant") {
      arguments.mutant = words[i];
      arguments.mutants = true;
      continue;
    }
    const Result<std::uint64_t> number = Number(flag, words[i]);
    if (!number.ok()) return number.status();
    if (flag == "--seed") {
      arguments.seed = *number;
    } else {
      (flag == "--seeds"        ? arguments.seeds
       : flag == "--first-seed" ? arguments.first_seed
       : flag == "--minutes"    ? arguments.minutes
                                : arguments.threads) = *number;
    }
  }
  if (arguments.threads == 0 || arguments.seeds == 0) {
    return Status(StatusCode::kInvalidArgument, "--seeds and --threads want at least 1");
  }
  if (arguments.trace && !arguments.seed) {
    return Status(StatusCode::kInvalidArgument, "--trace wants --seed: one seed is read at a time");
  }
  return arguments;
}

}  // namespace shoal::sim
