// What a fault may have to do with on the machine that runs this command: its CPU, memory, kernel
// and limits, as lines of text. Nothing of who uses it.
#pragma once

#include <string>
#include <string_view>

namespace shoal {

// Of /proc/cpuinfo: the name of the first CPU and, of what it can, what our kernels ask for.
std::string CpuLines(std::string_view cpuinfo);

// Of /proc/cpuinfo: the name of the first CPU; empty: it does not say.
std::string CpuName(std::string_view cpuinfo);

// Of /proc/meminfo, and of memory.max of the machine's or container's cgroup; empty: not known.
std::string MemoryLines(std::string_view meminfo, std::string_view cgroup_limit);

std::string ThisCpuName();

// All of it, of this machine.
std::string MachineReport();

}  // namespace shoal
