#include "rpc/http2_session.h"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "base/check.h"

namespace shoal {
namespace {

// What one body may send before it is consumed, and all of a connection together: these are
// consumed as they come, and what is kept of them is counted elsewhere.
constexpr std::uint32_t kStreamWindow = 1 << 20;
constexpr std::int32_t kConnectionWindow = 4 << 20;
// Wide, for honest clients cancel thousands of calls at once: so many, and so many a second.
constexpr std::uint64_t kResetBurst = 10'000;
constexpr std::uint64_t kResetsPerSecond = 5'000;
constexpr std::size_t kMaxContinuations = 8;
// A byte may stand for 4 KiB that were said before, and each time they are read as if new.
constexpr std::size_t kHeaderBytesFactor = 4;
// Frames that ask for nothing: so many, and so many a second.
constexpr std::size_t kIdleBurst = 10'000;
constexpr std::size_t kIdlePerSecond = 1'000;
// Frames that wait for a peer that does not read, DATA apart. 1,024 streams have some thousand.
constexpr std::size_t kMaxQueued = 10'000;
// Says in a ping, and its answer, that the first step of going away was heard.
constexpr std::array<std::uint8_t, 8> kGoingAway = {'g', 'o', 'i', 'n', 'g', 'o', 'u', 't'};
// Pieces that are sent are let go of together.
constexpr std::size_t kSentPieces = 64;

// A frame that an honest peer sends now and then, and a flood is made of.
bool AsksForNothing(const nghttp2_frame_hd& frame) {
  switch (frame.type) {
    case NGHTTP2_DATA: {
      // A padded one may be empty if its padding, of up to 255 bytes and a length, fills it.
      const bool empty =
          frame.length == 0 || ((frame.flags & NGHTTP2_FLAG_PADDED) != 0 && frame.length <= 256);
      return empty && (frame.flags & NGHTTP2_FLAG_END_STREAM) == 0;
    }
    case NGHTTP2_HEADERS:
    case NGHTTP2_CONTINUATION:   // limited by nghttp2
    case NGHTTP2_RST_STREAM:     // limited by nghttp2
    case NGHTTP2_WINDOW_UPDATE:  // the more we send the more there are
      return false;
    default:
      return true;
  }
}

std::string_view ViewOf(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

// Valid while `fields` is, until the next call. A value that is of one response alone is not
// remembered by the peer; its name is, with the first of them that is short: else it were spelt out
// each time.
std::span<const nghttp2_nv> ToNghttp2(const std::vector<Http2Field>& fields,
                                      std::vector<std::string_view>& known_names) {
  constexpr std::size_t kShort = 64;
  static thread_local std::vector<nghttp2_nv> out;
  out.clear();
  const auto bytes = [](std::string_view text) {
    // nghttp2 takes what it only reads as a pointer to what may be written.
    return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(text.data()));
  };
  for (const Http2Field& field : fields) {
    bool is_remembered = field.is_common;
    if (!is_remembered && field.value.size() <= kShort &&
        std::find(known_names.begin(), known_names.end(), field.name) == known_names.end()) {
      known_names.push_back(field.name);
      is_remembered = true;
    }
    const int flags = NGHTTP2_NV_FLAG_NO_COPY_NAME |
                      (is_remembered ? NGHTTP2_NV_FLAG_NONE : NGHTTP2_NV_FLAG_NO_INDEX);
    out.push_back({.name = bytes(field.name),
                   .value = bytes(field.value),
                   .namelen = field.name.size(),
                   .valuelen = field.value.size(),
                   .flags = static_cast<std::uint8_t>(flags)});
  }
  return out;
}

}  // namespace

struct Http2Session::Callbacks {
  static Http2Session& Self(void* user_data) { return *static_cast<Http2Session*>(user_data); }

  static int BeginFrame(nghttp2_session* /*session*/, const nghttp2_frame_hd* frame,
                        void* user_data) {
    if (AsksForNothing(*frame)) Self(user_data).CountIdle();
    return 0;
  }

