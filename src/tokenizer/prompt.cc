#include "tokenizer/prompt.h"

namespace shoal {

PromptChoice FindPrompt(const std::map<std::string, std::string>& prompts,
                        const std::string& default_name, const std::string& name) {
  PromptChoice choice{.name = name.empty() ? default_name : name};
  const auto found = prompts.find(choice.name);
  if (choice.name.empty()) {
    choice.text = "";
  } else if (found != prompts.end()) {
    choice.text = found->second;
  } else {
    for (const auto& [known, text] : prompts) {
      choice.known += (choice.known.empty() ? "" : ", ") + known;
    }
  }
  return choice;
}

}  // namespace shoal
