// Laws of arrival as users write them.
#include "load/arrivals.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/file.h"
#include "config/values.h"
#include "load/law_text.h"

namespace shoal {
namespace {

using std::chrono::microseconds;
using Kind = LawParameter::Kind;
using Values = std::vector<double>;

constexpr std::size_t kMostFileBytes = std::size_t{1} << 30;
constexpr double kMostFactor = 1000;
constexpr double kMillisecond = 1e3;
constexpr double kDay = 86'400e6;

microseconds Time(double us) { return microseconds(static_cast<std::int64_t>(us)); }

LawParameter Duration(std::string_view name, double least = kMillisecond,
                      std::optional<double> otherwise = std::nullopt) {
  return {.name = name, .kind = Kind::kDuration, .min = least, .max = kDay, .otherwise = otherwise};
}
LawParameter Factor() { return {.name = "to", .max = kMostFactor}; }

struct Form {
  std::string_view name;
  std::string_view example;
  std::vector<LawParameter> parameters;
  ArrivalLaw (*make)(const Values&);
};

const std::vector<Form>& Forms() {
  static const std::vector<Form> forms = {
      {"poisson", "poisson", {}, [](const Values&) -> ArrivalLaw { return PoissonArrivals{}; }},
      {"constant", "constant", {}, [](const Values&) -> ArrivalLaw { return ConstantArrivals{}; }},
      {"gamma",
       "gamma:shape=0.5",
       {{.name = "shape", .min = 0.01, .max = 10'000}},
       [](const Values& v) -> ArrivalLaw { return GammaArrivals{v[0]}; }},
      {"bursts",
       "bursts:on=200ms,off=800ms",
       {Duration("on"), Duration("off", 0)},
       [](const Values& v) -> ArrivalLaw {
         return BurstArrivals{Time(v[0]), Time(v[1])};
       }},
      {"sine",
       "sine:period=10s,depth=0.5",
       {Duration("period"), {.name = "depth", .max = 1}},
       [](const Values& v) -> ArrivalLaw {
         return SineArrivals{Time(v[0]), v[1]};
       }},
      {"step",
       "step:at=10s,to=2",
       {Duration("at", 0), Factor()},
       [](const Values& v) -> ArrivalLaw {
         return StepArrivals{Time(v[0]), v[1]};
       }},
      {"ramp",
       "ramp:to=3",
       {Factor()},
       [](const Values& v) -> ArrivalLaw { return RampArrivals{v[0]}; }},
      {"spike",
       "spike:at=10s,for=2s,to=10",
       {Duration("at", 0), Duration("for"), Factor()},
       [](const Values& v) -> ArrivalLaw {
         return SpikeArrivals{Time(v[0]), Time(v[1]), v[2]};
       }},
      {"ou",
       "ou:std=0.5,time-constant=10s",
       {{.name = "std", .max = 5, .otherwise = 0.5}, Duration("time-constant", kMillisecond, 10e6)},
       [](const Values& v) -> ArrivalLaw {
         return NoisyArrivals{v[0], Time(v[1])};
       }}};
  return forms;
}

std::string Examples() {
  std::string text;
  for (const Form& form : Forms()) text.append(form.example).append(", ");
  return text + "replay:FILE";
}

Result<ArrivalLaw> Replay(const std::string& path) {
  if (path.empty()) return InvalidArgumentError("found no file, accepted replay:FILE");
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMostFileBytes));
  ASSIGN_OR_RETURN(ReplayedArrivals replayed, ParseTimes(text, path));
  return ArrivalLaw(std::move(replayed));
}

std::string_view FirstField(std::string_view line) {
  constexpr std::string_view kAround = " \t\r\"";
  line = line.substr(0, line.find_first_of(",;\t"));
  const std::size_t begin = std::min(line.find_first_not_of(kAround), line.size());
  return line.substr(begin, line.find_last_not_of(kAround) + 1 - begin);
}

}  // namespace

Result<ReplayedArrivals> ParseTimes(std::string_view text, const std::string& name) {
  ReplayedArrivals law;
  for (int line = 1; !text.empty(); ++line) {
    const std::string_view whole = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(whole.size() + 1, text.size()));
    const std::string_view field = FirstField(whole);
    if (field.empty()) continue;
    const Result<double> seconds = ParseNumber(field);
    if (!seconds.ok() && line == 1) continue;
    if (!seconds.ok() || *seconds < 0 || *seconds > 1e11) {
      return InvalidArgumentError(name + ":" + std::to_string(line) + ": found \"" +
                                  std::string(field) + "\", accepted a time in seconds like 12.5");
    }
    law.times.push_back(Time(*seconds * 1e6 + 0.5));
  }
  if (law.times.empty()) return InvalidArgumentError(name + ": found no time in it");
  std::ranges::sort(law.times);
  const microseconds first = law.times.front();
  for (microseconds& time : law.times) time -= first;
  return law;
}

Result<ArrivalLaw> ParseArrivalLaw(std::string_view text) {
  const LawText law = SplitLaw(text);
  if (law.name == "replay") return Replay(std::string(law.rest));
  for (const Form& form : Forms()) {
    if (form.name != law.name) continue;
    const Result<Values> values = ReadLawParameters(law.rest, form.parameters);
    if (!values.ok()) return values.status().At(form.name);
    return form.make(*values);
  }
  return InvalidArgumentError("found \"" + std::string(text) + "\", accepted " + Examples());
}

}  // namespace shoal
