// What a tokenizer consists of, for the sources that read texts with it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tokenizer/added_tokens.h"
#include "tokenizer/normalization.h"
#include "tokenizer/tokenizer.h"
#include "tokenizer/word_table.h"

namespace shoal {

struct Tokenizer::Impl {
  Impl(const TokenizerSpec& spec, const TokenizerOptions& the_options)
      : options(the_options),
        table(spec.vocabulary, spec.continuing_prefix),
        rules(spec.lower_case, spec.strip_accents, spec.split_ideographs),
        plain_rules(false, false, spec.split_ideographs),
        longest_word(static_cast<std::size_t>(spec.max_word_characters)),
        added(the_options.special_tokens_as_text),
        normalized_added(the_options.special_tokens_as_text) {}

  TokenizerOptions options;
  std::size_t count = 0;
  WordTable table;
  Rules rules;
  Rules plain_rules;         // for text that is normalised already
  std::size_t longest_word;  // characters; a longer one is unknown
  AddedTokens added;
  AddedTokens normalized_added;               // to be found in normalised text
  std::array<std::int32_t, 128> punctuation;  // the id of each character that is a word
  std::int32_t unknown = -1;
  SpecialToken first;  // [CLS]
  SpecialToken last;   // [SEP]
};

// Parts `text` at the tokens of `added`: `out` takes these, `read` what stands between them.
template <typename Out, typename Read>
void Split(std::string_view text, const AddedTokens& added, Out& out, const Read& read) {
  std::size_t done = 0;
  std::size_t position = 0;
  while (out.WantsMore()) {
    const auto match = added.Next(text, &position, done);
    if (!match) break;
    if (done < match->begin) read(text.substr(done, match->begin - done));
    if (out.WantsMore()) out.Take(*match);
    done = match->end;
  }
  if (done < text.size() && out.WantsMore()) read(text.substr(done));
}

}  // namespace shoal
