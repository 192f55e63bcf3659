#include "rpc/grpc_wire.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

using std::chrono::nanoseconds;

TEST(GrpcWire, ReadsATimeoutInEveryUnit) {
  EXPECT_EQ(ParseGrpcTimeout("2H"), std::chrono::hours(2));
  EXPECT_EQ(ParseGrpcTimeout("3M"), std::chrono::minutes(3));
  EXPECT_EQ(ParseGrpcTimeout("4S"), std::chrono::seconds(4));
  EXPECT_EQ(ParseGrpcTimeout("250m"), std::chrono::milliseconds(250));
  EXPECT_EQ(ParseGrpcTimeout("00000007u"), std::chrono::microseconds(7));
  EXPECT_EQ(ParseGrpcTimeout("99999999n"), nanoseconds(99'999'999));
  EXPECT_EQ(ParseGrpcTimeout("0n"), nanoseconds(0));
}

TEST(GrpcWire, NoTimeoutIsLongerThanAHundredDays) {
  EXPECT_EQ(ParseGrpcTimeout("2400H"), std::chrono::days(100));
  EXPECT_EQ(ParseGrpcTimeout("2401H"), std::chrono::days(100));
  EXPECT_EQ(ParseGrpcTimeout("99999999H"), std::chrono::days(100));
  EXPECT_EQ(ParseGrpcTimeout("99999999M"), std::chrono::days(100));
  EXPECT_EQ(ParseGrpcTimeout("8640000S"), std::chrono::days(100));
  EXPECT_EQ(ParseGrpcTimeout("8639999S"), std::chrono::seconds(8'639'999));
}

TEST(GrpcWire, RefusesWhatIsNoTimeout) {
  for (const char* const value : {"", "S", "1", "1s", "1 S", " 1S", "+1S", "-1S", "1.5S", "0x1S",
                                  "1SS", "123456789n", "1S ", "one S", "S1"}) {
    EXPECT_EQ(ParseGrpcTimeout(value), std::nullopt) << value;
  }
  EXPECT_EQ(ParseGrpcTimeout(std::string_view("1\0S", 3)), std::nullopt);
}

TEST(GrpcWire, WritesAMessageInPrintableAscii) {
  EXPECT_EQ(PercentEncoded(""), "");
  EXPECT_EQ(PercentEncoded("texts[3] is ~empty!"), "texts[3] is ~empty!");
  EXPECT_EQ(PercentEncoded("100%"), "100%25");
  EXPECT_EQ(PercentEncoded("a\nb\x7F"), "a%0Ab%7F");
  EXPECT_EQ(PercentEncoded("\u00e9\xFF"), "%C3%A9%FF");
  EXPECT_EQ(PercentEncoded(std::string_view("\0", 1)), "%00");
}

TEST(GrpcWire, KnowsItsContentType) {
  for (const char* const value : {"application/grpc", "application/grpc+proto",
                                  "application/grpc+json", "application/grpc;charset=utf-8"}) {
    EXPECT_TRUE(IsGrpcContentType(value)) << value;
  }
  for (const char* const value : {"", "application/grp", "application/grpc-web",
                                  "application/grpcx", "application/json", " application/grpc"}) {
    EXPECT_FALSE(IsGrpcContentType(value)) << value;
  }
}

}  // namespace
}  // namespace shoal
