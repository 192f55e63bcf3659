// What a tokenizer does, whatever files of a model folder say it in. Module model reads it, module
// tokenizer does it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace shoal {

struct VocabularyToken {
  std::string text;
  std::int32_t id = 0;  // not negative
  friend bool operator==(const VocabularyToken&, const VocabularyToken&) = default;
};

// A token that is found in the text before the text is split into words.
struct AddedToken {
  std::string content;  // not empty
  std::int32_t id = 0;
  bool single_word = false;  // not where a letter or digit stands next to it
  bool lstrip = false;       // takes the spaces in front of it
  bool rstrip = false;       // takes the spaces behind it
  bool normalized = false;   // is normalised, and found in the normalised text
  bool special = false;      // text where the caller wants special tokens to be text
  friend bool operator==(const AddedToken&, const AddedToken&) = default;
};

// The defaults are those of BERT, uncased.
struct TokenizerSpec {
  std::vector<VocabularyToken> vocabulary;  // in the order of their ids
  std::vector<AddedToken> added;            // in the order of their ids, each content once
  std::string unknown = "[UNK]";            // of the vocabulary
  std::string first = "[CLS]";              // of the vocabulary, or added
  std::string last = "[SEP]";
  std::string continuing_prefix = "##";  // of pieces that do not start a word
  int max_word_characters = 100;         // a longer word is unknown
  bool lower_case = true;
  bool strip_accents = true;
  bool split_ideographs = true;  // each Chinese character is a word
  friend bool operator==(const TokenizerSpec&, const TokenizerSpec&) = default;
};

// The largest `max_word_characters` that a tokenizer takes.
inline constexpr int kMostWordCharacters = 1000;

// The content of a vocab.txt: one token a line, its id the line's number from 0. INVALID_ARGUMENT:
// empty, too large, or a token twice; the message begins with "vocabulary: ".
Result<std::vector<VocabularyToken>> ReadVocabulary(std::string_view lines);

// What a vocabulary means where nothing else is said: BERT, with those of its five special tokens
// that are in it.
TokenizerSpec BertTokenizerSpec(std::vector<VocabularyToken> vocabulary, bool lower_case);

}  // namespace shoal
