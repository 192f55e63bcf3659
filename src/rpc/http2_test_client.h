// For tests of rpc: a client's end of HTTP/2, nghttp2's own, for an Http2Session without sockets.
#pragma once

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/check.h"
#include "rpc/http2_session.h"

namespace shoal {

// One frame, as no library would send it.
inline std::string Http2Frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream,
                              std::string_view payload) {
  std::string frame;
  for (const int shift : {16, 8, 0}) frame += static_cast<char>(payload.size() >> shift & 0xFF);
  frame += static_cast<char>(type);
  frame += static_cast<char>(flags);
  for (const int shift : {24, 16, 8, 0}) frame += static_cast<char>(stream >> shift & 0xFF);
  return frame.append(payload);
}

// A header as HPACK writes it in full: up to 126 bytes of name, and of value.
inline std::string HpackLiteral(std::string_view name, std::string_view value) {
  std::string field(1, '\0');
  for (const std::string_view part : {name, value}) {
    field += static_cast<char>(part.size());
    field += part;
  }
  return field;
}

// Not thread-safe.
class Http2TestClient {
 public:
  using StreamId = Http2Session::StreamId;
  using Fields = std::vector<std::pair<std::string, std::string>>;

  struct Answer {
    std::map<std::string, std::string> fields;  // of headers and trailers
    std::string body;
    bool is_ended = false;                   // its END_STREAM has come
    std::optional<std::uint32_t> reset;      // RST_STREAM, and why
    std::optional<std::uint32_t> is_closed;  // and why
  };
  struct Options {
    std::uint32_t window = 65'535;  // of each stream
    bool reads = true;              // gives windows back
  };

