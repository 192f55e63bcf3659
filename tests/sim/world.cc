#include "world.h"

#include <algorithm>
#include <string>
#include <utility>

namespace shoal::sim {

namespace {

constexpr microseconds kLook{50'000};
// A reset that is under way when faults stop still arrives.
constexpr microseconds kSettle{400'000};
constexpr microseconds kUsableWithin{3'000'000};
constexpr microseconds kLastAnswers{2'000'000};

// A twin is one more worker, of an id that is there already.
Scenario WithTwins(Scenario scenario) {
  for (Fault& fault : scenario.faults) {
    if (fault.kind != FaultKind::kTwin) continue;
    WorkerSpec twin = scenario.workers[fault.worker];
    twin.twin = true;
    fault.worker = static_cast<std::uint32_t>(scenario.workers.size());
    scenario.workers.push_back(std::move(twin));
  }
  return scenario;
}

std::vector<Path> Paths(const Scenario& scenario) {
  std::vector<Path> paths;
  for (const WorkerSpec& worker : scenario.workers) paths.push_back(worker.path);
  return paths;
}

}  // namespace

World::World(const Scenario& scenario, const Mutant& mutant, bool print_trace)
    : scenario_(WithTwins(scenario)),
      mutant_(mutant),
      trace_(print_trace),
      network_(time_, scenario.seed * 31 + 7, Paths(scenario_)),
      clients_(time_, scenario_),
      checker_(scenario_, clients_, failures_),
      shared_{scenario_, mutant_,  time_,     trace_,   network_,
              clients_,  checker_, coverage_, failures_},
      coordinator_(shared_),
      fault_active_(scenario_.faults.size()),
      usable_by_(scenario_.workers.size()) {
  for (std::uint32_t i = 0; i < scenario_.workers.size(); ++i) {
    workers_.push_back(std::make_unique<WorkerModel>(shared_, i, scenario_.workers[i]));
  }
}

void World::Run() {
  coverage_.Play(Name(scenario_.play));
  coordinator_.Start();
  for (const auto& worker : workers_) {
    if (!worker->spec().twin) worker->StartAfter(worker->spec().first_start);
  }
  clients_.Begin();
  for (std::size_t i = 0; i < scenario_.faults.size(); ++i) {
    time_.Add(scenario_.faults[i].at, {.kind = EventKind::kFault, .a = i});
  }
  time_.Add(scenario_.safety, {.kind = EventKind::kPhase});
  while (phase_ != Phase::kOver && !failures_.any()) {
    Event event = time_.Pop();
    ++events_;
    Handle(event);
  }
  if (coordinator_.up()) coverage_.Counters(coordinator_.scheduler().counters());
}

void World::Handle(Event& event) {
  WorkerModel* worker = nullptr;
  switch (event.kind) {
    case EventKind::kWorkerTurn:
    case EventKind::kWorkerStart:
    case EventKind::kLaneDone:
    case EventKind::kCrash:
      worker = workers_[event.who].get();
      if (worker->life() != event.life) return;
      break;
    default:
      break;
  }
  switch (event.kind) {
    case EventKind::kDeliver:
      return Deliver(event);
    case EventKind::kCoordinatorTurn:
      if (coordinator_.due()) coordinator_.Turn();
      return;
    case EventKind::kCoordinatorBack:
      if (!coordinator_.up()) coordinator_.Start();
      return;
    case EventKind::kWorkerTurn:
      if (worker->up() && worker->due()) worker->Turn();
      return;
    case EventKind::kWorkerStart:
      return worker->Start();
    case EventKind::kLaneDone:
      return worker->LaneDone(static_cast<std::uint32_t>(event.a), event.b);
    case EventKind::kCrash:
      return worker->Die(true, true);
    case EventKind::kArrival:
    case EventKind::kRetry:
      return Arrivals(event);
    case EventKind::kCancel:
      return coordinator_.Cancel(event.a);
    case EventKind::kFault:
      return BeginFault(event.a);
    case EventKind::kFaultEnds:
      return EndFault(event.a);
    case EventKind::kPhase:
      return Heal();
    case EventKind::kProbe:
      return Watch();
  }
}

void World::Deliver(Event& event) {
  const auto direction = static_cast<Direction>(event.b);
  if (!network_.Arrived(event.a, direction, *event.packet)) return;
  if (direction == Direction::kUp) {
    coordinator_.OnPacket(event.a, std::move(*event.packet));
  } else {
    workers_[network_.WorkerOf(event.a)]->OnPacket(event.a, std::move(*event.packet));
  }
}

void World::Arrivals(Event& event) {
  made_.clear();
  if (event.kind == EventKind::kArrival) {
    clients_.Arrive(event.who, coordinator_.Clock(), made_);
  } else if (const CallId again = clients_.Again(event.a, coordinator_.Clock())) {
    made_.push_back(again);
  }
  for (const CallId call : made_) coordinator_.Arrive(call);
}

void World::BeginFault(std::size_t index) {
  const Fault& fault = scenario_.faults[index];
  if (phase_ != Phase::kSafety) return;
  coverage_.Fault(Name(fault.kind));
  shared_.Note(Did::kFault, static_cast<std::int64_t>(fault.kind), fault.worker,
               fault.lasts.count());
  fault_active_[index] = 1;
  time_.Add(time_.now() + fault.lasts, {.kind = EventKind::kFaultEnds, .a = index});
  switch (fault.kind) {
    case FaultKind::kCoordinatorKill:
      return coordinator_.Kill();
    case FaultKind::kCoordinatorPause:
      return coordinator_.Pause();
    case FaultKind::kCoordinatorJump:
      return coordinator_.Jump(fault.lasts);
    case FaultKind::kCoordinatorDrain:
      return coordinator_.BeginDrain();
    case FaultKind::kOperatorDrain:
      return coordinator_.OperatorDrains(scenario_.workers[fault.worker].id, true);
    default:
      BeginNetworkFault(fault, true);
      return workers_[fault.worker]->Begin(fault);
  }
}

void World::EndFault(std::size_t index) {
  if (!std::exchange(fault_active_[index], 0)) return;
  const Fault& fault = scenario_.faults[index];
  switch (fault.kind) {
    case FaultKind::kCoordinatorKill:
      if (!coordinator_.up()) coordinator_.Start();
      return;
    case FaultKind::kCoordinatorPause:
      return coordinator_.Resume();
    case FaultKind::kCoordinatorDrain:
      coordinator_.Kill();
      time_.Add(time_.now() + microseconds(300'000), {.kind = EventKind::kCoordinatorBack});
      return;
    case FaultKind::kOperatorDrain:
      return coordinator_.OperatorDrains(scenario_.workers[fault.worker].id, false);
    default:
      BeginNetworkFault(fault, false);
      return workers_[fault.worker]->End(fault);
  }
}

void World::BeginNetworkFault(const Fault& fault, bool begins) {
  const auto cut = [&](Direction direction) {
    if (begins) {
      network_.Block(fault.worker, direction);
    } else {
      network_.Unblock(fault.worker, direction);
    }
  };
  switch (fault.kind) {
    case FaultKind::kReset:
      if (begins && workers_[fault.worker]->attachment() != 0) {
        network_.Reset(workers_[fault.worker]->attachment());
      }
      return;
    case FaultKind::kPartition:
      cut(Direction::kUp);
      return cut(Direction::kDown);
    case FaultKind::kPartitionUp:
      return cut(Direction::kUp);
    case FaultKind::kPartitionDown:
      return cut(Direction::kDown);
    case FaultKind::kClog: {
      const auto clog = static_cast<std::int64_t>(fault.factor * fault.factor * 200);
      return network_.Clog(fault.worker, microseconds(begins ? clog : 0));
    }
    default:
      return;
  }
}

void World::Enter(Phase phase) {
  phase_ = phase;
  shared_.Note(Did::kPhase, static_cast<std::int64_t>(phase));
}

void World::Heal() {
  for (std::size_t i = 0; i < fault_active_.size(); ++i) EndFault(i);
  clients_.Stop();
  network_.Heal();
  for (const auto& worker : workers_) worker->Heal();
  if (!coordinator_.up()) coordinator_.Start();
  for (microseconds& by : usable_by_) by = time_.now() + kUsableWithin;
  // A poison text would go on.
  for (CallId call = 1; call <= clients_.count(); ++call) {
    const CallRecord& record = clients_.At(call);
    const bool poison = std::any_of(record.texts.begin(), record.texts.end(), IsPoison);
    if (poison && !record.ended) coordinator_.Cancel(call);
  }
  Enter(Phase::kWorkersReturn);
  time_.Add(time_.now() + kSettle, {.kind = EventKind::kProbe});
}

void World::Watch() {
  switch (phase_) {
    case Phase::kSafety:
    case Phase::kOver:
      return;
    case Phase::kWorkersReturn:
      WatchWorkers();
      break;
    case Phase::kPour:
      PourWork();
      break;
    case Phase::kQueueEmpties:
      WatchQueue();
      break;
    case Phase::kCallsEnd:
      if (AllEnded()) {
        checker_.windows().AtEnd();
        return Enter(Phase::kOver);
      }
      if (time_.now() > ended_by_) {
        return failures_.Fail(1, "calls are open though their callers have hung up");
      }
      break;
  }
  time_.Add(time_.now() + kLook, {.kind = EventKind::kProbe});
}

void World::WatchWorkers() {
  bool all = true;
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    const WorkerModel& worker = *workers_[i];
    if (worker.spec().twin) continue;
    const bool leaves = worker.up() && worker.draining();
    if (!leaves && coordinator_.Usable(worker.spec().id, worker.attachment())) continue;
    all = false;
    // It is not alive, or about to end.
    if (!worker.up() || leaves) usable_by_[i] = time_.now() + kUsableWithin;
    const microseconds away = std::max(coordinator_.StayAway(worker.spec().id), worker.told_away());
    if (away > microseconds(0)) usable_by_[i] = time_.now() + away + kUsableWithin;
    if (time_.now() <= usable_by_[i]) continue;
    return failures_.Fail(18, worker.spec().id + " is not usable 3 s after it could be");
  }
  if (all) HangUp(Phase::kPour);
}

// A new attachment believes in a round trip of half a millisecond, and its worker grants the next
// batch accordingly late: so much slower than its promise a lane may be until both have learned
// better.
double World::Slowdown() const {
  double most = 1;
  for (const WorkerSpec& worker : scenario_.workers) {
    const double batch = worker.alpha_us + worker.per_token_us * scenario_.options.batch_tokens;
    const double round_trip =
        2 * static_cast<double>(worker.path.delay.count()) * (1 + worker.path.jitter);
    most = std::max(most, (batch + round_trip) / batch);
  }
  return most;
}

void World::PourWork() {
  const microseconds clock = coordinator_.Clock();
  const double speed = coordinator_.scheduler().Pool(clock).speed;
  made_.clear();
  clients_.Pour(static_cast<Cost>(speed * 500e3), clock, made_);
  for (const CallId call : made_) coordinator_.Arrive(call);
  empty_by_ = microseconds(0);
  Enter(Phase::kQueueEmpties);
}

void World::WatchQueue() {
  Scheduler& scheduler = coordinator_.scheduler();
  const Cost queued =
      scheduler.queued_cost(QueueKind::kUrgent) + scheduler.queued_cost(QueueKind::kPatient);
  if (empty_by_ == microseconds(0)) {
    const PoolView pool = scheduler.Pool(coordinator_.Clock());
    if (pool.speed <= 0) return failures_.Fail(17, "all workers are back and none counts");
    const double work = 1.2 * Slowdown() * static_cast<double>(queued) / pool.speed;
    empty_by_ = time_.now() + pool.running + microseconds(static_cast<std::int64_t>(work)) +
                2 * pool.BatchTime(0) + pool.round_trip + 2 * kLook;
  }
  if (queued == 0) return HangUp(Phase::kCallsEnd);
  if (time_.now() <= empty_by_) return;
  failures_.Fail(17, "a cost of " + std::to_string(queued) + " is still queued");
}

// Whoever still waits has waited long enough.
void World::HangUp(Phase next) {
  for (CallId call = 1; call <= clients_.count(); ++call) {
    if (!clients_.At(call).ended) coordinator_.Cancel(call);
  }
  ended_by_ = time_.now() + kLastAnswers;
  Enter(next);
}

bool World::AllEnded() const {
  for (CallId call = 1; call <= clients_.count(); ++call) {
    if (!clients_.At(call).ended) return false;
  }
  return true;
}

}  // namespace shoal::sim
