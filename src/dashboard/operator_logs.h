// How the log of a server is asked for, and what comes. Plain values; who keeps it is told by a
// function.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "dashboard/operator_error.h"

namespace shoal {

struct OperatorLogQuery {
  std::uint64_t after = 0;      // lines with greater ids
  std::size_t limit = 100;      // the oldest of those that match
  std::string level = "debug";  // at least: debug, info, warn, error
  std::string request_id;       // empty: any
  std::string worker_id;        // likewise
};

struct OperatorLogLine {
  std::uint64_t id = 0;
  std::string json;  // an object
};

struct OperatorLogPage {
  std::vector<OperatorLogLine> lines;  // oldest first
  std::uint64_t next = 0;              // `after` of the query that goes on behind this page
  std::uint64_t oldest = 1;            // that is kept; more than `newest`: none is
  std::uint64_t newest = 0;
};

// Of a request's query, "after=17&level=warn". 400: a name or a value that nobody knows.
std::variant<OperatorLogQuery, OperatorError> ReadLogQuery(std::string_view query);

// "debug", "info", "warn" or "error".
bool IsLogLevel(std::string_view word);

std::string JsonOf(const OperatorLogPage& page);

}  // namespace shoal
