#include "cli/embed.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <thread>

#include "base/clock.h"
#include "cli/embed_pipeline.h"
#include "cli/exit_code.h"
#include "cli/interrupt.h"
#include "cli/local_embedder.h"
#include "cli/remote_embedder.h"
#include "cli/text_input.h"
#include "cli/vector_output.h"
#include "terminal/progress.h"

namespace shoal {
namespace {

bool IsGivenAsFlag(const Settings& settings, OptionKey key) {
  return settings.Find(key.index())->origin == Origin::kFlag;
}

// With a server or in this process? A flag that the choice leaves without effect is refused.
Result<bool> IsRemote(const Settings& settings) {
  const bool local = settings.Switch("local");
  if (local && IsGivenAsFlag(settings, "server")) {
    return InvalidArgumentError("found --server and --local, accepted one of them");
  }
  const bool remote = IsGivenAsFlag(settings, "server");
  constexpr std::array<OptionKey, 4> kLocalOnly = {"precision", "threads", "batch-tokens",
                                                   "special-tokens-as-text"};
  for (const OptionKey key : kLocalOnly) {
    if (remote && IsGivenAsFlag(settings, key)) {
      return InvalidArgumentError(FlagName(kOptions[key.index()]) +
                                  " is for embedding in this process; the server has its own");
    }
  }
  if (!remote && IsGivenAsFlag(settings, "timeout")) {
    return InvalidArgumentError("--timeout is for embedding with --server");
  }
  return remote;
}

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

int EmbedInto(VectorOutput& output, TextReader& reader, Embedder& embedder) {
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
        " texts were longer than " + std::to_string(embedder.max_tokens()) +
        " tokens and were cut");
  }
  if (summary->stopped) return Interrupted(output, *summary);
  const Status committed = output.Commit();
  return committed.ok() ? static_cast<int>(kExitOk) : Fail(committed);
}

// Blocks until the time is over or a signal came.
void Wait(std::chrono::milliseconds duration) {
  static_cast<void>(::poll(nullptr, 0, static_cast<int>(duration.count())));
}

Result<std::unique_ptr<RemoteEmbedder>> OpenRemote(const Settings& settings) {
  ASSIGN_OR_RETURN(std::unique_ptr<EmbedClient> client,
                   EmbedClient::Connect(settings.Text("server")));
  EmbedOptions request{
      .timeout = std::chrono::ceil<std::chrono::milliseconds>(settings.Duration("timeout")),
      .prompt_name = settings.Text("prompt-name")};
  // A model that was configured for this machine says nothing about the server.
  if (IsGivenAsFlag(settings, "model")) request.model = settings.Text("model");
  return RemoteEmbedder::Create(std::move(client), {.request = std::move(request)}, Wait);
}

int Embed(const Settings& settings, TextReader& reader, Embedder& embedder) {
  Result<VectorOutput> output = VectorOutput::Open(settings.Text("output"), embedder.dim());
  if (!output.ok()) return Fail(output.status());
  return EmbedInto(*output, reader, embedder);
}

}  // namespace

int RunEmbed(const Invocation& invocation) {
  const Settings& settings = invocation.settings;
  // What can be wrong is found before the model is loaded or the server asked.
  const auto format = VectorOutput::FormatOf(settings.Text("output"));
  if (!format.ok()) return Fail(kExitUsage, format.status().message());
  const Result<bool> remote = IsRemote(settings);
  if (!remote.ok()) return Fail(kExitUsage, remote.status().message());
  CatchInterrupts();
  Result<TextReader> reader = OpenTexts(invocation);
  if (!reader.ok()) return Fail(kExitUsage, reader.status().message());

  if (*remote) {
    const Result<std::unique_ptr<RemoteEmbedder>> embedder = OpenRemote(settings);
    if (!embedder.ok()) return Fail(embedder.status().At("server " + settings.Text("server")));
    return Embed(settings, *reader, **embedder);
  }
  const Result<std::unique_ptr<LocalEmbedder>> embedder =
      LocalEmbedder::Create(OptionsOf(settings));
  if (!embedder.ok()) {
    const bool usage = embedder.status().code() == StatusCode::kInvalidArgument;
    return Fail(usage ? kExitUsage : kExitConfiguration, embedder.status().message());
  }
  return Embed(settings, *reader, **embedder);
}

}  // namespace shoal
