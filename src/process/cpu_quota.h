// How much of the machine's time this process may use. Affinity says on which cores it may run; a
// quota of its cgroup (docker --cpus, limits.cpu of Kubernetes, CPUQuota= of systemd) leaves it all
// cores and stops it on every one of them for the rest of a period once its time is used up.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace shoal {

// The text of a file; nullopt when it cannot be read.
using TextOfFile = std::function<std::optional<std::string>(const std::string& path)>;

// The least quota, in cores, among the cgroup of a process and all above it that can be seen, of
// both versions. `cgroups` and `mounts` are its /proc/self/cgroup and /proc/self/mountinfo.
// nullopt: there is none, or nothing that could be understood.
std::optional<double> CpuQuota(std::string_view cgroups, std::string_view mounts,
                               const TextOfFile& text_of);

struct CpuShare {
  std::size_t cores = 1;        // by affinity
  std::optional<double> quota;  // in cores

  // As many threads as the share can keep busy: the quota rounded up, at least 1, at most `cores`.
  std::size_t Threads() const;
  // Less than the cores: a thread that is pinned waits out the period beside an idle core.
  bool IsLimited() const;
};

// Of this process, as it was when first asked. Thread-safe.
const CpuShare& ThisCpuShare();

}  // namespace shoal
