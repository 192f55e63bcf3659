#include "cli/completion.h"

#include "cli/exit_code.h"
#include "cli/print.h"
#include "config/help.h"

namespace shoal {

int RunCompletion(const Invocation& invocation) {
  if (invocation.arguments.size() != 1) {
    return Fail(kExitUsage, "completion: name one shell: bash, zsh or fish");
  }
  const Result<std::string> script = CompletionScript(invocation.arguments[0]);
  if (!script.ok()) return Fail(kExitUsage, script.status().At("completion").message());
  Print(*script);
  return kExitOk;
}

}  // namespace shoal
