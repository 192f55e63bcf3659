#include "routes/call_terms.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Fields = std::vector<HttpField>;

HttpHeaders Headers(const Fields& fields) {
  HttpHeaders headers;
  for (const HttpField& field : fields) headers.Add(field.name, field.value);
  return headers;
}

std::optional<microseconds> Timeout(const Fields& fields) {
  return std::get<0>(ReadTimeout(Headers(fields)));
}

std::variant<CallTerms, Refusal> Terms(const Fields& fields) {
  HttpRequest request{.peer = "ipv4:10.0.0.1:5"};
  request.headers = Headers(fields);
  return ReadCallTerms(request, std::chrono::steady_clock::time_point(seconds(100)));
}

TEST(ReadTimeout, OurOwnHeadersWinOverThoseOfTheSdks) {
  EXPECT_EQ(Timeout({}), std::nullopt);
  EXPECT_EQ(Timeout({{"x-request-timeout-ms", "250"}}), milliseconds(250));
  EXPECT_EQ(Timeout({{"x-request-timeout-ms", "0.5"}}), microseconds(500));
  EXPECT_EQ(Timeout({{"x-request-timeout-seconds", "1.5"}}), milliseconds(1500));
  EXPECT_EQ(Timeout({{"x-stainless-read-timeout", "2"}, {"x-request-timeout-ms", "250"}}),
            milliseconds(250));
}

TEST(ReadTimeout, WhatAnSdkSaysUnaskedIsNoWish) {
  EXPECT_EQ(Timeout({{"x-stainless-read-timeout", "0.5"}}), milliseconds(500));
  EXPECT_EQ(Timeout({{"x-stainless-timeout", "30"}}), seconds(30));
  for (const char* unasked : {"600", "600.0", "0", "NOT_GIVEN", "", "-1", "inf"}) {
    EXPECT_EQ(Timeout({{"x-stainless-read-timeout", unasked}}), std::nullopt) << unasked;
    EXPECT_EQ(Timeout({{"x-stainless-timeout", unasked}}), std::nullopt) << unasked;
  }
  EXPECT_EQ(Timeout({{"x-request-timeout-seconds", "600"}}), seconds(600));
}

TEST(ReadTimeout, HasALimitAndRefusesWhatIsNoTime) {
  EXPECT_EQ(Timeout({{"x-request-timeout-seconds", "1e300"}}), seconds(86'400));
  for (const char* bad : {"", "soon", "0", "-5", "nan", "inf", "1s", "5, 6"}) {
    const auto read = ReadTimeout(Headers({{"x-request-timeout-ms", bad}}));
    ASSERT_TRUE(std::holds_alternative<Refusal>(read)) << bad;
    EXPECT_EQ(std::get<Refusal>(read).message, "header x-request-timeout-ms is \"" +
                                                   std::string(bad) +
                                                   "\"; a positive number is accepted");
  }
}

TEST(ReadCallTerms, TakesPriorityAndDeadline) {
  const auto terms = std::get<CallTerms>(
      Terms({{"x-shoal-priority", "bulk"}, {"x-request-timeout-seconds", "2"}}));
  EXPECT_EQ(terms.priority, Priority::kBulk);
  EXPECT_EQ(terms.deadline->time_since_epoch(), seconds(102));
}

TEST(ReadCallTerms, TheClientIsItsNameElseItsAddress) {
  const auto client = [](const Fields& fields) {
    return std::get<CallTerms>(Terms(fields)).client;
  };
  EXPECT_EQ(client({}), client({{"authorization", "Bearer x"}}));
  EXPECT_NE(client({}), client({{"x-shoal-client", "a"}}));
  EXPECT_NE(client({{"x-shoal-client", "b"}}), client({{"x-shoal-client", "a"}}));
}

TEST(ReadCallTerms, RefusesAnUnknownPriority) {
  EXPECT_EQ(std::get<Refusal>(Terms({{"x-shoal-priority", "urgent"}})).message,
            "header x-shoal-priority is \"urgent\"; normal, high and bulk are accepted");
}

}  // namespace
}  // namespace shoal
