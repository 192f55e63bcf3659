#include "dashboard/state_tree.h"

#include <algorithm>
#include <cmath>

#include "json/writer.h"

namespace shoal {
namespace {

void AppendKey(std::string_view key, bool& is_first, std::string& to) {
  if (!is_first) to.push_back(',');
  is_first = false;
  JsonWriter(to).String(key);
  to.push_back(':');
}

}  // namespace

StateTree& StateTree::Add(std::string_view key) {
  return members_.emplace_back(std::string(key), StateTree()).second;
}

StateTree& StateTree::Object(std::string_view key) { return Add(key); }

void StateTree::String(std::string_view key, std::string_view value) {
  JsonWriter(Add(key).leaf_).String(value);
}

void StateTree::Int(std::string_view key, std::int64_t value) {
  JsonWriter(Add(key).leaf_).Int(value);
}

void StateTree::UInt(std::string_view key, std::uint64_t value) {
  JsonWriter(Add(key).leaf_).UInt(value);
}

void StateTree::Bool(std::string_view key, bool value) { JsonWriter(Add(key).leaf_).Bool(value); }

void StateTree::Number(std::string_view key, double value, int digits) {
  const double scale = std::pow(10.0, digits);
  const double rounded = std::round(value * scale) / scale;
  JsonWriter(Add(key).leaf_).Double(std::isfinite(rounded) ? rounded : 0);
}

void StateTree::Json(std::string_view key, std::string json) { Add(key).leaf_ = std::move(json); }

void StateTree::AppendTo(std::string& json) const {
  if (!is_object()) {
    json += leaf_;
    return;
  }
  json.push_back('{');
  bool is_first = true;
  for (const auto& [key, value] : members_) {
    AppendKey(key, is_first, json);
    value.AppendTo(json);
  }
  json.push_back('}');
}

std::string StateTree::Text() const {
  std::string text;
  AppendTo(text);
  return text;
}

const StateTree* StateTree::Find(std::string_view key, std::size_t near) const {
  if (near < members_.size() && members_[near].first == key) return &members_[near].second;
  const auto found = std::find_if(members_.begin(), members_.end(),
                                  [key](const auto& member) { return member.first == key; });
  return found == members_.end() ? nullptr : &found->second;
}

// Both are objects. False: nothing changed, and `to` is as it was.
bool StateTree::AppendPatch(const StateTree& before, const StateTree& after, std::string& to) {
  const std::size_t begin = to.size();
  to.push_back('{');
  bool is_first = true;
  for (std::size_t i = 0; i < before.members_.size(); ++i) {
    const std::string& key = before.members_[i].first;
    if (after.Find(key, i) != nullptr) continue;
    AppendKey(key, is_first, to);
    to += "null";
  }
  for (std::size_t i = 0; i < after.members_.size(); ++i) {
    const auto& [key, value] = after.members_[i];
    const StateTree* const old = before.Find(key, i);
    const bool are_objects = old != nullptr && old->is_object() && value.is_object();
    if (old != nullptr && !are_objects && old->leaf_ == value.leaf_) continue;
    const std::size_t size = to.size();
    const bool was_first = is_first;
    AppendKey(key, is_first, to);
    if (!are_objects) {
      value.AppendTo(to);
    } else if (!AppendPatch(*old, value, to)) {
      to.resize(size);
      is_first = was_first;
    }
  }
  to.push_back('}');
  if (is_first) to.resize(begin);
  return !is_first;
}

std::optional<std::string> MergePatch(const StateTree& before, const StateTree& after) {
  std::string patch;
  if (!StateTree::AppendPatch(before, after, patch)) return std::nullopt;
  return patch;
}

}  // namespace shoal
