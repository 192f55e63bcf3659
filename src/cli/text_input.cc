#include "cli/text_input.h"

#include <unistd.h>

#include "cli/interrupt.h"

namespace shoal {
namespace {

InputFormat FormatOf(const std::string& name) {
  if (name == "text") return InputFormat::kText;
  return name == "jsonl" ? InputFormat::kJsonl : InputFormat::kAuto;
}

}  // namespace

Result<TextReader> OpenTexts(const Invocation& invocation) {
  const Settings& settings = invocation.settings;
  TextReaderOptions options{
      .format = FormatOf(settings.Text("input-format")),
      .max_text_bytes = static_cast<std::size_t>(settings.Integer("max-text-bytes")),
      .format_name = "--input-format",
      .max_text_bytes_name = "--max-text-bytes",
      .stop = [] { return InterruptSignal() != 0; }};
  const std::string& input = settings.Text("input");
  if (!invocation.arguments.empty()) {
    if (!input.empty()) {
      return InvalidArgumentError("found texts as arguments and --input, accepted one of them");
    }
    return TextReader::OfArguments(invocation.arguments, std::move(options));
  }
  if (input.empty() && isatty(STDIN_FILENO) == 1) {
    return InvalidArgumentError("no texts: give them as arguments, with --input FILE or on stdin");
  }
  return TextReader::OfFile(input.empty() ? "-" : input, std::move(options));
}

}  // namespace shoal
