#include "cli/tokenize.h"

#include <utility>

#include "cli/exit_code.h"
#include "cli/find_model.h"
#include "cli/interrupt.h"
#include "cli/text_input.h"
#include "embed/output_file.h"
#include "json/writer.h"
#include "model/model_folder.h"
#include "terminal/progress.h"
#include "tokenizer/tokenizer.h"

namespace shoal {
namespace {

constexpr std::size_t kWriteSize = std::size_t{1} << 16;

Result<Tokenizer> LoadTokenizer(const Settings& settings, const std::filesystem::path& path) {
  RememberedSums sums = RememberedSums::InCacheFolder();
  ASSIGN_OR_RETURN(const ModelFolder folder, OpenModelFolder(path, &sums));
  SayAssumed(folder.assumed);
  return Tokenizer::Create(folder.tokenizer,
                           {.max_tokens = folder.max_tokens,
                            .special_tokens_as_text = settings.Switch("special-tokens-as-text")});
}

void AppendIds(const std::vector<std::int32_t>& ids, std::string& lines) {
  JsonWriter json(lines);
  json.BeginObject().Key("ids").BeginArray();
  for (const std::int32_t id : ids) json.Int(id);
  json.EndArray().EndObject();
  lines += '\n';
}

// Lines are written when there are many, or when the next text is not there yet. `texts` counts
// those whose lines are.
Status TokenizeAll(TextReader& reader, const Tokenizer& tokenizer, OutputFile& output,
                   std::uint64_t& texts) {
  std::string text;
  std::string lines;
  std::vector<std::int32_t> ids;
  std::uint64_t waiting = 0;
  const auto write = [&] {
    RETURN_IF_ERROR(output.Append(lines));
    texts += std::exchange(waiting, 0);
    lines.clear();
    return Status();
  };
  while (InterruptSignal() == 0) {
    if (lines.size() >= kWriteSize || !reader.IsReady()) RETURN_IF_ERROR(write());
    const Result<bool> found = reader.Next(text);
    if (!found.ok()) {
      RETURN_IF_ERROR(write());
      return found.status();
    }
    if (!*found) break;
    ids.clear();
    tokenizer.Encode(text, ids);
    AppendIds(ids, lines);
    ++waiting;
  }
  return write();
}

// Where what is done lies; empty: nothing is, or it is where it should be.
std::string Kept(OutputFile& output, std::uint64_t texts) {
  if (texts == 0 || output.is_stream() || output.is_committed()) return "";
  const Status kept = output.Sync();
  return "; the ids of the " + Grouped(texts) + " texts before are in " + output.draft_path() +
         (kept.ok() ? "" : " (perhaps not all: " + kept.message() + ")");
}

Status CheckName(const OutputTarget& target) {
  if (target.is_stream() || target.name.ends_with(".jsonl")) return {};
  return InvalidArgumentError("found \"" + target.name +
                              "\", accepted a name that ends in .jsonl, or -");
}

}  // namespace

int RunTokenize(const Invocation& invocation) {
  Result<TextReader> reader = OpenTexts(invocation);
  if (!reader.ok()) return FailInput(reader.status());
  const Result<OutputTarget> target =
      FindOutputTarget(invocation.settings.Text("output"), reader->descriptor());
  const Status named = target.ok() ? CheckName(*target) : target.status();
  if (!named.ok()) return FailOutput(named);
  const Result<std::filesystem::path> model = FindOrFetchModel(invocation.settings);
  if (!model.ok()) return FailModel(model.status());
  CatchInterrupts();
  Result<OutputFile> output = OutputFile::Open(*target);
  if (!output.ok()) return FailOutput(output.status());
  const Result<Tokenizer> tokenizer = LoadTokenizer(invocation.settings, *model);
  if (!tokenizer.ok()) return Fail(kExitConfiguration, tokenizer.status().message());
  std::uint64_t texts = 0;
  const Status done = TokenizeAll(*reader, *tokenizer, *output, texts);
  if (output->is_unread()) return kExitUnread;
  if (!done.ok()) return Fail(ExitCodeFor(done), done.message() + Kept(*output, texts));
  if (InterruptSignal() != 0) {
    return Fail(InterruptExitCode(),
                "interrupted after " + Grouped(texts) + " texts" + Kept(*output, texts));
  }
  const Status committed = output->Commit();
  return committed.ok() ? static_cast<int>(kExitOk)
                        : Fail(ExitCodeFor(committed), committed.message() + Kept(*output, texts));
}

}  // namespace shoal
