// Nanoseconds per token of one thread on prose: `tokenizer_bench VOCAB.TXT PROSE.TXT...`.
// Encodes the files' paragraphs, 256 tokens of each at most, over and over; prints the fast decile
// and the median over samples of 4096 tokens.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/file.h"
#include "tokenizer/tokenizer.h"

namespace shoal {
namespace {

constexpr double kSeconds = 3.0;
constexpr std::size_t kSampleTokens = 4096;
constexpr std::size_t kLargestFile = std::size_t{1} << 26;

// Paragraphs of `text`: what stands between empty lines.
void Append(std::string_view text, std::vector<std::string>& paragraphs) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find("\n\n"), text.size());
    if (end > 0) paragraphs.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 2, text.size()));
  }
}

int Run(const Tokenizer& tokenizer, const std::vector<std::string>& paragraphs) {
  const Clock& clock = SystemClock();
  std::vector<std::int32_t> ids;
  std::vector<double> times;  // nanoseconds per token of each sample
  const auto start = clock.Now();
  auto before = start;
  std::size_t tokens = 0;  // since then
  while (std::chrono::duration<double>(before - start).count() < kSeconds) {
    for (const std::string& paragraph : paragraphs) {
      ids.clear();
      tokenizer.Encode(paragraph, ids);
      tokens += ids.size();
      if (tokens < kSampleTokens) continue;
      const auto now = clock.Now();
      const std::chrono::duration<double, std::nano> passed = now - before;
      times.push_back(passed.count() / static_cast<double>(tokens));
      before = now;
      tokens = 0;
    }
  }
  std::sort(times.begin(), times.end());
  std::printf("%zu texts: p10 %.1f p50 %.1f ns/token (%zu samples)\n", paragraphs.size(),
              times[times.size() / 10], times[times.size() / 2], times.size());
  return 0;
}

int Main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: tokenizer_bench VOCAB.TXT PROSE.TXT...\n");
    return 2;
  }
  std::vector<std::string> files;
  for (int i = 1; i < argc; ++i) {
    Result<std::string> content = ReadFile(argv[i], kLargestFile);
    if (!content.ok()) {
      std::fprintf(stderr, "%s\n", content.status().ToString().c_str());
      return 1;
    }
    files.push_back(std::move(*content));
  }
  const Result<Tokenizer> tokenizer = Tokenizer::Create(files[0], {.max_tokens = 256});
  if (!tokenizer.ok()) {
    std::fprintf(stderr, "%s\n", tokenizer.status().ToString().c_str());
    return 1;
  }
  std::vector<std::string> paragraphs;
  for (std::size_t i = 1; i < files.size(); ++i) Append(files[i], paragraphs);
  if (paragraphs.empty()) {
    std::fprintf(stderr, "no text found\n");
    return 1;
  }
  return Run(*tokenizer, paragraphs);
}

}  // namespace
}  // namespace shoal

int main(int argc, char** argv) { return shoal::Main(argc, argv); }
