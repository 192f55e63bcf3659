// What a server says of itself to operators, as the files of a report. Whom is asked how is a
// function, so that it is tested without a server.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace shoal {

struct ReportFile {
  std::string name;
  std::string content;
};

struct SupportAnswers {
  std::vector<ReportFile> files;
  std::vector<std::string> errors;  // a line for each file that could not be had
  bool reached = false;             // something answered, be it with a refusal
};

// GET of a path with a query; what came with status 200.
using AskServer = std::function<Result<std::string>(const std::string& target)>;

// One route after the other. The log comes in pages: all lines that the server kept when it was
// asked first, one a line.
SupportAnswers AskForSupport(const AskServer& ask);

// "version: 1" and the like of snapshot.json; "unknown" where it cannot be had.
std::string ServerVersionLines(const SupportAnswers& answers);

}  // namespace shoal
