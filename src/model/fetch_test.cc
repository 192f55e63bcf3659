#include "model/fetch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <map>
#include <optional>

#include "base/file.h"
#include "model/manifest.h"
#include "model/model_folder.h"
#include "model/safetensors.h"
#include "model/temporary_folder.h"
#include "net/test_server.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string Weights() {
  const std::string header = R"({"w":{"dtype":"U8","shape":[100000],"data_offsets":[0,100000]}})";
  std::string file(8, '\0');
  file[0] = static_cast<char>(header.size());
  file += header;
  for (int i = 0; i < 100'000; ++i) file += static_cast<char>(i % 251);
  return file;
}

std::map<std::string, std::string> TinyModel() {
  return {
      {"config.json", R"({"model_type":"bert","hidden_act":"gelu","vocab_size":2,"hidden_size":32,
         "num_hidden_layers":2,"num_attention_heads":4,"intermediate_size":64,
         "max_position_embeddings":512,"type_vocab_size":2})"},
      {"modules.json", R"([{"path":"","type":"sentence_transformers.models.Transformer"},
         {"path":"1_Pooling","type":"sentence_transformers.models.Pooling"}])"},
      {"1_Pooling/config.json", R"({"word_embedding_dimension":32,"pooling_mode":"mean"})"},
      {"sentence_bert_config.json", R"({"max_seq_length":128})"},
      {"vocab.txt", "[PAD]\n[UNK]\n"},
      {"model.safetensors", Weights()},
  };
}

// A request as the hub sees it.
struct Request {
  std::string file;
  std::optional<std::size_t> from;
  std::string head;
};

Request Parsed(const std::string& head) {
  constexpr std::string_view kPath = "/resolve/main/";
  Request request{.file = "", .from = std::nullopt, .head = head};
  const std::size_t path = head.find(kPath);
  if (path != std::string::npos) {
    const std::size_t start = path + kPath.size();
    request.file = head.substr(start, head.find(' ', start) - start);
  }
  if (const std::size_t range = head.find("Range: bytes="); range != std::string::npos) {
    request.from = std::stoul(head.substr(range + 13));
  }
  return request;
}

std::string Answer(const std::string& line, const std::string& headers, const std::string& body) {
  return "HTTP/1.1 " + line + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         headers + "\r\n" + body;
}

// Serves files as the hub does: ETags and ranges.
std::string Serve(const std::map<std::string, std::string>& files, const Request& request) {
  const auto found = files.find(request.file);
  if (found == files.end()) return Answer("404 Not Found", "", "Entry not found");
  const std::string& body = found->second;
  if (!request.from.has_value()) return Answer("200 OK", "ETag: \"v1\"\r\n", body);
  if (*request.from >= body.size()) return Answer("416 Range Not Satisfiable", "", "");
  const std::string range = "Content-Range: bytes " + std::to_string(*request.from) + "-" +
                            std::to_string(body.size() - 1) + "/" + std::to_string(body.size());
  return Answer("206 Partial Content", "ETag: \"v1\"\r\n" + range + "\r\n",
                body.substr(*request.from));
}

// What a model must pass here: its files read.
Status Check(const std::filesystem::path& path) {
  RETURN_IF_ERROR(OpenModelFolder(path).status());
  return SafeTensors::Open(path / kWeightsFile).status();
}

// A fetch from a hub whose answers a test decides; `answer` gets the number of the request for that
// file, from 1.
class Fetch {
 public:
  using Answerer = std::function<std::string(const Request&, int number)>;

  explicit Fetch(Answerer answer, const std::string& name = "tiny")
      : answer_(std::move(answer)), destination_(folder_.path() / "models" / name) {}

  // The hub is gone when this returns: what it noted can be read.
  Status Run() {
    TestServer server([this](const std::string& head) {
      const Request request = Parsed(head);
      requests_.push_back(request);
      return answer_(request, ++numbers_[request.file]);
    });
    FetchOptions options;
    options.repository = "org/" + destination_.filename().string();
    options.endpoint = server.url();
    options.token = "secret";
    options.destination = destination_;
    options.check = check_;
    options.sleep = [this](std::chrono::milliseconds pause) { pauses_.push_back(pause.count()); };
    return FetchModel(options, [this](const FetchProgress& progress) { last_ = progress; });
  }