  static int BeginHeaders(nghttp2_session* /*session*/, const nghttp2_frame* frame,
                          void* user_data) {
    if (frame->headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
    Http2Session& self = Self(user_data);
    const StreamId id = frame->hd.stream_id;
    self.streams_[id].request = self.options_.make_request(id);
    return 0;
  }

  static int Header(nghttp2_session* session, const nghttp2_frame* frame, const std::uint8_t* name,
                    std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                    std::uint8_t /*flags*/, void* user_data) {
    Http2Session& self = Self(user_data);
    Stream* const stream = self.Find(frame->hd.stream_id);
    if (stream == nullptr) return 0;
    stream->header_bytes += name_size + value_size;
    if (stream->header_bytes > kHeaderBytesFactor * self.options_.max_header_bytes) {
      nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame->hd.stream_id,
                                NGHTTP2_ENHANCE_YOUR_CALM);
      return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;  // the rest is not looked at
    }
    if (frame->headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
    stream->request->OnHeader(ViewOf(name, name_size), ViewOf(value, value_size));
    return 0;
  }

  static int Data(nghttp2_session* session, std::uint8_t /*flags*/, std::int32_t id,
                  const std::uint8_t* data, std::size_t size, void* user_data) {
    nghttp2_session_consume_connection(session, size);
    if (Stream* const stream = Self(user_data).Find(id)) {
      stream->request->OnBody(ViewOf(data, size));
    }
    return 0;
  }

  static int FrameReceived(nghttp2_session* /*session*/, const nghttp2_frame* frame,
                           void* user_data) {
    Http2Session& self = Self(user_data);
    const bool is_answer = (frame->hd.flags & NGHTTP2_FLAG_ACK) != 0;
    if (frame->hd.type == NGHTTP2_SETTINGS && !is_answer) self.greeted_ = true;
    if (frame->hd.type == NGHTTP2_PING && is_answer && self.going_away_ &&
        std::ranges::equal(frame->ping.opaque_data, kGoingAway)) {
      self.EndGoAway();
    }
    if (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA) return 0;
    Stream* const stream = self.Find(frame->hd.stream_id);
    if (stream == nullptr) return 0;
    if (frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST) {
      stream->request->OnHeadersEnd();
    }
    if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) stream->request->OnEnd();
    return 0;
  }

  static int FrameSent(nghttp2_session* session, const nghttp2_frame* frame, void* user_data) {
    const StreamId id = frame->hd.stream_id;
    if (frame->hd.type == NGHTTP2_RST_STREAM) {
      // A peer can make us reset its streams as quickly as it could reset them itself.
      if (frame->rst_stream.error_code != NGHTTP2_NO_ERROR) Self(user_data).CountIdle();
      return 0;
    }
    if (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA) return 0;
    const bool ends = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    if (ends && nghttp2_session_get_stream_remote_close(session, id) == 0) {
      // Answered before all was said: the rest is not wanted.
      nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, id, NGHTTP2_NO_ERROR);
    }
    return 0;
  }

