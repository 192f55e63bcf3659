#include "rpc/reflection_answer.h"

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/descriptor_database.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/status.h"
#include "proto/grpc/health/v1/health.pb.h"
#include "proto/public.pb.h"

namespace shoal {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::FileDescriptorProto;
using grpc::reflection::v1::ServerReflectionRequest;
using grpc::reflection::v1::ServerReflectionResponse;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

constexpr std::string_view kServices[] = {"b.Second", "a.First"};

// A static library drops messages that nobody uses, and their files with them.
const std::vector<const google::protobuf::Message*> kUsed = {
    &text_embedding::EmbedRequest::default_instance(),
    &grpc::health::v1::HealthCheckRequest::default_instance()};

ServerReflectionResponse Symbol(const std::string& name) {
  ServerReflectionRequest request;
  request.set_file_containing_symbol(name);
  return AnswerReflection(request, kServices);
}

ServerReflectionResponse File(const std::string& name) {
  ServerReflectionRequest request;
  request.set_file_by_filename(name);
  return AnswerReflection(request, kServices);
}

std::vector<FileDescriptorProto> FilesOf(const ServerReflectionResponse& answer) {
  std::vector<FileDescriptorProto> files;
  for (const std::string& bytes : answer.file_descriptor_response().file_descriptor_proto()) {
    EXPECT_TRUE(files.emplace_back().ParseFromString(bytes));
  }
  return files;
}

std::vector<std::string> NamesOf(const ServerReflectionResponse& answer) {
  std::vector<std::string> names;
  for (const FileDescriptorProto& file : FilesOf(answer)) names.push_back(file.name());
  return names;
}

StatusCode CodeOf(const ServerReflectionResponse& answer) {
  return static_cast<StatusCode>(answer.error_response().error_code());
}

// base.proto has a message that leaf.proto extends; both top.proto's imports lead there.
class ExtendedPool {
 public:
  ExtendedPool() {
    FileDescriptorProto base = Named("base.proto", {});
    base.add_message_type()->set_name("Base");
    auto& range = *base.mutable_message_type(0)->add_extension_range();
    range.set_start(100);
    range.set_end(200);
    Build(base);
    FileDescriptorProto leaf = Named("leaf.proto", {"base.proto"});
    auto& field = *leaf.add_extension();
    field.set_name("more");
    field.set_number(123);
    field.set_extendee(".t.Base");
    field.set_type(google::protobuf::FieldDescriptorProto::TYPE_INT32);
    field.set_label(google::protobuf::FieldDescriptorProto::LABEL_OPTIONAL);
    Build(leaf);
    Build(Named("other.proto", {"base.proto"}));
    Build(Named("top.proto", {"leaf.proto", "other.proto"}));
  }
  ServerReflectionResponse Ask(const ServerReflectionRequest& request) const {
    return AnswerReflection(request, kServices, pool_);
  }

 private:
  static FileDescriptorProto Named(const std::string& name,
                                   const std::vector<std::string>& imports) {
    FileDescriptorProto file;
    file.set_name(name);
    file.set_package("t");
    for (const std::string& import : imports) file.add_dependency(import);
    return file;
  }
  void Build(const FileDescriptorProto& file) { EXPECT_NE(pool_.BuildFile(file), nullptr); }

