// What a file of a model folder is when it is not what its name says: a pointer of Git LFS that
// nobody pulled, the login page of a proxy, weights of PyTorch under another name. Told by the
// first bytes.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/status.h"

namespace shoal {

enum class FileFormat { kJson, kVocabulary, kSafeTensors };

inline constexpr std::size_t kHeadSize = 512;                  // bytes that tell
inline constexpr std::size_t kMaxTensorsHeader = 100'000'000;  // bytes; the reference's bound

// INVALID_ARGUMENT when `head`, the first bytes of the file `name`, is of something that Shoal
// knows and `format` is not; it says what, and what to do. OK says nothing about the rest of the
// file.
Status CheckKind(const std::string& name, FileFormat format, std::string_view head);

// The same of a file on disk. OK where there is none.
Status CheckKind(const std::filesystem::path& path, FileFormat format);

}  // namespace shoal
