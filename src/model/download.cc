#include "model/download.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <optional>
#include <string_view>

#include "base/file.h"

namespace shoal {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFirstPause{1'000};
constexpr milliseconds kLongestPause{30'000};
constexpr std::size_t kMaxEtagSize = 1024;

std::filesystem::path Beside(const std::filesystem::path& path, std::string_view suffix) {
  return path.string() + std::string(suffix);
}

bool MayGoBetterNextTime(const Status& status) {
  return status.code() == StatusCode::kUnavailable ||
         status.code() == StatusCode::kDeadlineExceeded || status.code() == StatusCode::kAborted;
}

Status StatusOfAnswer(int status, const std::string& url) {
  const std::string message = url + ": HTTP status " + std::to_string(status);
  if (status == 404) return NotFoundError(message);
  if (status == 401) return {StatusCode::kUnauthenticated, message};
  if (status == 403) return {StatusCode::kPermissionDenied, message};
  if (status == 429 || status >= 500) return UnavailableError(message);
  return FailedPreconditionError(message);
}

// The 7 of "bytes 7-99/100".
std::optional<std::uint64_t> FirstByte(std::string_view content_range) {
  constexpr std::string_view kUnit = "bytes ";
  if (!content_range.starts_with(kUnit)) return std::nullopt;
  content_range.remove_prefix(kUnit.size());
  std::uint64_t first = 0;
  const auto end =
      std::from_chars(content_range.data(), content_range.data() + content_range.size(), first);
  if (end.ec != std::errc() || end.ptr == content_range.data() + content_range.size() ||
      *end.ptr != '-') {
    return std::nullopt;
  }
  return first;
}

bool IsStrong(const std::string& etag) { return etag.size() >= 2 && etag.front() == '"'; }

// One attempt: asks for what is missing and appends it.
class Attempt {
 public:
  explicit Attempt(const Download& download)
      : download_(download),
        part_(Beside(download.path, ".part")),
        etag_(Beside(download.path, ".part.etag")) {
    std::error_code error;
    const std::uint64_t size = std::filesystem::file_size(part_, error);
    const Result<std::string> etag = ReadFile(etag_, kMaxEtagSize);
    if (error || !etag.ok() || !IsStrong(*etag)) return;  // nothing that can go on
    done_ = size;
    if_range_ = *etag;
  }

  Status Run() {
    RETURN_IF_ERROR(HttpGet({.url = download_.url,
                             .authorization = download_.authorization,
                             .first_byte = done_,
                             .if_range = if_range_},
                            {.on_head = [this](const HttpHead& head) { return OnHead(head); },
                             .on_body = [this](std::string_view bytes) { return OnBody(bytes); }},
                            download_.http));
    file_.close();
    if (!file_) return DiskError();
    std::error_code error;
    std::filesystem::rename(part_, download_.path, error);
    if (error) return ErrnoError("rename " + part_.string(), error.value());
    std::filesystem::remove(etag_, error);
    return {};
  }

 private:
  Status OnHead(const HttpHead& head) {
    if (head.status == 416) {  // there is nothing from there on: start over
      std::error_code error;
      std::filesystem::remove(part_, error);
      return {StatusCode::kAborted, download_.url + ": the part that was kept does not fit"};
    }
    const bool goes_on = head.status == 206;
    if (!goes_on && head.status != 200) return StatusOfAnswer(head.status, download_.url);
    if (!goes_on) {
      done_ = 0;
      RETURN_IF_ERROR(RememberEtag(head.etag));
    } else if (done_ == 0 || FirstByte(head.content_range) != done_) {
      return FailedPreconditionError(download_.url + ": answered with the range \"" +
                                     head.content_range + "\", expected one from byte " +
                                     std::to_string(done_));
    }
    if (head.content_length.has_value()) total_ = done_ + *head.content_length;
    RETURN_IF_ERROR(CheckSize(total_));
    file_.open(part_, std::ios::binary | (goes_on ? std::ios::app : std::ios::trunc));
    if (!file_) return DiskError();
    return {};
  }

  Status OnBody(std::string_view bytes) {
    RETURN_IF_ERROR(CheckSize(done_ + bytes.size()));
    if (!file_.write(bytes.data(), static_cast<std::streamsize>(bytes.size()))) return DiskError();
    done_ += bytes.size();
    if (download_.progress) download_.progress(done_, total_);
    return {};
  }

  Status RememberEtag(const std::string& etag) {
    if (IsStrong(etag) && etag.size() <= kMaxEtagSize) return WriteFileAtomically(etag_, etag);
    std::error_code error;
    std::filesystem::remove(etag_, error);
    return {};
  }

  Status CheckSize(std::uint64_t size) const {
    if (size <= download_.max_size) return {};
    return FailedPreconditionError(download_.url + " has more than " +
                                   std::to_string(download_.max_size) + " bytes");
  }

  // Not to be repeated, whatever the disk's reason.
  Status DiskError() const {
    return ResourceExhaustedError("cannot write " + part_.string() + ": is the disk full?");
  }

  const Download& download_;
  const std::filesystem::path part_;
  const std::filesystem::path etag_;
  std::ofstream file_;
  std::uint64_t done_ = 0;   // bytes in the part
  std::uint64_t total_ = 0;  // 0: not known
  std::string if_range_;
};

}  // namespace

Status Run(const Download& download) {
  std::error_code error;
  std::filesystem::create_directories(download.path.parent_path(), error);
  if (error) {
    return ErrnoError("create folder " + download.path.parent_path().string(), error.value());
  }
  milliseconds pause = kFirstPause;
  for (int attempt = 1;; ++attempt) {
    Status status = Attempt(download).Run();
    if (status.ok() || !MayGoBetterNextTime(status) || attempt >= download.attempts) return status;
    download.sleep(pause);
    pause = std::min(2 * pause, kLongestPause);
  }
}

}  // namespace shoal
