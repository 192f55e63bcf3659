// The real all-MiniLM-L6-v2 under every kernel table that this CPU runs: the recorded bytes of a
// fixed corpus, the same bytes alone and in any batch, bf16 close to fp32. The figures are printed,
// so that two machines can be compared by eye; docs/numerics.md says how. That fp32 agrees with the
// reference implementation (golden_vectors.npy) is checked by cli_test.py, through the binary.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/rng.h"
#include "engine/encoder.h"
#include "json/value.h"
#include "kernels/dispatch.h"
#include "model/model_folder.h"
#include "model/pinned.h"
#include "model/sha256.h"
#include "tokenizer/tokenizer.h"

namespace shoal {
namespace {

// SHA-256 of little-endian bytes. A change of the texts changes them all; a change of the
// arithmetic only those of vectors, and then vectors that users stored no longer match new ones.
constexpr std::string_view kCorpusTokens =
    "4abbbc57a8a84937c77431004b554d0db36febb6789db024e462a05c31ec0b50";

// Of vectors; every table that has the precision gives the same.
struct Recorded {
  Precision precision;
  std::string_view corpus;
  std::string_view short_texts;
};
constexpr Recorded kRecorded[] = {
    {Precision::kFp32, "6ac276eaa8cbfbb9298710570fad4633fe1f772895d2e05f99ab80dc3fb497b0",
     "4b4f2e9b440942c06e9229021504976198e27e597d64a7a0594e776e528dc58b"},
    {Precision::kBf16, "dad3d79440515f03081dc419dd149aba73a3fcf12dd991840018b79522691fa0",
     "a59228a13d264ac2d18e56f77e2e65cae2d04cd16531bc730e75405d3b094c14"},
    {Precision::kInt8, "7e270e36edbf43ee2484275e87867e65be8c113d9b0a73d49140eecc999f7a39",
     "ab9ea7d170393077cf9fc404649e40125a6dd5b48923815b11f16d5b043fa25c"},
};

constexpr std::size_t kShortTexts = 50, kMaxShortTokens = 12;
constexpr std::size_t kBatchTokens = 512;  // of the lanes here

using Ids = std::vector<std::int32_t>;

// ---- the corpus: golden texts, 50 short beginnings of them, one text of each missing length ----

struct Corpus {
  std::vector<Ids> items;
  std::size_t first_short = 0;  // kShortTexts from here

  std::span<const Ids> all() const { return items; }
  std::span<const Ids> short_texts() const { return all().subspan(first_short, kShortTexts); }
};

class CorpusBuilder {
 public:
  explicit CorpusBuilder(const Tokenizer& tokenizer) : tokenizer_(tokenizer) {}

  Result<Corpus> Build() {
    RETURN_IF_ERROR(ReadTexts());
    Corpus corpus;
    for (const std::string& text : texts_) corpus.items.push_back(Encode(text));
    corpus.first_short = corpus.items.size();
    for (std::size_t i = 0; i < kShortTexts; ++i) {
      corpus.items.push_back(Encode(Beginning(texts_[i], 3 + i % (kMaxShortTokens - 2))));
    }
    std::set<std::size_t> lengths;
    for (const Ids& item : corpus.items) lengths.insert(item.size());
    const auto longest = static_cast<std::size_t>(tokenizer_.max_tokens());
    for (std::size_t length = 2; length <= longest; ++length) {
      if (!lengths.contains(length)) corpus.items.push_back(Encode(OfLength(length)));
    }
    return corpus;
  }

 private:
  Status ReadTexts() {
    ASSIGN_OR_RETURN(const std::string lines,
                     ReadFile(SHOAL_SOURCE_DIR "/tests/data/golden_texts.jsonl", 1 << 20));
    std::size_t begin = 0;
    for (std::size_t end; (end = lines.find('\n', begin)) != lines.npos; begin = end + 1) {
      ASSIGN_OR_RETURN(const JsonValue line,
                       ParseJson(std::string_view(lines).substr(begin, end - begin)));
      ASSIGN_OR_RETURN(texts_.emplace_back(), line.GetString("text"));
    }
    if (texts_.size() < kShortTexts) return DataLossError("golden_texts.jsonl is not whole");
    for (const std::string& text : texts_) joined_ += text + " ";
    return {};
  }

