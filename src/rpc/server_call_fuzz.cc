// What a client may say to the public server, behind the words that begin HTTP/2: a small program
// of frames, of what else happens meanwhile (time passes, answers leave, the handler answers late),
// or raw bytes. Whatever it is, what is sent are whole frames and none behind a stream's end,
// nothing is counted that is gone, and every request that the handler has ends.
//
//   size of each piece that arrives, then steps: what is done, and bytes for it
#include "rpc/server_call.h"

#include <google/protobuf/stubs/logging.h>
#include <nghttp2/nghttp2.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <utility>

#include "base/check.h"
#include "base/fuzz_input.h"
#include "proto/grpc/health/v1/health.pb.h"
#include "proto/grpc/reflection/v1/reflection.pb.h"
#include "proto/public.pb.h"
#include "proto/shoal/operator.pb.h"
#include "rpc/http2_test_client.h"
#include "rpc/public_calls.h"

namespace shoal {
namespace {

constexpr Limits kLimits = {.max_texts = 4,
                            .max_text_bytes = 64,
                            .max_request_bytes = 400,
                            .max_reply_bytes = 4400,
                            .max_received_bytes = 4000,
                            .max_metadata_bytes = 700};
constexpr int kDim = 8;

// Answers at once, later or never, and refuses, as it is told.
class FakeHandler final : public EmbedHandler {
 public:
  CallId NewCallId() override { return ++last_id_; }
  std::optional<Refusal> Start(CallId id, EmbedRequest request, ReplySink& sink) override {
    CHECK(!request.texts.empty() && request.texts.size() <= kLimits.max_texts, "limits hold");
    if ((mode & 1) != 0) return Full();
    if ((mode & 2) != 0) AnswerOne();
    waiting_[id] = {&sink, request.texts.size()};
    if ((mode & 4) != 0) Answer(id);
    return std::nullopt;
  }
  void Cancel(CallId id) override {
    if ((mode & 8) != 0) Answer(id);
    if ((mode & 16) != 0) AnswerOne();
  }
  ServiceInfo Info() override { return {.model = {.name = "model", .dim = kDim}, .workers = {{}}}; }

  void AnswerOne() {
    if (!waiting_.empty()) Answer(waiting_.begin()->first);
  }
  bool is_waited_for() const { return !waiting_.empty(); }

  std::uint8_t mode = 0;

 private:
  static Refusal Full() { return {.verdict = Verdict::kOverloaded, .message = "full"}; }
  void Answer(CallId id) {
    const auto found = waiting_.extract(id);
    if (found.empty()) return;
    const auto [sink, texts] = found.mapped();
    if ((mode & 32) != 0) return sink->Finish(Full(), {});
    sink->Finish(EmbedReply{.dim = kDim,
                            .vectors = std::string(texts * kDim * sizeof(float), 'v'),
                            .token_counts = std::vector<std::uint32_t>(texts, 3)},
                 {});
  }

  CallId last_id_ = 0;
  std::map<CallId, std::pair<ReplySink*, std::size_t>> waiting_;
};

class FakeOperator final : public OperatorHandler {
 public:
  void SetWorkerDrained(std::string worker_id, bool drained, Done done) override {
    const Status status = drained ? Status() : NotFoundError("worker '" + worker_id + "'");
    done(status);
  }
};

// What is sent, as frames.
class OutputReader {
 public:
  void Read(std::string_view output) {
    bytes_ += output;
    while (bytes_.size() >= kHeader && bytes_.size() >= kHeader + Number(0, 3)) {
      Frame(static_cast<std::uint8_t>(bytes_[3]), static_cast<std::uint8_t>(bytes_[4]),
            Number(5, 4));
      bytes_.erase(0, kHeader + Number(0, 3));
    }
  }
  bool is_between_frames() const { return bytes_.empty(); }

 private:
  static constexpr std::size_t kHeader = 9;

  std::size_t Number(std::size_t first, std::size_t size) const {
    std::size_t number = 0;
    for (const char c : bytes_.substr(first, size)) {
      number = number << 8 | static_cast<unsigned char>(c);
    }
    return number;
  }
  void Frame(std::uint8_t type, std::uint8_t flags, std::size_t stream) {
    CHECK(type <= NGHTTP2_CONTINUATION, "a kind of frame that HTTP/2 has");
    if (type == NGHTTP2_RST_STREAM) ended_.insert(stream);
    if (type != NGHTTP2_HEADERS && type != NGHTTP2_DATA) return;
    CHECK(ended_.count(stream) == 0, "nothing follows a stream's end");
    if ((flags & NGHTTP2_FLAG_END_STREAM) != 0) ended_.insert(stream);
  }

