// The terminal of this process as a screen of its own: no echo, no lines, no cursor, and what stood
// there before comes back at the end. At every end: of the object, by a signal that the caller is
// told, and by a fault (a CHECK, SIGSEGV and the like), where a handler brings it back.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"
#include "terminal/frame.h"

namespace shoal {

// Not thread-safe. One of a process at a time.
class FullScreen {
 public:
  // FAILED_PRECONDITION: stdin or stdout is no terminal.
  static Result<std::unique_ptr<FullScreen>> Enter();
  ~FullScreen();
  FullScreen(const FullScreen&) = delete;
  FullScreen& operator=(const FullScreen&) = delete;

  ScreenSize Size() const;

  struct Woken {
    std::string bytes;  // of keys
    int signal = 0;     // SIGINT, SIGTERM, SIGHUP: the process is to end; the terminal gone: SIGHUP
    bool redraw = false;  // of another size, or something else was drawn: write all of it again
  };
  // Until one of these, `descriptor` is readable, or the time has passed. Ctrl-Z stops the process
  // in here, with the terminal as it was, and goes on here.
  Woken Wait(int descriptor, std::chrono::milliseconds timeout);

  // False: the terminal is gone. A signal cuts it short; what it means, Wait tells next.
  bool Write(std::string_view text);

 private:
  FullScreen() = default;
  void Suspend();

  int ending_signal_ = 0;
};

}  // namespace shoal
