// Private to rpc. Whether one server answers server reflection. Why not leave it to gRPC? Its
// library, once linked, turns reflection on for every server of the process, and the worker link is
// not for the public to list.
#pragma once

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/impl/server_builder_option.h>

#include <memory>
#include <vector>

namespace shoal {

enum class Reflection { kOff, kOn };

// Holds whether or not the library has registered itself (a static link may leave that out).
class ReflectionOption final : public grpc::ServerBuilderOption {
 public:
  explicit ReflectionOption(Reflection reflection) : reflection_(reflection) {}
  void UpdateArguments(grpc::ChannelArguments* /*arguments*/) override {}
  void UpdatePlugins(std::vector<std::unique_ptr<grpc::ServerBuilderPlugin>>* plugins) override {
    using Plugin = grpc::reflection::ProtoServerReflectionPlugin;
    std::erase_if(*plugins, [](const std::unique_ptr<grpc::ServerBuilderPlugin>& plugin) {
      return dynamic_cast<const Plugin*>(plugin.get()) != nullptr;
    });
    if (reflection_ == Reflection::kOn) plugins->push_back(std::make_unique<Plugin>());
  }

 private:
  const Reflection reflection_;
};

}  // namespace shoal
