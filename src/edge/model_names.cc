#include "edge/model_names.h"

#include <algorithm>
#include <utility>

namespace shoal {
namespace {

constexpr std::string_view kOrganization = "sentence-transformers/";

}  // namespace

ModelNames::ModelNames(std::string served, std::vector<std::string> aliases)
    : served_(std::move(served)), aliases_(std::move(aliases)) {}

bool ModelNames::Has(std::string_view name) const {
  if (std::find(aliases_.begin(), aliases_.end(), name) != aliases_.end()) return true;
  if (name.starts_with(kOrganization)) name.remove_prefix(kOrganization.size());
  return name == served_;
}

std::optional<Refusal> ModelNames::Check(std::string_view name) const {
  if (name.empty() || Has(name)) return std::nullopt;
  std::string message =
      "model '" + std::string(name) + "' is not served here; '" + served_ + "' is";
  for (std::size_t i = 0; i < aliases_.size(); ++i) {
    message += (i == 0 ? ", also as '" : ", '") + aliases_[i] + "'";
  }
  message += ". The server's --model-alias gives it more names";
  return Refusal{.verdict = Verdict::kModelNotFound, .message = std::move(message)};
}

}  // namespace shoal
