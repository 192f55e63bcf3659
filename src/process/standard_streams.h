// stdin, stdout and stderr as a process can rely on them, whatever whoever started it left behind.
#pragma once

namespace shoal {

// Before anything else opens a file, which is before main: libraries open some as they are loaded.
// So it makes system calls and nothing else, and may be called again. Descriptors 0 to 2 exist from
// then on: no file and no socket gets one of these numbers, and nothing printed lands in it. One
// that was closed stays of no use: each read or write of it fails with EBADF, and who needs it
// notices. A write into a pipe that nobody reads any more fails with EPIPE; SIGPIPE is ignored (not
// in a ChildProcess). False: errno says why it cannot be.
[[gnu::no_sanitize_address]] bool OpenStandardStreams();

}  // namespace shoal
