// A file that the build puts into the program, as cmake/shoal_embed_folder.cmake writes them.
#pragma once

#include <string_view>

namespace shoal {

struct EmbeddedFile {
  std::string_view name;    // "assets/index.js", in its folder
  std::string_view sha256;  // of `bytes`, in hex
  std::string_view bytes;
  std::string_view gzip;  // the same, compressed
};

}  // namespace shoal
