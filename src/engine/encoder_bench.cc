// Tokens per second of one lane on the shape of all-MiniLM-L6-v2 with random weights, 128 tokens in
// four items: `engine_bench [seconds] [precision...]`, by default 3 and fp32; `engine_bench 3 fp32
// int8` lets their batches take turns. Prints the fast decile and the median of each.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "engine/random_model.h"

namespace shoal {
namespace {

constexpr std::size_t kTokens = 128;
constexpr std::size_t kItems = 4;

struct Contender {
  std::string name;
  Lane lane;
  std::vector<double> times = {};  // seconds, one per batch
};

Result<Contender> Enter(RandomModel& model, const std::string& name) {
  const std::optional<Precision> precision = ParsePrecision(name);
  if (!precision) return InvalidArgumentError("no precision is called " + name);
  ASSIGN_OR_RETURN(auto weights,
                   Weights::FromSource(model.folder, {.precision = *precision}, model.Source()));
  return Contender{.name = std::string(weights->kernel_table()) + " " + name,
                   .lane = Lane(weights, 512)};
}

void Race(std::vector<Contender>& contenders, double seconds) {
  const std::vector<std::uint32_t> lengths(kItems, kTokens / kItems);
  std::vector<std::int32_t> ids(kTokens);
  for (std::size_t i = 0; i < ids.size(); ++i) ids[i] = static_cast<std::int32_t>(i * 7);
  std::vector<float> vectors(kItems * 384);
  const Clock& clock = SystemClock();
  const auto start = clock.Now();
  do {
    for (Contender& contender : contenders) {
      const auto before = clock.Now();
      contender.lane.Encode(lengths, ids, vectors);
      contender.times.push_back(std::chrono::duration<double>(clock.Now() - before).count());
    }
  } while (std::chrono::duration<double>(clock.Now() - start).count() < seconds);
}

}  // namespace
}  // namespace shoal

int main(int argc, char** argv) {
  using namespace shoal;
  const double seconds = argc > 1 ? std::atof(argv[1]) : 3.0;
  std::vector<std::string> names(argv + std::min(argc, 2), argv + argc);
  if (names.empty()) names = {"fp32"};
  RandomModel model({.vocabulary_size = 1000,
                     .hidden_size = 384,
                     .layers = 6,
                     .heads = 12,
                     .intermediate_size = 1536,
                     .max_positions = 512,
                     .token_types = 2});
  std::vector<Contender> contenders;
  for (const std::string& name : names) {
    Result<Contender> contender = Enter(model, name);
    if (!contender.ok()) {
      std::fprintf(stderr, "%s\n", contender.status().ToString().c_str());
      return 1;
    }
    contenders.push_back(std::move(*contender));
  }
  Race(contenders, seconds);
  for (Contender& contender : contenders) {
    std::vector<double>& times = contender.times;
    std::sort(times.begin(), times.end());
    std::printf("%s T=128 L=32: p10 %.0f p50 %.0f tokens/s (%zu batches)\n", contender.name.c_str(),
                kTokens / times[times.size() / 10], kTokens / times[times.size() / 2],
                times.size());
  }
  return 0;
}
