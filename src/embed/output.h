// Where a run writes: vectors into a draft, and beside it, every few seconds and when the run ends
// early, a checkpoint. A checkpoint never tells of more than is durable in the draft, so a run that
// was killed at any time goes on from its last one.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/status.h"
#include "embed/checkpoint.h"
#include "embed/pipeline.h"
#include "embed/vector_output.h"

namespace shoal {

struct EmbedOutputOptions {
  std::string path;
  int dim = 0;
  std::optional<RunIdentity> identity;  // none: the run cannot be resumed, no checkpoints
  std::chrono::steady_clock::duration checkpoint_every = std::chrono::seconds(5);
  std::string special_tokens_name = "special_tokens_as_text";  // of the setting, in messages
};

// Movable. Not thread-safe.
class EmbedOutput {
 public:
  // From the beginning; what an earlier run left is replaced. A run that fails without Keep before
  // its first checkpoint leaves nothing.
  static Result<EmbedOutput> Open(EmbedOutputOptions options, const Clock& clock);
  // Goes on after the last checkpoint, and skips the texts of `reader` (a regular file of which
  // nothing was read) that are done. NOT_FOUND: there is no draft with a checkpoint.
  // FAILED_PRECONDITION: the model, the precision, a setting or the input is another.
  static Result<EmbedOutput> Resume(EmbedOutputOptions options, const Clock& clock,
                                    TextReader& reader);

  Status Write(const EmbeddedWindow& window);
  // The draft becomes the file, the checkpoint goes.
  Status Commit();
  // The run ends early: what is written stays as a draft, with a checkpoint.
  Status Keep();

  std::uint64_t texts() const { return texts_; }  // written, by earlier runs too
  std::uint64_t truncated() const { return truncated_; }
  bool is_resumable() const { return options_.identity.has_value(); }
  const OutputFile& file() const { return output_.file(); }

 private:
  EmbedOutput(EmbedOutputOptions options, const Clock& clock, VectorOutput output)
      : options_(std::move(options)),
        clock_(&clock),
        output_(std::move(output)),
        checkpoint_at_(clock.Now()) {}
  Status WriteCheckpoint();
  void RemoveCheckpoint() const;

  EmbedOutputOptions options_;
  const Clock* clock_;
  VectorOutput output_;
  TextMark mark_;
  std::uint64_t texts_ = 0;
  std::uint64_t truncated_ = 0;
  std::chrono::steady_clock::time_point checkpoint_at_;  // the last one
};

}  // namespace shoal
