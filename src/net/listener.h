// Sockets that listen.
#pragma once

#include <string>

#include "base/address.h"
#include "base/descriptor.h"
#include "base/status.h"

namespace shoal {

struct Listener {
  Descriptor socket;  // non-blocking
  int family = 0;     // AF_INET or AF_INET6
  Address address;    // the host as it was asked for, with the port that was taken
};

// Port 0 takes a free one. A name is looked up, which may block; of several addresses the first
// counts. UNAVAILABLE: it cannot be had.
Result<Listener> ListenOn(const Address& address);

// A Unix-domain socket at `path`, non-blocking, for this user alone (0600). One that lies there and
// that nobody listens on is replaced. UNAVAILABLE: it cannot be had.
Result<Descriptor> ListenOnPath(const std::string& path);

}  // namespace shoal
