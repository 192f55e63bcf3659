// The int8 kernels against naive twins, and every table against `portable`, bit by bit.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "kernels/dispatch.h"
#include "kernels/numerics.h"
#include "kernels/test_floats.h"

namespace shoal {
namespace {

// From -127 to 127, both met.
template <typename T>
std::vector<T> RandomIntegers(std::size_t count, unsigned seed) {
  std::mt19937 generator(seed);
  std::vector<T> values(count);
  for (T& v : values) v = static_cast<T>(static_cast<int>(generator() % 255) - 127);
  values.front() = -127;
  values.back() = 127;
  return values;
}

// ---- quantize ----

struct Quantized {
  std::vector<std::int16_t> q;
  Floats scale;
};

// Input and output stand `misalignment` values off their allocations.
Quantized Quantize(const KernelTable& table, const Floats& x, std::size_t dim, std::size_t rotation,
                   std::size_t misalignment = 0) {
  Floats from(misalignment, 1e30f), scratch(dim + misalignment);
  from.insert(from.end(), x.begin(), x.end());
  // Room for either layout, from a place that many values off.
  std::vector<std::uint8_t> bytes(2 * (x.size() + misalignment));
  const bool quads = table.int8_layout == Int8Layout::kQuads;
  const std::uint8_t* const q = bytes.data() + (quads ? 1 : 2) * misalignment;
  Quantized out;
  out.scale.resize(x.size() / dim);
  table.quantize({.rows = x.size() / dim,
                  .dim = dim,
                  .rotation = rotation,
                  .x = from.data() + misalignment,
                  .scratch = scratch.data() + misalignment,
                  .q = bytes.data() + (quads ? 1 : 2) * misalignment,
                  .row_scale = out.scale.data()});
  for (std::size_t i = 0; i < x.size(); ++i) {
    std::int16_t value = 0;
    std::memcpy(&value, q + 2 * i, quads ? 0 : sizeof value);
    out.q.push_back(quads ? static_cast<std::int16_t>(q[i] - kQuadsOffset) : value);
  }
  return out;
}

// The butterflies of one row, one float after the other.
void RotateNaively(float* row, std::size_t dim, std::size_t block) {
  for (std::size_t half = block / 2; half > 0; half /= 2) {
    for (std::size_t i = 0; i < dim; ++i) {
      if ((i & half) != 0) continue;
      const float a = row[i];
      const float b = row[i + half];
      row[i] = a + b;
      row[i + half] = a - b;
    }
  }
}

Quantized QuantizeNaively(Floats x, std::size_t dim, std::size_t rotation) {
  Quantized out;
  for (std::size_t row = 0; row < x.size(); row += dim) {
    RotateNaively(&x[row], dim, rotation);
    float largest = 0;
    for (std::size_t d = 0; d < dim; ++d) largest = std::max(largest, std::fabs(x[row + d]));
    const float scale = 127.0f / std::max(largest, 1e-9f);
    out.scale.push_back(1.0f / scale);
    for (std::size_t d = 0; d < dim; ++d) {  // the product is exact in double
      out.q.push_back(static_cast<std::int16_t>(
          std::nearbyint(static_cast<double>(x[row + d]) * static_cast<double>(scale))));
    }
  }
  return out;
}

TEST(Int8Kernels, QuantizeRotatesAndRoundsToNearestEven) {
  for (const auto& [rotation, dims] :
       std::vector<std::pair<std::size_t, std::vector<std::size_t>>>{{1, {16, 48, 384}},
                                                                     {16, {16, 48}},
                                                                     {32, {32, 96}},
                                                                     {64, {64, 192}},
                                                                     {128, {128, 384}}}) {
    for (const std::size_t dim : dims) {
      for (const std::size_t misalignment : {0, 1, 3}) {
        const Floats x = Random(5 * dim, static_cast<unsigned>(dim), 3.0f);
        const Quantized expected = QuantizeNaively(x, dim, rotation);
        for (const KernelTable* table : RunnableTables()) {
          const Quantized found = Quantize(*table, x, dim, rotation, misalignment);
          EXPECT_EQ(found.q, expected.q) << table->name << " dim " << dim << " of " << rotation;
          EXPECT_TRUE(SameBytes(found.scale, expected.scale)) << table->name;
        }
      }
    }
  }
}

TEST(Int8Kernels, QuantizeMultipliesByTheHadamardMatrix) {
  constexpr std::size_t kDim = 256;
  const Floats x = Random(kDim, 21);
  for (const KernelTable* table : RunnableTables()) {
    const Quantized found = Quantize(*table, x, kDim, 128);
    for (std::size_t i = 0; i < kDim; ++i) {
      double expected = 0;
      for (std::size_t j = 0; j < 128; ++j) {
        expected += (std::popcount(i % 128 & j) % 2 == 0 ? 1 : -1) *
                    static_cast<double>(x[i / 128 * 128 + j]);
      }
      EXPECT_NEAR(found.q[i] * found.scale[0], expected, 0.501 * found.scale[0]) << i;
    }
  }
}

TEST(Int8Kernels, QuantizeTakesTiesToEvenAndAllExtremes) {
  Floats x(16, 0.0f);
  x[0] = -127.0f;
  x[1] = 0.5f;
  x[2] = 1.5f;
  x[3] = -2.5f;
  x[4] = 126.5f;
  x[5] = std::numeric_limits<float>::denorm_min();
  x.resize(32, 0.0f);    // a row of zeros
  x.resize(48, 1e-30f);  // and one far below the least scale
  x.resize(64, -3e38f);  // and one of the largest
  for (const KernelTable* table : RunnableTables()) {
    const Quantized found = Quantize(*table, x, 16, 1);
    const std::vector<std::int16_t> first = {-127, 0, 2, -2, 126, 0};
    EXPECT_TRUE(std::equal(first.begin(), first.end(), found.q.begin())) << table->name;
    for (std::size_t i = 16; i < 48; ++i) EXPECT_EQ(found.q[i], 0);
    for (std::size_t i = 48; i < 64; ++i) EXPECT_EQ(found.q[i], -127);
    for (const float scale : found.scale) EXPECT_TRUE(std::isfinite(scale) && scale > 0);
  }
}

TEST(Int8Kernels, NotANumberAndInfinityStayInTheirRow) {
  constexpr std::size_t kDim = 32;
  const Floats clean = Random(3 * kDim, 22);
  for (const std::size_t rotation : {std::size_t{1}, std::size_t{32}}) {
    const Quantized expected = QuantizeNaively(clean, kDim, rotation);
    for (std::size_t at = 0; at < kDim; ++at) {
      Floats x = clean;
      x[kDim + at] = std::numeric_limits<float>::quiet_NaN();
      x[2 * kDim + at] = -std::numeric_limits<float>::infinity();
      for (const KernelTable* table : RunnableTables()) {
        const Quantized found = Quantize(*table, x, kDim, rotation);
        EXPECT_TRUE(std::equal(found.q.begin(), found.q.begin() + kDim, expected.q.begin()));
        EXPECT_EQ(found.scale[0], expected.scale[0]);
        EXPECT_TRUE(std::isnan(found.scale[1])) << table->name << " at " << at;
        EXPECT_FALSE(std::isfinite(found.scale[2])) << table->name << " at " << at;
      }
    }
  }
}

// ---- linear_int8 ----

constexpr std::size_t kOut = 96;  // the four panels of the widest tile, and two more

struct Case {
  std::size_t rows = 1, in = 48, out = 32;
  Epilogue epilogue = Epilogue::kNone;
  std::size_t misalignment = 0;  // of q and y, in values
};

struct Data {
  std::vector<std::int16_t> q;
  std::vector<std::int8_t> w;  // [out][in]
  Floats row_scale, column_scale, bias, residual;

