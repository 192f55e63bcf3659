// Each field of each event is named once, in a template Transfer(io, event): with a Writer it
// appends the field, with a Reader it fills it. So what is written and what is read cannot differ.
// Of actions only a hash is kept: replaying makes them again, and they need only be compared.
#include "scheduler/recording.h"

#include <bit>
#include <cstring>
#include <deque>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/fnv.h"

namespace shoal {
namespace {

constexpr std::string_view kMagic = "SHOALREC";
constexpr std::uint64_t kVersion = 1;
constexpr std::size_t kHashBytes = 8;

// Appends values to bytes. Has the same methods as Reader, so that Transfer below names each field
// once for both.
class Writer {
 public:
  explicit Writer(std::string& bytes) : bytes_(bytes) {}

  template <typename T>
  void Int(const T& value) {
    auto left = static_cast<std::uint64_t>(value);
    for (; left >= 0x80; left >>= 7) bytes_ += static_cast<char>(left | 0x80);
    bytes_ += static_cast<char>(left);
  }
  void Signed(const std::int64_t& value) {
    const auto bits = static_cast<std::uint64_t>(value);
    Int(value < 0 ? ~(bits << 1) : bits << 1);
  }
  template <typename Period>
  void Time(const std::chrono::duration<std::int64_t, Period>& time) {
    Signed(time.count());
  }
  void Real(const double& value) { Fixed(std::bit_cast<std::uint64_t>(value)); }
  void Text(const std::string_view& text) {
    Int(text.size());
    bytes_ += text;
  }
  template <typename T>
  void Span(const std::span<const T>& values) {
    Int(values.size());
    for (const T& value : values) Int(value);
  }
  void Fixed(std::uint64_t value) {
    for (std::size_t i = 0; i < kHashBytes; ++i) bytes_ += static_cast<char>(value >> (8 * i));
  }

 private:
  std::string& bytes_;
};

// Takes values from bytes. After a value that is not there `ok` is false and all are 0.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  bool ok() const { return ok_; }
  std::size_t left() const { return bytes_.size(); }

  template <typename T>
  void Int(T& value) {
    std::uint64_t whole = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const auto byte = static_cast<unsigned char>(Take(1)[0]);
      whole |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) break;
    }
    value = static_cast<T>(ok_ ? whole : 0);
  }
  void Signed(std::int64_t& value) {
    std::uint64_t bits = 0;
    Int(bits);
    value = static_cast<std::int64_t>((bits & 1) != 0 ? ~(bits >> 1) : bits >> 1);
  }
  template <typename Period>
  void Time(std::chrono::duration<std::int64_t, Period>& time) {
    std::int64_t count = 0;
    Signed(count);
    time = std::chrono::duration<std::int64_t, Period>(count);
  }
  void Real(double& value) { value = std::bit_cast<double>(Fixed()); }
  void Text(std::string_view& text) { text = Take(Count()); }
  template <typename T>
  void Span(std::span<const T>& values) {
    std::vector<T> read(Count());
    for (T& value : read) Int(value);
    values = std::get<std::deque<std::vector<T>>>(kept_).emplace_back(std::move(read));
  }
  std::uint64_t Fixed() {
    const std::string_view bytes = Take(kHashBytes);
    std::uint64_t value = 0;
    for (std::size_t i = 0; ok_ && i < kHashBytes; ++i) {
      value |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
    }
    return value;
  }
  // How many elements follow; each takes a byte at least.
  std::size_t Count() {
    std::size_t count = 0;
    Int(count);
    if (count > left()) ok_ = false;
    return ok_ ? count : 0;
  }
  // At least one character long, whatever is left.
  std::string_view Take(std::size_t size) {
    if (size > left()) ok_ = false;
    if (!ok_) return std::string_view("\0", 1);
    const std::string_view taken = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return taken;
  }

 private:
  std::string_view bytes_;
  bool ok_ = true;
  std::tuple<std::deque<std::vector<std::uint32_t>>, std::deque<std::vector<std::uint64_t>>,
             std::deque<std::vector<ItemStatus>>>
      kept_;  // what spans point to
};

