// How Shoal says that something the world did went wrong. No exceptions: a function that can fail
// returns Status, or Result<T> where it has something to give. Codes are the canonical ones of
// gRPC, with the same numbers. The message says what was found, what was expected, and where.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/check.h"

namespace shoal {

enum class StatusCode {
  kOk = 0,
  kCancelled = 1,
  kUnknown = 2,
  kInvalidArgument = 3,
  kDeadlineExceeded = 4,
  kNotFound = 5,
  kAlreadyExists = 6,
  kPermissionDenied = 7,
  kResourceExhausted = 8,
  kFailedPrecondition = 9,
  kAborted = 10,
  kOutOfRange = 11,
  kUnimplemented = 12,
  kInternal = 13,
  kUnavailable = 14,
  kDataLoss = 15,
  kUnauthenticated = 16,
};

// "INVALID_ARGUMENT" and so on.
std::string_view Name(StatusCode code);

class [[nodiscard]] Status {
 public:
  Status() = default;  // OK
  Status(StatusCode code, std::string message) : code_(code), message_(std::move(message)) {
    CHECK(code != StatusCode::kOk, "an error has an error's code");
  }

  bool ok() const { return code_ == StatusCode::kOk; }
  StatusCode code() const { return code_; }
  const std::string& message() const { return message_; }

  // The same error, its message preceded by `where` and a colon. OK stays OK.
  Status At(std::string_view where) const;

  // "INVALID_ARGUMENT: message", "OK".
  std::string ToString() const;

 private:
  StatusCode code_ = StatusCode::kOk;
  std::string message_;
};

Status InvalidArgumentError(std::string message);
Status NotFoundError(std::string message);
Status ResourceExhaustedError(std::string message);
Status FailedPreconditionError(std::string message);
Status UnimplementedError(std::string message);
Status UnavailableError(std::string message);
Status DeadlineExceededError(std::string message);
Status DataLossError(std::string message);
Status InternalError(std::string message);
Status CancelledError(std::string message);

// An error of the system call that just failed: "open /x/y: No such file or directory". Its code is
// never UNAVAILABLE: a disk that fails is no server that may be back in a moment.
Status ErrnoError(std::string_view what, int error_number);

// A T, or why there is none.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}         // NOLINT: meant to convert
  Result(Status status) : status_(std::move(status)) {  // NOLINT: meant to convert
    CHECK(!status_.ok(), "a Result without a value has an error");
  }

  bool ok() const { return status_.ok(); }
  const Status& status() const { return status_; }

  T& value() & {
    CHECK(ok(), status_.message());
    return *value_;
  }
  const T& value() const& {
    CHECK(ok(), status_.message());
    return *value_;
  }
  T&& value() && {
    CHECK(ok(), status_.message());
    return std::move(*value_);
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

 private:
  Status status_;
  std::optional<T> value_;
};

}  // namespace shoal

// Leaves the function with the error, if `expression` (a Status) is one.
#define RETURN_IF_ERROR(expression)                \
  do {                                             \
    ::shoal::Status shoal_status_ = (expression);  \
    if (!shoal_status_.ok()) return shoal_status_; \
  } while (false)

// ASSIGN_OR_RETURN(auto x, F()): x from a Result, or leaves the function with its error.
#define ASSIGN_OR_RETURN(target, expression) \
  SHOAL_ASSIGN_OR_RETURN_(SHOAL_CONCAT_(shoal_result_, __LINE__), target, expression)
#define SHOAL_ASSIGN_OR_RETURN_(result, target, expression) \
  auto result = (expression);                               \
  if (!result.ok()) return result.status();                 \
  target = std::move(result).value()
#define SHOAL_CONCAT_(a, b) SHOAL_CONCAT_INNER_(a, b)
#define SHOAL_CONCAT_INNER_(a, b) a##b
