// What gRPC wants to be told once per process.
#pragma once

namespace shoal {

// Call first in main of a program that uses rpc: switches off the deadlock detection of abseil's
// mutexes (on in Debian's build; a tenth of an Embed call's time) and silences gRPC's own log below
// errors, which go to stderr, and protobuf's: a peer could fill it with what it sends wrong.
void InitRpc();

}  // namespace shoal
