#include "coordinator/core.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace shoal {
namespace {

using std::chrono::microseconds;

// Of a call of `texts` texts: all of them, in order.
bool IsWholeCall(std::span<const SentItem> items, std::size_t texts) {
  if (items.size() != texts) return false;
  for (std::size_t i = 0; i < texts; ++i) {
    if (items[i].call != items[0].call || items[i].text_index != i) return false;
  }
  return true;
}

}  // namespace

Core::Core(CoreOptions options) : options_(std::move(options)), scheduler_(options_.scheduler) {}

void Core::Step(microseconds now, std::vector<CoreEvent>& events) {
  const bool had_stopped = stopping_;  // then the scheduler still knows calls that are answered
  scheduler_events_.clear();
  for (CoreEvent& event : events) {
    std::visit([this, now](auto& what) { Handle(now, what); }, event);
  }
  if (!had_stopped) {
    scheduler_.Step(now, scheduler_events_, actions_);
    if (options_.stepped) options_.stepped(now, scheduler_events_, actions_);
    Act(now);
  }
  while (!returned_.empty()) spare_batches_.Keep(returned_.extract(returned_.begin()));
  results_.clear();
  removed_.clear();
  if (stopping_) FinishAll();
  if (now >= next_heartbeat_) SendHeartbeats(now);
}

microseconds Core::NextWakeUp() const {
  const std::optional<microseconds> scheduled = scheduler_.NextWakeUp();
  return scheduled ? std::min(*scheduled, next_heartbeat_) : next_heartbeat_;
}

void Core::Handle(microseconds now, CallArrived& event) {
  Call& call = spare_calls_.Insert(calls_, event.id);
  call.sink = event.sink;
  call.arrival = event.arrival;
  call.deadline = event.deadline;
  call.priority = event.priority;
  call.client = event.client;
  call.trace = event.trace;
  call.demand = event.demand;
  if (!event.texts) return;
  call.texts = std::move(event.texts);
  OnTexts(now, event.id, call, event.tokenize);
}

void Core::Handle(microseconds now, CallTokenized& event) {
  const auto found = calls_.find(event.id);
  if (found == calls_.end()) return;  // cancelled meanwhile
  found->second.texts = std::move(event.texts);
  OnTexts(now, event.id, found->second, event.tokenize);
}

void Core::Handle(microseconds, const CallCancelled& event) {
  const auto found = calls_.find(event.id);
  if (found == calls_.end()) return;
  if (found->second.texts) {
    scheduler_events_.push_back(CallWithdrawn{.call = event.id});
  } else {
    Finish(event.id,
           Refusal{.verdict = Verdict::kCancelled, .message = "the client cancelled the call"});
  }
}

void Core::Handle(microseconds, TokensAsked& event) {
  if (draining_) {
    Answer(std::move(event.done), Leaving());
  } else {
    token_calls_.emplace(event.id, std::move(event.done));
  }
}

void Core::Handle(microseconds, TokensMade& event) {
  auto call = token_calls_.extract(event.id);
  if (!call.empty()) Answer(std::move(call.mapped()), std::move(event.outcome));
}

void Core::Answer(TokenizeHandler::Done done, TokenizeOutcome outcome) {
  answers_.emplace_back([done = std::move(done), outcome = std::move(outcome)]() mutable {
    done(std::move(outcome));
  });
}

void Core::Handle(microseconds, const DrainBegins&) {
  scheduler_events_.push_back(BeginDrain{});
  draining_ = true;
}

void Core::Handle(microseconds, const StopNow&) { stopping_ = true; }

void Core::OnTexts(microseconds now, CallId id, Call& call, microseconds tokenize) {
  call.work.timing.tokenize_us = tokenize.count();
  for (const std::uint32_t length : call.texts->lengths) call.work.tokens += length;
  if (call.texts->refusal) {
    if (options_.demand != nullptr && call.texts->refusal->retry_after.count() > 0) {
      options_.demand->Refused(now, call.demand);
    }
    Finish(id, *std::move(call.texts->refusal));
    return;
  }
  if (options_.demand != nullptr) {
    Cost cost = 0;
    for (const std::uint32_t length : call.texts->lengths) {
      cost += CostOf(length, options_.scheduler.attention_cost);
    }
    options_.demand->Tokenized(now, call.demand, cost);
  }
  scheduler_events_.push_back(CallOffered{.call = id,
                                          .deadline = call.deadline,
                                          .lengths = call.texts->lengths,
                                          .bytes = call.texts->bytes(),
                                          .priority = call.priority,
                                          .client = call.client,
                                          .fingerprints = call.texts->fingerprints});
}

void Core::FinishAll() {
  std::vector<CallId> open;
  for (const auto& [id, call] : calls_) open.push_back(id);
  for (const CallId id : open) Finish(id, Leaving());
  for (auto& [id, done] : std::exchange(token_calls_, {})) Answer(std::move(done), Leaving());
  for (auto& [id, worker] : workers_) {
    if (std::exchange(worker.dismissed, true)) continue;
    worker.attachment->Send(Goodbye{});
    worker.attachment->Close();
  }
}

void Core::Act(microseconds now) {
  for (const SchedulerAction& action : actions_) {
    std::visit([&](const auto& what) { Do(now, what); }, action);
  }
}

