// Weights may begin with any bytes: eight of them are a number. They are looked at only if they
// cannot be the length of a header, or no header follows.
#include "model/file_kind.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/file.h"

namespace shoal {
namespace {

using std::string_view_literals::operator""sv;

constexpr std::string_view kPull =
    "a Git LFS pointer, not the file itself: run `git lfs pull` in its folder, or bring the model "
    "with `shoal model fetch ORGANIZATION/NAME`";
constexpr std::string_view kPage =
    "an HTML page, perhaps an error or a login that a server sent instead of the file: bring the "
    "model with `shoal model fetch ORGANIZATION/NAME`";
constexpr std::string_view kXml =
    "an XML page, perhaps an error that a server sent instead of the file: bring the model with "
    "`shoal model fetch ORGANIZATION/NAME`";
constexpr std::string_view kZeros =
    "zeros, perhaps of a download or a disk that broke off: bring the model again with `shoal "
    "model "
    "fetch ORGANIZATION/NAME`";

struct Magic {
  std::string_view bytes;
  std::string_view kind;
};
constexpr std::array kMagics = {
    Magic{"version https://git-lfs.github.com/spec/", kPull},
    Magic{"version https://hawser.github.com/spec/", kPull},
    Magic{"/annex/objects/", "a pointer of git-annex, not the file itself: run `git annex get`"},
    Magic{"PK\x03\x04",
          "a zip archive, as PyTorch's .bin and .pt are: save the weights as safetensors"},
    Magic{"\x89HDF", "an HDF5 file, as TensorFlow's .h5 is: save the weights as safetensors"},
    Magic{"GGUF", "a GGUF file: Shoal reads safetensors in the layout of sentence-transformers"},
    Magic{"\x93NUMPY", "a NumPy array"},
    Magic{"\x1F\x8B", "a gzip archive: unpack it"},
    Magic{"\xFD\x37zXZ", "an xz archive: unpack it"},
    Magic{"BZh", "a bzip2 archive: unpack it"},
    Magic{"\x28\xB5\x2F\xFD", "a zstd archive: unpack it"},
};

std::string_view WithoutSpace(std::string_view head) {
  if (head.starts_with("\xEF\xBB\xBF")) head.remove_prefix(3);
  head.remove_prefix(std::min(head.find_first_not_of(" \t\r\n"), head.size()));
  return head;
}

// `word` is in lower case.
bool BeginsWith(std::string_view text, std::string_view word) {
  return text.size() >= word.size() &&
         std::equal(word.begin(), word.end(), text.begin(), [](char lower, char c) {
           return lower == (c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
         });
}

// Empty: nothing known.
std::string_view KindOf(std::string_view head, FileFormat format) {
  for (const Magic& magic : kMagics) {
    if (head.starts_with(magic.bytes)) return magic.kind;
  }
  if (head.size() > 2 && head[0] == '\x80' && head[1] >= 2 && head[1] <= 5) {
    return "a Python pickle, as PyTorch's old .bin is: save the weights as safetensors";
  }
  if (head.size() >= 8 && std::ranges::count(head, '\0') == std::ssize(head)) return kZeros;
  const std::string_view text = WithoutSpace(head);
  for (const std::string_view begin : {"<!doctype html"sv, "<html"sv, "<head"sv}) {
    if (BeginsWith(text, begin)) return kPage;
  }
  if (BeginsWith(text, "<?xml")) return kXml;
  if (format != FileFormat::kJson && (text.starts_with("{\"") || text.starts_with("[{"))) {
    return "JSON, perhaps an error that a server sent instead of the file: bring the model with "
           "`shoal model fetch ORGANIZATION/NAME`";
  }
  return "";
}

bool MayBeTensors(std::string_view head) {
  if (head.size() <= 8 || head[8] != '{') return false;
  std::uint64_t size = 0;
  for (std::size_t i = 8; i-- > 0;) size = size << 8 | static_cast<unsigned char>(head[i]);
  return size >= 2 && size <= kMaxTensorsHeader;
}

}  // namespace

Status CheckKind(const std::string& name, FileFormat format, std::string_view head) {
  if (format == FileFormat::kSafeTensors && MayBeTensors(head)) return {};
  const std::string_view kind = KindOf(head.substr(0, kHeadSize), format);
  return kind.empty() ? Status() : InvalidArgumentError(name + " is " + std::string(kind));
}

Status CheckKind(const std::filesystem::path& path, FileFormat format) {
  Result<InputFile> file = InputFile::Open(path);
  if (!file.ok()) return {};  // who reads it says why
  std::array<char, kHeadSize> head;
  ASSIGN_OR_RETURN(const std::size_t size, file->Read(head));
  return CheckKind(path.string(), format, {head.data(), size});
}

}  // namespace shoal
