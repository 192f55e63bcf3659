// Bytes as the body of an OpenAI request: it is read or refused. What is read keeps the limits and
// is valid UTF-8; a refusal says why, and names a field that the body could have.
#include "routes/openai_routes.h"

#include <cstdint>

#include "base/check.h"
#include "base/utf8.h"
#include "json/reader.h"

namespace shoal {
namespace {

constexpr Limits kLimits = {.max_texts = 4, .max_text_bytes = 64};
constexpr std::size_t kMaxWord = 1024;

void CheckRead(const OpenAiEmbeddings& read) {
  const EmbedRequest& request = read.request;
  CHECK(!request.texts.empty() && request.texts.size() <= kLimits.max_texts, "one to the limit");
  CHECK(request.texts_are_list || request.texts.size() == 1, "one text is in no list");
  CHECK(request.texts_name == "input", "as the API calls them");
  for (const std::string& text : request.texts) {
    CHECK(!text.empty() && text.size() <= kLimits.max_text_bytes, "a text keeps its limits");
    CHECK(!FirstInvalidUtf8(text), "a text is UTF-8");
  }
  for (const std::string& word : {request.model, request.prompt_name}) {
    CHECK(word.size() <= kMaxWord && !FirstInvalidUtf8(word), "a word is short and UTF-8");
  }
}

void CheckFault(const Fault& fault) {
  CHECK(fault.refusal.verdict != Verdict::kOk && !MayRetry(fault.refusal.verdict),
        "such a body is never right");
  CHECK(!fault.refusal.message.empty(), "a refusal says why");
  CHECK(!FirstInvalidUtf8(fault.refusal.message), "so that it can be printed");
  CHECK(!FirstInvalidUtf8(fault.param), "likewise");
  const HttpAnswer answer = ErrorAnswer(ApiStyle::kOpenAi, fault);
  CHECK(answer.status >= 400 && answer.status < 500, "the client is at fault");
  CHECK(!ReadJson(answer.body, "the answer", [](JsonItem& item) { return item.Skip(); }),
        "what is answered is JSON");
}

void ReadBody(std::string_view body) {
  const ModelInfo model = {.name = "model", .dim = 8, .max_tokens = 8};
  const auto read = ReadOpenAiEmbeddings(body, kLimits, model);
  if (const auto* const fault = std::get_if<Fault>(&read)) return CheckFault(*fault);
  CheckRead(std::get<OpenAiEmbeddings>(read));
}

}  // namespace
}  // namespace shoal

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  shoal::ReadBody({reinterpret_cast<const char*>(data), size});
  return 0;
}
