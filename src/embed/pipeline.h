// Reader -> embedder -> output, a window of texts at a time, in order, in bounded memory.
//
// While the oldest window is embedded the next ones are read and handed over, so that an embedder
// that takes several at a time never runs dry between two. At most embedder.windows() of them exist
// at a time: being embedded, or waiting for their turn to be written.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "base/status.h"
#include "embed/embedder.h"
#include "embed/text_reader.h"

namespace shoal {

// What one window gave.
struct EmbeddedWindow {
  std::span<const float> vectors;  // dim per text
  std::size_t texts = 0;
  std::size_t truncated = 0;     // of these
  std::optional<TextMark> mark;  // where the reader was at its end; of a regular file
};

struct PipelineHooks {
  std::function<Status(const EmbeddedWindow&)> write;  // one after the other, in order
  std::function<bool()> stop = [] { return false; };   // asked between windows and while reading
};

// Returns whether `stop` ended it before the end of the input. A window closes when it has
// embedder.window() texts or 8 MiB of them, or when the reader would have to wait: whoever feeds a
// pipe line by line gets answers line by line. What is read when `stop` turns true is still
// embedded and written. The first error ends it; what came before was written. Calls hooks on this
// thread.
Result<bool> RunPipeline(TextReader& reader, Embedder& embedder, const PipelineHooks& hooks);

}  // namespace shoal
