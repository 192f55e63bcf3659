// Random numbers by law, from an Rng: the same on every machine, up to the last bit of its libm.
#pragma once

#include "base/rng.h"

namespace shoal {

double Exponential(Rng& rng);  // mean 1
double Normal(Rng& rng);       // mean 0, variance 1
// Mean 1, variance 1/shape; `shape` > 0.
double GammaOfMeanOne(double shape, Rng& rng);

}  // namespace shoal