  // Headers or trailers beyond 64 KiB, for one: a stream that cannot be answered does not wait.
  static int FrameNotSent(nghttp2_session* session, const nghttp2_frame* frame, int /*error*/,
                          void* /*user_data*/) {
    if (frame->hd.type != NGHTTP2_HEADERS) return 0;
    nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame->hd.stream_id,
                              NGHTTP2_INTERNAL_ERROR);
    return 0;
  }

  static int StreamClosed(nghttp2_session* /*session*/, std::int32_t id, std::uint32_t /*error*/,
                          void* user_data) {
    Http2Session& self = Self(user_data);
    const auto found = self.streams_.find(id);
    if (found != self.streams_.end()) self.Close(found);
    return 0;
  }

  // Says how much of the body goes into the next DATA frame; SendData copies it.
  static ssize_t ReadData(nghttp2_session* session, std::int32_t id, std::uint8_t* /*buffer*/,
                          std::size_t length, std::uint32_t* flags, nghttp2_data_source* /*source*/,
                          void* user_data) {
    Stream* const stream = Self(user_data).Find(id);
    if (stream == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    const std::size_t size = std::min(length, stream->unsent);
    if (size == 0 && !stream->finished) return NGHTTP2_ERR_DEFERRED;
    *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
    if (stream->finished && size == stream->unsent) {
      *flags |= NGHTTP2_DATA_FLAG_EOF;
      if (!stream->trailers.empty()) {
        *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
        const auto trailers = ToNghttp2(stream->trailers, Self(user_data).known_names_);
        nghttp2_submit_trailer(session, id, trailers.data(), trailers.size());
      }
    }
    return static_cast<ssize_t>(size);
  }

  static int SendData(nghttp2_session* /*session*/, nghttp2_frame* frame,
                      const std::uint8_t* header, std::size_t length,
                      nghttp2_data_source* /*source*/, void* user_data) {
    constexpr std::size_t kFrameHeader = 9;
    Http2Session& self = Self(user_data);
    Stream* const stream = self.Find(frame->hd.stream_id);
    if (stream == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    if (self.output_->size() >= self.enough_) return NGHTTP2_ERR_WOULDBLOCK;
    self.output_->append(ViewOf(header, kFrameHeader));
    self.CopyOut(frame->hd.stream_id, *stream, length);
    return 0;
  }

  static nghttp2_session_callbacks* Make() {
    nghttp2_session_callbacks* made = nullptr;
    CHECK(nghttp2_session_callbacks_new(&made) == 0, "memory for a table of callbacks");
    nghttp2_session_callbacks_set_on_begin_frame_callback(made, BeginFrame);
    nghttp2_session_callbacks_set_on_begin_headers_callback(made, BeginHeaders);
    nghttp2_session_callbacks_set_on_header_callback(made, Header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(made, Data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(made, FrameReceived);
    nghttp2_session_callbacks_set_on_frame_send_callback(made, FrameSent);
    nghttp2_session_callbacks_set_on_frame_not_send_callback(made, FrameNotSent);
    nghttp2_session_callbacks_set_on_stream_close_callback(made, StreamClosed);
    nghttp2_session_callbacks_set_send_data_callback(made, SendData);
    return made;
  }
};

namespace {

nghttp2_option* MakeOptions() {
  nghttp2_option* made = nullptr;
  CHECK(nghttp2_option_new(&made) == 0, "memory for options");
  nghttp2_option_set_no_auto_window_update(made, 1);
  nghttp2_option_set_stream_reset_rate_limit(made, kResetBurst, kResetsPerSecond);
  nghttp2_option_set_max_continuations(made, kMaxContinuations);
  // A stream that has closed is not remembered: nobody here goes by priorities.
  nghttp2_option_set_no_closed_streams(made, 1);
  return made;
}

}  // namespace

Http2Session::Http2Session(Options options, std::size_t& unsent)
    : options_(std::move(options)), unsent_(unsent) {
  static nghttp2_session_callbacks* const callbacks = Callbacks::Make();
  static nghttp2_option* const settings = MakeOptions();
  CHECK(nghttp2_session_server_new2(&session_, callbacks, this, settings) == 0,
        "memory for a session");
  const std::array<nghttp2_settings_entry, 3> said = {
      {{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, options_.max_streams},
       {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kStreamWindow},
       {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, options_.max_header_bytes}}};
  CHECK(nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, said.data(), said.size()) == 0 &&
            nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0,
                                                  kConnectionWindow) == 0,
        "settings that a session may begin with");
}

Http2Session::~Http2Session() {
  while (!streams_.empty()) Close(streams_.begin());
  nghttp2_session_del(session_);
}

Status Http2Session::Receive(std::string_view bytes) {
  CHECK(!failed_, "nothing is heard after an error");
  const ssize_t read = nghttp2_session_mem_recv(
      session_, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  failed_ = read < 0;
  if (failed_) return InvalidArgumentError(nghttp2_strerror(static_cast<int>(read)));
  const std::size_t queued = nghttp2_session_get_outbound_queue_size(session_);
  failed_ = queued > kMaxQueued;
  if (!failed_) return {};
  return ResourceExhaustedError(std::to_string(queued) + " frames wait for the peer to read");
}

bool Http2Session::TakeOutput(std::string& to, std::size_t enough) {
  CHECK(!failed_, "nothing is said after an error");
  output_ = &to;
  enough_ = enough;
  bool more = true;
  while (more && to.size() < enough) {
    const std::uint8_t* bytes = nullptr;
    const ssize_t size = nghttp2_session_mem_send(session_, &bytes);
    if (size > 0) to.append(ViewOf(bytes, static_cast<std::size_t>(size)));
    if (size <= 0 && sent_on_.empty()) more = false;
    TellSent();
  }
  output_ = nullptr;
  return to.size() >= enough;
}

bool Http2Session::is_over() const {
  return nghttp2_session_want_read(session_) == 0 && nghttp2_session_want_write(session_) == 0;
}

void Http2Session::Respond(StreamId id, const std::vector<Http2Field>& headers, bool ends) {
  if (Find(id) == nullptr) return;
  nghttp2_data_provider body = {.source = {}, .read_callback = Callbacks::ReadData};
  const auto fields = ToNghttp2(headers, known_names_);
  nghttp2_submit_response(session_, id, fields.data(), fields.size(), ends ? nullptr : &body);
  options_.wants_output();
}

void Http2Session::Send(StreamId id, WireBytes bytes) {
  Stream* const stream = Find(id);
  if (stream == nullptr || bytes.size == 0) return;
  Unsent(*stream, static_cast<std::ptrdiff_t>(bytes.size));
  stream->pieces.push_back(std::move(bytes));
  nghttp2_session_resume_data(session_, id);
  options_.wants_output();
}

void Http2Session::Finish(StreamId id, std::vector<Http2Field> trailers) {
  Stream* const stream = Find(id);
  if (stream == nullptr) return;
  stream->finished = true;
  stream->trailers = std::move(trailers);
  nghttp2_session_resume_data(session_, id);
  options_.wants_output();
}

void Http2Session::Consume(StreamId id, std::size_t bytes) {
  if (Find(id) == nullptr) return;
  nghttp2_session_consume_stream(session_, id, bytes);
  options_.wants_output();
}

void Http2Session::Ping() {
  nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, nullptr);
  options_.wants_output();
}

void Http2Session::BeginGoAway() {
  if (going_away_) return;
  going_away_ = true;
  nghttp2_submit_shutdown_notice(session_);
  nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, kGoingAway.data());
  options_.wants_output();
}

