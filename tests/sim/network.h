// The connections between workers and the coordinator. A attachment is two pipes, and each keeps
// the order of what was sent; all attachments of one worker share its way through the network,
// which can be slow, clogged, lose packets, or be cut in one direction or both. What was lost or
// sent into a cut is sent again, as TCP does, and holds up what comes behind it on its attachment;
// only a reset loses it for good.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <vector>

#include "base/rng.h"
#include "sim_event.h"

namespace shoal::sim {

// What one worker's packets meet.
struct Path {
  microseconds delay{200};
  double jitter = 0;     // a packet takes delay · (1 .. 1 + jitter)
  double loss = 0;       // part of the packets that have to be sent again
  microseconds clog{0};  // every packet holds up those behind it for this long
};

// Not thread-safe.
class Network {
 public:
  Network(Timeline& time, std::uint64_t seed, const std::vector<Path>& paths);

  // A worker dials.
  AttachmentId Open(std::uint32_t worker);
  std::uint32_t WorkerOf(AttachmentId attachment) const { return attachments_[attachment].worker; }

  void Send(AttachmentId attachment, Direction direction, Packet packet);
  // One end closes: the other hears of it after what was sent before.
  void Close(AttachmentId attachment, Direction direction);
  // Both ends hear of it, what is under way is lost.
  void Reset(AttachmentId attachment);
  // The worker's end is gone; `told`: its kernel says so.
  void WorkerGone(AttachmentId attachment, bool told);
  // The coordinator's end of every attachment is gone.
  void CoordinatorGone();

  // A packet comes out. False: nobody is to see it.
  bool Arrived(AttachmentId attachment, Direction direction, const Packet& packet);

  void Block(std::uint32_t worker, Direction direction);
  void Unblock(std::uint32_t worker, Direction direction);
  // Nothing is lost any more.
  void Heal() {
    for (Path& path : paths_) path.loss = 0;
  }
  void Clog(std::uint32_t worker, microseconds clog) { paths_[worker].clog = clog; }

 private:
  struct Stream {
    std::uint32_t worker = 0;
    bool cut = false;                    // reset: only its end arrives
    bool dark = false;                   // the worker's machine lost its power: it answers nothing
    std::array<bool, 2> closed{};        // by the receiver of this direction
    std::array<microseconds, 2> last{};  // arrival of the last packet
  };
  struct Waiting {
    AttachmentId attachment = 0;
    Packet packet{};
  };
  struct Lane {
    int blocked = 0;
    microseconds busy{0};  // until when it is clogged
    std::deque<Waiting> waiting{};
  };

  static std::size_t Index(Direction direction) { return static_cast<std::size_t>(direction); }
  void Put(AttachmentId attachment, Direction direction, Packet packet);

  Timeline& time_;
  Rng rng_;
  std::vector<Path> paths_;                 // by worker
  std::vector<std::array<Lane, 2>> lanes_;  // by worker
  std::vector<Stream> attachments_;         // by id; 0 is none
};

}  // namespace shoal::sim
