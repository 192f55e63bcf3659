// What is shown of a state, as a tree of JSON objects, and what changed from one to the next, as
// RFC 7386 has it: a client that merges the patches into the first tree has the last. A null means
// that a member is gone, so no member is null; what is not known is left out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace shoal {

// Members keep the order in which they were set. Each key once.
class StateTree {
 public:
  StateTree& Object(std::string_view key);  // a new one; good until the next member is set
  void String(std::string_view key, std::string_view value);
  void Int(std::string_view key, std::int64_t value);
  void UInt(std::string_view key, std::uint64_t value);
  void Bool(std::string_view key, bool value);
  // With so many digits behind the point: who watches sees no noise.
  void Number(std::string_view key, double value, int digits = 2);
  // A value that changes as a whole: an array.
  void Json(std::string_view key, std::string json);

  void AppendTo(std::string& json) const;
  std::string Text() const;

  friend std::optional<std::string> MergePatch(const StateTree& before, const StateTree& after);

 private:
  StateTree& Add(std::string_view key);
  bool is_object() const { return leaf_.empty(); }
  // `near`: where it stands if nothing was added or removed. Null: there is none.
  const StateTree* Find(std::string_view key, std::size_t near) const;
  static bool AppendPatch(const StateTree& before, const StateTree& after, std::string& to);

  std::string leaf_;  // its JSON; empty: an object
  std::vector<std::pair<std::string, StateTree>> members_;
};

// Nothing: they are the same.
std::optional<std::string> MergePatch(const StateTree& before, const StateTree& after);

}  // namespace shoal
