#include <cstring>

#include "base/rng.h"
#include "bench/allocations.h"
#include "bench/gates.h"
#include "model/sha256.h"

namespace shoal {
namespace {

bool SameBytes(std::span<const float> a, std::span<const float> b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
}

// Every so-manieth golden text: `count` of them, cut to `tokens`.
std::vector<Ids> Sample(const Context& context, std::size_t count, std::size_t tokens) {
  std::vector<Ids> items;
  for (std::size_t i = 0; i < count; ++i) {
    items.push_back(Cut(context.golden[i * context.golden.size() / count], tokens));
  }
  return items;
}

std::vector<Ids> FirstGolden(const Context& context, std::size_t tokens) {
  std::vector<Ids> items;
  for (std::size_t i = 0; i < kGoldenTexts; ++i) items.push_back(Cut(context.golden[i], tokens));
  return items;
}

GateRow BytesRow(const Variant& variant, const std::vector<Ids>& items, const std::string& gate,
                 const std::string& expected) {
  const std::string hash = Sha256Of(EncodeAll(variant, items));
  GateRow row = RowOf(variant, gate);
  row.measured = "sha256 " + hash.substr(0, 12);
  row.bar = expected.substr(0, 12);
  row.verdict = hash == expected ? GateVerdict::kPass : GateVerdict::kShort;
  row.note = std::to_string(items.size()) + " texts, " + std::to_string(TokensOf(items)) +
             " tokens" + (hash == expected ? "" : ", found " + hash);
  return row;
}

}  // namespace

void AllocationGate(const Context& context, GateReport& report) {
  for (const Variant& variant : context.variants) {
    const Batch batch =
        variant.is_fast ? UniformBatch(context, 128, 32) : UniformBatch(context, 10, 5);
    Lane lane(variant.weights, 512);
    std::vector<float> vectors(batch.lengths.size() * context.dim());
    const std::size_t before = AllocationCount();
    lane.Encode(batch.lengths, batch.ids, vectors);
    const std::size_t count = AllocationCount() - before;
    GateRow row = RowOf(variant, "allocations in a forward pass");
    row.measured = std::to_string(count);
    row.bar = "0";
    row.verdict = count == 0 ? GateVerdict::kPass : GateVerdict::kShort;
    row.figures = {{"allocations", static_cast<double>(count)}};
    report.rows.push_back(row);
  }
}

void InvarianceGate(const Context& context, GateReport& report) {
  for (const Variant& variant : context.variants) {
    std::vector<Ids> items =
        variant.is_fast ? Sample(context, 64, 256) : Sample(context, 5, kShortTokens);
    Rng rng(5);
    for (std::size_t i = items.size() - 1; i > 0; --i) std::swap(items[i], items[rng.Below(i + 1)]);
    const std::vector<float> together = EncodeAll(variant, items);
    std::size_t differ = 0;
    for (std::size_t i = 0; i < items.size(); ++i) {
      const auto row = std::span(together).subspan(i * context.dim(), context.dim());
      if (!SameBytes(EncodeAll(variant, std::span(items).subspan(i, 1)), row)) ++differ;
    }
    GateRow row = RowOf(variant, "same bytes alone and in a batch");
    row.measured = std::to_string(differ) + " differ";
    row.bar = "0 differ";
    row.verdict = differ == 0 ? GateVerdict::kPass : GateVerdict::kShort;
    row.note = std::to_string(items.size()) + " texts, batches of up to 512 tokens, shuffled";
    row.figures = {{"texts", static_cast<double>(items.size())},
                   {"differ", static_cast<double>(differ)}};
    report.rows.push_back(row);
  }
}

void RecordedBytesGate(const Context& context, GateReport& report) {
  for (const RecordedBytes& recorded : kRecorded) {
    for (const Variant& variant : context.variants) {
      if (variant.precision != recorded.precision) continue;
      report.rows.push_back(BytesRow(variant, FirstGolden(context, kShortTokens),
                                     "recorded bytes, golden texts cut", recorded.cut));
      if (variant.is_fast) {
        report.rows.push_back(BytesRow(variant, FirstGolden(context, 256),
                                       "recorded bytes, golden texts", recorded.whole));
      }
    }
  }
}

}  // namespace shoal
