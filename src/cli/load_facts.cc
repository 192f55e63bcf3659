#include "cli/load_facts.h"

#include <algorithm>
#include <chrono>
#include <iterator>

#include "cli/machine_report.h"
#include "cli/operator_port.h"
#include "cli/server_setup.h"
#include "process/cpu_quota.h"

namespace shoal {
namespace {

constexpr std::chrono::milliseconds kOperatorTimeout{5'000};

bool IsPlain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-_./:=,+@%").find(c) != std::string_view::npos;
}

// Of options that say something about the traffic, not about where the report goes.
bool IsOfTheRun(const Option& option) {
  return option.name != "output" && option.name != "format" && option.name != "operator";
}

std::string FlagsOf(const Option& option, const Setting& setting) {
  std::string flags;
  for (const std::string& value : setting.values) {
    flags += " " + FlagName(option);
    // A switch takes its value in the same word alone.
    if (option.type != OptionType::kSwitch) {
      flags += " " + ShellWord(value);
    } else if (value != "true") {
      flags += "=" + value;
    }
  }
  return flags;
}

std::string CommandOf(const Settings& settings) {
  std::string traffic, report;
  for (std::size_t i = 0; i < kOptions.size(); ++i) {
    const Setting* const setting = settings.Find(i);
    if (setting == nullptr || setting->origin != Origin::kFlag) continue;
    (IsOfTheRun(kOptions[i]) ? traffic : report) += FlagsOf(kOptions[i], *setting);
  }
  return "shoal load" + traffic + report;
}

// What passes by itself, and often: it would hide what matters.
bool IsMinor(const ShownEvent& event) {
  return event.kind == "late" || event.kind == "recovered" || event.kind == "second_attempt";
}

double SecondsSince(const LoadReport& report, std::int64_t unix_ms) {
  return static_cast<double>(unix_ms - report.run.start_unix_ms) / 1e3;
}

}  // namespace

std::string ShellWord(std::string_view text) {
  if (!text.empty() && std::all_of(text.begin(), text.end(), IsPlain)) return std::string(text);
  std::string word = "'";
  for (const char c : text) {
    if (c == '\'') {
      word += "'\\''";
    } else {
      word += c;
    }
  }
  return word + "'";
}

void AddFacts(const Settings& settings, const ServiceInfo& server, RunFacts& facts) {
  facts.version = Version();
  facts.target = settings.Text("target");
  facts.model = server.model.name;
  facts.dim = server.model.dim;
  // What speaks HTTP does not tell its precision.
  if (!server.version.empty()) facts.precision = Name(server.model.precision);
  facts.cpu = ThisCpuName();
  facts.cpus = static_cast<int>(ThisCpuShare().cores);
  facts.command = CommandOf(settings);
  for (std::size_t i = 0; i < kOptions.size(); ++i) {
    const Setting* const setting = settings.Find(i);
    if (setting == nullptr || !IsOfTheRun(kOptions[i])) continue;
    facts.options.emplace_back(kOptions[i].name, JoinedValues(*setting));
  }
}

void AddServer(const std::vector<ShownSecond>& seconds, const std::vector<ShownEvent>& events,
               LoadReport& report) {
  const auto end = static_cast<double>(report.per_second.size());
  for (const ShownSecond& second : seconds) {
    const double begin = SecondsSince(report, second.unix_ms);
    if (begin <= -1 || begin >= end) continue;
    ServerSecond row{.second = begin,
                     .in_flight = second.in_flight,
                     .offered_cost = second.offered_cost,
                     .goodput_cost = second.goodput_cost,
                     .capacity_cost = second.capacity_cost};
    static_assert(std::size(kServerQueues) == std::size(kShownQueues));
    std::copy(second.queue_seconds.begin(), second.queue_seconds.end(), row.queue_seconds.begin());
    report.server.push_back(row);
  }
  for (const ShownEvent& event : events) {
    const double at = SecondsSince(report, event.unix_ms);
    if (at < 0 || at > end || IsMinor(event)) continue;
    report.marks.push_back({.second = at, .text = event.text});
  }
}

Status AskServer(const Settings& settings, LoadReport& report) {
  const std::string& address = settings.Text("operator");
  if (address.empty()) return Status();
  const OperatorPort port(address, "");
  ASSIGN_OR_RETURN(const std::string history, port.Get("/api/v1/history", kOperatorTimeout));
  ASSIGN_OR_RETURN(const std::string snapshot, port.Get("/api/v1/snapshot", kOperatorTimeout));
  ASSIGN_OR_RETURN(const std::vector<ShownSecond> seconds, ReadHistory(history));
  ASSIGN_OR_RETURN(const ShownSnapshot now, ReadSnapshot(snapshot));
  AddServer(seconds, now.events, report);
  return Status();
}

}  // namespace shoal
