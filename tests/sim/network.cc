#include "network.h"

#include <algorithm>
#include <utility>

#include "distributions.h"

namespace shoal::sim {

namespace {

// What a clogged link keeps for later: no more than its buffers hold.
constexpr microseconds kLongestClog{2'000'000};

}  // namespace

Network::Network(Timeline& time, std::uint64_t seed, const std::vector<Path>& paths)
    : time_(time), rng_(seed), paths_(paths), lanes_(paths.size()), attachments_(1) {}

AttachmentId Network::Open(std::uint32_t worker) {
  attachments_.push_back({.worker = worker});
  return attachments_.size() - 1;
}

void Network::Send(AttachmentId attachment, Direction direction, Packet packet) {
  Stream& s = attachments_[attachment];
  const Direction back = direction == Direction::kUp ? Direction::kDown : Direction::kUp;
  if (s.cut || s.closed[Index(back)]) return;  // the sender's end is closed
  Lane& lane = lanes_[s.worker][Index(direction)];
  if (lane.blocked > 0) {
    lane.waiting.push_back({attachment, std::move(packet)});
    return;
  }
  Put(attachment, direction, std::move(packet));
}

void Network::Put(AttachmentId attachment, Direction direction, Packet packet) {
  const std::uint32_t worker = attachments_[attachment].worker;
  const Path& path = paths_[worker];
  Lane& lane = lanes_[worker][Index(direction)];
  const double delay = static_cast<double>(path.delay.count()) * (1 + path.jitter * rng_.Unit());
  lane.busy = std::min(std::max(lane.busy, time_.now()) + path.clog, time_.now() + kLongestClog);
  microseconds& last = attachments_[attachment].last[Index(direction)];
  microseconds arrives = lane.busy + Micros(delay);
  if (path.loss > 0 && Chance(rng_, path.loss)) arrives += Micros(Uniform(rng_, 200e3, 400e3));
  last = std::max(arrives, last);
  time_.Add(last, {.kind = EventKind::kDeliver,
                   .a = attachment,
                   .b = static_cast<std::uint64_t>(direction),
                   .packet = std::make_unique<Packet>(std::move(packet))});
}

void Network::Close(AttachmentId attachment, Direction direction) {
  Send(attachment, direction, AttachmentEnd{});
  const Direction back = direction == Direction::kUp ? Direction::kDown : Direction::kUp;
  attachments_[attachment].closed[Index(back)] = true;
}

void Network::Reset(AttachmentId attachment) {
  Send(attachment, Direction::kUp, AttachmentEnd{});
  Send(attachment, Direction::kDown, AttachmentEnd{});
  attachments_[attachment].cut = true;
}

void Network::WorkerGone(AttachmentId attachment, bool told) {
  if (told) Send(attachment, Direction::kUp, AttachmentEnd{});
  attachments_[attachment].closed[Index(Direction::kDown)] = true;
  attachments_[attachment].dark = !told;
}

void Network::CoordinatorGone() {
  for (AttachmentId attachment = 1; attachment < attachments_.size(); ++attachment) {
    if (!attachments_[attachment].closed[Index(Direction::kUp)])
      Close(attachment, Direction::kDown);
  }
}

bool Network::Arrived(AttachmentId attachment, Direction direction, const Packet& packet) {
  Stream& s = attachments_[attachment];
  const bool end = std::holds_alternative<AttachmentEnd>(packet);
  if (s.closed[Index(direction)]) {
    // Nobody is here any more: the sender is told, if he still believes in it.
    const Direction back = direction == Direction::kUp ? Direction::kDown : Direction::kUp;
    if (!end && !s.closed[Index(back)] && !s.cut && !s.dark) {
      s.cut = true;
      Lane& lane = lanes_[s.worker][Index(back)];
      if (lane.blocked > 0) {
        lane.waiting.push_back({attachment, AttachmentEnd{}});
      } else {
        Put(attachment, back, AttachmentEnd{});
      }
    }
    return false;
  }
  if (end) {
    s.closed[Index(direction)] = true;
    return true;
  }
  return !s.cut;
}

void Network::Block(std::uint32_t worker, Direction direction) {
  ++lanes_[worker][Index(direction)].blocked;
}

void Network::Unblock(std::uint32_t worker, Direction direction) {
  Lane& lane = lanes_[worker][Index(direction)];
  if (--lane.blocked > 0) return;
  std::deque<Waiting> waiting = std::exchange(lane.waiting, {});
  for (Waiting& one : waiting) {
    if (attachments_[one.attachment].cut && !std::holds_alternative<AttachmentEnd>(one.packet))
      continue;
    Put(one.attachment, direction, std::move(one.packet));
  }
}

}  // namespace shoal::sim
