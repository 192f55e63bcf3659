#include "routes/vector_math.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <span>

namespace shoal {
namespace {

static_assert(std::endian::native == std::endian::little, "float32 is read as it came");

double Dot(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i]) * b[i];
  return sum;
}

}  // namespace

std::vector<float> FloatsOf(std::string_view bytes) {
  std::vector<float> floats(bytes.size() / sizeof(float));
  std::memcpy(floats.data(), bytes.data(), floats.size() * sizeof(float));
  return floats;
}

void MakeUnitLength(std::string& vectors, int dim) {
  const std::size_t bytes = static_cast<std::size_t>(dim) * sizeof(float);
  for (std::size_t at = 0; at < vectors.size(); at += bytes) {
    std::vector<float> vector = FloatsOf(std::string_view(vectors).substr(at, bytes));
    const double length = std::sqrt(Dot(vector, vector));
    if (length == 0) continue;
    for (float& value : vector) value = static_cast<float>(value / length);
    std::memcpy(vectors.data() + at, vector.data(), bytes);
  }
}

std::vector<float> CosinesToLast(std::string_view vectors, int dim) {
  const std::size_t each = static_cast<std::size_t>(dim);
  const std::vector<float> all = FloatsOf(vectors);
  const auto last = std::span(all).last(each);
  const double last_length = std::sqrt(Dot(last, last));
  std::vector<float> cosines;
  for (std::size_t at = 0; at + each < all.size(); at += each) {
    const auto vector = std::span(all).subspan(at, each);
    const double lengths = std::sqrt(Dot(vector, vector)) * last_length;
    cosines.push_back(lengths == 0 ? 0 : static_cast<float>(Dot(vector, last) / lengths));
  }
  return cosines;
}

std::vector<std::vector<float>> CosinesOfAll(std::string_view vectors, int dim) {
  std::string unit(vectors);
  MakeUnitLength(unit, dim);
  const std::vector<float> all = FloatsOf(unit);
  const std::size_t each = static_cast<std::size_t>(dim);
  const std::size_t count = all.size() / each;
  const auto vector = [&](std::size_t i) { return std::span(all).subspan(i * each, each); };
  std::vector<std::vector<float>> cosines(count, std::vector<float>(count));
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      cosines[i][j] = cosines[j][i] = static_cast<float>(Dot(vector(i), vector(j)));
    }
  }
  return cosines;
}

}  // namespace shoal
