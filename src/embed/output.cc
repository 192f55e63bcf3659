#include "embed/output.h"

#include <unistd.h>

#include <cerrno>

namespace shoal {

Status EmbedOutput::Resume(TextReader& reader) {
  CHECK(is_resumable() && texts_ == 0, "only such a run has checkpoints");
  ASSIGN_OR_RETURN(const Checkpoint checkpoint, ReadCheckpoint(CheckpointFile()));
  RETURN_IF_ERROR(
      CheckSameRun(checkpoint.identity, *options_.identity, options_.special_tokens_name));
  RETURN_IF_ERROR(output_.GoOnAfter(checkpoint.input.texts, checkpoint.output_bytes));
  RETURN_IF_ERROR(reader.SkipTo(checkpoint.input));
  mark_ = checkpoint.input;
  texts_ = checkpoint.input.texts;
  truncated_ = checkpoint.truncated;
  resumable_texts_ = texts_;
  return {};
}

// The checkpoint of another run says nothing about this draft, and must not come back after a power
// loss when this one has grown.
Status EmbedOutput::Begin() {
  if (texts_ > 0 || file().is_stream()) return {};
  if (unlink(CheckpointFile().c_str()) == 0) return SyncFolderOf(CheckpointFile());
  return errno == ENOENT ? Status() : ErrnoError("remove " + CheckpointFile(), errno);
}

Status EmbedOutput::Write(const EmbeddedWindow& window) {
  RETURN_IF_ERROR(Begin());
  RETURN_IF_ERROR(output_.Write(window.vectors));
  texts_ += window.texts;
  truncated_ += window.truncated;
  if (!is_resumable()) return {};
  CHECK(window.mark.has_value() && window.mark->texts == texts_, "a resumable run reads a file");
  mark_ = *window.mark;
  if (clock_->Now() - checkpoint_at_ < options_.checkpoint_every) return {};
  return Keep();
}

Status EmbedOutput::Commit() {
  RETURN_IF_ERROR(Begin());
  Status committed = output_.Commit();
  if (file().is_committed()) unlink(CheckpointFile().c_str());
  return committed;
}

Status EmbedOutput::Keep() {
  if (texts_ == 0 || file().is_stream()) return {};
  RETURN_IF_ERROR(output_.KeepDraft());
  return is_resumable() ? WriteCheckpoint() : Status();
}

Status EmbedOutput::WriteCheckpoint() {
  checkpoint_at_ = clock_->Now();
  RETURN_IF_ERROR(shoal::WriteCheckpoint(CheckpointFile(), {.identity = *options_.identity,
                                                            .input = mark_,
                                                            .truncated = truncated_,
                                                            .output_bytes = file().size()}));
  resumable_texts_ = texts_;
  return {};
}

}  // namespace shoal
