#include "cli/top_asker.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <utility>

#include "base/clock.h"
#include "base/percent.h"

namespace shoal {
namespace {

using namespace std::chrono_literals;

constexpr auto kAnswerWithin = 3s;
constexpr auto kChangeWithin = 60s;  // a worker finishes what it has first
constexpr std::size_t kMostWaiting = 1024;

}  // namespace

Result<std::unique_ptr<TopAsker>> TopAsker::Start(const std::string& address,
                                                  const std::string& token,
                                                  std::chrono::microseconds interval) {
  Descriptor wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (wake.get() < 0) return ErrnoError("eventfd", errno);
  return std::unique_ptr<TopAsker>(new TopAsker(address, token, interval, std::move(wake)));
}

TopAsker::TopAsker(const std::string& address, const std::string& token,
                   std::chrono::microseconds interval, Descriptor wake)
    : port_(address, token, [this] { return stopped_.load(); }),
      interval_(interval),
      wake_(std::move(wake)),
      answers_(kMostWaiting),
      changes_(kMostWaiting),
      asked_now_(kMostWaiting),
      asker_([this] { AskAgainAndAgain(); }),
      changer_([this] { ChangeWorkers(); }) {}

TopAsker::~TopAsker() {
  stopped_ = true;
  asked_now_.Close();
  changes_.Close();
  asker_.join();
  changer_.join();
}

void TopAsker::Say(TopAnswer answer) {
  answers_.TryPush(std::move(answer));
  const std::uint64_t one = 1;
  CHECK(::write(wake_.get(), &one, sizeof(one)) == sizeof(one) || errno == EAGAIN,
        "an eventfd takes a one, or is full of them");
}

std::vector<TopAnswer> TopAsker::Answers() {
  std::uint64_t wakes = 0;
  [[maybe_unused]] const ssize_t size = ::read(wake_.get(), &wakes, sizeof(wakes));
  std::vector<TopAnswer> answers;
  answers_.TakeWhatIsThere(answers);
  return answers;
}

std::vector<TopAnswer> TopAsker::Answers(std::chrono::steady_clock::time_point until) {
  std::vector<TopAnswer> answers;
  answers_.TakeAll(answers, until);
  return answers;
}

void TopAsker::Change(WorkerChange change) { changes_.TryPush(std::move(change)); }

// Later looks do not come the nearer for one that took long.
void TopAsker::AskAgainAndAgain() {
  std::vector<bool> now;
  std::chrono::steady_clock::time_point next;
  do {
    next = SystemClock().Now() + interval_;
    AskOnce();
  } while (asked_now_.TakeAll(now, next));
}

void TopAsker::AskOnce() {
  const Result<std::string> text = port_.Get("/api/v1/snapshot", kAnswerWithin);
  if (stopped_) return;
  Say(text.ok() ? ReadSnapshot(*text) : Result<ShownSnapshot>(text.status()));
  if (!text.ok() || !wants_history_.exchange(false)) return;
  const Result<std::string> history = port_.Get("/api/v1/history", kAnswerWithin);
  if (history.ok()) {
    Say(HistoryAnswer{ReadHistory(*history)});
  } else if (history.status().code() == StatusCode::kNotFound) {
    Say(HistoryAnswer{std::vector<ShownSecond>()});
  }
}

void TopAsker::ChangeWorkers() {
  constexpr std::chrono::steady_clock::time_point kNever =
      std::chrono::steady_clock::time_point::max();
  std::vector<WorkerChange> changes;
  while (changes_.TakeAll(changes, kNever)) {
    for (WorkerChange& change : changes) {
      if (stopped_) return;
      const std::string target =
          "/api/v1/workers/" + PathPartOf(change.id) + (change.drain ? "/drain" : "/resume");
      const Result<std::string> answer = port_.Post(target, kChangeWithin);
      Say(ChangeAnswer{std::move(change), answer.status()});
      asked_now_.TryPush(true);
    }
  }
}

}  // namespace shoal
