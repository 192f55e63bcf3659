#include "terminal/full_screen.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>

#include "base/check.h"

namespace shoal {
namespace {

// Another screen, no cursor, and no new line where the last column is full.
constexpr std::string_view kEnter = "\x1b[?1049h\x1b[?25l\x1b[?7l";
constexpr std::string_view kLeave = "\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l";
constexpr std::array kFaults = {SIGSEGV, SIGBUS, SIGFPE,  SIGILL,  SIGABRT, SIGQUIT,
                                SIGTRAP, SIGSYS, SIGALRM, SIGUSR1, SIGUSR2, SIGXCPU};
constexpr std::array kTold = {SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGTSTP, SIGCONT};

// What handlers of signals touch.
std::atomic<bool> is_entered{false};
termios usual;  // as it was before; written only while no handler needs it
std::array<int, 2> told_pipe = {-1, -1};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may touch it");

// Only what a handler of signals may call.
void LeaveNow() {
  if (!is_entered.exchange(false)) return;
  [[maybe_unused]] const ssize_t written = ::write(STDOUT_FILENO, kLeave.data(), kLeave.size());
  ::tcsetattr(STDIN_FILENO, TCSANOW, &usual);
}

// The handler is gone by then: the fault takes its course.
void OnFault(int signal_number) {
  LeaveNow();
  ::raise(signal_number);
}

void OnTold(int signal_number) {
  const int error = errno;
  const auto byte = static_cast<unsigned char>(signal_number);
  [[maybe_unused]] const ssize_t written = ::write(told_pipe[1], &byte, 1);
  errno = error;
}

void Handle(int signal_number, void (*handler)(int), int flags) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = flags;
  sigemptyset(&action.sa_mask);
  ::sigaction(signal_number, &action, nullptr);
}

bool IsIgnoredNow(int signal_number) {
  struct sigaction action {};
  return ::sigaction(signal_number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

// Characters as they come; Ctrl-C and Ctrl-Z still make signals.
termios RawFrom(const termios& from) {
  termios raw = from;
  raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | ECHOE | ECHOK | ECHONL | IEXTEN);
  raw.c_iflag &= ~static_cast<tcflag_t>(IXON | ICRNL | INLCR | IGNCR | ISTRIP);
  raw.c_cc[VMIN] = 1;
  raw.c_cc[VTIME] = 0;
  return raw;
}

void EnterNow() {
  const termios raw = RawFrom(usual);
  is_entered = true;
  ::tcsetattr(STDIN_FILENO, TCSANOW, &raw);
  [[maybe_unused]] const ssize_t written = ::write(STDOUT_FILENO, kEnter.data(), kEnter.size());
}

Status OpenToldPipe() {
  if (::pipe2(told_pipe.data(), O_CLOEXEC | O_NONBLOCK) != 0) return ErrnoError("pipe", errno);
  return {};
}

}  // namespace

Result<std::unique_ptr<FullScreen>> FullScreen::Enter() {
  CHECK(!is_entered, "one full screen at a time");
  if (::isatty(STDIN_FILENO) != 1 || ::isatty(STDOUT_FILENO) != 1) {
    return FailedPreconditionError("stdin and stdout are not both a terminal");
  }
  if (::tcgetattr(STDIN_FILENO, &usual) != 0) return ErrnoError("tcgetattr stdin", errno);
  RETURN_IF_ERROR(OpenToldPipe());
  for (const int fault : kFaults) Handle(fault, OnFault, static_cast<int>(SA_RESETHAND));
  for (const int told : kTold) {
    if (told != SIGHUP || !IsIgnoredNow(told)) Handle(told, OnTold, 0);
  }
  EnterNow();
  return std::unique_ptr<FullScreen>(new FullScreen);
}

FullScreen::~FullScreen() {
  LeaveNow();
  ::tcflush(STDIN_FILENO, TCIFLUSH);
  for (const int fault : kFaults) Handle(fault, SIG_DFL, 0);
  for (const int told : kTold) {
    if (!IsIgnoredNow(told)) Handle(told, SIG_DFL, 0);
  }
  for (int& end : told_pipe) {
    ::close(end);
    end = -1;
  }
}

ScreenSize FullScreen::Size() const {
  winsize size{};
  const bool known = ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0;
  if (!known || size.ws_col == 0 || size.ws_row == 0) return {};
  return {.columns = size.ws_col, .rows = size.ws_row};
}

// Whoever stops it finds the terminal as it was.
void FullScreen::Suspend() {
  LeaveNow();
  Handle(SIGTSTP, SIG_DFL, 0);
  ::raise(SIGTSTP);
  Handle(SIGTSTP, OnTold, 0);
  EnterNow();
}

FullScreen::Woken FullScreen::Wait(int descriptor, std::chrono::milliseconds timeout) {
  Woken woken;
  std::array<pollfd, 3> watched = {pollfd{STDIN_FILENO, POLLIN, 0}, pollfd{told_pipe[0], POLLIN, 0},
                                   pollfd{descriptor, POLLIN, 0}};
  const int ready = ::poll(watched.data(), watched.size(), static_cast<int>(timeout.count()));
  CHECK(ready >= 0 || errno == EINTR, "the descriptors are ours and open");
  std::array<unsigned char, 64> told;
  const ssize_t count = ::read(told_pipe[0], told.data(), told.size());
  for (ssize_t i = 0; i < count; ++i) {
    const int signal_number = told[static_cast<std::size_t>(i)];
    woken.redraw |=
        signal_number == SIGWINCH || signal_number == SIGCONT || signal_number == SIGTSTP;
    if (signal_number == SIGTSTP) Suspend();
    if (signal_number == SIGCONT) EnterNow();
    if (signal_number == SIGINT || signal_number == SIGTERM || signal_number == SIGHUP) {
      ending_signal_ = signal_number;
    }
  }
  if (ready > 0 && watched[0].revents != 0) {
    std::array<char, 256> bytes;
    const ssize_t size = ::read(STDIN_FILENO, bytes.data(), bytes.size());
    if (size > 0) woken.bytes.assign(bytes.data(), static_cast<std::size_t>(size));
    const bool is_gone = size == 0 || (size < 0 && errno != EINTR && errno != EAGAIN);
    if (is_gone && ending_signal_ == 0) ending_signal_ = SIGHUP;
  }
  woken.signal = ending_signal_;
  return woken;
}

bool FullScreen::Write(std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(STDOUT_FILENO, text.data(), text.size());
    if (count > 0) text.remove_prefix(static_cast<std::size_t>(count));
    if (count >= 0) continue;
    if (errno == EAGAIN) {
      pollfd watched{STDOUT_FILENO, POLLOUT, 0};
      ::poll(&watched, 1, 100);
    } else if (errno != EINTR) {
      return false;
    }
    // Somebody wants an end while the terminal takes nothing.
    pollfd told{told_pipe[0], POLLIN, 0};
    if (::poll(&told, 1, 0) > 0) return true;
  }
  return true;
}

}  // namespace shoal
