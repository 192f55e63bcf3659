#include "process/cpu_affinity.h"

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>

namespace shoal {

Result<std::vector<int>> AffinityCores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof(set), &set) != 0) return ErrnoError("sched_getaffinity", errno);
  std::vector<int> cores;
  for (int core = 0; core < CPU_SETSIZE; ++core) {
    if (CPU_ISSET(core, &set)) cores.push_back(core);
  }
  CHECK(!cores.empty(), "the kernel runs us somewhere");
  return cores;
}

Result<int> PinThisThread(std::size_t index) {
  ASSIGN_OR_RETURN(const std::vector<int> cores, AffinityCores());
  const int core = cores[index % cores.size()];
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(core, &set);
  if (::sched_setaffinity(0, sizeof(set), &set) != 0) return ErrnoError("sched_setaffinity", errno);
  return core;
}

Status SetThreadNice(int nice) {
  if (::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), nice) != 0) {
    return ErrnoError("setpriority", errno);
  }
  return Status();
}

}  // namespace shoal
