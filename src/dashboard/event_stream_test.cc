#include "dashboard/event_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// What a client would have received; `reads` is whether it does.
struct FakeReply final : HttpReply {
  void Answer(HttpAnswer given) override { answer = std::move(given), ended = true; }
  void Begin(HttpAnswer given) override {
    answer = std::move(given);
    Send(answer.body);
  }
  void Send(std::string_view piece) override {
    ++sends;
    (reads ? text : unsent).append(piece);
  }
  void Finish() override { ended = true; }
  void Cut() override { was_cut = ended = true; }
  std::size_t unsent_bytes() const override { return unsent.size(); }
  void Keeps(std::size_t /*bytes*/) override {}
  std::string Take() { return std::exchange(text, ""); }

  HttpAnswer answer;
  std::string text;
  std::string unsent;
  int sends = 0;
  bool reads = true;
  bool ended = false;
  bool was_cut = false;
};

class EventStreamTest : public testing::Test {
 protected:
  std::unique_ptr<HttpWork> Open(FakeReply& reply, std::string_view last_id = "",
                                 std::string method = "GET") {
    HttpRequest request{.method = std::move(method), .path = "/api/v1/stream"};
    if (!last_id.empty()) request.headers.Add("Last-Event-ID", last_id);
    return stream_.Open(RouteCall(std::move(request), ApiStyle::kOpenAi, "r", {}, reply), now_);
  }
  // A second later, with this value.
  void Next(int value) {
    value_ = value;
    now_ += seconds(1);
    stream_.Turn(now_);
  }

  int value_ = 1;
  std::string large_;
  int asked_ = 0;
  EventStream::TimePoint now_{seconds(100)};
  EventStream stream_{"c", [this](EventStream::TimePoint) {
                        ++asked_;
                        StateTree tree;
                        tree.Int("value", value_);
                        tree.Int("same", 7);
                        if (!large_.empty()) tree.String("large", large_);
                        return tree;
                      }};
};

TEST_F(EventStreamTest, BeginsWithTheWholeAndGoesOnWithWhatChanged) {
  FakeReply reply;
  const auto work = Open(reply);
  EXPECT_EQ(reply.Take(),
            "retry: 2000\n\nid: c-1\nevent: snapshot\ndata: {\"value\":1,\"same\":7}\n\n");
  Next(2);
  EXPECT_EQ(reply.Take(), "id: c-2\nevent: delta\ndata: {\"value\":2}\n\n");
  Next(2);
  EXPECT_EQ(reply.Take(), "") << "nothing changed";
}

TEST_F(EventStreamTest, IsToldOfAChangeAtOnceButNotOfManyOneByOne) {
  FakeReply reply;
  const auto work = Open(reply);
  now_ += milliseconds(100);
  EXPECT_EQ(stream_.Turn(now_), now_ + milliseconds(900));
  value_ = 2;
  stream_.Changed();
  stream_.Turn(now_);
  EXPECT_THAT(reply.Take(), HasSubstr("{\"value\":2}"));
  now_ += milliseconds(10);
  value_ = 3;
  stream_.Changed();
  EXPECT_EQ(stream_.Turn(now_), now_ + milliseconds(40));
  EXPECT_THAT(reply.text, Not(HasSubstr("{\"value\":3}")));
  now_ += milliseconds(40);
  stream_.Turn(now_);
  EXPECT_THAT(reply.text, HasSubstr("{\"value\":3}"));
}

TEST_F(EventStreamTest, TellsEachSecondAtTheSamePlace) {
  now_ += milliseconds(300);
  FakeReply reply;
  const auto work = Open(reply);
  EXPECT_EQ(stream_.Turn(now_), now_ + milliseconds(700));
  now_ += milliseconds(900);
  EXPECT_EQ(stream_.Turn(now_), now_ + milliseconds(800)) << "however late it was";
}

TEST_F(EventStreamTest, ReplaysWhatCameSinceTheLastEvent) {
  FakeReply first;
  const auto work = Open(first);
  Next(2);
  Next(3);
  FakeReply second;
  const auto again = Open(second, "c-2");
  EXPECT_EQ(second.text, "retry: 2000\n\nid: c-3\nevent: delta\ndata: {\"value\":3}\n\n");
  FakeReply third;
  const auto up_to_date = Open(third, "c-3");
  EXPECT_EQ(third.text, "retry: 2000\n\n");
}

