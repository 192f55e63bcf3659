#include "routes/vectors_body.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "json/value.h"

namespace shoal {
namespace {

using Form = VectorsLayout::Form;

std::string BytesOf(const std::vector<float>& floats) {
  std::string bytes(floats.size() * sizeof(float), '\0');
  std::memcpy(bytes.data(), floats.data(), bytes.size());
  return bytes;
}

const std::string kTwo = BytesOf({0.5f, -1.0f, 0.1f, 3e-12f});

std::string Written(Form form, std::size_t enough) {
  VectorsBody body({.before = "<", .form = form, .after = ">"}, kTwo, 2);
  std::string all;
  while (!body.is_done()) {
    std::string part;
    body.Write(part, enough);
    all += part;
  }
  return all;
}

TEST(VectorsBody, WritesEachForm) {
  EXPECT_EQ(Written(Form::kNone, SIZE_MAX), "<>");
  EXPECT_EQ(Written(Form::kFloats, SIZE_MAX), "<[0.5,-1],[0.1,3e-12]>");
  EXPECT_EQ(Written(Form::kFloatObjects, SIZE_MAX),
            R"(<{"object":"embedding","index":0,"embedding":[0.5,-1]},)"
            R"({"object":"embedding","index":1,"embedding":[0.1,3e-12]}>)");
  EXPECT_EQ(Written(Form::kBase64Objects, SIZE_MAX),
            R"(<{"object":"embedding","index":0,"embedding":"AAAAPwAAgL8="},)"
            R"({"object":"embedding","index":1,"embedding":"zczMPTIbUyw="}>)");
}

TEST(VectorsBody, ItsPartsAreTheWhole) {
  for (const Form form : {Form::kNone, Form::kFloats, Form::kFloatObjects, Form::kBase64Objects}) {
    for (const std::size_t enough : {1, 2, 10, 100}) {
      EXPECT_EQ(Written(form, enough), Written(form, SIZE_MAX)) << enough;
    }
  }
}

TEST(VectorsBody, KnowsItsSizeNearEnough) {
  std::vector<float> floats(384 * 8);
  for (std::size_t i = 0; i < floats.size(); ++i)
    floats[i] = -0.0123456f / static_cast<float>(i + 1);
  for (const Form form : {Form::kFloats, Form::kFloatObjects, Form::kBase64Objects}) {
    VectorsBody body({.before = "<", .form = form, .after = ">"}, BytesOf(floats), 384);
    const std::size_t hint = body.size_hint();
    std::string all;
    body.Write(all, SIZE_MAX);
    EXPECT_GE(hint * 10, all.size() * 9);
    EXPECT_LE(hint, all.size() * 2);
  }
}

}  // namespace
}  // namespace shoal
