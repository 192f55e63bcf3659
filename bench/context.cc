#include "bench/context.h"

#include <string_view>
#include <utility>

#include "kernels/dispatch.h"
#include "model/pinned.h"

namespace shoal {
namespace {

#ifdef __FP_FAST_FMAF
constexpr bool kPortableIsFast = true;
#else
constexpr bool kPortableIsFast = false;  // every FMA is a library call, about 33 ms a token
#endif

constexpr std::string_view kAllTables[] = {"avx512_bf16", "avx512", "avx2", "portable"};
constexpr Precision kAllPrecisions[] = {Precision::kFp32, Precision::kBf16, Precision::kInt8};

const SpeedBar* FindBar(const KernelTable& table, Precision precision) {
  for (const SpeedBar& bar : kBars) {
    if (bar.table == std::string_view(table.name) && bar.precision == precision) return &bar;
  }
  return nullptr;
}

void AddVariants(const KernelTable& table, Context& context, GateReport& report) {
  for (const Precision precision : kAllPrecisions) {
    const std::string name = std::string(table.name) + " " + std::string(Name(precision));
    auto weights =
        Weights::Load(context.folder, {.precision = precision, .kernel_table = table.name});
    if (!weights.ok()) {
      report.not_run.push_back(name + ": " + weights.status().message());
      continue;
    }
    const bool portable = table.name == std::string_view("portable");
    Variant variant{.table = &table,
                    .precision = precision,
                    .weights = *weights,
                    .is_fast = precision == Precision::kBf16 ? table.bf16_is_fast
                                                             : !portable || kPortableIsFast,
                    .peak = FindPeaks(table.name),
                    .bar = FindBar(table, precision)};
    if (variant.peak == nullptr || variant.bar == nullptr) {
      report.not_run.push_back(name + ": speed, which no gate asks of it");
    }
    context.variants.push_back(std::move(variant));
  }
}

}  // namespace

Result<Context> OpenContext(GateReport& report) {
  Context context;
  ASSIGN_OR_RETURN(const std::filesystem::path path, FindModel(std::string(kDefaultModel)));
  ASSIGN_OR_RETURN(context.folder, OpenModelFolder(path));
  ASSIGN_OR_RETURN(
      const Tokenizer tokenizer,
      Tokenizer::Create(context.folder.tokenizer, {.max_tokens = context.folder.max_tokens}));
  ASSIGN_OR_RETURN(context.golden, GoldenItems(tokenizer));
  ASSIGN_OR_RETURN(context.golden_vectors, GoldenVectors(context.golden.size(), context.dim()));
  ASSIGN_OR_RETURN(context.ordinary,
                   ItemsOfLines(SHOAL_SOURCE_DIR "/bench/ordinary_texts.txt", tokenizer));
  for (const std::string_view name : kAllTables) {
    if (const KernelTable* table = FindTable(name)) {
      AddVariants(*table, context, report);
    } else {
      report.not_run.push_back(std::string(name) + ": this CPU or this build lacks the table");
    }
  }
  return context;
}

GateRow RowOf(const Variant& variant, std::string gate) {
  GateRow row;
  row.gate = std::move(gate);
  row.table = variant.table_name();
  row.precision = variant.precision_name();
  return row;
}

Batch UniformBatch(const Context& context, std::size_t tokens, std::size_t length) {
  Batch batch;
  for (const Ids& item : context.golden) {
    if (item.size() < length || batch.ids.size() >= tokens) continue;
    const Ids cut = Cut(item, length);
    batch.lengths.push_back(static_cast<std::uint32_t>(length));
    batch.ids.insert(batch.ids.end(), cut.begin(), cut.end());
  }
  CHECK(batch.ids.size() == tokens, "enough golden texts are long enough");
  return batch;
}

std::vector<float> EncodeAll(const Variant& variant, std::span<const Ids> items,
                             std::size_t batch_tokens) {
  Lane lane(variant.weights, batch_tokens);
  const auto dim = static_cast<std::size_t>(variant.weights->dim());
  std::vector<float> vectors(items.size() * dim);
  std::vector<std::uint32_t> lengths;
  Ids ids;
  std::size_t first = 0;
  const auto run = [&] {
    const std::span<float> rows = std::span(vectors).subspan(first * dim, lengths.size() * dim);
    lane.Encode(lengths, ids, rows);
    first += lengths.size();
    lengths.clear();
    ids.clear();
  };
  for (const Ids& item : items) {
    if (ids.size() + item.size() > batch_tokens) run();
    lengths.push_back(static_cast<std::uint32_t>(item.size()));
    ids.insert(ids.end(), item.begin(), item.end());
  }
  if (!lengths.empty()) run();
  return vectors;
}

}  // namespace shoal
