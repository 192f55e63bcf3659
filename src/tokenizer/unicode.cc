#include "tokenizer/unicode.h"

#include <utf8proc.h>

#include <algorithm>
#include <iterator>

#include "base/check.h"
#include "tokenizer/reference_tables.h"

namespace shoal {
namespace {

utf8proc_category_t Category(char32_t code_point) {
  return utf8proc_category(static_cast<utf8proc_int32_t>(code_point));
}

bool Between(char32_t code_point, char32_t first, char32_t last) {
  return code_point >= first && code_point <= last;
}

// The one of `ranges` that has `code_point`; null: none has it.
template <typename Range, std::size_t kSize>
const Range* Find(const Range (&ranges)[kSize], char32_t code_point) {
  const Range* const found =
      std::lower_bound(std::begin(ranges), std::end(ranges), code_point,
                       [](const Range& range, char32_t value) { return range.last < value; });
  return found != std::end(ranges) && found->first <= code_point ? found : nullptr;
}

template <std::size_t kSize>
bool IsIn(const CodePointRange (&ranges)[kSize], char32_t code_point) {
  return Find(ranges, code_point) != nullptr;
}

}  // namespace

char32_t NextCodePoint(std::string_view text, std::size_t* position) {
  const auto at = [&](std::size_t offset) -> char32_t {
    CHECK(*position + offset < text.size(), "the text is valid UTF-8");
    return static_cast<std::uint8_t>(text[*position + offset]);
  };
  const char32_t lead = at(0);
  char32_t code_point = lead;
  std::size_t size = 1;
  if (lead >= 0xF0) {
    code_point = (lead & 7) << 18 | (at(1) & 63) << 12 | (at(2) & 63) << 6 | (at(3) & 63);
    size = 4;
  } else if (lead >= 0xE0) {
    code_point = (lead & 15) << 12 | (at(1) & 63) << 6 | (at(2) & 63);
    size = 3;
  } else if (lead >= 0xC0) {
    code_point = (lead & 31) << 6 | (at(1) & 63);
    size = 2;
  }
  *position += size;
  return code_point;
}

std::size_t PreviousCodePoint(std::string_view text, std::size_t position) {
  do {
    CHECK(position > 0, "the text is valid UTF-8");
    --position;
  } while ((static_cast<std::uint8_t>(text[position]) & 0xC0) == 0x80);
  return position;
}

int WriteCodePoint(char32_t code_point, std::uint8_t* out) {
  return static_cast<int>(utf8proc_encode_char(static_cast<utf8proc_int32_t>(code_point), out));
}

bool IsRemoved(char32_t code_point) {
  if (code_point == '\t' || code_point == '\n' || code_point == '\r') return false;
  if (code_point == 0xFFFD) return true;
  const utf8proc_category_t category = Category(code_point);
  if (category == UTF8PROC_CATEGORY_CF) return !IsIn(kNotRemoved, code_point);
  return category == UTF8PROC_CATEGORY_CC || category == UTF8PROC_CATEGORY_CO;
}

bool IsSpace(char32_t code_point) {
  if (code_point == '\t' || code_point == '\n' || code_point == '\r') return true;
  const utf8proc_category_t category = Category(code_point);
  return category == UTF8PROC_CATEGORY_ZS || category == UTF8PROC_CATEGORY_ZL ||
         category == UTF8PROC_CATEGORY_ZP;
}

bool IsIdeograph(char32_t code_point) {
  return Between(code_point, 0x4E00, 0x9FFF) || Between(code_point, 0x3400, 0x4DBF) ||
         Between(code_point, 0x20000, 0x2A6DF) || Between(code_point, 0x2A700, 0x2B73F) ||
         Between(code_point, 0x2B740, 0x2B81F) ||
         Between(code_point, 0x2B920, 0x2CEAF) ||  // the reference's range; the block has 2B820
         Between(code_point, 0xF900, 0xFAFF) || Between(code_point, 0x2F800, 0x2FA1F);
}

bool IsPunctuation(char32_t code_point) {
  if (code_point < 128) {
    return Between(code_point, 33, 47) || Between(code_point, 58, 64) ||
           Between(code_point, 91, 96) || Between(code_point, 123, 126);
  }
  if (code_point == 0x166D || code_point == 0x111C9) return true;  // no longer, in newer versions
  switch (Category(code_point)) {
    case UTF8PROC_CATEGORY_PC:
    case UTF8PROC_CATEGORY_PD:
    case UTF8PROC_CATEGORY_PS:
    case UTF8PROC_CATEGORY_PE:
    case UTF8PROC_CATEGORY_PI:
    case UTF8PROC_CATEGORY_PF:
    case UTF8PROC_CATEGORY_PO:
      return !IsIn(kNotPunctuation, code_point);
    default:
      return false;
  }
}

bool IsNonspacingMark(char32_t code_point) {
  if (code_point == 0x1734) return true;  // a spacing mark since Unicode 14
  return Category(code_point) == UTF8PROC_CATEGORY_MN && !IsIn(kNotNonspacingMark, code_point);
}

bool IsWordCharacter(char32_t code_point) {
  switch (Category(code_point)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_PC:
      return true;
    default:
      return code_point == 0x200C || code_point == 0x200D ||  // joiners
             Between(code_point, 0x24B6, 0x24E9) ||           // circled letters
             Between(code_point, 0x1F130, 0x1F149) || Between(code_point, 0x1F150, 0x1F169) ||
             Between(code_point, 0x1F170, 0x1F189) || IsIn(kWordCharacter, code_point);
  }
}

bool IsWhiteSpace(char32_t code_point) {
  return Between(code_point, 9, 13) || code_point == 0x85 || IsSpace(code_point);
}

char32_t ToLower(char32_t code_point) {
  if (const LowerCaseRange* const range = Find(kLowerCase, code_point)) {
    return code_point + static_cast<char32_t>(range->distance);
  }
  return static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(code_point)));
}

int Decompose(char32_t code_point, char32_t* out) {
  if (code_point == 0x11938) {  // decomposes since Unicode 13: not in the reference
    out[0] = code_point;
    return 1;
  }
  utf8proc_int32_t parts[kMaxDecomposed];
  int boundary_class = 0;
  const utf8proc_ssize_t count =
      utf8proc_decompose_char(static_cast<utf8proc_int32_t>(code_point), parts, kMaxDecomposed,
                              UTF8PROC_DECOMPOSE, &boundary_class);
  CHECK(count >= 0 && count <= kMaxDecomposed, "canonical decompositions are short");
  for (int i = 0; i < count; ++i) out[i] = static_cast<char32_t>(parts[i]);
  return static_cast<int>(count);
}

int CombiningClass(char32_t code_point) {
  if (IsIn(kStarter, code_point)) return 0;
  return utf8proc_get_property(static_cast<utf8proc_int32_t>(code_point))->combining_class;
}

}  // namespace shoal
