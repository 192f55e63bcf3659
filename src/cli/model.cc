#include "cli/model.h"

#include "cli/exit_code.h"
#include "cli/find_model.h"
#include "cli/print.h"
#include "model/fetch.h"
#include "model/model_folder.h"

namespace shoal {

int RunModelFetch(const Invocation& invocation) {
  if (invocation.arguments.size() > 1) {
    return Fail(kExitUsage, "model fetch: takes at most one repository");
  }
  const std::string repository =
      invocation.arguments.empty() ? std::string(kDefaultRepository) : invocation.arguments[0];
  const Result<std::filesystem::path> fetched = FetchWithProgress(repository);
  if (fetched.status().code() == StatusCode::kDataLoss) {
    return Fail(kExitConfiguration, fetched.status().message());
  }
  if (!fetched.ok()) return Fail(fetched.status());
  Print(fetched->string() + "\n");
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
  const Result<Precision> precision = PrecisionOrBest(invocation.settings);
  if (!precision.ok()) return Fail(kExitConfiguration, precision.status().message());
  const Result<ModelFolder> folder = CheckModel(*path, *precision);
  if (!folder.ok()) return Fail(kExitConfiguration, folder.status().message());
  SayAssumed(folder->assumed);
  Print(path->string() + ": ok\n");
  return kExitOk;
}

}  // namespace shoal
