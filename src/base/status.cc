#include "base/status.h"

#include <array>
#include <cerrno>
#include <cstring>

namespace shoal {

std::string_view Name(StatusCode code) {
  static constexpr std::array<std::string_view, 17> kNames = {"OK",
                                                              "CANCELLED",
                                                              "UNKNOWN",
                                                              "INVALID_ARGUMENT",
                                                              "DEADLINE_EXCEEDED",
                                                              "NOT_FOUND",
                                                              "ALREADY_EXISTS",
                                                              "PERMISSION_DENIED",
                                                              "RESOURCE_EXHAUSTED",
                                                              "FAILED_PRECONDITION",
                                                              "ABORTED",
                                                              "OUT_OF_RANGE",
                                                              "UNIMPLEMENTED",
                                                              "INTERNAL",
                                                              "UNAVAILABLE",
                                                              "DATA_LOSS",
                                                              "UNAUTHENTICATED"};
  return kNames.at(static_cast<std::size_t>(code));
}

std::string CodePlace::ToString() const {
  std::string_view name = file;
  if (const auto base = name.rfind('/'); base != name.npos && base > 0) {
    if (const auto folder = name.rfind('/', base - 1); folder != name.npos) {
      name.remove_prefix(folder + 1);
    }
  }
  return std::string(name) + ":" + std::to_string(line);
}

Status::Status(StatusCode code, std::string message, CodePlace place) {
  CHECK(code != StatusCode::kOk, "an error has an error's code");
  const std::size_t own_size = message.size();
  error_ = std::make_shared<const Error>(Error{.code = code,
                                               .place = place,
                                               .message = std::move(message),
                                               .own_size = own_size,
                                               .cause = nullptr});
}

Status Status::Chained(StatusCode code, std::string_view own, CodePlace place,
                       const Status& cause) {
  return Status(std::make_shared<const Error>(
      Error{.code = code,
            .place = place,
            .message = std::string(own).append(": ").append(cause.message()),
            .own_size = own.size(),
            .cause = cause.error_}));
}

const std::string& Status::message() const {
  static const std::string kNone;
  return error_ ? error_->message : kNone;
}

Status Status::At(std::string_view where, CodePlace place) const {
  return ok() ? *this : Chained(code(), where, place, *this);
}

Status Status::CausedBy(const Status& cause) const {
  CHECK(!ok() && !cause.ok() && !error_->cause, "an error has one cause, which is an error");
  return Chained(code(), message(), place(), cause);
}

std::string_view Status::own_message() const {
  return std::string_view(message()).substr(0, ok() ? 0 : error_->own_size);
}

CodePlace Status::place() const { return ok() ? CodePlace{} : error_->place; }

Status Status::cause() const { return ok() ? Status() : Status(error_->cause); }

std::string Status::ToString() const {
  if (ok()) return "OK";
  return std::string(Name(code())) + ": " + message();
}

Status InvalidArgumentError(std::string message, CodePlace place) {
  return {StatusCode::kInvalidArgument, std::move(message), place};
}
Status NotFoundError(std::string message, CodePlace place) {
  return {StatusCode::kNotFound, std::move(message), place};
}
Status ResourceExhaustedError(std::string message, CodePlace place) {
  return {StatusCode::kResourceExhausted, std::move(message), place};
}
Status FailedPreconditionError(std::string message, CodePlace place) {
  return {StatusCode::kFailedPrecondition, std::move(message), place};
}
Status UnimplementedError(std::string message, CodePlace place) {
  return {StatusCode::kUnimplemented, std::move(message), place};
}
Status UnavailableError(std::string message, CodePlace place) {
  return {StatusCode::kUnavailable, std::move(message), place};
}
Status DeadlineExceededError(std::string message, CodePlace place) {
  return {StatusCode::kDeadlineExceeded, std::move(message), place};
}
Status AbortedError(std::string message, CodePlace place) {
  return {StatusCode::kAborted, std::move(message), place};
}
Status DataLossError(std::string message, CodePlace place) {
  return {StatusCode::kDataLoss, std::move(message), place};
}
Status InternalError(std::string message, CodePlace place) {
  return {StatusCode::kInternal, std::move(message), place};
}
Status CancelledError(std::string message, CodePlace place) {
  return {StatusCode::kCancelled, std::move(message), place};
}

Status ErrnoError(std::string_view what, int error_number, CodePlace place) {
  StatusCode code = StatusCode::kUnknown;
  if (error_number == ENOENT) code = StatusCode::kNotFound;
  if (error_number == EACCES || error_number == EPERM) code = StatusCode::kPermissionDenied;
  if (error_number == ENOSPC || error_number == EMFILE || error_number == ENFILE) {
    code = StatusCode::kResourceExhausted;
  }
  return {code, std::string(what) + ": " + std::strerror(error_number), place};
}

}  // namespace shoal
