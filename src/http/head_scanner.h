// Private to http. Finds where the head of a request or an answer ends, and what no head may hold,
// as its bytes come: a line feed or carriage return by itself, another control character, a folded
// line. So a peer that speaks something else (TLS) is known by its first bytes. Pure.
#pragma once

#include <cstddef>
#include <string_view>

namespace shoal {

class HeadScanner {
 public:
  enum class Found { kNotYet, kEnd, kBad };

  // `bytes` are those of earlier calls and more. Ends at kEnd or kBad.
  Found Scan(std::string_view bytes);

  std::size_t begin() const { return begin_; }  // of the head, behind empty lines before it
  std::size_t end() const { return at_; }       // of what was looked at; kEnd: of the head
  bool has_begun() const { return at_ > begin_; }
  std::string_view problem() const { return problem_; }  // after kBad

 private:
  std::string_view Problem(char c) const;

  std::size_t at_ = 0;
  std::size_t begin_ = 0;
  std::size_t lines_ = 0;  // that were not empty
  std::size_t line_ = 0;   // bytes of this one
  bool after_cr_ = false;
  std::string_view problem_;
};

}  // namespace shoal
