#include "embed/remote_embedder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <map>

namespace shoal {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// What the fake server does with one request: fail so, or answer.
using Script = std::function<Status(const std::vector<std::string>& texts)>;

struct Seen {
  std::vector<std::vector<std::string>> requests;
  EmbedOptions options;  // of the last request
  std::size_t in_flight = 0;
  std::size_t most_in_flight = 0;
  int truncated = 0;                // to say in each answer
  int dim = 2;                      // of the answers
  std::vector<Status> info_errors;  // of the next Info, the last one first
  ServiceInfo info;                 // what the server says of itself
};

// Answers the last of `hold` requests first, on the caller's thread: order must not matter. The
// vector of a text is its number and its length.
class FakeClient final : public EmbedClient {
 public:
  FakeClient(Seen& seen, Script script, std::size_t hold)
      : seen_(seen), script_(std::move(script)), hold_(hold) {}

  Result<EmbedAnswer> Embed(const std::vector<std::string>&, const EmbedOptions&) override {
    return UnimplementedError("not used");
  }
  void EmbedAsync(const std::vector<std::string>& texts, const EmbedOptions& options,
                  Callback done) override {
    seen_.requests.push_back(texts);
    seen_.options = options;
    seen_.most_in_flight = std::max(seen_.most_in_flight, ++seen_.in_flight);
    held_.push_back({texts, std::move(done)});
    const bool is_last = texts.back() == "end";
    if (held_.size() < hold_ && !is_last) return;
    std::vector<Held> all;
    all.swap(held_);
    std::ranges::reverse(all);
    for (Held& held : all) Answer(held);
  }
  void Cancel(CallKey) override {}
  Result<ServiceInfo> Info(milliseconds timeout) override {
    info_timeout = timeout;
    if (!info_error.ok()) return info_error;
    if (!seen_.info_errors.empty()) {
      Status error = std::move(seen_.info_errors.back());
      seen_.info_errors.pop_back();
      return error;
    }
    ServiceInfo info = seen_.info;
    info.model.dim = 2;
    info.model.max_tokens = 9;
    return info;
  }

  Status info_error;
  milliseconds info_timeout{0};

 private:
  struct Held {
    std::vector<std::string> texts;
    Callback done;
  };

  void Answer(Held& held) {
    --seen_.in_flight;
    Status status = script_(held.texts);
    if (!status.ok()) return held.done(std::move(status));
    EmbedAnswer answer;
    answer.reply.dim = seen_.dim;
    answer.reply.truncated = static_cast<std::uint32_t>(seen_.truncated);
    for (const std::string& text : held.texts) {
      const float vector[2] = {text == "end" ? -1.0f : std::stof(text),
                               static_cast<float>(text.size())};
      answer.reply.vectors.append(reinterpret_cast<const char*>(vector), sizeof vector);
    }
    held.done(std::move(answer));
  }

  Seen& seen_;
  const Script script_;
  const std::size_t hold_;
  std::vector<Held> held_;
};

// "0", "1", ... and at last "end".
std::vector<std::string> Texts(std::size_t count) {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i + 1 < count; ++i) texts.push_back(std::to_string(i));
  texts.push_back("end");
  return texts;
}

struct Remote {
  explicit Remote(Script script, RemoteEmbedderOptions options = {}, std::size_t hold = 1) {
    if (!options.request.timeout) options.request.timeout = milliseconds(500);
    auto result =
        RemoteEmbedder::Create(std::make_unique<FakeClient>(seen, std::move(script), hold), options,
                               [this](milliseconds wait) { waits.push_back(wait.count()); });
    embedder = std::move(result).value();
  }
  Seen seen;
  std::vector<std::int64_t> waits;
  std::unique_ptr<RemoteEmbedder> embedder;
};

Status Works(const std::vector<std::string>&) { return {}; }

std::vector<float> VectorsOf(const std::vector<std::string>& texts) {
  std::vector<float> vectors;
  for (const std::string& text : texts) {
    vectors.push_back(text == "end" ? -1.0f : std::stof(text));
    vectors.push_back(static_cast<float>(text.size()));
  }
  return vectors;
}

TEST(RemoteEmbedder, KeepsTheOrderWhenAnswersComeInAnother) {
  Remote remote(Works, {.chunk_texts = 3, .in_flight = 4}, 4);
  const std::vector<std::string> texts = Texts(40);  // 14 requests, the last of one text
  const Result<Embedded> embedded = remote.embedder->Embed(texts);
  ASSERT_TRUE(embedded.ok()) << embedded.status().message();
  EXPECT_EQ(embedded->vectors, VectorsOf(texts));
  EXPECT_EQ(remote.seen.requests.size(), 14u);
  EXPECT_EQ(remote.seen.most_in_flight, 4u);
  EXPECT_THAT(remote.waits, IsEmpty());
}