  explicit Data(const Case& c)
      : q(RandomIntegers<std::int16_t>(c.misalignment + c.rows * c.in, 1)),
        w(RandomIntegers<std::int8_t>(c.in * c.out, 2)),
        row_scale(Random(c.rows, 3, 0.01f)),
        column_scale(Random(c.out, 4, 0.01f)),
        bias(Random(c.out, 5)),
        residual(Random(c.rows * c.out, 6)) {}

  Floats Run(const KernelTable& table, const Case& c) const {
    struct alignas(64) Line {
      std::int8_t weights[64];
    };
    const std::size_t group = GroupOf(table.int8_layout);
    std::vector<Line> panels((c.in * c.out + 63) / 64);
    std::vector<std::int32_t> column_start(c.out);
    for (std::size_t n = 0; n < c.out; ++n) {
      for (std::size_t k = 0; k < c.in; ++k) {
        const std::size_t at =
            n / 16 * 16 * c.in + k / group * group * 16 + n % 16 * group + k % group;
        column_start[n] -= kQuadsOffset * w[n * c.in + k];
        panels[at / 64].weights[at % 64] = w[n * c.in + k];
      }
    }
    std::vector<std::uint8_t> unsigned_q;
    for (const std::int16_t v : q)
      unsigned_q.push_back(static_cast<std::uint8_t>(v + kQuadsOffset));
    const void* const operands = group == 4 ? static_cast<const void*>(&unsigned_q[c.misalignment])
                                            : static_cast<const void*>(&q[c.misalignment]);
    Floats y(c.rows * c.out + c.misalignment);
    table.linear_int8({.rows = c.rows,
                       .in = c.in,
                       .out = c.out,
                       .q = operands,
                       .row_scale = row_scale.data(),
                       .panels = panels[0].weights,
                       .column_start = column_start.data(),
                       .column_scale = column_scale.data(),
                       .bias = bias.data(),
                       .residual = residual.data(),
                       .y = y.data() + c.misalignment,
                       .epilogue = c.epilogue});
    y.erase(y.begin(), y.begin() + static_cast<std::ptrdiff_t>(c.misalignment));
    return y;
  }

