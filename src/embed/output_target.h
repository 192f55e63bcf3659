// Where a run is to write, looked at before any work: what the name of an output leads to, and
// whether a result can be put there. What would end a run only after its work, or destroy what a
// user has, is refused here.
#pragma once

#include <string>

#include "base/status.h"

namespace shoal {

struct OutputTarget {
  std::string name;  // as messages call it: as it was given, or "stdout"
  // kFile: a file that is made or replaced in one step. kStream: a pipe, a device or an open
  // descriptor, into which bytes go as they come; nothing can be written again or resumed.
  enum class Kind { kFile, kStream } kind = Kind::kFile;
  std::string path;     // at the end of all links; empty: the stream is `descriptor`
  int descriptor = -1;  // an open one of this process, as of stdout or /dev/fd/3

  bool is_stream() const { return kind == Kind::kStream; }
};

// Empty or "-" is stdout. `input` is the descriptor that the texts are read from, -1: none. All
// errors are INVALID_ARGUMENT: the output, its draft or its checkpoint (see CheckpointPath) is the
// input or a folder; a link that leads nowhere; a folder that is missing or cannot be written; a
// file that is write-protected; a block device or a socket; a name that is too long.
Result<OutputTarget> FindOutputTarget(const std::string& name, int input);

}  // namespace shoal
