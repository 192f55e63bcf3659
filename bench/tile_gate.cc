#include <algorithm>
#include <memory>
#include <type_traits>
#include <utility>

#include "base/rng.h"
#include "bench/gates.h"
#include "bench/peak_meter.h"
#include "engine/aligned_array.h"

namespace shoal {
namespace {

struct Shape {
  std::size_t in;
  std::size_t out;
};

// Of all-MiniLM-L6-v2: queries, keys and values; attention output; feed-forward up and down.
constexpr Shape kShapes[] = {{384, 1152}, {384, 384}, {384, 1536}, {1536, 384}};
constexpr std::size_t kRows[] = {8, 64, 120, 256};
constexpr std::size_t kJudgedRows = 120;
constexpr int kRounds = 100;
constexpr double kLeastOperations = 5e7;  // of one sample: half a millisecond

// One product, ready to run. The numbers in it do not matter, but that none is a denormal.
class Tile {
 public:
  Tile(const Variant& variant, Shape shape, std::size_t rows)
      : table_(*variant.table),
        precision_(variant.precision),
        shape_(shape),
        rows_(rows),
        x_(precision_ == Precision::kInt8 ? 0 : rows * shape.in),
        panels_(precision_ == Precision::kFp32 ? shape.in * shape.out : 0),
        narrow_(rows * shape.in),
        panels_bf16_(precision_ == Precision::kBf16 ? shape.in * shape.out : 0),
        panels_int8_(precision_ == Precision::kInt8 ? shape.in * shape.out : 0),
        column_start_(shape.out),
        scales_(std::max(rows, shape.out)),
        bias_(shape.out),
        y_(rows * shape.out) {
    Rng rng(1);
    const auto fill = [&](auto& array, double largest) {
      using Number = std::remove_cvref_t<decltype(array[0])>;
      for (std::size_t i = 0; i < array.size(); ++i) {
        array[i] = static_cast<Number>(largest * (2 * rng.Unit() - 1));
      }
    };
    fill(x_, 0.5);
    fill(panels_, 0.5);
    for (std::size_t i = 0; i < panels_bf16_.size(); ++i) panels_bf16_[i] = OneOfBf16(rng);
    for (std::size_t i = 0; i < narrow_.size(); ++i)
      narrow_[i] = static_cast<std::uint16_t>(rng.Next());
    fill(panels_int8_, 127);
    fill(scales_, 0.01);
  }

  double operations() const { return 2.0 * static_cast<double>(rows_ * shape_.in * shape_.out); }

  void Run() {
    if (precision_ == Precision::kFp32) RunFp32();
    if (precision_ == Precision::kBf16) RunBf16();
    if (precision_ == Precision::kInt8) RunInt8();
  }

  std::string Name() const {
    return "tile " + std::to_string(rows_) + " x " + std::to_string(shape_.in) + " x " +
           std::to_string(shape_.out);
  }
  bool judged() const { return rows_ == kJudgedRows; }

 private:
  // From 0.5 to 1, of either sign.
  static std::uint16_t OneOfBf16(Rng& rng) {
    return static_cast<std::uint16_t>(0x3F00 | (rng.Next() & 0x807F));
  }

  void RunFp32() {
    table_.linear({.rows = rows_,
                   .in = shape_.in,
                   .out = shape_.out,
                   .x = x_.data(),
                   .panels = panels_.data(),
                   .bias = bias_.data(),
                   .residual = nullptr,
                   .y = y_.data(),
                   .epilogue = Epilogue::kNone});
  }

  void RunBf16() {
    table_.linear_bf16({.rows = rows_,
                        .in = shape_.in,
                        .out = shape_.out,
                        .x = x_.data(),
                        .x_rounded = narrow_.data(),
                        .panels = panels_bf16_.data(),
                        .bias = bias_.data(),
                        .residual = nullptr,
                        .y = y_.data(),
                        .epilogue = Epilogue::kNone});
  }

  void RunInt8() {
    table_.linear_int8({.rows = rows_,
                        .in = shape_.in,
                        .out = shape_.out,
                        .q = narrow_.data(),
                        .row_scale = scales_.data(),
                        .panels = panels_int8_.data(),
                        .column_start = column_start_.data(),
                        .column_scale = scales_.data(),
                        .bias = bias_.data(),
                        .residual = nullptr,
                        .y = y_.data(),
                        .epilogue = Epilogue::kNone});
  }

  const KernelTable& table_;
  Precision precision_;
  Shape shape_;
  std::size_t rows_;
  AlignedArray<float> x_;
  AlignedArray<float> panels_;
  AlignedArray<std::uint16_t>
      narrow_;  // activations of int8, in either layout; rounded ones of bf16
  AlignedArray<std::uint16_t> panels_bf16_;
  AlignedArray<std::int8_t> panels_int8_;
  AlignedArray<std::int32_t> column_start_;
  AlignedArray<float> scales_;
  AlignedArray<float> bias_;
  AlignedArray<float> y_;
};

struct Measured {
  std::unique_ptr<Tile> tile;
  Samples samples;

  // From warm caches: what the other tiles left there is not this one's doing.
  void Sample() {
    tile->Run();
    const auto repeats = static_cast<int>(std::max(1.0, kLeastOperations / tile->operations()));
    const Elapsed elapsed = Measure([&] {
      for (int i = 0; i < repeats; ++i) tile->Run();
    });
    samples.Add(elapsed, repeats * tile->operations());
  }
};

GateRow Judge(const Variant& variant, const Measured& measured, const Summary& peak) {
  const Summary rate = measured.samples.CpuRate();
  const double share = rate.p10 / peak.p10;
  GateRow row = RowOf(variant, measured.tile->Name());
  row.measured = Fixed(100 * share, 1, " % of peak");
  row.bar = ">= " + Fixed(100 * variant.bar->tile, 0, " %");
  row.verdict = AtLeast(share, variant.bar->tile,
                        measured.tile->judged() ? GateVerdict::kShort : GateVerdict::kAim);
  row.note = "p10 " + Fixed(rate.p10 / 1e9, 1) + " p50 " + Fixed(rate.p50 / 1e9, 1) + " mean " +
             Fixed(rate.mean / 1e9, 1, " G/s, ") +
             Fixed(100 * measured.samples.lost(), 0, " % lost");
  row.figures = {{"share", share},
                 {"p10", rate.p10},
                 {"p50", rate.p50},
                 {"mean", rate.mean},
                 {"lost", measured.samples.lost()}};
  return row;
}

}  // namespace

void TileGate(const Context& context, GateReport& report) {
  for (const Variant& variant : context.variants) {
    if (variant.bar == nullptr || variant.peak == nullptr) continue;
    std::vector<Measured> tiles;
    for (const Shape shape : kShapes) {
      for (const std::size_t rows : kRows) {
        tiles.push_back({std::make_unique<Tile>(variant, shape, rows), {}});
      }
    }
    PeakMeter peak(*variant.peak);
    for (int round = 0; round < kRounds; ++round) {
      peak.Sample();
      for (Measured& tile : tiles) tile.Sample();
    }
    peak.Sample();
    for (const Measured& tile : tiles) {
      report.rows.push_back(Judge(variant, tile, peak.Of(variant.precision).CpuRate()));
    }
    report.peaks.push_back(peak.Line("tiles in " + variant.precision_name()));
  }
}

}  // namespace shoal
