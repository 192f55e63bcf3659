#include "bench/gates.h"
#include "bench/peak_meter.h"

namespace shoal {
namespace {

constexpr std::size_t kTokens = 128;
constexpr std::size_t kLength = 32;
constexpr int kRounds = 80;

// Operations of this model's shape: products per token, attention per squared length.
constexpr double kPerToken = 21.234e6;
constexpr double kPerSquare = 9216;

}  // namespace

void ForwardGate(const Context& context, GateReport& report) {
  const Batch batch = UniformBatch(context, kTokens, kLength);
  for (const Variant& variant : context.variants) {
    if (variant.bar == nullptr || variant.peak == nullptr) continue;
    Lane lane(variant.weights, 512);
    std::vector<float> vectors(batch.lengths.size() * context.dim());
    PeakMeter peak(*variant.peak);
    Samples passes;  // an operation is a pass here
    for (int round = 0; round < kRounds; ++round) {
      peak.Sample();
      passes.Add(Measure([&] { lane.Encode(batch.lengths, batch.ids, vectors); }), 1);
    }
    peak.Sample();
    const double ideal = kPerToken * kTokens / peak.Of(variant.precision).CpuRate().p10 +
                         kPerSquare * kTokens * kLength / peak.fp32().CpuRate().p10;  // seconds
    const Summary rate = passes.CpuRate();
    const double share = ideal * rate.p10;
    GateRow row = RowOf(variant, "forward, T = 128, L = 32");
    row.measured = Fixed(100 * share, 1, " % of peak");
    row.bar = ">= " + Fixed(100 * variant.bar->forward, 0, " %");
    row.verdict = AtLeast(share, variant.bar->forward);
    row.note = "p10 " + Fixed(kTokens * rate.p10, 0) + " p50 " + Fixed(kTokens * rate.p50, 0) +
               " mean " + Fixed(kTokens * rate.mean, 0, " tokens/s, ") +
               Fixed(100 * passes.lost(), 1, " % of the time lost");
    row.figures = {{"share", share},
                   {"p10", kTokens * rate.p10},
                   {"p50", kTokens * rate.p50},
                   {"mean", kTokens * rate.mean},
                   {"lost", passes.lost()}};
    report.rows.push_back(row);
    report.peaks.push_back(peak.Line("forward in " + variant.precision_name()));
  }
}

}  // namespace shoal
