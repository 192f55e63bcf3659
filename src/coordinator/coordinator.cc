#include "coordinator/coordinator.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "base/rng.h"
#include "tokenizer/prompt.h"

namespace shoal {
namespace {

using std::chrono::microseconds;
using std::chrono::steady_clock;

constexpr std::size_t kPoolJobs = 256;
constexpr std::size_t kTokenJobs = 16;
// Info may be this old, unless a worker came or went.
constexpr microseconds kPublicationPeriod{200'000};
// The view of the queue that admission goes by while calls are queued may be this old.
constexpr microseconds kSnapshotPeriod{10'000};

Refusal Overloaded() {
  return {.verdict = Verdict::kOverloaded,
          .message = "more requests arrive than can be queued",
          .retry_after = std::chrono::milliseconds(250)};
}

std::size_t PoolThreads() { return std::clamp(std::thread::hardware_concurrency() / 2, 1u, 4u); }

}  // namespace

Coordinator::Coordinator(CoordinatorOptions options, Tokenizer tokenizer, const Clock& clock,
                         EventLoop<CoreEvent>& loop)
    : options_(std::move(options)),
      tokenizer_(std::move(tokenizer)),
      fingerprinter_(RandomSeed()),
      clock_(clock),
      gate_({.max_tokens = static_cast<std::uint32_t>(tokenizer_.max_tokens()),
             .attention_cost = options_.core.scheduler.attention_cost}),
      demand_(RandomSeed()),
      loop_(loop),
      core_(CoreOptionsWithDemand()),
      info_(std::make_shared<const ServiceInfo>(
          ServiceInfo{.version = options_.core.version,
                      .model = options_.core.model,
                      .coordinator_id = options_.core.coordinator_id})),
      pool_(PoolThreads(), kPoolJobs),
      token_pool_(1, kTokenJobs) {
  loop_.Run([this](std::vector<CoreEvent>& events) { return Step(events); });
}

Coordinator::~Coordinator() { Stop(); }

CallId Coordinator::NewCallId() { return next_call_.fetch_add(1, std::memory_order_relaxed); }

std::variant<std::string, Refusal> Coordinator::PromptFor(const std::string& prompt_name) const {
  PromptChoice choice = FindPrompt(options_.prompts, options_.default_prompt_name, prompt_name);
  if (choice.text) return *std::move(choice.text);
  return Refusal{.verdict = Verdict::kUnknownPrompt,
                 .message = "prompt_name '" + choice.name + "' is unknown; the model has " +
                            (choice.known.empty() ? "none" : choice.known)};
}

CoreOptions Coordinator::CoreOptionsWithDemand() {
  CoreOptions options = options_.core;
  options.demand = &demand_;
  return options;
}

Refusal Coordinator::Refused(microseconds now, const Demand::Call& call, Refusal refusal) {
  demand_.Refused(now, call);
  return refusal;
}

Refusal Coordinator::NotTaken() const { return stopped_ ? Leaving() : Overloaded(); }

std::optional<Refusal> Coordinator::Start(CallId id, EmbedRequest request, ReplySink& sink) {
  auto chosen = PromptFor(request.prompt_name);
  if (auto* refusal = std::get_if<Refusal>(&chosen)) return std::move(*refusal);
  const std::string& prompt = std::get<std::string>(chosen);
  const microseconds now = Now();
  CallArrived arrived{.id = id,
                      .sink = &sink,
                      .arrival = now,
                      .priority = request.priority,
                      .client = request.client,
                      .trace = request.trace};
  arrived.deadline =
      request.deadline
          ? std::chrono::duration_cast<microseconds>(request.deadline->time_since_epoch())
          : now + options_.default_deadline;
  arrived.demand = demand_.Arrived(now, request, prompt.size());
  const Demand::Call demand = arrived.demand;
  if (auto refusal = gate_.Check(
          request,
          {.now = now, .deadline = arrived.deadline, .prompt_bytes = prompt.size(), .call = id})) {
    return Refused(now, demand, *std::move(refusal));
  }
  if (demand.bytes <= kSmallRequest) {
    const microseconds begun = Now();
    arrived.texts = TokenizeTexts(tokenizer_, fingerprinter_, prompt, request);
    arrived.tokenize = Now() - begun;
    if (!loop_.TryPost(std::move(arrived))) return Refused(now, demand, NotTaken());
    return std::nullopt;
  }
  // Arrived first, so that a cancel finds the call; from here on the call ends by Finish only.
  if (!loop_.TryPost(std::move(arrived))) return Refused(now, demand, NotTaken());
  auto shared = std::make_shared<EmbedRequest>(std::move(request));
  const bool taken = pool_.TryRun([this, id, prompt, shared] {
    const microseconds begun = Now();
    TokenizedTexts texts = TokenizeTexts(tokenizer_, fingerprinter_, prompt, *shared);
    loop_.Post(CallTokenized{.id = id, .texts = std::move(texts), .tokenize = Now() - begun});
  });
  if (!taken) {
    TokenizedTexts none;
    none.refusal = Overloaded();
    loop_.Post(CallTokenized{.id = id, .texts = std::move(none)});
  }
  return std::nullopt;
}

void Coordinator::Cancel(CallId id) { loop_.Post(CallCancelled{.id = id}); }

std::optional<Refusal> Coordinator::Tokenize(TokenizeRequest request, TokenizeHandler::Done done) {
  auto chosen = PromptFor(request.prompt_name);
  if (auto* refusal = std::get_if<Refusal>(&chosen)) return std::move(*refusal);
  const CallId id = NewCallId();
  if (!loop_.TryPost(TokensAsked{.id = id, .done = std::move(done)})) return NotTaken();
  auto shared = std::make_shared<const TokenizeRequest>(std::move(request));
  const bool taken = token_pool_.TryRun(
      [this, id, prompt = std::get<std::string>(std::move(chosen)), shared = std::move(shared)] {
        if (stopped_) return;  // who asked was told so
        loop_.Post(TokensMade{.id = id, .outcome = LocateTokens(tokenizer_, prompt, *shared)});
      });
  if (!taken) loop_.Post(TokensMade{.id = id, .outcome = Overloaded()});
  return std::nullopt;
}

ServiceInfo Coordinator::Info() {
  std::shared_ptr<const ServiceInfo> info;
  {
    MutexLock lock(mutex_);
    info = info_;
  }
  return *info;
}

void Coordinator::SetWorkerDrained(std::string worker_id, bool drained,
                                   OperatorHandler::Done done) {
  auto shared = std::make_shared<OperatorHandler::Done>(std::move(done));
  const bool pushed =
      loop_.Post(OperatorAsked{.worker_id = std::move(worker_id),
                               .drained = drained,
                               .done = [shared](const Status& status) { (*shared)(status); }});
  if (!pushed) (*shared)(UnavailableError("the coordinator is shutting down"));
}

void Coordinator::Opened(AttachmentId id, std::shared_ptr<WorkerAttachment> attachment) {
  loop_.Post(AttachmentOpened{.id = id, .attachment = std::move(attachment)});
}

void Coordinator::Message(AttachmentId id, WorkerMessage message) {
  loop_.Post(AttachmentMessage{.id = id, .message = std::move(message)});
}

void Coordinator::Closed(AttachmentId id, Status why) {
  loop_.Post(AttachmentClosed{.id = id, .why = std::move(why)});
}

void Coordinator::BeginDrain() { loop_.Post(DrainBegins{}); }

bool Coordinator::WaitUntilDrained(steady_clock::time_point until) {
  MutexLock lock(mutex_);
  while (!drained_) {
    if (!changed_.WaitUntil(mutex_, until)) return drained_;
  }
  return true;
}

void Coordinator::Stop() {
  if (stopped_.exchange(true)) return;
  loop_.Post(StopNow{});
  loop_.Stop();
  Publish();
}

microseconds Coordinator::Now() const {
  return std::chrono::duration_cast<microseconds>(clock_.Now().time_since_epoch());
}

steady_clock::time_point Coordinator::Step(std::vector<CoreEvent>& events) {
  const microseconds now = Now();
  core_.Step(now, events);
  if (core_.idle_after_drain()) SetDrained();
  PublishIfDue(now);
  if (now >= next_snapshot_) {
    gate_.Publish(now, core_.TakeSnapshot(now));
    next_snapshot_ = now + kSnapshotPeriod;
  }
  for (const auto& answer : core_.TakeAnswers()) answer();
  microseconds next = core_.NextWakeUp();
  if (core_.queued_items() > 0) next = std::min(next, next_snapshot_);
  return steady_clock::time_point(next);
}

void Coordinator::SetDrained() {
  {
    MutexLock lock(mutex_);
    drained_ = true;
  }
  changed_.NotifyAll();
}

void Coordinator::PublishIfDue(microseconds now) {
  const bool changed = core_.workers_version() != published_workers_;
  if (!changed && now < next_publication_) return;
  Publish();
  published_workers_ = core_.workers_version();
  // Who counts by seconds finds at the end of each what was done until then.
  const microseconds next_second =
      std::chrono::floor<std::chrono::seconds>(now) + std::chrono::seconds(1);
  next_publication_ = std::min(now + kPublicationPeriod, next_second);
  if (changed && options_.workers_changed) options_.workers_changed();
}

void Coordinator::Publish() {
  auto shared = std::make_shared<const ServiceInfo>(core_.Info());
  CoordinatorFigures figures = core_.Figures(Now());
  figures.refused_early = gate_.refused();
  MutexLock lock(mutex_);
  info_ = std::move(shared);
  figures_ = figures;
}

CoordinatorFigures Coordinator::Figures() {
  MutexLock lock(mutex_);
  return figures_;
}

}  // namespace shoal
