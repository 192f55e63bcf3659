#include "process/lifeline.h"

#include <gtest/gtest.h>

#include <future>

#include "process/child_process.h"

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

TEST(Lifeline, AChildThatInheritedItSeesItsEnd) {
  LifelinePipe pipe = std::move(LifelinePipe::Open()).value();
  const std::string fd = std::to_string(pipe.child_end.get());
  ChildProcess child = ChildProcess::Spawn({.argv = {"/bin/sh", "-c", "exec cat <&" + fd},
                                            .inherited_fd = pipe.child_end.get()})
                           .value();
  pipe.child_end.Close();
  EXPECT_EQ(child.TryWait(), std::nullopt);
  pipe.parent_end.Close();
  EXPECT_EQ(child.Wait(), ChildEnd{});
}

}  // namespace
}  // namespace shoal
