// What the coordinator must believe of its workers: credit, what each lane has, how fast it is,
// what is late, which lanes count. Worked out a second time, from the rules and from what passed on
// the wire, to compare with what the scheduler does.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "queue_mirror.h"
#include "scheduler/scheduler.h"

namespace shoal::sim {

struct MirrorBatch {
  BatchId id = 0;
  SendReason reason = SendReason::kQueue;
  Cost cost = 0;
  microseconds sent{0};
  microseconds expected_end{0};
  microseconds late_at{0};     // on the failure clock
  microseconds stalled_at{0};  // on the failure clock
  bool late = false;
  bool recalled = false;
  std::vector<TextRef> texts{};
};

struct MirrorLane {
  double alpha_us = 0;
  double per_token_us = 0;
  double ratio = 1;
  std::uint64_t granted = 0;
  std::uint64_t sent = 0;
  std::vector<MirrorBatch> batches{};
  bool late = false;
  bool apart = false;
  bool far_apart = false;
  bool counts = false;
  double batch_us = 0;
  microseconds unproven_since{-1};  // idle, looks slow and gets no probe; -1: no

  bool LooksSlow() const { return apart || ratio > 1.25; }
  microseconds Predict(Cost cost) const;
  microseconds FreeAt(microseconds now) const;
};

struct MirrorPeer {
  AttachmentId attachment = 0;
  std::string worker_id{};
  std::uint64_t incarnation = 0;
  std::uint32_t max_batch_tokens = 0;
  std::uint32_t max_batch_items = 0;
  bool draining = false;
  bool drained = false;
  bool broken = false;    // it broke the protocol
  microseconds heard{0};  // on the failure clock
  int failed_in_row = 0;
  std::int64_t round_trip_32 = 32 * 500;
  std::vector<MirrorLane> lanes{};

  bool live() const { return !draining && !drained; }
  microseconds round_trip() const { return microseconds(round_trip_32 / 32); }
};

// Not thread-safe.
class PoolMirror {
 public:
  explicit PoolMirror(Cost full) : full_(full) {}

  void Look(microseconds now);  // at the failure clock
  microseconds failure_time() const { return failure_time_; }

  MirrorPeer* Find(AttachmentId attachment);
  std::map<AttachmentId, MirrorPeer>& peers() { return peers_; }
  bool HasLive() const;
  int lanes() const;

  // When the batch should be back if it begins at `start`.
  void Expect(const MirrorPeer& peer, const MirrorLane& lane, MirrorBatch& batch, microseconds now,
              microseconds start) const;
  // Which lanes are late, set apart, and count.
  void Classify();
  // After Classify. Of no lane: speed 0.
  PoolView View(microseconds now) const;
  // After Classify: the fastest lane that counts; null: none.
  const MirrorLane* fastest() const { return fastest_; }
  microseconds LongestRoundTrip() const;

  // May this worker be sent away?
  bool MayEject(const MirrorPeer& peer, microseconds now) const;
  void Ejected(const std::string& worker_id, int lanes, microseconds until);

 private:
  struct Away {
    int lanes = 0;
    microseconds until{0};
  };

  const Cost full_;
  microseconds looked_{0};
  microseconds failure_time_{0};
  std::map<AttachmentId, MirrorPeer> peers_;
  std::map<std::string, Away> away_;
  const MirrorLane* fastest_ = nullptr;
};

}  // namespace shoal::sim
