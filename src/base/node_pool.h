// Nodes of a map that are empty, for its next keys: a map of what comes and goes allocates nothing.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace shoal {

// Of a std::unordered_map whose values can be made anew. Not thread-safe.
template <typename Map>
class NodePool {
 public:
  // `key` is not in `map`. Its value is as new.
  typename Map::mapped_type& Insert(Map& map, const typename Map::key_type& key) {
    if (nodes_.empty()) return map[key];
    typename Map::node_type node = std::move(nodes_.back());
    nodes_.pop_back();
    node.key() = key;
    return map.insert(std::move(node)).position->second;
  }

  void Keep(typename Map::node_type node) {
    if (nodes_.size() == kMost) return;
    node.mapped() = {};
    nodes_.push_back(std::move(node));
  }

 private:
  static constexpr std::size_t kMost = 1024;

  std::vector<typename Map::node_type> nodes_;
};

}  // namespace shoal
