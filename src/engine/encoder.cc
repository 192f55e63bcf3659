//   x ─► qkv ─► Attend ─► output, + x ─► Norm ─► up, GELU ─► down, + x ─► Norm ─► x of the next
//
// x [T][H] is the residual stream. Products add to it in place (Epilogue::kResidual), so it is
// never copied. All rows of a batch go through each product together, whatever items they are of;
// only Attend and Pool see where an item ends.
//
// The feed-forward network goes by blocks of 48 rows, up and down, before the next block: all of
// [T][F] would leave the L2 cache between the two products. The constructor takes all memory.
#include "engine/encoder.h"

#include <algorithm>
#include <utility>

#include "engine/aligned_array.h"
#include "engine/weights.h"

namespace shoal {
namespace {

// Rows of the feed-forward network at a time: its activations stay in the L2 cache.
constexpr std::size_t kFeedForwardRows = 48;

auto AttentionOf(const KernelTable& table, Precision precision) {
  switch (precision) {
    case Precision::kFp32:
      return table.attention;
    case Precision::kBf16:
      return table.attention_bf16;
    case Precision::kInt8:
      return table.attention_int8;
  }
  CHECK(false, "every precision has its attention");
}

}  // namespace

// T: tokens of the batch; H: hidden size; F: intermediate size.
struct Lane::Impl {
  std::shared_ptr<const Weights> weights;
  std::size_t max_batch_tokens;
  AlignedArray<float> x;        // [T][H] the residual stream
  AlignedArray<float> qkv;      // [T][3][H]
  AlignedArray<float> context;  // [T][H]
  AlignedArray<float> inner;    // [kFeedForwardRows][F]
  AlignedArray<float> scratch;  // of the attention of one item
  // bf16 and int8: the input of one product, as its instructions read it.
  AlignedArray<std::uint16_t> narrow;  // [T][H] or [kFeedForwardRows][F]
  AlignedArray<float> rotated;         // int8: [max(H, F)] one row before it is quantised
  AlignedArray<float> row_scales;      // int8: [T]

  Impl(std::shared_ptr<const Weights> of, std::size_t max_tokens)
      : weights(std::move(of)),
        max_batch_tokens(max_tokens),
        x(max_tokens * model().hidden()),
        qkv(max_tokens * 3 * model().hidden()),
        context(max_tokens * model().hidden()),
        inner(kFeedForwardRows * model().intermediate()),
        scratch(AttentionScratchSize(static_cast<std::size_t>(model().max_tokens),
                                     model().head_dim())) {
    const std::size_t hidden = model().hidden();
    const std::size_t width = model().intermediate();
    if (model().precision == Precision::kFp32) return;
    narrow = AlignedArray<std::uint16_t>(std::max(max_tokens * hidden, kFeedForwardRows * width));
    if (model().precision == Precision::kBf16) return;
    rotated = AlignedArray<float>(std::max(hidden, width));
    row_scales = AlignedArray<float>(std::max(max_tokens, kFeedForwardRows));
  }

  const Weights::Impl& model() const { return weights->impl(); }

