// The effective value of every option of a command, and where it came from:
//
//   flag  over  SHOAL_* variable  over  --config FILE.toml  over  default
//
// One file and one environment serve all commands: what the command at hand does not take is
// ignored there, but the file is checked as a whole.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "config/command_line.h"
#include "config/options.h"
#include "config/toml_file.h"

namespace shoal {

enum class Origin { kDefault, kFile, kVariable, kFlag };

struct Setting {
  std::vector<std::string> values;  // exactly one, but for repeatable options
  Origin origin = Origin::kDefault;
  std::string place;  // "default", "shoal.toml:3", "SHOAL_THREADS", "--threads"
};

// As people are shown it: a list with commas.
std::string JoinedValues(const Setting& setting);

// The variables of this process whose names begin with SHOAL_.
using Environment = std::map<std::string, std::string>;
Environment ProcessEnvironment();

// Immutable. Thread-safe. Asking for an option that the command does not take, or by another type
// than the table's, is a bug (CHECK).
class Settings {
 public:
  // Reads the file that --config or SHOAL_CONFIG names. Errors are FAILED_PRECONDITION and name the
  // place: a value that is not accepted, an unknown key (with the nearest known one).
  static Result<Settings> Resolve(CommandSet command, std::span<const GivenFlag> flags,
                                  const Environment& environment);
  // The same with the entries of the file at hand. Pure.
  static Result<Settings> Resolve(CommandSet command, std::span<const GivenFlag> flags,
                                  const Environment& environment, std::span<const FileEntry> file,
                                  const std::string& file_name);

  // A sentence for each variable SHOAL_* that sets nothing, with the nearest that would. None for
  // those that Kubernetes makes of services, as SHOAL_PORT of one named shoal: nobody wrote them.
  const std::vector<std::string>& warnings() const { return warnings_; }

  // nullptr: the command does not take it.
  const Setting* Find(std::size_t option_index) const;

  const std::string& Text(OptionKey key) const;  // kString, kPath, kModel, kChoice, kAddress
  std::int64_t Integer(OptionKey key) const;     // kInteger, kSize (bytes)
  double Number(OptionKey key) const;            // kNumber
  std::chrono::microseconds Duration(OptionKey key) const;
  bool Switch(OptionKey key) const;
  // Of what may be given several times; by default empty, or the one default.
  const std::vector<std::string>& List(OptionKey key) const;

 private:
  const std::string& One(OptionKey key) const;

  std::array<std::optional<Setting>, kOptions.size()> settings_;
  std::vector<std::string> warnings_;
};

}  // namespace shoal