void Http2Session::EndGoAway() {
  if (gone_away_) return;
  gone_away_ = true;
  nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE,
                        nghttp2_session_get_last_proc_stream_id(session_), NGHTTP2_NO_ERROR,
                        nullptr, 0);
  options_.wants_output();
}

void Http2Session::Drain() {
  for (auto& [id, stream] : streams_) stream.request->OnDrain();
}

void Http2Session::Tick(TimePoint now) {
  idle_frames_ -= std::min(idle_frames_, kIdlePerSecond);
  for (auto& [id, stream] : streams_) stream.request->OnTick(now);
}

Http2Session::Stream* Http2Session::Find(StreamId id) {
  if (failed_) return nullptr;
  const auto found = streams_.find(id);
  return found == streams_.end() ? nullptr : &found->second;
}

// What a request does at its end, to its own stream or to others, finds all in order.
void Http2Session::Close(Streams::iterator stream) {
  const auto closed = streams_.extract(stream);
  Unsent(closed.mapped(), -static_cast<std::ptrdiff_t>(closed.mapped().unsent));
}

void Http2Session::Unsent(Stream& stream, std::ptrdiff_t bytes) {
  stream.unsent += static_cast<std::size_t>(bytes);
  unsent_here_ += static_cast<std::size_t>(bytes);
  unsent_ += static_cast<std::size_t>(bytes);
}

void Http2Session::CopyOut(StreamId id, Stream& stream, std::size_t bytes) {
  Unsent(stream, -static_cast<std::ptrdiff_t>(bytes));
  while (bytes > 0) {
    WireBytes& piece = stream.pieces[stream.first];
    const std::string_view part = piece.view().substr(stream.offset, bytes);
    output_->append(part);
    bytes -= part.size();
    stream.offset += part.size();
    if (stream.offset < piece.size) continue;
    piece.data.reset();
    stream.offset = 0;
    ++stream.first;
    sent_on_.push_back(id);
  }
  if (stream.first < stream.pieces.size() && stream.first < kSentPieces) return;
  stream.pieces.erase(stream.pieces.begin(),
                      stream.pieces.begin() + static_cast<std::ptrdiff_t>(stream.first));
  stream.first = 0;
}

void Http2Session::TellSent() {
  told_.swap(sent_on_);
  for (const StreamId id : told_) {
    if (Stream* const stream = Find(id)) stream->request->OnSent();
  }
  told_.clear();
}

void Http2Session::CountIdle() {
  if (++idle_frames_ == kIdleBurst) {
    nghttp2_session_terminate_session(session_, NGHTTP2_ENHANCE_YOUR_CALM);
  }
}

}  // namespace shoal
