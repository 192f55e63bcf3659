// Why an operator does not get what they ask for: {"error":{"message","type","param","code"}}.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "http/http_message.h"

namespace shoal {

struct OperatorError {
  int status = 400;        // of HTTP
  std::string code;        // one word
  std::string message;     // what was found, what is accepted
  std::string param = {};  // the field or parameter at fault; empty: none
};

// With the code in `x-shoal-code`; to 401 what it asks for.
HttpAnswer AnswerOf(const OperatorError& error);

// The code is that of `status`, in lower case.
OperatorError OperatorErrorOf(const Status& status);

// What the server itself refuses.
OperatorError OperatorErrorOf(const HttpRefusal& refusal);

}  // namespace shoal
