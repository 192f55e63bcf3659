// How a layer's weights become int8: rotated, quantised per output channel and packed. All in
// double and in scalar code, so that every machine gets the same bytes.
//
// The product y = x·W is computed as (x·H)·(H·W/B), H the Hadamard matrix of blocks of B inputs:
// H·H = B. The kernel quantises x·H, in which no value stands out by itself; here W is multiplied.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace shoal {

// The block that inputs of a product are rotated by: 128, else the largest power of two that
// divides `dim`, a multiple of 16.
std::size_t RotationBlock(std::size_t dim);

// Replaces `size` values (a power of two) at values, values + stride, ... by their product with the
// unnormalised Hadamard matrix.
void MultiplyByHadamard(double* values, std::size_t size, std::size_t stride);

// One output channel: q[k] to the nearest of w[k] / scale, ties to even, from -127 to 127; the
// largest |w[k]| becomes 127. Returns the scale; all w are finite.
float QuantizeChannel(std::span<const double> w, std::span<std::int8_t> q);

}  // namespace shoal
