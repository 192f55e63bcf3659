#include "table_words.h"

#include "table_sheet.h"

namespace shoal::table {

namespace {

std::string Ms(microseconds time) {
  return FormatMs(static_cast<double>(time.count()) / 1000) + " ms";
}

}  // namespace

std::string Describe(const Pool& pool) {
  std::string text = std::to_string(pool.lanes) + " workers of one lane; a batch takes " +
                     std::to_string(static_cast<int>(pool.alpha_us)) + " µs + " +
                     std::to_string(static_cast<int>(pool.per_token_us)) +
                     " µs per token of cost, noise σ " + Format(pool.sigma, Unit::kPlain) +
                     "; round trip " + std::to_string(pool.round_trip().count()) + " µs";
  if (pool.stolen_share > 0) {
    text += "; " + Format(pool.stolen_share, Unit::kPercent) + " of the batches take " +
            Ms(pool.stolen) + " more";
  }
  if (pool.stalled_share > 0) {
    text += "; " + Format(pool.stalled_share, Unit::kPercent) + " of the batches take " +
            TimesInWords(pool.stalled_factor) + " as long";
  }
  if (pool.slow_factor > 1) {
    text += "; one lane is " + TimesInWords(pool.slow_factor) + " slower" +
            (pool.slow_known ? ", as its worker says" : ", its worker says otherwise");
  }
  return text;
}

std::string Describe(Texts texts) {
  switch (texts) {
    case Texts::kMany:
      return "1 to 32 texts a call, 2 % of the calls 200";
    case Texts::kMostlyOne:
      return "one text a call, 10 % of the calls 32 and 2 % 200";
    case Texts::kAlwaysOne:
      return "one text a call";
  }
  return "";
}

std::string Describe(const Deadlines& deadlines) {
  if (deadlines.shortest == deadlines.longest) return Ms(deadlines.shortest);
  return Ms(deadlines.shortest) + " to " + Ms(deadlines.longest);
}

std::string LoadInWords(double load) {
  std::string text = std::to_string(load);
  text.resize(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

std::string TimesInWords(double factor) {
  return std::to_string(static_cast<int>(factor)) + " times";
}

}  // namespace shoal::table
