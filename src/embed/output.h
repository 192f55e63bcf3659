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
  VectorOutput::Format format = VectorOutput::Format::kJsonl;
  int dim = 0;
  std::optional<RunIdentity> identity;  // none: the run cannot be resumed, no checkpoints
  std::chrono::steady_clock::duration checkpoint_every = std::chrono::seconds(5);
  std::string special_tokens_name = "special_tokens_as_text";  // of the setting, in messages
};

// Movable. Not thread-safe. What an earlier run left stays until the first vectors are written.
class EmbedOutput {
 public:
  EmbedOutput(OutputFile file, EmbedOutputOptions options, const Clock& clock)
      : options_(std::move(options)),
        clock_(&clock),
        output_(std::move(file), options_.format, options_.dim),
        checkpoint_at_(clock.Now()) {}

  // Before the first Write of a run with an identity: goes on after the last checkpoint, and skips
  // the texts of `reader` (a regular file of which nothing was read) that are done. NOT_FOUND: no
  // draft with a checkpoint is there; nothing has changed. FAILED_PRECONDITION: the model, the
  // precision, a setting or the input is another.
  Status Resume(TextReader& reader);

  Status Write(const EmbeddedWindow& window);
  // The draft becomes the file, the checkpoint goes.
  Status Commit();
  // The run ends early: what is written, if anything, stays as a draft, with a checkpoint. After an
  // error it stays all the same, but the last checkpoint may be an older one.
  Status Keep();

  std::uint64_t texts() const { return texts_; }  // written, by earlier runs too
  std::uint64_t truncated() const { return truncated_; }
  // Of these, those after which a resumed run would go on. None: there is no checkpoint.
  std::optional<std::uint64_t> resumable_texts() const { return resumable_texts_; }
  const OutputFile& file() const { return output_.file(); }

 private:
  bool is_resumable() const { return options_.identity.has_value(); }
  Status Begin();
  Status WriteCheckpoint();
  std::string CheckpointFile() const { return CheckpointPath(output_.file().path()); }

  EmbedOutputOptions options_;
  const Clock* clock_;
  VectorOutput output_;
  TextMark mark_;
  std::uint64_t texts_ = 0;
  std::uint64_t truncated_ = 0;
  std::optional<std::uint64_t> resumable_texts_;
  std::chrono::steady_clock::time_point checkpoint_at_;  // the last one
};

}  // namespace shoal
