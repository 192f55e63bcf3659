// How large things are, by a law: texts of a request, tokens of a text.
#pragma once

#include <cstddef>
#include <string_view>
#include <variant>
#include <vector>

#include "base/rng.h"
#include "base/status.h"

namespace shoal {

class SizeLaw {
 public:
  SizeLaw(std::size_t size) : law_(size) {}  // NOLINT: meant to convert; always this one

  // "32", "uniform:1-64" (each as likely), "lognormal:mean=32,sigma=0.8,max=256" (sigma of the
  // logarithm; `mean` before the cut at `max`), "choice:1=0.9,32=0.1" (size=weight). All sizes are
  // from `min` to `max`. INVALID_ARGUMENT says what was found and what is accepted.
  static Result<SizeLaw> Parse(std::string_view text, std::size_t min, std::size_t max);

  std::size_t Draw(Rng& rng) const;

 private:
  struct Uniform {
    std::size_t least = 1;
    std::size_t most = 1;
  };
  struct LogNormal {
    double mu = 0;
    double sigma = 0;
    std::size_t min = 1;
    std::size_t max = 1;
  };
  struct Choice {
    std::vector<std::size_t> sizes;
    std::vector<double> up_to;  // the sum of the weights of it and those before
  };
  using Law = std::variant<std::size_t, Uniform, LogNormal, Choice>;

  explicit SizeLaw(Law law) : law_(std::move(law)) {}
  static Result<Law> ParseUniform(std::string_view range, std::size_t min, std::size_t max);
  static Result<Law> ParseLogNormal(std::string_view rest, std::size_t min, std::size_t max);
  static Result<Law> ParseChoice(std::string_view rest, std::size_t min, std::size_t max);
  static Result<Law> ParseLaw(std::string_view text, std::size_t min, std::size_t max);

  Law law_;
};

}  // namespace shoal
