// What one seed plays: the pool, the callers, what goes wrong and when. Drawn once, before the run,
// so that a run is a pure function of it.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "api/embed.h"
#include "fault.h"
#include "network.h"
#include "scheduler/scheduler.h"

namespace shoal::sim {

// What a seed is good at finding.
enum class Play : std::uint8_t {
  kChaos,        // anything from the menu at once
  kCalm,         // nothing goes wrong and times are exact: promises are kept to the letter
  kShares,       // all three queues always have work
  kFair,         // several clients want more than there is, all urgent
  kFairPatient,  // the same, all patient
  kTrigger,      // double load while half of the workers are gone, then all is well
  kPoison,       // a text takes down whoever tries it
  kRandomKills,  // one harmless text in every call while workers are killed
  kPauses,       // the coordinator is stopped, or its clock jumps; nothing else goes wrong
  kResets,       // connections break; nothing else goes wrong
  kLateBatches,  // some batches take 20 times as long
  kNotRun,       // workers drain again and again: a flood of items that are not run
  kTwins,        // a worker is silent for a while, and another of its id takes its place
  kSilences,     // one direction of a connection is cut for longer than anybody waits
};
inline constexpr int kPlays = 14;
std::string_view Name(Play play);

struct WorkerSpec {
  std::string id;
  std::uint32_t lanes = 1;
  double alpha_us = 300;  // what its Hello says
  double per_token_us = 98;
  double slower = 1;  // what is true, as a factor
  std::uint32_t max_batch_tokens = 2048;
  std::uint32_t max_batch_items = 256;
  Path path{};
  microseconds clock{0};  // its clock shows so much more
  microseconds first_start{0};
  bool twin = false;  // has the id of another; runs only while a fault lasts
};

enum class Retry : std::uint8_t { kNever, kWhenTold, kStorm };

// Callers of one kind, all of one client.
struct Group {
  std::uint64_t client = 1;
  double calls_per_second = 1;
  double burst = 1;  // mean number of calls that come at once
  microseconds begins{0};
  microseconds ends{0};
  std::uint32_t fewest_texts = 1;
  std::uint32_t most_texts = 32;
  double huge = 0;  // part of the calls with 2,048 texts
  double median_tokens = 24;
  double sigma_tokens = 0.7;
  std::uint32_t longest_tokens = 256;
  double shortest_deadline_us = 50e3;  // log-uniform between the two
  double longest_deadline_us = 2e6;
  double no_deadline = 0;  // parts of the calls
  double tiny_deadline = 0;
  double high = 0;
  double bulk = 0;
  double cancelled = 0;
  double poison = 0;    // parts of the calls that hold a poison text
  double constant = 0;  // ... or one of a few texts that many hold
  Retry retry = Retry::kNever;
};

struct Scenario {
  std::uint64_t seed = 0;
  Play play = Play::kChaos;
  std::vector<WorkerSpec> workers;
  std::vector<Group> groups;
  std::vector<Fault> faults;  // by time
  SchedulerOptions options{};
  microseconds safety{0};   // how long the first phase lasts
  double sigma = 0;         // noise of execution times
  double stolen = 0;        // part of the batches that lose 50 ms
  double long_batches = 0;  // part of the batches that take 20 times as long
  bool one_event = false;   // every Step gets one event
  microseconds turn{20};    // from an event to the Step that takes it
  bool fingerprints = true;
  microseconds restart{300'000};  // from the end of a process to its next Hello
  microseconds trigger_begins{0};
  microseconds trigger_ends{0};

  bool exact() const { return sigma == 0 && stolen == 0 && long_batches == 0; }
  bool Has(FaultKind kind) const;
  // Nothing of a worker or of the network goes wrong: nobody may be blamed.
  bool blameless() const {
    return play == Play::kCalm || play == Play::kShares || play == Play::kFair ||
           play == Play::kFairPatient || play == Play::kPauses;
  }
  int lanes() const;
  // Cost per µs of all lanes with full batches.
  double Capacity() const;
};

Scenario Draw(std::uint64_t seed);
// A given play instead of a drawn one.
Scenario Draw(std::uint64_t seed, Play play);

}  // namespace shoal::sim
