#include "coordinator/tokenize_texts.h"

namespace shoal {
namespace {

Refusal TooLong(const EmbedRequest& request, std::size_t index, int max_tokens) {
  std::string name(request.texts_name);
  if (request.texts_are_list) name += "[" + std::to_string(index) + "]";
  const std::string most = std::to_string(max_tokens);
  return {.verdict = Verdict::kInputTooLong,
          .message = name + " has more than " + most + " tokens; the model accepts " + most +
                     ". Set truncate or shorten it."};
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

}  // namespace shoal
