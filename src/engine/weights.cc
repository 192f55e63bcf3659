// From tensors of the model to what the kernels read. Put takes a matrix [out][in], changes it in
// double (a factor, for int8 also rotations), and writes each output as one column of a panel:
//
//   panel p:  [in][16]   columns 16p ... 16p + 15; bf16 and int8 keep 2 or 4 inputs side by side
//
// Query, key and value become one matrix of 3·hidden outputs. Folded in while packing, so that they
// cost nothing later: the scale of the scores, the token type in the positions, the rotation of
// values. Load tries the cache first; what fails the self-test there is packed once more from the
// model.
#include "engine/weights.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <numbers>
#include <numeric>
#include <string>
#include <utility>

#include "engine/int8_weights.h"
#include "engine/reference_encoder.h"
#include "engine/tensor_list.h"
#include "engine/weight_cache.h"
#include "engine/weights_check.h"
#include "kernels/dispatch.h"
#include "model/safetensors.h"

namespace shoal {
namespace {

std::string RunnableNames() {
  std::string names;
  for (const KernelTable* table : RunnableTables()) {
    names += (names.empty() ? "" : ", ") + std::string(table->name);
  }
  return names;
}

Result<const KernelTable*> ChooseTable(std::string_view asked) {
  std::string_view name = asked;
  if (name.empty()) {
    const char* forced = std::getenv("SHOAL_ISA");
    if (forced == nullptr || *forced == '\0') return RunnableTables().front();
    name = forced;
  }
  if (const KernelTable* table = FindTable(name)) return table;
  return InvalidArgumentError((asked.empty() ? "SHOAL_ISA: found \"" : "kernel table: found \"") +
                              std::string(name) +
                              "\", but this CPU and build run: " + RunnableNames());
}

Status CheckPrecision(const KernelTable& table, Precision precision) {
  if (precision != Precision::kBf16) return {};  // every table has fp32 and int8
  if (table.linear_bf16 != nullptr) return {};
  return InvalidArgumentError(std::string("precision bf16 does not run under kernel table ") +
                              table.name + ", which has fp32 and int8");
}

Status CheckShape(const ModelFolder& folder, Precision precision) {
  const BertConfig& config = folder.config;
  const auto refuse = [&](std::string_view field, int found, const std::string& expected) {
    return InvalidArgumentError(folder.name + ": " + std::string(field) + " is " +
                                std::to_string(found) + ", expected " + expected);
  };
  if (config.hidden_size <= 0 || config.hidden_size % 16 != 0) {
    return refuse("hidden_size", config.hidden_size, "a positive multiple of 16");
  }
  if (config.heads <= 0 || config.hidden_size % config.heads != 0) {
    return refuse("num_attention_heads", config.heads,
                  "a divisor of hidden_size " + std::to_string(config.hidden_size));
  }
  const int head_dim = config.hidden_size / config.heads;
  if (head_dim != 32 && head_dim != 64) return refuse("size of a head", head_dim, "32 or 64");
  if (config.intermediate_size <= 0 || config.intermediate_size % 16 != 0) {
    return refuse("intermediate_size", config.intermediate_size, "a positive multiple of 16");
  }
  if (config.layers <= 0) return refuse("num_hidden_layers", config.layers, "at least 1");
  if (config.vocabulary_size <= 0)
    return refuse("vocab_size", config.vocabulary_size, "at least 1");
  if (config.token_types <= 0) return refuse("type_vocab_size", config.token_types, "at least 1");
  if (folder.max_tokens <= 0 || folder.max_tokens > config.max_positions) {
    return refuse("max_tokens", folder.max_tokens,
                  "1 to max_position_embeddings " + std::to_string(config.max_positions));
  }
  if (precision == Precision::kInt8 && folder.max_tokens > static_cast<int>(kMaxInt8Length)) {
    return refuse("max_tokens", folder.max_tokens,
                  "at most " + std::to_string(kMaxInt8Length) + " with precision int8");
  }
  return {};
}

// Nearest even.
std::uint16_t ToBf16(float value) {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(value);
  return static_cast<std::uint16_t>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

// Reads the tensors of one model in the order of use and packs them.
class Packer {
 public:
  Packer(const WeightSource& source, Precision precision, Int8Layout layout)
      : source_(source), precision_(precision), layout_(layout) {}

  Result<AlignedArray<float>> Vector(const std::string& name, std::size_t count) const {
    return Read(name, {static_cast<std::int64_t>(count)});
  }

  Result<AlignedArray<float>> Matrix(const std::string& name, std::size_t rows,
                                     std::size_t columns) const {
    return Read(name, {static_cast<std::int64_t>(rows), static_cast<std::int64_t>(columns)});
  }

  Result<NormWeights> Norm(const std::string& name, std::size_t dim) const {
    NormWeights norm;
    ASSIGN_OR_RETURN(norm.gain, Vector(name + ".weight", dim));
    ASSIGN_OR_RETURN(norm.bias, Vector(name + ".bias", dim));
    return norm;
  }

  // Memory for Put; the shape is known.
  void Allocate(LinearWeights& linear) const {
    const std::size_t count = linear.in * linear.out;
    switch (precision_) {
      case Precision::kFp32:
        linear.fp32 = AlignedArray<float>(count);
        break;
      case Precision::kBf16:
        linear.bf16 = AlignedArray<std::uint16_t>(count);
        break;
      case Precision::kInt8:
        linear.int8 = AlignedArray<std::int8_t>(count);
        if (layout_ == Int8Layout::kQuads)
          linear.int8_start = AlignedArray<std::int32_t>(linear.out);
        linear.int8_scale = AlignedArray<float>(linear.out);
        break;
    }
    linear.bias = AlignedArray<float>(linear.out);
  }

  // How Put changes a matrix on its way.
  struct Change {
    double factor = 1.0;
    std::size_t rotate_out = 1;  // int8: outputs are rotated by blocks of so many
    std::size_t rotated_in = 1;  // int8: the inputs come rotated by blocks of so many
  };

  // Puts NAME.weight [count][in] and NAME.bias [count], changed, into the columns from `first`.
  Status Put(const std::string& name, std::size_t first, std::size_t count, const Change& change,
             LinearWeights& linear) const {
    const std::size_t in = linear.in;
    ASSIGN_OR_RETURN(const AlignedArray<float> weight, Matrix(name + ".weight", count, in));
    ASSIGN_OR_RETURN(const AlignedArray<float> bias, Vector(name + ".bias", count));
    std::vector<double> matrix;  // [count][in], then the bias
    matrix.reserve(count * in + count);
    for (std::size_t i = 0; i < count * in; ++i) {
      matrix.push_back(change.factor * static_cast<double>(weight[i]));
    }
    for (std::size_t i = 0; i < count; ++i) {
      matrix.push_back(change.factor * static_cast<double>(bias[i]));
    }
    if (precision_ == Precision::kInt8) {
      if (!std::all_of(matrix.begin(), matrix.end(), [](double v) { return std::isfinite(v); })) {
        return InvalidArgumentError(name + ": a value is not finite, which int8 cannot hold");
      }
      Rotate(change, count, in, matrix);
    }
    for (std::size_t n = 0; n < count; ++n) {
      linear.bias[first + n] = static_cast<float>(matrix[count * in + n]);
      PackColumn(std::span(matrix).subspan(n * in, in), first + n, linear);
    }
    return {};
  }

  Status Linear(const std::string& name, LinearWeights& linear) const {
    Allocate(linear);
    return Put(name, 0, linear.out, {.rotated_in = linear.rotation}, linear);
  }

 private:
  // Where outputs are to come rotated, weight and bias are rotated by outputs. Where inputs come
  // rotated, the weight is rotated by inputs and divided by the size of the block.
  static void Rotate(const Change& change, std::size_t count, std::size_t in,
                     std::vector<double>& matrix) {
    for (std::size_t n = 0; n < count; n += change.rotate_out) {
      for (std::size_t k = 0; k < in; ++k) {
        MultiplyByHadamard(&matrix[n * in + k], change.rotate_out, in);
      }
      MultiplyByHadamard(&matrix[count * in + n], change.rotate_out, 1);
    }
    for (std::size_t at = 0; at < count * in; at += change.rotated_in) {
      MultiplyByHadamard(&matrix[at], change.rotated_in, 1);
      for (std::size_t k = 0; k < change.rotated_in; ++k) {
        matrix[at + k] /= static_cast<double>(change.rotated_in);
      }
    }
  }

  // The column n of the panels.
  void PackColumn(std::span<const double> values, std::size_t n, LinearWeights& linear) const {
    const std::size_t panel = n / kPanelColumns * linear.in * kPanelColumns;
    const std::size_t column = n % kPanelColumns;
    const auto in_groups = [&](std::size_t group, std::size_t k) {
      return panel + k / group * group * kPanelColumns + column * group + k % group;
    };
    if (precision_ == Precision::kInt8) {
      std::vector<std::int8_t> q(values.size());
      linear.int8_scale[n] = QuantizeChannel(values, q);
      for (std::size_t k = 0; k < q.size(); ++k) linear.int8[in_groups(GroupOf(layout_), k)] = q[k];
      if (linear.int8_start.size() > 0)
        linear.int8_start[n] = -kQuadsOffset * std::reduce(q.begin(), q.end(), 0);
      return;
    }
    for (std::size_t k = 0; k < values.size(); ++k) {
      const float v = static_cast<float>(values[k]);
      if (precision_ == Precision::kFp32) {
        linear.fp32[panel + k * kPanelColumns + column] = v;
      } else {
        linear.bf16[in_groups(2, k)] = ToBf16(v);
      }
    }
  }

  Result<AlignedArray<float>> Read(const std::string& name, std::vector<std::int64_t> shape) const {
    ASSIGN_OR_RETURN(const std::vector<float> values, source_(name, shape));
    AlignedArray<float> array(values.size());
    std::copy(values.begin(), values.end(), array.data());
    return array;
  }

  const WeightSource& source_;
  Precision precision_;
  Int8Layout layout_;
};

Status PackLayer(const Packer& packer, std::size_t index, Weights::Impl& model) {
  const std::string prefix = "encoder.layer." + std::to_string(index) + ".";
  const std::size_t hidden = model.hidden();
  const double query_factor =
      std::numbers::log2e / std::sqrt(static_cast<double>(model.head_dim()));
  LayerWeights& layer = model.layers[index];
  packer.Allocate(layer.qkv);
  const std::size_t rotation = layer.qkv.rotation;
  const std::string self = prefix + "attention.self.";
  RETURN_IF_ERROR(packer.Put(self + "query", 0, hidden,
                             {.factor = query_factor, .rotated_in = rotation}, layer.qkv));
  RETURN_IF_ERROR(packer.Put(self + "key", hidden, hidden, {.rotated_in = rotation}, layer.qkv));
  // Attention mixes values of one head and dimension only, so a rotation of each head's values goes
  // through it: the input of the output product comes rotated at no cost.
  RETURN_IF_ERROR(packer.Put(self + "value", 2 * hidden, hidden,
                             {.rotate_out = model.head_dim(), .rotated_in = rotation}, layer.qkv));
  packer.Allocate(layer.attention_output);
  RETURN_IF_ERROR(packer.Put(prefix + "attention.output.dense", 0, hidden,
                             {.rotated_in = model.head_dim()}, layer.attention_output));
  ASSIGN_OR_RETURN(layer.attention_norm,
                   packer.Norm(prefix + "attention.output.LayerNorm", hidden));
  RETURN_IF_ERROR(packer.Linear(prefix + "intermediate.dense", layer.up));
  RETURN_IF_ERROR(packer.Linear(prefix + "output.dense", layer.down));
  ASSIGN_OR_RETURN(layer.output_norm, packer.Norm(prefix + "output.LayerNorm", hidden));
  return {};
}

Status PackModel(const Packer& packer, Weights::Impl& model) {
  const std::size_t hidden = model.hidden();
  const BertConfig& config = model.config;
  const auto rows = [](int count) { return static_cast<std::size_t>(count); };
  ASSIGN_OR_RETURN(model.words, packer.Matrix("embeddings.word_embeddings.weight",
                                              rows(config.vocabulary_size), hidden));
  ASSIGN_OR_RETURN(model.positions, packer.Matrix("embeddings.position_embeddings.weight",
                                                  rows(config.max_positions), hidden));
  ASSIGN_OR_RETURN(
      const AlignedArray<float> types,
      packer.Matrix("embeddings.token_type_embeddings.weight", rows(config.token_types), hidden));
  for (std::size_t i = 0; i < model.positions.size(); ++i) {
    model.positions[i] += types[i % hidden];
    if (std::isfinite(model.positions[i])) continue;
    return InvalidArgumentError("embeddings.position_embeddings.weight: position " +
                                std::to_string(i / hidden) +
                                " with token type 0 added is not finite");
  }
  ASSIGN_OR_RETURN(model.embedding_norm, packer.Norm("embeddings.LayerNorm", hidden));
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    RETURN_IF_ERROR(PackLayer(packer, i, model));
  }
  return {};
}

PoolKind KindOf(Pooling pooling) {
  switch (pooling) {
    case Pooling::kMean:
      return PoolKind::kMean;
    case Pooling::kCls:
      return PoolKind::kFirst;
    case Pooling::kMax:
      return PoolKind::kMax;
  }
  CHECK(false, "every pooling has its kind");
}

// What is known of a model before its weights are read.
Result<std::unique_ptr<Weights::Impl>> Skeleton(const ModelFolder& folder,
                                                const Weights::Options& options) {
  ASSIGN_OR_RETURN(const KernelTable* table, ChooseTable(options.kernel_table));
  RETURN_IF_ERROR(CheckPrecision(*table, options.precision));
  RETURN_IF_ERROR(CheckShape(folder, options.precision));
  auto impl = std::make_unique<Weights::Impl>();
  impl->table = table;
  impl->precision = options.precision;
  impl->config = folder.config;
  impl->pooling = KindOf(folder.pooling);
  impl->normalize = folder.normalize;
  impl->max_tokens = folder.max_tokens;
  impl->ShapeLayers();
  return impl;
}

// The weights, and the vectors that they must give in the self-test.
Status Pack(const ModelFolder& folder, const WeightSource& source, Weights::Impl& model) {
  RETURN_IF_ERROR(PackModel(Packer(source, model.precision, model.table->int8_layout), model));
  ASSIGN_OR_RETURN(
      const std::vector<float> reference,
      ReferenceVectors(folder, source, SelfTestItems(folder.config, folder.max_tokens)));
  model.reference = AlignedArray<float>(reference.size());
  std::ranges::copy(reference, model.reference.data());
  return {};
}

Status PackFile(const ModelFolder& folder, Weights::Impl& model) {
  const std::filesystem::path path = folder.path / kWeightsFile;
  ASSIGN_OR_RETURN(const MappedFile mapping, MappedFile::Open(path));
  ASSIGN_OR_RETURN(const SafeTensors file, SafeTensors::Parse(path.string(), mapping.bytes()));
  ASSIGN_OR_RETURN(const auto names, CheckTensors(file, folder.config));
  Status packed = Pack(
      folder,
      [&](const std::string& name, std::span<const std::int64_t> shape) {
        const auto found = names.find(name);
        CHECK(found != names.end(), "what is packed was checked");
        return file.ReadFloats(found->second, shape);
      },
      model);
  RETURN_IF_ERROR(CheckReadWeights(folder, mapping.bytes()));  // last: a change meanwhile shows too
  return packed;
}

Status SelfTest(const ModelFolder& folder, const std::shared_ptr<const Weights>& weights) {
  const AlignedArray<float>& reference = weights->impl().reference;
  RETURN_IF_ERROR(
      CheckReference(folder.digest, {reference.data(), reference.size()}).At(folder.name));
  return RunSelfTest(weights).At(folder.name);
}

}  // namespace

void Weights::Impl::ShapeLayers() {
  const auto shape = [this](std::size_t in, std::size_t out, std::size_t rotation,
                            LinearWeights& linear) {
    linear.in = in;
    linear.out = out;
    linear.rotation = precision == Precision::kInt8 ? rotation : 1;
  };
  layers.resize(static_cast<std::size_t>(config.layers));
  for (LayerWeights& layer : layers) {
    shape(hidden(), 3 * hidden(), RotationBlock(hidden()), layer.qkv);
    shape(hidden(), hidden(), 1, layer.attention_output);  // its input comes rotated
    shape(hidden(), intermediate(), RotationBlock(hidden()), layer.up);
    shape(intermediate(), hidden(), RotationBlock(intermediate()), layer.down);
  }
}

Weights::Weights(std::unique_ptr<const Impl> impl) : impl_(std::move(impl)) {}
Weights::~Weights() = default;

Result<std::shared_ptr<const Weights>> Weights::FromSource(const ModelFolder& folder,
                                                           const Options& options,
                                                           const WeightSource& source) {
  ASSIGN_OR_RETURN(std::unique_ptr<Impl> impl, Skeleton(folder, options));
  RETURN_IF_ERROR(Pack(folder, source, *impl));
  std::shared_ptr<const Weights> weights(new Weights(std::move(impl)));
  RETURN_IF_ERROR(SelfTest(folder, weights));
  return weights;
}

Result<std::shared_ptr<const Weights>> Weights::Load(const ModelFolder& folder,
                                                     const Options& options) {
  ASSIGN_OR_RETURN(std::unique_ptr<Impl> impl, Skeleton(folder, options));
  const Result<WeightCache> cache =
      WeightCache::Of(folder.digest, options.precision, impl->table->int8_layout);
  if (cache.ok() && cache->Map(*impl).ok()) {
    const std::shared_ptr<const Weights> mapped(new Weights(std::move(impl)));
    if (SelfTest(folder, mapped).ok()) return mapped;
    ASSIGN_OR_RETURN(impl, Skeleton(folder, options));  // once more, from the model
  }
  RETURN_IF_ERROR(PackFile(folder, *impl));
  Impl& packed = *impl;
  const std::shared_ptr<const Weights> weights(new Weights(std::move(impl)));
  RETURN_IF_ERROR(SelfTest(folder, weights));
  Status shared = cache.ok() ? cache->Write(packed) : cache.status();
  if (shared.ok()) shared = cache->Map(packed);
  packed.why_private = shared;
  return weights;
}

Status Weights::Check(const ModelFolder& folder, const Options& options) {
  RETURN_IF_ERROR(Skeleton(folder, options).status());
  ASSIGN_OR_RETURN(const SafeTensors file, SafeTensors::Open(folder.path / kWeightsFile));
  return CheckTensors(file, folder.config).status();
}

int Weights::dim() const { return impl_->config.hidden_size; }
int Weights::max_tokens() const { return impl_->max_tokens; }
Precision Weights::precision() const { return impl_->precision; }
std::string_view Weights::kernel_table() const { return impl_->table->name; }
const Status& Weights::why_private() const { return impl_->why_private; }

Result<Precision> BestPrecision() {
  ASSIGN_OR_RETURN(const KernelTable* table, ChooseTable(""));
  return IsBf16Faster(ThisCpu(), *table) ? Precision::kBf16 : Precision::kFp32;
}

}  // namespace shoal
