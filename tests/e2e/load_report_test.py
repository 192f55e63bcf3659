"""What `shoal load` leaves behind: its report as JSON, CSV and a page, with what the server says of itself, and what a
terminal shows meanwhile."""

import csv
import json
import os
import pathlib
import pty
import re
import select
import subprocess
import tempfile
import unittest
import urllib.request

from harness import ROOT, SHOAL, clean_environment, free_port, run, serving, wait_for
from load_http_test import listening

TINY = ("--workers", "2", "--model", str(ROOT / "tests" / "data" / "tiny_models" / "mean_f32"), "--precision", "fp32")


def served_texts(server):
    with urllib.request.urlopen(f"http://{server.info['dashboard']}/api/v1/snapshot", timeout=20) as answer:
        return json.load(answer)["totals"].get("texts", 0)


class Reports(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)

    def outputs(self, *endings):
        return [argument for ending in endings for argument in ("--output", str(self.folder / f"run.{ending}"))]

    def text(self, ending):
        return (self.folder / f"run.{ending}").read_text(encoding="utf-8")

    def test_one_run_is_written_in_each_form(self):
        with listening() as (_, address):
            target = f"openai+http://{address}"
            done = run("load", "--target", target, "--rate", "40", "--duration", "1200ms", "--text-tokens", "7",
                       "--deadline", "5s", "--client", "a b", "-o", "json", *self.outputs("json", "csv", "html"))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        report = json.loads(self.text("json"))
        self.assertEqual(json.loads(done.stdout), report)
        self.assertEqual(report["version"], 2)
        for figure in "offered", "sent", "ok", "good", "late", "refused", "failed", "cancelled":
            self.assertEqual(sum(second[figure] for second in report["per_second"]), report[figure], figure)
        self.assertEqual(report["attempts"], report["sent"])
        self.assertEqual(report["run"]["target"], target)
        self.assertEqual(report["run"]["options"]["rate"], "40")
        self.assertIn("--client 'a b'", report["run"]["command"])
        self.assertGreater(report["run"]["cpus"], 0)
        rows = list(csv.DictReader(self.text("csv").splitlines()))
        self.assertEqual([int(row["good"]) for row in rows], [second["good"] for second in report["per_second"]])
        page = self.text("html")
        self.assertRegex(page, r"<title>(Passed|Not valid): ")
        self.assertEqual(json.loads(re.search(r'id="report">(.*)\n?</script>', page)[1]), report)

    def test_a_name_that_says_no_form_is_refused_before_the_load(self):
        done = run("load", "--rate", "1", "--target", "grpc://127.0.0.1:1", *self.outputs("json", "txt"))
        self.assertEqual(done.returncode, 2)
        self.assertIn("accepted NAME.json, NAME.csv or NAME.html", done.stderr)
        self.assertEqual(os.listdir(self.folder), [])

    def test_the_server_tells_its_queue_and_the_worker_that_was_lost(self):
        with serving(*TINY) as server:
            with subprocess.Popen([SHOAL, "load", "--target", "grpc://" + server.info["grpc"], "--rate", "50",
                                   "--duration", "3s", "--operator", server.info["dashboard"], *self.outputs("json")],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=clean_environment()) as load:
                wait_for(lambda: served_texts(server) > 0, 20, "the first answers")
                server.kill_worker(server.info["workers"][0])
                errors = load.communicate(timeout=60)[1]
            self.assertEqual((load.returncode, errors), (0, b""))
        report = json.loads(self.text("json"))
        self.assertIn(f"{server.info['workers'][0]['id']} was lost", " ".join(mark["text"] for mark in report["marks"]))
        self.assertGreaterEqual(len(report["server"]), 2)
        self.assertGreater(report["server"][-1]["capacity_cost"], 0)
        self.assertEqual((report["run"]["dim"], report["run"]["precision"]), (64, "fp32"))

    def test_a_server_that_tells_nothing_costs_the_report_nothing_else(self):
        with listening() as (_, address):
            done = run("load", "--target", f"tei+http://{address}", "--concurrency", "1", "--duration", "50ms",
                       "--operator", f"127.0.0.1:{free_port()}", *self.outputs("html"))
        self.assertEqual(done.returncode, 0)
        self.assertIn("the report is without what the server says of itself", done.stderr)
        self.assertIn('"server":[]', self.text("html"))


class OnATerminal(unittest.TestCase):
    def test_a_run_is_drawn_in_place_and_taken_away(self):
        terminal, inner = pty.openpty()
        self.addCleanup(os.close, terminal)
        with listening() as (_, address):
            with subprocess.Popen([SHOAL, "load", "--target", f"tei+http://{address}", "--rate", "40", "--duration",
                                   "1500ms", "--text-tokens", "7", "-o", "plain"], stdout=subprocess.PIPE, stderr=inner,
                                  env=clean_environment(TERM="xterm", NO_COLOR="1", LANG="C.UTF-8")) as load:
                table = load.communicate(timeout=60)[0]
        os.close(inner)
        shown = b""
        while select.select([terminal], [], [], 0.2)[0]:
            try:
                shown += os.read(terminal, 65536)
            except OSError:  # nobody has the other side any more
                break
        text = shown.decode()
        self.assertRegex(text, r"load +0:00 of 0:01 +[━─]+ +\d+ answered, \d+ in flight")
        self.assertRegex(text, r"verdicts +answered \d+  refused 0  failed 0")
        self.assertIn("\x1b[6A", text)
        self.assertTrue(text.endswith("\x1b[6A\r\x1b[J"), repr(text[-40:]))
        self.assertIn(b"offered\t", table)


if __name__ == "__main__":
    unittest.main()
