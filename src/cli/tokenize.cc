#include "cli/tokenize.h"

#include "cli/exit_code.h"
#include "cli/find_model.h"
#include "cli/interrupt.h"
#include "cli/text_input.h"
#include "embed/output_file.h"
#include "json/writer.h"
#include "model/model_folder.h"
#include "tokenizer/tokenizer.h"

namespace shoal {
namespace {

constexpr std::size_t kWriteSize = std::size_t{1} << 16;

Result<Tokenizer> LoadTokenizer(const Settings& settings, const std::filesystem::path& path) {
  RememberedSums sums = RememberedSums::InCacheFolder();
  ASSIGN_OR_RETURN(const ModelFolder folder, OpenModelFolder(path, &sums));
  SayAssumed(folder.assumed);
  return Tokenizer::Create(folder.vocabulary,
                           {.lower_case = folder.lower_case,
                            .max_tokens = folder.max_tokens,
                            .special_tokens_as_text = settings.Switch("special-tokens-as-text")});
}

void AppendIds(const std::vector<std::int32_t>& ids, std::string& lines) {
  JsonWriter json(lines);
  json.BeginObject().Key("ids").BeginArray();
  for (const std::int32_t id : ids) json.Int(id);
  json.EndArray().EndObject();
  lines += '\n';
}

// Lines are written when there are many, or when the next text is not there yet.
Status TokenizeAll(TextReader& reader, const Tokenizer& tokenizer, OutputFile& output) {
  std::string text;
  std::string lines;
  std::vector<std::int32_t> ids;
  while (InterruptSignal() == 0) {
    if (lines.size() >= kWriteSize || !reader.IsReady()) {
      RETURN_IF_ERROR(output.Append(lines));
      lines.clear();
    }
    const Result<bool> found = reader.Next(text);
    if (!found.ok()) {
      RETURN_IF_ERROR(output.Append(lines));
      return found.status();
    }
    if (!*found) break;
    ids.clear();
    tokenizer.Encode(text, ids);
    AppendIds(ids, lines);
  }
  return output.Append(lines);
}

}  // namespace

int RunTokenize(const Invocation& invocation) {
  const std::string& path = invocation.settings.Text("output");
  if (!path.empty() && path != "-" && !path.ends_with(".jsonl")) {
    return Fail(kExitUsage,
                "--output: found \"" + path + "\", accepted a name that ends in .jsonl, or -");
  }
  Result<TextReader> reader = OpenTexts(invocation);
  if (!reader.ok()) return Fail(kExitUsage, reader.status().message());
  const Result<std::filesystem::path> model = FindOrFetchModel(invocation.settings);
  if (!model.ok()) return FailModel(model.status());
  CatchInterrupts();
  const Result<Tokenizer> tokenizer = LoadTokenizer(invocation.settings, *model);
  if (!tokenizer.ok()) return Fail(kExitConfiguration, tokenizer.status().message());
  Result<OutputFile> output = OutputFile::Open(path);
  if (!output.ok()) return Fail(output.status());
  const Status done = TokenizeAll(*reader, *tokenizer, *output);
  if (!done.ok()) return Fail(done);
  if (InterruptSignal() != 0) return Fail(InterruptExitCode(), "interrupted");
  const Status committed = output->Commit();
  return committed.ok() ? static_cast<int>(kExitOk) : Fail(committed);
}

}  // namespace shoal
