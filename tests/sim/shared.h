// What the parts of one world share.
#pragma once

#include "checker.h"
#include "clients.h"
#include "coverage.h"
#include "failures.h"
#include "mutant.h"
#include "network.h"
#include "scenario.h"
#include "sim_event.h"
#include "trace.h"

namespace shoal::sim {

struct Shared {
  const Scenario& scenario;
  const Mutant& mutant;
  Timeline& time;
  Trace& trace;
  Network& network;
  Clients& clients;
  Checker& checker;
  Coverage& coverage;
  Failures& failures;

  void Note(Did did, std::int64_t a = 0, std::int64_t b = 0, std::int64_t c = 0, std::int64_t d = 0,
            std::int64_t e = 0) {
    trace.Add({time.now(), did, a, b, c, d, e});
  }
};

}  // namespace shoal::sim
