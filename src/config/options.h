// Every option of every command, once. Flags, variables, keys of the file, help and completion are
// all made from this table; a new option is a new row. Those of
// `shoal load` alone are in load_options.h.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

#include "config/load_options.h"
#include "config/option.h"

namespace shoal {

inline constexpr CommandSet kTextReaders = For::kEmbed | For::kTokenize;

// Where servers listen and whom they call.
inline constexpr std::array kListenOptions = {
    Option{.name = "grpc-listen",
           .type = OptionType::kAddress,
           .default_value = "127.0.0.1:50050",
           .commands = For::kFrontends,
           .help = "public gRPC; must not be empty",
           .needs_address = true},
    Option{.name = "http-listen",
           .type = OptionType::kAddress,
           .default_value = "127.0.0.1:8080",
           .commands = For::kFrontends,
           .help = "public HTTP: OpenAI, TEI and Ollama clients; empty turns it off",
           .may_be_empty = true},
    Option{.name = "dashboard-listen",
           .type = OptionType::kAddress,
           .default_value = "127.0.0.1:3000",
           .commands = For::kFrontends,
           .help = "HTTP for operators: what goes on, and workers; empty turns it off",
           .may_be_empty = true},
    Option{.name = "dashboard-host",
           .commands = For::kFrontends,
           .help = "one more name that the dashboard's port is reached by",
           .repeatable = true},
    Option{.name = "worker-listen",
           .type = OptionType::kAddress,
           .default_value = "127.0.0.1:50051",
           .commands = For::kFrontends,
           .help = "where workers attach; must not be empty",
           .needs_address = true},
    Option{.name = "metrics-listen",
           .type = OptionType::kAddress,
           .default_value = "127.0.0.1:9464",
           .other_default = {For::kFrontends, ""},
           .commands = For::kServers,
           .help = "metrics and health alone; empty turns it off",
           .may_be_empty = true},
    Option{.name = "coordinator",
           .type = OptionType::kEndpoint,
           .commands = For::kWorker,
           .help = "a coordinator to attach to, HOST:PORT or unix:PATH",
           .repeatable = true},
    Option{.name = "join-token-file",
           .type = OptionType::kPath,
           .commands = For::kServers,
           .help = "file with the secret that workers show when they attach",
           .may_be_empty = true},
    Option{.name = "operator-token-file",
           .type = OptionType::kPath,
           .commands = For::kFrontends | For::kWorkersDrain | For::kWorkersResume | For::kSupport |
                       For::kTop,
           .help = "file with the secret that operators show to change a server",
           .may_be_empty = true},
    Option{.name = "insecure-worker-link",
           .type = OptionType::kSwitch,
           .default_value = "false",
           .commands = For::kFrontends,
           .help = "listen for workers beyond loopback without a join token"},
    Option{.name = "ready-file",
           .type = OptionType::kPath,
           .commands = For::kServers,
           .help = "JSON file written once everything is up",
           .may_be_empty = true},
    Option{.name = "worker-id",
           .commands = For::kWorker,
           .help = "stable name of this worker; empty: made from the host's name",
           .may_be_empty = true},
};

// The model and the machine.
inline constexpr std::array kModelOptions = {
    Option{.name = "model",
           .type = OptionType::kModel,
           .default_value = "all-MiniLM-L6-v2",
           .commands = For::kServers | kTextReaders | For::kModelVerify,
           .help = "a fetched model, NAME or ORGANIZATION/NAME, or a folder given by path"},
    Option{.name = "fetch",
           .type = OptionType::kSwitch,
           .default_value = "false",
           .commands = For::kServers | kTextReaders,
           .help = "bring the model first where it is missing, as `shoal model fetch` does"},
    Option{.name = "precision",
           .type = OptionType::kChoice,
           .default_value = "auto",
           .commands = For::kServers | For::kEmbed | For::kModelVerify,
           .help = "arithmetic of the encoder; auto: bf16 where the CPU is faster at it, else fp32",
           .choices = "auto|bf16|fp32|int8"},
    Option{.name = "workers",
           .type = OptionType::kInteger,
           .default_value = "0",
           .commands = For::kServe,
           .help = "worker processes; 0: one per core",
           .max = 1024},
    Option{.name = "threads",
           .type = OptionType::kInteger,
           .default_value = "1",
           .other_default = {For::kEmbed, "0"},
           .commands = For::kServe | For::kWorker | For::kEmbed,
           .help = "compute threads (of each worker); 0: one per core",
           .max = 1024},
    Option{.name = "pin",
           .type = OptionType::kChoice,
           .default_value = "auto",
           .commands = For::kServe | For::kWorker,
           .help = "pin compute threads to cores",
           .choices = "auto|on|off"},
    Option{.name = "pin-core",
           .type = OptionType::kInteger,
           .default_value = "0",
           .commands = For::kWorker,
           .help = "of the cores this process may use, the one of its first compute thread",
           .max = 65536},
    Option{.name = "batch-tokens",
           .type = OptionType::kInteger,
           .default_value = "128",
           .commands = For::kServers | For::kEmbed,
           .help = "tokens of one batch",
           .min = 16,
           .max = 65536},
    Option{.name = "model-alias",
           .commands = For::kFrontends,
           .help = "one more name that clients may call the model by",
           .repeatable = true},
    Option{.name = "auto-truncate",
           .type = OptionType::kSwitch,
           .default_value = "true",
           .commands = For::kFrontends,
           .help = "TEI's routes cut texts that are too long, where a request does not say"},
    Option{.name = "special-tokens-as-text",
           .type = OptionType::kSwitch,
           .default_value = "false",
           .commands = For::kFrontends | kTextReaders,
           .help = "a literal \"[SEP]\" in a text is text, not the token"},
};

// Time.
inline constexpr std::array kTimeOptions = {
    Option{.name = "default-deadline",
           .type = OptionType::kDuration,
           .default_value = "4m",
           .commands = For::kFrontends,
           .help = "deadline of a request that brings none",
           .min = kMillisecond,
           .max = kDay},
    Option{.name = "no-worker-grace",
           .type = OptionType::kDuration,
           .default_value = "5s",
           .commands = For::kFrontends,
           .help = "how long requests wait for a worker when there is none",
           .max = kDay},
    Option{.name = "drain-grace",
           .type = OptionType::kDuration,
           .default_value = "5s",
           .other_default = {For::kServe, "0s"},
           .commands = For::kFrontends,
           .help = "between saying \"not ready\" and refusing new requests",
           .max = kDay},
    Option{.name = "slow-request",
           .type = OptionType::kDuration,
           .default_value = "1s",
           .commands = For::kFrontends,
           .help = "a request that takes so long is listed as slow",
           .min = kMillisecond,
           .max = kDay},
};

// Diagnosis.
inline constexpr std::array kDiagnosisOptions = {
    Option{.name = "record-scheduler",
           .type = OptionType::kPath,
           .commands = For::kFrontends,
           .help = "file to record every decision of the scheduler in, for its developers",
           .may_be_empty = true,
           .reach = Reach::kFlagOnly},
};

// Limits.
inline constexpr std::array kLimitOptions = {
    Option{.name = "max-texts",
           .type = OptionType::kInteger,
           .default_value = "2048",
           .commands = For::kFrontends,
           .help = "texts of one request",
           .min = 1,
           .max = 1'000'000},
    Option{.name = "max-text-bytes",
           .type = OptionType::kSize,
           .default_value = "1MiB",
           .commands = For::kFrontends | kTextReaders,
           .help = "bytes of one text",
           .min = 1,
           .max = kGibibyte},
    Option{.name = "max-request-bytes",
           .type = OptionType::kSize,
           .default_value = "16MiB",
           .commands = For::kFrontends,
           .help = "bytes of one request",
           .min = 1,
           .max = kGibibyte},
    Option{.name = "max-reply-bytes",
           .type = OptionType::kSize,
           .default_value = "4MiB",
           .commands = For::kFrontends,
           .help = "bytes of one gRPC reply",
           .min = 1,
           .max = kGibibyte},
    Option{.name = "max-received-bytes",
           .type = OptionType::kSize,
           .default_value = "256MiB",
           .commands = For::kFrontends,
           .help = "bytes of all requests being received",
           .min = kMebibyte},
    Option{.name = "max-unread-bytes",
           .type = OptionType::kSize,
           .default_value = "256MiB",
           .commands = For::kFrontends,
           .help = "bytes of all answers that clients do not read; beyond it the worst is closed",
           .min = kMebibyte},
    Option{.name = "max-connections",
           .type = OptionType::kInteger,
           .default_value = "1024",
           .commands = For::kFrontends,
           .help = "open public connections",
           .min = 1,
           .max = 1'000'000},
    Option{.name = "max-queued-items",
           .type = OptionType::kInteger,
           .default_value = "262144",
           .commands = For::kFrontends,
           .help = "texts waiting in the queue",
           .min = 1,
           .max = 100'000'000},
    Option{.name = "max-queued-bytes",
           .type = OptionType::kSize,
           .default_value = "256MiB",
           .commands = For::kFrontends,
           .help = "bytes waiting in the queue",
           .min = kMebibyte},
};

// Web pages.
inline constexpr std::array kWebOptions = {
    Option{.name = "allow-origin",
           .commands = For::kFrontends,
           .help = "origin of web pages that may read answers over HTTP, or * for all (CORS)",
           .repeatable = true},
};

// Clients.
inline constexpr std::array kClientOptions = {
    Option{.name = "server",
           .type = OptionType::kAddress,
           .default_value = "127.0.0.1:50050",
           .commands = For::kStatus | For::kWorkers | For::kEmbed,
           .help = "the coordinator to talk to"},
    Option{.name = "dashboard",
           .type = OptionType::kAddress,
           .default_value = "127.0.0.1:3000",
           .commands = For::kSupport | For::kTop,
           .help = "the port for operators of the server to ask"},
    Option{.name = "local",
           .type = OptionType::kSwitch,
           .default_value = "false",
           .commands = For::kEmbed,
           .help = "embed in this process (as without --server)",
           .reach = Reach::kFlagOnly},
    Option{.name = "timeout",
           .type = OptionType::kDuration,
           .default_value = "60s",
           .commands = For::kStatus | For::kWorkers | For::kEmbed | For::kSupport,
           .help = "how long to wait for the server",
           .min = kMillisecond,
           .max = kDay},
};

// Texts, and where what becomes of them goes.
inline constexpr std::array kTextOptions = {
    Option{.name = "input",
           .type = OptionType::kPath,
           .commands = kTextReaders | For::kLoad,
           .help = "file with the texts; - is stdin; load sends them in order, round and round",
           .may_be_empty = true,
           .reach = Reach::kFlagOnly},
    Option{.name = "input-format",
           .type = OptionType::kChoice,
           .default_value = "auto",
           .commands = kTextReaders,
           .help = "text: a text a line; jsonl: {\"text\": ...} a line",
           .choices = "auto|text|jsonl",
           .reach = Reach::kFlagOnly},
    Option{.name = "text-key",
           .default_value = "text",
           .commands = kTextReaders,
           .help = "key of the text in the objects of --input; makes them jsonl",
           .reach = Reach::kFlagOnly},
    Option{.name = "output",
           .type = OptionType::kPath,
           .commands = kTextReaders | For::kLoad | For::kSupport,
           .help =
               "file, pipe or device (load .json, .csv or .html; support .tar; others .jsonl, - "
               "for stdout; embed .npy too)",
           .may_be_empty = true,
           .repeatable_for = For::kLoad,
           .reach = Reach::kFlagOnly},
    Option{.name = "resume",
           .type = OptionType::kSwitch,
           .default_value = "false",
           .commands = For::kEmbed,
           .help = "go on where an interrupted run from --input to --output ended",
           .reach = Reach::kFlagOnly},
    Option{.name = "checkpoint-every",
           .type = OptionType::kDuration,
           .default_value = "5s",
           .commands = For::kEmbed,
           .help = "how much work a run that is killed may lose",
           .min = kMillisecond,
           .max = kDay,
           .reach = Reach::kFlagOnly},
    Option{.name = "prompt-name",
           .commands = For::kEmbed,
           .help = "prompt of the model to put in front; empty: its default prompt",
           .may_be_empty = true,
           .reach = Reach::kFlagOnly},
};

// The live view.
inline constexpr std::array kTopOptions = {
    Option{.name = "interval",
           .type = OptionType::kDuration,
           .default_value = "1s",
           .commands = For::kTop,
           .help = "how often the server is asked; 200ms at least",
           .min = 200 * kMillisecond,
           .max = kDay,
           .reach = Reach::kFlagOnly},
    Option{.name = "once",
           .type = OptionType::kSwitch,
           .default_value = "false",
           .commands = For::kTop,
           .help = "print it as text after an interval, $COLUMNS wide (80), and end",
           .reach = Reach::kFlagOnly},
};

// Everybody.
inline constexpr std::array kCommonOptions = {
    Option{.name = "log-level",
           .type = OptionType::kChoice,
           .default_value = "info",
           .commands = For::kServers,
           .help = "least severity that is logged",
           .choices = "debug|info|warn|error"},
    Option{.name = "log-format",
           .type = OptionType::kChoice,
           .default_value = "auto",
           .commands = For::kServers,
           .help = "auto: console on a terminal, else json",
           .choices = "auto|json|console"},
    Option{.name = "log-requests-per-second",
           .type = OptionType::kInteger,
           .default_value = "100",
           .commands = For::kFrontends,
           .help = "most lines a second about requests that were served, refused or cancelled, of "
                   "each; 0: none",
           .max = 1'000'000},
    Option{.name = "format",
           .type = OptionType::kChoice,
           .default_value = "table",
           .commands = For::kStatus | For::kWorkers | For::kLoad | For::kLoadCompare |
                       For::kModelList | For::kConfigShow | For::kVersion,
           .help = "how to print",
           .choices = "json|table|plain",
           .reach = Reach::kFlagOnly,
           .short_name = 'o'},
    Option{.name = "config",
           .type = OptionType::kPath,
           .commands = For::kServers | kTextReaders | For::kModelVerify | For::kConfig |
                       For::kStatus | For::kWorkers | For::kSupport | For::kTop,
           .help = "TOML file with settings",
           .may_be_empty = true,
           .reach = Reach::kFlagAndVariable},
};

template <std::size_t... sizes>
constexpr auto Joined(const std::array<Option, sizes>&... parts) {
  std::array<Option, (sizes + ...)> all;
  auto end = all.begin();
  ((end = std::copy(parts.begin(), parts.end(), end)), ...);
  return all;
}

inline constexpr std::array kOptions =
    Joined(kListenOptions, kModelOptions, kTimeOptions, kDiagnosisOptions, kLimitOptions,
           kWebOptions, kClientOptions, kTextOptions, kTopOptions, kLoadOptions,
           kLoadRequestOptions, kLoadMoreOptions, kLoadVerdictOptions, kCommonOptions);

// kOptions.size() when there is none of that name.
constexpr std::size_t OptionIndex(std::string_view name) {
  std::size_t index = 0;
  while (index < kOptions.size() && kOptions[index].name != name) ++index;
  return index;
}

// Names an option in code. A name that is not in the table does not compile.
class OptionKey {
 public:
  consteval OptionKey(const char* name) : index_(OptionIndex(name)) {  // NOLINT: meant to convert
    if (index_ == kOptions.size()) NoSuchOption();
  }
  constexpr std::size_t index() const { return index_; }

 private:
  static void NoSuchOption() {}  // not constexpr: calling it ends constant evaluation
  std::size_t index_;
};

}  // namespace shoal
