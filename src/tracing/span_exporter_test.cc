// Against a collector that says what a test wants.
#include "tracing/span_exporter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "base/address.h"
#include "http/http_server.h"

namespace shoal {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;
using testing::HasSubstr;

// Keeps requests, answers each with the next of its answers and the last ever after; none: never.
class Collector {
 public:
  Collector(SocketLoop& loop, std::vector<HttpAnswer> answers) : answers_(std::move(answers)) {
    server_ = HttpServer::Start(
                  {.listen = "127.0.0.1:0",
                   .serve = {.handler = [this](HttpRequest request,
                                               HttpReply& reply) -> std::unique_ptr<HttpWork> {
                     MutexLock lock(mutex_);
                     requests_.push_back(std::move(request));
                     changed_.NotifyAll();
                     if (answers_.empty()) return std::make_unique<HttpWork>();
                     reply.Answer(answers_[std::min(requests_.size(), answers_.size()) - 1]);
                     return nullptr;
                   }}},
                  SystemClock(), loop)
                  .value();
  }

  const std::string& address() const { return server_->address(); }
  // Once so many have come.
  std::vector<std::string> Bodies(std::size_t count) {
    MutexLock lock(mutex_);
    while (requests_.size() < count) changed_.Wait(mutex_);
    std::vector<std::string> bodies;
    for (const HttpRequest& request : requests_) bodies.push_back(request.body);
    return bodies;
  }
  std::string Header(std::string_view name) {
    MutexLock lock(mutex_);
    return std::string(requests_.at(0).headers.Find(name).value_or(""));
  }
  std::string path() {
    MutexLock lock(mutex_);
    return requests_.at(0).path;
  }

 private:
  const std::vector<HttpAnswer> answers_;
  Mutex mutex_;
  CondVar changed_;
  std::vector<HttpRequest> requests_ GUARDED_BY(mutex_);
  std::unique_ptr<HttpServer> server_;
};

class SpanExporterTest : public testing::Test {
 protected:
  void Start(std::vector<HttpAnswer> answers, TraceOptions options = {.delay = 1h}) {
    collector_ = std::make_unique<Collector>(*loop_, std::move(answers));
    options.endpoint = ParseUrl("http://" + collector_->address() + "/v1/traces").value();
    options.resource = {{"service.name", "s"}};
    exporter_ = SpanExporter::Start(std::move(options), "1.0", *loop_, SystemClock());
  }
  void Add(std::uint64_t first, std::uint64_t count) {
    loop_->PostAndWait([&] {
      for (std::uint64_t id = first; id < first + count; ++id) {
        exporter_->Add({.trace_id = {1}, .span_id = id, .name = "server"});
      }
    });
  }
  void Flush() { exporter_->Flush(steady_clock::time_point::max()); }

  std::unique_ptr<SocketLoop> loop_ = SocketLoop::Start(SystemClock()).value();
  std::unique_ptr<Collector> collector_;
  std::unique_ptr<SpanExporter> exporter_;
};

std::size_t Spans(const std::string& body) {
  std::size_t count = 0;
  for (auto at = body.find("spanId"); at != std::string::npos; at = body.find("spanId", at + 1)) {
    ++count;
  }
  return count;
}

TEST_F(SpanExporterTest, SendsWhatThereIsAtTheEnd) {
  Start({{}}, {.headers = {{"authorization", "Bearer x"}}, .delay = 1h});
  Add(1, 2);
  Flush();
  const auto bodies = collector_->Bodies(1);
  ASSERT_EQ(bodies.size(), 1u);
  EXPECT_THAT(bodies[0], HasSubstr(R"("spanId":"0000000000000001")"));
  EXPECT_THAT(bodies[0], HasSubstr(R"(},{"traceId")"));
  EXPECT_EQ(collector_->path(), "/v1/traces");
  EXPECT_EQ(collector_->Header("content-type"), "application/json");
  EXPECT_EQ(collector_->Header("authorization"), "Bearer x");
  EXPECT_EQ(exporter_->dropped().failed, 0u);
}

TEST_F(SpanExporterTest, HasNothingToFlushWithoutSpans) {
  Start({{}});
  Flush();
  Flush();
}

TEST_F(SpanExporterTest, AFullRequestLeavesAtOnceAndTheRestAfterADelay) {
  Start({{}}, {.delay = 20ms, .max_batch = 4});
  Add(1, 6);
  const auto bodies = collector_->Bodies(2);
  EXPECT_EQ(Spans(bodies[0]), 4u);
  EXPECT_EQ(Spans(bodies[1]), 2u);
}

TEST_F(SpanExporterTest, WhatDoesNotFitTheQueueIsDroppedAndCounted) {
  Start({}, {.delay = 1h, .max_queue = 10, .max_batch = 4});  // the collector stands still
  Add(1, 30);
  EXPECT_EQ(exporter_->dropped().queue_full, 30u - 10u - 4u);
  exporter_->Flush(SystemClock().Now());  // and does not hold up the end
}

TEST_F(SpanExporterTest, TheSameIsSentAgainWhenTheCollectorSaysSo) {
  Start({{.status = 503, .headers = {{"Retry-After", "0"}}}, {}}, {.delay = 1h, .max_batch = 2});
  Add(1, 2);
  const auto bodies = collector_->Bodies(2);
  EXPECT_EQ(bodies[0], bodies[1]);
  Flush();
  EXPECT_EQ(exporter_->dropped().failed, 0u);
}

TEST_F(SpanExporterTest, NotForEver) {
  Start({{.status = 429, .headers = {{"Retry-After", "0"}}}}, {.delay = 1h, .max_batch = 2});
  Add(1, 2);
  EXPECT_EQ(collector_->Bodies(kMostAttempts).size(), std::size_t{kMostAttempts});
  Flush();
  EXPECT_EQ(exporter_->dropped().failed, 2u);
}

TEST_F(SpanExporterTest, WhatIsRefusedIsCountedAndTheNextIsSent) {
  Start({{.status = 400}, {}}, {.delay = 1h, .max_batch = 2});
  Add(1, 4);
  collector_->Bodies(2);
  Flush();
  EXPECT_EQ(exporter_->dropped().failed, 2u);
}

TEST_F(SpanExporterTest, RejectedSpansAreCountedButNotMoreThanWereSent) {
  Start({{.body = R"({"partialSuccess":{"rejectedSpans":"1"}})"},
         {.body = R"({"partialSuccess":{"rejectedSpans":"1000000"}})"}},
        {.delay = 1h, .max_batch = 2});
  Add(1, 4);
  Flush();
  EXPECT_EQ(exporter_->dropped().rejected, 3u);
}

TEST_F(SpanExporterTest, ACollectorThatIsGoneEndsTheFlush) {
  Start({{}});
  collector_.reset();
  Add(1, 3);
  Flush();
  EXPECT_EQ(exporter_->dropped().failed, 3u);
}

}  // namespace
}  // namespace shoal
