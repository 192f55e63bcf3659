#include "embed/output.h"

#include <unistd.h>

namespace shoal {

Result<EmbedOutput> EmbedOutput::Open(EmbedOutputOptions options, const Clock& clock) {
  ASSIGN_OR_RETURN(VectorOutput file, VectorOutput::Open(options.path, options.dim));
  EmbedOutput output(std::move(options), clock, std::move(file));
  // One of an earlier run says nothing about this draft.
  if (!output.file().is_stdout()) output.RemoveCheckpoint();
  return output;
}

Result<EmbedOutput> EmbedOutput::Resume(EmbedOutputOptions options, const Clock& clock,
                                        TextReader& reader) {
  CHECK(options.identity.has_value(), "only such a run has checkpoints");
  ASSIGN_OR_RETURN(const Checkpoint checkpoint, ReadCheckpoint(CheckpointPath(options.path)));
  RETURN_IF_ERROR(
      CheckSameRun(checkpoint.identity, *options.identity, options.special_tokens_name));
  ASSIGN_OR_RETURN(VectorOutput file,
                   VectorOutput::Reopen(options.path, options.dim, checkpoint.input.texts,
                                        checkpoint.output_bytes));
  RETURN_IF_ERROR(reader.SkipTo(checkpoint.input));
  EmbedOutput output(std::move(options), clock, std::move(file));
  output.mark_ = checkpoint.input;
  output.texts_ = checkpoint.input.texts;
  output.truncated_ = checkpoint.truncated;
  return output;
}

Status EmbedOutput::Write(const EmbeddedWindow& window) {
  RETURN_IF_ERROR(output_.Write(window.vectors));
  texts_ += window.texts;
  truncated_ += window.truncated;
  if (!is_resumable()) return {};
  CHECK(window.mark.has_value() && window.mark->texts == texts_, "a resumable run reads a file");
  mark_ = *window.mark;
  if (clock_->Now() - checkpoint_at_ < options_.checkpoint_every) return {};
  RETURN_IF_ERROR(output_.KeepDraft());
  return WriteCheckpoint();
}

Status EmbedOutput::Commit() {
  RETURN_IF_ERROR(output_.Commit());
  if (is_resumable()) RemoveCheckpoint();
  return {};
}

Status EmbedOutput::Keep() {
  RETURN_IF_ERROR(output_.KeepDraft());
  return is_resumable() ? WriteCheckpoint() : Status();
}

Status EmbedOutput::WriteCheckpoint() {
  checkpoint_at_ = clock_->Now();
  return shoal::WriteCheckpoint(CheckpointPath(options_.path),
                                {.identity = *options_.identity,
                                 .input = mark_,
                                 .truncated = truncated_,
                                 .output_bytes = output_.file().size()});
}

void EmbedOutput::RemoveCheckpoint() const { unlink(CheckpointPath(options_.path).c_str()); }

}  // namespace shoal
