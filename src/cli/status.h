// `shoal status`: what a coordinator says of itself and its workers, once.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/embed.h"
#include "cli/command.h"
#include "terminal/style.h"

namespace shoal {

// `format` is a choice of the option `format`. table and plain: names and values, an empty line, a
// row per worker. json: one object, the workers in its array `workers`.
std::string RenderStatus(const ServiceInfo& info, std::string_view format,
                         const TerminalStyle& style);

// The workers alone. json: an array of the same objects.
std::string RenderWorkers(const std::vector<WorkerInfo>& workers, std::string_view format,
                          const TerminalStyle& style);

int RunStatus(const Invocation& invocation);

}  // namespace shoal