TEST_F(EventStreamTest, ReplaysAcrossATimeWhenNobodyListened) {
  FakeReply reply;
  Open(reply).reset();
  Next(5);
  FakeReply again;
  const auto work = Open(again, "c-1");
  EXPECT_EQ(again.text, "retry: 2000\n\nid: c-2\nevent: delta\ndata: {\"value\":5}\n\n");
}

TEST_F(EventStreamTest, GivesTheWholeWhereItCannotReplay) {
  FakeReply first;
  const auto work = Open(first);
  for (int i = 2; i < 70; ++i) Next(i);
  for (const char* const id : {"c-1", "c-8", "c-70", "c-", "c-9x", "d-69", "69", "c69"}) {
    FakeReply reply;
    const auto again = Open(reply, id);
    EXPECT_THAT(reply.text, HasSubstr("id: c-69\nevent: snapshot\n")) << id;
  }
  FakeReply reply;
  const auto again = Open(reply, "c-9");
  EXPECT_THAT(reply.text, StartsWith("retry: 2000\n\nid: c-10\nevent: delta\n"));
}

TEST_F(EventStreamTest, AsksForTheStateOnceForAllAndNotForNobody) {
  EXPECT_EQ(stream_.Turn(now_), EventStream::TimePoint::max());
  stream_.Changed();
  EXPECT_EQ(stream_.Turn(now_), EventStream::TimePoint::max());
  EXPECT_EQ(asked_, 0);
  FakeReply a, b;
  auto first = Open(a);
  auto second = Open(b);
  Next(2);
  EXPECT_EQ(asked_, 2);
  EXPECT_EQ(stream_.followers(), 2u);
  first.reset();
  second.reset();
  Next(3);
  EXPECT_EQ(asked_, 2);
  EXPECT_EQ(stream_.followers(), 0u);
}

TEST_F(EventStreamTest, PingsEveryFifteenSeconds) {
  FakeReply reply;
  const auto work = Open(reply);
  reply.Take();
  for (int second = 0; second < 14; ++second) Next(value_);
  EXPECT_EQ(reply.Take(), "");
  Next(value_);
  EXPECT_EQ(reply.Take(), ": ping\n\n");
}

TEST_F(EventStreamTest, DropsWhoDoesNotRead) {
  FakeReply slow, quick;
  slow.reads = false;
  const auto one = Open(slow);
  const auto other = Open(quick);
  for (int i = 0; i < 4; ++i) {
    EXPECT_FALSE(slow.was_cut);
    large_ = std::string(300'000, static_cast<char>('a' + i));
    Next(i);
  }
  EXPECT_TRUE(slow.was_cut);
  EXPECT_EQ(stream_.dropped(), 1u);
  EXPECT_EQ(stream_.followers(), 1u);
  const int sends = slow.sends;
  Next(9);
  EXPECT_EQ(slow.sends, sends) << "nothing is sent behind a cut";
  EXPECT_FALSE(quick.ended);
}

TEST_F(EventStreamTest, RefusesMoreThanItCanServe) {
  std::vector<std::unique_ptr<FakeReply>> replies;
  std::vector<std::unique_ptr<HttpWork>> works;
  for (std::size_t i = 0; i < EventStream::kMostFollowers; ++i) {
    works.push_back(Open(*replies.emplace_back(std::make_unique<FakeReply>())));
  }
  FakeReply reply;
  EXPECT_EQ(Open(reply), nullptr);
  EXPECT_EQ(reply.answer.status, 503);
  works.pop_back();
  EXPECT_NE(works.emplace_back(Open(*replies.back())), nullptr);
}

TEST_F(EventStreamTest, EndsAllAndAnswersHeadAtOnce) {
  FakeReply reply, head;
  const auto work = Open(reply);
  EXPECT_EQ(Open(head, "", "HEAD"), nullptr);
  EXPECT_TRUE(head.ended);
  value_ = 2;
  stream_.EndAll(now_);
  EXPECT_THAT(reply.text, HasSubstr("{\"value\":2}"));
  EXPECT_TRUE(reply.ended);
  EXPECT_FALSE(reply.was_cut);
  EXPECT_EQ(stream_.followers(), 0u);
}

}  // namespace
}  // namespace shoal
