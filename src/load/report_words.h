// What a report comes to, said in a sentence: the headline of its page.
#pragma once

#include <string>

#include "load/load_report.h"

namespace shoal {

enum class ReportState {
  kPassed,    // no threshold failed or, without any, every request had its answer by the deadline
  kFailed,    // a threshold failed, vectors were wrong, or nothing was answered
  kInvalid,   // it says nothing about the server
  kMeasured,  // nobody said what would do
};
// "Passed", "Failed", "Not valid", "Measured".
std::string Name(ReportState state);

struct ReportWords {
  ReportState state = ReportState::kMeasured;
  std::string headline;  // after "Passed: ", without a full stop
  std::string detail;    // sentences
};
ReportWords WordsOf(const LoadReport& report);

}  // namespace shoal
