#include "rpc/inflate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#define ZLIB_CONST  // what it reads is const
#include <zlib.h>

#include "base/rng.h"

namespace shoal {
namespace {

using testing::HasSubstr;

constexpr int kGzip = 15 + 16;
constexpr int kZlib = 15;
constexpr std::size_t kPlenty = 1 << 20;

std::string Deflated(const std::string& text, int format) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, format, 8, Z_DEFAULT_STRATEGY),
            Z_OK);
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<const Bytef*>(text.data());
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  return out;
}

std::string Noise(std::size_t bytes) {
  Rng rng(bytes);
  std::string noise(bytes, '\0');
  for (char& c : noise) c = static_cast<char>(rng.Below(256));
  return noise;
}

TEST(Inflate, GivesBackWhatWasCompressedInBothFormats) {
  for (const std::string& text : {std::string(), std::string("a"), std::string(300'000, 'a'),
                                  Noise(5), Noise(4096), Noise(100'000)}) {
    for (const int format : {kGzip, kZlib}) {
      const auto inflated = Inflate(Deflated(text, format), kPlenty);
      ASSERT_TRUE(inflated.ok()) << inflated.status().ToString();
      EXPECT_TRUE(*inflated == text) << text.size();
    }
  }
}

TEST(Inflate, ReachesTheLimitAndDoesNotPassIt) {
  for (const std::size_t size : {0, 1, 4096, 4097, 300'000}) {
    for (const std::string& text : {std::string(size, 'a'), Noise(size)}) {
      const std::string compressed = Deflated(text, kGzip);
      const auto inflated = Inflate(compressed, size);
      ASSERT_TRUE(inflated.ok()) << size << ": " << inflated.status().ToString();
      EXPECT_TRUE(*inflated == text) << size;
      if (size == 0) continue;
      EXPECT_EQ(Inflate(compressed, size - 1).status().code(), StatusCode::kResourceExhausted);
      EXPECT_EQ(Inflate(compressed, 0).status().code(), StatusCode::kResourceExhausted);
    }
  }
}

TEST(Inflate, TakesNoMoreMemoryThanTheLimit) {
  const auto inflated = Inflate(Deflated(std::string(300'000, 'a'), kGzip), 300'001);
  ASSERT_TRUE(inflated.ok());
  EXPECT_LE(inflated->capacity(), 300'001u);
}

TEST(Inflate, RefusesAStreamThatIsCutOffAnywhere) {
  for (const int format : {kGzip, kZlib}) {
    const std::string compressed = Deflated("a text, a text, and a text", format);
    for (std::size_t size = 0; size < compressed.size(); ++size) {
      for (const std::size_t max_bytes : {std::size_t{26}, kPlenty}) {
        const Status status = Inflate(compressed.substr(0, size), max_bytes).status();
        EXPECT_EQ(status.code(), StatusCode::kInvalidArgument) << size;
        EXPECT_THAT(status.message(), HasSubstr("ends after " + std::to_string(size)));
      }
    }
  }
}

TEST(Inflate, RefusesWhatFollowsTheStream) {
  const std::string compressed = Deflated("text", kGzip);
  for (const std::string& more : {std::string("x"), std::string(1, '\0'), compressed}) {
    const Status status = Inflate(compressed + more, kPlenty).status();
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
    EXPECT_THAT(status.message(), HasSubstr("nothing after it"));
  }
}

TEST(Inflate, RefusesWhatIsNoStream) {
  std::string wrong_checksum = Deflated("text", kGzip);
  wrong_checksum[wrong_checksum.size() - 8] ^= 1;
  std::string wrong_length = Deflated("text", kGzip);
  wrong_length.back() ^= 1;
  const std::string with_dictionary("\x78\xBB\x00\x00\x00\x01", 6);
  for (const std::string& bytes : {std::string("no stream at all"), wrong_checksum, wrong_length,
                                   with_dictionary, Noise(1000)}) {
    const Status status = Inflate(bytes, kPlenty).status();
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
    EXPECT_THAT(status.message(), HasSubstr("is no gzip or zlib stream: "));
  }
}

}  // namespace
}  // namespace shoal
