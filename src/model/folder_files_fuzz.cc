// Bytes as one of a model folder's small files, the first byte says which: refused with a message
// that names the file, or understood within the limits that the rest of Shoal relies on.
#include "model/folder_files.h"

#include "base/check.h"
#include "model/manifest.h"

namespace shoal {
namespace {

void CheckError(const Status& status) {
  CHECK(status.ok() || status.message().starts_with("file.json"), "an error names the file");
  CHECK(status.ok() || status.code() == StatusCode::kInvalidArgument ||
            status.code() == StatusCode::kUnimplemented,
        "a file's content is refused as such");
}

void ReadConfig(const JsonValue& file) {
  const auto config = ParseBertConfig(file);
  CheckError(config.status());
  if (!config.ok()) return;
  CHECK(config->heads > 0 && config->hidden_size % config->heads == 0, "heads are of one size");
  CHECK(config->layers > 0 && config->max_positions > 0 && config->vocabulary_size > 0 &&
            config->intermediate_size > 0 && config->token_types > 0,
        "no size is zero");
  CHECK(config->layer_norm_epsilon > 0 && config->layer_norm_epsilon < 1, "a small number");
}

void ReadModules(const JsonValue& file) {
  const auto modules = ParseModules(file);
  CheckError(modules.status());
  CHECK(!modules.ok() || IsInside(modules->pooling_path), "a path does not leave the folder");
}

void ReadLengths(const JsonValue& file) {
  for (const bool first : {true, false}) {
    const JsonValue other = ParseJson("{}").value();
    const auto tokens = ParseMaxTokens(first ? file : other, first ? other : file, 512);
    CheckError(tokens.status());
    CHECK(!tokens.ok() || (*tokens >= 3 && *tokens <= 512), "a text has room and positions");
  }
}

void ReadPrompts(const JsonValue& file) {
  const auto prompts = ParsePrompts(file);
  CheckError(prompts.status());
  CHECK(!prompts.ok() || prompts->default_name.empty() ||
            prompts->texts.contains(prompts->default_name),
        "the default prompt is one of the prompts");
}

}  // namespace
}  // namespace shoal

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto file = shoal::ParseJson(text, {.name = "file.json"});
  shoal::CheckError(file.status());
  if (!file.ok()) return 0;
  switch (data[0]) {
    case 'c':
      shoal::ReadConfig(*file);
      break;
    case 'm':
      shoal::ReadModules(*file);
      break;
    case 'p':
      shoal::CheckError(shoal::ParsePooling(*file, 384).status());
      break;
    case 's':
      shoal::CheckError(shoal::CheckEncoderModule(*file));
      break;
    case 't':
      shoal::ReadLengths(*file);
      break;
    default:
      shoal::ReadPrompts(*file);
  }
  return 0;
}
