// Every kernel against a naive twin in scalar code, and every table against `portable`, bit by bit.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "kernels/dispatch.h"

namespace shoal {
namespace {

using Floats = std::vector<float>;

// mt19937 gives the same numbers everywhere; in (-1, 1).
Floats Random(std::size_t count, unsigned seed, float scale = 1.0f) {
  std::mt19937 generator(seed);
  Floats values(count);
  for (float& v : values) {
    v = (static_cast<float>(generator() >> 8) * 0x1p-23f - 1.0f) * scale;
  }
  return values;
}

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

bool SameBytes(const Floats& a, const Floats& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
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

Floats NaiveAttention(const Floats& qkv, std::size_t length, std::size_t heads, std::size_t d) {
  const std::size_t dim = heads * d;
  Floats context(length * dim);
  for (std::size_t h = 0; h < heads; ++h) {
    for (std::size_t i = 0; i < length; ++i) {
      std::vector<double> p(length);
      double sum = 0;
      for (std::size_t j = 0; j < length; ++j) {
        double score = 0;
        for (std::size_t e = 0; e < d; ++e) {
          score += static_cast<double>(qkv[i * 3 * dim + h * d + e]) *
                   qkv[j * 3 * dim + dim + h * d + e];
        }
        sum += p[j] = std::exp2(score);
      }
      for (std::size_t e = 0; e < d; ++e) {
        double out = 0;
        for (std::size_t j = 0; j < length; ++j) {
          out += p[j] / sum * qkv[j * 3 * dim + 2 * dim + h * d + e];
        }
        context[i * dim + h * d + e] = static_cast<float>(out);
      }
    }
  }
  return context;
}

struct AttentionKind {
  const char* name;
  void (*KernelTable::*kernel)(const AttentionArgs&);
  double tolerance;  // of outputs between -1 and 1
};

constexpr AttentionKind kAttentions[] = {
    {"fp32", &KernelTable::attention, 2e-6},
    {"bf16", &KernelTable::attention_bf16, 1e-2},
    {"int8", &KernelTable::attention_int8, 2e-3},
};

Floats Attend(const KernelTable& table, const AttentionKind& kind, const Floats& qkv,
              std::size_t length, std::size_t head_dim, std::size_t misalignment = 0) {
  const std::size_t heads = qkv.size() / length / 3 / head_dim;
  Floats from(misalignment), context(misalignment + length * heads * head_dim);
  from.insert(from.end(), qkv.begin(), qkv.end());
  Floats scratch(AttentionScratchSize(length, head_dim), 1e9f);  // its content does not matter
  (table.*kind.kernel)({.length = length,
                        .heads = heads,
                        .head_dim = head_dim,
                        .qkv = from.data() + misalignment,
                        .context = context.data() + misalignment,
                        .scratch = scratch.data()});
  context.erase(context.begin(), context.begin() + static_cast<std::ptrdiff_t>(misalignment));
  return context;
}

TEST(Kernels, AttentionIsASoftmaxInBaseTwoOverTheItemsOwnKeys) {
  for (const std::size_t head_dim : {32, 64}) {
    for (const std::size_t length : {1, 2, 7, 8, 9, 15, 16, 17, 31, 33, 50}) {
      const Floats qkv = Random(length * 3 * 2 * head_dim, static_cast<unsigned>(length));
      const Floats expected = NaiveAttention(qkv, length, 2, head_dim);
      for (const AttentionKind& kind : kAttentions) {
        Floats first;
        for (const KernelTable* table : RunnableTables()) {
          if (table->*kind.kernel == nullptr) continue;
          const Floats context = Attend(*table, kind, qkv, length, head_dim);
          for (std::size_t i = 0; i < context.size(); ++i) {
            ASSERT_NEAR(context[i], expected[i], kind.tolerance)
                << table->name << " " << kind.name << " length " << length;
          }
          if (first.empty()) first = context;
          EXPECT_TRUE(SameBytes(context, first))
              << table->name << " " << kind.name << " length " << length;
          EXPECT_TRUE(SameBytes(Attend(*table, kind, qkv, length, head_dim, 3), first))
              << table->name << " " << kind.name << " length " << length << ", misaligned";
        }
      }
    }
  }
}

// The weights are far from even, the head's values far apart.
TEST(Kernels, AttentionHasTheSameBytesUnderEveryTableWhereScoresAndValuesAreLarge) {
  for (const std::size_t length : {5, 40}) {
    Floats qkv = Random(length * 3 * 64, 5, 3.0f);
    qkv[70] = 1e6f;
    qkv[7] = 1e-42f;
    for (const AttentionKind& kind : kAttentions) {
      if (Portable().*kind.kernel == nullptr) continue;
      const Floats expected = Attend(Portable(), kind, qkv, length, 64);
      for (const KernelTable* table : RunnableTables()) {
        if (table->*kind.kernel == nullptr) continue;
        EXPECT_TRUE(SameBytes(Attend(*table, kind, qkv, length, 64), expected))
            << table->name << " " << kind.name << " length " << length;
      }
    }
  }
}

TEST(Kernels, TheLargestSumsOfAttentionInIntegersFit) {
  constexpr AttentionKind kInt8 = kAttentions[2];
  for (const float key : {3.0f, -3.0f}) {
    Floats qkv(kMaxInt8Length * 3 * 64, 3.0f);
    for (std::size_t t = 0; t < kMaxInt8Length; ++t) {
      std::fill_n(qkv.begin() + static_cast<std::ptrdiff_t>(t * 3 * 64 + 64), 64, key);
    }
    for (const KernelTable* table : RunnableTables()) {
      for (const float v : Attend(*table, kInt8, qkv, kMaxInt8Length, 64)) {
        ASSERT_NEAR(v, 3.0f, 1e-5) << table->name;
      }
    }
  }
}

TEST(Kernels, AValueThatIsNotANumberSpoilsItsHeadAndNoOther) {
  constexpr std::size_t kLength = 5;
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()}) {
    Floats qkv = Random(kLength * 3 * 2 * 32, 6);
    const std::vector<float> clean = qkv;
    qkv[2 * 64 + 3] = bad;  // of the first head
    for (const AttentionKind& kind : kAttentions) {
      for (const KernelTable* table : RunnableTables()) {
        if (table->*kind.kernel == nullptr) continue;
        const Floats expected = Attend(*table, kind, clean, kLength, 32);
        const Floats context = Attend(*table, kind, qkv, kLength, 32);
        for (std::size_t t = 0; t < kLength; ++t) {
          EXPECT_FALSE(std::isfinite(context[t * 64 + 3])) << table->name << " " << kind.name;
          for (std::size_t d = 32; d < 64; ++d) {
            EXPECT_EQ(context[t * 64 + d], expected[t * 64 + d]) << table->name << " " << kind.name;
          }
        }
      }
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
