#include "load/validation.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>

#include "json/reader.h"

namespace shoal {
namespace {

bool ReadVector(JsonItem& item, std::vector<float>& to) {
  return item.ReadElements([&to](std::size_t, JsonItem& element) {
    double number = 0;
    if (!element.Read(number)) return false;
    to.push_back(static_cast<float>(number));
    return true;
  });
}

struct Line {
  std::optional<std::string> text;
  std::vector<float> vector;
};

Result<Line> ParseLine(std::string_view line) {
  Line read;
  const auto problem = ReadJson(line, "it", [&read](JsonItem& root) {
    return root.ReadMembers([&read](std::string_view key, JsonItem& item) {
      if (key == "vector" || key == "embedding") return ReadVector(item, read.vector);
      if (key != "text") return item.Skip();
      std::string_view text;
      if (!item.Read(text)) return false;
      read.text = text;
      return true;
    });
  });
  if (problem) return InvalidArgumentError(problem->message);
  const bool has_length = std::ranges::any_of(read.vector, [](float value) { return value != 0; });
  if (!has_length) {
    return InvalidArgumentError(
        "found no vector, or one of zeros, accepted {\"text\": ..., \"vector\": [...]}");
  }
  return read;
}

std::string Fixed(const char* format, double value) {
  char text[32];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

}  // namespace

Result<std::vector<KnownVector>> ParseKnownVectors(std::string_view content,
                                                   const std::string& name,
                                                   const std::vector<std::string>& texts) {
  std::vector<KnownVector> known;
  for (std::size_t number = 1; !content.empty(); ++number) {
    const std::string_view line = content.substr(0, content.find('\n'));
    content.remove_prefix(std::min(line.size() + 1, content.size()));
    if (line.find_first_not_of(" \t\r") == line.npos) continue;
    const std::string where = name + ":" + std::to_string(number);
    Result<Line> read = ParseLine(line);
    if (!read.ok()) return read.status().At(where);
    if (!read->text) {
      if (number > texts.size()) {
        return InvalidArgumentError(where +
                                    ": found no \"text\", and --input has no text at this place");
      }
      read->text = texts[number - 1];
    }
    known.push_back(
        {.text = *std::move(read->text), .vector = std::move(read->vector), .line = number});
  }
  if (known.empty()) return InvalidArgumentError(name + ": found no vector in it");
  return known;
}

std::optional<std::string> WhatIsWrong(const KnownVector& known, std::string_view bytes) {
  const std::string where = "line " + std::to_string(known.line) + ": ";
  const std::size_t floats = bytes.size() / sizeof(float);
  if (floats != known.vector.size()) {
    return where + std::to_string(floats) + " floats, " + std::to_string(known.vector.size()) +
           " are right";
  }
  double dot = 0, square = 0, known_square = 0;
  for (std::size_t i = 0; i < floats; ++i) {
    float value;
    std::memcpy(&value, bytes.data() + i * sizeof(float), sizeof(float));
    dot += static_cast<double>(value) * known.vector[i];
    square += static_cast<double>(value) * value;
    known_square += static_cast<double>(known.vector[i]) * known.vector[i];
  }
  const double cosine = dot / std::sqrt(square * known_square);
  if (!(cosine >= kLeastCosine)) {  // of zeros it is no number
    return where + "cosine " + Fixed("%.4f", cosine) + ", at least 0.999 is right";
  }
  const double norm = std::sqrt(square), known_norm = std::sqrt(known_square);
  if (std::abs(norm / known_norm - 1) > kMostNormError) {
    return where + "norm " + Fixed("%.4g", norm) + ", " + Fixed("%.4g", known_norm) + " is right";
  }
  return std::nullopt;
}

bool Misfits(const EmbedReply& reply, std::size_t texts, int dim) {
  const std::size_t count = texts * static_cast<std::size_t>(dim);
  if (reply.dim != dim || reply.vectors.size() != count * sizeof(float)) return true;
  for (std::size_t i = 0; i < count; ++i) {
    float value;
    std::memcpy(&value, reply.vectors.data() + i * sizeof(float), sizeof(float));
    if (!std::isfinite(value)) return true;
  }
  return false;
}

std::optional<std::string> FirstWrong(const EmbedReply& reply,
                                      const std::vector<const KnownVector*>& known) {
  const std::size_t bytes = static_cast<std::size_t>(reply.dim) * sizeof(float);
  for (std::size_t i = 0; i < known.size(); ++i) {
    const std::string_view vector = std::string_view(reply.vectors).substr(i * bytes, bytes);
    if (auto wrong = WhatIsWrong(*known[i], vector)) return wrong;
  }
  return std::nullopt;
}

}  // namespace shoal
