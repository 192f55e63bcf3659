// Every metric of every process, once: its name, what it counts, its kind. Labels are at the places
// that fill them; docs/metrics.md has all three.
#pragma once

#include <string_view>

namespace shoal {

enum class MetricKind { kCounter, kGauge, kHistogram };

struct Metric {
  std::string_view name;
  MetricKind kind;
  std::string_view help;
};

namespace metric {

using enum MetricKind;

// Of every process.
inline constexpr Metric kBuildInfo{"shoal_build_info", kGauge,
                                   "Always 1; the labels say what runs."};
inline constexpr Metric kModelInfo{"shoal_model_info", kGauge,
                                   "Always 1; the labels say which model."};
inline constexpr Metric kLogLinesDropped{"shoal_log_lines_dropped_total", kCounter,
                                         "Lines of the log that were lost."};
inline constexpr Metric kSpansDropped{"shoal_spans_dropped_total", kCounter,
                                      "Spans of traces that were lost."};
inline constexpr Metric kCpuSeconds{"process_cpu_seconds_total", kCounter,
                                    "CPU time of this process, user and system."};
inline constexpr Metric kResidentBytes{"process_resident_memory_bytes", kGauge,
                                       "Memory that is in RAM."};
inline constexpr Metric kVirtualBytes{"process_virtual_memory_bytes", kGauge,
                                      "Address space that is in use."};
inline constexpr Metric kOpenFds{"process_open_fds", kGauge, "File descriptors that are open."};
inline constexpr Metric kMaxFds{"process_max_fds", kGauge, "File descriptors that may be open."};
inline constexpr Metric kStartTime{"process_start_time_seconds", kGauge,
                                   "When this process began, in seconds since 1970."};

// Of a coordinator: calls.
inline constexpr Metric kRequests{"shoal_requests_total", kCounter,
                                  "Requests that were answered, by how they ended."};
inline constexpr Metric kRequestSeconds{"shoal_request_duration_seconds", kHistogram,
                                        "From a request's arrival to its answer."};
inline constexpr Metric kStageSeconds{"shoal_request_stage_duration_seconds", kHistogram,
                                      "Time of a request that was served in one stage."};
inline constexpr Metric kTexts{"shoal_texts_total", kCounter,
                               "Texts of requests that were served."};
inline constexpr Metric kTokens{"shoal_tokens_total", kCounter,
                                "Tokens of requests that were served."};
inline constexpr Metric kRefused{"shoal_refused_total", kCounter,
                                 "Requests that were refused, by reason and queue."};
inline constexpr Metric kInflight{"shoal_inflight_requests", kGauge,
                                  "Requests that are neither answered nor refused."};
inline constexpr Metric kGoodputCost{"shoal_goodput_cost_total", kCounter,
                                     "Work that was done for somebody, in tokens of a short text."};
inline constexpr Metric kWastedCost{"shoal_wasted_cost_total", kCounter,
                                    "Work that was done for nobody, likewise."};
inline constexpr Metric kSavedCost{"shoal_saved_cost_total", kCounter,
                                   "Work that was admitted and never begun, likewise."};
inline constexpr Metric kCancelled{"shoal_cancelled_total", kCounter,
                                   "Texts whose request was cancelled, by where they were."};

// Of a coordinator: the queue.
inline constexpr Metric kQueueItems{"shoal_queue_items", kGauge, "Texts that wait."};
inline constexpr Metric kQueueBytes{"shoal_queue_bytes", kGauge,
                                    "Memory of the requests that wait."};
inline constexpr Metric kQueueSeconds{"shoal_queue_seconds", kGauge,
                                      "Time that the workers need for what waits."};
inline constexpr Metric kQueueOldest{"shoal_queue_oldest_age_seconds", kGauge,
                                     "How long the oldest request that waits has been there."};

// Of a coordinator: batches and what goes wrong.
inline constexpr Metric kBatchItems{"shoal_batch_items", kHistogram,
                                    "Texts of a batch that were executed."};
inline constexpr Metric kBatchTokens{"shoal_batch_tokens", kHistogram, "Tokens of a batch."};
inline constexpr Metric kPredictionError{"shoal_prediction_error_ratio", kHistogram,
                                         "Actual over predicted time of a batch."};
inline constexpr Metric kRetries{"shoal_retries_total", kCounter,
                                 "Texts that went back into the queue."};
inline constexpr Metric kEjections{"shoal_ejections_total", kCounter,
                                   "Workers that were closed for what they failed to do."};
inline constexpr Metric kSecondAttempts{"shoal_second_attempts_total", kCounter,
                                        "Texts that ran twice, by whether the second was first."};
inline constexpr Metric kPoison{"shoal_poison_total", kCounter,
                                "Texts that failed and run alone, and those that are banned."};

// Of a coordinator: its workers.
inline constexpr Metric kWorkerState{"shoal_worker_state", kGauge,
                                     "1 for the state that a worker is in."};
inline constexpr Metric kWorkerRate{"shoal_worker_tokens_per_second", kGauge,
                                    "Speed of a worker while it computes."};
inline constexpr Metric kWorkerCredit{"shoal_worker_credit", kGauge,
                                      "Batches that a worker would take now."};
inline constexpr Metric kWorkerBatches{"shoal_worker_batches_total", kCounter,
                                       "Batches that came back from a worker."};
inline constexpr Metric kWorkerRestarts{"shoal_worker_restarts_total", kCounter,
                                        "How often a worker came back as a new process."};
inline constexpr Metric kCapacityCost{
    "shoal_capacity_cost_per_second", kGauge,
    "Work that the ready workers can do, in tokens of a short text."};

inline constexpr Metric kOfferedCost{
    "shoal_offered_cost_per_second", kGauge,
    "Work that callers want, refused or not and each request once, likewise."};
inline constexpr Metric kDesiredWorkers{"shoal_desired_workers", kGauge,
                                        "Workers that the offered work needs."};

// Of a coordinator: who follows its events.
inline constexpr Metric kEventStreamClients{"shoal_event_stream_clients", kGauge,
                                            "Who follows the events of the dashboard's port."};
inline constexpr Metric kEventStreamDropped{"shoal_event_stream_dropped_total", kCounter,
                                            "Who did not read the events, and was dropped."};

// Of a worker.
inline constexpr Metric kItemsExecuted{"shoal_worker_items_executed_total", kCounter,
                                       "Texts whose execution started."};
inline constexpr Metric kBatchesExecuted{"shoal_worker_batches_executed_total", kCounter,
                                         "Batches whose execution started."};
inline constexpr Metric kForwardSeconds{"shoal_worker_forward_seconds", kHistogram,
                                        "Time of one forward pass."};
inline constexpr Metric kLaneIdleSeconds{
    "shoal_worker_lane_idle_seconds", kHistogram,
    "Time between the end of a lane's batch and the start of its next."};
inline constexpr Metric kModelLoadSeconds{"shoal_worker_model_load_seconds", kGauge,
                                          "Time to read and pack the weights."};
inline constexpr Metric kArenaBytes{"shoal_worker_arena_bytes", kGauge,
                                    "Memory of the lanes' activations."};
inline constexpr Metric kAttached{"shoal_worker_attached", kGauge,
                                  "1 while a coordinator has welcomed this worker."};

}  // namespace metric
}  // namespace shoal
