#include "rpc/call_queue.h"

#include "base/mutex.h"

namespace shoal {

std::shared_ptr<CallQueue> CallQueue::Shared() {
  struct Latest {
    Mutex mutex;
    std::weak_ptr<CallQueue> queue GUARDED_BY(mutex);
  };
  static Latest* const latest = new Latest;  // beyond the end of main
  MutexLock lock(latest->mutex);
  std::shared_ptr<CallQueue> queue = latest->queue.lock();
  if (queue == nullptr) {
    queue = std::make_shared<CallQueue>();
    latest->queue = queue;
  }
  return queue;
}

CallQueue::CallQueue() : thread_([this] { Run(); }) {}

CallQueue::~CallQueue() {
  queue_.Shutdown();
  thread_.join();
}

void CallQueue::Run() {
  void* tag = nullptr;
  bool ok = false;
  while (queue_.Next(&tag, &ok)) static_cast<Tag*>(tag)->Ended();
}

}  // namespace shoal
