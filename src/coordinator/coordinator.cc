#include "coordinator/coordinator.h"

#include <algorithm>
#include <utility>

#include "base/rng.h"

namespace shoal {
namespace {

using std::chrono::microseconds;
using std::chrono::steady_clock;

constexpr std::size_t kInbox = 65'536;
constexpr std::size_t kPoolJobs = 256;
// Info may be this old, unless a worker came or went.
constexpr microseconds kPublicationPeriod{200'000};
// The view of the queue that newcomers are judged by while calls are queued may be this old.
constexpr microseconds kSnapshotPeriod{10'000};

std::size_t PoolThreads() { return std::clamp(std::thread::hardware_concurrency() / 2, 1u, 4u); }

}  // namespace

Coordinator::Coordinator(CoordinatorOptions options, Tokenizer tokenizer, const Clock& clock)
    : options_(std::move(options)),
      tokenizer_(std::move(tokenizer)),
      fingerprinter_(RandomSeed()),
      clock_(clock),
      gate_({.max_tokens = static_cast<std::uint32_t>(tokenizer_.max_tokens()),
             .attention_cost = options_.core.scheduler.attention_cost}),
      inbox_(kInbox),
      info_(std::make_shared<const ServiceInfo>(
          ServiceInfo{.version = options_.core.version,
                      .model = options_.core.model,
                      .coordinator_id = options_.core.coordinator_id})),
      pool_(PoolThreads(), kPoolJobs),
      owner_([this] { Run(); }) {}

Coordinator::~Coordinator() { Stop(); }

CallId Coordinator::NewCallId() { return next_call_.fetch_add(1, std::memory_order_relaxed); }

std::optional<Refusal> Coordinator::Check(const EmbedRequest& request) const {
  const std::string& served = options_.core.model.name;
  if (!request.model.empty() && request.model != served &&
      request.model != "sentence-transformers/" + served) {
    return Refusal{
        .verdict = Verdict::kModelNotFound,
        .message = "model '" + request.model + "' is not served here; '" + served + "' is"};
  }
  if (!request.prompt_name.empty() && !options_.prompts.contains(request.prompt_name)) {
    std::string known;
    for (const auto& [name, text] : options_.prompts) known += (known.empty() ? "" : ", ") + name;
    return Refusal{.verdict = Verdict::kUnknownPrompt,
                   .message = "prompt_name '" + request.prompt_name +
                              "' is unknown; the model has " + (known.empty() ? "none" : known)};
  }
  return std::nullopt;
}

std::optional<Refusal> Coordinator::Start(CallId id, EmbedRequest request, ReplySlot& slot) {
  if (auto refusal = Check(request)) return refusal;
  const Refusal overloaded{.verdict = Verdict::kOverloaded,
                           .message = "more requests arrive than can be queued",
                           .retry_after = std::chrono::milliseconds(250)};
  const microseconds now = Now();
  CallArrived arrived{.id = id,
                      .slot = &slot,
                      .arrival = now,
                      .priority = request.priority,
                      .client = request.client};
  arrived.deadline =
      request.deadline
          ? std::chrono::duration_cast<microseconds>(request.deadline->time_since_epoch())
          : now + options_.default_deadline;
  const std::string& prompt_name =
      request.prompt_name.empty() ? options_.default_prompt_name : request.prompt_name;
  const auto found = options_.prompts.find(prompt_name);
  const std::string prompt = found == options_.prompts.end() ? "" : found->second;

  if (auto refusal = gate_.Check(
          request,
          {.now = now, .deadline = arrived.deadline, .prompt_bytes = prompt.size(), .call = id})) {
    return refusal;
  }
  std::size_t bytes = 0;
  for (const std::string& text : request.texts) bytes += text.size() + prompt.size();
  if (bytes <= kSmallRequest) {
    arrived.texts =
        TokenizeTexts(tokenizer_, fingerprinter_, prompt, request.texts, request.truncate);
    if (!inbox_.TryPush(std::move(arrived))) return overloaded;
    return std::nullopt;
  }
  // Arrived first, so that a cancel finds the call; from here on the call ends by Finish only.
  if (!inbox_.TryPush(std::move(arrived))) return overloaded;
  auto shared = std::make_shared<EmbedRequest>(std::move(request));
  const bool taken = pool_.TryRun([this, id, prompt, shared] {
    inbox_.PushAlways(CallTokenized{.id = id,
                                    .texts = TokenizeTexts(tokenizer_, fingerprinter_, prompt,
                                                           shared->texts, shared->truncate)});
  });
  if (!taken) {
    TokenizedTexts none;
    none.refusal = overloaded;
    inbox_.PushAlways(CallTokenized{.id = id, .texts = std::move(none)});
  }
  return std::nullopt;
}

void Coordinator::Cancel(CallId id) { inbox_.PushAlways(CallCancelled{.id = id}); }

ServiceInfo Coordinator::Info() {
  std::shared_ptr<const ServiceInfo> info;
  {
    MutexLock lock(mutex_);
    info = info_;
  }
  return *info;
}

void Coordinator::SetWorkerDrained(std::string worker_id, bool drained, Done done) {
  auto shared = std::make_shared<Done>(std::move(done));
  const bool pushed = inbox_.PushAlways(
      OperatorAsked{.worker_id = std::move(worker_id),
                    .drained = drained,
                    .done = [shared](const Status& status) { (*shared)(status); }});
  if (!pushed) (*shared)(UnavailableError("the coordinator is shutting down"));
}

void Coordinator::Opened(AttachId id, std::shared_ptr<WorkerStream> stream) {
  inbox_.PushAlways(StreamOpened{.id = id, .stream = std::move(stream)});
}

void Coordinator::Message(AttachId id, WorkerMessage message) {
  inbox_.PushAlways(StreamMessage{.id = id, .message = std::move(message)});
}

void Coordinator::Closed(AttachId id) { inbox_.PushAlways(StreamClosed{.id = id}); }

void Coordinator::BeginDrain() { inbox_.PushAlways(DrainBegins{}); }

bool Coordinator::WaitUntilDrained(steady_clock::time_point until) {
  MutexLock lock(mutex_);
  while (!drained_) {
    if (!changed_.WaitUntil(mutex_, until)) return drained_;
  }
  return true;
}

void Coordinator::Stop() {
  if (stopped_.exchange(true)) return;
  inbox_.PushAlways(StopNow{});
  inbox_.Close();
  owner_.join();
}

microseconds Coordinator::Now() const {
  return std::chrono::duration_cast<microseconds>(clock_.Now().time_since_epoch());
}

void Coordinator::Run() {
  Core core(options_.core);
  std::vector<CoreEvent> events;
  microseconds now = Now();
  microseconds next_publication = now;
  microseconds next_snapshot = now;
  std::uint64_t published_workers = 0;
  steady_clock::time_point wake_up{now};
  while (inbox_.TakeAll(events, wake_up)) {
    now = Now();
    core.Step(now, events);
    if (core.idle_after_drain()) SetDrained();
    if (now >= next_publication || core.workers_version() != published_workers) {
      Publish(core);
      published_workers = core.workers_version();
      next_publication = now + kPublicationPeriod;
    }
    if (now >= next_snapshot) {
      gate_.Publish(now, core.TakeSnapshot(now));
      next_snapshot = now + kSnapshotPeriod;
    }
    for (const auto& answer : core.TakeAnswers()) answer();
    microseconds next = core.NextWakeUp();
    if (core.queued_items() > 0) next = std::min(next, next_snapshot);
    wake_up = steady_clock::time_point(next);
  }
  Publish(core);
}

void Coordinator::SetDrained() {
  {
    MutexLock lock(mutex_);
    drained_ = true;
  }
  changed_.NotifyAll();
}

void Coordinator::Publish(const Core& core) {
  auto shared = std::make_shared<const ServiceInfo>(core.Info());
  MutexLock lock(mutex_);
  info_ = std::move(shared);
  counters_ = core.counters();
}

SchedulerCounters Coordinator::Counters() {
  MutexLock lock(mutex_);
  return counters_;
}

}  // namespace shoal
