#include "load/part_message.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

using Kind = PartMessage::Kind;
using std::chrono::microseconds;

LoadRows RowsAt(std::vector<int> times) {
  LoadRows rows{.samples = {},
                .offered = times.size() + 1,
                .duration = microseconds(times.size()),
                .start_unix_ms = 9,
                .generator_cpu_seconds = 0.5};
  for (const int time : times) {
    rows.samples.push_back({.intended = microseconds(time), .code = StatusCode::kUnavailable});
  }
  return rows;
}

TEST(PartMessage, ComesOutOfAStreamAsItWentIn) {
  PartMessage rows{.kind = Kind::kRows, .rows = RowsAt({1, 2, 3})};
  rows.rows.wrong_example = "line 2: cosine 0";
  const LoadRows news = RowsAt({4, 5});
  const std::string bytes =
      Encode({.kind = Kind::kReady}) +
      Encode({.kind = Kind::kProgress, .progress = {.answered = 7, .answers = news.samples}}) +
      Encode(rows);
  PartMessages messages;
  std::vector<PartMessage> found;
  for (const char byte : bytes) {  // in the smallest pieces
    messages.Append({&byte, 1});
    while (auto message = messages.Next()) found.push_back(*std::move(message));
  }
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].kind, Kind::kReady);
  EXPECT_EQ(found[1].progress.answered, 7u);
  ASSERT_EQ(found[1].rows.samples.size(), 2u);
  EXPECT_EQ(found[1].rows.samples[1].intended, microseconds(5));
  EXPECT_EQ(found[2].rows.offered, 4u);
  EXPECT_EQ(found[2].rows.duration, microseconds(3));
  EXPECT_EQ(found[2].rows.start_unix_ms, 9);
  ASSERT_EQ(found[2].rows.samples.size(), 3u);
  EXPECT_EQ(found[2].rows.samples[2].intended, microseconds(3));
  EXPECT_EQ(found[2].rows.samples[2].code, StatusCode::kUnavailable);
  EXPECT_EQ(found[2].rows.wrong_example, "line 2: cosine 0");
}

TEST(PartMessage, RowsOfPartsAreThoseOfOneRun) {
  const LoadRows all = Merge({RowsAt({0, 3}), RowsAt({1, 4}), RowsAt({2})});
  ASSERT_EQ(all.samples.size(), 5u);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(all.samples[static_cast<std::size_t>(i)].intended, microseconds(i));
  }
  EXPECT_EQ(all.offered, 8u);
  EXPECT_EQ(all.duration, microseconds(2));
  EXPECT_EQ(all.start_unix_ms, 9);
  EXPECT_DOUBLE_EQ(all.generator_cpu_seconds, 1.5);
}

}  // namespace
}  // namespace shoal
