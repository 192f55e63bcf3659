#include "process/cpu_quota.h"

#include <gtest/gtest.h>

#include <map>

namespace shoal {
namespace {

constexpr std::string_view kV1 =
    "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct\n"
    "34 31 0:31 / /sys/fs/cgroup/cpuset rw,relatime shared:11 - cgroup cgroup rw,cpuset\n";
constexpr std::string_view kV2 =
    "24 23 0:21 / /proc rw - proc proc rw\n"
    "31 23 0:28 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";

std::optional<double> Quota(std::string_view cgroups, std::string_view mounts,
                            const std::map<std::string, std::string>& files) {
  return CpuQuota(cgroups, mounts, [&](const std::string& path) {
    const auto found = files.find(path);
    return found == files.end() ? std::nullopt : std::optional(found->second);
  });
}

TEST(CpuQuota, OfVersionOneIsQuotaByPeriod) {
  const std::string folder = "/sys/fs/cgroup/cpu,cpuacct/box/";
  EXPECT_EQ(Quota("5:cpuset:/\n4:cpu,cpuacct:/box\n0::/\n", kV1,
                  {{folder + "cpu.cfs_quota_us", "200000\n"},
                   {folder + "cpu.cfs_period_us", "100000\n"}}),
            2.0);
}

TEST(CpuQuota, OfVersionOneIsNoneAtMinusOne) {
  const std::string folder = "/sys/fs/cgroup/cpu,cpuacct/";
  EXPECT_EQ(
      Quota("4:cpu,cpuacct:/\n", kV1,
            {{folder + "cpu.cfs_quota_us", "-1\n"}, {folder + "cpu.cfs_period_us", "100000\n"}}),
      std::nullopt);
}

TEST(CpuQuota, OfVersionTwoMayBeAFraction) {
  EXPECT_EQ(Quota("0::/a/b\n", kV2, {{"/sys/fs/cgroup/a/b/cpu.max", "150000 100000\n"}}), 1.5);
}

TEST(CpuQuota, OfVersionTwoIsNoneAtMax) {
  EXPECT_EQ(Quota("0::/a\n", kV2, {{"/sys/fs/cgroup/a/cpu.max", "max 100000\n"}}), std::nullopt);
}

TEST(CpuQuota, OfAHybridIsThatOfTheHierarchyWithTheController) {
  const std::string both =
      std::string(kV1) + "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";
  const std::string folder = "/sys/fs/cgroup/cpu,cpuacct/box/";
  EXPECT_EQ(
      Quota("4:cpu,cpuacct:/box\n0::/elsewhere\n", both,
            {{folder + "cpu.cfs_quota_us", "50000"}, {folder + "cpu.cfs_period_us", "100000"}}),
      0.5);
}

TEST(CpuQuota, TheLeastOfAllCgroupsAboveWins) {
  EXPECT_EQ(Quota("0::/slice/unit\n", kV2,
                  {{"/sys/fs/cgroup/slice/unit/cpu.max", "400000 100000\n"},
                   {"/sys/fs/cgroup/slice/cpu.max", "100000 100000\n"},
                   {"/sys/fs/cgroup/cpu.max", "300000 100000\n"}}),
            1.0);
}

TEST(CpuQuota, IsFoundInAContainerWithACgroupNamespace) {
  EXPECT_EQ(Quota("0::/\n", kV2, {{"/sys/fs/cgroup/cpu.max", "200000 100000\n"}}), 2.0);
}

TEST(CpuQuota, IsFoundInAContainerWithoutACgroupNamespace) {
  const std::string mounts =
      "32 31 0:29 /docker/abc /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu\n";
  const std::map<std::string, std::string> files = {
      {"/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "300000\n"},
      {"/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n"}};
  EXPECT_EQ(Quota("4:cpu:/docker/abc\n", mounts, files), 3.0);
  EXPECT_EQ(Quota("4:cpu:/docker/abc/inner\n", mounts, files), 3.0);
  EXPECT_EQ(Quota("4:cpu:/docker/abcdef\n", mounts, files), std::nullopt) << "another one's";
}

TEST(CpuQuota, OfACgroupOutsideTheNamespaceIsNotKnown) {
  EXPECT_EQ(Quota("0::/../other\n", kV2, {{"/sys/fs/cgroup/cpu.max", "200000 100000\n"}}),
            std::nullopt);
}

TEST(CpuQuota, AMountPointMayHaveABlank) {
  EXPECT_EQ(Quota("0::/\n", "31 23 0:28 / /my\\040groups rw - cgroup2 cgroup2 rw\n",
                  {{"/my groups/cpu.max", "100000 100000\n"}}),
            1.0);
}

TEST(CpuQuota, WhatCannotBeUnderstoodIsNoQuota) {
  for (const std::string text :
       {"", "\n", "x", "1", "100000", "100000 ", "100000 0\n", "0 100000\n", "-5 100000\n",
        "1e5 100000\n", "99999999999999999999 100000\n"}) {
    EXPECT_EQ(Quota("0::/\n", kV2, {{"/sys/fs/cgroup/cpu.max", text}}), std::nullopt) << text;
  }
  for (const std::string text : {"", ":", "::", "0:", "garbage", "4:cpu", "\n\n"}) {
    EXPECT_EQ(Quota(text, kV2, {{"/sys/fs/cgroup/cpu.max", "1 1"}}), std::nullopt) << text;
    EXPECT_EQ(Quota("0::/\n", text, {{"/sys/fs/cgroup/cpu.max", "1 1"}}), std::nullopt) << text;
  }
}

TEST(CpuShare, StartsAsManyThreadsAsTheQuotaKeepsBusy) {
  EXPECT_EQ((CpuShare{.cores = 4, .quota = 1.5}).Threads(), 2u);
  EXPECT_EQ((CpuShare{.cores = 4, .quota = 2.0}).Threads(), 2u);
  EXPECT_EQ((CpuShare{.cores = 4, .quota = 0.01}).Threads(), 1u);
  EXPECT_EQ((CpuShare{.cores = 4, .quota = 1e12}).Threads(), 4u);
  EXPECT_EQ((CpuShare{.cores = 4, .quota = std::nullopt}).Threads(), 4u);
}

TEST(CpuShare, IsLimitedByAQuotaBelowItsCoresAlone) {
  EXPECT_TRUE((CpuShare{.cores = 4, .quota = 3.5}).IsLimited()) << "though 4 threads are started";
  EXPECT_FALSE((CpuShare{.cores = 4, .quota = 4.0}).IsLimited());
  EXPECT_FALSE((CpuShare{.cores = 4, .quota = std::nullopt}).IsLimited());
}

TEST(CpuShare, OfThisProcessIsSome) { EXPECT_GE(ThisCpuShare().Threads(), 1u); }

}  // namespace
}  // namespace shoal
