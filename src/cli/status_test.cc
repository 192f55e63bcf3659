#include "cli/status.h"

#include <gtest/gtest.h>

#include "json/value.h"

namespace shoal {
namespace {

ServiceInfo Info() {
  return {.version = "1.2.3",
          .model = {.name = "tiny",
                    .digest = "ab",
                    .precision = Precision::kFp32,
                    .dim = 4,
                    .max_tokens = 16},
          .coordinator_id = "c0",
          .workers = {{.id = "w\"0",
                       .incarnation = "00000000000000ff",
                       .state = WorkerState::kReady,
                       .lanes = 2,
                       .pid = 77,
                       .kernel_table = "avx2",
                       .metrics_address = "127.0.0.1:9464",
                       .items_done = 12,
                       .tokens_per_second = 1234.5}},
          .queued_items = 3};
}

TEST(Status, PlainIsNamesAndValuesThenARowPerWorker) {
  EXPECT_EQ(RenderStatus(Info(), "plain", {}),
            "version\t1.2.3\nmodel\ttiny\nprecision\tfp32\ndimensions\t4\nmax tokens\t16\n"
            "coordinator\tc0\nqueued items\t3\nworkers\t1\n\n"
            "w\"0\t00000000000000ff\tready\t2\tavx2\t77\t1235\t12\t127.0.0.1:9464\n");
}

TEST(Status, TableHasHeadingsAlsoWithoutWorkers) {
  ServiceInfo info = Info();
  info.workers.clear();
  const std::string text = RenderStatus(info, "table", {});
  EXPECT_NE(text.find("\nworkers       0\n\nID  INCARNATION  STATE"), std::string::npos) << text;
}

TEST(Workers, ArePrintedAsStatusPrintsThem) {
  const ServiceInfo info = Info();
  for (const char* format : {"plain", "table"}) {
    const std::string workers = RenderWorkers(info.workers, format, {});
    EXPECT_TRUE(RenderStatus(info, format, {}).ends_with("\n\n" + workers)) << workers;
  }
  const Result<JsonValue> json = ParseJson(RenderWorkers(info.workers, "json", {}));
  ASSERT_TRUE(json.ok()) << json.status().message();
  const std::vector<JsonValue> workers = *json->Elements();
  ASSERT_EQ(workers.size(), 1u);
  EXPECT_EQ(*workers[0].GetString("state"), "ready");
}

TEST(Status, JsonHasNumbersAsNumbersAndAnArrayOfWorkers) {
  const Result<JsonValue> json = ParseJson(RenderStatus(Info(), "json", {}));
  ASSERT_TRUE(json.ok()) << json.status().message();
  EXPECT_EQ(*json->GetString("model"), "tiny");
  EXPECT_EQ(*json->GetString("precision"), "fp32");
  EXPECT_EQ(*json->GetInt("dimensions", 0, 100), 4);
  EXPECT_EQ(*json->GetString("coordinator_id"), "c0");
  EXPECT_EQ(*json->GetInt("queued_items", 0, 100), 3);
  const std::vector<JsonValue> workers = *json->Get("workers")->Elements();
  ASSERT_EQ(workers.size(), 1u);
  EXPECT_EQ(*workers[0].GetString("id"), "w\"0");
  EXPECT_EQ(*workers[0].GetString("incarnation"), "00000000000000ff");
  EXPECT_EQ(*workers[0].GetString("state"), "ready");
  EXPECT_EQ(*workers[0].GetInt("lanes", 0, 100), 2);
  EXPECT_EQ(*workers[0].GetString("kernel_table"), "avx2");
  EXPECT_EQ(*workers[0].GetInt("pid", 0, 100), 77);
  EXPECT_EQ(*workers[0].GetDouble("tokens_per_second"), 1234.5);
  EXPECT_EQ(*workers[0].GetInt("items_done", 0, 100), 12);
  EXPECT_EQ(*workers[0].GetString("metrics_address"), "127.0.0.1:9464");
}

}  // namespace
}  // namespace shoal
