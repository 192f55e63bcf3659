#include "dashboard/scrape_targets.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

std::string Address(std::string metrics, std::string peer, std::string_view own = "dash.example") {
  return ScrapeAddress({.metrics_address = std::move(metrics), .peer = std::move(peer)}, own);
}

TEST(ScrapeAddress, IsWhereTheWorkerListens) {
  EXPECT_EQ(Address("10.0.0.7:9464", "ipv4:10.0.0.7:5"), "10.0.0.7:9464");
  EXPECT_EQ(Address("node7:9464", "ipv4:10.0.0.7:5"), "node7:9464");
  EXPECT_EQ(Address("127.0.0.1:9464", "unix:"), "127.0.0.1:9464");
  EXPECT_EQ(Address("127.0.0.1:9464", "ipv4:127.0.0.1:5"), "127.0.0.1:9464");
}

TEST(ScrapeAddress, OfAllInterfacesIsTheHostOfTheLink) {
  EXPECT_EQ(Address("0.0.0.0:9464", "ipv4:10.0.0.7:5"), "10.0.0.7:9464");
  EXPECT_EQ(Address("[::]:9464", "ipv6:%5B2001:db8::7%5D:5"), "[2001:db8::7]:9464");
  EXPECT_EQ(Address("127.0.0.1:9464", "ipv4:10.0.0.7:5"), "10.0.0.7:9464");
}

TEST(ScrapeAddress, OfThisMachineIsTheHostThatTheCallerUsed) {
  EXPECT_EQ(Address("0.0.0.0:9464", "unix:"), "dash.example:9464");
  EXPECT_EQ(Address("[::]:9464", "ipv6:%5B::1%5D:5"), "dash.example:9464");
  EXPECT_EQ(Address("0.0.0.0:9464", ""), "dash.example:9464");
}

TEST(ScrapeAddress, OfAWorkerWithoutMetricsIsNone) { EXPECT_EQ(Address("", "unix:"), ""); }

TEST(ScrapeTargets, ListsThoseThatAreAttachedUnderNamesThatAreNobodysOwn) {
  const ServiceInfo info{
      .coordinator_id = "c",
      .workers = {{.id = "w0",
                   .incarnation = "1f",
                   .attached = true,
                   .kernel_table = "avx2",
                   .metrics_address = "127.0.0.1:1",
                   .peer = "unix:"},
                  {.id = "gone", .attached = false, .metrics_address = "127.0.0.1:2"},
                  {.id = "silent", .attached = true}}};
  EXPECT_EQ(ScrapeTargets(info, "127.0.0.1"),
            R"([{"targets":["127.0.0.1:1"],"labels":{"__meta_shoal_worker_id":"w0",)"
            R"("__meta_shoal_incarnation":"1f","__meta_shoal_isa":"avx2",)"
            R"("__meta_shoal_coordinator_id":"c"}}])");
}

}  // namespace
}  // namespace shoal
