#include "load/report_csv.h"

#include <array>
#include <charconv>

namespace shoal {
namespace {

// The shortest that reads back as the same.
std::string Number(double value) {
  std::array<char, 32> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  return {text.data(), end};
}

}  // namespace

std::string ReportCsv(const LoadReport& report) {
  std::string text =
      "second,offered,sent,ok,good,late,refused,failed,cancelled,texts,latency_p50_seconds,"
      "latency_p90_seconds,latency_p95_seconds,latency_p99_seconds,latency_p999_seconds,"
      "latency_max_seconds\n";
  for (std::size_t i = 0; i < report.per_second.size(); ++i) {
    const LoadSecond& second = report.per_second[i];
    text += std::to_string(i);
    for (const std::uint64_t count :
         {second.offered, second.sent, second.ok, second.good, second.late, second.refused,
          second.failed, second.cancelled, second.texts}) {
      text += "," + std::to_string(count);
    }
    const Percentiles& times = second.latency;
    for (const double time : {times.p50, times.p90, times.p95, times.p99, times.p999, times.max}) {
      text += "," + (second.ok > 0 ? Number(time) : "");
    }
    text += "\n";
  }
  return text;
}

}  // namespace shoal
