#include "cli/model.h"

#include <cstdio>
#include <optional>

#include "base/clock.h"
#include "cli/exit_code.h"
#include "cli/print.h"
#include "model/fetch.h"
#include "model/model_folder.h"
#include "terminal/progress.h"

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

int RunModelFetch(const Invocation& invocation) {
  if (invocation.arguments.size() > 1) {
    return Fail(kExitUsage, "model fetch: takes at most one repository");
  }
  const std::string repository =
      invocation.arguments.empty() ? std::string(kDefaultRepository) : invocation.arguments[0];
  const Result<FetchOptions> options = FetchOptionsFromEnvironment(repository);
  if (!options.ok()) return Fail(kExitConfiguration, options.status().message());
  FetchDisplay display;
  const Status fetched =
      FetchModel(*options, [&display](const FetchProgress& state) { display.Show(state); });
  display.Finish();
  if (fetched.code() == StatusCode::kDataLoss) return Fail(kExitConfiguration, fetched.message());
  if (!fetched.ok()) return Fail(fetched);
  std::printf("%s\n", options->destination.c_str());
  return kExitOk;
}

int RunModelList(const Invocation& invocation) {
  if (!invocation.arguments.empty()) return Fail(kExitUsage, "model list: takes no arguments");
  const Result<std::filesystem::path> folder = ModelsFolder();
  if (!folder.ok()) return Fail(kExitConfiguration, folder.status().message());
  const Result<std::vector<ListedModel>> models = ListModels(*folder);
  if (!models.ok()) return Fail(models.status());
  Table table{.columns = {"NAME", "BYTES", "PATH"}, .rows = {}};
  for (const ListedModel& model : *models) {
    table.rows.push_back({model.name, std::to_string(model.size), model.path.string()});
  }
  PrintTable(table, invocation.settings.Text("format"));
  return kExitOk;
}

int RunModelVerify(const Invocation& invocation) {
  if (invocation.arguments.size() > 1) {
    return Fail(kExitUsage, "model verify: takes at most one model");
  }
  const std::string name =
      invocation.arguments.empty() ? invocation.settings.Text("model") : invocation.arguments[0];
  const Result<std::filesystem::path> path = FindModel(name);
  if (!path.ok()) return Fail(kExitConfiguration, path.status().message());
  const Status verified = VerifyModel(*path);
  if (!verified.ok()) return Fail(kExitConfiguration, verified.message());
  std::printf("%s: ok\n", path->c_str());
  return kExitOk;
}

}  // namespace shoal
