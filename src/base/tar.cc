#include "base/tar.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include "base/check.h"

namespace shoal {
namespace {

constexpr std::size_t kBlock = 512;
constexpr std::size_t kMaxName = 100;
constexpr std::uint64_t kMaxNumber = (std::uint64_t{1} << 33) - 1;  // 11 digits

// Where the fields of a header begin, and how long they are.
struct Field {
  std::size_t begin;
  std::size_t size;
};
constexpr Field kName{0, 100};
constexpr Field kMode{100, 8};
constexpr Field kUserId{108, 8};
constexpr Field kGroupId{116, 8};
constexpr Field kSize{124, 12};
constexpr Field kModified{136, 12};
constexpr Field kSum{148, 8};
constexpr Field kKind{156, 1};
constexpr Field kMagic{257, 8};

class Header {
 public:
  Header() { block_.fill('\0'); }

  void Put(Field field, std::string_view text) {
    CHECK(text.size() <= field.size, "fits its field");
    std::copy(text.begin(), text.end(), block_.begin() + static_cast<std::ptrdiff_t>(field.begin));
  }

  // In octal with leading zeros; the last byte of the field is NUL.
  void Put(Field field, std::uint64_t number) {
    const std::size_t last = field.begin + field.size - 1;
    block_[last] = '\0';
    for (std::size_t at = last; at-- > field.begin; number /= 8) {
      block_[at] = static_cast<char>('0' + number % 8);
    }
    CHECK(number == 0, "fits its field");
  }

  // Of a header whose sum is blanks; six digits, NUL, blank.
  std::string_view Summed() {
    Put(kSum, "        ");
    const unsigned sum = std::accumulate(
        block_.begin(), block_.end(), 0u,
        [](unsigned total, char byte) { return total + static_cast<unsigned char>(byte); });
    Put({kSum.begin, kSum.size - 1}, sum);
    return {block_.data(), block_.size()};
  }

 private:
  std::array<char, kBlock> block_;
};

}  // namespace

TarWriter::TarWriter(std::int64_t unix_seconds) : unix_seconds_(unix_seconds) {
  CHECK(unix_seconds >= 0, "a time that the format has");
}

void TarWriter::Add(std::string_view name, std::string_view content) {
  CHECK(!name.empty() && name.size() <= kMaxName && name.front() != '/', "a name that it has");
  CHECK(content.size() <= kMaxNumber, "a size that it has");
  Header header;
  header.Put(kName, name);
  header.Put(kMode, 0600);
  header.Put(kUserId, 0);
  header.Put(kGroupId, 0);
  header.Put(kSize, content.size());
  header.Put(kModified, static_cast<std::uint64_t>(unix_seconds_));
  header.Put(kKind, "0");
  header.Put(kMagic, std::string_view("ustar\00000", 8));
  archive_ += header.Summed();
  archive_ += content;
  archive_.resize((archive_.size() + kBlock - 1) / kBlock * kBlock, '\0');
}

std::string TarWriter::Finish() && {
  archive_.append(2 * kBlock, '\0');
  return std::move(archive_);
}

}  // namespace shoal
