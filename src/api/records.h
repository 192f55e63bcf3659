// What a coordinator and its edges tell who watches them: one record for each call that ended and
// each batch that came back. Plain values; who tells knows nothing of metrics, logs or traces. A
// record is made when all is over and lives until the function that takes it returns.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "api/embed.h"
#include "api/trace_context.h"
#include "api/verdict.h"

namespace shoal {

// Whose clients an edge serves.
enum class Api { kGrpc, kGrpcStream, kOpenAi, kTei, kOllama };
inline constexpr int kApis = static_cast<int>(Api::kOllama) + 1;
// "grpc", "grpc_stream", "openai" ...
std::string_view Name(Api api);

// Of texts and vectors it has nothing. Times of the steady clock.
struct CallRecord {
  Api api = Api::kGrpc;
  std::string_view request_id;  // empty: the call ended before it had one
  std::string_view client;      // the name that the caller gives itself, else its address
  Verdict verdict = Verdict::kInternal;
  std::string_view message;  // of its refusal
  std::size_t texts = 0;
  std::chrono::steady_clock::time_point arrived{};
  std::chrono::microseconds total{0};      // until its answer was handed to the connection
  std::chrono::microseconds serialize{0};  // of that, writing the answer
  const CallWork& work;
  const TraceContext& trace;
};

// A batch that came back from a worker. Times are µs of the coordinator's clock.
struct BatchRecord {
  std::uint64_t batch = 0;
  const std::shared_ptr<const WorkerName>& worker;
  std::uint32_t lane = 0;
  std::uint32_t items = 0;   // that were executed; 0: it was taken back before its turn
  std::uint32_t tokens = 0;  // of all that were sent
  std::chrono::microseconds sent{0};
  std::chrono::microseconds returned{0};
  std::chrono::microseconds held{0};       // by the worker, from receipt to result
  std::chrono::microseconds execution{0};  // 0: nothing was executed
  std::chrono::microseconds predicted{0};  // what the scheduler took for the execution
  std::span<const TraceContext> traces;    // of its calls, of those that have one
  // Its own, if one of its calls is sampled: the span is that of the dispatch, the parent that of
  // the batch.
  TraceContext trace = {};
};

}  // namespace shoal
