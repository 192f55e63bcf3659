// How Shoal says that something the world did went wrong. No exceptions: a function that can fail
// returns Status, or Result<T> where it has something to give. Codes are the canonical ones of
// gRPC, with the same numbers. The message says what was found, what was expected, and where.
//
// An error knows the place in the source that made it and may have a cause, which may have one too:
// a log has them one by one (`exc_info`), a terminal as one sentence, "outer: inner".
#pragma once

#include <memory>
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

// A place in the source; `CodePlace place = CodePlace::Here()` as a default argument: the caller's.
struct CodePlace {
  const char* file = "";
  int line = 0;

  static constexpr CodePlace Here(const char* file = __builtin_FILE(),
                                  int line = __builtin_LINE()) {
    return {.file = file, .line = line};
  }
  // "net/listener.cc:27"
  std::string ToString() const;
};

// As small as a pointer or two, also in a Result: all that an error has is shared by its copies.
class [[nodiscard]] Status {
 public:
  Status() = default;  // OK
  Status(StatusCode code, std::string message, CodePlace place = CodePlace::Here());

  bool ok() const { return error_ == nullptr; }
  StatusCode code() const { return error_ ? error_->code : StatusCode::kOk; }
  // With those of the causes: "outer: inner". Empty: OK.
  const std::string& message() const;

  // The same error as the cause of one that says `where`: "where: message". OK stays OK.
  Status At(std::string_view where, CodePlace place = CodePlace::Here()) const;
  // This error, which has no cause yet, with one.
  Status CausedBy(const Status& cause) const;

  // The links of the chain. Not of OK.
  std::string_view own_message() const;
  CodePlace place() const;
  Status cause() const;  // OK: none

  // "INVALID_ARGUMENT: message", "OK".
  std::string ToString() const;

 private:
  struct Error {
    StatusCode code;
    CodePlace place;
    std::string message;
    std::size_t own_size;  // of the front of `message`
    std::shared_ptr<const Error> cause;
  };
  explicit Status(std::shared_ptr<const Error> error) : error_(std::move(error)) {}
  static Status Chained(StatusCode code, std::string_view own, CodePlace place,
                        const Status& cause);

  std::shared_ptr<const Error> error_;
};

Status InvalidArgumentError(std::string message, CodePlace place = CodePlace::Here());
Status NotFoundError(std::string message, CodePlace place = CodePlace::Here());
Status ResourceExhaustedError(std::string message, CodePlace place = CodePlace::Here());
Status FailedPreconditionError(std::string message, CodePlace place = CodePlace::Here());
Status UnimplementedError(std::string message, CodePlace place = CodePlace::Here());
Status UnavailableError(std::string message, CodePlace place = CodePlace::Here());
Status DeadlineExceededError(std::string message, CodePlace place = CodePlace::Here());
Status AbortedError(std::string message, CodePlace place = CodePlace::Here());
Status DataLossError(std::string message, CodePlace place = CodePlace::Here());
Status InternalError(std::string message, CodePlace place = CodePlace::Here());
Status CancelledError(std::string message, CodePlace place = CodePlace::Here());

// An error of the system call that just failed: "open /x/y: No such file or directory". Its code is
// never UNAVAILABLE: a disk that fails is no server that may be back in a moment.
Status ErrnoError(std::string_view what, int error_number, CodePlace place = CodePlace::Here());

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
