#include "cli/top.h"

#include <signal.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/overloaded.h"
#include "cli/exit_code.h"
#include "cli/print.h"
#include "cli/token_file.h"
#include "cli/top_asker.h"
#include "terminal/full_screen.h"
#include "terminal/keys.h"
#include "terminal/style.h"
#include "top/top_frame.h"

namespace shoal {
namespace {

using namespace std::chrono_literals;

constexpr auto kRedrawEvery = 250ms;  // the clock, and how long a server is silent
constexpr auto kEscWait = 50ms;       // what an Esc begins comes in less

TopMoment Now() { return {.when = SystemClock().Now(), .unix_ms = UnixNanoseconds() / 1'000'000}; }

int UtcOffset() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  localtime_r(&now, &parts);
  return static_cast<int>(parts.tm_gmtoff);
}

// 80 where COLUMNS says nothing of use.
int PrintedColumns() {
  const char* const given = std::getenv("COLUMNS");
  const std::string_view text = given == nullptr ? "" : given;
  int columns = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), columns);
  const bool is_number = read.ec == std::errc() && read.ptr == text.data() + text.size();
  return is_number ? std::clamp(columns, kSmallestScreen.columns, 1000) : 80;
}

std::string NoteOf(const ChangeAnswer& answer) {
  const std::string& id = answer.change.id;
  if (answer.status.ok()) {
    return id + (answer.change.drain ? " is drained: it gets nothing more until it is resumed"
                                     : " is resumed: it gets work again");
  }
  return id + (answer.change.drain ? " is not drained: " : " is not resumed: ") +
         answer.status.message();
}

class Top {
 public:
  Top(std::string address, TopAsker& asker, FullScreen& screen, const TerminalStyle& style)
      : asker_(asker),
        screen_(screen),
        writer_(style.colour),
        model_(std::move(address), UtcOffset(), Now()),
        shown_(model_.state()) {}

  // Until somebody ends it.
  int Run() {
    while (true) {
      Draw();
      const bool in_key = !bytes_.empty();
      FullScreen::Woken woken = screen_.Wait(asker_.descriptor(), in_key ? kEscWait : kRedrawEvery);
      if (woken.signal != 0) return ExitOf(woken.signal);
      if (woken.redraw) writer_.Forget();
      for (TopAnswer& answer : asker_.Answers()) Take(std::move(answer));
      model_.Tick(Now());
      for (const Key& key : Keys(woken.bytes)) {
        if (!Press(key)) return kExitOk;
      }
    }
  }

 private:
  // Ctrl-C is how many people quit.
  static int ExitOf(int signal) {
    if (signal == SIGHUP) return kExitHungUp;
    return signal == SIGTERM ? kExitTerminated : kExitOk;
  }

  std::vector<Key> Keys(const std::string& more) {
    const auto now = SystemClock().Now();
    if (!more.empty()) bytes_came_ = now;
    bytes_ += more;
    return TakeKeys(bytes_, now - bytes_came_ >= kEscWait);
  }

  void Take(TopAnswer answer) {
    std::visit(Overloaded{[&](Result<ShownSnapshot>& snapshot) {
                            if (snapshot.ok()) {
                              model_.Answered(*std::move(snapshot), Now());
                            } else {
                              model_.Failed(snapshot.status(), Now());
                            }
                            if (model_.wants_history()) asker_.WantHistory();
                          },
                          [&](HistoryAnswer& history) {
                            if (history.seconds.ok()) model_.HistoryCame(*history.seconds);
                          },
                          [&](ChangeAnswer& change) { view_.note = NoteOf(change); }},
               answer);
  }

  bool Press(const Key& key) {
    const TopAction action = HandleKey(key, shown_, WorkersOn(screen_.Size()), view_);
    switch (action.kind) {
      case TopAction::Kind::kQuit:
        return false;
      case TopAction::Kind::kRedraw:
        writer_.Forget();
        break;
      case TopAction::Kind::kChange:
        view_.note = (action.change.drain ? "Draining " : "Resuming ") + action.change.id + " ...";
        asker_.Change(action.change);
        break;
      case TopAction::Kind::kNone:
        break;
    }
    return true;
  }

  void Draw() {
    if (!view_.paused) shown_ = model_.state();
    const ScreenSize size = screen_.Size();
    const std::string text = writer_.Update(TopFrame(shown_, view_, size, characters_), size);
    if (!text.empty()) screen_.Write(text);
  }

  TopAsker& asker_;
  FullScreen& screen_;
  FrameWriter writer_;
  const CharacterSet characters_ = ThisCharacterSet();
  TopModel model_;
  TopState shown_;  // stands still while paused
  TopView view_;
  std::string bytes_;  // of a key that has begun
  std::chrono::steady_clock::time_point bytes_came_;
};

// Two looks: only then is known how busy workers are, and why requests were refused.
int PrintOnce(const std::string& address, TopAsker& asker, std::chrono::microseconds interval) {
  TopModel model(address, UtcOffset(), Now());
  const auto end = SystemClock().Now() + interval + 10s;
  for (int looks = 0; looks < 2 && SystemClock().Now() < end;) {
    for (TopAnswer& answer : asker.Answers(end)) {
      if (auto* const history = std::get_if<HistoryAnswer>(&answer)) {
        if (history->seconds.ok()) model.HistoryCame(*history->seconds);
      }
      auto* const snapshot = std::get_if<Result<ShownSnapshot>>(&answer);
      if (snapshot == nullptr) continue;
      if (!snapshot->ok()) return Fail(snapshot->status().At("top: --dashboard " + address));
      model.Answered(*std::move(*snapshot), Now());
      ++looks;
    }
  }
  Print(PlainText(PrintedTopFrame(model.state(), PrintedColumns(), ThisCharacterSet())));
  return kExitOk;
}

}  // namespace

int RunTop(const Invocation& invocation) {
  const Settings& settings = invocation.settings;
  if (!invocation.arguments.empty()) {
    return Fail(kExitUsage, "top: takes no arguments; name the server with --dashboard");
  }
  const bool once = settings.Switch("once");
  const TerminalStyle style = StyleOf(stdout);
  if (!once && !style.is_terminal) {
    return Fail(kExitUsage,
                "top: stdout is no terminal that can be redrawn; shoal top --once prints what it "
                "shows as text, shoal status what a program can read");
  }
  const Result<std::string> token = ReadOperatorToken(settings);
  if (!token.ok()) return Fail(kExitConfiguration, token.status().message());
  const std::string& address = settings.Text("dashboard");
  const std::chrono::microseconds interval = settings.Duration("interval");
  const Result<std::unique_ptr<TopAsker>> asker = TopAsker::Start(address, *token, interval);
  if (!asker.ok()) return Fail(asker.status());
  if (once) return PrintOnce(address, **asker, interval);
  Result<std::unique_ptr<FullScreen>> screen = FullScreen::Enter();
  if (!screen.ok())
    return Fail(kExitUsage, screen.status().At("top").message() + "; shoal top --once needs none");
  return Top(address, **asker, **screen, style).Run();
}

}  // namespace shoal
