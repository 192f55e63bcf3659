#include "coordinator/tokenize_texts.h"

#include <algorithm>
#include <string>

namespace shoal {
namespace {

// As many ids as ordinary text of so many bytes has, or a few more.
std::size_t UsualTokens(std::size_t bytes, int max_tokens) {
  return std::min(bytes / 4 + 4, static_cast<std::size_t>(max_tokens));
}

// What the caller calls a text.
template <typename Request>
std::string NameOf(const Request& request, std::size_t index) {
  std::string name(request.texts_name);
  if (request.texts_are_list) name += "[" + std::to_string(index) + "]";
  return name;
}

Refusal TooLong(const EmbedRequest& request, std::size_t index, int max_tokens) {
  const std::string most = std::to_string(max_tokens);
  return {.verdict = Verdict::kInputTooLong,
          .message = NameOf(request, index) + " has more than " + most +
                     " tokens; the model accepts " + most + ". Set truncate or shorten it."};
}

Refusal TooMany(const TokenizeRequest& request, std::size_t index) {
  const std::string most = std::to_string(request.max_tokens);
  return {.verdict = Verdict::kReplyTooLarge,
          .message = "the answer up to " + NameOf(request, index) + " has more than " + most +
                     " tokens; up to " + most +
                     " are sent. Send fewer or shorter texts in one request"};
}

}  // namespace

std::size_t TokenizedTexts::bytes() const {
  return ids.capacity() * sizeof ids[0] + lengths.capacity() * sizeof lengths[0] +
         offsets.capacity() * sizeof offsets[0] + fingerprints.capacity() * sizeof fingerprints[0];
}

TokenizedTexts TokenizeTexts(const Tokenizer& tokenizer, const Fingerprinter& fingerprinter,
                             std::string_view prompt, const EmbedRequest& request) {
  const std::vector<std::string>& texts = request.texts;
  // What may not be cut is refused as soon as it is too long.
  const CutSide side = request.truncate && request.truncate_left ? CutSide::kLeft : CutSide::kRight;
  TokenizedTexts out;
  out.lengths.reserve(texts.size());
  out.offsets.reserve(texts.size());
  out.fingerprints.reserve(texts.size());
  std::size_t usual = 0;
  for (const std::string& text : texts) {
    usual += UsualTokens(prompt.size() + text.size(), tokenizer.max_tokens());
  }
  out.ids.reserve(usual);
  std::string prompted;
  for (std::size_t index = 0; index < texts.size(); ++index) {
    std::string_view text = texts[index];
    if (!prompt.empty()) {
      prompted.assign(prompt).append(text);
      text = prompted;
    }
    const std::size_t offset = out.ids.size();
    const bool cut = tokenizer.Encode(text, out.ids, side);
    if (cut && !request.truncate) {
      out.refusal = TooLong(request, index, tokenizer.max_tokens());
      return out;
    }
    out.truncated += cut ? 1 : 0;
    out.offsets.push_back(offset);
    out.lengths.push_back(static_cast<std::uint32_t>(out.ids.size() - offset));
    out.fingerprints.push_back(fingerprinter.Of(std::span(out.ids).subspan(offset)));
  }
  return out;
}

TokenizeOutcome LocateTokens(const Tokenizer& tokenizer, std::string_view prompt,
                             const TokenizeRequest& request) {
  TokenizeReply reply;
  if (request.special_tokens) {
    reply.first = tokenizer.first();
    reply.last = tokenizer.last();
  }
  const std::size_t around = request.special_tokens ? 2 : 0;
  std::size_t left = request.max_tokens;
  reply.texts.reserve(request.texts.size());
  for (std::size_t index = 0; index < request.texts.size(); ++index) {
    TextTokens& text = reply.texts.emplace_back();
    text.text.assign(prompt).append(request.texts[index]);
    if (left < around || !tokenizer.Locate(text.text, left - around, text.tokens)) {
      return TooMany(request, index);
    }
    left -= around + text.tokens.size();
  }
  return reply;
}

}  // namespace shoal
