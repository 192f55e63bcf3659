#include "cli/text_input.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

#include "cli/interrupt.h"

namespace shoal {
namespace {

InputFormat FormatOf(const std::string& name) {
  if (name == "text") return InputFormat::kText;
  return name == "jsonl" ? InputFormat::kJsonl : InputFormat::kAuto;
}

void HintAtFiles(const std::vector<std::string>& texts) {
  for (const std::string& text : texts) {
    struct stat info {};
    if (stat(text.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) continue;
    std::fprintf(stderr, "\"%s\" is taken as a text; --input %s reads the file of that name\n",
                 text.c_str(), text.c_str());
    return;
  }
}

Result<InputFormat> FormatOf(const Invocation& invocation) {
  const Settings& settings = invocation.settings;
  const InputFormat format = FormatOf(settings.Text("input-format"));
  if (!IsGivenAsFlag(settings, "text-key")) return format;
  if (!invocation.arguments.empty() || format == InputFormat::kText) {
    return InvalidArgumentError("--text-key is for objects, which " +
                                std::string(format == InputFormat::kText
                                                ? "--input-format text does not read"
                                                : "texts given as arguments are not"));
  }
  return InputFormat::kJsonl;
}

}  // namespace

Result<TextReader> OpenTexts(const Invocation& invocation) {
  const Settings& settings = invocation.settings;
  ASSIGN_OR_RETURN(const InputFormat format, FormatOf(invocation));
  TextReaderOptions options{
      .format = format,
      .text_key = settings.Text("text-key"),
      .max_text_bytes = static_cast<std::size_t>(settings.Integer("max-text-bytes")),
      .format_name = "--input-format",
      .text_key_name = "--text-key",
      .max_text_bytes_name = "--max-text-bytes",
      .stop = [] { return InterruptSignal() != 0; }};
  const std::string& input = settings.Text("input");
  if (!invocation.arguments.empty()) {
    if (!input.empty()) {
      return InvalidArgumentError("found texts as arguments and --input, accepted one of them");
    }
    HintAtFiles(invocation.arguments);
    return TextReader::OfArguments(invocation.arguments, std::move(options));
  }
  if (input.empty() && isatty(STDIN_FILENO) == 1) {
    return InvalidArgumentError("no texts: give them as arguments, with --input FILE or on stdin");
  }
  return TextReader::OfFile(input.empty() ? "-" : input, std::move(options));
}

int FailInput(const Status& status) {
  const bool usage =
      status.code() == StatusCode::kInvalidArgument || status.code() == StatusCode::kNotFound;
  return Fail(usage ? kExitUsage : ExitCodeFor(status), status.message());
}

int FailOutput(const Status& status) {
  if (InterruptSignal() != 0) return Fail(InterruptExitCode(), "interrupted");
  const ExitCode code = status.code() == StatusCode::kInvalidArgument      ? kExitUsage
                        : status.code() == StatusCode::kFailedPrecondition ? kExitConfiguration
                                                                           : ExitCodeFor(status);
  return Fail(code, "--output: " + status.message());
}

}  // namespace shoal