TEST(RemoteEmbedder, CutsRequestsAlsoByBytes) {
  Remote remote(Works, {.chunk_texts = 3, .chunk_bytes = 4});
  ASSERT_TRUE(
      remote.embedder
          ->Embed(std::vector<std::string>{"10", "20", "3", "1234567", "1", "2", "3", "end"})
          .ok());
  EXPECT_THAT(remote.seen.requests,
              ElementsAre(ElementsAre("10", "20"), ElementsAre("3"), ElementsAre("1234567"),
                          ElementsAre("1", "2", "3"), ElementsAre("end")));
}

TEST(RemoteEmbedder, NoTextsAreNoRequest) {
  Remote remote(Works);
  const Result<Embedded> embedded = remote.embedder->Embed({});
  ASSERT_TRUE(embedded.ok());
  EXPECT_THAT(embedded->vectors, IsEmpty());
  EXPECT_THAT(remote.seen.requests, IsEmpty());
}

TEST(RemoteEmbedder, SendsTheOptionsWithEveryRequestAndAddsUpWhatWasCut) {
  Remote remote(Works, {.request = {.timeout = milliseconds(70), .model = "m", .prompt_name = "p"},
                        .chunk_texts = 2});
  remote.seen.truncated = 1;
  const Result<Embedded> embedded = remote.embedder->Embed(Texts(5));
  ASSERT_TRUE(embedded.ok());
  EXPECT_EQ(embedded->truncated, 3u);
  EXPECT_EQ(remote.seen.options.timeout, milliseconds(70));
  EXPECT_EQ(remote.seen.options.model, "m");
  EXPECT_EQ(remote.seen.options.prompt_name, "p");
  EXPECT_EQ(remote.embedder->max_tokens(), 9);
}

TEST(RemoteEmbedder, AsksAgainWithGrowingWaitsUntilTheServerIsBack) {
  for (const StatusCode code : {StatusCode::kUnavailable, StatusCode::kResourceExhausted}) {
    int failures = 0;
    Remote remote(
        [&](const std::vector<std::string>& texts) {
          return texts.front() == "2" && ++failures <= 3 ? Status(code, "busy") : Status();
        },
        {.chunk_texts = 2, .first_wait = milliseconds(10)});
    const std::vector<std::string> texts = Texts(7);
    const Result<Embedded> embedded = remote.embedder->Embed(texts);
    ASSERT_TRUE(embedded.ok()) << embedded.status().message();
    EXPECT_EQ(embedded->vectors, VectorsOf(texts));
    EXPECT_THAT(remote.waits, ElementsAre(10, 20, 40));
    EXPECT_EQ(remote.seen.requests.size(), 7u);  // 4, and 3 attempts that failed
  }
}

TEST(RemoteEmbedder, OneWaitCoversAllThatFailedTogether) {
  std::map<std::string, int> attempts;
  Remote remote(
      [&](const std::vector<std::string>& texts) {
        return ++attempts[texts.front()] == 1 ? UnavailableError("away") : Status();
      },
      {.chunk_texts = 1, .in_flight = 4, .first_wait = milliseconds(10)}, 4);
  const std::vector<std::string> texts = Texts(4);
  const Result<Embedded> embedded = remote.embedder->Embed(texts);
  ASSERT_TRUE(embedded.ok());
  EXPECT_EQ(embedded->vectors, VectorsOf(texts));
  EXPECT_THAT(remote.waits, ElementsAre(10));
}

TEST(RemoteEmbedder, GivesUpAfterTheLastAttemptWithTheServersWords) {
  Remote remote([](const std::vector<std::string>&) { return UnavailableError("gone"); },
                {.attempts = 3, .first_wait = milliseconds(10)});
  const Result<Embedded> embedded = remote.embedder->Embed(Texts(3));
  ASSERT_FALSE(embedded.ok());
  EXPECT_EQ(embedded.status().code(), StatusCode::kUnavailable);
  EXPECT_EQ(embedded.status().message(), "texts 1 to 3: gone");
  EXPECT_EQ(remote.seen.requests.size(), 3u);
  EXPECT_THAT(remote.waits, ElementsAre(10, 20));
}

