#include "load/report_json.h"

#include "json/writer.h"

namespace shoal {
namespace {

void Write(JsonWriter& json, const Percentiles& times) {
  json.BeginObject();
  json.Key("p50").Double(times.p50).Key("p90").Double(times.p90).Key("p95").Double(times.p95);
  json.Key("p99").Double(times.p99).Key("p999").Double(times.p999);
  json.Key("max").Double(times.max).EndObject();
}

void Write(JsonWriter& json, const LoadSecond& second) {
  json.BeginObject();
  json.Key("offered").UInt(second.offered).Key("sent").UInt(second.sent);
  json.Key("ok").UInt(second.ok).Key("good").UInt(second.good).Key("late").UInt(second.late);
  json.Key("refused").UInt(second.refused).Key("failed").UInt(second.failed);
  json.Key("cancelled").UInt(second.cancelled).Key("texts").UInt(second.texts);
  if (second.ok > 0) Write(json.Key("latency_seconds"), second.latency);
  json.EndObject();
}

void Write(JsonWriter& json, const CurvePoint& point) {
  json.BeginObject().Key("quantile").Double(point.quantile);
  json.Key("latency_seconds").Double(point.latency);
  json.Key("service_seconds").Double(point.service).EndObject();
}

void Write(JsonWriter& json, const JudgedThreshold& threshold) {
  json.BeginObject().Key("fail_if").String(threshold.expression);
  json.Key("figure").String(threshold.figure).Key("fails_above").Bool(threshold.fails_above);
  json.Key("measured").String(threshold.measured).Key("bound").String(threshold.bound);
  json.Key("ratio").Double(threshold.ratio).Key("failed").Bool(threshold.failed).EndObject();
}

void Write(JsonWriter& json, const LoadMark& mark) {
  json.BeginObject().Key("second").Double(mark.second).Key("text").String(mark.text).EndObject();
}

void Write(JsonWriter& json, const ServerSecond& second) {
  json.BeginObject().Key("second").Double(second.second);
  json.Key("in_flight").Double(second.in_flight).Key("queue_seconds").BeginObject();
  for (std::size_t i = 0; i < kServerQueues.size(); ++i) {
    json.Key(kServerQueues[i]).Double(second.queue_seconds[i]);
  }
  json.EndObject().Key("offered_cost").Double(second.offered_cost);
  json.Key("goodput_cost").Double(second.goodput_cost);
  json.Key("capacity_cost").Double(second.capacity_cost).EndObject();
}

void Write(JsonWriter& json, const RunFacts& run) {
  json.BeginObject().Key("version").String(run.version).Key("target").String(run.target);
  json.Key("model").String(run.model).Key("precision").String(run.precision);
  json.Key("dim").Int(run.dim).Key("seed").UInt(run.seed);
  json.Key("start_unix_ms").Int(run.start_unix_ms);
  json.Key("cpu").String(run.cpu).Key("cpus").Int(run.cpus).Key("command").String(run.command);
  json.Key("options").BeginObject();
  for (const auto& [name, value] : run.options) json.Key(name).String(value);
  json.EndObject().EndObject();
}

template <typename T>
void WriteAll(JsonWriter& json, const std::vector<T>& values) {
  json.BeginArray();
  for (const T& value : values) Write(json, value);
  json.EndArray();
}

void WriteCounts(JsonWriter& json, const LoadReport& report) {
  json.Key("offered").UInt(report.offered).Key("sent").UInt(report.sent);
  json.Key("late_starts").UInt(report.late_starts);
  json.Key("ok").UInt(report.ok).Key("good").UInt(report.good);
  json.Key("wrong_vectors").UInt(report.wrong_vectors).Key("late").UInt(report.late);
  json.Key("refused").UInt(report.refused).Key("failed").UInt(report.failed);
  json.Key("cancelled").UInt(report.cancelled);
  json.Key("attempts").UInt(report.attempts).Key("retries").UInt(report.retries);
  json.Key("validated").UInt(report.validated).Key("wrong_example").String(report.wrong_example);
  json.Key("verdicts").BeginObject();
  for (const auto& [verdict, count] : report.verdicts) json.Key(verdict).UInt(count);
  json.EndObject();
}

}  // namespace

std::string ReportJson(const LoadReport& report) {
  std::string text;
  JsonWriter json(text);
  json.BeginObject().Key("version").Int(2);
  WriteCounts(json, report);
  json.Key("goodput_per_second").Double(report.goodput_per_second);
  json.Key("texts_per_second").Double(report.texts_per_second);
  json.Key("tokens_per_second").Double(report.tokens_per_second);
  Write(json.Key("latency_seconds"), report.latency);
  Write(json.Key("service_seconds"), report.service);
  Write(json.Key("refusal_seconds"), report.refusal);
  json.Key("generator_cpu_seconds").Double(report.generator_cpu_seconds);
  json.Key("valid").Bool(report.valid);
  json.Key("duration_seconds").Double(report.duration_seconds);
  json.Key("deadline_seconds").Double(report.deadline_seconds);
  WriteAll(json.Key("per_second"), report.per_second);
  WriteAll(json.Key("percentiles"), report.percentiles);
  WriteAll(json.Key("thresholds"), report.thresholds);
  json.Key("ended_as").String(report.ended_as);
  WriteAll(json.Key("marks"), report.marks);
  WriteAll(json.Key("server"), report.server);
  Write(json.Key("run"), report.run);
  json.EndObject();
  return text + "\n";
}

}  // namespace shoal
