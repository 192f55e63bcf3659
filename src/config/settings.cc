// The sources are laid over each other, the weakest first: defaults, file, variables, flags.
// Whoever comes later replaces the value and its origin, so what is left is what counts and where
// it is from.
//
// A value is checked where it comes in, with the place at hand for the message. So the typed
// getters at the end cannot fail.
#include "config/settings.h"

#include <unistd.h>

#include <algorithm>

#include "config/values.h"

namespace shoal {
namespace {

constexpr std::string_view kPrefix = "SHOAL_";
// Read where they matter, not options: SHOAL_ISA forces a table of kernels, SHOAL_LIFELINE_FD is
// how a supervised worker knows its parent, SHOAL_LOAD_PART how a process of a load does.
constexpr std::array<std::string_view, 3> kOtherVariables = {"ISA", "LIFELINE_FD", "LOAD_PART"};

Status Misconfigured(const std::string& place, const Status& cause) {
  return FailedPreconditionError(place + ": " + cause.message());
}

bool ReachesVariable(const Option& option) { return option.reach != Reach::kFlagOnly; }

std::vector<std::string> SplitAtCommas(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    parts.emplace_back(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return parts;
}

// Kubernetes names these after each service of the namespace: of one called shoal-worker
// SHOAL_WORKER_PORT, SHOAL_WORKER_SERVICE_HOST, SHOAL_WORKER_PORT_50051_TCP_ADDR.
bool IsOfKubernetes(std::string_view name) {
  return name.ends_with("_PORT") || name.find("_SERVICE_") != name.npos ||
         name.find("_TCP") != name.npos || name.find("_UDP") != name.npos ||
         name.find("_SCTP") != name.npos;
}

// What to say of a variable that sets nothing; empty: nothing.
std::string WarningOf(const std::string& name) {
  std::vector<std::string> known(kOtherVariables.begin(), kOtherVariables.end());
  for (const Option& option : kOptions) {
    const std::string variable = VariableName(option);
    if (ReachesVariable(option)) {
      known.push_back(variable.substr(kPrefix.size()));
    } else if (variable == name) {
      return name + " is ignored; " + FlagName(option) + " is set by the flag alone";
    }
  }
  const std::string own = name.substr(kPrefix.size());
  if (std::ranges::count(known, own) > 0 || IsOfKubernetes(name)) return "";
  const std::string nearest = Nearest(own, known);
  return "unknown variable " + name + " is ignored; " +
         (nearest.empty() ? "shoal config show lists the settings"
                          : "did you mean " + std::string(kPrefix) + nearest + "?");
}

// A server has to listen here. An empty address is refused only after all sources are read: a
// stronger one may bring another, and a command that does not listen has nothing against it.
Status CheckNeeded(const Option& option, const Setting& setting) {
  if (!option.needs_address || !setting.values.front().empty()) return {};
  const std::string key = setting.origin == Origin::kFile ? ": " + FileKey(option) : "";
  return FailedPreconditionError(setting.place + key +
                                 " is empty; a server needs HOST:PORT, port 0 takes a free one");
}

// The option of a key of the file, its value checked.
Result<std::size_t> CheckEntry(const FileEntry& entry, const std::string& place) {
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < kOptions.size(); ++i) {
    const Option& option = kOptions[i];
    if (option.reach != Reach::kEverywhere) continue;
    keys.push_back(FileKey(option));
    if (keys.back() != entry.key) continue;
    FileValueType wanted = FileValueType::kText;
    if (option.type == OptionType::kInteger) wanted = FileValueType::kInteger;
    if (option.type == OptionType::kSwitch) wanted = FileValueType::kBoolean;
    if (option.repeatable) wanted = FileValueType::kList;
    const bool bytes = option.type == OptionType::kSize && entry.type == FileValueType::kInteger;
    if (entry.type != wanted && !bytes) {
      constexpr std::array kTypes = {"a string", "an integer", "a boolean", "a list of strings"};
      return FailedPreconditionError(place + ": " + entry.key + ": found " +
                                     kTypes[static_cast<std::size_t>(entry.type)] + ", accepted " +
                                     kTypes[static_cast<std::size_t>(wanted)]);
    }
    for (const std::string& value : entry.values) {
      const Status checked = CheckValue(option, value);
      if (!checked.ok()) return Misconfigured(place + ": " + entry.key, checked);
    }
    return i;
  }
  const std::string nearest = Nearest(entry.key, keys);
  return FailedPreconditionError(place + ": unknown key " + entry.key +
                                 (nearest.empty() ? "" : "; did you mean " + nearest + "?"));
}

}  // namespace

std::string JoinedValues(const Setting& setting) {
  std::string text;
  for (const std::string& value : setting.values) text += (text.empty() ? "" : ",") + value;
  return text;
}

Environment ProcessEnvironment() {
  Environment variables;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::size_t equals = text.find('=');
    if (!text.starts_with(kPrefix) || equals == std::string_view::npos) continue;
    variables.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return variables;
}

Result<Settings> Settings::Resolve(CommandSet command, std::span<const GivenFlag> flags,
                                   const Environment& environment) {
  constexpr std::size_t kConfigOption = OptionKey("config").index();
  std::string file_name;
  if (Takes(command, kOptions[kConfigOption])) {
    const auto variable = environment.find(VariableName(kOptions[kConfigOption]));
    if (variable != environment.end()) file_name = variable->second;
  }
  for (const GivenFlag& flag : flags) {
    if (flag.option == kConfigOption) file_name = flag.value;
  }
  std::vector<FileEntry> entries;
  if (!file_name.empty()) {
    ASSIGN_OR_RETURN(entries, ReadToml(file_name));
  }
  return Resolve(command, flags, environment, entries, file_name);
}

Result<Settings> Settings::Resolve(CommandSet command, std::span<const GivenFlag> flags,
                                   const Environment& environment, std::span<const FileEntry> file,
                                   const std::string& file_name) {
  Settings resolved;
  for (std::size_t i = 0; i < kOptions.size(); ++i) {
    const Option& option = kOptions[i];
    if (!Takes(command, option)) continue;
    Setting& setting = resolved.settings_[i].emplace();
    setting.place = "default";
    if (!option.repeatable) setting.values = {std::string(DefaultFor(command, option))};
  }
  for (const FileEntry& entry : file) {
    const std::string place = file_name + ":" + std::to_string(entry.line);
    ASSIGN_OR_RETURN(const std::size_t index, CheckEntry(entry, place));
    if (!resolved.settings_[index]) continue;
    *resolved.settings_[index] = {entry.values, Origin::kFile, place};
  }
  for (const auto& [name, value] : environment) {
    std::string warning = WarningOf(name);
    if (!warning.empty()) resolved.warnings_.push_back(std::move(warning));
  }
  for (std::size_t i = 0; i < kOptions.size(); ++i) {
    const Option& option = kOptions[i];
    const std::string name = VariableName(option);
    const auto variable = environment.find(name);
    if (variable == environment.end() || !resolved.settings_[i] || !ReachesVariable(option)) {
      continue;
    }
    std::vector<std::string> values = {variable->second};
    if (option.repeatable) values = SplitAtCommas(variable->second);
    for (const std::string& value : values) {
      const Status checked = CheckValue(option, value);
      if (!checked.ok()) return Misconfigured(name, checked);
    }
    *resolved.settings_[i] = {std::move(values), Origin::kVariable, name};
  }
  for (const GivenFlag& flag : flags) {
    std::optional<Setting>& setting = resolved.settings_[flag.option];
    CHECK(setting.has_value(), "only flags that the command takes were parsed");
    if (!TakesSeveral(command, kOptions[flag.option]) || setting->origin != Origin::kFlag) {
      setting->values.clear();
    }
    setting->values.push_back(flag.value);
    setting->origin = Origin::kFlag;
    setting->place = FlagName(kOptions[flag.option]);
  }
  for (std::size_t i = 0; i < kOptions.size(); ++i) {
    const Setting* const setting = resolved.Find(i);
    if (setting != nullptr) RETURN_IF_ERROR(CheckNeeded(kOptions[i], *setting));
  }
  return resolved;
}

const Setting* Settings::Find(std::size_t option_index) const {
  const std::optional<Setting>& setting = settings_[option_index];
  return setting ? &*setting : nullptr;
}

const std::string& Settings::One(OptionKey key) const {
  const std::optional<Setting>& setting = settings_[key.index()];
  CHECK(setting.has_value(), "a command asks only for options that it takes");
  CHECK(!kOptions[key.index()].repeatable, "a repeatable option is asked for as a list");
  return setting->values.front();
}

const std::string& Settings::Text(OptionKey key) const { return One(key); }

std::int64_t Settings::Integer(OptionKey key) const {
  const bool is_size = kOptions[key.index()].type == OptionType::kSize;
  return is_size ? ParseSize(One(key)).value() : ParseInteger(One(key)).value();
}

double Settings::Number(OptionKey key) const { return ParseNumber(One(key)).value(); }

std::chrono::microseconds Settings::Duration(OptionKey key) const {
  return ParseDuration(One(key)).value();
}

bool Settings::Switch(OptionKey key) const { return ParseSwitch(One(key)).value(); }

const std::vector<std::string>& Settings::List(OptionKey key) const {
  const std::optional<Setting>& setting = settings_[key.index()];
  CHECK(setting.has_value(), "a command asks only for options that it takes");
  return setting->values;
}

}  // namespace shoal