  void Embed(std::span<const std::uint32_t> lengths, const std::int32_t* ids);
  void Attend(std::span<const std::uint32_t> lengths);
  void FeedForward(const LayerWeights& layer, std::size_t tokens);
  void Pool(std::span<const std::uint32_t> lengths, float* vectors);
  void Norm(const NormWeights& norm, std::size_t tokens);
  void Linear(const LinearWeights& linear, std::size_t rows, const float* from, float* to,
              Epilogue epilogue);
  void Int8Linear(const LinearWeights& linear, std::size_t rows, const float* from, float* to,
                  Epilogue epilogue);
};

void Lane::Impl::Linear(const LinearWeights& linear, std::size_t rows, const float* from, float* to,
                        Epilogue epilogue) {
  switch (model().precision) {
    case Precision::kFp32:
      return model().table->linear({.rows = rows,
                                    .in = linear.in,
                                    .out = linear.out,
                                    .x = from,
                                    .panels = linear.fp32.data(),
                                    .bias = linear.bias.data(),
                                    .residual = epilogue == Epilogue::kResidual ? to : nullptr,
                                    .y = to,
                                    .epilogue = epilogue});
    case Precision::kBf16:
      return model().table->linear_bf16({.rows = rows,
                                         .in = linear.in,
                                         .out = linear.out,
                                         .x = from,
                                         .x_rounded = narrow.data(),
                                         .panels = linear.bf16.data(),
                                         .bias = linear.bias.data(),
                                         .residual = epilogue == Epilogue::kResidual ? to : nullptr,
                                         .y = to,
                                         .epilogue = epilogue});
    case Precision::kInt8:
      return Int8Linear(linear, rows, from, to, epilogue);
  }
}

void Lane::Impl::Int8Linear(const LinearWeights& linear, std::size_t rows, const float* from,
                            float* to, Epilogue epilogue) {
  model().table->quantize({.rows = rows,
                           .dim = linear.in,
                           .rotation = linear.rotation,
                           .x = from,
                           .scratch = rotated.data(),
                           .q = narrow.data(),
                           .row_scale = row_scales.data()});
  model().table->linear_int8({.rows = rows,
                              .in = linear.in,
                              .out = linear.out,
                              .q = narrow.data(),
                              .row_scale = row_scales.data(),
                              .panels = linear.int8.data(),
                              .column_start = linear.int8_start.data(),
                              .column_scale = linear.int8_scale.data(),
                              .bias = linear.bias.data(),
                              .residual = epilogue == Epilogue::kResidual ? to : nullptr,
                              .y = to,
                              .epilogue = epilogue});
}

void Lane::Impl::Norm(const NormWeights& norm, std::size_t tokens) {
  model().table->layer_norm({.rows = tokens,
                             .dim = model().hidden(),
                             .gain = norm.gain.data(),
                             .bias = norm.bias.data(),
                             .epsilon = model().config.layer_norm_epsilon,
                             .x = x.data()});
}

void Lane::Impl::Embed(std::span<const std::uint32_t> lengths, const std::int32_t* ids) {
  std::size_t first = 0;
  for (const std::uint32_t length : lengths) {
    model().table->embed({.length = length,
                          .dim = model().hidden(),
                          .words = model().words.data(),
                          .positions = model().positions.data(),
                          .ids = ids + first,
                          .x = x.data() + first * model().hidden()});
    first += length;
  }
}

void Lane::Impl::Attend(std::span<const std::uint32_t> lengths) {
  const auto attention = AttentionOf(*model().table, model().precision);
  std::size_t first = 0;
  for (const std::uint32_t length : lengths) {
    attention({.length = length,
               .heads = model().heads(),
               .head_dim = model().head_dim(),
               .qkv = qkv.data() + first * 3 * model().hidden(),
               .context = context.data() + first * model().hidden(),
               .scratch = scratch.data()});
    first += length;
  }
}

void Lane::Impl::FeedForward(const LayerWeights& layer, std::size_t tokens) {
  const std::size_t blocks = (tokens + kFeedForwardRows - 1) / kFeedForwardRows;
  std::size_t first = 0;
  for (std::size_t block = 0; block < blocks; ++block) {  // of even sizes
    const std::size_t left = blocks - block;
    const std::size_t rows = (tokens - first + left - 1) / left;
    float* rows_of_x = x.data() + first * model().hidden();
    Linear(layer.up, rows, rows_of_x, inner.data(), Epilogue::kGelu);
    Linear(layer.down, rows, inner.data(), rows_of_x, Epilogue::kResidual);
    first += rows;
  }
}

void Lane::Impl::Pool(std::span<const std::uint32_t> lengths, float* vectors) {
  std::size_t first = 0;
  for (const std::uint32_t length : lengths) {
    model().table->pool({.length = length,
                         .dim = model().hidden(),
                         .kind = model().pooling,
                         .normalize = model().normalize,
                         .x = x.data() + first * model().hidden(),
                         .vector = vectors});
    vectors += model().hidden();
    first += length;
  }
}

Lane::Lane(std::shared_ptr<const Weights> weights, std::size_t max_batch_tokens) {
  CHECK(max_batch_tokens >= static_cast<std::size_t>(weights->max_tokens()),
        "the longest item must fit into a batch");
  impl_ = std::make_unique<Impl>(std::move(weights), max_batch_tokens);
}
Lane::~Lane() = default;
Lane::Lane(Lane&&) noexcept = default;
Lane& Lane::operator=(Lane&&) noexcept = default;

std::size_t Lane::max_batch_tokens() const { return impl_->max_batch_tokens; }

std::size_t Lane::activation_bytes() const {
  const auto bytes = [](const auto&... arrays) {
    return (... + (arrays.size() * sizeof arrays[0]));
  };
  const Impl& lane = *impl_;
  return bytes(lane.x, lane.qkv, lane.context, lane.inner, lane.scratch, lane.narrow, lane.rotated,
               lane.row_scales);
}

void Lane::Encode(std::span<const std::uint32_t> lengths, std::span<const std::int32_t> token_ids,
                  std::span<float> vectors) {
  Impl& lane = *impl_;
  const Weights::Impl& model = lane.model();
  std::size_t tokens = 0;
  for (const std::uint32_t length : lengths) {
    CHECK(length >= 1 && length <= static_cast<std::uint32_t>(model.max_tokens),
          "items are cut to the model's length and have at least one token");
    tokens += length;
  }
  CHECK(tokens == token_ids.size(), "the lengths add up to the tokens");
  CHECK(tokens <= lane.max_batch_tokens, "a batch fits the lane it was planned for");
  CHECK(vectors.size() == lengths.size() * model.hidden(), "one vector per item");
  for (const std::int32_t id : token_ids) {
    CHECK(id >= 0 && id < model.config.vocabulary_size, "token ids are in the vocabulary");
  }

  lane.Embed(lengths, token_ids.data());  // x [T][H]
  lane.Norm(model.embedding_norm, tokens);
  for (const LayerWeights& layer : model.layers) {
    // qkv [T][3H], context [T][H], added to x [T][H]
    lane.Linear(layer.qkv, tokens, lane.x.data(), lane.qkv.data(), Epilogue::kNone);
    lane.Attend(lengths);
    lane.Linear(layer.attention_output, tokens, lane.context.data(), lane.x.data(),
                Epilogue::kResidual);
    lane.Norm(layer.attention_norm, tokens);
    lane.FeedForward(layer, tokens);  // [T][H] -> [48][F] -> added to x, by blocks of rows
    lane.Norm(layer.output_norm, tokens);
  }
  lane.Pool(lengths, vectors.data());  // [items][H]
}

}  // namespace shoal