template <typename Io, typename Options>
void TransferOptions(Io& io, Options& options) {
  io.Int(options.batch_tokens);
  io.Int(options.attention_cost);
  io.Int(options.max_queued_items);
  io.Int(options.max_queued_bytes);
  io.Time(options.no_worker_grace);
  io.Int(options.max_attempts);
  io.Int(options.max_waiting_without_worker);
  io.Int(options.seed);
  io.Int(options.second_attempts);
  io.Int(options.planted_bug);
}

// The fields of each event. `Event` is const for a Writer.
template <typename Io, typename Event>
void Transfer(Io& io, Event& event) {
  using E = std::remove_const_t<Event>;
  if constexpr (std::is_same_v<E, CallOffered>) {
    io.Int(event.call);
    io.Time(event.deadline);
    io.Span(event.lengths);
    io.Int(event.bytes);
    io.Int(event.priority);
    io.Int(event.client);
    io.Span(event.fingerprints);
  } else if constexpr (std::is_same_v<E, CallWithdrawn>) {
    io.Int(event.call);
  } else if constexpr (std::is_same_v<E, WorkerOpened>) {
    io.Int(event.attachment);
    io.Text(event.worker_id);
    io.Int(event.incarnation);
    io.Int(event.lanes);
    io.Int(event.max_batch_tokens);
    io.Int(event.max_batch_items);
    io.Real(event.alpha_us);
    io.Real(event.per_token_us);
  } else if constexpr (std::is_same_v<E, CreditGranted>) {
    io.Int(event.attachment);
    io.Span(event.granted);
  } else if constexpr (std::is_same_v<E, BatchFinished>) {
    io.Int(event.attachment);
    io.Int(event.batch);
    io.Int(event.lane);
    io.Span(event.statuses);
    io.Time(event.held);
    io.Time(event.execution);
  } else if constexpr (std::is_same_v<E, OperatorDrain> || std::is_same_v<E, OperatorResume>) {
    io.Text(event.worker_id);
  } else if constexpr (!std::is_same_v<E, BeginDrain>) {
    io.Int(event.attachment);  // heard, closed, draining
  }
}

// The alternative of that number, read; false if there is none.
template <std::size_t kIndex = 0>
bool ReadEvent(Reader& reader, std::size_t index, SchedulerEvent& event) {
  if constexpr (kIndex < std::variant_size_v<SchedulerEvent>) {
    if (index != kIndex) return ReadEvent<kIndex + 1>(reader, index, event);
    Transfer(reader, event.emplace<kIndex>());
    return reader.ok();
  }
  return false;
}

void Write(Writer& writer, const SendBatch& action) {
  writer.Int(action.attachment);
  writer.Int(action.batch);
  writer.Int(action.lane);
  writer.Int(action.reason);
  writer.Int(action.items.size());
  for (const SentItem& item : action.items) {
    writer.Int(item.id);
    writer.Int(item.call);
    writer.Int(item.text_index);
    writer.Int(item.attempt);
    writer.Signed(item.remaining_us);
    writer.Int(item.length);
  }
}
void Write(Writer& writer, const CancelSentItems& action) {
  writer.Int(action.attachment);
  writer.Span(action.items);
}
void Write(Writer& writer, const CloseWorker& action) {
  writer.Int(action.attachment);
  writer.Text(action.why);
  writer.Time(action.stay_away);
}
void Write(Writer& writer, const WorkerChanged& action) {
  writer.Int(action.attachment);
  writer.Int(action.state);
}
void Write(Writer& writer, const ItemDone& action) {
  writer.Int(action.call);
  writer.Int(action.text_index);
  writer.Int(action.batch);
  writer.Int(action.position);
  writer.Int(action.vector_index);
}
void Write(Writer& writer, const FinishCall& action) {
  writer.Int(action.call);
  writer.Int(action.verdict);
  writer.Text(action.why);
  writer.Signed(action.found);
  writer.Signed(action.limit);
  writer.Time(action.retry_after);
  writer.Int(action.attempts);
  writer.Int(action.queue);
  writer.Int(action.admitted);
}