  Ids Encode(std::string_view text) const {
    Ids ids;
    tokenizer_.Encode(text, ids);
    return ids;
  }

  // The first whole characters of `text`, about as many as give `tokens`, never more.
  std::string Beginning(const std::string& text, std::size_t tokens) const {
    const auto cut = [&](std::size_t bytes) {
      while (bytes < text.size() && (text[bytes] & 0xC0) == 0x80) --bytes;
      return text.substr(0, bytes);
    };
    std::size_t fits = 0;
    std::size_t too_long = text.size() + 1;
    while (too_long - fits > 1) {
      const std::size_t middle = (fits + too_long) / 2;
      (Encode(cut(middle)).size() <= tokens ? fits : too_long) = middle;
    }
    return cut(fits);
  }

  // Words of the joined texts, each text beginning elsewhere among the first, which have the most
  // scripts; what cutting at a character leaves missing is filled with a word of one token.
  std::string OfLength(std::size_t tokens) const {
    std::size_t begin = 0;
    for (std::size_t skip = tokens * 17 % 300; skip > 0; --skip) {
      begin = joined_.find(' ', begin) + 1;
    }
    const std::size_t bytes = std::min(joined_.size(), joined_.find(' ', begin + 12 * tokens));
    std::string text = Beginning(joined_.substr(begin, bytes - begin), tokens);
    while (Encode(text).size() < tokens) text += " and";
    return text;
  }

  const Tokenizer& tokenizer_;
  std::vector<std::string> texts_;
  std::string joined_;
};

// ---- the model, opened once ----

struct Real {
  ModelFolder folder;
  Corpus corpus;
};

Result<Real> OpenReal() {
  ASSIGN_OR_RETURN(const std::filesystem::path path, FindModel(std::string(kDefaultModel)));
  ASSIGN_OR_RETURN(ModelFolder folder, OpenModelFolder(path));
  ASSIGN_OR_RETURN(const Tokenizer tokenizer,
                   Tokenizer::Create(folder.tokenizer, {.max_tokens = folder.max_tokens}));
  ASSIGN_OR_RETURN(Corpus corpus, CorpusBuilder(tokenizer).Build());
  return Real{.folder = std::move(folder), .corpus = std::move(corpus)};
}

class RealModel : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(real().ok()) << "this test needs the real model, which tools/test fetches: "
                             << real().status().message();
  }

  static const Result<Real>& real() {
    static const Result<Real> opened = OpenReal();
    return opened;
  }
  static const ModelFolder& folder() { return real()->folder; }
  static const Corpus& corpus() { return real()->corpus; }
};

// ---- what computes ----

// One precision under one table. `fast`: more than 50 short texts are affordable.
struct Variant {
  const KernelTable* table;
  Precision precision;
  bool fast;

  std::string ToString() const {
    return std::string(table->name) + " " + std::string(Name(precision));
  }
};

std::vector<Variant> Variants(Precision precision) {
#if defined(__FP_FAST_FMAF) && !defined(SHOAL_EMULATED)
  constexpr bool kPortableIsFast = true;
#else
  constexpr bool kPortableIsFast = false;  // every FMA is a library call or emulated: 33 ms a token
#endif
  std::vector<Variant> found;
  for (const KernelTable* table : RunnableTables()) {
    const bool portable = table->name == std::string_view("portable");
    if (precision != Precision::kBf16)
      found.push_back({table, precision, !portable || kPortableIsFast});
    if (precision == Precision::kBf16 && table->linear_bf16 != nullptr) {
      found.push_back({table, precision, table->bf16_is_fast});
    }
  }
  return found;
}

// Vectors [items][dim] of any number of items, in batches of at most the lane's tokens, in order.
class Encoder {
 public:
  Encoder(const ModelFolder& folder, const Variant& variant)
      : weights_(Weights::Load(
                     folder, {.precision = variant.precision, .kernel_table = variant.table->name})
                     .value()),
        lane_(weights_, kBatchTokens) {}

  std::size_t dim() const { return static_cast<std::size_t>(weights_->dim()); }

