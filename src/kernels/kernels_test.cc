// Every kernel against a naive twin in scalar code, and every table against `portable`, bit by bit.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "kernels/dispatch.h"
#include "kernels/test_floats.h"

namespace shoal {
namespace {

// w[out][in] to panels.
Floats Pack(const Floats& w, std::size_t in, std::size_t out) {
  Floats panels(in * out);
  for (std::size_t n = 0; n < out; ++n) {
    for (std::size_t k = 0; k < in; ++k) {
      panels[(n / 16 * in + k) * 16 + n % 16] = w[n * in + k];
    }
  }
  return panels;
}

const KernelTable& Portable() { return *FindTable("portable"); }

constexpr std::size_t kOut = 96;  // the four panels of the widest tile, and two more

struct LinearCase {
  std::size_t rows = 1, in = 32, out = kOut;
  Epilogue epilogue = Epilogue::kNone;
  std::size_t misalignment = 0;  // floats
};

struct LinearData {
  Floats x, w, panels, bias, residual;
  explicit LinearData(const LinearCase& c)
      : x(Random(c.misalignment + c.rows * c.in, 1)),
        w(Random(c.in * c.out, 2)),
        panels(Pack(w, c.in, c.out)),
        bias(Random(c.out, 3)),
        residual(Random(c.rows * c.out, 4)) {}

