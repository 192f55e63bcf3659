#include "rpc/public_calls.h"

#include <memory>
#include <string>
#include <utility>

#include "api/precision.h"
#include "base/rng.h"
#include "proto/public.pb.h"
#include "rpc/embed_stream_call.h"
#include "rpc/reflection_service.h"
#include "rpc/unary_method.h"

namespace shoal {
namespace {

constexpr char kTextEmbedding[] = "text_embedding.TextEmbedding";

void ToProto(const ServiceInfo& info, const Limits& limits, text_embedding::InfoResponse& to) {
  to.set_version(info.version);
  to.set_model(info.model.name);
  to.set_model_digest(info.model.digest);
  to.set_precision(std::string(Name(info.model.precision)));
  to.set_dim(static_cast<std::uint32_t>(info.model.dim));
  to.set_max_tokens(static_cast<std::uint32_t>(info.model.max_tokens));
  to.set_coordinator_id(info.coordinator_id);
  to.set_queued_items(info.queued_items);
  for (const WorkerInfo& worker : info.workers) {
    text_embedding::Worker& row = *to.add_workers();
    row.set_id(worker.id);
    row.set_incarnation(worker.incarnation);
    row.set_state(std::string(Name(worker.state)));
    row.set_lanes(static_cast<std::uint32_t>(worker.lanes));
    row.set_pid(static_cast<std::uint32_t>(worker.pid));
    row.set_kernel_table(worker.kernel_table);
    row.set_metrics_address(worker.metrics_address);
    row.set_items_done(worker.items_done);
    row.set_tokens_per_second(worker.tokens_per_second);
  }
  to.mutable_limits()->set_max_texts(static_cast<std::uint32_t>(limits.max_texts));
  to.mutable_limits()->set_max_text_bytes(limits.max_text_bytes);
  to.mutable_limits()->set_max_request_bytes(limits.max_request_bytes);
  to.mutable_limits()->set_max_reply_bytes(limits.max_reply_bytes);
}

std::unique_ptr<ServerMethod> MakeInfoMethod(ServerCall& call, EmbedHandler& handler,
                                             const Limits& limits) {
  return std::make_unique<ParsedUnaryMethod<text_embedding::InfoRequest>>(
      call, [&handler, &limits](ServerCall& asked, const text_embedding::InfoRequest&) {
        text_embedding::InfoResponse response;
        ToProto(handler.Info(), limits, response);
        asked.Send(Framed(response));
        asked.Finish({});
      });
}

}  // namespace

PublicCalls::PublicCalls(const Options& options, EmbedHandler& handler, const Clock& clock,
                         const ModelInfo& model)
    : own_received_(options.limits.max_received_bytes),
      operator_access_(options.operator_access),
      health_({"", kTextEmbedding}),
      embed_{.limits = options.limits,
             .dim = options.dim,
             .header = {.model = model.name, .precision = std::string(Name(model.precision))},
             .names = ModelNames(model.name, options.model_aliases),
             .pending = {.handler = handler, .ended = options.ended},
             .request_ids = RequestIds(RandomSeed()),
             .reports = {.clock = clock, .ended = options.call_ended},
             .traces = CallTraces(RandomSeed(), options.sampler)},
      shared_{.clock = clock,
              .limits = options.limits,
              .received = options.received == nullptr ? own_received_ : *options.received,
              .methods = {}} {
  MethodTable& methods = shared_.methods;
  const std::string prefix = "/" + std::string(kTextEmbedding) + "/";
  methods[prefix + "Embed"] = [this](ServerCall& call) { return MakeEmbedMethod(call, embed_); };
  methods[prefix + "EmbedStream"] = [this](ServerCall& call) {
    return MakeEmbedStreamMethod(call, embed_);
  };
  methods[prefix + "Info"] = [this, &handler](ServerCall& call) {
    return MakeInfoMethod(call, handler, shared_.limits);
  };
  if (options.operator_handler != nullptr) {
    AddOperatorMethods(*options.operator_handler, operator_access_, options.post, methods);
  }
  health_.AddTo(methods);
  AddReflectionMethods(methods);
}

}  // namespace shoal
