#include "top/top_view.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

using Kind = Key::Kind;
using Screen = TopView::Screen;

struct Keyboard {
  Keyboard() {
    state.snapshot = ShownSnapshot{};
    for (const char* id : {"vm-0", "vm-1", "vm-2", "vm-10"}) {
      state.snapshot->workers.push_back({.id = id, .state = "ready"});
    }
  }
  TopAction Press(const Key& key) { return HandleKey(key, state, 2, view); }
  TopAction Type(std::string_view text) {
    TopAction last;
    for (const char letter : text) last = Press({Kind::kCharacter, std::string(1, letter)});
    return last;
  }

  TopState state;
  TopView view;
};

TEST(TopView, TheSelectionMovesAndStaysWithItsWorker) {
  Keyboard keyboard;
  keyboard.Press({Kind::kDown});
  EXPECT_EQ(keyboard.view.selected, "vm-1");
  keyboard.Type("jk");
  EXPECT_EQ(keyboard.view.selected, "vm-1");
  keyboard.Type("S");
  EXPECT_EQ(keyboard.view.selected, "vm-1");
  keyboard.Type("S");
  keyboard.Press({Kind::kPageDown});
  EXPECT_EQ(keyboard.view.selected, "vm-10");
  keyboard.Type("j");
  EXPECT_EQ(keyboard.view.selected, "vm-10");
  keyboard.Type("g");
  EXPECT_EQ(keyboard.view.selected, "vm-0");
  keyboard.Press({Kind::kEnd});
  EXPECT_EQ(keyboard.view.selected, "vm-10");
}

TEST(TopView, ADrainIsAskedBackAndOnlyYMeansYes) {
  Keyboard keyboard;
  EXPECT_EQ(keyboard.Type("d").kind, TopAction::Kind::kNone);
  EXPECT_EQ(keyboard.view.question, (WorkerChange{true, "vm-0"}));
  const TopAction action = keyboard.Type("y");
  EXPECT_EQ(action.kind, TopAction::Kind::kChange);
  EXPECT_EQ(action.change, (WorkerChange{true, "vm-0"}));
  for (const char* no : {"n", "q", "d", "x"}) {
    keyboard.Type("r");
    EXPECT_EQ(keyboard.Type(no).kind, TopAction::Kind::kNone) << no;
    EXPECT_FALSE(keyboard.view.question.has_value());
  }
  keyboard.Type("r");
  EXPECT_EQ(keyboard.Press({Kind::kEnter}).kind, TopAction::Kind::kNone);
}

TEST(TopView, AQuestionIsAboutTheWorkerThatWasSelectedThen) {
  Keyboard keyboard;
  keyboard.Type("d");
  keyboard.state.snapshot->workers.erase(keyboard.state.snapshot->workers.begin());
  EXPECT_EQ(keyboard.Type("y").change.id, "vm-0");
}

TEST(TopView, AFilterTakesAllLettersUntilEnter) {
  Keyboard keyboard;
  keyboard.Type("/q1");
  keyboard.Press({Kind::kCharacter, "é"});
  EXPECT_EQ(keyboard.view.filter, "q1é");
  keyboard.Press({Kind::kBackspace});
  keyboard.Press({Kind::kBackspace});
  keyboard.Press({Kind::kBackspace});
  keyboard.Press({Kind::kBackspace});
  EXPECT_EQ(keyboard.view.filter, "");
  keyboard.Type("vm-1");
  keyboard.Press({Kind::kEnter});
  EXPECT_EQ(ListedWorkers(keyboard.state, keyboard.view).size(), 2u);
  EXPECT_EQ(keyboard.Type("q").kind, TopAction::Kind::kQuit);
  keyboard.Press({Kind::kEscape});
  EXPECT_EQ(keyboard.view.filter, "");
}

TEST(TopView, EnterOpensAWorkerAndEscGoesBack) {
  Keyboard keyboard;
  keyboard.Press({Kind::kEnter});
  EXPECT_EQ(keyboard.view.screen, Screen::kWorker);
  EXPECT_EQ(keyboard.view.selected, "vm-0");
  keyboard.Type("d");
  EXPECT_EQ(keyboard.view.question, (WorkerChange{true, "vm-0"}));
  keyboard.Type("n");
  keyboard.Press({Kind::kEscape});
  EXPECT_EQ(keyboard.view.screen, Screen::kTable);
  keyboard.Type("?");
  EXPECT_EQ(keyboard.view.screen, Screen::kHelp);
  keyboard.Type("?");
  EXPECT_EQ(keyboard.view.screen, Screen::kTable);
}

TEST(TopView, WithoutWorkersNoKeyDoesHarm) {
  Keyboard keyboard;
  keyboard.state.snapshot.reset();
  keyboard.Type("jkgGdrsSp");
  keyboard.Press({Kind::kEnter});
  keyboard.Press({Kind::kPageUp});
  EXPECT_FALSE(keyboard.view.question.has_value());
  EXPECT_EQ(keyboard.view.screen, Screen::kTable);
  EXPECT_EQ(keyboard.Press({Kind::kInterrupt}).kind, TopAction::Kind::kQuit);
}

}  // namespace
}  // namespace shoal
