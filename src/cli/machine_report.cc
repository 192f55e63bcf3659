#include "cli/machine_report.h"

#include <sys/resource.h>
#include <sys/utsname.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>

#include "process/cpu_quota.h"

namespace shoal {
namespace {

constexpr std::array<std::string_view, 18> kFlags = {
    "sse4_2",      "avx",         "avx2",     "fma",      "f16c",           "avx512f",
    "avx512bw",    "avx512dq",    "avx512vl", "avx_vnni", "avx_ne_convert", "avx512_vnni",
    "avx512_bf16", "avx512_fp16", "amx_tile", "amx_int8", "amx_bf16",       "hypervisor"};
constexpr std::array<std::string_view, 4> kMemory = {"MemTotal", "MemAvailable", "SwapTotal",
                                                     "SwapFree"};

std::string_view Trimmed(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(" \t"), text.size());
  return text.substr(begin, text.find_last_not_of(" \t\n") + 1 - begin);
}

// "AMD EPYC" of "model name\t: AMD EPYC\n", where `name` is "model name"; empty: there is none.
std::string_view ValueOf(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const std::size_t colon = line.find(':');
    if (colon != line.npos && Trimmed(line.substr(0, colon)) == name) {
      return Trimmed(line.substr(colon + 1));
    }
  }
  return {};
}

bool HasWord(std::string_view words, std::string_view word) {
  const std::string padded = " " + std::string(words) + " ";
  return padded.find(" " + std::string(word) + " ") != padded.npos;
}

std::string Line(std::string_view name, std::string_view value) {
  return std::string(name) + ": " + std::string(value.empty() ? "unknown" : value) + "\n";
}

// Files of /proc say no size.
std::string TextOf(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string LimitLine(std::string_view name, decltype(RLIMIT_NOFILE) resource) {
  struct rlimit limit {};
  if (getrlimit(resource, &limit) != 0) return Line(name, "");
  const auto text = [](rlim_t value) {
    return value == RLIM_INFINITY ? std::string("unlimited") : std::to_string(value);
  };
  return Line(name, text(limit.rlim_cur) + ", at most " + text(limit.rlim_max));
}

std::string KernelLines() {
  struct utsname names {};
  if (uname(&names) != 0) return Line("kernel", "");
  return Line("kernel", std::string(names.sysname) + " " + names.release + " " + names.version) +
         Line("machine", names.machine);
}

std::string CoreLines() {
  const CpuShare& share = ThisCpuShare();
  return Line("cores", std::to_string(share.cores)) +
         Line("cpu quota", share.quota ? std::to_string(*share.quota) + " cores" : "none");
}

}  // namespace

std::string CpuName(std::string_view cpuinfo) {
  const std::string_view model = ValueOf(cpuinfo, "model name");
  return std::string(model.empty() ? ValueOf(cpuinfo, "CPU part") : model);
}

std::string ThisCpuName() { return CpuName(TextOf("/proc/cpuinfo")); }

std::string CpuLines(std::string_view cpuinfo) {
  const std::string_view able = ValueOf(cpuinfo, "flags");
  std::string flags;
  for (const std::string_view flag : kFlags) {
    if (HasWord(able, flag)) flags += (flags.empty() ? "" : " ") + std::string(flag);
  }
  if (able.empty()) flags = ValueOf(cpuinfo, "Features");  // of arm64; they are few
  return Line("cpu", CpuName(cpuinfo)) + Line("cpu flags", flags) +
         Line("microcode", ValueOf(cpuinfo, "microcode"));
}

std::string MemoryLines(std::string_view meminfo, std::string_view cgroup_limit) {
  std::string lines;
  for (const std::string_view name : kMemory) lines += Line(name, ValueOf(meminfo, name));
  return lines + Line("memory limit of the cgroup", Trimmed(cgroup_limit));
}

std::string MachineReport() {
  return KernelLines() + CpuLines(TextOf("/proc/cpuinfo")) + CoreLines() +
         MemoryLines(TextOf("/proc/meminfo"), TextOf("/sys/fs/cgroup/memory.max")) +
         LimitLine("open files", RLIMIT_NOFILE) + LimitLine("processes", RLIMIT_NPROC) +
         LimitLine("core dump bytes", RLIMIT_CORE);
}

}  // namespace shoal
