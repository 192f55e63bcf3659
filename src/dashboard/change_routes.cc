#include "dashboard/change_routes.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include "dashboard/operator_error.h"
#include "dashboard/state_routes.h"
#include "json/reader.h"
#include "json/writer.h"

namespace shoal {
namespace {

// Waits for the coordinator; its client may go before.
class SetDrained final : public HttpWork {
 public:
  SetDrained(RouteCall call, const DashboardContext& context)
      : call_(std::move(call)), context_(context), waiting_(std::make_shared<SetDrained*>(this)) {}
  ~SetDrained() override { *waiting_ = nullptr; }

  void Start(bool drained) {
    context_.operator_handler.SetWorkerDrained(
        call_.name, drained, [post = context_.post, waiting = waiting_](const Status& status) {
          post([waiting, status] {
            if (*waiting != nullptr) (*waiting)->Answer(status);
          });
        });
  }

 private:
  void Answer(const Status& status) {
    if (!status.ok()) return call_.Answer(AnswerOf(OperatorErrorOf(status)));
    const ServiceInfo info = context_.sources.info();
    const auto found =
        std::find_if(info.workers.begin(), info.workers.end(),
                     [this](const WorkerInfo& worker) { return worker.id == call_.name; });
    if (found == info.workers.end()) return call_.AnswerJson("{}");  // drained, and not here
    StateTree tree;
    AddWorker(*found, tree);
    call_.AnswerJson(tree.Text());
  }

  RouteCall call_;
  const DashboardContext& context_;
  const std::shared_ptr<SetDrained*> waiting_;  // null: nobody waits
};

std::unique_ptr<HttpWork> StartSetDrained(RouteCall call, const DashboardContext& context,
                                          bool drained) {
  auto work = std::make_unique<SetDrained>(std::move(call), context);
  work->Start(drained);
  return work;
}

// {"level":"debug"}
std::variant<std::string, OperatorError> ReadLevel(std::string_view body) {
  std::optional<std::string> level;
  const auto problem = ReadJson(body, "the body", [&](JsonItem& root) {
    if (root.type() != JsonItem::Type::kObject) return root.WrongType("an object");
    return root.ReadMembers([&](std::string_view name, JsonItem& item) {
      if (name != "level") return true;
      std::string_view word;
      if (!item.Read(word)) return false;
      level = word;
      return true;
    });
  });
  if (problem) {
    const bool is_json = problem->kind == JsonProblem::Kind::kType;
    return OperatorError{.code = is_json ? "invalid_request" : "invalid_json",
                         .message = problem->message,
                         .param = problem->path};
  }
  if (level && IsLogLevel(*level)) return *std::move(level);
  return OperatorError{
      .code = "invalid_request",
      .message = (level ? "level is \"" + *level + "\"" : "the body has no level") +
                 "; debug, info, warn and error are accepted",
      .param = "level"};
}

std::unique_ptr<HttpWork> SetLogLevel(RouteCall call, const DashboardContext& context) {
  const auto read = ReadLevel(call.request.body);
  if (const auto* const error = std::get_if<OperatorError>(&read)) {
    call.Answer(AnswerOf(*error));
    return nullptr;
  }
  const std::string& level = std::get<std::string>(read);
  const Status done =
      context.sources.set_log_level
          ? context.sources.set_log_level(level)
          : UnimplementedError(
                "the level of the log cannot be changed here while the server runs; "
                "start it with --log-level");
  if (!done.ok()) {
    call.Answer(AnswerOf(OperatorErrorOf(done)));
    return nullptr;
  }
  std::string body;
  JsonWriter(body).BeginObject().Key("level").String(level).EndObject();
  call.AnswerJson(std::move(body));
  return nullptr;
}

}  // namespace

void AddChangeRoutes(DashboardContext& context, RouteTable& routes) {
  routes.Add("POST", "/api/v1/workers/{name}/drain", [&context](RouteCall call) {
    return StartSetDrained(std::move(call), context, true);
  });
  routes.Add("POST", "/api/v1/workers/{name}/resume", [&context](RouteCall call) {
    return StartSetDrained(std::move(call), context, false);
  });
  routes.Add("PUT", "/api/v1/log-level",
             [&context](RouteCall call) { return SetLogLevel(std::move(call), context); });
}

}  // namespace shoal
