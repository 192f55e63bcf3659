#include "edge/traceparent.h"

#include <gtest/gtest.h>

#include <set>

#include "base/hex.h"
#include "base/rng.h"

namespace shoal {
namespace {

constexpr char kGiven[] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

TEST(Traceparent, SaysTraceParentAndFlag) {
  const auto trace = ParseTraceparent(kGiven);
  ASSERT_TRUE(trace);
  EXPECT_EQ(Hex(trace->trace_id), "0af7651916cd43dd8448eb211c80319c");
  EXPECT_EQ(trace->parent_id, 0xb7ad6b7169203331u);
  EXPECT_EQ(trace->span_id, 0u);
  EXPECT_TRUE(trace->is_sampled);
}

TEST(Traceparent, OfTheFlagsOnlySampledCounts) {
  const auto with_flags = [](std::string_view flags) {
    std::string text = kGiven;
    text.replace(53, 2, flags);
    return ParseTraceparent(text);
  };
  EXPECT_FALSE(with_flags("00")->is_sampled);
  EXPECT_FALSE(with_flags("02")->is_sampled);
  EXPECT_TRUE(with_flags("ff")->is_sampled);
}

TEST(Traceparent, WhatIsNoneIsIgnored) {
  for (const std::string text : {
           "", "00",
           "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1",     // too short
           "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-",   // of 00 nothing follows
           "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x",  //
           "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",    // upper case
           "00-00000000000000000000000000000000-b7ad6b7169203331-01",    // no trace
           "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",    // no parent
           "00-0af7651916cd43dd8448eb211c80319g-b7ad6b7169203331-01",    // no hex digit
           "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0x",    //
           "00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",    // no dash
           " 0-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",    //
           "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",    // a version there is not
           "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01x",   // no dash behind it
       }) {
    EXPECT_FALSE(ParseTraceparent(text)) << text;
  }
}

TEST(Traceparent, OfALaterVersionTheKnownPartsCount) {
  std::string text = kGiven;
  text[1] = '1';
  EXPECT_TRUE(ParseTraceparent(text));
  const auto longer = ParseTraceparent(text + "-what comes then");
  ASSERT_TRUE(longer);
  EXPECT_EQ(longer->parent_id, 0xb7ad6b7169203331u);
}

TEST(Traceparent, IsWrittenWithTheServersOwnSpan) {
  TraceContext trace = *ParseTraceparent(kGiven);
  trace.span_id = 0x1122;
  EXPECT_EQ(FormatTraceparent(trace), "00-0af7651916cd43dd8448eb211c80319c-0000000000001122-01");
  trace.is_sampled = false;
  EXPECT_EQ(FormatTraceparent(trace), "00-0af7651916cd43dd8448eb211c80319c-0000000000001122-00");
}

TEST(Traceparent, WhateverStandsInIt) {
  Rng rng(7);
  for (int i = 0; i < 20'000; ++i) {
    std::string text = kGiven;
    for (std::uint64_t changes = rng.Below(3); changes > 0; --changes) {
      text[rng.Below(text.size())] = "0123456789abcdefF-\0 "[rng.Below(20)];
    }
    auto trace = ParseTraceparent(text);
    if (!trace) continue;
    trace->span_id = trace->parent_id;
    EXPECT_EQ(FormatTraceparent(*trace).substr(3, 50), text.substr(3, 50));
  }
}

TEST(TraceIds, AreAllDifferentAndNoneIsZero) {
  TraceIds ids(42);
  std::set<std::uint64_t> spans;
  std::set<std::array<std::uint8_t, 16>> traces = {{}};
  for (int i = 0; i < 5000; ++i) {
    spans.insert(ids.NewSpanId());
    traces.insert(ids.NewTraceId());
  }
  EXPECT_EQ(spans.size(), 5000u);
  EXPECT_EQ(spans.count(0), 0u);
  EXPECT_EQ(traces.size(), 5001u);
}

}  // namespace
}  // namespace shoal
