// The files of the page that an operator's browser shows, which the build takes from web/dist, and
// how each is answered. They hold no data of a server. Pure.
#pragma once

#include <span>
#include <string_view>

#include "base/embedded_file.h"
#include "http/http_message.h"

namespace shoal {

// index.html, and in assets/ what it loads, each named by its content.
std::span<const EmbeddedFile> PageFiles();
// By the name in web/dist. Null: there is none.
const EmbeddedFile* FindPageFile(std::string_view name);

// Of what a page consists of; else "application/octet-stream".
std::string_view ContentTypeOf(std::string_view name);

// Of a value of Accept-Encoding, which lists codings with weights: "br, gzip;q=0.5".
bool TakesGzip(std::string_view accept_encoding);
// Of a value of If-None-Match: "*", or a list of tags, weak or not.
bool NamesTag(std::string_view if_none_match, std::string_view tag);

// 200 or, where the client has it, 304; compressed if the client takes that. What is in assets/
// may be kept for ever, else the client has to ask whether it is still the same.
HttpAnswer AnswerWith(const EmbeddedFile& file, const HttpHeaders& asked);

}  // namespace shoal
