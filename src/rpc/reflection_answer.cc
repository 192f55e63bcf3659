#include "rpc/reflection_answer.h"

#include <google/protobuf/descriptor.pb.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/status.h"
#include "proto/grpc/reflection/v1alpha/reflection.pb.h"

namespace shoal {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using grpc::reflection::v1::ExtensionRequest;
using grpc::reflection::v1::ServerReflectionRequest;
using grpc::reflection::v1::ServerReflectionResponse;

void Fail(StatusCode code, std::string message, ServerReflectionResponse& to) {
  to.mutable_error_response()->set_error_code(static_cast<int>(code));
  to.mutable_error_response()->set_error_message(std::move(message));
}

void NotFound(std::string_view what, std::string_view name, ServerReflectionResponse& to) {
  Fail(StatusCode::kNotFound, "no " + std::string(what) + " '" + std::string(name) + "' here", to);
}

// The file and all that it imports, each once.
void AddFiles(const FileDescriptor& file, ServerReflectionResponse& to) {
  std::vector<const FileDescriptor*> files = {&file};
  for (std::size_t i = 0; i < files.size(); ++i) {
    google::protobuf::FileDescriptorProto described;
    files[i]->CopyTo(&described);
    described.SerializeToString(to.mutable_file_descriptor_response()->add_file_descriptor_proto());
    for (int j = 0; j < files[i]->dependency_count(); ++j) {
      const FileDescriptor* const imported = files[i]->dependency(j);
      if (std::ranges::find(files, imported) == files.end()) files.push_back(imported);
    }
  }
}

void AnswerFile(const std::string& name, const DescriptorPool& pool, ServerReflectionResponse& to) {
  const FileDescriptor* const file = pool.FindFileByName(name);
  if (file == nullptr) return NotFound("file", name, to);
  AddFiles(*file, to);
}

void AnswerSymbol(const std::string& name, const DescriptorPool& pool,
                  ServerReflectionResponse& to) {
  const FileDescriptor* const file = pool.FindFileContainingSymbol(name);
  if (file == nullptr) return NotFound("symbol", name, to);
  AddFiles(*file, to);
}

void AnswerExtension(const ExtensionRequest& request, const DescriptorPool& pool,
                     ServerReflectionResponse& to) {
  const Descriptor* const type = pool.FindMessageTypeByName(request.containing_type());
  if (type == nullptr) return NotFound("message", request.containing_type(), to);
  const FieldDescriptor* const field = pool.FindExtensionByNumber(type, request.extension_number());
  if (field == nullptr) {
    return NotFound("extension " + std::to_string(request.extension_number()) + " of",
                    request.containing_type(), to);
  }
  AddFiles(*field->file(), to);
}

void AnswerExtensionNumbers(const std::string& name, const DescriptorPool& pool,
                            ServerReflectionResponse& to) {
  const Descriptor* const type = pool.FindMessageTypeByName(name);
  if (type == nullptr) return NotFound("message", name, to);
  std::vector<const FieldDescriptor*> fields;
  pool.FindAllExtensions(type, &fields);
  to.mutable_all_extension_numbers_response()->set_base_type_name(name);
  for (const FieldDescriptor* const field : fields) {
    to.mutable_all_extension_numbers_response()->add_extension_number(field->number());
  }
}

void AnswerServices(std::span<const std::string_view> services, ServerReflectionResponse& to) {
  to.mutable_list_services_response();
  for (const std::string_view service : services) {
    to.mutable_list_services_response()->add_service()->set_name(std::string(service));
  }
}

// v1alpha is described to tools and never read or written: a linker would leave it out.
void KeepOlderName() { grpc::reflection::v1alpha::ServerReflectionRequest::descriptor(); }

}  // namespace

ServerReflectionResponse AnswerReflection(const ServerReflectionRequest& request,
                                          std::span<const std::string_view> services,
                                          const DescriptorPool& pool) {
  KeepOlderName();
  ServerReflectionResponse answer;
  answer.set_valid_host(request.host());
  *answer.mutable_original_request() = request;
  switch (request.message_request_case()) {
    case ServerReflectionRequest::kFileByFilename:
      AnswerFile(request.file_by_filename(), pool, answer);
      break;
    case ServerReflectionRequest::kFileContainingSymbol:
      AnswerSymbol(request.file_containing_symbol(), pool, answer);
      break;
    case ServerReflectionRequest::kFileContainingExtension:
      AnswerExtension(request.file_containing_extension(), pool, answer);
      break;
    case ServerReflectionRequest::kAllExtensionNumbersOfType:
      AnswerExtensionNumbers(request.all_extension_numbers_of_type(), pool, answer);
      break;
    case ServerReflectionRequest::kListServices:
      AnswerServices(services, answer);
      break;
    case ServerReflectionRequest::MESSAGE_REQUEST_NOT_SET:
      Fail(StatusCode::kUnimplemented,
           "the request asks nothing that this server knows; it answers file_by_filename, "
           "file_containing_symbol, file_containing_extension, all_extension_numbers_of_type and "
           "list_services",
           answer);
      break;
  }
  return answer;
}

}  // namespace shoal
