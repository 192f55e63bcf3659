// token_driver PRECISION LANES: Shoal's encoder for bench/peers, under the same orders
// as every other library there: token ids in, vectors out, tokenised beforehand.
//
// Reads orders from stdin, one a line, and answers each with one line of JSON:
//   throughput FILE BATCH SECONDS  ->  {"tokens":...,"seconds":...,"cpu":...}: every lane, on
//       a core of its own, does the whole file over and over for at least so long; the tokens of a
//       lane that ended early are scaled to the time of the last
//   latency FILE SECONDS  ->  {"ms":[...]}: one text at a time, on one lane
//   vectors FILE OUT      ->  {"items":...}: fp32, little-endian, to OUT
//
// FILE: int32 number of items, then length and ids of each. Items go in batches of at most BATCH
// tokens, in the order of the file.
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstring>
#include <functional>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/file.h"
#include "bench/statistics.h"
#include "engine/encoder.h"
#include "json/writer.h"
#include "model/model_folder.h"
#include "model/pinned.h"
#include "process/cpu_affinity.h"

namespace shoal {
namespace {

constexpr std::size_t kMostBatchTokens = 2048;

struct Batch {
  std::vector<std::uint32_t> lengths;
  std::vector<std::int32_t> ids;
};

Result<std::vector<Batch>> ReadBatches(const std::string& file, std::size_t batch_tokens) {
  ASSIGN_OR_RETURN(const std::string content, ReadFile(file, std::size_t{1} << 28));
  std::vector<std::int32_t> words(content.size() / sizeof(std::int32_t));
  std::memcpy(words.data(), content.data(), words.size() * sizeof(std::int32_t));
  std::vector<Batch> batches(1);
  std::size_t at = 1;
  for (std::int32_t i = 0; !words.empty() && i < words.front(); ++i) {
    if (at >= words.size() || words[at] < 1 ||
        words.size() - at - 1 < static_cast<std::size_t>(words[at])) {
      return DataLossError(file + ": ends within an item");
    }
    const auto length = static_cast<std::size_t>(words[at++]);
    if (!batches.back().ids.empty() && batches.back().ids.size() + length > batch_tokens) {
      batches.emplace_back();
    }
    const auto first = words.begin() + static_cast<std::ptrdiff_t>(at);
    batches.back().lengths.push_back(static_cast<std::uint32_t>(length));
    batches.back().ids.insert(batches.back().ids.end(), first,
                              first + static_cast<std::ptrdiff_t>(length));
    at += length;
  }
  if (batches.front().ids.empty()) return DataLossError(file + ": has no items");
  return batches;
}

class Driver {
 public:
  Driver(const std::shared_ptr<const Weights>& weights, std::size_t lanes)
      : dim_(static_cast<std::size_t>(weights->dim())) {
    for (std::size_t i = 0; i < lanes; ++i) lanes_.emplace_back(weights, kMostBatchTokens);
  }

  // The answer to one order.
  Result<std::string> Do(const std::string& order) {
    std::istringstream words(order);
    std::string what, file, out;
    std::size_t batch = 0;
    double seconds = 0;
    words >> what >> file;
    if (what == "vectors" && words >> out) return Vectors(file, out);
    if (what == "latency" && words >> seconds) return Latency(file, seconds);
    if (what == "throughput" && words >> batch >> seconds && batch >= 1 &&
        batch <= kMostBatchTokens) {
      return Throughput(file, batch, seconds);
    }
    return InvalidArgumentError("found \"" + order + "\", expected an order");
  }

 private:
  struct Run {
    double tokens = 0;
    Elapsed elapsed{};
  };

  void RunLane(std::size_t slot, const std::vector<Batch>& batches, double seconds,
               std::atomic<std::size_t>& missing, Run& run) {
    static_cast<void>(PinThisThread(slot));
    std::vector<float> vectors(kMostBatchTokens * dim_);
    const std::size_t first = slot * batches.size() / lanes_.size();
    std::size_t next = first;
    missing.fetch_sub(1);
    while (missing.load() > 0) {
    }
    const auto start = SystemClock().Now();
    run.elapsed = Measure([&] {
      do {
        const Batch& batch = batches[next];
        lanes_[slot].Encode(batch.lengths, batch.ids,
                            std::span(vectors).first(batch.lengths.size() * dim_));
        run.tokens += static_cast<double>(batch.ids.size());
        next = (next + 1) % batches.size();
      } while (next != first ||
               std::chrono::duration<double>(SystemClock().Now() - start).count() < seconds);
    });
  }

