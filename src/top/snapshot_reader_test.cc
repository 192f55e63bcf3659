#include "top/snapshot_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kSnapshot[] = R"({"version":"0.1.0","coordinator_id":"c-1","uptime_seconds":7,
  "state":"ready","model":{"name":"tiny","precision":"fp32","dim":4},
  "totals":{"requests":{"grpc":{"ok":10,"overloaded":3},"openai":{"ok":2}},"texts":24,"tokens":99},
  "rates":{"requests":1.5,"texts":2.5,"tokens":9.5,"refused":0.3,"failed":0.1,
           "latency_ms":{"mean":3,"p50":2,"p95":5,"p99":8}},
  "stages_ms":{"queue":{"mean":1.5},"tokenize":{"mean":0.5},"dispatch":{}},
  "queues":{"urgent":{"items":4,"seconds":0.25},"bulk":{"items":1,"seconds":2}},
  "in_flight":6,
  "workers":{"vm-0":{"id":"vm-0","incarnation":"ab","state":"ready","attached":true,"credit":1,
    "in_flight":2,"tokens_per_second":1234,"cpu_seconds":1.5,"resident_bytes":1048576,
    "forward_p99_ms":2.5,"restarts":1,"pid":77,"lanes":2,"isa":"avx2","peer":"127.0.0.1:5"}},
  "second":{"unix_ms":5000,"requests":3,"texts":{"ok":4,"overloaded":2,"of_the_future":9},
    "tokens":50,"offered_cost":30,"capacity_cost":10,"queue_seconds":{"urgent":0.5},"in_flight":2},
  "events":{"10":{"unix_ms":2,"text":"two"},"9":{"unix_ms":1,"text":"one","worker":"vm-0"}}})";

TEST(SnapshotReader, ReadsWhatAScreenShows) {
  const Result<ShownSnapshot> read = ReadSnapshot(kSnapshot);
  ASSERT_TRUE(read.ok()) << read.status().message();
  EXPECT_EQ(read->model, "tiny");
  EXPECT_EQ(read->requests[static_cast<std::size_t>(Verdict::kOk)], 12);
  EXPECT_EQ(read->requests[static_cast<std::size_t>(Verdict::kOverloaded)], 3);
  EXPECT_EQ(read->latency->p99, 8);
  ASSERT_THAT(read->stages, SizeIs(2));
  EXPECT_EQ(read->stages[0].name, "tokenize");
  ASSERT_THAT(read->queues, SizeIs(3));
  EXPECT_EQ(read->queues[0].seconds, 0.25);
  EXPECT_EQ(read->queues[1].seconds, 0);
  ASSERT_THAT(read->workers, SizeIs(1));
  EXPECT_EQ(read->workers[0].isa, "avx2");
  EXPECT_EQ(read->workers[0].resident_bytes, 1048576u);
}

TEST(SnapshotReader, ReadsTheLastSecondAndEventsInTheirOrder) {
  const Result<ShownSnapshot> read = ReadSnapshot(kSnapshot);
  ASSERT_TRUE(read.ok()) << read.status().message();
  ASSERT_TRUE(read->second.has_value());
  EXPECT_EQ(read->second->unix_second, 5);
  EXPECT_EQ(read->second->texts[static_cast<std::size_t>(Verdict::kOverloaded)], 2);
  EXPECT_FALSE(read->second->latency.has_value());
  ASSERT_THAT(read->events, SizeIs(2));
  EXPECT_EQ(read->events[0].text, "one");
}

TEST(SnapshotReader, WhatIsMissingOrSomethingElseIsNothing) {
  const Result<ShownSnapshot> read =
      ReadSnapshot(R"({"state":"ready","workers":{"a":5},"rates":[],"in_flight":"x","totals":{}})");
  ASSERT_TRUE(read.ok()) << read.status().message();
  EXPECT_EQ(read->in_flight, 0u);
  EXPECT_THAT(read->stages, IsEmpty());
  EXPECT_FALSE(read->second.has_value());
  EXPECT_EQ(read->workers[0].id, "a");
}

TEST(SnapshotReader, AnotherProgramsAnswerIsAnError) {
  for (const char* text : {"<html>", "{}", R"({"state":"ready"})", "[]"}) {
    EXPECT_THAT(ReadSnapshot(text).status().message(), HasSubstr("snapshot")) << text;
  }
}

TEST(SnapshotReader, ReadsAHistory) {
  const auto read = ReadHistory(R"({"seconds":[{"unix_ms":1000,"requests":2},{"unix_ms":2000}]})");
  ASSERT_TRUE(read.ok()) << read.status().message();
  ASSERT_THAT(*read, SizeIs(2));
  EXPECT_EQ((*read)[0].requests, 2);
  EXPECT_FALSE(ReadHistory("{}").ok());
}

}  // namespace
}  // namespace shoal
