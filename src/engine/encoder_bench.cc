// Tokens per second of one lane on the shape of all-MiniLM-L6-v2 with random weights, 128 tokens in
// four items: `engine_bench [seconds]`. Prints the fast decile and the median over the batches.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "base/clock.h"
#include "engine/random_model.h"

int main(int argc, char** argv) {
  using namespace shoal;
  const double seconds = argc > 1 ? std::atof(argv[1]) : 3.0;
  RandomModel model({.vocabulary_size = 1000,
                     .hidden_size = 384,
                     .layers = 6,
                     .heads = 12,
                     .intermediate_size = 1536,
                     .max_positions = 512,
                     .token_types = 2});
  const auto weights = Weights::FromSource(model.folder, {}, model.Source());
  if (!weights.ok()) {
    std::fprintf(stderr, "%s\n", weights.status().ToString().c_str());
    return 1;
  }
  Lane lane(*weights, 512);
  const std::vector<std::uint32_t> lengths(4, 32);
  std::vector<std::int32_t> ids(128);
  for (std::size_t i = 0; i < ids.size(); ++i) ids[i] = static_cast<std::int32_t>(i * 7);
  std::vector<float> vectors(4 * 384);
  const Clock& clock = SystemClock();
  std::vector<double> times;
  const auto start = clock.Now();
  while (std::chrono::duration<double>(clock.Now() - start).count() < seconds || times.empty()) {
    const auto before = clock.Now();
    lane.Encode(lengths, ids, vectors);
    times.push_back(std::chrono::duration<double>(clock.Now() - before).count());
  }
  std::sort(times.begin(), times.end());
  std::printf("%s fp32 T=128 L=32: p10 %.0f p50 %.0f tokens/s (%zu batches)\n",
              std::string((*weights)->kernel_table()).c_str(), 128 / times[times.size() / 10],
              128 / times[times.size() / 2], times.size());
  return 0;
}
