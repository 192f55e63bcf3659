#include "edge/request_checks.h"

#include <gtest/gtest.h>

#include <string>

namespace shoal {
namespace {

constexpr FieldName kInput3 = {.noun = "input", .index = 3};

void ExpectRefused(const std::optional<Refusal>& refusal, Verdict verdict,
                   const std::string& message) {
  ASSERT_TRUE(refusal.has_value());
  EXPECT_EQ(refusal->verdict, verdict);
  EXPECT_EQ(refusal->message, message);
  EXPECT_EQ(refusal->retry_after.count(), 0);
}

TEST(RequestChecks, ARequestHasOneTextToTheLimit) {
  const Limits limits = {.max_texts = 2};
  EXPECT_FALSE(CheckTextCount("texts", 1, limits).has_value());
  EXPECT_FALSE(CheckTextCount("texts", 2, limits).has_value());
  ExpectRefused(CheckTextCount("texts", 0, limits), Verdict::kEmptyInput,
                "texts is empty; 1 to 2 are accepted");
  ExpectRefused(CheckTextCount("texts", 3, limits), Verdict::kTooManyInputs,
                "texts has more than 2 entries; 1 to 2 are accepted");
}

TEST(RequestChecks, ATextMayBeEmptyAndHasTheLimitOfBytesAtMost) {
  const Limits limits = {.max_text_bytes = 10};
  EXPECT_FALSE(CheckTextBytes(kInput3, 0, limits).has_value());
  EXPECT_FALSE(CheckTextBytes(kInput3, 10, limits).has_value());
  ExpectRefused(CheckTextBytes(kInput3, 11, limits), Verdict::kInputTooLarge,
                "input[3] has 11 bytes; up to 10 are accepted");
}

TEST(RequestChecks, AWordHasAKibibyteAtMost) {
  EXPECT_FALSE(CheckWordBytes({.noun = "model"}, 1024).has_value());
  ExpectRefused(CheckWordBytes({.noun = "model"}, 1025), Verdict::kInvalidRequest,
                "model has 1025 bytes; up to 1024 are accepted");
}

TEST(RequestChecks, SaysWhichFieldIsNotUtf8AndWhere) {
  EXPECT_FALSE(CheckUtf8(kInput3, "caf\xC3\xA9").has_value());
  ExpectRefused(CheckUtf8(kInput3, "ab\xFF"), Verdict::kInvalidUtf8,
                "input[3] is not valid UTF-8 at byte 2");
  ExpectRefused(CheckUtf8({.noun = "model"}, "\xFF"), Verdict::kInvalidUtf8,
                "model is not valid UTF-8 at byte 0");
}

TEST(RequestChecks, ThreeWordsArePriorities) {
  const FieldName name = {.noun = "priority"};
  EXPECT_EQ(std::get<Priority>(ParsePriority(name, "")), Priority::kNormal);
  EXPECT_EQ(std::get<Priority>(ParsePriority(name, "normal")), Priority::kNormal);
  EXPECT_EQ(std::get<Priority>(ParsePriority(name, "high")), Priority::kHigh);
  EXPECT_EQ(std::get<Priority>(ParsePriority(name, "bulk")), Priority::kBulk);
  ExpectRefused(std::get<Refusal>(ParsePriority(name, "High")), Verdict::kInvalidRequest,
                "priority is \"High\"; normal, high and bulk are accepted");
}

TEST(RequestChecks, ARequestFitsTheLimit) {
  const Limits limits = {.max_request_bytes = 100};
  EXPECT_FALSE(CheckRequestBytes(100, limits).has_value());
  ExpectRefused(CheckRequestBytes(101, limits), Verdict::kPayloadTooLarge,
                "the request has 101 bytes; up to 100 are accepted");
}

TEST(RequestChecks, AReplyFitsTheLimit) {
  const Limits limits = {.max_reply_bytes = 100};
  EXPECT_FALSE(CheckReplyBytes(7, 100, limits).has_value());
  ExpectRefused(CheckReplyBytes(7, 101, limits), Verdict::kReplyTooLarge,
                "the reply to 7 texts may take 101 bytes; up to 100 are sent. Send fewer texts in "
                "one request");
}

TEST(RequestChecks, WithoutRoomForItsBytesARequestMayComeAgainSoon) {
  const Refusal refusal = OutOfBytes(5);
  EXPECT_EQ(refusal.verdict, Verdict::kOverloaded);
  EXPECT_EQ(refusal.message, "no room for 5 more bytes of requests that wait for their answer");
  EXPECT_EQ(refusal.retry_after, std::chrono::milliseconds(250));
}

}  // namespace
}  // namespace shoal