  std::string Content(const std::string& file) const {
    return ReadFile(destination_ / file, 1 << 20).value();
  }
  bool NothingUsable() const { return !std::filesystem::exists(destination_); }
  bool NothingKept() const { return !std::filesystem::exists(destination_.string() + ".part"); }

  Answerer answer_;
  std::function<Status(const std::filesystem::path&)> check_ = Check;
  TemporaryFolder folder_;
  std::map<std::string, int> numbers_;
  std::vector<Request> requests_;
  std::vector<std::int64_t> pauses_;
  FetchProgress last_;
  std::filesystem::path destination_;
};

TEST(FetchModel, BringsACompleteModelWithItsManifest) {
  Fetch fetch([](const Request& request, int) { return Serve(TinyModel(), request); });
  const Status status = fetch.Run();
  ASSERT_TRUE(status.ok()) << status.message();
  EXPECT_EQ(OpenModelFolder(fetch.destination_)->name, "tiny");
  EXPECT_EQ(ReadManifest(fetch.destination_)->files.size(), 6u);
  EXPECT_EQ(fetch.Content("model.safetensors"), Weights());
  EXPECT_TRUE(fetch.NothingKept());
  EXPECT_EQ(fetch.last_.file, "model.safetensors");
  EXPECT_EQ(fetch.last_.done, Weights().size());
  EXPECT_EQ(fetch.last_.total, Weights().size());
  EXPECT_THAT(fetch.requests_[0].head, HasSubstr("GET /org/tiny/resolve/main/config.json "));
  EXPECT_THAT(fetch.requests_[0].head, HasSubstr("Authorization: Bearer secret"));

  const std::size_t requests = fetch.requests_.size();
  EXPECT_TRUE(fetch.Run().ok());
  EXPECT_EQ(fetch.requests_.size(), requests) << "a model that verifies is not fetched again";
}

