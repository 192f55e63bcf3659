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

std::variant<StreamItem, Refusal> WalkStream(const std::string& wire) {
  const std::string_view slice = wire;
  return WalkStreamRequest({&slice, 1}, Limits());
}

// "index: message" of an item that is refused, "ends: message" of what ends the stream.
std::string Answer(const std::string& wire) {
  const auto walked = WalkStream(wire);
  if (const auto* whole = std::get_if<Refusal>(&walked)) return "ends: " + whole->message;
  const auto& item = std::get<StreamItem>(walked);
  const auto* refusal = std::get_if<Refusal>(&item.request);
  if (refusal == nullptr) return std::to_string(item.index) + ": accepted";
  EXPECT_EQ(refusal->verdict, Verdict::kInvalidRequest);
  return std::to_string(item.index) + ": " + refusal->message;
}

std::string Repeat(std::string_view bytes, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += bytes;
  return all;
}

TEST(WireWalker, ReadsAStreamRequestWhoseRequestIsRefused) {
  const auto walked = WalkStream(std::string("\x12\x04") +
                                 Text("\xFF"
                                      "a") +
                                 "\x08\x09");
  ASSERT_TRUE(std::holds_alternative<StreamItem>(walked));
  EXPECT_EQ(std::get<StreamItem>(walked).index, 9u);
  EXPECT_EQ(std::get<Refusal>(std::get<StreamItem>(walked).request).verdict, Verdict::kInvalidUtf8);
}

TEST(WireWalker, AStreamRequestWithoutExactlyOneRequestIsRefusedUnderItsIndex) {
  const std::string index = "\x08\x09";
  const std::string request = "\x12\x03" + Text("a");
  EXPECT_EQ(Answer(request + index), "9: accepted");
  EXPECT_EQ(Answer(""), "0: the message has no request; one is accepted");
  EXPECT_EQ(Answer(index), "9: the message has no request; one is accepted");
  EXPECT_EQ(Answer(index + "\x1A\x01x"), "9: the message has no request; one is accepted");
  const std::string twice = "request comes twice; one is accepted, at byte ";
  EXPECT_EQ(Answer(request + request + index), "9: " + twice + "6");
  EXPECT_EQ(Answer(request + index + request + request), "9: " + twice + "8");
  EXPECT_EQ(Answer("\x12\x02\x0A\x05" + request + index), "9: " + twice + "5");
}

TEST(WireWalker, AStreamRequestWithAFieldOfAnotherTypeIsRefusedUnderItsIndex) {
  const std::string index = "\x08\x09";
  const std::string request = "\x12\x03" + Text("a");
  EXPECT_EQ(Answer("\x10\x07" + index), "9: request has wire type 0 instead of 2, at byte 1");
  EXPECT_EQ(Answer("\x11"
                   "12345678" +
                   index),
            "9: request has wire type 1 instead of 2, at byte 1");
  EXPECT_EQ(Answer("\x15"
                   "1234" +
                   index),
            "9: request has wire type 5 instead of 2, at byte 1");
  EXPECT_EQ(Answer("\x13\x0A\x01"
                   "a\x14" +
                   index),
            "9: request has wire type 3 instead of 2, at byte 1");
  EXPECT_EQ(Answer(request + "\x10\x07" + index),
            "9: request has wire type 0 instead of 2, at byte 6");
  EXPECT_EQ(Answer("\x0A\x01"
                   "a" +
                   request),
            "0: index has wire type 2 instead of 0, at byte 1");
  EXPECT_EQ(Answer("\x0D"
                   "1234" +
                   request + index),
            "9: index has wire type 5 instead of 0, at byte 1");
  EXPECT_EQ(Answer("\x1B\x23\x24\x1C" + request + index),
            "9: field 3 has wire type 3, which is not accepted, at byte 1");
}

TEST(WireWalker, AStreamRequestThatIsNoMessageHasNoIndex) {
  const std::string index = "\x08\x09";
  const std::string request = "\x12\x03" + Text("a");
  const std::string good = index + request;
  EXPECT_EQ(Answer(good + "\x12\x05"),
            "ends: the request is cut off: a length of 5 with 0 bytes left, at byte 9");
  EXPECT_EQ(Answer(good + "\x15"
                          "123"),
            "ends: the request is cut off, at byte 8");
  EXPECT_EQ(Answer(good + "\x08"), "ends: the request is cut off, at byte 8");
  EXPECT_EQ(Answer(good + "\x13\x08\x01"), "ends: the request is cut off, at byte 10");
  EXPECT_EQ(Answer(good + "\x13\x1C"), "ends: group 3 ends where group 2 is open, at byte 9");
  EXPECT_EQ(Answer(good + "\x14"), "ends: wire type 4, which is not accepted, at byte 8");
  EXPECT_EQ(Answer(good + "\x16"), "ends: wire type 6, which is not accepted, at byte 8");
  EXPECT_EQ(Answer(good + std::string(2, '\0')), "ends: a field number that cannot be, at byte 8");
  EXPECT_EQ(Answer(Repeat("\x1B", 100) + Repeat("\x1C", 100) + index),
            "9: field 3 has wire type 3, which is not accepted, at byte 1");
  EXPECT_EQ(Answer(Repeat("\x1B", 101) + Repeat("\x1C", 101) + index),
            "ends: more than 100 groups inside each other, at byte 101");
}

TEST(WireWalker, EveryMessageThatTheGeneratedParserReadsHasItsIndex) {
  Rng rng(3);
  int refused = 0;
  for (int i = 0; i < 50'000; ++i) {
    text_embedding::StreamRequest message;
    message.set_index(rng.Below(1000));
    if (rng.Below(2) == 0) message.mutable_request()->add_texts("abc");
    std::string wire = message.SerializeAsString() + message.SerializeAsString();
    if (wire.empty()) continue;
    for (std::uint64_t n = 1 + rng.Below(3); n > 0; --n) {
      wire[rng.Below(wire.size())] = static_cast<char>(rng.Below(rng.Below(2) == 0 ? 32 : 256));
    }
    if (!message.ParseFromString(wire)) continue;
    const auto walked = WalkStream(wire);
    ASSERT_TRUE(std::holds_alternative<StreamItem>(walked)) << Answer(wire);
    const auto& item = std::get<StreamItem>(walked);
    EXPECT_EQ(item.index, message.index());
    refused += std::holds_alternative<Refusal>(item.request) ? 1 : 0;
  }
  EXPECT_GT(refused, 1000);
}

}  // namespace
}  // namespace shoal