  Floats Run(const KernelTable& table, const LinearCase& c) const {
    Floats y(c.rows * c.out + c.misalignment);
    table.linear({.rows = c.rows,
                  .in = c.in,
                  .out = c.out,
                  .x = x.data() + c.misalignment,
                  .panels = panels.data(),
                  .bias = bias.data(),
                  .residual = residual.data(),
                  .y = y.data() + c.misalignment,
                  .epilogue = c.epilogue});
    y.erase(y.begin(), y.begin() + static_cast<std::ptrdiff_t>(c.misalignment));
    return y;
  }
};

TEST(Kernels, NoTableForgetsAnEntry) {
  for (const KernelTable* table : RunnableTables()) {
    // A new entry does not compile until it is asked for here.
    const auto& [name, embed, linear, linear_bf16, bf16_is_fast, int8_layout, quantize, linear_int8,
                 layer_norm, attention, attention_bf16, attention_int8, pool] = *table;
    EXPECT_TRUE(embed && linear && quantize && linear_int8 && layer_norm && attention &&
                attention_int8 && pool)
        << name;
    EXPECT_EQ(linear_bf16 == nullptr, attention_bf16 == nullptr) << name;
    EXPECT_TRUE(linear_bf16 != nullptr || !bf16_is_fast) << name;
  }
}

TEST(Kernels, PortableIsAlwaysRunnableAndLast) {
  EXPECT_STREQ(RunnableTables().back()->name, "portable");
  EXPECT_EQ(FindTable("portable"), RunnableTables().back());
#ifndef __x86_64__
  EXPECT_EQ(RunnableTables().size(), 1u);
#endif
  EXPECT_EQ(FindTable("sse9"), nullptr);
  EXPECT_EQ(FindTable(""), nullptr);
}

TEST(Kernels, LinearIsOneFmaPerProductFromTheBiasInTheOrderOfK) {
  for (std::size_t rows = 1; rows <= 13; ++rows) {
    for (const std::size_t misalignment : {0, 1, 3}) {
      const LinearCase c = {.rows = rows, .misalignment = misalignment};
      const LinearData data(c);
      Floats expected(c.rows * c.out);
      for (std::size_t r = 0; r < c.rows; ++r) {
        for (std::size_t n = 0; n < c.out; ++n) {
          float sum = data.bias[n];
          for (std::size_t k = 0; k < c.in; ++k) {
            sum = std::fma(data.x[misalignment + r * c.in + k], data.w[n * c.in + k], sum);
          }
          expected[r * c.out + n] = sum;
        }
      }
      for (const KernelTable* table : RunnableTables()) {
        EXPECT_TRUE(SameBytes(data.Run(*table, c), expected)) << table->name << " rows " << rows;
      }
    }
  }
}

TEST(Kernels, EpiloguesAreGeluAndOneAddOfTheResidual) {
  LinearCase c = {.rows = 7};
  const LinearData data(c);
  for (const KernelTable* table : RunnableTables()) {
    c.epilogue = Epilogue::kNone;
    const Floats sums = data.Run(*table, c);
    c.epilogue = Epilogue::kGelu;
    const Floats gelu = data.Run(*table, c);
    c.epilogue = Epilogue::kResidual;
    const Floats added = data.Run(*table, c);
    for (std::size_t i = 0; i < sums.size(); ++i) {
      const double x = sums[i];
      EXPECT_NEAR(gelu[i], 0.5 * x * (1 + std::erf(x / std::sqrt(2.0))), 2e-6) << x;
      EXPECT_EQ(added[i], sums[i] + data.residual[i]);
    }
  }
}

TEST(Kernels, LinearGivesTheSameBytesUnderEveryTable) {
  for (const Epilogue epilogue : {Epilogue::kNone, Epilogue::kGelu, Epilogue::kResidual}) {
    for (std::size_t rows = 1; rows <= 25; rows += 3) {
      const LinearCase c = {.rows = rows, .in = 96, .out = kOut, .epilogue = epilogue};
      const LinearData data(c);
      const Floats expected = data.Run(Portable(), c);
      for (const KernelTable* table : RunnableTables()) {
        EXPECT_TRUE(SameBytes(data.Run(*table, c), expected)) << table->name << " rows " << rows;
      }
    }
  }
}

TEST(Kernels, NotANumberAndInfinityStayInTheirRow) {
  LinearCase c = {.rows = 3};
  LinearData data(c);
  const Floats clean = data.Run(Portable(), c);
  data.x[c.in] = std::numeric_limits<float>::quiet_NaN();
  data.x[2 * c.in] = std::numeric_limits<float>::infinity();
  for (const KernelTable* table : RunnableTables()) {
    const Floats y = data.Run(*table, c);
    for (std::size_t n = 0; n < c.out; ++n) {
      EXPECT_EQ(y[n], clean[n]);
      EXPECT_TRUE(std::isnan(y[c.out + n]));
      EXPECT_TRUE(std::isinf(y[2 * c.out + n]));
    }
  }
}

TEST(Kernels, LayerNormHasMeanZeroAndVarianceOneBeforeGainAndBias) {
  for (const std::size_t dim : {16, 48, 64, 384}) {
    const Floats gain = Random(dim, 5), bias = Random(dim, 6), x = Random(3 * dim, 7, 4.0f);
    Floats first;
    for (const KernelTable* table : RunnableTables()) {
      Floats y = x;
      table->layer_norm({.rows = 3,
                         .dim = dim,
                         .gain = gain.data(),
                         .bias = bias.data(),
                         .epsilon = 1e-12f,
                         .x = y.data()});
      for (std::size_t r = 0; r < 3; ++r) {
        double mean = 0, variance = 0;
        for (std::size_t d = 0; d < dim; ++d) mean += x[r * dim + d];
        mean /= static_cast<double>(dim);
        for (std::size_t d = 0; d < dim; ++d) variance += std::pow(x[r * dim + d] - mean, 2);
        variance /= static_cast<double>(dim);
        for (std::size_t d = 0; d < dim; ++d) {
          EXPECT_NEAR(y[r * dim + d],
                      (x[r * dim + d] - mean) / std::sqrt(variance) * gain[d] + bias[d], 2e-6);
        }
      }
      if (first.empty()) first = y;
      EXPECT_TRUE(SameBytes(y, first)) << table->name << " dim " << dim;
    }
  }
}

TEST(Kernels, EmbedAddsWordAndPosition) {
  const Floats words = Random(5 * 16, 8), positions = Random(3 * 16, 9);
  const std::vector<std::int32_t> ids = {4, 0, 4};
  for (const KernelTable* table : RunnableTables()) {
    Floats x(3 * 16);
    table->embed({.length = 3,
                  .dim = 16,
                  .words = words.data(),
                  .positions = positions.data(),
                  .ids = ids.data(),
                  .x = x.data()});
    for (std::size_t i = 0; i < x.size(); ++i) {
      EXPECT_EQ(x[i], words[static_cast<std::size_t>(ids[i / 16]) * 16 + i % 16] + positions[i]);
    }
  }
}

TEST(Kernels, PoolingGivesMeanFirstOrMaxNormalisedOnDemand) {
  constexpr std::size_t kLength = 5, kDim = 48;
  const Floats x = Random(kLength * kDim, 10);
  for (const PoolKind kind : {PoolKind::kMean, PoolKind::kFirst, PoolKind::kMax}) {
    for (const bool normalize : {false, true}) {
      std::vector<double> expected(kDim);
      double norm = 0;
      for (std::size_t d = 0; d < kDim; ++d) {
        double sum = 0, top = -2;
        for (std::size_t t = 0; t < kLength; ++t) {
          sum += x[t * kDim + d];
          top = std::max<double>(top, x[t * kDim + d]);
        }
        expected[d] = kind == PoolKind::kMean ? sum / kLength : kind == PoolKind::kMax ? top : x[d];
        norm += expected[d] * expected[d];
      }
      Floats first;
      for (const KernelTable* table : RunnableTables()) {
        Floats v(kDim);
        table->pool({.length = kLength,
                     .dim = kDim,
                     .kind = kind,
                     .normalize = normalize,
                     .x = x.data(),
                     .vector = v.data()});
        for (std::size_t d = 0; d < kDim; ++d) {
          EXPECT_NEAR(v[d], expected[d] / (normalize ? std::sqrt(norm) : 1.0), 1e-6);
        }
        if (first.empty()) first = v;
        EXPECT_TRUE(SameBytes(v, first)) << table->name;
      }
    }
  }
}

// Panels of bf16, [out/16][in/2][16][2], of any bits.
struct Bf16Data {
  std::vector<std::uint16_t> panels;
  Floats x, bias, residual;

