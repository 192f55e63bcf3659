#include "cli/greeting.h"

#include <unistd.h>

#include <cstdio>

#include "base/address.h"

namespace shoal {
namespace {

// As somebody on this machine types it.
std::string ReachedAt(const std::string& listens) {
  Result<Address> address = ParseAddress(listens);
  if (!address.ok()) return listens;
  for (const char* const host : {"127.0.0.1", "0.0.0.0", "::"}) {
    if (address->host == host) address->host = "localhost";
  }
  return ToString(*address);
}

}  // namespace

std::string Greeting(const ReadyAddresses& addresses, const TerminalStyle& style) {
  const std::string http = ReachedAt(addresses.http);
  std::string text = "\n";
  if (!addresses.dashboard.empty()) {
    const std::string page = "http://" + ReachedAt(addresses.dashboard);
    text += "  page  " + Coloured(page, Colour::kBold, style) + "\n";
  }
  if (!addresses.http.empty()) text += "  HTTP  http://" + http + "  (described at /docs)\n";
  text += "  gRPC  " + ReachedAt(addresses.grpc) + "\n\n";
  if (addresses.http.empty()) return text;
  return text + "  curl " + http +
         "/v1/embeddings -H 'Content-Type: application/json' -d '{\"input\":\"hello\"}'\n\n";
}

void GreetTerminal(const ReadyAddresses& addresses) {
  for (std::FILE* const stream : {stderr, stdout}) {
    const int descriptor = fileno(stream);
    if (isatty(descriptor) != 1) continue;
    dprintf(descriptor, "%s", Greeting(addresses, StyleOf(stream)).c_str());
    return;
  }
}

}  // namespace shoal
