// Who may come in. The rules are objects of their own; here they are asked in their order.
#include "scheduler/scheduler.h"

#include <algorithm>

#include "base/check.h"

namespace shoal {

using std::chrono::milliseconds;

namespace {

// What a client's share of a queue is reckoned over.
constexpr microseconds kUrgentHorizon{1'000'000};
constexpr microseconds kPatientHorizon{240'000'000};

FinishCall Refused(CallId call, Verdict verdict, std::string_view why) {
  return {.call = call, .verdict = verdict, .why = why};
}

}  // namespace

QueueKind Scheduler::KindOf(const CallOffered& event) const {
  if (event.priority == Priority::kBulk) return QueueKind::kBulk;
  return IsUrgent(event.deadline - now_, event.priority) ? QueueKind::kUrgent : QueueKind::kPatient;
}

std::optional<FinishCall> Scheduler::RefuseUnseen(const CallOffered& event) {
  std::optional<FinishCall> refusal;
  const bool banned =
      !poison_.empty() &&
      std::any_of(event.fingerprints.begin(), event.fingerprints.end(),
                  [this](std::uint64_t text) { return poison_.Banned(now_, text); });
  if (draining_) {
    refusal = Refused(event.call, Verdict::kDraining, "the coordinator is shutting down");
    refusal->retry_after = kRetryLater;
  } else if (banned) {
    refusal = Refused(event.call, Verdict::kPoisonInput, PoisonTable::kWhyBanned);
  } else if (!has_live_worker_ && undecided_ >= options_.max_waiting_without_worker) {
    refusal = Refused(event.call, Verdict::kNoWorkers,
                      "no worker is there and as many requests as allowed wait for one");
    refusal->found = static_cast<std::int64_t>(undecided_);
    refusal->limit = static_cast<std::int64_t>(options_.max_waiting_without_worker);
    refusal->retry_after = kRetryLater;
  } else if (!has_live_worker_ && queued_bytes_ + event.bytes > options_.max_queued_bytes) {
    refusal = Refused(event.call, Verdict::kOverloaded, "the queue is full: bytes");
    refusal->found = static_cast<std::int64_t>(queued_bytes_ + event.bytes);
    refusal->limit = static_cast<std::int64_t>(options_.max_queued_bytes);
    refusal->retry_after = kRetryLater;
  }
  if (refusal) refusal->queue = KindOf(event);
  return refusal;
}

Call& Scheduler::AddCall(const CallOffered& event) {
  Call& call = calls_.Add(event.call);
  call.deadline = event.deadline;
  call.arrived = now_;
  call.bytes = event.bytes;
  call.priority = event.priority;
  call.kind = KindOf(event);
  call.client_key = event.client;
  call.first_item = next_item_;
  call.open = event.lengths.size();
  call.deadline_key = deadlines_.Push(event.deadline, event.call);
  ++counters_.deadlines_armed;
  next_item_ += event.lengths.size();
  call.items.reserve(event.lengths.size());
  for (std::size_t i = 0; i < event.lengths.size(); ++i) {
    Item& item = call.items.emplace_back();
    item.call = &call;
    item.index = static_cast<std::uint32_t>(i);
    item.length = event.lengths[i];
    item.cost = CostOf(item.length, options_.attention_cost);
    if (!event.fingerprints.empty()) item.fingerprint = event.fingerprints[i];
    item.alone = !poison_.empty() && poison_.blame(now_, item.fingerprint) > 0;
    call.cost += item.cost;
    call.longest_text = std::max(call.longest_text, item.cost);
  }
  return call;
}

void Scheduler::AdmitOrRefuse(Call& call) {
  const PoolView pool = workers_.View(now_);
  SetPlace(call);
  const Decision decision = Decide(call, pool);
  if (decision.verdict != Verdict::kOk) {
    Finish(call, {.verdict = decision.verdict,
                  .why = decision.why,
                  .found = decision.found,
                  .limit = decision.limit,
                  .retry_after = decision.retry_after > microseconds(0)
                                     ? RetryHint(decision.retry_after, rng_)
                                     : milliseconds(0)});
    return;
  }
  ++counters_.calls_admitted;
  call.admitted = true;
  SetLatestStart(call, pool, decision.guard);
  for (Item& item : call.items) Enqueue(call, item);
}

// Its place in its queue, and whose share it counts against.
void Scheduler::SetPlace(Call& call) {
  if (call.kind != QueueKind::kBulk) {
    call.client = clients_.See(now_, call.client_key, static_cast<std::size_t>(call.kind));
  }
  microseconds key = call.deadline;
  if (call.priority == Priority::kHigh) key = call.arrived;
  if (call.kind == QueueKind::kBulk) key = microseconds(0);  // first come, first served
  const std::int64_t bucket = RingOf(call).BucketOf(key);
  for (Item& item : call.items) item.bucket = bucket;
}

void Scheduler::DecideWaiting() {
  for (Call* call = calls_.oldest(); call != nullptr && undecided_ > 0;) {
    Call* const newer = call->newer;
    if (call->waiting) {
      EndWaiting(*call);
      AdmitOrRefuse(*call);
    }
    call = newer;
  }
}

Scheduler::Decision Scheduler::Decide(const Call& call, const PoolView& pool) {
  CHECK(pool.speed > 0, "decided only while a worker is live");
  best_pool_.Note(now_, pool);
  const Candidate candidate = {.cost = call.cost,
                               .longest_text = call.longest_text,
                               .until_deadline = call.deadline - now_,
                               .urgent = call.kind == QueueKind::kUrgent};
  const bool bulk = call.kind == QueueKind::kBulk;
  if (!bulk) {
    if (Decision hopeless = DecideFeasible(candidate); hopeless.verdict != Verdict::kOk) {
      return hopeless;
    }
  }
  const std::size_t items = queued_items() + call.items.size();
  const std::size_t bytes = queued_bytes_ + call.bytes;
  const QueueOutlook outlook = OutlookOf(call, pool);
  const auto whole_queue = RoundUp(static_cast<double>(RingOf(call).cost()) / outlook.speed);
  if (items > options_.max_queued_items) {
    return {.verdict = Verdict::kOverloaded,
            .why = "the queue is full: texts",
            .found = static_cast<std::int64_t>(items),
            .limit = static_cast<std::int64_t>(options_.max_queued_items),
            .retry_after = std::max(microseconds(1), whole_queue)};
  }
  if (bytes > options_.max_queued_bytes) {
    return {.verdict = Verdict::kOverloaded,
            .why = "the queue is full: bytes",
            .found = static_cast<std::int64_t>(bytes),
            .limit = static_cast<std::int64_t>(options_.max_queued_bytes),
            .retry_after = std::max(microseconds(1), whole_queue)};
  }
  if (bulk) return {};
  if (Decision over = DecideShare(call, pool, outlook.speed); over.verdict != Verdict::kOk) {
    return over;
  }
  const AdmissionAnswer answer = Admit(candidate, pool, outlook);
  if (answer.admission != Admission::kAdmit &&
      !(Bug(PlantedBug::kGuardSkipped) && answer.admission == Admission::kOverloaded &&
        answer.retry_after <= Guard(candidate.until_deadline, candidate.until_deadline))) {
    return {.verdict = Verdict::kOverloaded,
            .why = "what is queued before it leaves it too little time",
            .retry_after = answer.retry_after};
  }
  const microseconds shortfall = RingOf(call).RoomShortfall(
      {.bucket = call.items.front().bucket,
       .cost = call.cost,
       .high = call.priority == Priority::kHigh,
       .start = now_ + pool.running,
       .speed = outlook.speed,
       .batch_cost = budget_,
       .ahead = call.kind == QueueKind::kPatient ? AheadOfPatient() : 0});
  if (shortfall > microseconds(0) && !Bug(PlantedBug::kRoomSkipped)) {
    return {.verdict = Verdict::kOverloaded,
            .why = "requests that were admitted before would come too late",
            .retry_after = shortfall};
  }
  return {.guard = answer.guard};
}

Scheduler::Decision Scheduler::DecideFeasible(const Candidate& candidate) const {
  const PoolView best = best_pool_.Best(now_);
  const microseconds own = OwnTime(candidate, best, best.speed, Start::kAtOnce);
  if (own > candidate.until_deadline) {
    return {.verdict = Verdict::kDeadlineUnserviceable,
            .why = "even an idle pool needs longer than the deadline leaves: ms",
            .found = (own.count() + 999) / 1000,
            .limit = std::max<std::int64_t>(1, candidate.until_deadline.count() / 1000)};
  }
  return {};
}

Scheduler::Decision Scheduler::DecideShare(const Call& call, const PoolView& pool, double speed) {
  const auto queue = static_cast<std::size_t>(call.kind);
  const int clients = clients_.Seen(now_, queue);
  if (clients < 2 || Bug(PlantedBug::kElephantUnlimited)) return {};
  const bool urgent = call.kind == QueueKind::kUrgent;
  const Cost excess = ExcessOfShare({.queued = clients_.queued(call.client, queue),
                                     .cost = call.cost,
                                     .least = budget_ * pool.lanes,
                                     .speed = speed,
                                     .until_deadline = call.deadline - now_,
                                     .horizon = urgent ? kUrgentHorizon : kPatientHorizon,
                                     .clients = clients});
  if (excess <= 0) return {};
  return {.verdict = Verdict::kRateLimited,
          .why = "this client has its share of the queue while others wait",
          .retry_after = RoundUp(static_cast<double>(excess) * clients / speed)};
}

QueueOutlook Scheduler::SpeedsOf(QueueKind kind, const PoolView& pool) const {
  const bool urgent_waits = queued_cost(QueueKind::kUrgent) > 0;
  const bool patient_waits = queued_cost(QueueKind::kPatient) > 0;
  const bool bulk_waits = queued_cost(QueueKind::kBulk) > 0;
  const double parts = patient_share_.parts();
  const double bulk_parts = bulk_share_.parts();
  const double speed = bulk_waits ? pool.speed * (bulk_parts - 1) / bulk_parts : pool.speed;
  switch (kind) {
    case QueueKind::kUrgent: {
      const double share = patient_waits ? speed * (parts - 1) / parts : speed;
      return {.speed = share, .own_speed = share};
    }
    case QueueKind::kPatient:
      return {.speed = speed / parts, .own_speed = urgent_waits ? speed / parts : speed};
    case QueueKind::kBulk:
      break;
  }
  return {.speed = pool.speed / bulk_parts, .own_speed = pool.speed / bulk_parts};
}

QueueOutlook Scheduler::OutlookOf(const Call& call, const PoolView& pool) const {
  QueueOutlook outlook = SpeedsOf(call.kind, pool);
  const std::int64_t bucket = call.items.front().bucket;
  outlook.ahead = rings_[static_cast<std::size_t>(call.kind)].CostThrough(
      Bug(PlantedBug::kOwnBucketLeftOut) ? bucket - 1 : bucket);
  if (call.kind == QueueKind::kPatient) outlook.ahead += AheadOfPatient();
  return outlook;
}

Cost Scheduler::AheadOfPatient() const {
  if (queued_cost(QueueKind::kPatient) > 0) return std::max<Cost>(0, -patient_share_.balance());
  return queued_cost(QueueKind::kUrgent) / patient_share_.parts();
}

void Scheduler::SetLatestStart(Call& call, const PoolView& pool, microseconds guard) {
  const microseconds last = call.deadline - pool.BatchTime(call.longest_text) - pool.round_trip;
  for (Item& item : call.items) {
    item.latest = {.normal = last - guard / 2, .high = last - guard / 3};
  }
}

void Scheduler::TakeSnapshot(microseconds now, QueueSnapshot& snapshot) {
  snapshot.pool = workers_.View(now);
  if (snapshot.pool.speed <= 0) return;
  for (const QueueKind kind : {QueueKind::kUrgent, QueueKind::kPatient}) {
    const bool urgent = kind == QueueKind::kUrgent;
    const QueueRing& ring = rings_[static_cast<std::size_t>(kind)];
    QueueOutline& outline = urgent ? snapshot.urgent : snapshot.patient;
    const QueueOutlook outlook = SpeedsOf(kind, snapshot.pool);
    outline.first_bucket = ring.first_bucket();
    outline.width = ring.width();
    outline.speed = outlook.speed;
    outline.own_speed = outlook.own_speed;
    outline.ahead = urgent ? 0 : AheadOfPatient();
    Cost through = 0;
    for (std::int64_t i = 0; i < QueueRing::kBuckets; ++i) {
      through += ring.bucket_cost(ring.first_bucket() + i);
      outline.through[static_cast<std::size_t>(i)] = through;
    }
  }
}

}  // namespace shoal
