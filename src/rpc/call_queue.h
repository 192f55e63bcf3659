// Private to rpc. The completion queue of all our asynchronous calls, and the one thread that polls
// it. What that thread receives it hands on itself, and a call that is started meanwhile is written
// by it too: an answer and the next call cost one wake-up, where gRPC's own callbacks cost several.
#pragma once

#include <grpcpp/completion_queue.h>

#include <memory>
#include <thread>

namespace shoal {

// Thread-safe.
class CallQueue {
 public:
  // The tag of a call in the queue.
  class Tag {
   public:
    virtual void Ended() = 0;  // on the thread of the queue, and the last thing it does with it

   protected:
    ~Tag() = default;
  };

  // The one of this process, while somebody holds it.
  static std::shared_ptr<CallQueue> Shared();

  CallQueue();
  ~CallQueue();  // no call may be in it; not on its own thread
  CallQueue(const CallQueue&) = delete;
  CallQueue& operator=(const CallQueue&) = delete;

  grpc::CompletionQueue* get() { return &queue_; }

 private:
  void Run();

  grpc::CompletionQueue queue_;
  std::thread thread_;  // goes last: it polls the queue
};

}  // namespace shoal
