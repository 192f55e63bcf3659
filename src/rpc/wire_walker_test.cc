#include "rpc/wire_walker.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/rng.h"
#include "proto/public.pb.h"

namespace shoal {
namespace {

// The message cut into slices of `piece` bytes.
WalkedRequest Walk(const std::string& wire, std::size_t piece, const Limits& limits = Limits()) {
  std::vector<std::string_view> slices;
  for (std::size_t at = 0; at < wire.size(); at += piece) {
    slices.push_back(std::string_view(wire).substr(at, piece));
  }
  return WalkEmbedRequest(slices, limits);
}

Refusal Refused(const std::string& wire) {
  const WalkedRequest walked = Walk(wire, 7, {.max_texts = 4, .max_text_bytes = 100});
  const auto* refusal = std::get_if<Refusal>(&walked);
  return refusal == nullptr ? Refusal{.verdict = Verdict::kOk} : *refusal;
}

std::string Text(const std::string& text) {
  return std::string("\x0A") + static_cast<char>(text.size()) + text;
}

text_embedding::EmbedRequest RandomMessage(Rng& rng) {
  text_embedding::EmbedRequest message;
  for (std::uint64_t i = 0, n = 1 + rng.Below(20); i < n; ++i) {
    message.add_texts(std::string(rng.Below(200), static_cast<char>('a' + rng.Below(26))) +
                      "\u00e9");
  }
  if (rng.Below(2) == 0) message.set_model("m\u00f6del");
  if (rng.Below(2) == 0) message.set_priority(rng.Below(2) == 0 ? "high" : "bulk");
  if (rng.Below(2) == 0) message.set_truncate(rng.Below(2) == 0);
  if (rng.Below(2) == 0) message.set_prompt_name("query");
  if (rng.Below(2) == 0) message.set_request_id("r-1");
  return message;
}

void ExpectSame(const EmbedRequest& ours, const text_embedding::EmbedRequest& theirs) {
  EXPECT_EQ(ours.texts, std::vector<std::string>(theirs.texts().begin(), theirs.texts().end()));
  EXPECT_EQ(ours.model, theirs.model());
  EXPECT_EQ(ours.prompt_name, theirs.prompt_name());
  EXPECT_EQ(ours.request_id, theirs.request_id());
  EXPECT_EQ(ours.truncate, !theirs.has_truncate() || theirs.truncate());
  EXPECT_EQ(ours.priority == Priority::kHigh, theirs.priority() == "high");
  EXPECT_EQ(ours.priority == Priority::kBulk, theirs.priority() == "bulk");
}

TEST(WireWalker, ReadsWhatTheGeneratedCodeWrites) {
  Rng rng(1);
  for (int i = 0; i < 300; ++i) {
    const text_embedding::EmbedRequest message = RandomMessage(rng);
    const WalkedRequest walked = Walk(message.SerializeAsString(), 1 + rng.Below(100));
    ASSERT_TRUE(std::holds_alternative<EmbedRequest>(walked));
    ExpectSame(std::get<EmbedRequest>(walked), message);
  }
}

TEST(WireWalker, AcceptsNothingThatTheGeneratedParserRefusesOrReadsDifferently) {
  Rng rng(2);
  int accepted = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string wire = RandomMessage(rng).SerializeAsString();
    for (std::uint64_t n = 1 + rng.Below(3); n > 0; --n) {
      wire[rng.Below(wire.size())] = static_cast<char>(rng.Below(256));
    }
    if (rng.Below(4) == 0) wire.resize(rng.Below(wire.size()));
    const WalkedRequest walked = Walk(wire, 1 + rng.Below(50));
    if (!std::holds_alternative<EmbedRequest>(walked)) continue;
    ++accepted;
    text_embedding::EmbedRequest theirs;
    ASSERT_TRUE(theirs.ParseFromString(wire)) << i;
    ExpectSame(std::get<EmbedRequest>(walked), theirs);
  }
  EXPECT_GT(accepted, 1000);
}

TEST(WireWalker, AsksTheRulesOfTheEdgeAndNamesTheField) {
  const std::string three = Text("a") + Text("") + Text("c");
  EXPECT_EQ(Refused("").message, "texts is empty; 1 to 4 are accepted");
  EXPECT_EQ(Refused(three + Text("d") + Text("e")).message,
            "texts has more than 4 entries; 1 to 4 are accepted");
  EXPECT_EQ(Refused(three + Text(std::string(101, 'x'))).message,
            "texts[3] has 101 bytes; up to 100 are accepted");
  EXPECT_EQ(Refused(three + Text("0123456789abcdefg\xFF")).message,
            "texts[3] is not valid UTF-8 at byte 17");
}

TEST(WireWalker, AsksTheRulesOfTheEdgeForWords) {
  text_embedding::EmbedRequest message;
  message.add_texts("a");
  message.set_priority("urgent");
  EXPECT_EQ(Refused(message.SerializeAsString()).message,
            "priority is \"urgent\"; normal, high and bulk are accepted");
  message.set_model(std::string(1025, 'm'));
  EXPECT_EQ(Refused(message.SerializeAsString()).message,
            "model has 1025 bytes; up to 1024 are accepted");
  EXPECT_EQ(Refused(Text("a") + "\x9A\x01\x01\xFF").message,
            "prompt_name is not valid UTF-8 at byte 0");
}

TEST(WireWalker, SaysWhereABrokenMessageBreaks) {
  EXPECT_EQ(Refused("\x0A\x05"
                    "abc")
                .message,
            "the request is cut off: a length of 5 with 3 bytes left, at byte 2");
  EXPECT_EQ(Refused("\x0A\x80\x80\x80\x80\x80").message, "a varint that is too long, at byte 6");
  EXPECT_EQ(Refused("\x13").message, "wire type 3, which is not accepted, at byte 1");
  EXPECT_EQ(Refused("\x08\x01").message, "texts has wire type 0 instead of 2, at byte 1");
  EXPECT_EQ(Refused(std::string(1, '\0')).message, "a field number that cannot be, at byte 1");
}

TEST(WireWalker, ReadsAStreamRequestWhoseRequestIsRefused) {
  const std::string wire = std::string("\x12\x04") +
                           Text(
                               "\xFF"
                               "a") +
                           "\x08\x09";
  const std::string_view slice = wire;
  const auto walked = WalkStreamRequest({&slice, 1}, Limits());
  ASSERT_TRUE(std::holds_alternative<StreamItem>(walked));
  EXPECT_EQ(std::get<StreamItem>(walked).index, 9u);
  EXPECT_EQ(std::get<Refusal>(std::get<StreamItem>(walked).request).verdict, Verdict::kInvalidUtf8);
}

}  // namespace
}  // namespace shoal
