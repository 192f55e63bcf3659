#include "rpc/inflate.h"

#define ZLIB_CONST  // what it reads is const
#include <zlib.h>

#include <algorithm>

namespace shoal {
namespace {

constexpr int kWindowOfEitherFormat = 15 + 32;
constexpr std::size_t kFirstBytes = 4096;
constexpr std::size_t kMostAtOnce = 1 << 30;  // zlib counts in 32 bits

std::string Count(std::size_t bytes) { return std::to_string(bytes) + " bytes"; }

// One stream of zlib from its bytes to its end.
class Inflater {
 public:
  Inflater(std::string_view compressed, std::size_t max_bytes)
      : compressed_(compressed), max_bytes_(max_bytes) {}
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  Result<std::string> Run() {
    if (inflateInit2(&stream_, kWindowOfEitherFormat) != Z_OK) return NoMemory();
    for (;;) {
      const int code = Step();
      if (size_ > max_bytes_) return TooLarge();
      if (code == Z_STREAM_END) break;
      if (code == Z_MEM_ERROR) return NoMemory();
      if (code == Z_NEED_DICT) return Malformed("it needs a dictionary");
      if (code != Z_OK && code != Z_BUF_ERROR) return Malformed(stream_.msg);
      if (read_ == compressed_.size() && stream_.avail_out > 0) return CutOff();
    }
    if (read_ != compressed_.size()) return Followed();
    out_.resize(size_);
    return std::move(out_);
  }

 private:
  // Lets zlib read and write once. At `max_bytes` it writes into one byte beside, which shows
  // whether there is more.
  int Step() {
    const std::size_t in = std::min(compressed_.size() - read_, kMostAtOnce);
    if (size_ == out_.size() && size_ < max_bytes_) Grow();
    const bool full = size_ == max_bytes_;
    const std::size_t out = full ? 1 : std::min(out_.size() - size_, kMostAtOnce);
    char beyond = 0;
    stream_.next_in = reinterpret_cast<const Bytef*>(compressed_.data() + read_);
    stream_.avail_in = static_cast<uInt>(in);
    stream_.next_out = reinterpret_cast<Bytef*>(full ? &beyond : out_.data() + size_);
    stream_.avail_out = static_cast<uInt>(out);
    const int code = inflate(&stream_, Z_NO_FLUSH);
    read_ += in - stream_.avail_in;
    size_ += out - stream_.avail_out;
    return code;
  }

  // A new string: one that grows by itself takes up to twice what it is asked for.
  void Grow() {
    std::string larger(std::min(std::max(kFirstBytes, out_.size() * 2), max_bytes_), '\0');
    out_.copy(larger.data(), size_);
    out_ = std::move(larger);
  }

  static Status NoMemory() { return ResourceExhaustedError("no memory to inflate a message"); }
  Status TooLarge() const {
    return ResourceExhaustedError("a compressed message of " + Count(compressed_.size()) +
                                  " inflates to more than " + Count(max_bytes_) +
                                  ", the most that is accepted");
  }
  Status Malformed(const char* why) const {
    return InvalidArgumentError(
        "a compressed message of " + Count(compressed_.size()) + " is no gzip or zlib stream: " +
        (why ? why : "zlib cannot read it") + " (at byte " + std::to_string(read_) + ")");
  }
  Status CutOff() const {
    return InvalidArgumentError("a compressed message ends after " + Count(compressed_.size()) +
                                ", before its gzip or zlib stream does");
  }
  Status Followed() const {
    return InvalidArgumentError("the gzip or zlib stream of a compressed message ends after " +
                                Count(read_) + " of " + std::to_string(compressed_.size()) +
                                "; one stream, and nothing after it, is accepted");
  }

  const std::string_view compressed_;
  const std::size_t max_bytes_;
  z_stream stream_{};
  std::size_t read_ = 0;  // of compressed_
  std::string out_;       // room; the first size_ bytes are written
  std::size_t size_ = 0;
};

}  // namespace

Result<std::string> Inflate(std::string_view compressed, std::size_t max_bytes) {
  return Inflater(compressed, max_bytes).Run();
}

}  // namespace shoal