  Result<std::string> Throughput(const std::string& file, std::size_t batch, double seconds) {
    ASSIGN_OR_RETURN(const std::vector<Batch> batches, ReadBatches(file, batch));
    std::vector<Run> runs(lanes_.size());
    std::atomic<std::size_t> missing{runs.size()};
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < runs.size(); ++i) {
      threads.emplace_back([&, i] { RunLane(i, batches, seconds, missing, runs[i]); });
    }
    for (std::thread& thread : threads) thread.join();
    double longest = 0, tokens = 0, cpu = 0;
    for (const Run& run : runs) longest = std::max(longest, run.elapsed.wall);
    for (const Run& run : runs) {
      tokens += run.tokens * longest / run.elapsed.wall;
      cpu += run.elapsed.cpu;
    }
    std::string out;
    JsonWriter json(out);
    json.BeginObject().Key("tokens").Double(tokens).Key("seconds").Double(longest);
    json.Key("cpu").Double(cpu).EndObject();
    return out;
  }

  Result<std::string> Latency(const std::string& file, double seconds) {
    ASSIGN_OR_RETURN(const std::vector<Batch> items, ReadBatches(file, 1));
    std::vector<float> vector(dim_);
    std::string out;
    JsonWriter json(out);
    json.BeginObject().Key("ms").BeginArray();
    const auto start = SystemClock().Now();
    for (std::size_t i = 0;
         std::chrono::duration<double>(SystemClock().Now() - start).count() < seconds; ++i) {
      const Batch& item = items[i % items.size()];
      json.Double(1e3 * Measure([&] { lanes_[0].Encode(item.lengths, item.ids, vector); }).wall);
    }
    json.EndArray().EndObject();
    return out;
  }

  Result<std::string> Vectors(const std::string& file, const std::string& to) {
    ASSIGN_OR_RETURN(const std::vector<Batch> batches, ReadBatches(file, 128));
    std::string bytes;
    std::size_t items = 0;
    for (const Batch& batch : batches) {
      std::vector<float> vectors(batch.lengths.size() * dim_);
      lanes_[0].Encode(batch.lengths, batch.ids, vectors);
      bytes.append(reinterpret_cast<const char*>(vectors.data()), vectors.size() * sizeof(float));
      items += batch.lengths.size();
    }
    RETURN_IF_ERROR(WriteFileAtomically(to, bytes));
    return "{\"items\":" + std::to_string(items) + "}";
  }

  std::size_t dim_;
  std::vector<Lane> lanes_;
};

Status Serve(Precision precision, std::size_t lanes) {
  ASSIGN_OR_RETURN(const std::filesystem::path path, FindModel(std::string(kDefaultModel)));
  ASSIGN_OR_RETURN(const ModelFolder folder, OpenModelFolder(path));
  ASSIGN_OR_RETURN(const std::shared_ptr<const Weights> weights,
                   Weights::Load(folder, {.precision = precision}));
  Driver driver(weights, lanes);
  std::puts("ready");
  std::fflush(stdout);
  for (std::string order; std::getline(std::cin, order);) {
    ASSIGN_OR_RETURN(const std::string answer, driver.Do(order));
    std::puts(answer.c_str());
    std::fflush(stdout);
  }
  return {};
}

int Main(int argc, char** argv) {
  const auto precision = argc == 3 ? ParsePrecision(argv[1]) : std::nullopt;
  const std::string_view lanes = argc == 3 ? argv[2] : "";
  if (!precision || lanes.size() != 1 || lanes.front() < '1' || lanes.front() > '9') {
    std::fprintf(stderr, "usage: token_driver PRECISION LANES, one to nine lanes\n");
    return 2;
  }
  const Status status = Serve(*precision, static_cast<std::size_t>(lanes.front() - '0'));
  if (!status.ok()) std::fprintf(stderr, "token_driver: %s\n", status.ToString().c_str());
  return status.ok() ? 0 : 1;
}

}  // namespace
}  // namespace shoal

int main(int argc, char** argv) { return shoal::Main(argc, argv); }
