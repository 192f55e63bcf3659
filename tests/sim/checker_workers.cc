// Who may be blamed for what.
#include <algorithm>
#include <cmath>

#include "checker.h"

namespace shoal::sim {

namespace {

constexpr microseconds kWorkerSilence{1'500'000};

bool Near(double a, double b) {
  return std::abs(a - b) <= 1e-6 * std::max(std::abs(a), std::abs(b));
}

}  // namespace

void Checker::CheckClose(const CloseWorker& close) {
  MirrorPeer* peer = pool_->Find(close.attachment);
  if (peer == nullptr) return;  // closed with an event of this Step, and judged there
  const std::string who =
      peer->worker_id + " (attachment " + std::to_string(close.attachment) + ")";
  const std::string why(close.why);
  if (scenario_.blameless()) return Fail(10, who + " is closed though nothing is wrong: " + why);
  const microseconds time = pool_->failure_time();
  if (close.stay_away == microseconds(0)) {
    const bool silent = time - peer->heard >= kWorkerSilence;
    if (!silent && !broken_.contains(close.attachment)) return Fail(10, who + " is closed: " + why);
    return ClosePeer(close.attachment);
  }
  if (!pool_->MayEject(*peer, now_)) return Fail(10, who + " is sent away, and cannot be spared");
  const bool stalled =
      std::any_of(peer->lanes.begin(), peer->lanes.end(), [time](const MirrorLane& lane) {
        return !lane.batches.empty() && time >= lane.batches.front().stalled_at;
      });
  if (!stalled && peer->failed_in_row < 3) return Fail(10, who + " is sent away: " + why);
  pool_->Ejected(peer->worker_id, static_cast<int>(peer->lanes.size()), now_ + close.stay_away);
  ClosePeer(close.attachment);
}

// What admission sees, against what the results make of it.
void Checker::CheckPool() {
  const PoolView mine = pool_->View(now_);
  const PoolView& theirs = *pool_before_;
  const bool same = mine.lanes == theirs.lanes && Near(mine.speed, theirs.speed) &&
                    Near(mine.alpha_us, theirs.alpha_us) &&
                    Near(mine.per_token_us, theirs.per_token_us) &&
                    mine.round_trip == theirs.round_trip &&
                    std::abs((mine.running - theirs.running).count()) <= 2;
  if (same) return;
  Fail(20, "admission sees " + std::to_string(theirs.lanes) + " lanes of speed " +
               std::to_string(theirs.speed) + ", S " + std::to_string(theirs.BatchTime(0).count()) +
               " us, running " + std::to_string(theirs.running.count()) + " us; the results make " +
               std::to_string(mine.lanes) + ", " + std::to_string(mine.speed) + ", " +
               std::to_string(mine.BatchTime(0).count()) + ", " +
               std::to_string(mine.running.count()));
}

void Checker::OnBatchArrived(AttachmentId attachment, const Batch& batch, bool taken) {
  if (taken) return;
  Fail(5, "batch " + std::to_string(batch.id) + " came on attachment " +
              std::to_string(attachment) + " and its worker had granted none");
}

void Checker::OnItemRuns(ItemId item, bool too_late, bool cancelled) {
  if (too_late) Fail(3, "item " + std::to_string(item) + " starts after its deadline");
  if (cancelled) Fail(3, "item " + std::to_string(item) + " starts after it was cancelled");
}

void Checker::OnWorkerGone(AttachmentId, std::uint32_t) { ++crashes_; }

void Checker::OnBroken(AttachmentId attachment) { broken_.insert(attachment); }

void Checker::OnPoisonRuns(std::span<const std::int32_t> texts) {
  for (const std::int32_t text : texts) {
    if (!IsPoison(text)) continue;
    const int runs = ++poison_runs_[text];
    const auto known = poison_allowed_.find(text);
    if (known == poison_allowed_.end() || runs <= known->second) continue;
    Fail(11, "text " + std::to_string(text) + " takes down its " + std::to_string(runs) +
                 "th worker, and " + std::to_string(known->second) + " are the most");
  }
}

// It was being executed when its worker went down. At three it is banned: only the copies that are
// under way may still take a worker down.
void Checker::Blame(std::int32_t text) {
  if (++blame_[text] < 3 || !IsPoison(text) || poison_allowed_.contains(text)) return;
  int copies = 0;
  for (const auto& [attachment, peer] : pool_->peers()) {
    for (const MirrorLane& lane : peer.lanes) {
      for (const MirrorBatch& batch : lane.batches) {
        for (const TextRef& ref : batch.texts) {
          copies += clients_.At(ref.call).texts[ref.index] == text;
        }
      }
    }
  }
  poison_allowed_[text] = poison_runs_[text] + copies;
}

int Checker::BlameOf(std::int32_t text) const {
  const auto place = blame_.find(text);
  return place == blame_.end() ? 0 : place->second;
}

void Checker::CheckPoison(const FinishCall&) {
  if (crashes_ > 0 || scheduler_->counters().poison_blamed == 0) return;
  Fail(11, "a text is blamed and no worker has crashed");
}

}  // namespace shoal::sim
