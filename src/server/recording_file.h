// A scheduler's recording (scheduler/recording.h) on disk, for `--record-scheduler`.
#pragma once

#include <cstdio>
#include <memory>
#include <string>

#include "base/status.h"
#include "scheduler/recording.h"

namespace shoal {

// Not thread-safe. Writes through 64 KiB of memory; what could not be written ends the recording,
// and is logged once.
class RecordingFile {
 public:
  // Replaces the file.
  static Result<std::unique_ptr<RecordingFile>> Create(const std::string& path,
                                                       const SchedulerOptions& options);
  ~RecordingFile();  // writes the rest

  void Add(std::chrono::microseconds now, std::span<const SchedulerEvent> events,
           std::span<const SchedulerAction> actions);

 private:
  RecordingFile(std::string path, std::FILE* file, const SchedulerOptions& options)
      : path_(std::move(path)), file_(file), writer_(options) {}
  void Write();

  const std::string path_;
  std::FILE* file_;  // null once it could not be written
  RecordingWriter writer_;
};

}  // namespace shoal
