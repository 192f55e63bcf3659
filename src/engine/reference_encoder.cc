#include "engine/reference_encoder.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <string>

namespace shoal {
namespace {

// Columns are made for so many tokens at a time; their number is rounded up to it.
constexpr std::size_t kBlock = 8;

// A value per dimension and token, [rows][tokens]: a column is a token. Columns past the last token
// are computed and mean nothing.
struct Activations {
  Activations(std::size_t row_count, std::size_t token_count)
      : rows(row_count), tokens(token_count), values(row_count * token_count) {}
  double& At(std::size_t row, std::size_t token) { return values[row * tokens + token]; }
  double At(std::size_t row, std::size_t token) const { return values[row * tokens + token]; }

  std::size_t rows;
  std::size_t tokens;
  std::vector<double> values;
};

class Reference {
 public:
  Reference(const ModelFolder& folder, const WeightSource& source,
            std::span<const std::vector<std::int32_t>> items)
      : folder_(folder), source_(source), items_(items) {
    for (const auto& item : items) tokens_ += item.size();
    tokens_ = (tokens_ + kBlock - 1) / kBlock * kBlock;
  }

  Result<std::vector<float>> Vectors() const {
    ASSIGN_OR_RETURN(Activations x, Embed());
    for (int layer = 0; layer < folder_.config.layers; ++layer) {
      ASSIGN_OR_RETURN(x, Layer("encoder.layer." + std::to_string(layer) + ".", x));
    }
    std::vector<float> vectors;
    std::size_t first = 0;
    for (const auto& item : items_) {
      for (const double v : Pool(x, first, item.size())) vectors.push_back(static_cast<float>(v));
      first += item.size();
    }
    return vectors;
  }

 private:
  std::size_t hidden() const { return static_cast<std::size_t>(folder_.config.hidden_size); }

  Result<std::vector<float>> Read(const std::string& name, std::size_t size) const {
    const std::int64_t shape[] = {static_cast<std::int64_t>(size)};
    return source_(name, shape);
  }
  Result<std::vector<float>> Read(const std::string& name, std::size_t rows,
                                  std::size_t columns) const {
    const std::int64_t shape[] = {static_cast<std::int64_t>(rows),
                                  static_cast<std::int64_t>(columns)};
    return source_(name, shape);
  }

  Result<Activations> Embed() const {
    const BertConfig& config = folder_.config;
    const auto table = [&](const std::string& name, int rows) {
      return Read("embeddings." + name + ".weight", static_cast<std::size_t>(rows), hidden());
    };
    ASSIGN_OR_RETURN(const std::vector<float> words,
                     table("word_embeddings", config.vocabulary_size));
    ASSIGN_OR_RETURN(const std::vector<float> positions,
                     table("position_embeddings", config.max_positions));
    ASSIGN_OR_RETURN(const std::vector<float> types,
                     table("token_type_embeddings", config.token_types));
    Activations x(hidden(), tokens_);
    std::size_t token = 0;
    for (const auto& item : items_) {
      for (std::size_t position = 0; position < item.size(); ++position, ++token) {
        const auto id = static_cast<std::size_t>(item[position]);
        for (std::size_t d = 0; d < hidden(); ++d) {
          x.At(d, token) = static_cast<double>(words[id * hidden() + d]) +
                           positions[position * hidden() + d] + types[d];
        }
      }
    }
    RETURN_IF_ERROR(Norm("embeddings.LayerNorm", x));
    return x;
  }

  // W·x + bias, [out][tokens].
  Result<Activations> Linear(const std::string& name, std::size_t out, const Activations& x) const {
    ASSIGN_OR_RETURN(const std::vector<float> weight, Read(name + ".weight", out, x.rows));
    ASSIGN_OR_RETURN(const std::vector<float> bias, Read(name + ".bias", out));
    Activations y(out, tokens_);
    for (std::size_t n = 0; n < out; ++n) {
      for (std::size_t first = 0; first < tokens_; first += kBlock) {
        std::array<double, kBlock> sum;
        sum.fill(bias[n]);
        for (std::size_t k = 0; k < x.rows; ++k) {
          const double w = weight[n * x.rows + k];
          const double* row = &x.values[k * tokens_ + first];
          for (std::size_t t = 0; t < kBlock; ++t) sum[t] += w * row[t];
        }
        std::ranges::copy(sum, &y.At(n, first));
      }
    }
    return y;
  }

  Status Norm(const std::string& name, Activations& x) const {
    ASSIGN_OR_RETURN(const std::vector<float> gain, Read(name + ".weight", hidden()));
    ASSIGN_OR_RETURN(const std::vector<float> bias, Read(name + ".bias", hidden()));
    const auto size = static_cast<double>(hidden());
    for (std::size_t t = 0; t < tokens_; ++t) {
      double mean = 0, variance = 0;
      for (std::size_t d = 0; d < hidden(); ++d) mean += x.At(d, t) / size;
      for (std::size_t d = 0; d < hidden(); ++d) {
        variance += (x.At(d, t) - mean) * (x.At(d, t) - mean) / size;
      }
      const double deviation =
          std::sqrt(variance + static_cast<double>(folder_.config.layer_norm_epsilon));
      for (std::size_t d = 0; d < hidden(); ++d) {
        x.At(d, t) = (x.At(d, t) - mean) / deviation * gain[d] + bias[d];
      }
    }
    return {};
  }

