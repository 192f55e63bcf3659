#include "pool_mirror.h"

#include <algorithm>
#include <cmath>

namespace shoal::sim {

namespace {

constexpr double kApart = 2.5;
constexpr double kFarApart = 6;
constexpr microseconds kLongestStep{50'000};

}  // namespace

microseconds MirrorLane::Predict(Cost cost) const {
  const double us = ratio * alpha_us + ratio * per_token_us * (static_cast<double>(cost) / 1000);
  return std::max(microseconds(1), microseconds(static_cast<std::int64_t>(std::ceil(us))));
}

microseconds MirrorLane::FreeAt(microseconds now) const {
  return batches.empty() ? now : std::max(now, batches.back().expected_end);
}

void PoolMirror::Look(microseconds now) {
  failure_time_ += std::min(now - looked_, kLongestStep);
  looked_ = now;
}

MirrorPeer* PoolMirror::Find(AttachmentId attachment) {
  const auto place = peers_.find(attachment);
  return place == peers_.end() ? nullptr : &place->second;
}

bool PoolMirror::HasLive() const {
  return std::any_of(peers_.begin(), peers_.end(),
                     [](const auto& entry) { return entry.second.live(); });
}

int PoolMirror::lanes() const {
  int lanes = 0;
  for (const auto& [attachment, peer] : peers_) lanes += static_cast<int>(peer.lanes.size());
  return lanes;
}

void PoolMirror::Expect(const MirrorPeer& peer, const MirrorLane& lane, MirrorBatch& batch,
                        microseconds now, microseconds start) const {
  const microseconds time = lane.Predict(batch.cost);
  batch.expected_end = start + peer.round_trip() + time;
  const microseconds end = failure_time_ + (batch.expected_end - now);
  batch.late_at = end + std::max(microseconds(5'000), time);
  batch.stalled_at = end + std::max(microseconds(1'000'000), 5 * time);
}

void PoolMirror::Classify() {
  const double tokens = static_cast<double>(full_) / 1000;
  bool all_late = true;
  for (auto& [attachment, peer] : peers_) {
    for (MirrorLane& lane : peer.lanes) {
      lane.batch_us =
          std::max(1.0, lane.ratio * lane.alpha_us + lane.ratio * lane.per_token_us * tokens);
      lane.late = std::any_of(lane.batches.begin(), lane.batches.end(),
                              [](const MirrorBatch& batch) { return batch.late; });
      if (peer.live() && !lane.late) all_late = false;
    }
  }
  fastest_ = nullptr;
  for (auto& [attachment, peer] : peers_) {
    for (const MirrorLane& lane : peer.lanes) {
      if (!peer.live() || (lane.late && !all_late)) continue;
      if (fastest_ == nullptr || lane.batch_us < fastest_->batch_us) fastest_ = &lane;
    }
  }
  const double fastest = fastest_ == nullptr ? 1e18 : fastest_->batch_us;
  for (auto& [attachment, peer] : peers_) {
    for (MirrorLane& lane : peer.lanes) {
      lane.apart = lane.batch_us > kApart * fastest;
      lane.far_apart = lane.batch_us > kFarApart * fastest;
      lane.counts = peer.live() && (!lane.late || all_late) && !lane.apart;
    }
  }
}

PoolView PoolMirror::View(microseconds now) const {
  PoolView view{.batch_cost = full_};
  const MirrorLane* slowest = nullptr;
  double running = 0;
  bool idle = false;
  for (const auto& [attachment, peer] : peers_) {
    for (const MirrorLane& lane : peer.lanes) {
      if (!lane.counts) continue;
      const double share = static_cast<double>(full_) /
                           (lane.batch_us + static_cast<double>(peer.round_trip().count()));
      ++view.lanes;
      view.speed += share;
      view.round_trip = std::max(view.round_trip, peer.round_trip());
      if (slowest == nullptr || lane.batch_us > slowest->batch_us) slowest = &lane;
      if (lane.batches.empty()) {
        idle = idle || lane.sent < lane.granted;
        continue;
      }
      microseconds left = lane.batches.back().expected_end - now;
      if (lane.late) left = std::max(left, now - lane.batches.front().expected_end);
      running += static_cast<double>(std::max<std::int64_t>(0, left.count())) * share;
    }
  }
  if (slowest == nullptr) return view;
  view.alpha_us = slowest->ratio * slowest->alpha_us;
  view.per_token_us = slowest->ratio * slowest->per_token_us;
  if (!idle) {
    view.running = microseconds(static_cast<std::int64_t>(std::ceil(running / view.speed)));
  }
  return view;
}

microseconds PoolMirror::LongestRoundTrip() const {
  microseconds longest{0};
  for (const auto& [attachment, peer] : peers_) longest = std::max(longest, peer.round_trip());
  return longest;
}

bool PoolMirror::MayEject(const MirrorPeer& leaver, microseconds now) const {
  int present = 0;
  for (const auto& [attachment, peer] : peers_) {
    if (!peer.drained) present += static_cast<int>(peer.lanes.size());
  }
  int away = 0;
  for (const auto& [id, one] : away_) {
    if (one.until > now) away += one.lanes;
  }
  const int left = present - (leaver.drained ? 0 : static_cast<int>(leaver.lanes.size()));
  return left > 0 && 2 * left >= present + away;
}

void PoolMirror::Ejected(const std::string& worker_id, int lanes, microseconds until) {
  away_[worker_id] = {lanes, until};
}

}  // namespace shoal::sim
