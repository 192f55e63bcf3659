#include "cli/worker_arguments.h"

#include "base/check.h"

namespace shoal {

std::vector<std::string> WorkerArguments(const Settings& settings,
                                         const std::map<std::string_view, std::string>& own) {
  std::vector<std::string> words = {"worker"};
  std::size_t own_used = 0;
  for (std::size_t i = 0; i < kOptions.size(); ++i) {
    const Option& option = kOptions[i];
    if (!Takes(For::kWorker, option)) continue;
    const auto found = own.find(option.name);
    if (found != own.end()) {
      ++own_used;
      words.push_back(FlagName(option) + "=" + found->second);
    } else if (const Setting* setting = settings.Find(i)) {
      CHECK(setting->values.size() == 1, "no option of serve and worker is repeatable");
      words.push_back(FlagName(option) + "=" + setting->values.front());
    }
  }
  CHECK(own_used == own.size(), "a worker takes each of its own options");
  return words;
}

}  // namespace shoal
