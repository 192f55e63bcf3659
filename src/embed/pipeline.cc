#include "embed/pipeline.h"

#include <deque>
#include <future>
#include <utility>

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

// A window on its way.
struct Pending {
  std::size_t texts = 0;
  std::optional<TextMark> mark;
  std::future<Result<Embedded>> embedded;  // waits in its destructor
};

Pending Start(Embedder& embedder, const TextReader& reader, Window window) {
  Pending pending;
  pending.texts = window.texts.size();
  if (reader.is_regular_file()) pending.mark = reader.Mark();
  pending.embedded = std::async(std::launch::async, [&embedder, texts = std::move(window.texts)] {
    return embedder.Embed(texts);
  });
  return pending;
}

Status WriteWindow(Pending pending, const PipelineHooks& hooks) {
  ASSIGN_OR_RETURN(const Embedded embedded, pending.embedded.get());
  return hooks.write({.vectors = embedded.vectors,
                      .texts = pending.texts,
                      .truncated = embedded.truncated,
                      .mark = std::move(pending.mark)});
}

}  // namespace

Result<bool> RunPipeline(TextReader& reader, Embedder& embedder, const PipelineHooks& hooks) {
  std::deque<Pending> pending;  // the oldest first
  Status refused;               // by the reader: ends the input
  bool at_end = false;
  while (true) {
    const bool may_read = !at_end && pending.size() < embedder.windows() && !hooks.stop();
    if (may_read && (pending.empty() || reader.IsReady())) {
      Window window = ReadWindow(reader, embedder.window(), hooks);
      at_end = window.at_end;
      refused = window.error;
      if (!window.texts.empty()) pending.push_back(Start(embedder, reader, std::move(window)));
    } else if (!pending.empty()) {
      Pending oldest = std::move(pending.front());
      pending.pop_front();
      RETURN_IF_ERROR(WriteWindow(std::move(oldest), hooks));
    } else {
      break;
    }
  }
  RETURN_IF_ERROR(refused);
  return hooks.stop();
}

}  // namespace shoal
