// The attention of every precision against a naive twin in double, and every table against
// `portable`, bit by bit.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/dispatch.h"
#include "kernels/test_floats.h"

namespace shoal {
namespace {

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

TEST(AttentionKernels, AreASoftmaxInBaseTwoOverTheItemsOwnKeys) {
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
TEST(AttentionKernels, HaveTheSameBytesUnderEveryTableWhereScoresAndValuesAreLarge) {
  const KernelTable& portable = *FindTable("portable");
  for (const std::size_t length : {5, 40}) {
    Floats qkv = Random(length * 3 * 64, 5, 3.0f);
    qkv[70] = 1e6f;
    qkv[7] = 1e-42f;
    for (const AttentionKind& kind : kAttentions) {
      if (portable.*kind.kernel == nullptr) continue;
      const Floats expected = Attend(portable, kind, qkv, length, 64);
      for (const KernelTable* table : RunnableTables()) {
        if (table->*kind.kernel == nullptr) continue;
        EXPECT_TRUE(SameBytes(Attend(*table, kind, qkv, length, 64), expected))
            << table->name << " " << kind.name << " length " << length;
      }
    }
  }
}

TEST(AttentionKernels, HoldTheLargestSumsOfIntegers) {
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

TEST(AttentionKernels, AValueThatIsNotANumberSpoilsItsHeadAndNoOther) {
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

}  // namespace
}  // namespace shoal
