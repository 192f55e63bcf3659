#include "process/lifeline.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <future>

#include "process/child.h"

namespace shoal {
namespace {

TEST(Lifeline, CallsOnceTheParentsEndIsClosed) {
  LifelinePipe pipe = std::move(LifelinePipe::Open()).value();
  std::promise<void> gone;
  auto done = gone.get_future();
  auto watch = WatchLifeline(std::move(pipe.child_end), [&] { gone.set_value(); });
  ASSERT_TRUE(watch.ok());
  EXPECT_EQ(done.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  pipe.parent_end.Close();
  done.wait();
}

TEST(Lifeline, AWatchCanEndBeforeTheParent) {
  LifelinePipe pipe = std::move(LifelinePipe::Open()).value();
  bool called = false;
  {
    auto watch = WatchLifeline(std::move(pipe.child_end), [&] { called = true; });
  }
  EXPECT_FALSE(called);
}

TEST(Lifeline, WithoutOneInTheEnvironmentNothingIsWatched) {
  ::unsetenv(kLifelineVariable);
  const auto watch = WatchInheritedLifeline([] {});
  ASSERT_TRUE(watch.ok());
  EXPECT_EQ(*watch, nullptr);
}

TEST(Lifeline, RefusesAnInheritedOneThatIsNotOpen) {
  for (const char* value : {"", "x", "-1", "3x", "999999", "99999999999999999999"}) {
    ::setenv(kLifelineVariable, value, 1);
    EXPECT_EQ(WatchInheritedLifeline([] {}).status().code(), StatusCode::kInvalidArgument) << value;
  }
  ::unsetenv(kLifelineVariable);
}

TEST(Lifeline, TheInheritedOneIsFoundByItsNumber) {
  LifelinePipe pipe = std::move(LifelinePipe::Open()).value();
  ::setenv(kLifelineVariable, std::to_string(::dup(pipe.child_end.get())).c_str(), 1);
  std::promise<void> gone;
  const auto watch = WatchInheritedLifeline([&] { gone.set_value(); });
  ::unsetenv(kLifelineVariable);
  ASSERT_TRUE(watch.ok()) << watch.status().ToString();
  pipe.parent_end.Close();
  gone.get_future().wait();
}

TEST(Lifeline, AChildThatDoesNotSayOtherwiseEndsWithItsParent) {
  EXPECT_EXIT(ExitAtOnce(), testing::ExitedWithCode(1), "");
}

TEST(Lifeline, AChildThatInheritedItSeesItsEnd) {
  LifelinePipe pipe = std::move(LifelinePipe::Open()).value();
  const std::string fd = std::to_string(pipe.child_end.get());
  ChildProcess child =
      ChildProcess::Spawn({.argv = {"/bin/sh", "-c", "exec cat /proc/self/fd/" + fd},
                           .inherited_fd = pipe.child_end.get()})
          .value();
  pipe.child_end.Close();
  EXPECT_EQ(child.TryWait(), std::nullopt);
  pipe.parent_end.Close();
  EXPECT_EQ(child.Wait(), ChildEnd{});
}

}  // namespace
}  // namespace shoal
