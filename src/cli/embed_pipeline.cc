#include "cli/embed_pipeline.h"

namespace shoal {
namespace {

constexpr std::size_t kWindowBytes = std::size_t{8} << 20;

// What one window got, and whether there may be more. A refused text ends the window: those before
// it are good.
struct Window {
  std::vector<std::string> texts;
  bool at_end = false;
  Status error;
};

Window ReadWindow(TextReader& reader, std::size_t max_texts, const PipelineHooks& hooks) {
  Window window;
  std::size_t bytes = 0;
  std::string text;
  while (window.texts.size() < max_texts && bytes < kWindowBytes && !hooks.stop()) {
    if (!window.texts.empty() && !reader.IsReady()) break;
    const Result<bool> found = reader.Next(text);
    if (!found.ok()) window.error = found.status();
    window.at_end = !found.ok() || !*found;
    if (window.at_end) break;
    bytes += text.size();
    window.texts.push_back(std::move(text));
  }
  return window;
}

}  // namespace

Result<PipelineSummary> RunPipeline(TextReader& reader, Embedder& embedder,
                                    const PipelineHooks& hooks) {
  PipelineSummary summary;
  while (true) {
    const Window window = ReadWindow(reader, embedder.window(), hooks);
    if (!window.texts.empty()) {
      ASSIGN_OR_RETURN(const Embedded embedded, embedder.Embed(window.texts));
      RETURN_IF_ERROR(hooks.write(embedded.vectors));
      summary.texts += window.texts.size();
      summary.truncated += embedded.truncated;
      hooks.progress(summary.texts);
    }
    RETURN_IF_ERROR(window.error);
    summary.stopped = hooks.stop();
    if (window.at_end || summary.stopped) return summary;
  }
}

}  // namespace shoal
