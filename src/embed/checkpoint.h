// What an unfinished run leaves beside its draft, NAME.partial.json, so that another process can go
// on: how far it was, and everything that decides which bytes follow.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/status.h"
#include "embed/text_reader.h"

namespace shoal {

// Two runs with the same identity give the same bytes for the same texts.
//
// Of a server, all but `server` and `prompt` is what it says of itself. Its digest covers weights,
// vocabulary, layout and prompts; what it does not say (special_tokens_as_text) is not compared.
struct RunIdentity {
  bool server = false;       // a server embeds, not this process
  std::string version;       // of Shoal
  std::string model;         // its name, for people
  std::string model_digest;  // of ModelFolder
  std::string precision;     // "fp32"
  std::string kernels;  // the kernel table; it matters in all precisions but fp32. Of a server:
                        // the tables of its workers, "avx2+avx512"; empty: none had attached
  std::string prompt;   // the text in front of every text; of a server: its name
  bool special_tokens_as_text = false;

  bool operator==(const RunIdentity&) const = default;
};

struct Checkpoint {
  RunIdentity identity;
  TextMark input;               // everything before it is embedded
  std::uint64_t truncated = 0;  // of these texts
  std::uint64_t output_bytes = 0;

  bool operator==(const Checkpoint&) const = default;
};

// NAME.partial.json for NAME.
std::string CheckpointPath(const std::string& output);

// Durable, in one step.
Status WriteCheckpoint(const std::string& path, const Checkpoint& checkpoint);

// NOT_FOUND: there is none. INVALID_ARGUMENT: it is not one.
Result<Checkpoint> ReadCheckpoint(const std::string& path);

// Why the bytes of two runs may not be the same: what is different in them, for messages.
struct RunDifference {
  std::string what;
  std::string was;
  std::string is;
};
// `special_tokens_name` is what messages call the setting special_tokens_as_text.
std::optional<RunDifference> FirstDifference(const RunIdentity& then, const RunIdentity& now,
                                             const std::string& special_tokens_name);

// FAILED_PRECONDITION says what is different, and how it was.
Status CheckSameRun(const RunIdentity& then, const RunIdentity& now,
                    const std::string& special_tokens_name);

}  // namespace shoal
