#include "cli/load_screen.h"

#include <algorithm>
#include <cstdio>
#include <utility>

namespace shoal {
namespace {

std::string Shown(const Span& span, const TerminalStyle& style) {
  switch (span.look) {
    case Look::kBold:
      return Coloured(span.text, Colour::kBold, style);
    case Look::kRed:
      return Coloured(span.text, Colour::kRed, style);
    case Look::kGreen:
      return Coloured(span.text, Colour::kGreen, style);
    case Look::kYellow:
      return Coloured(span.text, Colour::kYellow, style);
    case Look::kPlain:
    case Look::kFaint:
    case Look::kSelected:
      break;
  }
  return span.text;
}

void Write(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

std::string BackTo(std::size_t lines) {
  return lines == 0 ? "" : "\x1b[" + std::to_string(lines) + "A";
}

}  // namespace

std::string Redrawn(const Frame& frame, std::size_t lines_before, const TerminalStyle& style) {
  std::string text = BackTo(lines_before);
  for (const FrameLine& line : frame) {
    text += "\r";
    for (const Span& span : line) text += Shown(span, style);
    text += "\x1b[K\n";
  }
  return text;
}

LoadScreen::LoadScreen(std::chrono::microseconds duration, std::chrono::microseconds deadline)
    : view_(duration, deadline), thread_([this] { Show(); }) {}

LoadScreen::~LoadScreen() {
  {
    MutexLock lock(mutex_);
    over_ = true;
    told_.NotifyAll();
  }
  thread_.join();
}

void LoadScreen::Tell(const LoadProgress& progress) {
  MutexLock lock(mutex_);
  latest_ = progress;
  latest_.answers = {};
  answers_.insert(answers_.end(), progress.answers.begin(), progress.answers.end());
  has_news_ = true;
  told_.NotifyAll();
}

void LoadScreen::Show() {
  while (true) {
    LoadProgress progress;
    std::vector<LoadSample> answers;
    {
      MutexLock lock(mutex_);
      while (!over_ && !has_news_) told_.Wait(mutex_);
      if (over_) break;
      has_news_ = false;
      progress = latest_;
      answers = std::exchange(answers_, {});
    }
    progress.answers = answers;
    view_.Add(progress);
    DrawOnce();
  }
  if (lines_ > 0) Write(BackTo(lines_) + "\r\x1b[J");
}

void LoadScreen::DrawOnce() {
  const TerminalStyle style = StyleOf(stderr);
  const Frame frame = view_.Draw(std::max(1, style.columns - 1), ThisCharacterSet());
  Write(Redrawn(frame, lines_, style));
  lines_ = frame.size();
}

}  // namespace shoal