  std::string bytes_;
  std::set<std::size_t> ended_;
};

std::string Gzipped(std::string_view text) {
  std::string out(compressBound(text.size()), '\0');
  uLongf size = out.size();
  CHECK(compress(reinterpret_cast<Bytef*>(out.data()), &size,
                 reinterpret_cast<const Bytef*>(text.data()), text.size()) == Z_OK,
        "room for the worst");
  return out.substr(0, size);
}

// Messages that the methods understand.
const std::vector<std::string>& KnownMessages() {
  static const auto* const known = [] {
    text_embedding::EmbedRequest embed;
    embed.add_texts("a text");
    text_embedding::StreamRequest stream;
    stream.set_index(5);
    *stream.mutable_request() = embed;
    grpc::health::v1::HealthCheckRequest health;
    health.set_service("text_embedding.TextEmbedding");
    grpc::reflection::v1::ServerReflectionRequest list, file;
    list.set_list_services("");
    file.set_file_containing_symbol("text_embedding.TextEmbedding");
    DrainRequest drain;
    drain.set_worker_id("w0");
    auto* const made = new std::vector<std::string>;
    for (const google::protobuf::MessageLite* message :
         std::initializer_list<const google::protobuf::MessageLite*>{&embed, &stream, &health,
                                                                     &list, &file, &drain}) {
      made->push_back(message->SerializeAsString());
    }
    made->emplace_back();
    made->push_back(std::string(350, '\x0a'));
    return made;
  }();
  return *known;
}

class Talk {
 public:
  explicit Talk(std::string_view input) : input_(input) {
    piece_ = std::max<std::size_t>(1, input_.Byte());
    if (piece_ == 255) piece_ = 1 << 20;
    Hear("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + Http2Frame(NGHTTP2_SETTINGS, 0, 0, ""));
  }
  ~Talk() {
    session_.reset();
    CHECK(unsent_ == 0, "what is not sent is not counted when it is gone");
    while (handler_.is_waited_for()) handler_.AnswerOne();
    CHECK(calls_.pending() == 0, "every request ends");
    CHECK(calls_.shared().received.used() == 0, "what is answered is not held");
    RunPosted();
  }

  void Go() {
    while (!input_.is_empty() && session_ != nullptr) Step();
    if (session_ == nullptr) return;
    TakeOutput(1 << 16);
    CHECK(output_.is_between_frames(), "frames are whole");
  }

 private:
  using StreamId = Http2Session::StreamId;

  void Step() {
    switch (input_.Byte() % 20) {
      case 0:
      case 1:
        return Headers();
      case 2:
      case 3:
        return Message();
      case 4:
        return Say(NGHTTP2_DATA, input_.Byte(), Stream(), input_.Sized());
      case 5:
        return Say(NGHTTP2_RST_STREAM, 0, Stream(), Word(input_.Byte()));
      case 6:
        return Say(NGHTTP2_WINDOW_UPDATE, 0, Stream(), Word(1u << (input_.Byte() % 32)));
      case 7:
        return Settings();
      case 8:
        return Say(NGHTTP2_PING, input_.Byte() & 1, 0, "goingout");
      case 9:
        return Say(NGHTTP2_CONTINUATION, input_.Byte(), Stream(), input_.Sized());
      case 10:
        return Say(NGHTTP2_PRIORITY, 0, Stream(), Word(Stream()) + "\x10");
      case 11:
        return Say(NGHTTP2_GOAWAY, 0, 0, Word(Stream()) + Word(0));
      case 12:
        return Say(input_.Byte(), input_.Byte(), Stream(), input_.Sized());
      case 13:
        return Hear(input_.Sized());
      case 14:
        return TakeOutput(input_.Byte() * std::size_t{64} + 1);
      case 15:
        clock_.Advance(std::chrono::seconds(input_.Byte()));
        return session_->Tick(clock_.Now());
      case 16:
        return handler_.AnswerOne();
      case 17:
        handler_.mode = input_.Byte();
        return;
      case 18:
        return Change(input_.Byte());
      default:
        return RunPosted();
    }
  }

  void Headers() {
    constexpr std::array<const char*, 10> kPaths = {
        "/text_embedding.TextEmbedding/Embed",
        "/text_embedding.TextEmbedding/EmbedStream",
        "/text_embedding.TextEmbedding/Info",
        "/grpc.health.v1.Health/Check",
        "/grpc.health.v1.Health/Watch",
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
        "/shoal.Operator/Drain",
        "/shoal.Operator/Resume",
        "/nobody.Knows/This"};
    const std::uint8_t path = input_.Byte();
    const std::uint8_t more = input_.Byte();
    std::string block = HpackLiteral(":method", path < 250 ? "POST" : "GET") +
                        HpackLiteral(":authority", "x") + HpackLiteral(":scheme", "http") +
                        HpackLiteral(":path", kPaths[path % kPaths.size()]);
    if (path < 240) block += HpackLiteral("content-type", "application/grpc");
    if ((more & 1) != 0) block += HpackLiteral("grpc-encoding", "gzip");
    if ((more & 2) != 0) block += HpackLiteral("grpc-timeout", "10S");
    if ((more & 4) != 0) block += HpackLiteral("x-request-id", "id");
    if ((more & 8) != 0) block += HpackLiteral("x-shoal-client", "client");
    if ((more & 16) != 0) block += HpackLiteral("content-length", "25");
    if ((more & 32) != 0) block += input_.Sized();
    std::uint8_t flags = NGHTTP2_FLAG_END_HEADERS;
    if ((more & 64) != 0) flags |= NGHTTP2_FLAG_END_STREAM;
    if ((more & 128) != 0) flags = input_.Byte();
    const std::uint32_t stream = next_stream_;
    next_stream_ += 2;
    Say(NGHTTP2_HEADERS, flags, stream, block);
  }

  void Message() {
    const auto& known = KnownMessages();
    const std::uint32_t stream = Stream();
    const std::uint8_t which = input_.Byte();
    const std::uint8_t how = input_.Byte();
    const std::size_t index = which % (known.size() + 1);
    std::string content(index == known.size() ? input_.Sized() : std::string_view(known[index]));
    if ((how & 1) != 0) content = Gzipped(content);
    const int times = (how & 2) != 0 ? input_.Byte() : 1;
    std::string message(kMessageHeader, '\0');
    WriteMessageHeader(content.size(), message.data());
    message[0] = static_cast<char>(how & 1);
    message += content;
    std::string all;
    for (int i = 0; i < times; ++i) all += message;
    if ((how & 4) != 0) all.resize(all.size() - std::min<std::size_t>(all.size(), input_.Byte()));
    all.resize(std::min<std::size_t>(all.size(), 16'000));
    Say(NGHTTP2_DATA, (how & 8) != 0 ? NGHTTP2_FLAG_END_STREAM : 0, stream, all);
  }

  void Settings() {
    std::string entries;
    for (int i = input_.Byte() % 4; i > 0; --i) {
      const auto id = static_cast<char>(input_.Byte() % 10);
      entries += std::string(1, '\0') + id + Word(1u << (input_.Byte() % 32));
    }
    Say(NGHTTP2_SETTINGS, entries.empty() ? NGHTTP2_FLAG_ACK : 0, 0, entries);
  }

  void Change(std::uint8_t what) {
    switch (what % 5) {
      case 0:
        calls_.health().set_serving((what & 8) != 0);
        return calls_.health().TellWatches();
      case 1:
        return session_->BeginGoAway();
      case 2:
        return session_->EndGoAway();
      case 3:
        return session_->Ping();
      default:
        session_.reset();  // as when the connection is lost
    }
  }

  std::uint32_t Stream() {  // one that is open, the next one, or none
    const std::uint32_t back = input_.Byte();
    return back == 255 ? 0 : next_stream_ - std::min(next_stream_, 2 * back + 2) + (back >> 6 & 1);
  }
  static std::string Word(std::uint32_t word) {
    std::string bytes;
    for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>(word >> shift & 0xFF);
    return bytes;
  }

  void Say(std::uint8_t type, std::uint8_t flags, std::uint32_t stream, std::string_view payload) {
    Hear(Http2Frame(type, flags, stream, payload));
  }
  void Hear(std::string_view bytes) {
    while (!bytes.empty() && session_ != nullptr) {
      const std::string piece(bytes.substr(0, piece_));  // of its own: a view beyond it is seen
      bytes.remove_prefix(piece.size());
      const Status heard = session_->Receive(piece);
      if (heard.ok()) continue;
      CHECK(!heard.message().empty(), "an error says what it is");
      session_.reset();
    }
  }
  void TakeOutput(std::size_t enough) {
    constexpr std::size_t kFrame = 17 << 10;
    std::string bytes;
    bool more = true;
    while (more) {
      bytes.clear();
      more = session_->TakeOutput(bytes, enough);
      CHECK(more == (bytes.size() >= enough) && bytes.size() <= enough + kFrame,
            "as much as was asked for, and a frame");
      output_.Read(bytes);
    }
    CHECK(session_->unsent_bytes() == unsent_, "one session, one count");
  }
  void RunPosted() {
    for (const auto& task : std::exchange(posted_, {})) task();
  }

  FuzzInput input_;
  std::size_t piece_ = 1;
  std::uint32_t next_stream_ = 1;
  ManualClock clock_;
  FakeHandler handler_;
  FakeOperator operator_;
  std::vector<std::function<void()>> posted_;
  PublicCalls calls_{
      {.limits = kLimits,
       .dim = kDim,
       .operator_handler = &operator_,
       .post = [this](std::function<void()> task) { posted_.push_back(std::move(task)); },
       .ended = {}},
      handler_,
      clock_,
      handler_.Info().model};
  const CallPeer peer_{.address = "ipv4:127.0.0.1:1", .client = 7};
  std::size_t unsent_ = 0;
  OutputReader output_;
  std::unique_ptr<Http2Session> session_ = std::make_unique<Http2Session>(
      Http2Session::Options{.max_streams = 20,
                            .make_request =
                                [this](StreamId id) {
                                  return std::make_unique<ServerCall>(*session_, id,
                                                                      calls_.shared(), peer_);
                                },
                            .wants_output = [] {}},
      unsent_);
};

}  // namespace
}  // namespace shoal

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  google::protobuf::SetLogHandler(nullptr);
  shoal::Talk({reinterpret_cast<const char*>(data), size}).Go();
  return 0;
}
