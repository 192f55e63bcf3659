// By which names clients may ask for the model that is served.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/verdict.h"

namespace shoal {

class ModelNames {
 public:
  // The model's own name, also behind "sentence-transformers/", `aliases`, and what Ollama calls
  // the model, if it is one of those that it has.
  explicit ModelNames(std::string served, std::vector<std::string> aliases = {});

  const std::string& served() const { return served_; }
  const std::vector<std::string>& aliases() const { return aliases_; }
  const std::vector<std::string>& ollama_names() const { return ollama_names_; }

  bool Has(std::string_view name) const;
  // MODEL_NOT_FOUND, with the names there are, but for Ollama's. An empty name asks for what is
  // served.
  std::optional<Refusal> Check(std::string_view name) const;

 private:
  std::string served_;
  std::vector<std::string> aliases_;
  std::vector<std::string> ollama_names_;
};

}  // namespace shoal
