#include "cli/greeting.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

TEST(Greeting, SaysWhereToLookAndWhatToTry) {
  EXPECT_EQ(Greeting({.grpc = "127.0.0.1:50050",
                      .http = "0.0.0.0:8080",
                      .dashboard = "[::]:3000",
                      .worker = "127.0.0.1:50051"},
                     {}),
            "\n"
            "  page  http://localhost:3000\n"
            "  HTTP  http://localhost:8080  (described at /docs)\n"
            "  gRPC  localhost:50050\n"
            "\n"
            "  curl localhost:8080/v1/embeddings -H 'Content-Type: application/json' "
            "-d '{\"input\":\"hello\"}'\n"
            "\n");
}

TEST(Greeting, LeavesOutWhatIsOff) {
  EXPECT_EQ(Greeting({.grpc = "10.0.0.7:1"}, {}), "\n  gRPC  10.0.0.7:1\n\n");
}

TEST(Greeting, KeepsAnAddressThatIsNotEveryones) {
  EXPECT_EQ(Greeting({.grpc = "[::1]:1", .dashboard = "dash.example:3000"}, {}),
            "\n  page  http://dash.example:3000\n  gRPC  [::1]:1\n\n");
}

}  // namespace
}  // namespace shoal
