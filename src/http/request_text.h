// Private to http. How a request is written. Pure.
#pragma once

#include <string>
#include <vector>

#include "http/http_client_pool.h"
#include "http/http_message.h"

namespace shoal {

// Header lines that every request to a server has.
std::string CommonLines(const Address& server, const std::vector<HttpField>& headers);

// The whole of it. Control bytes in a header become spaces: a value cannot begin a header of its
// own.
std::string RequestText(const HttpClientRequest& request, const std::string& common_lines);

}  // namespace shoal
