#include "model/safetensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>

#include "model/temporary_folder.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string LittleEndian(std::uint64_t value) {
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>(value >> (8 * i) & 0xFF);
  return bytes;
}

std::string FileOf(std::string_view header, std::string_view data) {
  return LittleEndian(header.size()) + std::string(header) + std::string(data);
}

std::string Entry(std::string_view name, std::string_view dtype, std::string_view shape,
                  std::string_view offsets) {
  return "\"" + std::string(name) + "\":{\"dtype\":\"" + std::string(dtype) +
         "\",\"shape\":" + std::string(shape) + ",\"data_offsets\":" + std::string(offsets) + "}";
}

Result<SafeTensors> Opened(std::string_view content) {
  const TemporaryFolder folder;
  return SafeTensors::Open(folder.Write("w.safetensors", content));
}

std::string ErrorOf(std::string_view content) {
  const auto file = Opened(content);
  return file.ok() ? "accepted" : file.status().message();
}

template <typename Element>
std::string BytesOf(const std::vector<Element>& elements) {
  return {reinterpret_cast<const char*>(elements.data()), elements.size() * sizeof(Element)};
}

TEST(SafeTensors, ReadsTensorsByNameAndShape) {
  const std::string header =
      "{\"__metadata__\":{\"format\":\"pt\"}," + Entry("b", "F32", "[2,2]", "[4,20]") + "," +
      Entry("a", "F32", "[]", "[0,4]") + "," + Entry("empty", "F32", "[0,3]", "[4,4]") + "}   ";
  const auto file = Opened(FileOf(header, BytesOf<float>({5, 1, 2, 3, -4}))).value();
  EXPECT_THAT(file.names(), ElementsAre("a", "b", "empty"));
  EXPECT_TRUE(file.Has("a"));
  EXPECT_FALSE(file.Has("__metadata__"));
  const std::int64_t square[] = {2, 2};
  EXPECT_THAT(file.ReadFloats("b", square).value(), ElementsAre(1, 2, 3, -4));
  EXPECT_THAT(file.ReadFloats("a", {}).value(), ElementsAre(5));
  const std::int64_t nothing[] = {0, 3};
  EXPECT_THAT(file.ReadFloats("empty", nothing).value(), ElementsAre());
}

TEST(SafeTensors, NamesTensorFoundAndExpectedInItsErrors) {
  const auto file = Opened(FileOf("{" + Entry("w", "F32", "[1,2]", "[0,8]") + "," +
                                      Entry("ids", "I64", "[1]", "[8,16]") + "}",
                                  std::string(16, '\0')))
                        .value();
  const std::int64_t other[] = {2, 1};
  EXPECT_THAT(file.ReadFloats("w", other).status().message(),
              HasSubstr("w.safetensors: tensor \"w\" has shape [1, 2], expected [2, 1]"));
  const std::int64_t one[] = {1};
  EXPECT_THAT(file.ReadFloats("w", one).status().message(), HasSubstr("expected [1]"));
  EXPECT_THAT(file.ReadFloats("ids", one).status().message(),
              HasSubstr("has dtype I64, expected F32, F16 or BF16"));
  EXPECT_EQ(file.ReadFloats("absent", one).status().code(), StatusCode::kNotFound);
}

TEST(SafeTensors, WidensEveryF16Exactly) {
  std::vector<std::uint16_t> all(65536);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint16_t>(i);
  const auto file =
      Opened(FileOf("{" + Entry("w", "F16", "[65536]", "[0,131072]") + "}", BytesOf(all))).value();
  const std::int64_t shape[] = {65536};
  const std::vector<float> floats = file.ReadFloats("w", shape).value();
  for (const std::uint16_t bits : all) {
    const int exponent = bits >> 10 & 31;
    const int mantissa = bits & 1023;
    const double magnitude = exponent == 31  ? (mantissa != 0 ? NAN : INFINITY)
                             : exponent == 0 ? std::ldexp(mantissa, -24)
                                             : std::ldexp(1024 + mantissa, exponent - 25);
    const float value = floats[bits];
    ASSERT_EQ(std::signbit(value), bits >= 0x8000) << bits;
    if (std::isnan(magnitude)) {
      ASSERT_TRUE(std::isnan(value)) << bits;
    } else {
      ASSERT_EQ(std::fabs(static_cast<double>(value)), magnitude) << bits;
    }
  }
}

TEST(SafeTensors, WidensEveryBf16Exactly) {
  std::vector<std::uint16_t> all(65536);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint16_t>(i);
  const auto file =
      Opened(FileOf("{" + Entry("w", "BF16", "[65536]", "[0,131072]") + "}", BytesOf(all))).value();
  const std::int64_t shape[] = {65536};
  const std::vector<float> floats = file.ReadFloats("w", shape).value();
  for (const std::uint16_t bits : all) {
    const int exponent = bits >> 7 & 255;
    const int mantissa = bits & 127;
    const double magnitude = exponent == 255 ? (mantissa != 0 ? NAN : INFINITY)
                             : exponent == 0 ? std::ldexp(mantissa, -133)
                                             : std::ldexp(128 + mantissa, exponent - 134);
    ASSERT_EQ(std::signbit(floats[bits]), bits >= 0x8000) << bits;
    if (std::isnan(magnitude)) {
      ASSERT_TRUE(std::isnan(floats[bits])) << bits;
    } else {
      ASSERT_EQ(std::fabs(static_cast<double>(floats[bits])), magnitude) << bits;
    }
  }
}

