// The model that a command was told: found, brought where --fetch allows it, checked.
#pragma once

#include <filesystem>
#include <string>

#include "api/precision.h"
#include "base/status.h"
#include "config/settings.h"
#include "model/model_folder.h"

namespace shoal {

// The folder of --model. With --fetch a model that is not there is brought first, as `shoal model
// fetch` does it; signals then end the process as they would any other, so it is called before
// they are caught. UNAVAILABLE: the hub.
Result<std::filesystem::path> FindOrFetchModel(const Settings& settings);

// Brings the model of `repository` with a progress bar on stderr; its folder.
Result<std::filesystem::path> FetchWithProgress(const std::string& repository);

// All that a start would refuse: sums (hashed, never remembered ones), settings, vocabulary, and by
// Weights::Check the weights. Loads and packs nothing.
Result<ModelFolder> CheckModel(const std::filesystem::path& path, Precision precision);

// --precision for a process that may choose: `auto` is BestPrecision.
Result<Precision> PrecisionOrBest(const Settings& settings);

// Fails with the exit code of a model that cannot be had or used: kExitUnreachable where the hub
// did not answer, else kExitConfiguration.
int FailModel(const Status& status);

// Writes what the reference assumes of the folder to stderr, in one line, if there is anything.
void SayAssumed(const std::string& assumed);

}  // namespace shoal
