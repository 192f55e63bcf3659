#include "trace.h"

#include <algorithm>
#include <cstdio>
#include <initializer_list>
#include <string_view>

#include "api/embed.h"
#include "api/verdict.h"
#include "fault.h"

namespace shoal::sim {

namespace {

struct Words {
  std::string_view what;
  std::string_view a, b, c, d, e;  // names of the numbers; empty: not shown
};

Words WordsOf(Did did) {
  switch (did) {
    case Did::kArrive:
      return {"arrive", "call", "texts", "deadline_us", "priority", "client"};
    case Did::kCancel:
      return {"cancel", "call", "", "", "", ""};
    case Did::kSend:
      return {"send", "attachment", "batch", "lane", "items", "reason"};
    case Did::kRecall:
      return {"recall", "attachment", "items", "first", "", ""};
    case Did::kClose:
      return {"close", "attachment", "stay_away_ms", "", "", ""};
    case Did::kState:
      return {"state", "attachment", "", "", "", ""};
    case Did::kItemDone:
      return {"done", "call", "text", "batch", "", ""};
    case Did::kFinish:
      return {"finish", "call", "", "admitted", "attempts", "retry_ms"};
    case Did::kRun:
      return {"run", "worker", "lane", "batch", "items", "us"};
    case Did::kAnswer:
      return {"answer", "worker", "lane", "batch", "done", ""};
    case Did::kWelcome:
      return {"welcome", "attachment", "worker", "", "", ""};
    case Did::kRefuse:
      return {"refuse", "attachment", "worker", "stay_away_ms", "", ""};
    case Did::kDetach:
      return {"detach", "attachment", "worker", "", "", ""};
    case Did::kFault:
      return {"fault", "", "whom", "us", "", ""};
    case Did::kPhase:
      return {"phase", "number", "", "", "", ""};
  }
  return {};
}

void Number(std::string& line, std::string_view name, std::int64_t value) {
  if (name.empty()) return;
  line += ' ';
  line += name;
  line += '=';
  line += std::to_string(value);
}

}  // namespace

std::string Line(const TraceEntry& entry) {
  const Words words = WordsOf(entry.did);
  char time[32];
  std::snprintf(time, sizeof time, "%12.6f ", static_cast<double>(entry.at.count()) / 1e6);
  std::string line = time;
  line += words.what;
  Number(line, words.a, entry.a);
  Number(line, words.b, entry.b);
  if (entry.did == Did::kFinish) {
    line += ' ';
    line += Name(static_cast<Verdict>(entry.b));
  }
  if (entry.did == Did::kState) {
    line += ' ';
    line += Name(static_cast<WorkerState>(entry.b));
  }
  if (entry.did == Did::kFault) {
    line += ' ';
    line += Name(static_cast<FaultKind>(entry.a));
  }
  Number(line, words.c, entry.c);
  Number(line, words.d, entry.d);
  Number(line, words.e, entry.e);
  return line;
}

void Trace::Add(const TraceEntry& entry) {
  for (const std::uint64_t word :
       {static_cast<std::uint64_t>(entry.at.count()), static_cast<std::uint64_t>(entry.did),
        static_cast<std::uint64_t>(entry.a), static_cast<std::uint64_t>(entry.b),
        static_cast<std::uint64_t>(entry.c), static_cast<std::uint64_t>(entry.d),
        static_cast<std::uint64_t>(entry.e)}) {
    // FNV over words, with the high bits folded back: a word is eight bytes at once.
    hash_ = FnvNext(hash_, word);
    hash_ ^= hash_ >> 29;
  }
  if (last_.size() < kKept) {
    last_.push_back(entry);
  } else {
    last_[size_ % kKept] = entry;
  }
  ++size_;
  if (print_) std::puts(Line(entry).c_str());
}

std::vector<std::string> Trace::Tail(std::size_t most) const {
  std::vector<std::string> lines;
  const std::size_t count = std::min(most, last_.size());
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t at = (size_ - count + i) % (last_.size() < kKept ? last_.size() : kKept);
    lines.push_back(Line(last_[last_.size() < kKept ? last_.size() - count + i : at]));
  }
  return lines;
}

}  // namespace shoal::sim
