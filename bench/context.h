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
    {Precision::kBf16, "e48947e8e26c64f753209396f2603e99d896d32efd4b4a1906fc7ffb31edada4",
     "091f1c11adca805b56a77465e9cf763e9eaed531ef4e7889c8093d4821b24b37"},
    {Precision::kInt8, "2ac2f3adb8247f261dc5eb6b260fcd499c757a48e225ed1e5f2b9b5f4b2ca44d",
     "17a90e77e93c3c53d749abc541f6782d1fc0199952bd268e3f2b12f4737186eb"},
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
