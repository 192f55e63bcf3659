#include "telemetry/process_figures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <ctime>
#include <string>

namespace shoal {
namespace {

// The value of a metric without labels.
double Value(const std::string& text, const std::string& name) {
  const std::size_t place = text.find("\n" + name + " ");
  if (place == std::string::npos) return -1;
  return std::stod(text.substr(place + name.size() + 2));
}

TEST(ProcessFigures, SayWhatTheKernelSays) {
  MetricsRegistry registry;
  registry.AddSource(AddProcessFigures);
  const std::string text = registry.Text();
  EXPECT_GT(Value(text, "process_resident_memory_bytes"), 1e6);
  EXPECT_GE(Value(text, "process_virtual_memory_bytes"),
            Value(text, "process_resident_memory_bytes"));
  EXPECT_GE(Value(text, "process_open_fds"), 3);
  EXPECT_GE(Value(text, "process_max_fds"), Value(text, "process_open_fds"));
  EXPECT_GE(Value(text, "process_cpu_seconds_total"), 0);
  EXPECT_NEAR(Value(text, "process_start_time_seconds"), static_cast<double>(time(nullptr)), 3600);
}

}  // namespace
}  // namespace shoal
