#include "load/law_text.h"

#include <algorithm>
#include <cstdio>

#include "config/values.h"

namespace shoal {
namespace {

using Kind = LawParameter::Kind;

std::string Short(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", value);
  return text;
}

std::string Short(const LawParameter& parameter, double value) {
  return parameter.kind == Kind::kNumber ? Short(value) : Short(value / 1e6) + "s";
}

// "shape from 0.01 to 1000"
std::string Accepted(const LawParameter& parameter) {
  return std::string(parameter.name) + "=" +
         (parameter.kind == Kind::kNumber ? "a number" : "a duration like 500ms or 5s") + " from " +
         Short(parameter, parameter.min) + " to " + Short(parameter, parameter.max);
}

std::string Accepted(const std::vector<LawParameter>& parameters) {
  std::string text;
  for (const LawParameter& parameter : parameters) {
    text += (text.empty() ? "" : ", ") + Accepted(parameter);
  }
  return text.empty() ? "no parameters" : text;
}

std::optional<double> ValueOf(const LawParameter& parameter, std::string_view text) {
  double value = 0;
  if (parameter.kind == Kind::kNumber) {
    const Result<double> number = ParseNumber(text);
    if (!number.ok()) return std::nullopt;
    value = *number;
  } else {
    const Result<std::chrono::microseconds> duration = ParseDuration(text);
    if (!duration.ok()) return std::nullopt;
    value = static_cast<double>(duration->count());
  }
  if (value < parameter.min || value > parameter.max) return std::nullopt;
  return value;
}

}  // namespace

LawText SplitLaw(std::string_view text) {
  const std::size_t colon = std::min(text.find(':'), text.size());
  return {.name = text.substr(0, colon), .rest = text.substr(std::min(colon + 1, text.size()))};
}

Result<std::vector<double>> ReadLawParameters(std::string_view rest,
                                              const std::vector<LawParameter>& parameters) {
  std::vector<std::optional<double>> found(parameters.size());
  while (!rest.empty()) {
    const std::string_view part = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(part.size() + 1, rest.size()));
    const std::size_t equals = std::min(part.find('='), part.size());
    const auto known = std::ranges::find(parameters, part.substr(0, equals), &LawParameter::name);
    if (known == parameters.end()) {
      return InvalidArgumentError("found \"" + std::string(part) + "\", accepted " +
                                  Accepted(parameters));
    }
    auto& value = found[static_cast<std::size_t>(known - parameters.begin())];
    if (value) return InvalidArgumentError("found " + std::string(known->name) + " twice");
    value = ValueOf(*known, part.substr(std::min(equals + 1, part.size())));
    if (!value) {
      return InvalidArgumentError("found \"" + std::string(part) + "\", accepted " +
                                  Accepted(*known));
    }
  }
  std::vector<double> values;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (!found[i]) found[i] = parameters[i].otherwise;
    if (!found[i]) return InvalidArgumentError("found no " + Accepted(parameters[i]));
    values.push_back(*found[i]);
  }
  return values;
}

}  // namespace shoal