TEST(FetchModel, GoesOnWhereTheConnectionBroke) {
  Fetch fetch([](const Request& request, int number) {
    std::string answer = Serve(TinyModel(), request);
    if (request.file == "model.safetensors" && number <= 2) answer.resize(answer.size() - 40'000);
    return answer;
  });
  const Status status = fetch.Run();
  ASSERT_TRUE(status.ok()) << status.message();
  EXPECT_EQ(fetch.Content("model.safetensors"), Weights());
  EXPECT_THAT(fetch.pauses_, ElementsAre(1000, 2000));
  EXPECT_THAT(fetch.requests_.back().head, HasSubstr("If-Range: \"v1\""));
  EXPECT_GT(fetch.requests_.back().from, 50'000u);
}

TEST(FetchModel, GoesOnInALaterCall) {
  bool broken = true;
  Fetch fetch([&](const Request& request, int) {
    std::string answer = Serve(TinyModel(), request);
    if (request.file == "model.safetensors" && broken && !request.from) answer.resize(60'000);
    if (request.file == "model.safetensors" && broken && request.from) {
      return Answer("503 Service Unavailable", "", "");
    }
    return answer;
  });
  const Status status = fetch.Run();
  EXPECT_EQ(status.code(), StatusCode::kUnavailable);
  EXPECT_THAT(status.message(), HasSubstr("run it again to go on, or set HF_ENDPOINT"));
  EXPECT_THAT(fetch.pauses_, ElementsAre(1000, 2000, 4000, 8000));
  EXPECT_TRUE(fetch.NothingUsable());
  broken = false;
  fetch.requests_.clear();
  EXPECT_TRUE(fetch.Run().ok());
  EXPECT_GT(fetch.requests_.back().from, 50'000u) << fetch.requests_.back().head;
  EXPECT_EQ(fetch.Content("model.safetensors"), Weights());
}

TEST(FetchModel, StartsOverWhereTheServerIgnoresRanges) {
  Fetch fetch([](const Request& request, int number) {
    Request whole = request;
    whole.from.reset();
    std::string answer = Serve(TinyModel(), whole);
    if (request.file == "model.safetensors" && number == 1) answer.resize(50'000);
    return answer;
  });
  ASSERT_TRUE(fetch.Run().ok());
  EXPECT_EQ(fetch.Content("model.safetensors"), Weights());
}

TEST(FetchModel, StartsOverWhereThePartDoesNotFit) {
  Fetch fetch([](const Request& request, int number) {
    std::string answer = Serve(TinyModel(), request);
    if (request.file != "model.safetensors") return answer;
    if (number == 1) answer.resize(50'000);
    if (number == 2) return Answer("416 Range Not Satisfiable", "", "");
    return answer;
  });
  ASSERT_TRUE(fetch.Run().ok());
  EXPECT_EQ(fetch.numbers_["model.safetensors"], 3);
  EXPECT_EQ(fetch.Content("model.safetensors"), Weights());
}

TEST(FetchModel, RefusesARangeThatWasNotAskedFor) {
  Fetch fetch([](const Request& request, int number) {
    std::string answer = Serve(TinyModel(), request);
    if (request.file != "model.safetensors") return answer;
    if (number == 1) answer.resize(50'000);
    if (number == 2) {
      return Answer("206 Partial Content", "Content-Range: bytes 1-9/100000\r\n", "123456789");
    }
    return answer;
  });
  EXPECT_THAT(fetch.Run().message(), HasSubstr("answered with the range \"bytes 1-9/100000\""));
  EXPECT_TRUE(fetch.NothingUsable());
}

TEST(FetchModel, OtherSumsOfTheDefaultModelLeaveNothing) {
  Fetch fetch([](const Request& request, int) { return Serve(TinyModel(), request); },
              "all-MiniLM-L6-v2");
  const Status status = fetch.Run();
  EXPECT_EQ(status.code(), StatusCode::kDataLoss);
  EXPECT_THAT(status.message(), HasSubstr("model.safetensors from http://127.0.0.1:"));
  EXPECT_THAT(status.message(), HasSubstr("fetch from another HF_ENDPOINT"));
  EXPECT_TRUE(fetch.NothingUsable());
  EXPECT_TRUE(fetch.NothingKept());
}

TEST(FetchModel, GarbageInsteadOfAModelLeavesNothing) {
  for (const char* file :
       {"config.json", "modules.json", "1_Pooling/config.json", "model.safetensors"}) {
    Fetch fetch([&](const Request& request, int) {
      auto files = TinyModel();
      files[file] = "<html>Please log in</html>";
      return Serve(files, request);
    });
    EXPECT_EQ(fetch.Run().code(), StatusCode::kInvalidArgument) << file;
    EXPECT_TRUE(fetch.NothingUsable()) << file;
    EXPECT_TRUE(fetch.NothingKept()) << file;
  }
}

TEST(FetchModel, AnUnsupportedModelCostsNoWeights) {
  Fetch fetch([](const Request& request, int) {
    auto files = TinyModel();
    files["config.json"] = R"({"model_type":"roberta"})";
    return Serve(files, request);
  });
  EXPECT_THAT(fetch.Run().message(), HasSubstr("model_type is \"roberta\""));
  EXPECT_EQ(fetch.requests_.size(), 1u);
}

TEST(FetchModel, FollowsRelativeAndAbsoluteRedirectsAndKeepsTheTokenToItself) {
  std::vector<std::string> heads;
  std::optional<TestServer> store;
  store.emplace([&](const std::string& head) {
    heads.push_back(head);
    return Serve(TinyModel(), Parsed(head));
  });
  Fetch fetch([&](const Request& request, int number) {
    if (request.file == "model.safetensors") {
      return Answer("302 Found",
                    "Location: " + store->url() + "/cdn/resolve/main/" + request.file + "\r\n", "");
    }
    if (request.file == "vocab.txt" && number == 1) {
      return Answer("307 Temporary Redirect", "Location: /api/resolve/main/vocab.txt\r\n", "");
    }
    return Serve(TinyModel(), request);
  });
  ASSERT_TRUE(fetch.Run().ok());
  store.reset();
  EXPECT_EQ(fetch.Content("model.safetensors"), Weights());
  ASSERT_EQ(heads.size(), 1u);
  EXPECT_EQ(heads[0].find("secret"), std::string::npos);
}

TEST(FetchModel, SaysWhatToDoAboutWhatIsMissingOrForbidden) {
  Fetch missing([](const Request&, int) { return Answer("404 Not Found", "", ""); });
  EXPECT_EQ(missing.Run().code(), StatusCode::kNotFound);
  EXPECT_THAT(missing.Run().message(), HasSubstr("is \"org/tiny\" a sentence encoder"));
  EXPECT_THAT(missing.pauses_, ElementsAre()) << "not tried again";
  Fetch forbidden([](const Request&, int) { return Answer("401 Unauthorized", "", ""); });
  EXPECT_THAT(forbidden.Run().message(), HasSubstr("set HF_TOKEN"));
}

TEST(FetchModel, ReplacesAModelThatRottedButNotSomebodyElsesFolder) {
  Fetch fetch([](const Request& request, int) { return Serve(TinyModel(), request); });
  ASSERT_TRUE(fetch.Run().ok());
  fetch.folder_.Write("models/tiny/vocab.txt", "[PAD]\n[ODD]\n");
  EXPECT_FALSE(Check(fetch.destination_).ok());
  EXPECT_TRUE(fetch.Run().ok());
  EXPECT_TRUE(Check(fetch.destination_).ok());

  std::filesystem::remove_all(fetch.destination_);
  fetch.folder_.Write("models/tiny/mine.txt", "keep");
  EXPECT_EQ(fetch.Run().code(), StatusCode::kAlreadyExists);
  EXPECT_EQ(fetch.Content("mine.txt"), "keep");
}

TEST(FetchModel, LeavesAModelOfTheSameNameFromAnotherRepositoryAlone) {
  Fetch fetch([](const Request& request, int) { return Serve(TinyModel(), request); });
  ASSERT_TRUE(fetch.Run().ok());
  ASSERT_TRUE(CheckFetchedFrom(fetch.destination_, "org/tiny").ok());
  Manifest manifest = ReadManifest(fetch.destination_).value();
  manifest.source = "http://hub/other/tiny";
  ASSERT_TRUE(WriteManifest(fetch.destination_, manifest).ok());
  const Status status = fetch.Run();
  EXPECT_EQ(status.code(), StatusCode::kAlreadyExists);
  EXPECT_THAT(status.message(), HasSubstr("came from http://hub/other/tiny, not from org/tiny"));
}

TEST(FetchModel, KeepsNothingThatTheCheckRefuses) {
  Fetch fetch([](const Request& request, int) { return Serve(TinyModel(), request); });
  fetch.check_ = [](const std::filesystem::path&) { return UnimplementedError("no kernels"); };
  EXPECT_EQ(fetch.Run().message(), "no kernels");
  EXPECT_TRUE(fetch.NothingUsable());
  EXPECT_TRUE(fetch.NothingKept());
}

TEST(FetchModel, AModelOfTransformersAloneHasNoFilesOfSentenceTransformers) {
  Fetch fetch([](const Request& request, int) {
    auto files = TinyModel();
    files.erase("modules.json");
    return Serve(files, request);
  });
  const Status status = fetch.Run();
  ASSERT_TRUE(status.ok()) << status.message();
  EXPECT_EQ(OpenModelFolder(fetch.destination_)->pooling, Pooling::kMean);
  EXPECT_EQ(ReadManifest(fetch.destination_)->files.size(), 3u);
}

TEST(FetchModel, TheEnvironmentSaysWhereFrom) {
  setenv("XDG_CACHE_HOME", "/cache", 1);
  setenv("HF_ENDPOINT", "http://mirror", 1);
  setenv("HF_TOKEN", "t", 1);
  const FetchOptions options = FetchOptionsFromEnvironment("all-MiniLM-L6-v2").value();
  EXPECT_EQ(options.repository, "sentence-transformers/all-MiniLM-L6-v2");
  EXPECT_EQ(options.destination, "/cache/shoal/models/all-MiniLM-L6-v2");
  EXPECT_EQ(options.endpoint, "http://mirror");
  EXPECT_EQ(options.token, "t");
  for (const char* bad : {"", "a/b/c", "/x", "x/", "../x", "a/..", "a b/c", "a/b?c"}) {
    EXPECT_FALSE(FetchOptionsFromEnvironment(bad).ok()) << bad;
  }
}

TEST(ListModels, ListsWholeModelsOnly) {
  const TemporaryFolder folder;
  folder.Write("b/config.json", "12345");
  folder.Write("b/1_Pooling/config.json", "123");
  folder.Write("a/config.json", "1");
  folder.Write("c.part/config.json", "1");
  folder.Write("empty/readme", "1");
  const auto models = ListModels(folder.path()).value();
  ASSERT_EQ(models.size(), 2u);
  EXPECT_EQ(models[0].name, "a");
  EXPECT_EQ(models[1].name, "b");
  EXPECT_EQ(models[1].size, 8u);
  EXPECT_TRUE(ListModels(folder.path() / "none")->empty());
}

}  // namespace
}  // namespace shoal
