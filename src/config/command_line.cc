#include "config/command_line.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "config/options.h"
#include "config/values.h"

namespace shoal {
namespace {

bool TakesTexts(CommandSet command) {
  return std::ranges::any_of(kCommands, [command](const CommandInfo& info) {
    return (info.bit & command) != 0 && info.arguments.starts_with("[TEXT");
  });
}

Status UnknownFlag(CommandSet command, std::string_view flag) {
  const std::size_t known = OptionIndex(flag.substr(flag.find_first_not_of('-')));
  if (flag.starts_with("--") && known < kOptions.size()) {
    const std::string others = CommandNames(kOptions[known].commands);
    return InvalidArgumentError(std::string(flag) + " is not a flag of this command" +
                                (others.empty() ? "" : "; it belongs to " + others));
  }
  std::vector<std::string> candidates = {"--help"};
  for (const Option& option : kOptions) {
    if (Takes(command, option)) candidates.push_back(FlagName(option));
  }
  const std::string nearest = flag.starts_with("--") ? Nearest(flag, candidates) : "";
  return InvalidArgumentError(
      "unknown flag " + std::string(flag) +
      (nearest.empty() ? "" : "; did you mean " + nearest + "?") +
      (TakesTexts(command) ? "; a text that begins with - goes after --" : ""));
}

Status RefuseSecond(const std::string& flag, std::string_view first, std::string_view second) {
  return InvalidArgumentError(flag + ": found \"" + std::string(first) + "\" and \"" +
                              std::string(second) + "\", accepted one value");
}

// One word that starts with a dash, split in flag and, where it is in the same word, value.
struct FlagWord {
  std::string flag;  // "--output", "-o"
  std::optional<std::string> value;
};

FlagWord Split(const std::string& word) {
  if (word.starts_with("--")) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos) return {word, std::nullopt};
    return {word.substr(0, equals), word.substr(equals + 1)};
  }
  if (word.size() == 2) return {word, std::nullopt};
  return {word.substr(0, 2), word.substr(2)};
}

std::size_t Find(CommandSet command, const std::string& flag) {
  for (std::size_t i = 0; i < kOptions.size(); ++i) {
    const Option& option = kOptions[i];
    const bool is_short = flag.size() == 2 && flag[1] == option.short_name;
    if (Takes(command, option) && (is_short || flag == FlagName(option))) return i;
  }
  return kOptions.size();
}

}  // namespace

Result<CommandLine> ParseCommandLine(CommandSet command, std::span<const std::string> words) {
  CommandLine line;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "--") {
      line.arguments.insert(line.arguments.end(),
                            words.begin() + static_cast<std::ptrdiff_t>(i) + 1, words.end());
      break;
    }
    if (word.size() < 2 || word[0] != '-') {
      line.arguments.push_back(word);
      continue;
    }
    FlagWord given = Split(word);
    if (given.flag == "--help" || word == "-h") {
      line.help = true;
      return line;
    }
    const std::size_t index = Find(command, given.flag);
    if (index == kOptions.size()) {
      return UnknownFlag(command, word.starts_with("--") ? given.flag : word);
    }
    const Option& option = kOptions[index];
    if (!given.value && option.type == OptionType::kSwitch) given.value = "true";
    if (!given.value) {
      if (i + 1 == words.size()) {
        return InvalidArgumentError(given.flag + " lacks its value: " + Accepted(option));
      }
      given.value = words[++i];
    }
    RETURN_IF_ERROR(CheckValue(option, *given.value).At(given.flag));
    const auto first = std::ranges::find(line.flags, index, &GivenFlag::option);
    if (first != line.flags.end() && !TakesSeveral(command, option)) {
      return RefuseSecond(FlagName(option), first->value, *given.value);
    }
    line.flags.push_back({index, *std::move(given.value)});
  }
  return line;
}

}  // namespace shoal
