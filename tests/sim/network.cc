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
    : time_(time), rng_(seed), paths_(paths), lanes_(paths.size()), streams_(1) {}

AttachmentId Network::Open(std::uint32_t worker) {
  streams_.push_back({.worker = worker});
  return streams_.size() - 1;
}

void Network::Send(AttachmentId stream, Direction direction, Packet packet) {
  Stream& s = streams_[stream];
  const Direction back = direction == Direction::kUp ? Direction::kDown : Direction::kUp;
  if (s.cut || s.closed[Index(back)]) return;  // the sender's end is closed
  Lane& lane = lanes_[s.worker][Index(direction)];
  if (lane.blocked > 0) {
    lane.waiting.push_back({stream, std::move(packet)});
    return;
  }
  Put(stream, direction, std::move(packet));
}

void Network::Put(AttachmentId stream, Direction direction, Packet packet) {
  const std::uint32_t worker = streams_[stream].worker;
  const Path& path = paths_[worker];
  Lane& lane = lanes_[worker][Index(direction)];
  const double delay = static_cast<double>(path.delay.count()) * (1 + path.jitter * rng_.Unit());
  lane.busy = std::min(std::max(lane.busy, time_.now()) + path.clog, time_.now() + kLongestClog);
  microseconds& last = streams_[stream].last[Index(direction)];
  microseconds arrives = lane.busy + Micros(delay);
  if (path.loss > 0 && Chance(rng_, path.loss)) arrives += Micros(Uniform(rng_, 200e3, 400e3));
  last = std::max(arrives, last);
  time_.Add(last, {.kind = EventKind::kDeliver,
                   .a = stream,
                   .b = static_cast<std::uint64_t>(direction),
                   .packet = std::make_unique<Packet>(std::move(packet))});
}

void Network::Close(AttachmentId stream, Direction direction) {
  Send(stream, direction, StreamEnd{});
  const Direction back = direction == Direction::kUp ? Direction::kDown : Direction::kUp;
  streams_[stream].closed[Index(back)] = true;
}

void Network::Reset(AttachmentId stream) {
  Send(stream, Direction::kUp, StreamEnd{});
  Send(stream, Direction::kDown, StreamEnd{});
  streams_[stream].cut = true;
}

void Network::WorkerGone(AttachmentId stream, bool told) {
  if (told) Send(stream, Direction::kUp, StreamEnd{});
  streams_[stream].closed[Index(Direction::kDown)] = true;
  streams_[stream].dark = !told;
}

void Network::CoordinatorGone() {
  for (AttachmentId stream = 1; stream < streams_.size(); ++stream) {
    if (!streams_[stream].closed[Index(Direction::kUp)]) Close(stream, Direction::kDown);
  }
}

bool Network::Arrived(AttachmentId stream, Direction direction, const Packet& packet) {
  Stream& s = streams_[stream];
  const bool end = std::holds_alternative<StreamEnd>(packet);
  if (s.closed[Index(direction)]) {
    // Nobody is here any more: the sender is told, if he still believes in it.
    const Direction back = direction == Direction::kUp ? Direction::kDown : Direction::kUp;
    if (!end && !s.closed[Index(back)] && !s.cut && !s.dark) {
      s.cut = true;
      Lane& lane = lanes_[s.worker][Index(back)];
      if (lane.blocked > 0) {
        lane.waiting.push_back({stream, StreamEnd{}});
      } else {
        Put(stream, back, StreamEnd{});
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
    if (streams_[one.stream].cut && !std::holds_alternative<StreamEnd>(one.packet)) continue;
    Put(one.stream, direction, std::move(one.packet));
  }
}

}  // namespace shoal::sim
