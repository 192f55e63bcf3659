#include "top/top_view.h"

#include <algorithm>

#include "base/utf8.h"

namespace shoal {
namespace {

using Kind = Key::Kind;
using Screen = TopView::Screen;

constexpr std::size_t kLongestFilter = 64;  // bytes

void Select(const std::vector<const ShownWorker*>& listed, std::ptrdiff_t index, TopView& view) {
  if (listed.empty()) return;
  const auto last = static_cast<std::ptrdiff_t>(listed.size()) - 1;
  view.selected = listed[static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(index, 0, last))]->id;
}

void Move(const TopState& state, std::ptrdiff_t by, TopView& view) {
  const std::vector<const ShownWorker*> listed = ListedWorkers(state, view);
  Select(listed, static_cast<std::ptrdiff_t>(SelectedIndex(listed, view)) + by, view);
}

// The first key answers: only y means yes.
TopAction Answer(const Key& key, TopView& view) {
  const WorkerChange change = *view.question;
  view.question.reset();
  if (key == Key{Kind::kCharacter, "y"} || key == Key{Kind::kCharacter, "Y"}) {
    return {TopAction::Kind::kChange, change};
  }
  return {};
}

TopAction TypeFilter(const Key& key, TopView& view) {
  switch (key.kind) {
    case Kind::kEscape:
      view.filter.clear();
      view.types_filter = false;
      break;
    case Kind::kEnter:
      view.types_filter = false;
      break;
    case Kind::kBackspace:
      view.filter = CutUtf8(view.filter, view.filter.empty() ? 0 : view.filter.size() - 1);
      break;
    case Kind::kCharacter:
      if (view.filter.size() + key.text.size() <= kLongestFilter) view.filter += key.text;
      break;
    default:
      break;
  }
  return {};
}

void Ask(const TopState& state, bool drain, TopView& view) {
  const std::vector<const ShownWorker*> listed = ListedWorkers(state, view);
  if (view.screen == Screen::kWorker) {
    view.question = {.drain = drain, .id = view.selected};
  } else if (!listed.empty()) {
    view.question = {.drain = drain, .id = listed[SelectedIndex(listed, view)]->id};
  }
}

TopAction HandleCharacter(char letter, const TopState& state, TopView& view) {
  switch (letter) {
    case 'q':
      return {TopAction::Kind::kQuit};
    case 'p':
      view.paused = !view.paused;
      break;
    case '?':
    case 'h':
      view.screen = view.screen == Screen::kHelp ? Screen::kTable : Screen::kHelp;
      break;
    case 's':
      view.sort = After(view.sort);
      view.reversed = false;
      break;
    case 'S':
      view.reversed = !view.reversed;
      break;
    case '/':
      view.screen = Screen::kTable;
      view.types_filter = true;
      break;
    case 'd':
    case 'r':
      if (view.screen != Screen::kHelp) Ask(state, letter == 'd', view);
      break;
    case 'j':
    case 'k':
      Move(state, letter == 'j' ? 1 : -1, view);
      break;
    case 'g':
    case 'G':
      Select(ListedWorkers(state, view), letter == 'g' ? 0 : 1'000'000'000, view);
      break;
    default:
      break;
  }
  return {};
}

// Back to the table; from there, all workers.
void GoBack(TopView& view) {
  if (view.screen == Screen::kTable) view.filter.clear();
  view.screen = Screen::kTable;
}

void Enter(const TopState& state, TopView& view) {
  const std::vector<const ShownWorker*> listed = ListedWorkers(state, view);
  if (view.screen != Screen::kTable) {
    view.screen = Screen::kTable;
  } else if (!listed.empty()) {
    Select(listed, static_cast<std::ptrdiff_t>(SelectedIndex(listed, view)), view);
    view.screen = Screen::kWorker;
  }
}

}  // namespace

std::vector<const ShownWorker*> ListedWorkers(const TopState& state, const TopView& view) {
  if (!state.snapshot) return {};
  return ListedWorkers(state.snapshot->workers, view.filter, view.sort, view.reversed);
}

std::size_t SelectedIndex(const std::vector<const ShownWorker*>& listed, const TopView& view) {
  const auto found = std::ranges::find_if(
      listed, [&](const ShownWorker* worker) { return worker->id == view.selected; });
  return found == listed.end() ? 0 : static_cast<std::size_t>(found - listed.begin());
}

TopAction HandleKey(const Key& key, const TopState& state, int page, TopView& view) {
  if (key.kind == Kind::kInterrupt) return {TopAction::Kind::kQuit};
  if (key.kind == Kind::kRedraw) return {TopAction::Kind::kRedraw};
  view.note.clear();
  if (view.question) return Answer(key, view);
  if (view.types_filter) return TypeFilter(key, view);
  switch (key.kind) {
    case Kind::kCharacter:
      return HandleCharacter(key.text.size() == 1 ? key.text[0] : '\0', state, view);
    case Kind::kUp:
    case Kind::kDown:
      Move(state, key.kind == Kind::kDown ? 1 : -1, view);
      break;
    case Kind::kPageUp:
    case Kind::kPageDown:
      Move(state, key.kind == Kind::kPageDown ? page : -page, view);
      break;
    case Kind::kHome:
    case Kind::kEnd:
      Select(ListedWorkers(state, view), key.kind == Kind::kHome ? 0 : 1'000'000'000, view);
      break;
    case Kind::kEnter:
      Enter(state, view);
      break;
    case Kind::kEscape:
    case Kind::kBackspace:
      GoBack(view);
      break;
    default:
      break;
  }
  return {};
}

}  // namespace shoal
