#include <string>
#include <vector>

#include "cli/commands.h"
#include "rpc/grpc_runtime.h"

int main(int argc, char** argv) {
  shoal::InitRpc();
  const std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
  return shoal::Dispatch(words);
}