  // Norm of x plus what a block of the layer made of it.
  Result<Activations> AddAndNorm(const std::string& name, Activations x,
                                 const Activations& y) const {
    for (std::size_t i = 0; i < x.values.size(); ++i) x.values[i] += y.values[i];
    RETURN_IF_ERROR(Norm(name, x));
    return x;
  }

  Result<Activations> Layer(const std::string& prefix, const Activations& x) const {
    const std::string self = prefix + "attention.self.";
    ASSIGN_OR_RETURN(const Activations q, Linear(self + "query", hidden(), x));
    ASSIGN_OR_RETURN(const Activations k, Linear(self + "key", hidden(), x));
    ASSIGN_OR_RETURN(const Activations v, Linear(self + "value", hidden(), x));
    ASSIGN_OR_RETURN(const Activations attended,
                     Linear(prefix + "attention.output.dense", hidden(), Attend(q, k, v)));
    ASSIGN_OR_RETURN(const Activations y,
                     AddAndNorm(prefix + "attention.output.LayerNorm", x, attended));
    const auto intermediate = static_cast<std::size_t>(folder_.config.intermediate_size);
    ASSIGN_OR_RETURN(Activations inner, Linear(prefix + "intermediate.dense", intermediate, y));
    for (double& u : inner.values) u = 0.5 * u * (1 + std::erf(u / std::numbers::sqrt2));
    ASSIGN_OR_RETURN(const Activations down, Linear(prefix + "output.dense", hidden(), inner));
    return AddAndNorm(prefix + "output.LayerNorm", y, down);
  }

  Activations Attend(const Activations& q, const Activations& k, const Activations& v) const {
    const std::size_t head = hidden() / static_cast<std::size_t>(folder_.config.heads);
    Activations context(hidden(), tokens_);
    std::size_t first = 0;
    for (const auto& item : items_) {
      for (std::size_t t = first; t < first + item.size(); ++t) {
        for (std::size_t h = 0; h < hidden(); h += head) {
          AttendHead(q, k, v, {.first_row = h, .rows = head, .first = first, .size = item.size()},
                     t, context);
        }
      }
      first += item.size();
    }
    return context;
  }

  struct HeadOfItem {
    std::size_t first_row, rows;  // of the head
    std::size_t first, size;      // tokens of the item
  };
  static void AttendHead(const Activations& q, const Activations& k, const Activations& v,
                         const HeadOfItem& at, std::size_t token, Activations& context) {
    std::vector<double> scores;
    for (std::size_t key = at.first; key < at.first + at.size; ++key) {
      double score = 0;
      for (std::size_t d = at.first_row; d < at.first_row + at.rows; ++d) {
        score += q.At(d, token) * k.At(d, key);
      }
      scores.push_back(score / std::sqrt(static_cast<double>(at.rows)));
    }
    const double largest = *std::ranges::max_element(scores);
    double sum = 0;
    for (double& score : scores) sum += score = std::exp(score - largest);
    for (std::size_t i = 0; i < at.size; ++i) {
      for (std::size_t d = at.first_row; d < at.first_row + at.rows; ++d) {
        context.At(d, token) += scores[i] / sum * v.At(d, at.first + i);
      }
    }
  }

  std::vector<double> Pool(const Activations& x, std::size_t first, std::size_t size) const {
    std::vector<double> vector;
    double square = 0;
    for (std::size_t d = 0; d < hidden(); ++d) {
      double pooled = x.At(d, first);
      for (std::size_t t = first + 1; t < first + size; ++t) {
        if (folder_.pooling == Pooling::kMean) pooled += x.At(d, t);
        if (folder_.pooling == Pooling::kMax) pooled = std::max(pooled, x.At(d, t));
      }
      if (folder_.pooling == Pooling::kMean) pooled /= static_cast<double>(size);
      vector.push_back(pooled);
      square += pooled * pooled;
    }
    for (double& v : vector) v /= folder_.normalize ? std::sqrt(square) : 1.0;
    return vector;
  }

  const ModelFolder& folder_;
  const WeightSource& source_;
  const std::span<const std::vector<std::int32_t>> items_;
  std::size_t tokens_ = 0;  // of all items, rounded up
};

}  // namespace

Result<std::vector<float>> ReferenceVectors(const ModelFolder& folder, const WeightSource& source,
                                            std::span<const std::vector<std::int32_t>> items) {
  return Reference(folder, source, items).Vectors();
}

}  // namespace shoal