  Http2TestClient() : Http2TestClient(Options()) {}
  explicit Http2TestClient(const Options& options) {
    nghttp2_session_callbacks* callbacks = nullptr;
    CHECK(nghttp2_session_callbacks_new(&callbacks) == 0, "memory");
    nghttp2_session_callbacks_set_on_header_callback(callbacks, OnHeader);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, OnData);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, OnFrame);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, OnClose);
    nghttp2_option* settings = nullptr;
    CHECK(nghttp2_option_new(&settings) == 0, "memory");
    nghttp2_option_set_no_auto_window_update(settings, options.reads ? 0 : 1);
    CHECK(nghttp2_session_client_new2(&session_, callbacks, this, settings) == 0, "memory");
    nghttp2_option_del(settings);
    nghttp2_session_callbacks_del(callbacks);
    const nghttp2_settings_entry window = {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, options.window};
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, &window, 1);
  }
  ~Http2TestClient() { nghttp2_session_del(session_); }
  Http2TestClient(const Http2TestClient&) = delete;
  Http2TestClient& operator=(const Http2TestClient&) = delete;

  // A request whose body is still to come, by Send. `fields` are its headers.
  StreamId Open(const Fields& fields) {
    std::vector<nghttp2_nv> headers;
    for (const auto& [name, value] : fields) {
      headers.push_back({.name = Bytes(name),
                         .value = Bytes(value),
                         .namelen = name.size(),
                         .valuelen = value.size(),
                         .flags = NGHTTP2_NV_FLAG_NONE});
    }
    const nghttp2_data_provider body = {.source = {}, .read_callback = ReadBody};
    return nghttp2_submit_request(session_, nullptr, headers.data(), headers.size(), &body,
                                  nullptr);
  }
  void Send(StreamId id, std::string_view bytes, bool ends = false) {
    bodies_[id].bytes += bytes;
    bodies_[id].ends = ends;
    nghttp2_session_resume_data(session_, id);
  }
  void Reset(StreamId id) {
    nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
  }
  void Widen(StreamId id, std::int32_t bytes) {  // 0: the connection
    nghttp2_submit_window_update(session_, NGHTTP2_FLAG_NONE, id, bytes);
  }
  void GoAway() { nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE, 0, 0, nullptr, 0); }

  // What it has to say.
  std::string Output() {
    std::string output;
    const std::uint8_t* bytes = nullptr;
    for (ssize_t size = 0; (size = nghttp2_session_mem_send(session_, &bytes)) > 0;) {
      output.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
    }
    return output;
  }
  void Hear(std::string_view bytes) {
    CHECK(nghttp2_session_mem_recv(session_, reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                   bytes.size()) == static_cast<ssize_t>(bytes.size()),
          "a server that speaks HTTP/2");
  }
  // Both speak until neither has anything to say.
  void Talk(Http2Session& server) {
    for (bool silent = false; !silent;) {
      const std::string said = Output();
      std::string answered;
      if (!said.empty()) CHECK(server.Receive(said).ok(), "a client that speaks HTTP/2");
      while (server.TakeOutput(answered, answered.size() + (16 << 10))) {
      }
      Hear(answered);
      silent = said.empty() && answered.empty();
    }
  }

  Answer& answer(StreamId id) { return answers_[id]; }
  // Of each GOAWAY that has come: the last stream that is answered, and why.
  const std::vector<std::pair<StreamId, std::uint32_t>>& goaways() const { return goaways_; }

 private:
  struct Body {
    std::string bytes;
    bool ends = false;
  };

  static Http2TestClient& Self(void* user_data) {
    return *static_cast<Http2TestClient*>(user_data);
  }
  static std::uint8_t* Bytes(const std::string& text) {
    return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(text.data()));
  }
  static std::string Text(const std::uint8_t* bytes, std::size_t size) {
    return {reinterpret_cast<const char*>(bytes), size};
  }

  static int OnHeader(nghttp2_session* /*session*/, const nghttp2_frame* frame,
                      const std::uint8_t* name, std::size_t name_size, const std::uint8_t* value,
                      std::size_t value_size, std::uint8_t /*flags*/, void* user_data) {
    Answer& answer = Self(user_data).answers_[frame->hd.stream_id];
    answer.fields[Text(name, name_size)] = Text(value, value_size);
    return 0;
  }
  static int OnData(nghttp2_session* /*session*/, std::uint8_t /*flags*/, std::int32_t id,
                    const std::uint8_t* bytes, std::size_t size, void* user_data) {
    Self(user_data).answers_[id].body += Text(bytes, size);
    return 0;
  }
  static int OnFrame(nghttp2_session* /*session*/, const nghttp2_frame* frame, void* user_data) {
    Http2TestClient& self = Self(user_data);
    if (frame->hd.type == NGHTTP2_GOAWAY) {
      self.goaways_.emplace_back(frame->goaway.last_stream_id, frame->goaway.error_code);
    } else if (frame->hd.type == NGHTTP2_RST_STREAM) {
      self.answers_[frame->hd.stream_id].reset = frame->rst_stream.error_code;
    } else if (frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA) {
      const bool ends = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
      if (ends) self.answers_[frame->hd.stream_id].is_ended = true;
    }
    return 0;
  }
  static int OnClose(nghttp2_session* /*session*/, std::int32_t id, std::uint32_t error,
                     void* user_data) {
    Self(user_data).answers_[id].is_closed = error;
    return 0;
  }
  static ssize_t ReadBody(nghttp2_session* /*session*/, std::int32_t id, std::uint8_t* buffer,
                          std::size_t length, std::uint32_t* flags, nghttp2_data_source* /*source*/,
                          void* user_data) {
    Body& body = Self(user_data).bodies_[id];
    const std::size_t size = std::min(length, body.bytes.size());
    std::memcpy(buffer, body.bytes.data(), size);
    body.bytes.erase(0, size);
    if (body.bytes.empty() && body.ends) *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (size == 0 && !body.ends) return NGHTTP2_ERR_DEFERRED;
    return static_cast<ssize_t>(size);
  }

  nghttp2_session* session_ = nullptr;
  std::map<StreamId, Body> bodies_;
  std::map<StreamId, Answer> answers_;
  std::vector<std::pair<StreamId, std::uint32_t>> goaways_;
};

}  // namespace shoal