TEST(SafeTensors, RefusesAHeaderLengthThatTheFileCannotHold) {
  EXPECT_THAT(ErrorOf(""), HasSubstr("has 0 bytes, expected at least 8"));
  EXPECT_THAT(ErrorOf("1234567"), HasSubstr("has 7 bytes"));
  EXPECT_THAT(ErrorOf(LittleEndian(3) + "{}"), HasSubstr("says its header has 3 bytes"));
  EXPECT_THAT(ErrorOf(LittleEndian(~std::uint64_t{0}) + "{}"), HasSubstr("expected at most 2"));
  EXPECT_THAT(ErrorOf(LittleEndian(~std::uint64_t{0} - 7) + "{}"), HasSubstr("expected at most 2"));
}

TEST(SafeTensors, RefusesOffsetsThatLie) {
  const std::string data(16, '\0');
  const struct {
    std::string header;
    std::string_view expected;
  } cases[] = {
      {Entry("w", "F32", "[2]", "[-8,0]"), "data_offsets[0] is -8, expected an integer from 0"},
      {Entry("w", "F32", "[2]", "[8,0]"), "data_offsets[1] is 0, expected an integer from 8"},
      {Entry("w", "F32", "[5]", "[0,20]"),
       "lacks the last 4 of 20 bytes of tensors: the file is cut short"},
      {Entry("w", "F32", "[2]", "[0,18446744073709551615]"), "is above 9223372036854775807"},
      {Entry("w", "F32", "[2]", "[0,8.0]"), "is a number, expected an integer"},
      {Entry("w", "F32", "[2]", "[0]"), "has 1 elements, expected 2"},
      {Entry("a", "F32", "[2]", "[0,8]") + "," + Entry("b", "F32", "[3]", "[4,16]"),
       "tensor \"b\" begins at 4, expected 8"},
      {Entry("a", "F32", "[4]", "[0,16]") + "," + Entry("b", "F32", "[4]", "[0,16]"),
       "begins at 0, expected 16"},
      {Entry("a", "F32", "[1]", "[0,4]") + "," + Entry("b", "F32", "[2]", "[8,16]"),
       "tensor \"b\" begins at 8, expected 4"},
      {Entry("a", "F32", "[2]", "[8,16]"), "tensor \"a\" begins at 8, expected 0"},
      {Entry("a", "F32", "[2]", "[0,8]"), "the tensors end at 8, expected 16"},
  };
  for (const auto& [header, expected] : cases) {
    EXPECT_THAT(ErrorOf(FileOf("{" + header + "}", data)), HasSubstr(expected)) << header;
  }
}

TEST(SafeTensors, RefusesSizesThatTheShapeDoesNotGive) {
  const std::string data(16, '\0');
  const struct {
    std::string header;
    std::string_view expected;
  } cases[] = {
      {Entry("w", "F32", "[3]", "[0,16]"), "has 16 bytes, expected 12 for F32 [3]"},
      {Entry("w", "F16", "[4]", "[0,16]"), "has 16 bytes, expected 8 for F16 [4]"},
      {Entry("w", "F32", "[-1]", "[0,16]"), "shape[0] is -1"},
      {Entry("w", "F32", "[4294967296,4294967297]", "[0,16]"), "expected more than 2^64"},
      {Entry("w", "U8", "[4294967296,4294967296,16]", "[0,16]"), "expected more than 2^64"},
      {Entry("w", "F4", "[4]", "[0,16]"), "unknown dtype \"F4\""},
      {Entry("w", "f32", "[4]", "[0,16]"), "unknown dtype \"f32\""},
      {Entry("w", "F32", "4", "[0,16]"), "shape is an integer, expected an array"},
  };
  for (const auto& [header, expected] : cases) {
    EXPECT_THAT(ErrorOf(FileOf("{" + header + "}", data)), HasSubstr(expected)) << header;
  }
}

TEST(SafeTensors, RefusesHeadersOfAnotherForm) {
  const std::string w = Entry("w", "F32", "[1]", "[0,4]");
  const std::string data(4, '\0');
  EXPECT_THAT(ErrorOf(FileOf("{" + w + "," + w + "}", data)), HasSubstr("appears twice"));
  EXPECT_THAT(ErrorOf(FileOf("[]", "")), HasSubstr("expected an object"));
  EXPECT_THAT(ErrorOf(FileOf("{" + w, data)), HasSubstr("not valid JSON"));
  EXPECT_THAT(ErrorOf(FileOf("{\"w\":{\"dtype\":\"F32\"}}", data)),
              HasSubstr("no member \"shape\""));
  EXPECT_THAT(ErrorOf(FileOf("{\"__metadata__\":{\"a\":1}," + w + "}", data)),
              HasSubstr("__metadata__.a is an integer, expected a string"));
  EXPECT_THAT(ErrorOf(FileOf("{" + w.substr(0, w.size() - 1) + ",\"x\":1}}", data)),
              HasSubstr("has members beside"));
  EXPECT_EQ(ErrorOf(FileOf("{" + w + "}", data)), "accepted");
}

TEST(SafeTensors, EveryTruncationOfAGoodFileIsRefused) {
  const std::string good =
      FileOf("{" + Entry("w", "F32", "[2]", "[0,8]") + "}", std::string(8, 'x'));
  ASSERT_EQ(ErrorOf(good), "accepted");
  for (std::size_t size = 0; size < good.size(); ++size) {
    ASSERT_NE(ErrorOf(good.substr(0, size)), "accepted") << size;
  }
  EXPECT_NE(ErrorOf(good + "x"), "accepted");
}

}  // namespace
}  // namespace shoal
