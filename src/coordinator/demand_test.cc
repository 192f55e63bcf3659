#include "coordinator/demand.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

using std::chrono::microseconds;

constexpr microseconds kSecond{1'000'000};

EmbedRequest Of(std::string text, std::uint64_t client = 1) {
  EmbedRequest request{.texts = {std::move(text)}};
  request.client = client;
  return request;
}

class DemandTest : public testing::Test {
 protected:
  // Ten calls a second for half a minute, each asked for by `make`, and refused if `refused`.
  template <typename Make>
  double CostPerSecond(Make make, bool refused) {
    for (int i = 0; i < 300; ++i) {
      now_ += kSecond / 10;
      const Demand::Call call = demand_.Arrived(now_, make(i), 0);
      demand_.Tokenized(now_, call, 1000);
      if (refused) demand_.Refused(now_, call);
    }
    return demand_.Rate(now_).per_us * 1e6;
  }

  Demand demand_{7};
  microseconds now_ = 100 * kSecond;
};

TEST_F(DemandTest, CountsWhatWasRefused) {
  const auto make = [](int i) { return Of("text " + std::to_string(i)); };
  EXPECT_NEAR(CostPerSecond(make, true), 10'000, 500);
}

TEST_F(DemandTest, CountsTheAttemptsOfOneCallOnce) {
  // Each call is tried twice.
  const auto make = [](int i) { return Of("text " + std::to_string(i / 2)); };
  EXPECT_NEAR(CostPerSecond(make, true), 5'000, 300);
}

TEST_F(DemandTest, AddsUpWhatCallsCostOnceThatIsKnown) {
  const auto make = [](int i) { return Of("text " + std::to_string(i / 2)); };
  CostPerSecond(make, true);
  EXPECT_EQ(demand_.Total(), 150 * 1000);
  const Demand::Call call = demand_.Arrived(now_, Of("another"), 0);
  EXPECT_EQ(demand_.Total(), 150 * 1000 + call.estimate) << "it may never be tokenised";
}

TEST_F(DemandTest, TheSameTextOfAnotherCallerIsAnotherCall) {
  const auto make = [](int i) {
    return Of("text " + std::to_string(i / 2), static_cast<std::uint64_t>(i % 2));
  };
  EXPECT_NEAR(CostPerSecond(make, true), 10'000, 500);
}

TEST_F(DemandTest, BelievesWhoSaysThatHeComesAgain) {
  const auto make = [](int i) {
    EmbedRequest request = Of("text " + std::to_string(i));
    request.says_retry = i % 2 == 1;
    return request;
  };
  EXPECT_NEAR(CostPerSecond(make, false), 5'000, 300);
}

}  // namespace
}  // namespace shoal