  Floats Run(const KernelTable& table, const LinearCase& c) const {
    Floats y(c.rows * c.out);
    std::vector<std::uint16_t> x_rounded(c.rows * c.in);
    table.linear_bf16({.rows = c.rows,
                       .in = c.in,
                       .out = c.out,
                       .x = x.data(),
                       .x_rounded = x_rounded.data(),
                       .panels = panels.data(),
                       .bias = bias.data(),
                       .residual = residual.data(),
                       .y = y.data(),
                       .epilogue = c.epilogue});
    return y;
  }
};

std::vector<const KernelTable*> TablesWithBf16() {
  std::vector<const KernelTable*> found;
  for (const KernelTable* table : RunnableTables()) {
    if (table->linear_bf16 != nullptr) found.push_back(table);
  }
  return found;
}

TEST(Kernels, Bf16RoundsBothOperandsToNearestEvenAndAddsTheOddProductFirst) {
  Bf16Data data;
  data.x = {1.0f + 0x1p-8f,       // halfway between two bf16: to the even one, 1
            1.0f + 3 * 0x1p-8f};  // to 1 + 2^-6
  for (std::size_t n = 0; n < 16; ++n) {
    data.panels.push_back(0x4B80);  // even k: 2^24
    data.panels.push_back(0x3F80);  // odd k: 1
  }
  data.x.resize(16);
  data.panels.resize(16 * 16);
  data.bias = Floats(16, -0x1p24f);
  // -2^24 + 1.015625 rounds to -2^24 + 1; then + 2^24. In the other order 1.015625 would remain.
  for (const KernelTable* table : TablesWithBf16()) {
    for (const float v : data.Run(*table, {.in = 16, .out = 16})) EXPECT_EQ(v, 1.0f) << table->name;
  }
}

// Every exponent: sums that round, overflow, cancel and underflow.
TEST(Kernels, Bf16GivesTheSameBytesUnderEveryTableForAnyFiniteOperands) {
  std::mt19937 generator(11);
  const auto finite = [&](float spread) {
    const int exponent = static_cast<int>(static_cast<float>(generator() % 253) * spread) - 126;
    return std::ldexp(1.0f + static_cast<float>(generator() >> 9) * 0x1p-23f, exponent) *
           ((generator() & 1) != 0 ? 1.0f : -1.0f);
  };
  for (const float spread : {0.3f, 0.6f, 1.0f}) {
    LinearCase c = {.rows = 13, .in = 64};
    Bf16Data data{
        .panels = {}, .x = {}, .bias = Floats(c.out), .residual = Random(c.rows * c.out, 4)};
    for (std::size_t i = 0; i < c.in * c.out; ++i) {
      data.panels.push_back(
          static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(finite(spread)) >> 16));
    }
    for (std::size_t i = 0; i < c.rows * c.in; ++i) data.x.push_back(finite(1 - spread / 2));
    data.x[3] = std::numeric_limits<float>::denorm_min() * 0x7fffff;  // a denormal is zero
    for (const Epilogue epilogue : {Epilogue::kNone, Epilogue::kGelu, Epilogue::kResidual}) {
      c.epilogue = epilogue;
      const Floats expected = data.Run(Portable(), c);
      for (const KernelTable* table : TablesWithBf16()) {
        EXPECT_TRUE(SameBytes(data.Run(*table, c), expected)) << table->name << " " << spread;
      }
    }
  }
}

}  // namespace
}  // namespace shoal
