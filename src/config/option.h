// What one option is: its names, its type, what it accepts. The table of all of them is options.h.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "base/status.h"
#include "config/commands.h"

namespace shoal {

// Units of min and max.
inline constexpr std::int64_t kMicrosecond = 1;
inline constexpr std::int64_t kMillisecond = 1000 * kMicrosecond;
inline constexpr std::int64_t kDay = 86'400'000 * kMillisecond;
inline constexpr std::int64_t kMebibyte = std::int64_t{1} << 20;
inline constexpr std::int64_t kGibibyte = std::int64_t{1} << 30;

enum class OptionType {
  kString,    // UTF-8 without control characters: it may go over a wire
  kInteger,   // min to max
  kNumber,    // 0.5; min to max, which are whole numbers
  kDuration,  // 500ms, 5s, 2m, 1h; min and max in µs
  kSize,      // 1048576, 64KiB, 16MiB, 1GiB; min and max in bytes
  kAddress,   // HOST:PORT, [IPV6]:PORT
  kEndpoint,  // the same, or unix:PATH
  kChoice,    // one of `choices`
  kSwitch,    // true or false; the flag alone means true
  kPath,
  kModel,  // a name or a path
};

// Where an option may be set.
enum class Reach {
  kEverywhere,       // flag, variable, file
  kFlagAndVariable,  // not in the file
  kFlagOnly,         // says something about one invocation
};

// `value` for the commands in `commands` instead of the option's default.
struct OtherDefault {
  CommandSet commands = 0;
  std::string_view value = {};
};

// One row. Everything else is derived: the flag is --name, the variable SHOAL_NAME and the file's
// key `name`, with `_` for `-` in both.
struct Option {
  std::string_view name = {};  // "grpc-listen"
  OptionType type = OptionType::kString;
  std::string_view default_value = {};  // as a user would write it
  OtherDefault other_default = {};
  CommandSet commands = 0;
  std::string_view help = {};
  std::string_view choices = {};  // kChoice: "auto|on|off"
  std::int64_t min = 0;
  std::int64_t max = std::numeric_limits<std::int64_t>::max();
  bool may_be_empty = false;      // an empty value turns the thing off
  bool needs_address = false;     // a server has to listen here: Settings refuses an empty value
  bool repeatable = false;        // a list; in a variable separated by commas; empty by default
  CommandSet repeatable_for = 0;  // those that take several where others take one
  Reach reach = Reach::kEverywhere;
  char short_name = 0;
};

std::string FlagName(const Option& option);      // "--grpc-listen"
std::string VariableName(const Option& option);  // "SHOAL_GRPC_LISTEN"
std::string FileKey(const Option& option);       // "grpc_listen"

bool Takes(CommandSet command, const Option& option);
bool TakesSeveral(CommandSet command, const Option& option);
std::string_view DefaultFor(CommandSet command, const Option& option);

// "an integer from 1 to 64", "HOST:PORT": for messages.
std::string Accepted(const Option& option);
// The placeholder of the value in help: "N", "HOST:PORT", "auto|on|off"; empty for switches.
std::string_view Placeholder(const Option& option);

// Is `value` one that the option accepts? INVALID_ARGUMENT says what was found and what is
// accepted.
Status CheckValue(const Option& option, std::string_view value);

}  // namespace shoal
