// The workers' metrics ports as Prometheus asks for them (http_sd_configs). Pure.
#pragma once

#include <string>
#include <string_view>

#include "api/embed.h"

namespace shoal {

// HOST:PORT where others reach the metrics of `worker`; empty: it has none. It says itself where it
// listens; an address that leads nowhere from here (all interfaces, or loopback of another machine)
// has the host that its link came from instead. Of a worker of this machine that is `own_host`, the
// name that the caller reached this machine by.
std::string ScrapeAddress(const WorkerInfo& worker, std::string_view own_host);

// One group a worker that is attached. Its labels begin with __meta_shoal_: Prometheus drops them
// unless its configuration takes them over.
std::string ScrapeTargets(const ServiceInfo& info, std::string_view own_host);

}  // namespace shoal
