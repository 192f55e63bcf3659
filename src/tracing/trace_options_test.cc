#include "tracing/trace_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace shoal {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using Choice = TraceSampler::Choice;
using Given = std::map<std::string, std::string>;

Result<std::optional<TraceOptions>> Read(const Given& given) {
  return ReadTraceOptions([&given](const char* name) {
    const auto found = given.find(name);
    return found == given.end() ? nullptr : found->second.c_str();
  });
}

Given With(Given more) {
  more.emplace("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4318");
  return more;
}
TraceOptions OptionsOf(const Given& given) { return **Read(given); }
std::string Refusal(const Given& more) { return Read(With(more)).status().message(); }

TEST(TraceOptions, AreOffUnlessAnEndpointIsNamed) {
  EXPECT_FALSE(Read({})->has_value());
  EXPECT_FALSE(Read({{"OTEL_TRACES_EXPORTER", "otlp"}})->has_value());
  EXPECT_FALSE(Read({{"OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"}})->has_value());
  EXPECT_FALSE(Read({{"OTEL_EXPORTER_OTLP_ENDPOINT", ""}})->has_value());
  EXPECT_TRUE(Read(With({}))->has_value());
}

TEST(TraceOptions, AreOffWhereAVariableSaysSo) {
  EXPECT_FALSE(Read(With({{"OTEL_SDK_DISABLED", "True"}}))->has_value());
  EXPECT_FALSE(Read(With({{"OTEL_TRACES_EXPORTER", "none"}}))->has_value());
  EXPECT_TRUE(Read(With({{"OTEL_SDK_DISABLED", "false"}}))->has_value());
}

TEST(TraceOptions, HaveTheDefaultsOfTheStandard) {
  const TraceOptions options = OptionsOf(With({}));
  EXPECT_EQ(options.endpoint.ToString(), "http://c:4318/v1/traces");
  EXPECT_EQ(options.timeout, 10s);
  EXPECT_EQ(options.delay, 5s);
  EXPECT_EQ(options.max_queue, 2048u);
  EXPECT_EQ(options.max_batch, 512u);
  EXPECT_EQ(options.sampler.choice, Choice::kAll);
  EXPECT_TRUE(options.sampler.is_parent_based);
  EXPECT_THAT(options.resource, ElementsAre(Pair("service.name", "shoal")));
}

TEST(TraceOptions, TheEndpointOfTracesIsTakenAsItIs) {
  const auto endpoint = [](const Given& given) { return OptionsOf(given).endpoint.ToString(); };
  EXPECT_EQ(endpoint({{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4318/otlp/"}}),
            "http://c:4318/otlp/v1/traces");
  EXPECT_EQ(endpoint(With({{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://t/x"}})), "http://t/x");
  EXPECT_EQ(endpoint({{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://t:1"}}), "http://t:1/");
}

TEST(TraceOptions, WhatIsNotSpokenIsRefusedWithWhatIs) {
  EXPECT_THAT(Refusal({{"OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"}}),
              AllOf(HasSubstr("OTEL_EXPORTER_OTLP_PROTOCOL is 'grpc'; http/json is accepted")));
  EXPECT_EQ(Refusal({{"OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"},
                     {"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/json"}}),
            "");
  EXPECT_THAT(Refusal({{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://c:4318"}}),
              HasSubstr("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is 'https://c:4318'; TLS is not"));
  for (const char* const url : {"c:4318", "ftp://c", "http://c/\xC3\xA9"}) {
    EXPECT_THAT(Refusal({{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", url}}),
                HasSubstr("http://HOST:PORT is accepted"));
  }
  EXPECT_THAT(Refusal({{"OTEL_TRACES_EXPORTER", "zipkin"}}),
              HasSubstr("OTEL_TRACES_EXPORTER is 'zipkin'; otlp and none are accepted"));
  EXPECT_THAT(Refusal({{"OTEL_BSP_MAX_QUEUE_SIZE", "0"}}),
              HasSubstr("OTEL_BSP_MAX_QUEUE_SIZE is '0'; 1 to 1000000 is accepted"));
  EXPECT_THAT(Refusal({{"OTEL_EXPORTER_OTLP_TIMEOUT", "10s"}}), HasSubstr("is '10s'; 1 to"));
}

TEST(TraceOptions, HeadersAreNamesAndEncodedValues) {
  const auto headers =
      OptionsOf(With({{"OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20x, tenant = a=b,,"}}))
          .headers;
  ASSERT_EQ(headers.size(), 2u);
  EXPECT_EQ(headers[0].name + ": " + headers[0].value, "authorization: Bearer x");
  EXPECT_EQ(headers[1].name + ": " + headers[1].value, "tenant: a=b");
  for (const char* const wrong : {"secret", "=secret"}) {
    EXPECT_THAT(Refusal({{"OTEL_EXPORTER_OTLP_HEADERS", wrong}}),
                AllOf(HasSubstr("OTEL_EXPORTER_OTLP_HEADERS has an entry without"),
                      testing::Not(HasSubstr("secret"))));
  }
  for (const char* const wrong : {"a%20b=1", "a=1%0a", "Content-Length=1"}) {
    EXPECT_THAT(Refusal({{"OTEL_EXPORTER_OTLP_HEADERS", wrong}}), HasSubstr("cannot stand"));
  }
}

TEST(TraceOptions, TheServiceIsNamedByItsVariableFirst) {
  const auto resource = [](const Given& more) { return OptionsOf(With(more)).resource; };
  const std::string given = "deployment.environment=test,service.name=two";
  EXPECT_THAT(resource({{"OTEL_RESOURCE_ATTRIBUTES", given}}),
              ElementsAre(Pair("service.name", "two"), Pair("deployment.environment", "test")));
  EXPECT_THAT(resource({{"OTEL_RESOURCE_ATTRIBUTES", given}, {"OTEL_SERVICE_NAME", "one"}}),
              ElementsAre(Pair("service.name", "one"), Pair("deployment.environment", "test")));
}

TEST(TraceOptions, TheStandardSamplers) {
  const auto sampler = [](const char* name, const char* argument = "") {
    return OptionsOf(With({{"OTEL_TRACES_SAMPLER", name}, {"OTEL_TRACES_SAMPLER_ARG", argument}}))
        .sampler;
  };
  EXPECT_EQ(sampler("always_on").choice, Choice::kAll);
  EXPECT_FALSE(sampler("always_on").is_parent_based);
  EXPECT_EQ(sampler("always_off").choice, Choice::kNone);
  EXPECT_TRUE(sampler("parentbased_always_off").is_parent_based);
  EXPECT_EQ(sampler("traceidratio", "0.25").ratio, 0.25);
  EXPECT_EQ(sampler("parentbased_traceidratio").ratio, 1);
  EXPECT_THAT(Refusal({{"OTEL_TRACES_SAMPLER", "jaeger_remote"}}), HasSubstr("parentbased_"));
  EXPECT_THAT(Refusal({{"OTEL_TRACES_SAMPLER", "traceidratio"}, {"OTEL_TRACES_SAMPLER_ARG", "2"}}),
              HasSubstr("OTEL_TRACES_SAMPLER_ARG is '2'; 0 to 1 is accepted"));
}

TEST(TraceOptions, ARequestIsNoLargerThanTheQueue) {
  EXPECT_EQ(OptionsOf(With({{"OTEL_BSP_MAX_QUEUE_SIZE", "100"}})).max_batch, 100u);
}

}  // namespace
}  // namespace shoal
