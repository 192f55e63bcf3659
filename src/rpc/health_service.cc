#include "rpc/health_service.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "proto/grpc/health/v1/health.pb.h"
#include "rpc/unary_method.h"

namespace shoal {
namespace {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

WireBytes Answer(HealthCheckResponse::ServingStatus status) {
  HealthCheckResponse response;
  response.set_status(status);
  return Framed(response);
}

HealthCheckResponse::ServingStatus StatusOf(bool serving) {
  return serving ? HealthCheckResponse::SERVING : HealthCheckResponse::NOT_SERVING;
}

}  // namespace

// Ends when the client or the server goes away.
class HealthService::Watch final : public UnaryMethod {
 public:
  Watch(ServerCall& call, HealthService& service) : UnaryMethod(call), service_(service) {}
  ~Watch() override { service_.watches_.erase(this); }

  void Tell(bool serving) {
    if (told_ == serving) return;
    told_ = serving;
    call().Send(Answer(StatusOf(serving)));
  }

 private:
  void TakeRequest(std::string_view message, ByteBudget::Hold /*hold*/) override {
    Parse(message, request_);
  }
  void Serve() override {
    if (!service_.Knows(request_.service())) {
      return call().Send(Answer(HealthCheckResponse::SERVICE_UNKNOWN));
    }
    service_.watches_.insert(this);
    Tell(service_.serving_);
  }
  bool WaitsForever() const override { return true; }

  HealthService& service_;
  HealthCheckRequest request_;
  std::optional<bool> told_;
};

void HealthService::AddTo(MethodTable& methods) {
  methods["/grpc.health.v1.Health/Check"] = [this](ServerCall& call) {
    return std::make_unique<ParsedUnaryMethod<HealthCheckRequest>>(
        call, [this](ServerCall& asked, const HealthCheckRequest& request) {
          if (!Knows(request.service())) {
            return asked.Finish(
                {StatusCode::kNotFound, "service '" + request.service() + "' is unknown"});
          }
          asked.Send(Answer(StatusOf(serving_)));
          asked.Finish({});
        });
  };
  methods["/grpc.health.v1.Health/Watch"] = [this](ServerCall& call) {
    return std::make_unique<Watch>(call, *this);
  };
}

void HealthService::TellWatches() {
  for (Watch* const watch : watches_) watch->Tell(serving_);
}

bool HealthService::Knows(const std::string& name) const {
  return std::find(names_.begin(), names_.end(), name) != names_.end();
}

}  // namespace shoal
