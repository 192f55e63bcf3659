"""`shoal top` on a terminal of its own: what it shows, its keys, and that the terminal comes back whatever ends it."""

import codecs
import contextlib
import fcntl
import os
import pathlib
import pty
import re
import select
import signal
import struct
import subprocess
import tempfile
import termios
import unittest

from harness import ROOT, SHOAL, Client, clean_environment, free_port, run, serving, wait_for

TINY = ("--workers", "2", "--model", str(ROOT / "tests" / "data" / "tiny_models" / "mean_f32"), "--precision", "fp32")
TOKEN = "a-secret-of-operators"
ENTERED, LEFT = "\x1b[?1049h", "\x1b[?1049l"


class Screen:
    """Lines of text, moved about in by the few sequences that top writes."""

    def __init__(self, rows):
        self.lines, self.row, self.text = [""] * rows, 0, ""

    def take(self, text):
        self.text += text
        while self.text:
            found = re.match(r"\x1b\[([?\d;]*)([A-Za-z])", self.text)
            if found:
                self.move(found[1], found[2])
                self.text = self.text[found.end():]
            elif self.text[0] == "\x1b":
                return  # the rest is still to come
            else:
                plain = re.match(r"[^\x1b]+", self.text)[0]
                self.lines[self.row] += plain
                self.text = self.text[len(plain):]

    def move(self, numbers, what):
        if what == "H":
            self.row = int((numbers or "1").split(";")[0]) - 1
        elif what == "J":
            self.lines = [""] * len(self.lines)
        elif what == "K":
            self.lines[self.row] = ""

    def shown(self):
        return "\n".join(self.lines)


class Terminal:
    """`shoal top ARGUMENTS` in a pseudo-terminal of which this is the other end."""

    def __init__(self, *arguments, rows=24, columns=80, under=(), **environment):
        self.master, self.slave = pty.openpty()
        self.before = termios.tcgetattr(self.slave)
        self.all, self.decoder = "", codecs.getincrementaldecoder("utf-8")()
        self.resize(rows, columns)
        self.process = subprocess.Popen(
            [*under, SHOAL, "top", *arguments], stdin=self.slave, stdout=self.slave, stderr=self.slave,
            env=clean_environment(**{"TERM": "xterm", "LC_ALL": "C.UTF-8", **environment}), preexec_fn=self.own)

    def own(self):
        os.setsid()
        fcntl.ioctl(self.slave, termios.TIOCSCTTY, 0)

    def resize(self, rows, columns):
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.screen = Screen(rows)

    def read(self):
        while select.select([self.master], [], [], 0)[0]:
            text = self.decoder.decode(os.read(self.master, 65536))
            self.all += text
            self.screen.take(text)

    def press(self, keys):
        os.write(self.master, keys.encode())

    def until(self, pattern, seconds=10):
        def found():
            self.read()
            return re.search(pattern, self.screen.shown(), re.M)
        try:
            return wait_for(found, seconds, pattern)
        except AssertionError as error:
            raise AssertionError(f"{error}; shown:\n{self.screen.shown()}") from None

    def ended(self):
        """The exit code, once the terminal is as it was."""
        code = self.process.wait(10)
        self.read()
        if termios.tcgetattr(self.slave) != self.before:
            raise AssertionError("the modes of the terminal are others than before")
        if not self.all.endswith(LEFT) or "\x1b[?25h" not in self.all:
            raise AssertionError(f"the screen was not left: {self.all[-60:]!r}")
        return code

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.master)
        os.close(self.slave)


@contextlib.contextmanager
def top(address, *arguments, **options):
    terminal = Terminal("--dashboard", address, "--interval", "200ms", *arguments, **options)
    try:
        yield terminal
    finally:
        terminal.close()


