// Private to rpc. Server reflection: what one request is answered. The messages of
// grpc.reflection.v1alpha have the same wire form, so they are read and written as those of v1.
#pragma once

#include <google/protobuf/descriptor.h>

#include <span>
#include <string_view>

#include "proto/grpc/reflection/v1/reflection.pb.h"

namespace shoal {

// `services`: the full names that are served, for list_services. Files and symbols are those of
// `pool`: more than the services need, as in gRPC's own servers. The file that was asked for comes
// first, then all that it imports. What is unknown is an error_response; the stream goes on.
grpc::reflection::v1::ServerReflectionResponse AnswerReflection(
    const grpc::reflection::v1::ServerReflectionRequest& request,
    std::span<const std::string_view> services,
    const google::protobuf::DescriptorPool& pool =
        *google::protobuf::DescriptorPool::generated_pool());

}  // namespace shoal
