#include "top/worker_order.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/ascii.h"

namespace shoal {
namespace {

struct Row {
  std::string_view heading;
  bool is_text;
};
// In the order of WorkerSort.
constexpr std::array kRows = {
    Row{"ID", true},         Row{"STATE", true},     Row{"TOKENS/S", false},
    Row{"IN FLIGHT", false}, Row{"P99", false},      Row{"CPU", false},
    Row{"MEMORY", false},    Row{"RESTARTS", false}, Row{"ERRORS", false}};

const Row& RowOf(WorkerSort sort) { return kRows.at(static_cast<std::size_t>(sort)); }

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// The digits at the front, without leading zeros, taken off `text`.
std::string_view TakeNumber(std::string_view& text) {
  std::size_t zeros = 0;
  while (zeros < text.size() && text[zeros] == '0') ++zeros;
  std::size_t end = zeros;
  while (end < text.size() && IsDigit(text[end])) ++end;
  const std::string_view number = text.substr(zeros, end - zeros);
  text.remove_prefix(end);
  return number;
}

double ValueOf(const ShownWorker& worker, WorkerSort sort) {
  switch (sort) {
    case WorkerSort::kTokens:
      return worker.tokens_per_second;
    case WorkerSort::kInFlight:
      return static_cast<double>(worker.in_flight);
    case WorkerSort::kP99:
      return worker.forward_p99_ms;
    case WorkerSort::kCpu:
      return worker.cpu_percent.value_or(-1);
    case WorkerSort::kMemory:
      return static_cast<double>(worker.resident_bytes);
    case WorkerSort::kRestarts:
      return static_cast<double>(worker.restarts);
    case WorkerSort::kErrors:
      return static_cast<double>(worker.errors);
    default:
      return 0;
  }
}

bool Holds(std::string_view text, std::string_view lower_part) {
  return AsciiLower(text).find(lower_part) != std::string::npos;
}

// -1, 0 or 1: a stands before b, in the direction that people want first.
int Compare(const ShownWorker& a, const ShownWorker& b, WorkerSort sort) {
  if (sort == WorkerSort::kState) return a.state.compare(b.state);
  if (sort == WorkerSort::kId) return NaturallyLess(a.id, b.id) ? -1 : NaturallyLess(b.id, a.id);
  const double left = ValueOf(a, sort);
  const double right = ValueOf(b, sort);
  return left > right ? -1 : left < right;
}

}  // namespace

std::string_view HeadingOf(WorkerSort sort) { return RowOf(sort).heading; }

std::string_view DirectionOf(WorkerSort sort, bool reversed) {
  if (RowOf(sort).is_text) return reversed ? "from Z to A" : "from A to Z";
  return reversed ? "least first" : "most first";
}

WorkerSort After(WorkerSort sort) {
  return static_cast<WorkerSort>((static_cast<std::size_t>(sort) + 1) % kRows.size());
}

bool NaturallyLess(std::string_view a, std::string_view b) {
  while (!a.empty() && !b.empty()) {
    if (IsDigit(a[0]) && IsDigit(b[0])) {
      const std::string_view left = TakeNumber(a);
      const std::string_view right = TakeNumber(b);
      if (left.size() != right.size()) return left.size() < right.size();
      if (left != right) return left < right;
    } else if (a[0] != b[0]) {
      return static_cast<unsigned char>(a[0]) < static_cast<unsigned char>(b[0]);
    } else {
      a.remove_prefix(1);
      b.remove_prefix(1);
    }
  }
  return a.size() < b.size();
}

std::vector<const ShownWorker*> ListedWorkers(const std::vector<ShownWorker>& workers,
                                              std::string_view filter, WorkerSort sort,
                                              bool reversed) {
  const std::string part = AsciiLower(filter);
  std::vector<const ShownWorker*> listed;
  for (const ShownWorker& worker : workers) {
    if (Holds(worker.id, part) || Holds(worker.state, part) || Holds(worker.peer, part)) {
      listed.push_back(&worker);
    }
  }
  std::ranges::stable_sort(listed, [&](const ShownWorker* a, const ShownWorker* b) {
    const int order = Compare(*a, *b, sort);
    if (order != 0) return reversed ? order > 0 : order < 0;
    return NaturallyLess(a->id, b->id);
  });
  return listed;
}

}  // namespace shoal
