#include "cli/find_model.h"

#include <cstdio>
#include <optional>

#include "base/clock.h"
#include "base/utf8.h"
#include "cli/exit_code.h"
#include "cli/print.h"
#include "engine/encoder.h"
#include "model/fetch.h"
#include "terminal/progress.h"
#include "tokenizer/tokenizer.h"

namespace shoal {
namespace {

constexpr std::uint64_t kKibibyte = 1024;

// One progress bar per file.
class FetchDisplay {
 public:
  void Show(const FetchProgress& state) {
    if (!bar_ || state.file != file_) {
      Finish();
      file_ = state.file;
      std::optional<std::uint64_t> total;
      if (state.total > 0) total = state.total / kKibibyte;
      bar_.emplace(
          ProgressOptions{.label = file_, .unit = "KiB", .total = total, .style = StyleOf(stderr)},
          SystemClock(),
          [](std::string_view text) { std::fwrite(text.data(), 1, text.size(), stderr); });
    }
    bar_->Update(state.done / kKibibyte);
  }
  void Finish() {
    if (bar_) bar_->Finish();
    bar_.reset();
  }

 private:
  std::string file_;
  std::optional<Progress> bar_;
};

}  // namespace

Result<std::filesystem::path> FindOrFetchModel(const Settings& settings) {
  const std::string& model = settings.Text("model");
  Result<std::filesystem::path> found = FindModel(model);
  const bool is_missing = found.status().code() == StatusCode::kNotFound;
  const bool is_path = model.find('/') != std::string::npos && !IsRepository(model);
  if (!is_missing || is_path || !settings.Switch("fetch")) return found;
  return FetchWithProgress(model);
}

Result<std::filesystem::path> FetchWithProgress(const std::string& repository) {
  ASSIGN_OR_RETURN(FetchOptions options, FetchOptionsFromEnvironment(repository));
  options.check = [](const std::filesystem::path& path) {
    return CheckModel(path, Precision::kFp32).status();
  };
  FetchDisplay display;
  const Status fetched =
      FetchModel(options, [&display](const FetchProgress& state) { display.Show(state); });
  display.Finish();
  RETURN_IF_ERROR(fetched);
  return options.destination;
}

Result<ModelFolder> CheckModel(const std::filesystem::path& path, Precision precision) {
  ASSIGN_OR_RETURN(ModelFolder folder, OpenModelFolder(path));
  RETURN_IF_ERROR(Tokenizer::Create(folder.tokenizer, {.max_tokens = folder.max_tokens}).status());
  RETURN_IF_ERROR(Weights::Check(folder, {.precision = precision, .kernel_table = {}}));
  return folder;
}

Result<Precision> PrecisionOrBest(const Settings& settings) {
  const std::string& name = settings.Text("precision");
  if (name == "auto") return BestPrecision();
  return *ParsePrecision(name);
}

int FailModel(const Status& status) {
  const ExitCode code = ExitCodeFor(status);
  return Fail(
      code == kExitUnreachable || code == kExitDeadline ? kExitUnreachable : kExitConfiguration,
      status.message());
}

void SayAssumed(const std::string& assumed) {
  if (assumed.empty()) return;
  std::fprintf(stderr, "the model's folder has %s\n", ReadableUtf8(assumed).c_str());
}

}  // namespace shoal
