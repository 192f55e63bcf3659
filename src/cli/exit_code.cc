#include "cli/exit_code.h"

#include <cstdio>
#include <string>

#include "base/utf8.h"
#include "terminal/style.h"

namespace shoal {
namespace {

void Say(Colour colour, std::string_view message) {
  const std::string name = Coloured("shoal:", colour, StyleOf(stderr));
  std::fprintf(stderr, "%s %s\n", name.c_str(), ReadableUtf8(message).c_str());
}

}  // namespace

ExitCode ExitCodeFor(const Status& status) {
  switch (status.code()) {
    case StatusCode::kOk:
      return kExitOk;
    case StatusCode::kUnavailable:
      return kExitUnreachable;
    case StatusCode::kDeadlineExceeded:
      return kExitDeadline;
    default:
      return kExitFailed;
  }
}

int Fail(ExitCode code, std::string_view message) {
  Say(Colour::kRed, message);
  return code;
}

void Warn(std::string_view message) { Say(Colour::kYellow, message); }

int Fail(const Status& status) { return Fail(ExitCodeFor(status), status.message()); }

}  // namespace shoal
