#include "cli/token_file.h"

#include <filesystem>
#include <system_error>

#include "base/file.h"

namespace shoal {
namespace {

constexpr std::size_t kMaxTokenFile = 4096;

// Of a file that is not there, the reading says so.
bool IsOpenToAll(const std::string& path) {
  using std::filesystem::perms;
  std::error_code error;
  const perms found = std::filesystem::status(path, error).permissions();
  return !error && (found & (perms::others_read | perms::others_write)) != perms::none;
}

}  // namespace

Result<std::string> ReadToken(const std::string& path, std::string_view what) {
  if (path.empty()) return std::string();
  ASSIGN_OR_RETURN(std::string token, ReadFile(path, kMaxTokenFile));
  while (!token.empty() && (token.back() == '\n' || token.back() == '\r')) token.pop_back();
  if (token.empty()) {
    return FailedPreconditionError(path + " is empty; it must hold the " + std::string(what));
  }
  for (const char c : token) {
    if (c < 0x21 || c > 0x7E) {
      return FailedPreconditionError(path + " holds a character that is not printable ASCII");
    }
  }
  return token;
}

Result<std::string> ReadOperatorToken(const std::string& path) {
  if (!path.empty() && IsOpenToAll(path)) {
    return FailedPreconditionError(
        "--operator-token-file " + path +
        " is open to every account of this machine; give it to its owner "
        "and group alone (chmod o-rw)");
  }
  Result<std::string> token = ReadToken(path, "operator token");
  if (!token.ok()) return token.status().At("--operator-token-file");
  return token;
}

Result<std::string> ReadOperatorToken(const Settings& settings) {
  return ReadOperatorToken(settings.Text("operator-token-file"));
}

}  // namespace shoal
