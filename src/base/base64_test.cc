#include "base/base64.h"

#include <gtest/gtest.h>

#include "base/rng.h"

namespace shoal {
namespace {

TEST(Base64, WritesTheExamplesOfTheRfc) {
  EXPECT_EQ(Base64(""), "");
  EXPECT_EQ(Base64("f"), "Zg==");
  EXPECT_EQ(Base64("fo"), "Zm8=");
  EXPECT_EQ(Base64("foo"), "Zm9v");
  EXPECT_EQ(Base64("foob"), "Zm9vYg==");
  EXPECT_EQ(Base64("fooba"), "Zm9vYmE=");
  EXPECT_EQ(Base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(Base64("\xFB\xFF\xFE\xFF"), "+//+/w==");
}

TEST(Base64, WritesWithoutPadding) {
  EXPECT_EQ(UnpaddedBase64(""), "");
  EXPECT_EQ(UnpaddedBase64("f"), "Zg");
  EXPECT_EQ(UnpaddedBase64("fo"), "Zm8");
  EXPECT_EQ(UnpaddedBase64("foo"), "Zm9v");
}

TEST(Base64, AppendsToWhatIsThere) {
  std::string out = "a=";
  AppendBase64(out, "fo");
  EXPECT_EQ(out, "a=Zm8=");
}

TEST(Base64, ReadsBackWithAndWithoutPadding) {
  Rng rng(3);
  std::string bytes;
  for (int size = 0; size < 300; ++size) {
    EXPECT_EQ(FromBase64(Base64(bytes)), bytes);
    EXPECT_EQ(FromBase64(UnpaddedBase64(bytes)), bytes);
    bytes += static_cast<char>(rng.Next());
  }
}

TEST(Base64, RefusesWhatNoEncoderWrites) {
  for (const char* const text :
       {"Z",        "Zg=",      "Z===",     "====",  "=",    "Zm9vZ", "Zm9v=",
        "Zm9v====", "Zm8=Zm8=", "Zg==Zg==", "Zm 8=", " Zm8", "Zm8\n", "Zm8-",
        "_m8=",     "Zm8\xFF",  "Zh==",     "Zh",    "Zm9=", "Zm9"}) {
    EXPECT_EQ(FromBase64(text), std::nullopt) << text;
  }
  EXPECT_EQ(FromBase64(std::string_view("Zm\0v", 4)), std::nullopt);
}

}  // namespace
}  // namespace shoal
