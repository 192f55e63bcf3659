#include "cli/embed.h"

#include <poll.h>

#include <array>
#include <cstdio>

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
  return {.model = model,
          .precision = ParsePrecision(settings.Text("precision")),  // nothing for "auto"
          .lanes = OrCores(settings.Integer("threads")),
          .batch_tokens = static_cast<std::size_t>(settings.Integer("batch-tokens")),
          .prompt_name = settings.Text("prompt-name"),
          .special_tokens_as_text = settings.Switch("special-tokens-as-text")};
}

void Say(const std::string& message) { std::fprintf(stderr, "%s\n", message.c_str()); }

// Why `shoal embed --resume` cannot be; empty: it can.
std::string WhyNotResumable(const OutputTarget& target, const TextReader& reader) {
  if (!reader.is_regular_file()) return "texts that are read from a file, with --input FILE";
  return target.is_stream() ? "an --output FILE" : "";
}

// What is done is kept. Where it lies, and how to go on; empty: nothing was done, or it is where it
// should be.
std::string Kept(EmbedOutput& output) {
  const OutputFile& file = output.file();
  if (output.texts() == 0 || file.is_stream() || file.is_committed()) return "";
  const Status kept = output.Keep();
  std::string message = "; the vectors of the " + Grouped(output.texts()) +
                        " texts before are in " + file.draft_path();
  if (!kept.ok()) message += " (perhaps not all: " + kept.message() + ")";
  if (const auto texts = output.resumable_texts()) {
    message += ", --resume goes on " +
               (*texts == output.texts() ? "from there" : "after " + Grouped(*texts) + " texts");
  }
  return message;
}

int Failed(EmbedOutput& output, const Status& status) {
  if (output.file().is_unread()) return kExitUnread;
  return Fail(ExitCodeFor(status), status.message() + Kept(output));
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
  if (*stopped) {
    return Fail(InterruptExitCode(),
                "interrupted after " + Grouped(output.texts()) + " texts" + Kept(output));
  }
  const Status committed = output.Commit();
  return committed.ok() ? static_cast<int>(kExitOk) : Failed(output, committed);
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

// Finds out where the run begins.
int Embed(EmbedOutput output, bool resume, TextReader& reader, Embedder& embedder) {
  if (resume) {
    const Status resumed = output.Resume(reader);
    const bool refused = resumed.code() == StatusCode::kFailedPrecondition;
    if (resumed.ok()) {
      Say("going on with " + output.file().draft_path() + " after " + Grouped(output.texts()) +
          " texts");
    } else if (resumed.code() == StatusCode::kNotFound) {
      Say("nothing to resume (" + resumed.message() + "): starting with the first text");
    } else {
      return Fail(refused ? kExitConfiguration : ExitCodeFor(resumed),
                  "--resume: " + resumed.message());
    }
  }
  return EmbedInto(output, reader, embedder);
}

// With an embedder at hand.
int EmbedWith(const Settings& settings, OutputFile file, EmbedOutputOptions options,
              const RunIdentity& identity, TextReader& reader, Embedder& embedder) {
  options.dim = embedder.dim();
  if (reader.is_regular_file() && !file.is_stream()) options.identity = identity;
  return Embed(EmbedOutput(std::move(file), std::move(options), SystemClock()),
               settings.Switch("resume"), reader, embedder);
}

int EmbedRemote(const Settings& settings, const OutputTarget& target, EmbedOutputOptions options,
                TextReader& reader) {
  CatchInterrupts();
  Result<OutputFile> file = OutputFile::Open(target);
  if (!file.ok()) return FailOutput(file.status());
  const Result<std::unique_ptr<RemoteEmbedder>> embedder = OpenRemote(settings);
  if (!embedder.ok()) return Fail(embedder.status().At("server " + settings.Text("server")));
  return EmbedWith(settings, *std::move(file), std::move(options), (*embedder)->identity(), reader,
                   **embedder);
}

int EmbedLocal(const Settings& settings, const OutputTarget& target, EmbedOutputOptions options,
               TextReader& reader) {
  const Result<std::filesystem::path> model = FindOrFetchModel(settings);
  if (!model.ok()) return FailModel(model.status());
  CatchInterrupts();  // from here on an interrupted run clears up what it has opened
  Result<OutputFile> file = OutputFile::Open(target);
  if (!file.ok()) return FailOutput(file.status());
  const Result<std::unique_ptr<LocalEmbedder>> embedder =
      LocalEmbedder::Create(OptionsOf(settings, *model));
  if (!embedder.ok()) {
    const bool usage = embedder.status().code() == StatusCode::kInvalidArgument;
    return usage ? Fail(kExitUsage, "--prompt-name: " + embedder.status().message())
                 : Fail(kExitConfiguration, embedder.status().message());
  }
  SayAssumed((*embedder)->assumed());
  if (const Status& why = (*embedder)->why_private(); !why.ok()) {
    Say("the packed weights could not be kept for the next start: " + why.message());
  }
  RunIdentity identity = (*embedder)->identity();
  identity.version = Version();
  return EmbedWith(settings, *std::move(file), std::move(options), identity, reader, **embedder);
}

}  // namespace

int RunEmbed(const Invocation& invocation) {
  const Settings& settings = invocation.settings;
  // What can be wrong is found before the model is loaded or the server asked.
  const Result<bool> remote = IsRemote(settings);
  if (!remote.ok()) return Fail(kExitUsage, remote.status().message());
  Result<TextReader> reader = OpenTexts(invocation);
  if (!reader.ok()) return FailInput(reader.status());
  const Result<OutputTarget> target =
      FindOutputTarget(settings.Text("output"), reader->descriptor());
  if (!target.ok()) return FailOutput(target.status());
  const Result<VectorOutput::Format> format = VectorOutput::FormatOf(*target);
  if (!format.ok()) return FailOutput(format.status());
  const std::string needed = WhyNotResumable(*target, *reader);
  if (settings.Switch("resume") && !needed.empty()) {
    return Fail(kExitUsage, "--resume is for " + needed);
  }
  EmbedOutputOptions options{.format = *format,
                             .checkpoint_every = settings.Duration("checkpoint-every"),
                             .special_tokens_name = "--special-tokens-as-text"};
  return *remote ? EmbedRemote(settings, *target, std::move(options), *reader)
                 : EmbedLocal(settings, *target, std::move(options), *reader);
}

}  // namespace shoal
