#include "cli/embed.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <thread>

#include "base/clock.h"
#include "base/utf8.h"
#include "cli/exit_code.h"
#include "cli/find_model.h"
#include "cli/interrupt.h"
#include "cli/server_setup.h"
#include "cli/text_input.h"
#include "embed/local_embedder.h"
#include "embed/output.h"
#include "embed/pipeline.h"
#include "embed/remote_embedder.h"
#include "rpc/embed_client.h"
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
  constexpr std::array<OptionKey, 5> kLocalOnly = {"precision", "threads", "batch-tokens",
                                                   "special-tokens-as-text", "fetch"};
  for (const OptionKey key : kLocalOnly) {
    if (remote && IsGivenAsFlag(settings, key)) {
      return InvalidArgumentError(FlagName(kOptions[key.index()]) +
                                  " is for embedding in this process; the server has its own");
    }
  }
  if (remote && IsGivenAsFlag(settings, "model") && FirstInvalidUtf8(settings.Text("model"))) {
    return InvalidArgumentError("--model: found \"" + settings.Text("model") +
                                "\", accepted a name in UTF-8");
  }
  if (!remote && IsGivenAsFlag(settings, "timeout")) {
    return InvalidArgumentError("--timeout is for embedding with --server");
  }
  return remote;
}

LocalEmbedderOptions OptionsOf(const Settings& settings, const std::filesystem::path& model) {
  auto lanes = static_cast<std::size_t>(settings.Integer("threads"));
  if (lanes == 0) lanes = std::max(1u, std::thread::hardware_concurrency());
  return {.model = model,
          .precision = ParsePrecision(settings.Text("precision")),  // nothing for "auto"
          .lanes = lanes,
          .batch_tokens = static_cast<std::size_t>(settings.Integer("batch-tokens")),
          .prompt_name = settings.Text("prompt-name"),
          .special_tokens_as_text = settings.Switch("special-tokens-as-text")};
}

void Say(const std::string& message) { std::fprintf(stderr, "%s\n", message.c_str()); }

// Why `shoal embed --resume` cannot be; empty: it can.
std::string WhyNotResumable(const Settings& settings, const TextReader& reader, bool remote) {
  const std::string& output = settings.Text("output");
  if (remote) return "embedding in this process; a server may have another model tomorrow";
  if (!reader.is_regular_file()) return "texts that are read from a file, with --input FILE";
  return output.empty() || output == "-" ? "an --output FILE" : "";
}

// What an interrupted run leaves, and its exit code.
int Interrupted(EmbedOutput& output) {
  std::string message = "interrupted after " + Grouped(output.texts()) + " texts";
  if (!output.file().is_stdout()) {
    const Status kept = output.Keep();
    if (!kept.ok()) return Fail(kept);
    message += "; their vectors are in " + output.file().draft_path();
    if (output.is_resumable()) message += ", --resume goes on from there";
  }
  return Fail(InterruptExitCode(), message);
}

// A run that can be resumed keeps what it has.
int Failed(EmbedOutput& output, const Status& status) {
  if (!output.is_resumable() || output.texts() == 0 || !output.Keep().ok()) return Fail(status);
  return Fail(ExitCodeFor(status), status.message() + "; the vectors of the " +
                                       Grouped(output.texts()) + " texts before are in " +
                                       output.file().draft_path() +
                                       ", --resume goes on from there");
}

int EmbedInto(EmbedOutput& output, TextReader& reader, Embedder& embedder) {
  const auto write_stderr = [](std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stderr);
  };
  const std::uint64_t before = output.texts();
  std::optional<std::uint64_t> total = reader.total();
  if (total) *total -= before;
  Progress progress({.label = "embed", .unit = "texts", .total = total, .style = StyleOf(stderr)},
                    SystemClock(), write_stderr);
  const Result<bool> stopped = RunPipeline(reader, embedder,
                                           {.write =
                                                [&](const EmbeddedWindow& window) {
                                                  RETURN_IF_ERROR(output.Write(window));
                                                  progress.Update(output.texts() - before);
                                                  return Status();
                                                },
                                            .stop = [] { return InterruptSignal() != 0; }});
  progress.Finish();
  if (!stopped.ok()) return Failed(output, stopped.status());
  if (output.truncated() > 0) {
    Say(Grouped(output.truncated()) + " of " + Grouped(output.texts()) +
        " texts were longer than " + std::to_string(embedder.max_tokens()) +
        " tokens and were cut");
  }
  if (*stopped) return Interrupted(output);
  const Status committed = output.Commit();
  return committed.ok() ? static_cast<int>(kExitOk) : Fail(committed);
}

