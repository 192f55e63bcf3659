// The contract between the edges and the coordinator for callers who want the tokens of their texts
// instead of vectors.
//
//   refusal = handler.Tokenize(request, done) ──► being read; or a Refusal: then `done` is not used
//                              done(outcome) ◄── exactly once for every Tokenize without a Refusal
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "api/verdict.h"

namespace shoal {

// What one answer may have: 12 MiB of TextToken, some 100 MB once it is written as JSON.
inline constexpr std::size_t kMostTokensOfAnswer = std::size_t{1} << 20;

// Checked by the edge like an EmbedRequest: 1 to the limit of texts, each valid UTF-8 within its
// limit. No text is cut.
struct TokenizeRequest {
  std::vector<std::string> texts;
  std::string prompt_name;     // empty: the model's default prompt
  bool special_tokens = true;  // [CLS] and [SEP] around each text
  // Of all texts together, those included. With more the request is refused (reply_too_large), and
  // the texts are not read further.
  std::size_t max_tokens = kMostTokensOfAnswer;
  // As in EmbedRequest: what the caller calls the texts.
  std::string_view texts_name = "texts";
  bool texts_are_list = true;
};

// Which bytes of the text a token stands for. A token of the text is never `special`, not even a
// literal "[SEP]"; only those are that stand around it.
struct TextToken {
  std::int32_t id = 0;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  friend bool operator==(const TextToken&, const TextToken&) = default;
};

struct TextTokens {
  std::string text;  // with the prompt in front of it
  std::vector<TextToken> tokens;
};

// One that stands around a text and at no place of it.
struct SpecialToken {
  std::int32_t id = 0;
  std::string text;  // "[CLS]"
  friend bool operator==(const SpecialToken&, const SpecialToken&) = default;
};

struct TokenizeReply {
  std::vector<TextTokens> texts;  // in the order of the request
  // Around each of them; absent where the request did not want them.
  std::optional<SpecialToken> first;
  std::optional<SpecialToken> last;
};

using TokenizeOutcome = std::variant<TokenizeReply, Refusal>;

// Implemented by the coordinator. Thread-safe.
class TokenizeHandler {
 public:
  using Done = std::function<void(TokenizeOutcome outcome)>;

  virtual ~TokenizeHandler() = default;
  // Does not block: texts are read on a thread of their own. `done` is called on the owner thread,
  // after Tokenize has returned where that calls it; it must not block, and there is no cancel.
  [[nodiscard]] virtual std::optional<Refusal> Tokenize(TokenizeRequest request, Done done) = 0;
};

}  // namespace shoal
