// A request is written on the thread that asks for it, an answer read on that of the sockets, which
// hands it on: whoever asks from there costs no wake-up.
#include "load/http_target.h"

#include <optional>
#include <unordered_map>
#include <utility>

#include "base/address.h"
#include "base/mutex.h"
#include "http/http_client_pool.h"
#include "net/dial.h"
#include "net/socket_loop.h"

namespace shoal {
namespace {

class HttpEmbedClient final : public EmbedClient {
 public:
  HttpEmbedClient(HttpForm form, HttpClientPool::Options options, const Clock& clock,
                  std::unique_ptr<SocketLoop> loop)
      : form_(form), loop_(std::move(loop)), resolver_(clock) {
    loop_->PostAndWait(
        [&] { pool_ = std::make_unique<HttpClientPool>(*loop_, resolver_, std::move(options)); });
  }

  ~HttpEmbedClient() override {
    loop_->PostAndWait([this] { pool_.reset(); });
  }

  Result<EmbedAnswer> Embed(const std::vector<std::string>& texts,
                            const EmbedOptions& options) override {
    ASSIGN_OR_RETURN(const ReceivedAnswer answer, Ask(RequestOf(texts, options)));
    return EmbedAnswerOf(form_, answer, texts.size());
  }

  void EmbedAsync(const std::vector<std::string>& texts, const EmbedOptions& options,
                  Callback done) override {
    HttpClientPool::Done answered = [form = form_, count = texts.size(),
                                     retry_after = options.retry_after,
                                     done = std::move(done)](const Result<ReceivedAnswer>& answer) {
      if (!answer.ok()) return done(answer.status());
      if (retry_after) {
        const std::chrono::milliseconds hint = RetryAfterOf(*answer);
        if (hint.count() > 0) retry_after(hint);
      }
      done(EmbedAnswerOf(form, *answer, count));
    };
    Send(RequestOf(texts, options), options.key, std::move(answered));
  }

  void Cancel(CallKey key) override {
    loop_->Post([this, key] {
      const auto found = by_key_.find(key);
      if (found == by_key_.end()) return;
      const Keyed call = std::move(found->second);
      by_key_.erase(found);
      if (pool_) pool_->Cancel(call.id);
      call.done(CancelledError("the caller gave up"));
    });
  }

  Result<ServiceInfo> Info(std::chrono::milliseconds timeout) override {
    HttpClientRequest request = InfoRequestOf(form_);
    request.timeout = timeout;
    ASSIGN_OR_RETURN(const ReceivedAnswer answer, Ask(std::move(request)));
    ASSIGN_OR_RETURN(ServiceInfo info, InfoOf(form_, answer));
    {
      MutexLock lock(mutex_);
      model_ = info.model.name;
    }
    if (info.model.dim == 0) {
      ASSIGN_OR_RETURN(const EmbedAnswer embedded, Embed({"word"}, {.timeout = timeout}));
      info.model.dim = embedded.reply.dim;
    }
    return info;
  }

 private:
  HttpClientRequest RequestOf(const std::vector<std::string>& texts, const EmbedOptions& options)
      EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return EmbedRequestOf(form_, model_, texts, options);
  }

  void Send(HttpClientRequest request, CallKey key, HttpClientPool::Done done) {
    if (loop_->IsOnThread()) return SendHere(request, key, std::move(done));
    loop_->Post([this, request = std::move(request), key, done = std::move(done)]() mutable {
      SendHere(request, key, std::move(done));
    });
  }
  void SendHere(const HttpClientRequest& request, CallKey key, HttpClientPool::Done done) {
    if (!pool_) return done(CancelledError("the client ends"));
    if (key == 0) {
      pool_->Send(request, std::move(done));
      return;
    }
    const HttpClientPool::RequestId id =
        pool_->Send(request, [this, key](Result<ReceivedAnswer> answer) {
          const Keyed call = std::move(by_key_.extract(key).mapped());
          call.done(std::move(answer));
        });
    by_key_[key] = {.id = id, .done = std::move(done)};
  }

  // Blocks.
  Result<ReceivedAnswer> Ask(HttpClientRequest request) {
    Mutex mutex;
    CondVar changed;
    std::optional<Result<ReceivedAnswer>> given;
    Send(std::move(request), 0, [&](Result<ReceivedAnswer> answer) {
      // Under the lock: once it is seen, the condition variable is gone.
      MutexLock lock(mutex);
      given = std::move(answer);
      changed.NotifyAll();
    });
    MutexLock lock(mutex);
    while (!given) changed.Wait(mutex);
    return *std::move(given);
  }

  struct Keyed {
    HttpClientPool::RequestId id = 0;
    HttpClientPool::Done done;
  };

  const HttpForm form_;
  Mutex mutex_;
  std::string model_ GUARDED_BY(mutex_);
  const std::unique_ptr<SocketLoop> loop_;
  Resolver resolver_;  // ends before the loop, to which it posts
  // Of the loop's thread. The pool ends what is in flight: it goes first.
  std::unordered_map<CallKey, Keyed> by_key_;
  std::unique_ptr<HttpClientPool> pool_;
};

}  // namespace

Result<std::unique_ptr<EmbedClient>> OpenHttpTarget(HttpForm form, const std::string& address,
                                                    std::size_t max_connections,
                                                    const Clock& clock) {
  ASSIGN_OR_RETURN(Address server, ParseAddress(address));
  ASSIGN_OR_RETURN(std::unique_ptr<SocketLoop> loop, SocketLoop::Start(clock));
  HttpClientPool::Options options = {.server = std::move(server),
                                     .max_connections = max_connections,
                                     .headers = CommonHeaders(form),
                                     .limits = {}};
  return std::unique_ptr<EmbedClient>(
      std::make_unique<HttpEmbedClient>(form, std::move(options), clock, std::move(loop)));
}

}  // namespace shoal