  std::vector<float> Encode(std::span<const Ids> items) {
    std::vector<float> vectors;
    std::vector<std::uint32_t> lengths;
    Ids ids;
    const auto run = [&] {
      vectors.resize(vectors.size() + lengths.size() * dim());
      lane_.Encode(lengths, ids, std::span(vectors).last(lengths.size() * dim()));
      lengths.clear();
      ids.clear();
    };
    for (const Ids& item : items) {
      if (ids.size() + item.size() > kBatchTokens) run();
      lengths.push_back(static_cast<std::uint32_t>(item.size()));
      ids.insert(ids.end(), item.begin(), item.end());
    }
    if (!lengths.empty()) run();
    return vectors;
  }

  std::vector<float> Encode(const Ids& item) { return Encode(std::span(&item, 1)); }

 private:
  std::shared_ptr<const Weights> weights_;
  Lane lane_;
};

void AppendLittleEndian(std::uint32_t word, std::string& bytes) {
  for (int shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<char>(word >> shift));
}

std::string HashOf(std::span<const Ids> items) {
  std::string bytes;
  for (const Ids& item : items) {
    AppendLittleEndian(static_cast<std::uint32_t>(item.size()), bytes);
    for (const std::int32_t id : item) AppendLittleEndian(static_cast<std::uint32_t>(id), bytes);
  }
  return Sha256Of(bytes);
}

std::size_t TokensOf(std::span<const Ids> items) {
  std::size_t tokens = 0;
  for (const Ids& item : items) tokens += item.size();
  return tokens;
}

bool SameBytes(std::span<const float> a, std::span<const float> b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
}

void ExpectRecorded(const std::string& of, std::span<const Ids> items, const std::string& found,
                    std::string_view recorded) {
  std::printf("%-16s %3zu texts %6zu tokens  sha256 %s\n", of.c_str(), items.size(),
              TokensOf(items), found.c_str());
  EXPECT_EQ(found, recorded) << of;
}

// ---- the recorded bytes ----

TEST_F(RealModel, HasACorpusOfEveryLengthAndTheRecordedTokens) {
  std::set<std::size_t> lengths;
  for (const Ids& item : corpus().items) lengths.insert(item.size());
  EXPECT_GE(corpus().items.size(), 320u);
  EXPECT_EQ(folder().max_tokens, 256);
  EXPECT_EQ(lengths.size(), 255u);
  EXPECT_EQ(*lengths.begin(), 2u);
  EXPECT_EQ(*lengths.rbegin(), 256u);
  for (const Ids& item : corpus().short_texts()) EXPECT_LE(item.size(), kMaxShortTokens);
  ExpectRecorded("token ids", corpus().all(), HashOf(corpus().all()), kCorpusTokens);
  // The self-test compares this model with recorded vectors.
  EXPECT_EQ(folder().digest, kDefaultModelDigest);
}

TEST_F(RealModel, HasTheRecordedVectorsUnderEveryFastTable) {
  for (const Recorded& recorded : kRecorded) {
    std::size_t tables = 0;
    for (const Variant& variant : Variants(recorded.precision)) {
      if (!variant.fast) continue;
      ++tables;
      Encoder encoder(folder(), variant);
      const std::span<const Ids> items = corpus().all();
      ExpectRecorded(variant.ToString(), items, Sha256Of(encoder.Encode(items)), recorded.corpus);
    }
    if (tables == 0) {
      std::printf("%s: this CPU has no fast table: the short texts must do\n",
                  std::string(Name(recorded.precision)).c_str());
    }
  }
}

TEST_F(RealModel, HasTheRecordedVectorsOfShortTextsUnderEveryTableAndPortable) {
  for (const Recorded& recorded : kRecorded) {
    for (const Variant& variant : Variants(recorded.precision)) {
      Encoder encoder(folder(), variant);
      const std::span<const Ids> items = corpus().short_texts();
      ExpectRecorded(variant.ToString(), items, Sha256Of(encoder.Encode(items)),
                     recorded.short_texts);
    }
  }
}

// ---- alone and in company ----

// Every k-th item, so that `count` remain.
std::vector<Ids> Sample(std::span<const Ids> items, std::size_t count) {
  std::vector<Ids> sample;
  for (std::size_t i = 0; i < count; ++i) sample.push_back(items[i * items.size() / count]);
  return sample;
}

