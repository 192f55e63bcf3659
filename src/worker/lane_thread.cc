#include "worker/lane_thread.h"

#include <bit>
#include <span>
#include <utility>

#include "base/check.h"
#include "process/cpu_affinity.h"
#include "telemetry/log.h"

namespace shoal {
namespace {

static_assert(std::endian::native == std::endian::little, "vectors travel as they lie in memory");

constexpr int kComputeNice = 5;

// Where the floats lie that `bytes` are: a string's bytes begin where a float may.
std::span<float> FloatsIn(std::string& bytes) {
  return {reinterpret_cast<float*>(bytes.data()), bytes.size() / sizeof(float)};
}

}  // namespace

LaneThread::LaneThread(Lane lane, int dim, Options options, const Clock& clock)
    : lane_(std::move(lane)), dim_(dim), options_(std::move(options)), clock_(clock) {
  thread_ = std::thread([this] { Loop(); });
}

LaneThread::~LaneThread() {
  inbox_.Close();
  thread_.join();
}

void LaneThread::Run(LaneJob job) {
  CHECK(inbox_.TryPush(std::move(job)), "credit bounds what a lane holds");
}

void LaneThread::Loop() {
  if (const Status nice = SetThreadNice(kComputeNice); !nice.ok()) {
    LogWarn("lane.nice_failed", "a lane computes at the priority of everything else",
            {{"lane", options_.lane}, ExcInfo(nice)});
  }
  if (options_.core_index) {
    const Result<int> core = PinThisThread(*options_.core_index);
    if (!core.ok()) {
      LogWarn("lane.pin_failed", "a lane computes on any core",
              {{"lane", options_.lane}, ExcInfo(core.status())});
    }
  }
  std::vector<LaneJob> jobs;
  std::optional<std::chrono::steady_clock::time_point> last_end;
  while (inbox_.TakeAll(jobs, std::chrono::steady_clock::time_point::max())) {
    for (const LaneJob& job : jobs) {
      const auto start = clock_.Now();
      if (last_end) options_.idled(start - *last_end);
      options_.started(job.lengths.size());
      LaneResult result{.lane = options_.lane, .batch = job.batch};
      result.vectors.resize(job.lengths.size() * static_cast<std::size_t>(dim_) * sizeof(float));
      lane_.Encode(job.lengths, job.token_ids, FloatsIn(result.vectors));
      result.execution =
          std::chrono::duration_cast<std::chrono::microseconds>(clock_.Now() - start);
      options_.finished(std::move(result));
      last_end = clock_.Now();
    }
  }
}

}  // namespace shoal
