#include "rpc/reflection_service.h"

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "rpc/reflection_answer.h"
#include "rpc/refusal_status.h"

namespace shoal {
namespace {

constexpr char kV1[] = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
constexpr char kV1Alpha[] = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";
// Answers that are not sent; of more no question is taken.
constexpr std::size_t kWindow = 8;

// "/package.Service/Method" gives "package.Service".
std::vector<std::string> ServicesOf(const MethodTable& methods) {
  std::set<std::string> services;
  for (const auto& [path, make] : methods) services.insert(path.substr(1, path.rfind('/') - 1));
  return {services.begin(), services.end()};
}

class ReflectionMethod final : public ServerMethod {
 public:
  using Services = std::shared_ptr<const std::vector<std::string>>;

  ReflectionMethod(ServerCall& call, Services services)
      : call_(call), services_(std::move(services)) {}

 private:
  bool TakesMessages() const override { return unsent_ < kWindow; }

  void OnMessage(std::string_view message, ByteBudget::Hold /*hold*/) override {
    grpc::reflection::v1::ServerReflectionRequest request;
    if (!request.ParseFromArray(message.data(), static_cast<int>(message.size()))) {
      return call_.Finish(ToCallStatus({.verdict = Verdict::kInvalidRequest,
                                        .message = "the request is no " + request.GetTypeName()}));
    }
    const std::vector<std::string_view> names(services_->begin(), services_->end());
    ++unsent_;
    call_.Send(Framed(AnswerReflection(request, names)));
  }

  void OnHalfClose() override {
    half_closed_ = true;
    if (unsent_ == 0) call_.Finish({});
  }

  void OnDrain() override {
    if (unsent_ == 0) call_.Finish(ToCallStatus(Leaving()));
  }

  void OnSent() override {
    if (--unsent_ == 0 && half_closed_) return call_.Finish({});
    call_.TakeMore();
  }

  ServerCall& call_;
  const Services services_;
  std::size_t unsent_ = 0;  // answers
  bool half_closed_ = false;
};

}  // namespace

void AddReflectionMethods(MethodTable& methods) {
  const auto services = std::make_shared<std::vector<std::string>>();
  for (const char* const path : {kV1, kV1Alpha}) {
    methods[path] = [services](ServerCall& call) {
      return std::make_unique<ReflectionMethod>(call, services);
    };
  }
  *services = ServicesOf(methods);
}

}  // namespace shoal