struct Company {
  std::size_t shuffles;    // how often every item rides along
  std::size_t max_tokens;  // of a batch; each has a limit of its own from 1 to this
  std::uint64_t seed;
};

// Shuffles the items, cuts the row into ragged batches, and compares every vector with that of the
// item alone. Returns the number of batches.
std::size_t ExpectTheSameBytesInAnyBatch(Encoder& encoder, const std::vector<Ids>& items,
                                         const Company& company) {
  std::vector<std::vector<float>> alone;
  std::vector<std::size_t> order;
  for (const Ids& item : items) {
    order.push_back(alone.size());
    alone.push_back(encoder.Encode(item));
  }
  Rng rng(company.seed);
  std::size_t batches = 0;
  for (std::size_t shuffle = 0; shuffle < company.shuffles; ++shuffle) {
    for (std::size_t i = order.size() - 1; i > 0; --i) std::swap(order[i], order[rng.Below(i + 1)]);
    for (std::size_t next = 0; next < order.size(); ++batches) {
      const std::size_t limit = 1 + rng.Below(company.max_tokens);
      const std::size_t first = next;
      std::vector<Ids> batch;
      do {
        batch.push_back(items[order[next++]]);
      } while (next < order.size() && TokensOf(batch) + items[order[next]].size() <= limit);
      const std::vector<float> together = encoder.Encode(batch);
      for (std::size_t i = 0; i < batch.size(); ++i) {
        const auto row = std::span(together).subspan(i * encoder.dim(), encoder.dim());
        EXPECT_TRUE(SameBytes(row, alone[order[first + i]]))
            << "item " << order[first + i] << " of " << batch[i].size() << " tokens, number " << i
            << " of " << batch.size() << " in batch " << batches;
      }
    }
  }
  return batches;
}

TEST_F(RealModel, GivesATextTheSameBytesAloneAndInAnyBatch) {
  for (const Precision precision : {Precision::kFp32, Precision::kBf16, Precision::kInt8}) {
    for (const Variant& variant : Variants(precision)) {
      SCOPED_TRACE(variant.ToString());
      const std::vector<Ids> items =
          variant.fast ? Sample(corpus().all(), 72) : Sample(corpus().short_texts(), 5);
      const Company company = variant.fast
                                  ? Company{.shuffles = 2, .max_tokens = kBatchTokens, .seed = 11}
                                  : Company{.shuffles = 2, .max_tokens = 16, .seed = 12};
      Encoder encoder(folder(), variant);
      const std::size_t batches = ExpectTheSameBytesInAnyBatch(encoder, items, company);
      EXPECT_GE(batches, variant.fast ? 30u : 3u);
      std::printf("%-16s %3zu texts, each alone and in %zu of %zu batches\n",
                  variant.ToString().c_str(), items.size(), company.shuffles, batches);
    }
  }
}

// ---- bf16 ----

TEST_F(RealModel, Bf16StaysCloseToFp32AndDiffersFromIt) {
  Encoder fp32(folder(), Variants(Precision::kFp32).front());
  for (const Variant& variant : Variants(Precision::kBf16)) {
    const std::vector<Ids> items =
        variant.fast ? corpus().items : Sample(corpus().short_texts(), 20);
    Encoder bf16(folder(), variant);
    const std::vector<float> expected = fp32.Encode(items);
    const std::vector<float> found = bf16.Encode(items);
    double lowest = 1, largest = 0;  // cosine, difference
    for (std::size_t first = 0; first < found.size(); first += bf16.dim()) {
      double dot = 0, a = 0, b = 0;
      for (std::size_t i = first; i < first + bf16.dim(); ++i) {
        const double x = expected[i], y = found[i];
        dot += x * y;
        a += x * x;
        b += y * y;
        largest = std::max(largest, std::abs(x - y));
      }
      lowest = std::min(lowest, dot / std::sqrt(a * b));
    }
    std::printf("%-16s %3zu texts against fp32: cosine min %.7f, max-abs %.2e\n",
                variant.ToString().c_str(), items.size(), lowest, largest);
    EXPECT_GE(lowest, 0.9999) << variant.ToString();
    EXPECT_GT(largest, 0.0) << variant.ToString() << " computed fp32";
  }
}

}  // namespace
}  // namespace shoal
