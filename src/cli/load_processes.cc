#include "cli/load_processes.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

#include "base/clock.h"
#include "cli/interrupt.h"
#include "config/values.h"
#include "load/part_message.h"
#include "process/child.h"

namespace shoal {
namespace {

using TimePoint = std::chrono::steady_clock::time_point;
using Kind = PartMessage::Kind;

constexpr char kPartVariable[] = "SHOAL_LOAD_PART";  // "descriptor:index:count"
constexpr std::chrono::milliseconds kTick{250};
// From the word to start to the start: all have heard it by then.
constexpr std::chrono::milliseconds kStartsIn{100};

Status SendAll(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return ErrnoError("send to the process beside", errno);
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return {};
}

// The parent has closed its side: it is gone, or wants no more.
bool IsToldToStop(int socket) {
  char byte;
  return ::recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

// What the parent says when all are ready: when they begin, and what of the plan it decides. It
// goes over as it is in memory, as both are one binary.
struct Order {
  TimePoint start;
  double rate = 0;
  std::size_t concurrency = 0;  // of all processes
  std::chrono::microseconds duration{0};
};

Result<Order> WaitForOrder(int socket) {
  Order order;
  ssize_t got;
  do {
    got = ::recv(socket, &order, sizeof order, MSG_WAITALL);
  } while (got < 0 && errno == EINTR && InterruptSignal() == 0);
  if (got != sizeof order) return CancelledError("the process that shares out the load is gone");
  return order;
}

std::vector<std::string> OwnCommandLine() {
  std::vector<std::string> words;
  const Descriptor file(::open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC));
  std::string text;
  std::array<char, 4096> block;
  ssize_t got;
  while ((got = ::read(file.get(), block.data(), block.size())) > 0) {
    text.append(block.data(), static_cast<std::size_t>(got));
  }
  for (std::size_t at = 0; at < text.size(); at += words.back().size() + 1) {
    words.emplace_back(text.c_str() + at);
  }
  if (!words.empty()) words.front() = "/proc/self/exe";
  return words;
}

// One process, seen from its parent.
struct Part {
  std::string name;  // "process 2 of 4"
  Descriptor socket;
  ChildProcess process;
  PartMessages messages;
  bool is_ready = false;
  LoadProgress progress;  // without answers
  std::optional<LoadRows> rows;
};

Result<Part> StartPart(std::size_t index, std::size_t count) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    return ErrnoError("socketpair", errno);
  }
  Descriptor ours(ends[0]);
  const Descriptor theirs(ends[1]);
  const std::string part =
      std::to_string(theirs.get()) + ":" + std::to_string(index) + ":" + std::to_string(count);
  ASSIGN_OR_RETURN(ChildProcess process,
                   ChildProcess::Spawn({.argv = OwnCommandLine(),
                                        .environment = {{kPartVariable, part}},
                                        .inherited_fd = theirs.get()}));
  return Part{.name = "process " + std::to_string(index + 1) + " of " + std::to_string(count),
              .socket = std::move(ours),
              .process = std::move(process),
              .messages = {}};
}

// What has come of it, without blocking; the answers it tells of go to `answers`.
Status Receive(Part& part, std::vector<LoadSample>& answers) {
  std::array<char, 1 << 16> block;
  bool has_ended = false;
  while (true) {
    const ssize_t got = ::recv(part.socket.get(), block.data(), block.size(), MSG_DONTWAIT);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
    if (got <= 0) {
      has_ended = true;
      break;
    }
    part.messages.Append({block.data(), static_cast<std::size_t>(got)});
  }
  while (std::optional<PartMessage> message = part.messages.Next()) {
    if (message->kind == Kind::kReady) part.is_ready = true;
    const std::vector<LoadSample>& samples = message->rows.samples;
    if (message->kind == Kind::kProgress) {
      part.progress = message->progress;
      answers.insert(answers.end(), samples.begin(), samples.end());
    }
    if (message->kind == Kind::kRows) part.rows = std::move(message->rows);
  }
  // Its rows and its end may come at once.
  if (has_ended && !part.rows) {
    return InternalError(part.name + ": " + part.process.Wait().ToString());
  }
  return {};
}

class Parts {
 public:
  Parts(std::vector<Part> parts, const LoadPlan& plan, const LoadRunHooks& hooks)
      : parts_(std::move(parts)), plan_(plan), hooks_(hooks) {}

  Result<LoadRows> Run() {
    TimePoint next_tick = SystemClock().Now() + kTick;
    while (!All([](const Part& part) { return part.rows.has_value(); })) {
      RETURN_IF_ERROR(Wait());
      if (!is_started_ && All([](const Part& part) { return part.is_ready; })) {
        RETURN_IF_ERROR(Start());
      }
      if (SystemClock().Now() < next_tick) continue;
      next_tick = SystemClock().Now() + kTick;
      Tick();
    }
    std::vector<LoadRows> rows;
    for (Part& part : parts_) rows.push_back(*std::move(part.rows));
    return Merge(std::move(rows));
  }