void Core::Do(microseconds now, const SendBatch& action) {
  Batch batch{.id = action.batch, .lane = action.lane};
  std::size_t tokens = 0;
  for (const SentItem& item : action.items) tokens += item.length;
  batch.items.reserve(action.items.size());
  batch.token_ids.reserve(tokens);
  for (const SentItem& item : action.items) {
    batch.items.push_back({.id = item.id,
                           .attempt = item.attempt,
                           .remaining_us = item.remaining_us,
                           .length = item.length});
    if (item.call == kNoCall) {  // any text does, if only it has this length
      batch.token_ids.resize(batch.token_ids.size() + item.length, 0);
      continue;
    }
    Call& call = calls_.at(item.call);
    const std::int32_t* ids = call.texts->ids.data() + call.texts->offsets[item.text_index];
    batch.token_ids.insert(batch.token_ids.end(), ids, ids + item.length);
    call.last_sent = now;
  }
  Worker& worker = workers_.at(action.attachment);
  SentBatch& sent = spare_batches_.Insert(worker.sent, batch.id);
  sent.tokens = static_cast<std::uint32_t>(tokens);
  NoteSent(now, action, sent);
  batch.trace = sent.trace;
  const auto call = calls_.find(action.items.front().call);  // none: kNoCall
  sent.is_whole_call =
      call != calls_.end() && IsWholeCall(action.items, call->second.texts->lengths.size());
  worker.attachment->Send(std::move(batch));
  if (action.reason == SendReason::kSecondAttempt && options_.second_attempt) {
    options_.second_attempt(worker.info);
  }
}

void Core::NoteSent(microseconds now, const SendBatch& action, SentBatch& sent) const {
  sent.sent = now;
  sent.predicted = action.predicted;
  CallId last = kNoCall;
  for (const SentItem& item : action.items) {
    if (item.call == std::exchange(last, item.call) || item.call == kNoCall) continue;
    const TraceContext& trace = calls_.at(item.call).trace;
    if (trace.exists()) sent.traces.push_back(trace);
  }
  const bool is_sampled = std::any_of(sent.traces.begin(), sent.traces.end(),
                                      [](const TraceContext& trace) { return trace.is_sampled; });
  if (is_sampled && options_.new_trace) sent.trace = options_.new_trace();
}

void Core::Do(microseconds now, const ItemDone& action) {
  Call& call = calls_.at(action.call);
  SentBatch& batch = returned_.at(action.batch);
  BatchResult& result = batch.returned->result;
  EmbedReply& reply = call.reply;
  const std::size_t size = static_cast<std::size_t>(options_.model.dim) * sizeof(float);
  const std::size_t whole = size * call.texts->lengths.size();
  if (batch.is_whole_call && reply.vectors.empty() && result.vectors.size() == whole) {
    reply.vectors = std::move(result.vectors);
    batch.is_given = true;
  } else if (!batch.is_given) {
    reply.vectors.resize(whole);
    reply.vectors.replace(size * action.text_index, size, result.vectors,
                          size * action.vector_index, size);
  }
  EmbedTiming& timing = call.work.timing;
  timing.compute_us = std::max(timing.compute_us, result.execution_us);
  timing.dispatch_us =
      std::max<std::int64_t>(0, (now - call.last_sent).count() - timing.compute_us);
  NoteDone(batch, call.work);
}

void Core::NoteDone(const SentBatch& batch, CallWork& work) {
  const auto& worker = batch.returned->worker;
  if (std::find(work.workers.begin(), work.workers.end(), worker) == work.workers.end()) {
    work.workers.push_back(worker);
  }
  if (!batch.trace.exists()) return;
  // Its items come one after the other.
  const bool is_noted = !work.batches.empty() && work.batches.back().span_id == batch.trace.span_id;
  if (!is_noted) work.batches.push_back(batch.trace);
}

void Core::Do(microseconds now, const FinishCall& action) {
  Call& call = calls_.at(action.call);
  EmbedTiming& timing = call.work.timing;
  if (call.last_sent > microseconds(0)) timing.queue_us = (call.last_sent - call.arrival).count();
  timing.total_us = (now - call.arrival).count();
  call.work.attempts = action.attempts;
  call.work.queue = Name(action.queue);
  if (options_.demand != nullptr && !action.admitted && action.retry_after.count() > 0) {
    options_.demand->Refused(now, call.demand);
  }
  if (action.verdict != Verdict::kOk) {
    Finish(action.call, Refusal{.verdict = action.verdict,
                                .message = MessageOf(action),
                                .retry_after = action.retry_after});
    return;
  }
  EmbedReply reply = std::move(call.reply);
  reply.dim = options_.model.dim;
  reply.token_counts = std::move(call.texts->lengths);
  reply.truncated = call.texts->truncated;
  Finish(action.call, std::move(reply));
}

void Core::Finish(CallId id, EmbedOutcome outcome) {
  const auto found = calls_.find(id);
  CHECK(found != calls_.end(), "a call is finished once");
  ReplySink* sink = found->second.sink;
  const CallWork work = std::move(found->second.work);
  spare_calls_.Keep(calls_.extract(found));
  sink->Finish(std::move(outcome), work);
}

}  // namespace shoal
