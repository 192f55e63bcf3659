// The files that hold a secret, one line of printable ASCII.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "config/settings.h"

namespace shoal {

// Empty where `path` is. `what` is what errors call it: "join token". FAILED_PRECONDITION: the file
// is empty, or holds what is no token.
Result<std::string> ReadToken(const std::string& path, std::string_view what);

// --operator-token-file. FAILED_PRECONDITION besides: every account of the machine may read or
// change it.
Result<std::string> ReadOperatorToken(const Settings& settings);
Result<std::string> ReadOperatorToken(const std::string& path);

}  // namespace shoal
