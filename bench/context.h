// What every gate needs: the real model, the golden texts, and which precisions of which tables
// there are to judge.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "api/precision.h"
#include "base/status.h"
#include "bench/gate.h"
#include "bench/golden.h"
#include "bench/peak.h"
#include "engine/encoder.h"
#include "kernels/kernel_table.h"
#include "model/model_folder.h"

namespace shoal {

// A precision under a table with its bars, shares of the peak: one row of kBars.
struct SpeedBar {
  const char* table;
  Precision precision;
  double tile;     // of a tile of 120 rows
  double forward;  // of 128 tokens in items of 32
};

inline constexpr SpeedBar kBars[] = {
    {"avx512_bf16", Precision::kFp32, 0.92, 0.88}, {"avx512_bf16", Precision::kBf16, 0.92, 0.88},
    {"avx512_bf16", Precision::kInt8, 0.86, 0.75}, {"avx2", Precision::kFp32, 0.92, 0.80},
    {"avx2", Precision::kInt8, 0.90, 0.76},
};

// Precisions whose vectors are the same bytes under every table, with the SHA-256 of two sets of
// vectors (little-endian fp32): kGoldenTexts golden texts, and the same cut to kShortTokens tokens,
// few enough for a table that computes every FMA in a library call.
struct RecordedBytes {
  Precision precision;
  const char* whole;
  const char* cut;
};

inline constexpr std::size_t kGoldenTexts = 50;
inline constexpr std::size_t kShortTokens = 5;
inline constexpr RecordedBytes kRecorded[] = {
    {Precision::kFp32, "739e083618bb50836440fb1551d84310a489f5dbf235a018618b5a55082dc9e0",
     "f0e5e9e076b685288cd837f9283fe834534770b6f07bef05c9adfc3726c333d2"},
    {Precision::kBf16, "8dc07b091865143c5c124e826f03549310ba79aee228b75577c624048a82de3c",
     "18fee0c83a2853a3b4c1c000b67691d71c1835c1bddc04650d1f10c1bd453d7b"},
    {Precision::kInt8, "2db2ceee9fdc0b9ba78d71775c2c56283c816ff332e0327166fe3b7bb4ec1b06",
     "4a96641653dcb4b9f538af65bf04b35bf29b2c93de3a43abea4394d4619a5914"},
};

// One precision under one table of this machine, its weights loaded.
struct Variant {
  const KernelTable* table;
  Precision precision;
  std::shared_ptr<const Weights> weights;
  bool is_fast;           // false: only a few short texts are affordable
  const PeakTable* peak;  // of the table; nullptr: no speed is judged
  const SpeedBar* bar;    // nullptr: likewise

  std::string table_name() const { return table->name; }
  std::string precision_name() const { return std::string(Name(precision)); }
};

struct Context {
  ModelFolder folder;
  std::vector<Ids> golden;
  std::vector<float> golden_vectors;  // [golden.size()][dim]
  std::vector<Ids> ordinary;          // many texts, for statistics of the error
  std::vector<Variant> variants;

  std::size_t dim() const { return static_cast<std::size_t>(folder.config.hidden_size); }
};

// The default model and the texts; the variants that this machine runs. What is missing goes to
// `report.not_run`.
Result<Context> OpenContext(GateReport& report);

// A row of this variant, not yet judged.
GateRow RowOf(const Variant& variant, std::string gate);

struct Batch {
  std::vector<std::uint32_t> lengths;
  Ids ids;
};

// Items of `length` tokens, `tokens` in all, from the golden texts.
Batch UniformBatch(const Context& context, std::size_t tokens, std::size_t length);

// Vectors [items][dim] in batches of at most `batch_tokens` tokens, in order. CHECKs that every
// item fits.
std::vector<float> EncodeAll(const Variant& variant, std::span<const Ids> items,
                             std::size_t batch_tokens = 512);

}  // namespace shoal
