#include "edge/model_names.h"

#include <algorithm>
#include <utility>

namespace shoal {
namespace {

constexpr std::string_view kOrganization = "sentence-transformers/";

std::vector<std::string> OllamaNames(std::string_view model) {
  if (model != "all-MiniLM-L6-v2") return {};
  return {"all-minilm", "all-minilm:latest", "all-minilm:22m", "all-minilm:l6-v2"};
}

bool Holds(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

ModelNames::ModelNames(std::string served, std::vector<std::string> aliases)
    : served_(std::move(served)),
      aliases_(std::move(aliases)),
      ollama_names_(OllamaNames(served_)) {}

bool ModelNames::Has(std::string_view name) const {
  if (Holds(aliases_, name) || Holds(ollama_names_, name)) return true;
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