 private:
  template <typename Condition>
  bool All(const Condition& condition) const {
    for (const Part& part : parts_) {
      if (!condition(part)) return false;
    }
    return true;
  }

  Status Wait() {
    std::vector<pollfd> waits;
    for (const Part& part : parts_) {
      waits.push_back({.fd = part.rows ? -1 : part.socket.get(), .events = POLLIN, .revents = 0});
    }
    ::poll(waits.data(), waits.size(), static_cast<int>(kTick.count()));
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      if (waits[i].revents != 0) RETURN_IF_ERROR(Receive(parts_[i], answers_));
    }
    return {};
  }

  Status Start() {
    is_started_ = true;
    const Order order{.start = SystemClock().Now() + kStartsIn,
                      .rate = plan_.rate,
                      .concurrency = plan_.concurrency,
                      .duration = plan_.duration};
    for (const Part& part : parts_) {
      RETURN_IF_ERROR(
          SendAll(part.socket.get(), {reinterpret_cast<const char*>(&order), sizeof order}));
    }
    return {};
  }

  void Tick() {
    if (hooks_.tick && is_started_) TellProgress();
    if (!hooks_.stop || !hooks_.stop()) return;
    for (const Part& part : parts_) ::shutdown(part.socket.get(), SHUT_WR);
  }

  void TellProgress() {
    LoadProgress all{.elapsed = std::chrono::microseconds::min(), .answers = answers_};
    for (const Part& part : parts_) {
      all.elapsed = std::max(all.elapsed, part.progress.elapsed);
      all.sent += part.progress.sent;
      all.answered += part.progress.answered;
    }
    hooks_.tick(all);
    answers_.clear();
  }

  std::vector<Part> parts_;
  const LoadPlan& plan_;
  const LoadRunHooks& hooks_;
  std::vector<LoadSample> answers_;  // that were not told yet
  bool is_started_ = false;
};

}  // namespace

Result<std::optional<LoadPartLink>> InheritedLoadPart() {
  const char* const value = std::getenv(kPartVariable);
  if (value == nullptr) return std::optional<LoadPartLink>();
  std::array<std::int64_t, 3> numbers = {};
  std::string_view rest = value;
  for (std::int64_t& number : numbers) {
    const std::string_view field = rest.substr(0, rest.find(':'));
    rest.remove_prefix(std::min(field.size() + 1, rest.size()));
    const Result<std::int64_t> parsed = ParseInteger(field);
    number = parsed.ok() ? *parsed : -1;
  }
  const auto [socket, index, count] = numbers;
  if (index < 0 || index >= count || ::fcntl(static_cast<int>(socket), F_SETFD, FD_CLOEXEC) != 0) {
    return InvalidArgumentError(std::string(kPartVariable) +
                                " is for processes that a load starts itself; found \"" + value +
                                "\": unset it");
  }
  return std::optional(LoadPartLink{
      .part = {.index = static_cast<std::size_t>(index), .count = static_cast<std::size_t>(count)},
      .socket = Descriptor(static_cast<int>(socket))});
}

Status SendLoadPart(const LoadPartLink& link, LoadPlan plan,
                    const std::vector<std::unique_ptr<EmbedClient>>& clients, int dim) {
  const int socket = link.socket.get();
  const auto [index, count] = link.part;
  plan.part = link.part;
  RETURN_IF_ERROR(SendAll(socket, Encode({.kind = Kind::kReady})));
  ASSIGN_OR_RETURN(const Order order, WaitForOrder(socket));
  plan.start = order.start;
  plan.rate = order.rate;
  plan.concurrency = order.concurrency / count + (index < order.concurrency % count ? 1 : 0);
  plan.duration = order.duration;
  const auto tick = [socket](const LoadProgress& progress) {
    // Whether somebody hears it is asked by `stop`.
    (void)SendAll(socket, Encode({.kind = Kind::kProgress, .progress = progress}));
  };
  const auto stop = [socket] { return InterruptSignal() != 0 || IsToldToStop(socket); };
  LoadRows rows = SendLoad(plan, clients, dim, SystemClock(), {.tick = tick, .stop = stop});
  return SendAll(socket, Encode({.kind = Kind::kRows, .rows = std::move(rows)}));
}

Result<LoadRows> SendLoadInProcesses(std::size_t count, const LoadPlan& plan,
                                     const LoadRunHooks& hooks) {
  std::vector<Part> parts;
  for (std::size_t i = 0; i < count; ++i) {
    ASSIGN_OR_RETURN(Part part, StartPart(i, count));
    parts.push_back(std::move(part));
  }
  return Parts(std::move(parts), plan, hooks).Run();
}

}  // namespace shoal
