// What clients and peers may know of the model behind an endpoint.
#pragma once

#include <string>

#include "api/precision.h"

namespace shoal {

struct ModelInfo {
  std::string name;    // "all-MiniLM-L6-v2"
  std::string digest;  // SHA-256 over what decides the vectors, lower-case hex
  Precision precision = Precision::kFp32;
  int dim = 0;                   // floats per vector
  int max_tokens = 0;            // of one text, [CLS] and [SEP] included
  std::string pooling = "mean";  // how the tokens of a text become one vector; or "cls", "max"
  bool normalized = false;       // vectors have length 1
};

}  // namespace shoal
