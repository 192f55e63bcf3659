#include "http/request_text.h"

#include <algorithm>

#include "base/address.h"
#include "base/check.h"
#include "http/answer_text.h"

namespace shoal {
namespace {

bool IsTarget(const std::string& target) {
  return target.starts_with('/') &&
         std::all_of(target.begin(), target.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

}  // namespace

std::string CommonLines(const Address& server, const std::vector<HttpField>& headers) {
  std::string lines;
  AppendField("Host", ToString(server), lines);
  for (const HttpField& field : headers) AppendField(field.name, field.value, lines);
  return lines;
}

std::string RequestText(const HttpClientRequest& request, const std::string& common_lines) {
  CHECK(IsTarget(request.target), "a target is written by who knows its form");
  constexpr std::size_t kLines = 64;  // "HTTP/1.1", Content-Length, line ends
  std::size_t size = kLines + request.target.size() + common_lines.size() + request.body.size();
  for (const HttpField& field : request.headers) size += field.name.size() + field.value.size() + 4;
  std::string text;
  text.reserve(size);
  text.append(request.method).append(" ").append(request.target).append(" HTTP/1.1\r\n");
  text.append(common_lines);
  for (const HttpField& field : request.headers) AppendField(field.name, field.value, text);
  if (!request.body.empty() || request.method == "POST") {
    AppendField("Content-Length", std::to_string(request.body.size()), text);
  }
  return text.append("\r\n").append(request.body);
}

}  // namespace shoal