  // Before GELU, after the residual.
  Floats Naive(const Case& c) const {
    Floats y;
    for (std::size_t r = 0; r < c.rows; ++r) {
      for (std::size_t n = 0; n < c.out; ++n) {
        std::int64_t sum = 0;
        for (std::size_t k = 0; k < c.in; ++k) {
          sum += q[c.misalignment + r * c.in + k] * w[n * c.in + k];
        }
        y.push_back(std::fma(static_cast<float>(sum), row_scale[r] * column_scale[n], bias[n]));
        if (c.epilogue == Epilogue::kResidual) y.back() += residual[r * c.out + n];
      }
    }
    return y;
  }
};

TEST(Int8Kernels, LinearIsAnExactSumScaledByOneFma) {
  for (std::size_t rows = 1; rows <= 13; ++rows) {
    for (const std::size_t misalignment : {0, 1, 3}) {
      for (const Epilogue epilogue : {Epilogue::kNone, Epilogue::kResidual}) {
        const Case c = {
            .rows = rows, .out = kOut, .epilogue = epilogue, .misalignment = misalignment};
        const Data data(c);
        for (const KernelTable* table : RunnableTables()) {
          EXPECT_TRUE(SameBytes(data.Run(*table, c), data.Naive(c)))
              << table->name << " rows " << rows << " off " << misalignment;
        }
      }
    }
  }
}

TEST(Int8Kernels, LinearHoldsTheLargestSums) {
  const Case c = {.rows = 7, .in = 65536, .out = 16};
  Data data(c);
  std::fill(data.q.begin(), data.q.end(), std::int16_t{-127});
  std::fill(data.w.begin(), data.w.end(), std::int8_t{127});
  for (const KernelTable* table : RunnableTables()) {
    EXPECT_TRUE(SameBytes(data.Run(*table, c), data.Naive(c))) << table->name;
  }
}

// The polynomial of numerics.h, one float after the other.
float GeluNaively(float x) {
  const float y = std::clamp(x, -kGeluOfInt8.bound, kGeluOfInt8.bound);
  float q = 0;
  for (const float term : kGeluOfInt8.q) q = std::fma(q, y * y, term);
  return x * std::fma(y, q, 0.5f);
}

TEST(Int8Kernels, LinearEndsInGelu) {
  for (const std::size_t rows : {1, 4, 6, 11, 25}) {
    Case c = {.rows = rows, .in = 96, .out = kOut};
    const Data data(c);
    const Floats sums = data.Naive(c);
    c.epilogue = Epilogue::kGelu;
    const Floats first = data.Run(*FindTable("portable"), c);
    for (std::size_t i = 0; i < sums.size(); ++i) {
      const double x = sums[i];
      EXPECT_NEAR(first[i], 0.5 * x * (1 + std::erf(x / std::sqrt(2.0))), 6e-4) << x;
      EXPECT_EQ(first[i], GeluNaively(sums[i])) << x;
    }
    for (const KernelTable* table : RunnableTables()) {
      EXPECT_TRUE(SameBytes(data.Run(*table, c), first)) << table->name << " rows " << rows;
    }
  }
}

}  // namespace
}  // namespace shoal
