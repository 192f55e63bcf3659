// Reader -> embedder -> output, a window of texts at a time, in order, in bounded memory.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "base/status.h"
#include "cli/embedder.h"
#include "cli/text_reader.h"

namespace shoal {

struct PipelineSummary {
  std::uint64_t texts = 0;      // embedded and written
  std::uint64_t truncated = 0;  // of these
  bool stopped = false;         // before the end of the input
};

struct PipelineHooks {
  std::function<Status(std::span<const float> vectors)> write;
  std::function<void(std::uint64_t texts)> progress = [](std::uint64_t) {};  // in all, until now
  std::function<bool()> stop = [] { return false; };  // asked between windows and while reading
};

// A window closes when it has embedder.window() texts or 8 MiB of them, or when the reader would
// have to wait: whoever feeds a pipe line by line gets answers line by line. What is read when
// `stop` turns true is still embedded and written. The first error ends it; what came before was
// written.
Result<PipelineSummary> RunPipeline(TextReader& reader, Embedder& embedder,
                                    const PipelineHooks& hooks);

}  // namespace shoal
