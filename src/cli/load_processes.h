// `shoal load --processes N`: this program N times over, each with its part of the traffic. They
// start at one moment, and their rows come home over a socket each. A process whose parent is gone
// sends no more and ends.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "base/descriptor.h"
#include "base/status.h"
#include "load/load_run.h"

namespace shoal {

// What a process that was started for a part of the traffic has of its parent.
struct LoadPartLink {
  LoadPart part;
  Descriptor socket;
};
// Nothing: a user started this process.
Result<std::optional<LoadPartLink>> InheritedLoadPart();

// Sends the part and reports to the parent.
Status SendLoadPart(const LoadPartLink& link, LoadPlan plan,
                    const std::vector<std::unique_ptr<EmbedClient>>& clients, int dim);

// Starts `count` processes with this one's command line and waits for them: the rows of all.
// It is `plan` that they share in, whatever the command line says of rate, callers and duration.
Result<LoadRows> SendLoadInProcesses(std::size_t count, const LoadPlan& plan,
                                     const LoadRunHooks& hooks);

}  // namespace shoal
