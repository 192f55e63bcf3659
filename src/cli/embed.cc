#include "cli/embed.h"

#include <algorithm>
#include <cstdio>
#include <thread>

#include "base/clock.h"
#include "cli/embed_pipeline.h"
#include "cli/exit_code.h"
#include "cli/interrupt.h"
#include "cli/local_embedder.h"
#include "cli/text_input.h"
#include "cli/vector_output.h"
#include "terminal/progress.h"

namespace shoal {
namespace {

LocalEmbedderOptions OptionsOf(const Settings& settings) {
  auto lanes = static_cast<std::size_t>(settings.Integer("threads"));
  if (lanes == 0) lanes = std::max(1u, std::thread::hardware_concurrency());
  return {.model = settings.Text("model"),
          .precision = ParsePrecision(settings.Text("precision")),  // nothing for "auto"
          .lanes = lanes,
          .batch_tokens = static_cast<std::size_t>(settings.Integer("batch-tokens")),
          .prompt_name = settings.Text("prompt-name"),
          .special_tokens_as_text = settings.Switch("special-tokens-as-text")};
}

void Say(const std::string& message) { std::fprintf(stderr, "%s\n", message.c_str()); }

// What an interrupted run leaves, and its exit code.
int Interrupted(VectorOutput& output, const PipelineSummary& summary) {
  std::string message = "interrupted after " + Grouped(summary.texts) + " texts";
  if (!output.file().is_stdout()) {
    const std::string draft = output.file().draft_path();
    const Status kept = output.KeepDraft();
    if (!kept.ok()) return Fail(kept);
    message += "; their vectors are in " + draft;
  }
  return Fail(InterruptSignal() == 15 ? kExitTerminated : kExitInterrupted, message);
}

int EmbedInto(VectorOutput& output, TextReader& reader, Embedder& embedder, int max_tokens) {
  const auto write_stderr = [](std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stderr);
  };
  Progress progress(
      {.label = "embed", .unit = "texts", .total = reader.total(), .style = StyleOf(stderr)},
      SystemClock(), write_stderr);
  const Result<PipelineSummary> summary = RunPipeline(
      reader, embedder,
      {.write = [&output](std::span<const float> vectors) { return output.Write(vectors); },
       .progress = [&progress](std::uint64_t texts) { progress.Update(texts); },
       .stop = [] { return InterruptSignal() != 0; }});
  progress.Finish();
  if (!summary.ok()) return Fail(summary.status());
  if (summary->truncated > 0) {
    Say(Grouped(summary->truncated) + " of " + Grouped(summary->texts) +
        " texts were longer than " + std::to_string(max_tokens) + " tokens and were cut");
  }
  if (summary->stopped) return Interrupted(output, *summary);
  const Status committed = output.Commit();
  return committed.ok() ? static_cast<int>(kExitOk) : Fail(committed);
}

}  // namespace

int RunEmbed(const Invocation& invocation) {
  const Settings& settings = invocation.settings;
  // What can be wrong is found before the model is loaded.
  const auto format = VectorOutput::FormatOf(settings.Text("output"));
  if (!format.ok()) return Fail(kExitUsage, format.status().message());
  CatchInterrupts();
  Result<TextReader> reader = OpenTexts(invocation);
  if (!reader.ok()) return Fail(kExitUsage, reader.status().message());

  const Result<std::unique_ptr<LocalEmbedder>> embedder =
      LocalEmbedder::Create(OptionsOf(settings));
  if (!embedder.ok()) {
    const bool usage = embedder.status().code() == StatusCode::kInvalidArgument;
    return Fail(usage ? kExitUsage : kExitConfiguration, embedder.status().message());
  }
  Result<VectorOutput> output = VectorOutput::Open(settings.Text("output"), (*embedder)->dim());
  if (!output.ok()) return Fail(output.status());
  return EmbedInto(*output, *reader, **embedder, (*embedder)->max_tokens());
}

}  // namespace shoal