// One Step of a recording.
struct RecordedStep {
  microseconds after{0};  // the Step before
  std::vector<SchedulerEvent> events;
  std::uint64_t actions = 0;
  std::uint64_t hash = 0;
};

bool ReadStep(Reader& reader, RecordedStep& step) {
  reader.Time(step.after);
  step.events.resize(reader.Count());
  for (SchedulerEvent& event : step.events) {
    std::size_t index = 0;
    reader.Int(index);
    if (!ReadEvent(reader, index, event)) return false;
  }
  reader.Int(step.actions);
  step.hash = reader.Fixed();
  return reader.ok() && reader.left() == 0 && step.after >= microseconds(0);
}

}  // namespace

std::uint64_t HashOf(std::span<const SchedulerAction> actions) {
  std::string bytes;
  Writer writer(bytes);
  for (const SchedulerAction& action : actions) {
    writer.Int(action.index());
    std::visit([&writer](const auto& what) { Write(writer, what); }, action);
  }
  return Fnv(bytes);
}

RecordingWriter::RecordingWriter(const SchedulerOptions& options) : bytes_(kMagic) {
  Writer writer(bytes_);
  writer.Int(kVersion);
  TransferOptions(writer, options);
}

void RecordingWriter::Add(microseconds now, std::span<const SchedulerEvent> events,
                          std::span<const SchedulerAction> actions) {
  step_.clear();
  Writer step(step_);
  step.Time(now - last_);
  last_ = now;
  step.Int(events.size());
  for (const SchedulerEvent& event : events) {
    step.Int(event.index());
    std::visit([&step](const auto& what) { Transfer(step, what); }, event);
  }
  step.Int(actions.size());
  step.Fixed(HashOf(actions));
  Writer writer(bytes_);
  writer.Text(step_);
  writer.Fixed(Fnv(step_));
}

Result<Replayed> Replay(std::string_view recording) {
  Reader reader(recording);
  if (reader.Take(kMagic.size()) != kMagic) return DataLossError("not a recording of a scheduler");
  std::uint64_t version = 0;
  reader.Int(version);
  if (version != kVersion) {
    return DataLossError("a recording of version " + std::to_string(version) + ", accepted " +
                         std::to_string(kVersion));
  }
  SchedulerOptions options;
  TransferOptions(reader, options);
  if (!reader.ok() || options.batch_tokens == 0 || options.max_attempts == 0) {
    return DataLossError("the header of the recording is broken");
  }
  Scheduler scheduler(options);
  Replayed replayed;
  microseconds now{0};
  std::vector<SchedulerAction> actions;
  while (reader.left() > 0) {
    const std::string where = "step " + std::to_string(replayed.steps + 1);
    std::string_view bytes;
    reader.Text(bytes);
    const std::uint64_t hash = reader.Fixed();
    replayed.cut = !reader.ok();
    if (replayed.cut) break;
    Reader body(bytes);
    RecordedStep step;
    if (hash != Fnv(bytes) || !ReadStep(body, step)) {
      return DataLossError(where + " of the recording is broken");
    }
    now += step.after;
    scheduler.Step(now, step.events, actions);
    ++replayed.steps;
    replayed.events += step.events.size();
    replayed.actions += actions.size();
    if (actions.size() == step.actions && HashOf(actions) == step.hash) continue;
    return FailedPreconditionError(
        where + " at " + std::to_string(now.count()) + " us: the recording has " +
        std::to_string(step.actions) + " actions, the scheduler does " +
        std::to_string(actions.size()) + (actions.size() == step.actions ? " others" : ""));
  }
  return replayed;
}

}  // namespace shoal
