#include "load/size_law.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "base/overloaded.h"
#include "config/values.h"
#include "load/draws.h"
#include "load/law_text.h"

namespace shoal {
namespace {

Status Unfit(std::string_view found, const std::string& accepted) {
  return InvalidArgumentError("found \"" + std::string(found) + "\", accepted " + accepted);
}

std::string Range(std::size_t min, std::size_t max) {
  return std::to_string(min) + " to " + std::to_string(max);
}

Result<std::size_t> ParseSizeOf(std::string_view text, std::size_t min, std::size_t max) {
  const Result<std::int64_t> number = ParseInteger(text);
  if (!number.ok() || *number < static_cast<std::int64_t>(min) ||
      *number > static_cast<std::int64_t>(max)) {
    return Unfit(text, "an integer from " + Range(min, max));
  }
  return static_cast<std::size_t>(*number);
}

}  // namespace

Result<SizeLaw::Law> SizeLaw::ParseUniform(std::string_view range, std::size_t min,
                                           std::size_t max) {
  const std::size_t dash = range.find('-');
  if (dash == range.npos) return Unfit(range, "LEAST-MOST, like uniform:1-64");
  ASSIGN_OR_RETURN(const std::size_t least, ParseSizeOf(range.substr(0, dash), min, max));
  ASSIGN_OR_RETURN(const std::size_t most, ParseSizeOf(range.substr(dash + 1), min, max));
  if (least > most) return Unfit(range, "LEAST-MOST, the smaller one first");
  return Law(Uniform{.least = least, .most = most});
}

Result<SizeLaw::Law> SizeLaw::ParseLogNormal(std::string_view rest, std::size_t min,
                                             std::size_t max) {
  const auto least = static_cast<double>(min), most = static_cast<double>(max);
  ASSIGN_OR_RETURN(
      const std::vector<double> values,
      ReadLawParameters(rest, {{.name = "mean", .min = least, .max = most},
                               {.name = "sigma", .max = 5},
                               {.name = "max", .min = least, .max = most, .otherwise = most}}));
  const double sigma = values[1];
  return Law(LogNormal{.mu = std::log(values[0]) - sigma * sigma / 2,
                       .sigma = sigma,
                       .min = min,
                       .max = static_cast<std::size_t>(values[2])});
}

Result<SizeLaw::Law> SizeLaw::ParseChoice(std::string_view rest, std::size_t min, std::size_t max) {
  Choice choice;
  double sum = 0;
  do {
    const std::string_view part = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(part.size() + 1, rest.size()));
    const std::size_t equals = std::min(part.find('='), part.size());
    ASSIGN_OR_RETURN(const std::size_t size, ParseSizeOf(part.substr(0, equals), min, max));
    const Result<double> weight = ParseNumber(part.substr(std::min(equals + 1, part.size())));
    if (!weight.ok() || *weight < 0) {
      return Unfit(part, "SIZE=WEIGHT, like choice:1=0.9,32=0.1");
    }
    sum += *weight;
    choice.sizes.push_back(size);
    choice.up_to.push_back(sum);
  } while (!rest.empty());
  if (sum <= 0) return InvalidArgumentError("found weights of 0 alone, accepted one above it");
  return Law(std::move(choice));
}

Result<SizeLaw::Law> SizeLaw::ParseLaw(std::string_view text, std::size_t min, std::size_t max) {
  const LawText law = SplitLaw(text);
  if (law.name == "uniform") return ParseUniform(law.rest, min, max);
  if (law.name == "lognormal") return ParseLogNormal(law.rest, min, max);
  if (law.name == "choice") return ParseChoice(law.rest, min, max);
  const Result<std::size_t> size = ParseSizeOf(text, min, max);
  if (size.ok()) return Law(*size);
  return Unfit(text, "an integer from " + Range(min, max) +
                         ", uniform:1-64, lognormal:mean=32,sigma=0.8,max=256 or "
                         "choice:1=0.9,32=0.1");
}

Result<SizeLaw> SizeLaw::Parse(std::string_view text, std::size_t min, std::size_t max) {
  const Result<Law> law = ParseLaw(text, min, max);
  if (!law.ok()) return law.status();
  return SizeLaw(*law);
}

std::size_t SizeLaw::Draw(Rng& rng) const {
  return std::visit(
      Overloaded{[](std::size_t size) { return size; },
                 [&rng](const Uniform& uniform) {
                   return uniform.least + rng.Below(uniform.most - uniform.least + 1);
                 },
                 [&rng](const LogNormal& law) {
                   const double size = std::round(std::exp(law.mu + law.sigma * Normal(rng)));
                   return static_cast<std::size_t>(std::clamp(size, static_cast<double>(law.min),
                                                              static_cast<double>(law.max)));
                 },
                 [&rng](const Choice& choice) {
                   const double at = rng.Unit() * choice.up_to.back();
                   const auto found = std::ranges::upper_bound(choice.up_to, at);
                   const auto index = static_cast<std::size_t>(found - choice.up_to.begin());
                   return choice.sizes[std::min(index, choice.sizes.size() - 1)];
                 }},
      law_);
}

}  // namespace shoal
