// How many requests one core starts on time: an open loop against a server that answers at once,
// from within the call. `load_bench [RATE] [SECONDS]`. Late is what starts more than 10 ms after
// its time; a run is valid up to 1 % of them.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "load/load_run.h"

namespace shoal {
namespace {

constexpr int kDim = 384;

class NullServer final : public EmbedClient {
 public:
  Result<EmbedAnswer> Embed(const std::vector<std::string>&, const EmbedOptions&) override {
    return InternalError("a run only calls EmbedAsync");
  }
  void EmbedAsync(const std::vector<std::string>& texts, const EmbedOptions&,
                  Callback done) override {
    EmbedAnswer answer;
    answer.reply.dim = kDim;
    answer.reply.vectors.assign(texts.size() * kDim * sizeof(float), '\0');
    done(std::move(answer));
  }
  void Cancel(CallKey) override {}
  Result<ServiceInfo> Info(std::chrono::milliseconds) override { return ServiceInfo{}; }
};

void Run(double rate, std::chrono::seconds duration) {
  std::vector<std::unique_ptr<EmbedClient>> clients;
  clients.push_back(std::make_unique<NullServer>());
  const LoadPlan plan{.rate = rate, .duration = duration};
  const LoadReport report = RunLoad(plan, clients, kDim, SystemClock(), {});
  const auto seconds = static_cast<double>(duration.count());
  const auto sent = static_cast<double>(report.sent);
  std::fprintf(stderr, "%12s %10s %12s %12s %12s\n", "starts/s", "late", "us CPU each", "p50 us",
               "p99.9 us");
  std::fprintf(stderr, "%12.0f %9.3f%% %12.2f %12.1f %12.1f\n", sent / seconds,
               100 * static_cast<double>(report.late_starts) / sent,
               1e6 * report.generator_cpu_seconds / sent, 1e6 * report.latency.p50,
               1e6 * report.latency.p999);
}

}  // namespace
}  // namespace shoal

int main(int argc, char** argv) {
  shoal::Run(argc > 1 ? std::atof(argv[1]) : 20'000,
             std::chrono::seconds(argc > 2 ? std::atoi(argv[2]) : 5));
}
