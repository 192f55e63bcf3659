#include "cli/support.h"

#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <optional>

#include "base/clock.h"
#include "base/file.h"
#include "base/tar.h"
#include "cli/exit_code.h"
#include "cli/machine_report.h"
#include "cli/operator_port.h"
#include "cli/support_answers.h"
#include "cli/text_input.h"
#include "cli/token_file.h"
#include "cli/version.h"
#include "embed/output_file.h"
#include "terminal/progress.h"
#include "terminal/table.h"

namespace shoal {
namespace {

using std::chrono::milliseconds;

constexpr char kReadMe[] =
    R"(What `shoal support` found, for a report of a fault.

errors.txt          what could not be had, and why; empty: nothing is missing
version.txt         version and revision of the program that wrote this, and of the server
machine.txt         the machine that it ran on: kernel, CPU, memory, limits; if the server runs on
                    another one, run it there
snapshot.json       the state of the server at one moment
workers.json        its workers
history.json        the last five minutes, second by second
slow_requests.json  the last requests that were slow or failed: when, how long, why
targets.json        where the workers' metrics are
config.json         every setting of the server, and where it came from
metrics.txt         its metrics
logs.jsonl          the last lines of its log, the oldest first; those of its workers stand in
                    their own logs, which are not here

docs/operator-api.md and docs/logs.md say what stands in them.

Not in here: texts, vectors, tokens. Of files with secrets there is the path, not what is in them;
of the environment nothing but settings of the server that came from it.

In here, so look before you give it to others: names and addresses of machines, paths of files, and
how clients name themselves (x-shoal-client, else their address) in snapshot.json (`usage`),
slow_requests.json and logs.jsonl.
)";

std::string TimeText(std::int64_t unix_seconds, const char* format) {
  const auto time = static_cast<std::time_t>(unix_seconds);
  std::tm parts{};
  gmtime_r(&time, &parts);
  std::array<char, 40> text;
  return {text.data(), std::strftime(text.data(), text.size(), format, &parts)};
}

// Asks one server, for as long as all of it may take.
class Server {
 public:
  Server(const std::string& address, const std::string& token, std::chrono::microseconds timeout)
      : port_(address, token), end_(SystemClock().Now() + timeout) {}

  Result<std::string> Ask(const std::string& target) const {
    const auto left = std::chrono::ceil<milliseconds>(end_ - SystemClock().Now());
    if (left <= milliseconds(0)) return DeadlineExceededError("no time is left of --timeout");
    return port_.Get(target, left);
  }

 private:
  const OperatorPort port_;
  const std::chrono::steady_clock::time_point end_;
};

std::string ErrorLines(const std::vector<std::string>& errors) {
  std::string text;
  for (const std::string& error : errors) text += error + "\n";
  return text;
}

std::string ArchiveOf(const SupportAnswers& answers, const std::string& folder,
                      std::int64_t unix_seconds) {
  TarWriter tar(unix_seconds);
  const auto add = [&](const std::string& name, std::string_view content) {
    tar.Add(folder + "/" + name, content);
  };
  add("README.txt", kReadMe);
  add("errors.txt", ErrorLines(answers.errors));
  add("version.txt", "this program\n" + PlainTable(VersionTable()) + "\nthe server\n" +
                         ServerVersionLines(answers));
  add("machine.txt",
      "date: " + TimeText(unix_seconds, "%Y-%m-%dT%H:%M:%SZ") + "\n" + MachineReport());
  for (const ReportFile& file : answers.files) add(file.name, file.content);
  return std::move(tar).Finish();
}

// Only its owner may read a file.
int Write(const OutputTarget& target, const std::string& archive) {
  if (!target.is_stream()) {
    const Status written = WriteFileAtomically(target.path, archive, kOwnersAlone);
    return written.ok() ? kExitOk : FailOutput(written);
  }
  Result<OutputFile> output = OutputFile::Open(target);
  if (!output.ok()) return FailOutput(output.status());
  const Status written = output->Append(archive);
  if (output->is_unread()) return kExitUnread;
  return written.ok() ? kExitOk : FailOutput(written);
}

int Report(const std::string& name, std::size_t size, const SupportAnswers& answers,
           const std::string& server) {
  const std::string wrote = "wrote " + name + ", " + Grouped(size) + " bytes";
  if (answers.errors.empty()) {
    std::fprintf(stderr, "%s\n", wrote.c_str());
    return kExitOk;
  }
  if (!answers.reached) {
    return Fail(kExitUnreachable,
                wrote + ", of this machine alone: no server answers at --dashboard " + server);
  }
  return Fail(kExitPartial, wrote + "; its errors.txt says what is missing");
}

}  // namespace

int RunSupport(const Invocation& invocation) {
  const Settings& settings = invocation.settings;
  if (!invocation.arguments.empty()) {
    return Fail(kExitUsage, "support: takes no arguments; name the server with --dashboard");
  }
  const std::int64_t now = UnixNanoseconds() / 1'000'000'000;
  const std::string folder = "shoal-support-" + TimeText(now, "%Y%m%dT%H%M%SZ");
  const std::string& given = settings.Text("output");
  const Result<OutputTarget> target = FindOutputTarget(given.empty() ? folder + ".tar" : given, -1);
  if (!target.ok()) return FailOutput(target.status());
  if (target->path.empty() && isatty(target->descriptor) == 1) {
    return Fail(kExitUsage,
                "--output: " + target->name + " is a terminal, accepted a file or pipe");
  }
  const Result<std::string> token = ReadOperatorToken(settings);
  if (!token.ok()) return Fail(kExitConfiguration, token.status().message());
  const std::string& address = settings.Text("dashboard");
  const Server server(address, *token, settings.Duration("timeout"));
  const SupportAnswers answers =
      AskForSupport([&server](const std::string& path) { return server.Ask(path); });
  const std::string archive = ArchiveOf(answers, folder, now);
  const int code = Write(*target, archive);
  return code == kExitOk ? Report(target->name, archive.size(), answers, address) : code;
}

}  // namespace shoal
