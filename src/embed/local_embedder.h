// Embeds in this process: weights mapped once, one lane of the engine per thread.
//
// Lanes encode and do nothing else: texts are tokenised and put into batches by whoever calls
// Embed. With several windows under way the batches of the next one are there before those of the
// oldest end, and no lane waits for another.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/precision.h"
#include "embed/checkpoint.h"
#include "embed/embedder.h"
#include "embed/lane_team.h"
#include "engine/encoder.h"
#include "model/model_folder.h"
#include "tokenizer/tokenizer.h"

namespace shoal {

struct LocalEmbedderOptions {
  std::filesystem::path model;         // its folder
  std::optional<Precision> precision;  // none: the best of this CPU
  std::size_t lanes = 1;
  std::size_t batch_tokens = 128;
  std::string prompt_name;  // empty: the model's default prompt
  bool special_tokens_as_text = false;
};

class LocalEmbedder final : public Embedder {
 public:
  // INVALID_ARGUMENT: the model has no prompt of that name; says which it has. All other errors are
  // FAILED_PRECONDITION: the model is missing or broken.
  static Result<std::unique_ptr<LocalEmbedder>> Create(const LocalEmbedderOptions& options);

  int dim() const override { return weights_->dim(); }
  int max_tokens() const override { return weights_->max_tokens(); }
  std::size_t window() const override;
  std::size_t windows() const override { return 3; }  // encoded, ready, being read or written
  Result<Embedded> Embed(std::span<const std::string> texts) override;

  const Status& why_private() const { return weights_->why_private(); }  // see Weights
  const std::string& assumed() const { return assumed_; }                // see ModelFolder
  const RunIdentity& identity() const { return identity_; }              // but for the version

 private:
  LocalEmbedder(Tokenizer tokenizer, std::shared_ptr<const Weights> weights, RunIdentity identity,
                const LocalEmbedderOptions& options);
  void EncodeBatch(Lane& lane, std::span<const std::size_t> batch,
                   std::span<const std::vector<std::int32_t>> ids, std::span<float> vectors) const;

  const Tokenizer tokenizer_;
  const std::shared_ptr<const Weights> weights_;
  const RunIdentity identity_;
  std::string assumed_;
  const std::size_t batch_tokens_;
  std::vector<Lane> lanes_;  // lanes_[i] is used by lane i of the team only
  LaneTeam team_;
};

}  // namespace shoal
