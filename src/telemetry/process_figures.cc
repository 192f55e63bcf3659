#include "telemetry/process_figures.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "telemetry/log.h"

namespace shoal {
namespace {

// Of the kernel's: these say that they are empty. "": it cannot be read.
std::string TextOf(const char* path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

double TicksPerSecond() { return static_cast<double>(sysconf(_SC_CLK_TCK)); }

// The fields of /proc/self/stat from the third on: what is before may hold spaces.
std::vector<std::string> StatFields() {
  const std::string stat = TextOf("/proc/self/stat");
  std::istringstream words(stat.substr(stat.rfind(')') + 1));
  std::vector<std::string> fields;
  for (std::string word; words >> word;) fields.push_back(word);
  return fields;
}

// When the machine began, in seconds since 1970; 0: unknown.
double BootTime() {
  constexpr std::string_view kLine = "\nbtime ";
  const std::string stat = TextOf("/proc/stat");
  const std::size_t place = stat.find(kLine);
  return place == std::string::npos ? 0 : std::stod(stat.substr(place + kLine.size()));
}

void AddDescriptors(MetricFigures& figures) {
  std::error_code error;
  double open = 0;
  for (auto it = std::filesystem::directory_iterator("/proc/self/fd", error);
       !error && it != std::filesystem::directory_iterator(); it.increment(error)) {
    ++open;
  }
  if (!error) figures.Add(metric::kOpenFds, open - 1);  // one is the folder's own
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    figures.Add(metric::kMaxFds, static_cast<double>(limit.rlim_cur));
  }
}

}  // namespace

void AddProcessFigures(MetricFigures& figures) {
  // Numbers as proc(5) counts them, less the two that StatFields leaves out, and from 0.
  constexpr std::size_t kUser = 14 - 3, kSystem = 15 - 3, kStart = 22 - 3, kVirtual = 23 - 3,
                        kResident = 24 - 3;
  const std::vector<std::string> stat = StatFields();
  if (stat.size() > kResident) {
    const auto number = [&stat](std::size_t field) { return std::stod(stat[field]); };
    figures.Add(metric::kCpuSeconds, (number(kUser) + number(kSystem)) / TicksPerSecond());
    figures.Add(metric::kVirtualBytes, number(kVirtual));
    figures.Add(metric::kResidentBytes,
                number(kResident) * static_cast<double>(sysconf(_SC_PAGESIZE)));
    if (const double boot = BootTime(); boot > 0) {
      figures.Add(metric::kStartTime, boot + number(kStart) / TicksPerSecond());
    }
  }
  AddDescriptors(figures);
}

void AddCommonFigures(MetricsRegistry& registry) {
  registry.AddSource(AddProcessFigures);
  registry.AddSource([](MetricFigures& to) {
    to.Add(metric::kLogLinesDropped, static_cast<double>(LostLogLines()));
  });
}

}  // namespace shoal
