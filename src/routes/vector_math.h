// Arithmetic on vectors as replies hold them: little-endian float32, `dim` for each. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace shoal {

std::vector<float> FloatsOf(std::string_view bytes);

// Gives each vector the length 1; one of zeros stays.
void MakeUnitLength(std::string& vectors, int dim);

// The cosine of the angle between the last vector and each before it; 0 where one has no length.
std::vector<float> CosinesToLast(std::string_view vectors, int dim);

// Of each vector with each: the cosine of their angle, row by row; 0 where one has no length.
std::vector<std::vector<float>> CosinesOfAll(std::string_view vectors, int dim);

}  // namespace shoal
