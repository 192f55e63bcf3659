#include "dashboard/page_files.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "base/ascii.h"
#include "kPageFiles.inc"

namespace shoal {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kContentTypes = {{
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".svg", "image/svg+xml"},
}};

// What the page loads is this server's, and it has no script or style in itself.
constexpr char kPolicy[] =
    "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; "
    "object-src 'none'";

// Takes what stands before the next `mark` off `list`, without blanks around it.
std::string_view TakeOff(std::string_view& list, char mark) {
  const std::size_t end = std::min(list.find(mark), list.size());
  std::string_view word = list.substr(0, end);
  list.remove_prefix(std::min(end + 1, list.size()));
  const std::size_t first = std::min(word.find_first_not_of(" \t"), word.size());
  word.remove_prefix(first);
  return word.substr(0, word.find_last_not_of(" \t") + 1);
}

// ";q=0", "; q=0.000": what is never to be sent.
bool IsRefused(std::string_view parameters) {
  while (!parameters.empty()) {
    const std::string parameter = AsciiLower(TakeOff(parameters, ';'));
    if (!parameter.starts_with("q=")) continue;
    return parameter.find_first_not_of("0.", 2) == std::string::npos;
  }
  return false;
}

// The bytes may be compressed or not: a strong tag would have to say which.
std::string TagOf(const EmbeddedFile& file) {
  return "W/\"" + std::string(file.sha256.substr(0, 32)) + "\"";
}

}  // namespace

std::span<const EmbeddedFile> PageFiles() { return kPageFiles; }

const EmbeddedFile* FindPageFile(std::string_view name) {
  const auto found = std::ranges::find(kPageFiles, name, &EmbeddedFile::name);
  return found == std::end(kPageFiles) ? nullptr : &*found;
}

std::string_view ContentTypeOf(std::string_view name) {
  for (const auto& [ending, type] : kContentTypes) {
    if (name.ends_with(ending)) return type;
  }
  return "application/octet-stream";
}

bool TakesGzip(std::string_view accept_encoding) {
  bool takes_any = false;
  while (!accept_encoding.empty()) {
    std::string_view parameters = TakeOff(accept_encoding, ',');
    const std::string coding = AsciiLower(TakeOff(parameters, ';'));
    if (coding == "gzip" || coding == "x-gzip") return !IsRefused(parameters);
    if (coding == "*") takes_any = !IsRefused(parameters);
  }
  return takes_any;
}

bool NamesTag(std::string_view if_none_match, std::string_view tag) {
  const auto opaque = [](std::string_view of) { return of.starts_with("W/") ? of.substr(2) : of; };
  while (!if_none_match.empty()) {
    const std::string_view named = TakeOff(if_none_match, ',');
    if (named == "*" || opaque(named) == opaque(tag)) return true;
  }
  return false;
}

HttpAnswer AnswerWith(const EmbeddedFile& file, const HttpHeaders& asked) {
  const std::string tag = TagOf(file);
  const bool for_ever = file.name.starts_with("assets/");
  HttpAnswer answer{
      .headers = {{"Cache-Control", for_ever ? "public, max-age=31536000, immutable" : "no-cache"},
                  {"Content-Security-Policy", kPolicy},
                  {"ETag", tag},
                  {"Vary", "Accept-Encoding"}}};
  if (NamesTag(asked.Find("if-none-match").value_or(""), tag)) {
    answer.status = 304;
    return answer;
  }
  answer.headers.push_back({"Content-Type", std::string(ContentTypeOf(file.name))});
  const bool compressed =
      file.gzip.size() < file.bytes.size() && TakesGzip(asked.Find("accept-encoding").value_or(""));
  if (compressed) answer.headers.push_back({"Content-Encoding", "gzip"});
  answer.body = compressed ? file.gzip : file.bytes;
  return answer;
}

}  // namespace shoal
