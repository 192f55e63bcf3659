#include "cli/load_plan.h"

#include <algorithm>
#include <variant>

#include "base/file.h"
#include "cli/command.h"
#include "embed/text_reader.h"

namespace shoal {
namespace {

using std::chrono::milliseconds;

constexpr std::chrono::seconds kKneeStep{10};  // without --duration
constexpr std::size_t kMostTexts = 1'000'000;
constexpr std::size_t kMostTokens = 65536;
constexpr std::size_t kMostFileBytes = std::size_t{1} << 30;

Result<ArrivalLaw> LawOf(const Settings& settings) {
  const bool has_std = IsGivenAsFlag(settings, "rate-noise-std");
  const bool has_constant = IsGivenAsFlag(settings, "rate-noise-time-constant");
  const bool implied = (has_std || has_constant) && !IsGivenAsFlag(settings, "arrival");
  Result<ArrivalLaw> law = ParseArrivalLaw(implied ? "ou" : settings.Text("arrival"));
  if (!law.ok()) return law.status().At("--arrival");
  if (!has_std && !has_constant) return law;
  auto* const noise = std::get_if<NoisyArrivals>(&*law);
  if (noise == nullptr) {
    return InvalidArgumentError(
        "--rate-noise-std and --rate-noise-time-constant are of --arrival "
        "ou; found " +
        settings.Text("arrival"));
  }
  if (has_std) noise->log_std = settings.Number("rate-noise-std");
  if (has_constant) noise->time_constant = settings.Duration("rate-noise-time-constant");
  return law;
}

// A step of --find-knee: rates are tried, so the law must be of one, and the loop open.
Status SetKneeStep(const Settings& settings, LoadPlan& plan) {
  if (plan.concurrency > 0) {
    return InvalidArgumentError(
        "--find-knee: found --concurrency, accepted with --rate R, the first to try, or alone");
  }
  if (std::holds_alternative<ReplayedArrivals>(plan.arrival)) {
    return InvalidArgumentError(
        "--find-knee: found --arrival replay:FILE, whose rate is that of the file, accepted with "
        "the other laws");
  }
  if (!settings.Text("operator").empty()) {
    return InvalidArgumentError(
        "--find-knee: found --operator, whose figures go into the report of one run; accepted "
        "without --find-knee");
  }
  if (!IsGivenAsFlag(settings, "duration")) plan.duration = kKneeStep;
  return {};
}

// Sets rate, concurrency, law and duration.
Status SetTraffic(const Settings& settings, LoadPlan& plan) {
  if (settings.Number("rate") > 0 && settings.Number("rate-mean") > 0) {
    return InvalidArgumentError("found --rate and --rate-mean, accepted one of them");
  }
  plan.rate = std::max(settings.Number("rate"), settings.Number("rate-mean"));
  plan.concurrency = static_cast<std::size_t>(settings.Integer("concurrency"));
  plan.duration = settings.Duration("duration");
  ASSIGN_OR_RETURN(plan.arrival, LawOf(settings));
  if (settings.Switch("find-knee")) RETURN_IF_ERROR(SetKneeStep(settings, plan));
  if (const auto* const replayed = std::get_if<ReplayedArrivals>(&plan.arrival)) {
    if (plan.rate > 0 || plan.concurrency > 0) {
      return InvalidArgumentError(
          "--arrival replay:FILE has its own times: accepted without --rate and --concurrency");
    }
    // To the end of the second of the last one, where no other end is asked for.
    if (!IsGivenAsFlag(settings, "duration")) {
      plan.duration = std::chrono::floor<std::chrono::seconds>(replayed->times.back()) +
                      std::chrono::seconds(1);
    }
    plan.rate = static_cast<double>(replayed->times.size()) /
                std::chrono::duration<double>(plan.duration).count();
  }
  if (settings.Switch("find-knee")) return {};
  if ((plan.rate > 0) == (plan.concurrency > 0)) {
    return InvalidArgumentError(
        "accepted one of --rate R (an open loop: requests come whatever the server does) and "
        "--concurrency N (a closed loop: N callers that wait for their answers)");
  }
  if (plan.concurrency > 0 && IsGivenAsFlag(settings, "arrival")) {
    return InvalidArgumentError("--arrival is of an open loop: accepted with --rate");
  }
  return {};
}

Status SetSizes(const Settings& settings, LoadPlan& plan) {
  Result<SizeLaw> texts = SizeLaw::Parse(settings.Text("texts-per-request"), 1, kMostTexts);
  if (!texts.ok()) return texts.status().At("--texts-per-request");
  Result<SizeLaw> tokens = SizeLaw::Parse(settings.Text("text-tokens"), 2, kMostTokens);
  if (!tokens.ok()) return tokens.status().At("--text-tokens");
  plan.requests.texts_per_request = *std::move(texts);
  plan.requests.text_tokens = *std::move(tokens);
  return {};
}

Result<std::vector<std::string>> ReadTexts(const std::string& path) {
  std::vector<std::string> texts;
  if (path.empty()) return texts;
  ASSIGN_OR_RETURN(TextReader reader, TextReader::OfFile(path, {}));
  std::string text;
  while (true) {
    ASSIGN_OR_RETURN(const bool more, reader.Next(text));
    if (!more) break;
    texts.push_back(text);
  }
  if (texts.empty()) return InvalidArgumentError("--input " + path + ": found no text in it");
  return texts;
}

Status SetTexts(const Settings& settings, LoadPlan& plan) {
  const std::string& input = settings.Text("input");
  if (!input.empty() && IsGivenAsFlag(settings, "text-tokens")) {
    return InvalidArgumentError("--text-tokens is of texts that are made; --input has its own");
  }
  ASSIGN_OR_RETURN(plan.requests.input, ReadTexts(input));
  const std::string& known = settings.Text("validation-data");
  if (known.empty()) {
    if (!IsGivenAsFlag(settings, "validate-ratio")) return {};
    return InvalidArgumentError("--validate-ratio needs --validation-data FILE");
  }
  ASSIGN_OR_RETURN(const std::string content, ReadFile(known, kMostFileBytes));
  ASSIGN_OR_RETURN(std::vector<KnownVector> vectors,
                   ParseKnownVectors(content, known, plan.requests.input));
  plan.requests.known = std::make_shared<const std::vector<KnownVector>>(std::move(vectors));
  plan.requests.validate_ratio = settings.Number("validate-ratio");
  return {};
}

Status SetCallers(const Settings& settings, LoadPlan& plan) {
  plan.client = settings.Text("client");
  const bool printable =
      std::ranges::all_of(plan.client, [](char c) { return c >= 0x20 && c <= 0x7E; });
  if (!printable) return InvalidArgumentError("--client: accepted printable ASCII");
  plan.priority = settings.Text("priority");
  plan.retries_refusals = settings.Text("on-refusal") == "retry";
  if (plan.retries_refusals && plan.concurrency == 0) {
    return InvalidArgumentError(
        "--on-refusal retry is of a closed loop (--concurrency N): in an open one nobody waits");
  }
  return {};
}

Status CheckProcesses(const Settings& settings, const LoadPlan& plan) {
  const std::int64_t processes = settings.Integer("processes");
  if (processes > 1 && settings.Text("input") == "-") {
    return InvalidArgumentError("--input -: several processes cannot read one stdin; give a file");
  }
  if (plan.concurrency == 0 || processes <= static_cast<std::int64_t>(plan.concurrency)) return {};
  return InvalidArgumentError("found --processes " + std::to_string(processes) +
                              " for --concurrency " + std::to_string(plan.concurrency) +
                              ", accepted at most one for each caller");
}

}  // namespace

Result<LoadPlan> LoadPlanOf(const Settings& settings) {
  LoadPlan plan;
  RETURN_IF_ERROR(SetTraffic(settings, plan));
  RETURN_IF_ERROR(SetSizes(settings, plan));
  RETURN_IF_ERROR(SetTexts(settings, plan));
  RETURN_IF_ERROR(SetCallers(settings, plan));
  RETURN_IF_ERROR(CheckProcesses(settings, plan));
  plan.deadline = std::chrono::ceil<milliseconds>(settings.Duration("deadline"));
  plan.requests.seed = static_cast<std::uint64_t>(settings.Integer("seed"));
  plan.requests.cancel_ratio = settings.Number("cancel-ratio");
  plan.warmup = settings.Duration("warmup");
  return plan;
}

}  // namespace shoal