class OfAServer(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(serving(*TINY))
        cls.dashboard = cls.server.info["dashboard"]
        cls.first, cls.second = sorted(worker["id"] for worker in cls.server.workers())

    def test_it_drains_and_resumes_the_worker_that_is_selected(self):
        Client(self.server.info["grpc"]).embed(["a text"])
        with top(self.dashboard) as terminal:
            terminal.until("Healthy: 2 workers")
            terminal.until(rf"^> {self.first} .* ready .*\n  {self.second} .* ready ")
            terminal.press("jd")
            terminal.until(rf"^Drain {self.second}\? .*y/n")
            terminal.press("n")
            terminal.until(r"^q quit")
            terminal.press("dy")
            terminal.until(rf"^{self.second} is drained")
            terminal.until(rf"^> {self.second} .* drained ")
            terminal.until("1 of 2 workers out by request")
            terminal.press("\r")
            terminal.until("state +drained: it gets nothing until it is resumed")
            terminal.press("ry")
            terminal.until("state +ready: it gets batches")
            terminal.press("\x1b")
            terminal.until(rf"^> {self.second} .* ready ")
            terminal.press("q")
            self.assertEqual(terminal.ended(), 0)

    def test_it_filters_sorts_pauses_and_explains(self):
        with top(self.dashboard) as terminal:
            terminal.until("^WORKERS  2, by ID")
            terminal.press("/" + self.second)
            terminal.until(f"^WORKERS  1 of 2 with \"{self.second}\"")
            terminal.press("\x1b")
            terminal.until("^WORKERS  2, by ID, from A to Z")
            terminal.press("ssS")
            terminal.until("^WORKERS  2, by TOKENS/S, least first")
            terminal.press("p")
            terminal.until("paused")
            terminal.press("?")
            terminal.until("KEYS AND WORDS")
            terminal.press("\x03")
            self.assertEqual(terminal.ended(), 0)

    def test_it_follows_the_size_of_the_terminal(self):
        with top(self.dashboard) as terminal:
            terminal.until("^WORKERS")
            self.assertNotIn("KERNELS", terminal.screen.shown())
            terminal.resize(50, 200)
            terminal.until("^  ID .* KERNELS")
            terminal.resize(10, 40)
            terminal.until("The screen has 40x10 cells")
            terminal.resize(24, 80)
            terminal.until("^WORKERS")

    def test_every_end_brings_the_terminal_back(self):
        for number, code in ((signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 0),
                             (signal.SIGABRT, -signal.SIGABRT), (signal.SIGUSR1, -signal.SIGUSR1)):
            with top(self.dashboard) as terminal:
                terminal.until("^WORKERS")
                self.assertNotEqual(termios.tcgetattr(terminal.slave), terminal.before)
                terminal.process.send_signal(number)
                self.assertEqual(terminal.ended(), code)

    def test_suspended_it_gives_the_terminal_back_and_then_draws_again(self):
        shell = ("bash", "--norc", "-c", 'set -m; "$@"; echo suspended; read -r; fg', "bash")
        with top(self.dashboard, under=shell) as terminal:
            terminal.until("^WORKERS")
            terminal.press("\x1a")
            wait_for(lambda: terminal.read() or "suspended" in terminal.all, 10, "the shell")
            self.assertEqual(termios.tcgetattr(terminal.slave), terminal.before)
            self.assertGreater(terminal.all.rindex(LEFT), terminal.all.rindex(ENTERED))
            terminal.press("\n")
            wait_for(lambda: terminal.read() or terminal.all.count(ENTERED) > 1, 10, "the screen again")
            terminal.until("^WORKERS")
            terminal.press("q")
            self.assertEqual(terminal.ended(), 0)

    def test_once_is_text_without_codes(self):
        done = run("top", "--once", "--dashboard", self.dashboard, "--interval", "200ms", LC_ALL="C.UTF-8")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertNotIn("\x1b", done.stdout)
        self.assertLessEqual(max(len(line) for line in done.stdout.splitlines()), 80)
        self.assertRegex(done.stdout, rf"(?m)^  {self.first} .* ready ")
        wide = run("top", "--once", "--dashboard", self.dashboard, "--interval", "200ms", COLUMNS="200", LC_ALL="C")
        self.assertIn("KERNELS", wide.stdout)
        self.assertTrue(wide.stdout.isascii())


class Otherwise(unittest.TestCase):
    def test_without_a_terminal_it_says_what_to_use(self):
        done = run("top", "--dashboard", "127.0.0.1:1")
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("shoal status", done.stderr)
        self.assertIn("--once", done.stderr)
        done = run("top", "--once", "--dashboard", f"127.0.0.1:{free_port()}")
        self.assertEqual(done.returncode, 4)
        self.assertIn("--dashboard 127.0.0.1:", done.stderr)
        with top("127.0.0.1:1", TERM="dumb") as terminal:
            self.assertEqual(terminal.process.wait(10), 2)

    def test_a_server_that_goes_away_and_comes_back(self):
        address = f"127.0.0.1:{free_port()}"
        with top(address) as terminal:
            terminal.until(f"No contact with {address} yet")
            for _ in range(2):
                with serving(*TINY, "--dashboard-listen", address):
                    terminal.until("Ready, nothing sent yet: 2 workers", 20)
                terminal.until(rf"No contact with {address} for \d+ s; this is how it was at \d\d:\d\d:\d\d")
            terminal.press("q")
            self.assertEqual(terminal.ended(), 0)

    def test_a_change_needs_the_token(self):
        with tempfile.TemporaryDirectory() as folder:
            secret = pathlib.Path(folder) / "token"
            secret.write_text(TOKEN + "\n", encoding="utf-8")
            os.chmod(secret, 0o600)
            with serving(*TINY, "--operator-token-file", str(secret)) as server:
                with top(server.info["dashboard"]) as terminal:
                    terminal.until("^> ")
                    terminal.press("dy")
                    terminal.until("is not drained: HTTP status 401: ")
                with top(server.info["dashboard"], "--operator-token-file", str(secret)) as terminal:
                    terminal.until("^> ")
                    terminal.press("dy")
                    terminal.until("is drained")


if __name__ == "__main__":
    unittest.main()
