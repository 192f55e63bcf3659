#include "http/answer_text.h"

#include <boost/beast/http/status.hpp>

#include "base/check.h"

namespace shoal {
namespace {

namespace http = boost::beast::http;

void AppendCleaned(std::string_view text, std::string& to) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    to.push_back(byte < 0x20 || byte == 0x7f ? ' ' : c);
  }
}

}  // namespace

void AppendField(std::string_view name, std::string_view value, std::string& to) {
  AppendCleaned(name, to);
  to.append(": ");
  AppendCleaned(value, to);
  to.append("\r\n");
}

std::string AnswerHead(const HttpAnswer& answer, const AnswerFraming& framing) {
  CHECK(answer.status >= 200 && answer.status <= 599, "a status that ends an exchange");
  const auto reason =
      http::obsolete_reason(http::int_to_status(static_cast<unsigned>(answer.status)));
  std::string head = "HTTP/1.1 " + std::to_string(answer.status) + " ";
  head.append(reason.data(), reason.size()).append("\r\n");
  for (const HttpField& field : answer.headers) AppendField(field.name, field.value, head);
  if (framing.length) AppendField("Content-Length", std::to_string(*framing.length), head);
  if (framing.is_chunked) AppendField("Transfer-Encoding", "chunked", head);
  if (framing.closes) {
    AppendField("Connection", "close", head);
  } else if (framing.says_keep_alive) {
    AppendField("Connection", "keep-alive", head);
  }
  return head.append("\r\n");
}

bool MayHaveBody(int status) { return status != 204 && status != 304; }

}  // namespace shoal
