// A prompt: what a model wants in front of every text, such as "query: ". A model has some by name,
// and perhaps one of them by default.
#pragma once

#include <map>
#include <optional>
#include <string>

namespace shoal {

struct PromptChoice {
  std::string name;                 // that was looked for; empty: neither asked for nor a default
  std::optional<std::string> text;  // to put in front; none: the model has no prompt of that name
  std::string known;  // where there is none: the names the model has, "a, b"; empty: it has none
};

// The prompt called `name`, or the default one where `name` is empty; no text where both are. Pure.
PromptChoice FindPrompt(const std::map<std::string, std::string>& prompts,
                        const std::string& default_name, const std::string& name);

}  // namespace shoal
