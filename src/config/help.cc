#include "config/help.h"

#include <algorithm>

#include "config/options.h"

namespace shoal {
namespace {

std::string Padded(std::string text, std::size_t width) {
  text.resize(std::max(text.size() + 1, width), ' ');
  return text;
}

std::string FlagWithPlaceholder(const Option& option) {
  std::string text = option.short_name != 0 ? std::string("-") + option.short_name + ", " : "    ";
  text += FlagName(option);
  const std::string_view placeholder = Placeholder(option);
  if (!placeholder.empty()) text += " " + std::string(placeholder);
  return text;
}

std::string HelpLine(CommandSet command, const Option& option) {
  std::string line = "  " + FlagWithPlaceholder(option);
  line = line.size() < 34 ? Padded(line, 35) : line + "\n" + std::string(35, ' ');
  line += option.help;
  if (TakesSeveral(command, option)) line += "; may be given several times";
  const std::string_view value = DefaultFor(command, option);
  std::string notes;
  if (!value.empty() && option.type != OptionType::kSwitch) {
    notes = "default " + std::string(value);
  }
  if (option.reach != Reach::kFlagOnly) {
    notes += (notes.empty() ? "" : ", ") + VariableName(option);
  }
  if (!notes.empty()) line += " (" + notes + ")";
  return line + "\n";
}

// "--model --threads ..." and their values, for one command.
std::string FlagList(CommandSet command) {
  std::string flags = "--help";
  for (const Option& option : kOptions) {
    if (Takes(command, option)) flags += " " + FlagName(option);
  }
  return flags;
}

// The first words of the commands, each once.
std::string FirstWords() {
  std::string words;
  std::string_view last;
  for (const CommandInfo& command : kCommands) {
    const std::string_view first = command.name.substr(0, command.name.find(' '));
    if (first == last) continue;
    last = first;
    words += (words.empty() ? "" : " ") + std::string(first);
  }
  return words;
}

std::string SecondWords(std::string_view first) {
  std::string words;
  for (const CommandInfo& command : kCommands) {
    if (command.name.size() <= first.size() || !command.name.starts_with(first) ||
        command.name[first.size()] != ' ') {
      continue;
    }
    words += (words.empty() ? "" : " ") + std::string(command.name.substr(first.size() + 1));
  }
  return words;
}

std::string BashScript() {
  std::string script =
      "# bash completion of shoal: source <(shoal completion bash)\n"
      "_shoal() {\n"
      "  local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}\n"
      "  local command=\"${COMP_WORDS[1]}\" words=\"\"\n"
      "  if ((COMP_CWORD == 1)); then\n"
      "    COMPREPLY=($(compgen -W \"" +
      FirstWords() +
      "\" -- \"$word\"))\n"
      "    return\n"
      "  fi\n"
      "  case \"$previous\" in\n";
  for (const Option& option : kOptions) {
    if (option.type != OptionType::kChoice) continue;
    std::string choices(option.choices);
    std::ranges::replace(choices, '|', ' ');
    script += "    " + FlagName(option) + ") words=\"" + choices + "\" ;;\n";
  }
  script +=
      "  esac\n"
      "  if [[ -n $words ]]; then\n"
      "    COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
      "    return\n"
      "  fi\n"
      "  case \"$command ${COMP_WORDS[2]}\" in\n";
  for (const bool two_words : {true, false}) {  // "load compare" is a "load " too
    for (const CommandInfo& command : kCommands) {
      if (two_words != (command.name.find(' ') != std::string_view::npos)) continue;
      script += "    \"" + std::string(command.name) + (two_words ? "\"*" : " \"*") + ") words=\"" +
                FlagList(command.bit) + "\" ;;\n";
    }
  }
  script += "  esac\n  case \"$COMP_CWORD $command\" in\n";
  for (const CommandInfo& command : kCommands) {
    const std::string first(command.name.substr(0, command.name.find(' ')));
    const std::string second = SecondWords(first);
    const std::string row = "    \"2 " + first + "\") words+=\" " + second + "\" ;;\n";
    if (!second.empty() && script.find(row) == std::string::npos) script += row;
  }
  script +=
      "  esac\n"
      "  COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
      "  [[ $word != -* ]] && COMPREPLY+=($(compgen -f -- \"$word\"))\n"
      "}\n"
      "complete -F _shoal shoal\n";
  return script;
}

std::string FishScript() {
  std::string script = "# fish completion of shoal: shoal completion fish | source\n";
  script += "complete -c shoal -n __fish_use_subcommand -f -a \"" + FirstWords() + "\"\n";
  for (const CommandInfo& command : kCommands) {
    const std::size_t space = command.name.find(' ');
    const std::string first(command.name.substr(0, space));
    std::string seen = "__fish_seen_subcommand_from " + first;
    if (space != std::string_view::npos) {
      const std::string second(command.name.substr(space + 1));
      script += "complete -c shoal -n \"" + seen + "\" -f -a \"" + second + "\"\n";
      seen += "; and __fish_seen_subcommand_from " + second;
    }
    for (const Option& option : kOptions) {
      if (!Takes(command.bit, option)) continue;
      std::string choices(option.choices);
      std::ranges::replace(choices, '|', ' ');
      script += "complete -c shoal -n \"" + seen + "\" -l " + std::string(option.name);
      if (option.short_name != 0) script += std::string(" -s ") + option.short_name;
      if (option.type != OptionType::kSwitch) script += " -r";
      if (!choices.empty()) script += " -f -a \"" + choices + "\"";
      std::string help(option.help);
      for (std::size_t at = 0; (at = help.find('\'', at)) != std::string::npos; at += 2) {
        help.insert(at, "\\");
      }
      script += " -d '" + help + "'\n";
    }
  }
  return script;
}

}  // namespace

std::string HelpOverview() {
  std::string help =
      "shoal: text embeddings, served and offline\n\n"
      "Usage: shoal COMMAND [ARGUMENTS] [FLAGS]\n\nCommands:\n";
  for (const CommandInfo& command : kCommands) {
    const std::string_view space = command.arguments.empty() ? "" : " ";
    const std::string usage =
        "  " + std::string(command.name) + std::string(space) + std::string(command.arguments);
    help += Padded(usage, 30) + std::string(command.summary) + "\n";
  }
  help += "\nshoal help COMMAND explains the flags of one command.\n";
  return help;
}

std::string HelpFor(const CommandInfo& command) {
  std::string help = "Usage: shoal " + std::string(command.name);
  if (!command.arguments.empty()) help += " " + std::string(command.arguments);
  help += " [FLAGS]\n\n" + std::string(command.summary) + "\n\nFlags:\n";
  for (const Option& option : kOptions) {
    if (Takes(command.bit, option)) help += HelpLine(command.bit, option);
  }
  return help + "  -h, --help                       this text\n";
}

Result<std::string> CompletionScript(std::string_view shell) {
  if (shell == "bash") return BashScript();
  if (shell == "zsh") {
    return "# zsh completion of shoal: source <(shoal completion zsh)\n"
           "autoload -U +X bashcompinit && bashcompinit\n" +
           BashScript();
  }
  if (shell == "fish") return FishScript();
  return InvalidArgumentError("found \"" + std::string(shell) + "\", accepted bash, zsh or fish");
}

}  // namespace shoal