// Blocks until the time is over or a signal came.
void Wait(std::chrono::milliseconds duration) {
  static_cast<void>(::poll(nullptr, 0, static_cast<int>(duration.count())));
}

Result<std::unique_ptr<RemoteEmbedder>> OpenRemote(const Settings& settings) {
  ASSIGN_OR_RETURN(std::unique_ptr<EmbedClient> client,
                   ConnectEmbedClient(settings.Text("server")));
  EmbedOptions request{
      .timeout = std::chrono::ceil<std::chrono::milliseconds>(settings.Duration("timeout")),
      .prompt_name = settings.Text("prompt-name")};
  // A model that was configured for this machine says nothing about the server.
  if (IsGivenAsFlag(settings, "model")) request.model = settings.Text("model");
  return RemoteEmbedder::Create(std::move(client), {.request = std::move(request)}, Wait);
}

Result<EmbedOutput> OpenOutput(const EmbedOutputOptions& options, bool resume, TextReader& reader) {
  if (resume) {
    Result<EmbedOutput> resumed = EmbedOutput::Resume(options, SystemClock(), reader);
    if (resumed.ok()) {
      Say("going on with " + resumed->file().draft_path() + " after " + Grouped(resumed->texts()) +
          " texts");
    }
    if (resumed.ok() || resumed.status().code() != StatusCode::kNotFound) return resumed;
    Say("nothing to resume (" + resumed.status().message() + "): starting with the first text");
  }
  return EmbedOutput::Open(options, SystemClock());
}

int Embed(const EmbedOutputOptions& options, bool resume, TextReader& reader, Embedder& embedder) {
  Result<EmbedOutput> output = OpenOutput(options, resume, reader);
  if (output.ok()) return EmbedInto(*output, reader, embedder);
  const Status& status = output.status();
  const bool refused = status.code() == StatusCode::kFailedPrecondition;
  return Fail(refused ? kExitConfiguration : ExitCodeFor(status),
              resume ? "--resume: " + status.message() : status.message());
}

}  // namespace

int RunEmbed(const Invocation& invocation) {
  const Settings& settings = invocation.settings;
  // What can be wrong is found before the model is loaded or the server asked.
  const auto format = VectorOutput::FormatOf(settings.Text("output"));
  if (!format.ok()) return Fail(kExitUsage, "--output: " + format.status().message());
  const Result<bool> remote = IsRemote(settings);
  if (!remote.ok()) return Fail(kExitUsage, remote.status().message());
  Result<TextReader> reader = OpenTexts(invocation);
  if (!reader.ok()) return Fail(kExitUsage, reader.status().message());

  const bool resume = settings.Switch("resume");
  const std::string needed = WhyNotResumable(settings, *reader, *remote);
  if (resume && !needed.empty()) return Fail(kExitUsage, "--resume is for " + needed);

  EmbedOutputOptions output{.path = settings.Text("output"),
                            .checkpoint_every = settings.Duration("checkpoint-every"),
                            .special_tokens_name = "--special-tokens-as-text"};
  if (*remote) {
    CatchInterrupts();
    const Result<std::unique_ptr<RemoteEmbedder>> embedder = OpenRemote(settings);
    if (!embedder.ok()) return Fail(embedder.status().At("server " + settings.Text("server")));
    output.dim = (*embedder)->dim();
    return Embed(output, resume, *reader, **embedder);
  }
  const Result<std::filesystem::path> model = FindOrFetchModel(settings);
  if (!model.ok()) return FailModel(model.status());
  CatchInterrupts();
  const Result<std::unique_ptr<LocalEmbedder>> embedder =
      LocalEmbedder::Create(OptionsOf(settings, *model));
  if (!embedder.ok()) {
    const bool usage = embedder.status().code() == StatusCode::kInvalidArgument;
    return usage ? Fail(kExitUsage, "--prompt-name: " + embedder.status().message())
                 : Fail(kExitConfiguration, embedder.status().message());
  }
  SayAssumed((*embedder)->assumed());
  if (const std::string& why = (*embedder)->why_private(); !why.empty()) {
    Say("the packed weights could not be kept for the next start: " + why);
  }
  output.dim = (*embedder)->dim();
  if (needed.empty()) {
    output.identity = (*embedder)->identity();
    output.identity->version = Version();
  }
  return Embed(output, resume, *reader, **embedder);
}

}  // namespace shoal
