#include "model/sha256.h"

#include <openssl/evp.h>

#include <array>
#include <bit>
#include <vector>

namespace shoal {

struct Sha256::Context {
  EVP_MD_CTX* digest = EVP_MD_CTX_new();
  Context() {
    CHECK(digest != nullptr, "memory for a few hundred bytes");
    CHECK(EVP_DigestInit_ex(digest, EVP_sha256(), nullptr) == 1, "OpenSSL has SHA-256");
  }
  ~Context() { EVP_MD_CTX_free(digest); }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
};

Sha256::Sha256() : context_(std::make_unique<Context>()) {}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::Update(std::string_view bytes) {
  CHECK(EVP_DigestUpdate(context_->digest, bytes.data(), bytes.size()) == 1, "hashing cannot fail");
}

std::string Sha256::Sum() const {
  Sha256 copy;
  CHECK(EVP_MD_CTX_copy_ex(copy.context_->digest, context_->digest) == 1, "not spent");
  return copy.Finish();
}

std::string Sha256::Finish() {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::array<unsigned char, EVP_MAX_MD_SIZE> sum;
  unsigned int size = 0;
  CHECK(EVP_DigestFinal_ex(context_->digest, sum.data(), &size) == 1, "finished only once");
  std::string hex;
  for (unsigned int i = 0; i < size; ++i) {
    hex += kHex[sum[i] >> 4];
    hex += kHex[sum[i] & 15];
  }
  return hex;
}

std::string Sha256Of(std::string_view bytes) {
  Sha256 sum;
  sum.Update(bytes);
  return sum.Finish();
}

std::string Sha256Of(std::span<const float> values) {
  std::string bytes;
  for (const float value : values) {
    const auto word = std::bit_cast<std::uint32_t>(value);
    for (int shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<char>(word >> shift));
  }
  return Sha256Of(bytes);
}

Result<FileSum> SumOfFile(const std::filesystem::path& path) {
  ASSIGN_OR_RETURN(InputFile file, InputFile::Open(path));
  return SumOfRest(file);
}

Result<FileSum> SumOfRest(InputFile& file) {
  std::vector<char> block(1 << 20);
  Sha256 sum;
  FileSum result;
  while (true) {
    ASSIGN_OR_RETURN(const std::size_t count, file.Read(block));
    if (count == 0) break;
    sum.Update({block.data(), count});
    result.size += count;
  }
  result.sha256 = sum.Finish();
  return result;
}

}  // namespace shoal
