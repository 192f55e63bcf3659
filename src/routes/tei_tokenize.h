// TEI's POST /tokenize: the tokens of texts, as the model sees them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>

#include "api/tokenize.h"
#include "routes/route_context.h"
#include "routes/route_table.h"

namespace shoal {

// {"inputs": "a text" or ["texts", ...], "add_special_tokens": true, "prompt_name"}. Other fields
// are passed over. Pure.
std::variant<TokenizeRequest, Fault> ReadTeiTokenize(std::string_view body, const Limits& limits);

// [[{"id":7592,"text":"hello","special":false,"start":0,"stop":5},...],...], written part by part:
// a million tokens have 70 MB. Places are bytes, as TEI's; special tokens have none. Pure.
class TokensBody {
 public:
  explicit TokensBody(TokenizeReply reply) : reply_(std::move(reply)) {}

  // As VectorsBody's.
  std::size_t size_hint() const;
  void Write(std::string& to, std::size_t enough);
  bool is_done() const { return done_; }
  std::size_t kept_bytes() const;  // of memory

 private:
  void WriteNext(std::string& to);

  TokenizeReply reply_;
  std::size_t text_ = 0;   // the next to be written
  std::size_t token_ = 0;  // of it; specials are counted
  bool done_ = false;
};

void AddTeiTokenizeRoute(RouteContext& context, RouteTable& routes);

}  // namespace shoal
