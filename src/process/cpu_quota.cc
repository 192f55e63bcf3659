#include "process/cpu_quota.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <utility>
#include <vector>

#include "process/cpu_affinity.h"

namespace shoal {
namespace {

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == text.npos) return parts;
    text.remove_prefix(end + 1);
  }
}

bool Lists(std::string_view words, std::string_view word) {
  const std::vector<std::string_view> all = Split(words, ',');
  return std::ranges::find(all, word) != all.end();
}

// mountinfo writes a blank, a tab, a line's end and a backslash as \ooo.
std::string Unescaped(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    int code = 0;
    const char* const digits = text.data() + at + 1;
    if (text[at] == '\\' && text.size() - at > 3 &&
        std::from_chars(digits, digits + 3, code, 8).ptr == digits + 3) {
      out += static_cast<char>(code);
      at += 3;
    } else {
      out += text[at];
    }
  }
  return out;
}

// A positive number of microseconds. "max" and -1, which mean no limit, are none.
std::optional<double> Microseconds(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = end == text.data() + text.size() || *end == '\n';
  if (error != std::errc() || !whole || value <= 0) return std::nullopt;
  return static_cast<double>(value);
}

std::optional<double> Ratio(std::string_view quota, std::string_view period) {
  const std::optional<double> over = Microseconds(quota);
  const std::optional<double> under = Microseconds(period);
  if (!over || !under) return std::nullopt;
  return *over / *under;
}

std::optional<double> QuotaOf(const std::string& folder, bool v2, const TextOfFile& text_of) {
  if (v2) {
    const std::string text = text_of(folder + "/cpu.max").value_or("");
    const std::size_t blank = text.find(' ');
    if (blank == text.npos) return std::nullopt;
    return Ratio(std::string_view(text).substr(0, blank), std::string_view(text).substr(blank + 1));
  }
  const std::optional<std::string> quota = text_of(folder + "/cpu.cfs_quota_us");
  const std::optional<std::string> period = text_of(folder + "/cpu.cfs_period_us");
  if (!quota || !period) return std::nullopt;
  return Ratio(*quota, *period);
}

// One cgroup file system with the cpu controller, or one of version 2.
struct Mount {
  bool v2 = false;
  std::string root;   // the cgroup that is seen at `point`
  std::string point;  // a folder
};

// "36 35 98:0 /root /point rw,noatime shared:1 - cgroup name rw,cpu"; any number of words like
// shared:1.
std::optional<Mount> CgroupMount(std::string_view line) {
  const std::vector<std::string_view> words = Split(line, ' ');
  const auto dash = std::ranges::find(words, "-");
  if (dash - words.begin() < 6 || words.end() - dash < 4) return std::nullopt;
  const bool v2 = dash[1] == "cgroup2";
  if (!v2 && !(dash[1] == "cgroup" && Lists(dash[3], "cpu"))) return std::nullopt;
  return Mount{.v2 = v2, .root = Unescaped(words[3]), .point = Unescaped(words[4])};
}

// Where the process is in the hierarchy of `v2` or, of version 1, of the cpu controller.
std::optional<std::string> PathIn(std::string_view cgroups, bool v2) {
  for (const std::string_view line : Split(cgroups, '\n')) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (first == line.npos || second == line.npos) continue;
    const std::string_view controllers = line.substr(first + 1, second - first - 1);
    if (v2 ? line.starts_with("0::") : Lists(controllers, "cpu")) {
      return std::string(line.substr(second + 1));
    }
  }
  return std::nullopt;
}

// `path` as seen from the mount: "" for its root itself. nullopt: it does not lie below it.
std::optional<std::string> Below(std::string_view root, std::string path) {
  if (path.ends_with('/')) path.pop_back();
  if (root.ends_with('/')) root.remove_suffix(1);
  if (!path.starts_with(root)) return std::nullopt;
  path.erase(0, root.size());
  if (!path.empty() && path[0] != '/') return std::nullopt;
  // Beside the root of the process's cgroup namespace, where names are not to be had.
  if ((path + '/').starts_with("/../")) return std::nullopt;
  return path;
}

std::optional<std::string> TextOfRealFile(const std::string& path) {
  std::ifstream file(path);
  if (!file) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

CpuShare ReadCpuShare() {
  CpuShare share;
  if (const auto cores = AffinityCores(); cores.ok()) share.cores = cores->size();
  share.quota = CpuQuota(TextOfRealFile("/proc/self/cgroup").value_or(""),
                         TextOfRealFile("/proc/self/mountinfo").value_or(""), TextOfRealFile);
  return share;
}

}  // namespace

std::optional<double> CpuQuota(std::string_view cgroups, std::string_view mounts,
                               const TextOfFile& text_of) {
  std::optional<double> least;
  for (const std::string_view line : Split(mounts, '\n')) {
    const std::optional<Mount> mount = CgroupMount(line);
    if (!mount) continue;
    const std::optional<std::string> path = PathIn(cgroups, mount->v2);
    if (!path) continue;
    std::optional<std::string> below = Below(mount->root, *path);
    while (below) {
      const std::optional<double> quota = QuotaOf(mount->point + *below, mount->v2, text_of);
      if (quota) least = std::min(*quota, least.value_or(*quota));
      if (below->empty()) break;
      below->erase(below->rfind('/'));
    }
  }
  return least;
}

std::size_t CpuShare::Threads() const {
  if (!IsLimited()) return cores;
  return std::max(std::size_t{1}, static_cast<std::size_t>(std::ceil(*quota)));
}

bool CpuShare::IsLimited() const { return quota && *quota < static_cast<double>(cores); }

const CpuShare& ThisCpuShare() {
  static const CpuShare share = ReadCpuShare();
  return share;
}

}  // namespace shoal
