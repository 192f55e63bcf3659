#include "config/option.h"

#include <algorithm>
#include <cctype>

#include "base/address.h"
#include "base/endpoint.h"
#include "base/utf8.h"
#include "config/values.h"

namespace shoal {
namespace {

std::string Spelled(std::string_view name, bool upper) {
  std::string spelled(name);
  for (char& c : spelled) {
    if (c == '-') c = '_';
    if (upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return spelled;
}

bool IsChoice(std::string_view choices, std::string_view value) {
  while (!choices.empty()) {
    const std::size_t bar = std::min(choices.find('|'), choices.size());
    if (choices.substr(0, bar) == value) return true;
    choices.remove_prefix(std::min(bar + 1, choices.size()));
  }
  return false;
}

bool IsPlainText(std::string_view value) {
  const auto is_control = [](char c) { return (c >= 0 && c < 0x20) || c == 0x7F; };
  return !FirstInvalidUtf8(value) && std::ranges::none_of(value, is_control);
}

std::string DurationText(std::int64_t us) {
  if (us % 1'000'000 == 0) return std::to_string(us / 1'000'000) + "s";
  if (us % 1000 == 0) return std::to_string(us / 1000) + "ms";
  return std::to_string(us) + "us";
}

std::string Range(const Option& option, std::string (*print)(std::int64_t)) {
  std::string range;
  if (option.min > 0) range += " from " + print(option.min);
  if (option.max < std::numeric_limits<std::int64_t>::max()) range += " to " + print(option.max);
  return range;
}

std::string PrintNumber(std::int64_t number) { return std::to_string(number); }

// The value as a number, for the types that have a range.
Result<std::int64_t> AsNumber(const Option& option, std::string_view value) {
  switch (option.type) {
    case OptionType::kDuration: {
      ASSIGN_OR_RETURN(const std::chrono::microseconds duration, ParseDuration(value));
      return duration.count();
    }
    case OptionType::kSize:
      return ParseSize(value);
    default:
      return ParseInteger(value);
  }
}

Status Refused(const Option& option, std::string_view value) {
  return InvalidArgumentError("found \"" + std::string(value) + "\", accepted " + Accepted(option));
}

}  // namespace

std::string FlagName(const Option& option) { return "--" + std::string(option.name); }
std::string VariableName(const Option& option) { return "SHOAL_" + Spelled(option.name, true); }
std::string FileKey(const Option& option) { return Spelled(option.name, false); }

const CommandInfo* FindCommand(std::string_view name) {
  for (const CommandInfo& command : kCommands) {
    if (command.name == name) return &command;
  }
  return nullptr;
}

std::string CommandNames(CommandSet commands) {
  std::string names;
  for (const CommandInfo& command : kCommands) {
    if ((command.bit & commands) == 0) continue;
    if (!names.empty()) names += ", ";
    names += command.name;
  }
  return names;
}

bool Takes(CommandSet command, const Option& option) {
  if ((option.commands & command) != 0) return true;
  return (command & For::kConfig) != 0 && option.reach == Reach::kEverywhere;
}

bool TakesSeveral(CommandSet command, const Option& option) {
  return option.repeatable || (option.repeatable_for & command) != 0;
}

std::string_view DefaultFor(CommandSet command, const Option& option) {
  return (option.other_default.commands & command) != 0 ? option.other_default.value
                                                        : option.default_value;
}

std::string Accepted(const Option& option) {
  const std::string or_empty = option.may_be_empty ? ", or nothing" : "";
  switch (option.type) {
    case OptionType::kString:
      return "a text in UTF-8 without control characters" + or_empty;
    case OptionType::kInteger:
      return "an integer from " + std::to_string(option.min) + " to " + std::to_string(option.max);
    case OptionType::kNumber:
      return "a number from " + std::to_string(option.min) + " to " + std::to_string(option.max);
    case OptionType::kDuration:
      return "a duration like 500ms, 5s, 2m, 1h" + Range(option, DurationText);
    case OptionType::kSize:
      return "a size like 1048576, 64KiB, 16MiB" + Range(option, PrintNumber);
    case OptionType::kAddress:
      return "HOST:PORT, like 127.0.0.1:50050 or [::1]:50050" + or_empty;
    case OptionType::kEndpoint:
      return "HOST:PORT or unix:PATH" + or_empty;
    case OptionType::kChoice:
      return std::string(option.choices);
    case OptionType::kSwitch:
      return "true or false";
    case OptionType::kPath:
      return "a path" + or_empty;
    case OptionType::kModel:
      return "a model's name or folder" + or_empty;
  }
  CHECK(false, "every type says what it accepts");
}

std::string_view Placeholder(const Option& option) {
  switch (option.type) {
    case OptionType::kString:
    case OptionType::kModel:
      return "NAME";
    case OptionType::kInteger:
    case OptionType::kNumber:
      return "N";
    case OptionType::kDuration:
      return "DURATION";
    case OptionType::kSize:
      return "SIZE";
    case OptionType::kAddress:
    case OptionType::kEndpoint:
      return "HOST:PORT";
    case OptionType::kChoice:
      return option.choices;
    case OptionType::kSwitch:
      return "";
    case OptionType::kPath:
      return "FILE";
  }
  CHECK(false, "every type has a placeholder");
}

Status CheckValue(const Option& option, std::string_view value) {
  if (value.empty()) {
    return option.may_be_empty || option.needs_address ? Status() : Refused(option, value);
  }
  switch (option.type) {
    case OptionType::kPath:
    case OptionType::kModel:
      return {};
    case OptionType::kString:
      return IsPlainText(value) ? Status() : Refused(option, value);
    case OptionType::kAddress:
      return ParseAddress(value).status();
    case OptionType::kEndpoint:
      return ParseEndpoint(value).status();
    case OptionType::kChoice:
      return IsChoice(option.choices, value) ? Status() : Refused(option, value);
    case OptionType::kSwitch:
      return ParseSwitch(value).ok() ? Status() : Refused(option, value);
    case OptionType::kNumber: {
      const Result<double> number = ParseNumber(value);
      const bool fits = number.ok() && *number >= static_cast<double>(option.min) &&
                        *number <= static_cast<double>(option.max);
      return fits ? Status() : Refused(option, value);
    }
    case OptionType::kInteger:
    case OptionType::kDuration:
    case OptionType::kSize: {
      const Result<std::int64_t> number = AsNumber(option, value);
      const bool fits = number.ok() && *number >= option.min && *number <= option.max;
      return fits ? Status() : Refused(option, value);
    }
  }
  CHECK(false, "every type is checked");
}

}  // namespace shoal