TEST(RemoteEmbedder, OtherErrorsEndItAtOnceAndNothingMoreIsSent) {
  for (const StatusCode code : {StatusCode::kDeadlineExceeded, StatusCode::kInvalidArgument,
                                StatusCode::kInternal, StatusCode::kNotFound}) {
    Remote remote(
        [code](const std::vector<std::string>& texts) {
          return texts.front() == "1" ? Status(code, "no") : Status();
        },
        {.chunk_texts = 1, .in_flight = 2}, 2);
    const Result<Embedded> embedded = remote.embedder->Embed(Texts(10));
    ASSERT_FALSE(embedded.ok());
    EXPECT_EQ(embedded.status().code(), code);
    EXPECT_EQ(remote.seen.requests.size(), 2u);
    EXPECT_THAT(remote.waits, IsEmpty());
    EXPECT_EQ(remote.seen.in_flight, 0u);
  }
}

TEST(RemoteEmbedder, AnErrorCountsTextsOverAllCalls) {
  Remote remote(
      [](const std::vector<std::string>& texts) {
        return texts.front() == "3" ? InvalidArgumentError("texts[0]: no") : Status();
      },
      {.chunk_texts = 1});
  ASSERT_TRUE(remote.embedder->Embed(std::vector<std::string>{"1", "2"}).ok());
  EXPECT_EQ(remote.embedder->Embed(std::vector<std::string>{"3"}).status().message(),
            "text 3: texts[0]: no");
}

TEST(RemoteEmbedder, VectorsOfAnotherSizeThanPromisedAreRefused) {
  Remote remote(Works);
  remote.seen.dim = 3;
  const Result<Embedded> embedded = remote.embedder->Embed(Texts(1));
  ASSERT_FALSE(embedded.ok());
  EXPECT_EQ(embedded.status().code(), StatusCode::kInternal);
}

TEST(RemoteEmbedder, AServerThatDoesNotSayWhatItServesIsAnErrorAtOnce) {
  Seen seen;
  auto client = std::make_unique<FakeClient>(seen, Works, 1);
  client->info_error = UnavailableError("connection refused");
  const auto embedder = RemoteEmbedder::Create(
      std::move(client), {.request = {.timeout = milliseconds(5)}}, [](milliseconds) {});
  ASSERT_FALSE(embedder.ok());
  EXPECT_EQ(embedder.status().code(), StatusCode::kUnavailable);
}

TEST(RemoteEmbedder, ItsIdentityIsWhatTheServerSaysWithTheTablesOfItsWorkers) {
  Seen seen;
  seen.info = {.version = "1.2", .model = {.name = "m", .digest = "abc"}};
  for (const char* table : {"avx512", "", "avx2", "avx512"}) {
    seen.info.workers.push_back({.kernel_table = table});
  }
  const auto embedder = RemoteEmbedder::Create(
      std::make_unique<FakeClient>(seen, Works, 1),
      {.request = {.timeout = milliseconds(5), .prompt_name = "query"}}, [](milliseconds) {});
  EXPECT_EQ((*embedder)->identity(), (RunIdentity{.server = true,
                                                  .version = "1.2",
                                                  .model = "m",
                                                  .model_digest = "abc",
                                                  .precision = "fp32",
                                                  .kernels = "avx2+avx512",
                                                  .prompt = "query"}));
}

TEST(RemoteEmbedder, AServerThatHasAnotherModelMeanwhileGivesNoVectors) {
  Remote remote(Works);
  remote.seen.info.workers.push_back({.kernel_table = "avx2"});  // a worker may come
  ASSERT_TRUE(remote.embedder->Embed(Texts(2)).ok());
  remote.seen.info.model.digest = "another";
  const Status status = remote.embedder->Embed(Texts(2)).status();
  EXPECT_EQ(status.code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(status.message(),
            "the server had the model  () when this run began, now it has  (another)");
}

TEST(RemoteEmbedder, AServerThatIsAwayWhenItIsAskedWhatItServesIsAskedAgain) {
  Remote remote(Works, {.attempts = 3, .first_wait = milliseconds(10)});
  remote.seen.info_errors = {UnavailableError("gone"), UnavailableError("gone")};
  EXPECT_TRUE(remote.embedder->Embed(Texts(2)).ok());
  EXPECT_THAT(remote.waits, ElementsAre(10, 20));
  remote.seen.info_errors = {3, UnavailableError("gone")};
  EXPECT_EQ(remote.embedder->Embed(Texts(2)).status().code(), StatusCode::kUnavailable);
}

}  // namespace
}  // namespace shoal
