#include "load/report_page.h"

#include <array>
#include <string_view>
#include <utility>

#include "kReportPage.inc"
#include "kReportScript.inc"
#include "kReportStyle.inc"
#include "kReportTokens.inc"
#include "load/report_json.h"
#include "load/report_words.h"

namespace shoal {
namespace {

using Filling = std::array<std::pair<std::string_view, std::string>, 8>;

// Of text between tags or in a quoted attribute.
std::string Escaped(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

// JSON in a script element, which ends at the first "</script", whatever stands around it. Outside
// of strings JSON has no '<'.
std::string InScript(const std::string& json) {
  std::string text;
  for (const char c : json) {
    if (c == '<') {
      text += "\\u003c";
    } else {
      text += c;
    }
  }
  return text;
}

std::string_view StateWord(ReportState state) {
  switch (state) {
    case ReportState::kPassed:
      return "passed";
    case ReportState::kFailed:
      return "failed";
    case ReportState::kInvalid:
      return "invalid";
    case ReportState::kMeasured:
      return "measured";
  }
  return "";
}

// Each {{name}} of the page becomes what goes under that name. What was filled in is not looked at
// again.
std::string Filled(std::string_view page, const Filling& filling) {
  std::string text;
  while (true) {
    const std::size_t begin = page.find("{{");
    text += page.substr(0, begin);
    if (begin == page.npos) return text;
    const std::size_t end = page.find("}}", begin);
    CHECK(end != page.npos, "a gap of the page is closed");
    const std::string_view name = page.substr(begin + 2, end - begin - 2);
    bool found = false;
    for (const auto& [gap, value] : filling) {
      if (gap != name) continue;
      text += value;
      found = true;
    }
    CHECK(found, "each gap of the page is filled");
    page.remove_prefix(end + 2);
  }
}

}  // namespace

std::string ReportPage(const LoadReport& report) {
  const ReportWords words = WordsOf(report);
  const std::string name = Name(words.state);
  return Filled(kReportPage, {{{"title", Escaped(name + ": " + words.headline)},
                               {"style", std::string(kReportTokens) + kReportStyle},
                               {"state", std::string(StateWord(words.state))},
                               {"name", name},
                               {"headline", Escaped(words.headline)},
                               {"detail", Escaped(words.detail)},
                               {"report", InScript(ReportJson(report))},
                               {"script", kReportScript}}});
}

}  // namespace shoal
