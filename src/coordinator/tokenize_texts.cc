#include "coordinator/tokenize_texts.h"

namespace shoal {

std::size_t TokenizedTexts::bytes() const {
  return ids.capacity() * sizeof ids[0] + lengths.capacity() * sizeof lengths[0] +
         offsets.capacity() * sizeof offsets[0] + fingerprints.capacity() * sizeof fingerprints[0];
}

TokenizedTexts TokenizeTexts(const Tokenizer& tokenizer, const Fingerprinter& fingerprinter,
                             std::string_view prompt, const std::vector<std::string>& texts,
                             bool truncate) {
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
    const bool cut = tokenizer.Encode(text, out.ids);
    if (cut && !truncate) {
      out.refusal = Refusal{
          .verdict = Verdict::kInputTooLong,
          .message = "texts[" + std::to_string(index) + "] has more than " +
                     std::to_string(tokenizer.max_tokens()) + " tokens; the model accepts " +
                     std::to_string(tokenizer.max_tokens()) + ". Set truncate or shorten it."};
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
