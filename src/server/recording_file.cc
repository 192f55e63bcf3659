#include "server/recording_file.h"

#include <cerrno>

#include "telemetry/log.h"

namespace shoal {
namespace {

constexpr std::size_t kBuffer = std::size_t{64} << 10;

}  // namespace

Result<std::unique_ptr<RecordingFile>> RecordingFile::Create(const std::string& path,
                                                             const SchedulerOptions& options) {
  std::FILE* const file = std::fopen(path.c_str(), "wbe");
  if (file == nullptr) return ErrnoError("record to " + path, errno);
  std::setvbuf(file, nullptr, _IONBF, 0);
  return std::unique_ptr<RecordingFile>(new RecordingFile(path, file, options));
}

RecordingFile::~RecordingFile() {
  Write();
  if (file_ != nullptr) std::fclose(file_);
}

void RecordingFile::Add(std::chrono::microseconds now, std::span<const SchedulerEvent> events,
                        std::span<const SchedulerAction> actions) {
  if (file_ == nullptr) return;
  writer_.Add(now, events, actions);
  if (writer_.bytes().size() >= kBuffer) Write();
}

void RecordingFile::Write() {
  if (file_ == nullptr) return;
  const std::string& bytes = writer_.bytes();
  if (std::fwrite(bytes.data(), 1, bytes.size(), file_) != bytes.size()) {
    LogError("recording.failed", "the recording of the scheduler has ended",
             {ExcInfo(ErrnoError("record to " + path_, errno))});
    std::fclose(file_);
    file_ = nullptr;
  }
  writer_.Clear();
}

}  // namespace shoal
