// What the bodies of several APIs have in common: an object of fields, one of which holds the
// texts.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/model_info.h"
#include "edge/limits.h"
#include "http/http_message.h"
#include "json/reader.h"
#include "routes/error_answer.h"

namespace shoal {

// Reads one body. A Read... that returns false has found a fault, or the reader has: return false
// on the way out.
class RequestBody {
 public:
  // Takes a field by its name; one that it leaves is skipped.
  using Field = std::function<bool(std::string_view name, JsonItem& item)>;

  // `noun` is what the API calls its texts. `limits` outlive it.
  RequestBody(std::string_view noun, const Limits& limits) : noun_(noun), limits_(limits) {}

  // Nothing: all of it is read.
  std::optional<Fault> Read(std::string_view body, const Field& field);

  // A text or a list of texts, appended to `to`; counts and sizes are checked before they are kept.
  // A list that begins with a number, or with a list, is one of token ids. An empty list is refused
  // unless it `may_be_empty`.
  bool ReadTexts(JsonItem& item, std::vector<std::string>& to, bool& is_list,
                 bool may_be_empty = false);
  // One text.
  bool ReadText(JsonItem& item, std::string_view name, std::string& to);
  // A short string that steers the request; null is as if it was not there.
  bool ReadWord(JsonItem& item, std::string_view name, std::string& to);
  bool ReadFlag(JsonItem& item, bool& to);                           // null likewise
  bool ReadFlag(JsonItem& item, std::optional<bool>& to);            // null likewise
  bool ReadNumber(JsonItem& item, std::optional<std::int64_t>& to);  // null likewise

  bool Refuse(Fault fault);  // false

 private:
  bool ReadOne(JsonItem& item, std::optional<std::size_t> index, std::vector<std::string>& to);
  bool RefuseTokenIds();

  const std::string_view noun_;
  const Limits& limits_;
  std::optional<Fault> fault_;
};

// No vector is shortened: `wanted` is what they have, if it is said at all.
std::optional<Fault> CheckDimensions(std::optional<std::int64_t> wanted, const ModelInfo& model);

// What no body may come as: compressed, or in another character set than UTF-8.
std::optional<Fault> CheckBodyHeaders(const HttpHeaders& headers);

}  // namespace shoal
