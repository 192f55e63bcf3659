#include "embed/local_embedder.h"

#include <algorithm>

#include "embed/batch_plan.h"
#include "tokenizer/prompt.h"

namespace shoal {
namespace {

constexpr std::size_t kTextsPerLane = 128;

Status AsConfiguration(const Status& status) {
  return status.ok() ? status : FailedPreconditionError(status.message());
}

// The text that goes in front of every text.
Result<std::string> PromptOf(const ModelFolder& folder, const std::string& name) {
  PromptChoice prompt = FindPrompt(folder.prompts, folder.default_prompt_name, name);
  if (prompt.text) return *std::move(prompt.text);
  return InvalidArgumentError(
      "found \"" + prompt.name + "\", " +
      (prompt.known.empty() ? "but the model has no prompts" : "accepted " + prompt.known));
}

}  // namespace

Result<std::unique_ptr<LocalEmbedder>> LocalEmbedder::Create(const LocalEmbedderOptions& options) {
  RememberedSums sums = RememberedSums::InCacheFolder();
  const Result<ModelFolder> folder = OpenModelFolder(options.model, &sums);
  if (!folder.ok()) return AsConfiguration(folder.status());
  ASSIGN_OR_RETURN(std::string prompt, PromptOf(*folder, options.prompt_name));
  Result<Tokenizer> tokenizer = Tokenizer::Create(
      folder->tokenizer,
      {.max_tokens = folder->max_tokens, .special_tokens_as_text = options.special_tokens_as_text});
  if (!tokenizer.ok()) return AsConfiguration(tokenizer.status());
  const Result<Precision> precision =
      options.precision ? Result<Precision>(*options.precision) : BestPrecision();
  if (!precision.ok()) return AsConfiguration(precision.status());
  Result<std::shared_ptr<const Weights>> weights =
      Weights::Load(*folder, {.precision = *precision, .kernel_table = {}});
  if (!weights.ok()) return AsConfiguration(weights.status());
  RunIdentity identity{.model = folder->name,
                       .model_digest = folder->digest,
                       .precision = std::string(Name(*precision)),
                       .kernels = std::string((*weights)->kernel_table()),
                       .prompt = std::move(prompt),
                       .special_tokens_as_text = options.special_tokens_as_text};
  std::unique_ptr<LocalEmbedder> embedder(
      new LocalEmbedder(*std::move(tokenizer), *std::move(weights), std::move(identity), options));
  embedder->assumed_ = folder->assumed;
  return embedder;
}

LocalEmbedder::LocalEmbedder(Tokenizer tokenizer, std::shared_ptr<const Weights> weights,
                             RunIdentity identity, const LocalEmbedderOptions& options)
    : tokenizer_(std::move(tokenizer)),
      weights_(std::move(weights)),
      identity_(std::move(identity)),
      batch_tokens_(options.batch_tokens),
      team_(options.lanes) {
  const std::size_t largest =
      std::max(batch_tokens_, static_cast<std::size_t>(weights_->max_tokens()));
  for (std::size_t i = 0; i < options.lanes; ++i) lanes_.emplace_back(weights_, largest);
}

std::size_t LocalEmbedder::window() const { return kTextsPerLane * team_.lane_count(); }

Result<Embedded> LocalEmbedder::Embed(std::span<const std::string> texts) {
  const std::string& prompt = identity_.prompt;
  Embedded embedded;
  std::vector<std::vector<std::int32_t>> ids(texts.size());
  std::vector<std::uint32_t> lengths;
  lengths.reserve(texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    embedded.truncated += tokenizer_.Encode(prompt.empty() ? texts[i] : prompt + texts[i], ids[i]);
    lengths.push_back(static_cast<std::uint32_t>(ids[i].size()));
  }
  const std::vector<std::vector<std::size_t>> batches = PlanBatches(lengths, batch_tokens_);
  embedded.vectors.resize(texts.size() * static_cast<std::size_t>(dim()));
  team_.Run(batches.size(), [&](std::size_t lane, std::size_t batch) {
    EncodeBatch(lanes_[lane], batches[batch], ids, embedded.vectors);
  });
  return embedded;
}

// Gathers the texts of the batch, encodes, and puts each vector at its text's place in `vectors`.
void LocalEmbedder::EncodeBatch(Lane& lane, std::span<const std::size_t> batch,
                                std::span<const std::vector<std::int32_t>> ids,
                                std::span<float> vectors) const {
  const auto width = static_cast<std::size_t>(dim());
  std::vector<std::uint32_t> lengths;
  std::vector<std::int32_t> token_ids;
  for (const std::size_t index : batch) {
    lengths.push_back(static_cast<std::uint32_t>(ids[index].size()));
    token_ids.insert(token_ids.end(), ids[index].begin(), ids[index].end());
  }
  std::vector<float> rows(batch.size() * width);
  lane.Encode(lengths, token_ids, rows);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    std::ranges::copy(std::span(rows).subspan(i * width, width),
                      vectors.begin() + static_cast<std::ptrdiff_t>(batch[i] * width));
  }
}

}  // namespace shoal
