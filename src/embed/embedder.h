// What turns texts into vectors: this process, or a server.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/status.h"

namespace shoal {

struct Embedded {
  std::vector<float> vectors;  // dim per text, in the order of the texts
  std::size_t truncated = 0;   // texts that were longer than the model takes and were cut
};

class Embedder {
 public:
  virtual ~Embedder() = default;
  virtual int dim() const = 0;
  virtual int max_tokens() const = 0;  // of one text; longer ones are cut
  // How many texts a call should have, and how many calls there should be at a time, to use all
  // there is.
  virtual std::size_t window() const = 0;
  virtual std::size_t windows() const { return 1; }
  // Blocks until all are done. `texts` are valid UTF-8. May be called from as many threads at a
  // time as windows() says.
  virtual Result<Embedded> Embed(std::span<const std::string> texts) = 0;
};

}  // namespace shoal