  DescriptorPool pool_;
};

TEST(ReflectionAnswer, ListsTheServicesThatItIsGiven) {
  ServerReflectionRequest request;
  request.set_list_services("*");
  const ServerReflectionResponse answer = AnswerReflection(request, kServices);
  ASSERT_EQ(answer.list_services_response().service_size(), 2);
  EXPECT_EQ(answer.list_services_response().service(0).name(), "b.Second");
  EXPECT_EQ(answer.list_services_response().service(1).name(), "a.First");
  EXPECT_TRUE(AnswerReflection(request, {}).has_list_services_response());
}

TEST(ReflectionAnswer, EchoesTheRequestAndItsHost) {
  ServerReflectionRequest request;
  request.set_host("example.org");
  for (const char* const symbol : {"text_embedding.TextEmbedding", "nothing"}) {
    request.set_file_containing_symbol(symbol);
    const ServerReflectionResponse answer = AnswerReflection(request, kServices);
    EXPECT_EQ(answer.valid_host(), "example.org");
    EXPECT_EQ(answer.original_request().SerializeAsString(), request.SerializeAsString());
  }
}

TEST(ReflectionAnswer, FindsServicesMethodsMessagesFieldsAndEnums) {
  for (const char* const symbol :
       {"text_embedding.TextEmbedding", "text_embedding.TextEmbedding.Embed",
        "text_embedding.EmbedRequest", "text_embedding.EmbedRequest.texts"}) {
    const auto files = FilesOf(Symbol(symbol));
    ASSERT_FALSE(files.empty()) << symbol;
    EXPECT_EQ(files[0].name(), "public.proto") << symbol;
    ASSERT_EQ(files[0].service_size(), 1);
    EXPECT_EQ(files[0].service(0).name(), "TextEmbedding");
  }
  for (const char* const symbol :
       {"grpc.health.v1.Health", "grpc.health.v1.HealthCheckResponse.ServingStatus",
        "grpc.health.v1.HealthCheckResponse.SERVING"}) {
    EXPECT_THAT(NamesOf(Symbol(symbol)), ElementsAre("grpc/health/v1/health.proto")) << symbol;
  }
}

TEST(ReflectionAnswer, DescribesItself) {
  const auto files = FilesOf(Symbol("grpc.reflection.v1.ServerReflection"));
  ASSERT_EQ(files.size(), 1u);
  EXPECT_EQ(files[0].name(), "grpc/reflection/v1/reflection.proto");
  EXPECT_EQ(files[0].service(0).method(0).name(), "ServerReflectionInfo");
}

TEST(ReflectionAnswer, DescribesItselfUnderItsOlderName) {
  const auto files = FilesOf(Symbol("grpc.reflection.v1alpha.ServerReflection"));
  ASSERT_EQ(files.size(), 1u);
  EXPECT_EQ(files[0].name(), "grpc/reflection/v1alpha/reflection.proto");
}

TEST(ReflectionAnswer, FindsFilesByName) {
  EXPECT_THAT(NamesOf(File("grpc/health/v1/health.proto")),
              ElementsAre("grpc/health/v1/health.proto"));
}

TEST(ReflectionAnswer, AFileComesFirstAndAllThatItImportsOnce) {
  ServerReflectionRequest request;
  request.set_file_by_filename("top.proto");
  EXPECT_THAT(NamesOf(ExtendedPool().Ask(request)),
              ElementsAre("top.proto", "leaf.proto", "other.proto", "base.proto"));
}

TEST(ReflectionAnswer, ItsFilesBuildAPoolByThemselves) {
  auto files = FilesOf(File("public.proto"));
  ASSERT_GT(files.size(), 1u);
  google::protobuf::SimpleDescriptorDatabase database;
  for (const FileDescriptorProto& file : files) EXPECT_TRUE(database.Add(file)) << file.name();
  DescriptorPool pool(&database);
  EXPECT_NE(pool.FindServiceByName("text_embedding.TextEmbedding"), nullptr);
}

TEST(ReflectionAnswer, FindsExtensions) {
  const ExtendedPool pool;
  ServerReflectionRequest request;
  request.mutable_file_containing_extension()->set_containing_type("t.Base");
  request.mutable_file_containing_extension()->set_extension_number(123);
  EXPECT_THAT(NamesOf(pool.Ask(request)), ElementsAre("leaf.proto", "base.proto"));
  request.set_all_extension_numbers_of_type("t.Base");
  const auto numbers = pool.Ask(request).all_extension_numbers_response();
  EXPECT_EQ(numbers.base_type_name(), "t.Base");
  EXPECT_THAT(numbers.extension_number(), UnorderedElementsAre(123));
}

TEST(ReflectionAnswer, AMessageMayHaveNoExtensions) {
  ServerReflectionRequest request;
  request.set_all_extension_numbers_of_type("text_embedding.EmbedRequest");
  const ServerReflectionResponse answer = AnswerReflection(request, kServices);
  EXPECT_EQ(answer.all_extension_numbers_response().base_type_name(),
            "text_embedding.EmbedRequest");
  EXPECT_EQ(answer.all_extension_numbers_response().extension_number_size(), 0);
}

TEST(ReflectionAnswer, WhatIsUnknownIsAnErrorOfTheAnswer) {
  for (const char* const symbol : {"", ".", "nothing", "text_embedding.TextEmbedding/Embed",
                                   "text_embedding.EmbedRequest.nothing"}) {
    const ServerReflectionResponse answer = Symbol(symbol);
    EXPECT_EQ(CodeOf(answer), StatusCode::kNotFound) << symbol;
    EXPECT_EQ(answer.error_response().error_message(),
              "no symbol '" + std::string(symbol) + "' here");
  }
  EXPECT_EQ(CodeOf(File("nothing.proto")), StatusCode::kNotFound);
  EXPECT_EQ(CodeOf(File("")), StatusCode::kNotFound);
}

TEST(ReflectionAnswer, UnknownExtensionsAreErrorsOfTheAnswer) {
  ServerReflectionRequest request;
  auto& extension = *request.mutable_file_containing_extension();
  extension.set_containing_type("nothing");
  EXPECT_EQ(CodeOf(AnswerReflection(request, kServices)), StatusCode::kNotFound);
  extension.set_containing_type("text_embedding.EmbedRequest");
  extension.set_extension_number(-1);
  const ServerReflectionResponse answer = AnswerReflection(request, kServices);
  EXPECT_EQ(CodeOf(answer), StatusCode::kNotFound);
  EXPECT_THAT(answer.error_response().error_message(), HasSubstr("extension -1 of"));
  request.set_all_extension_numbers_of_type("nothing");
  EXPECT_EQ(CodeOf(AnswerReflection(request, kServices)), StatusCode::kNotFound);
}

TEST(ReflectionAnswer, ARequestThatAsksNothingIsToldWhatItMayAsk) {
  const ServerReflectionResponse answer = AnswerReflection({}, kServices);
  EXPECT_EQ(CodeOf(answer), StatusCode::kUnimplemented);
  EXPECT_THAT(answer.error_response().error_message(), HasSubstr("list_services"));
}

}  // namespace
}  // namespace shoal
