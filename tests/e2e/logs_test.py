"""What the lines of a server's log have in common, and how errors stand in them."""

import json
import pathlib
import tempfile
import unittest

from harness import ROOT, serving, undescribed, wait_for

TINY = ("--model", str(ROOT / "tests" / "data" / "tiny_models" / "mean_f32"), "--precision", "fp32", "--log-level", "debug")


def lines(server, **wanted):
    """The lines of a log that have these values."""
    found = [json.loads(line) for line in server.log().splitlines() if line.startswith("{")]
    return [line for line in found if wanted.items() <= line.items()]


class Description(unittest.TestCase):
    FRONT = '{"ts":"x","level":"%s","event":"%s","msg":"m","service":"shoal"%s}\n'
    DESCRIBED = ({"ts", "level", "event", "msg", "service"}, {"a.b": ({"info"}, {"count"})})

    def breaches(self, *line):
        return list(undescribed(self.FRONT % line, self.DESCRIBED))

    def test_what_is_described_may_be_logged(self):
        self.assertEqual(self.breaches("info", "a.b", ',"count":1'), [])

    def test_what_is_not_may_not(self):
        for line in (("info", "a.c", ""), ("warn", "a.b", ""), ("info", "a.b", ',"total":1'),
                     ("info", "a.b", ',"count":1,"count":2')):
            with self.subTest(line=line):
                self.assertEqual(len(self.breaches(*line)), 1)


class Lines(unittest.TestCase):
    def test_each_line_of_a_worker_names_it_and_its_life(self):
        with serving("--workers", "1", *TINY) as server:
            def said(lives):
                return all(len({line["incarnation"] for line in lines(server, event=event)}) == lives
                           for event in ("worker.attached", "worker.changed"))
            wait_for(lambda: said(1), 20, "the first life in the log, before a kill can take its lines")
            server.kill_worker(server.info["workers"][0])
            wait_for(lambda: said(2), 20, "the second life in the log")
            name = server.info["workers"][0]["id"]
            self.assertEqual(server.stop(), 0)
            own = lines(server, role="worker")
            self.assertEqual({line.get("worker_id") for line in own}, {name})
            attached = [line["incarnation"] for line in lines(server, event="worker.attached")]
            self.assertEqual(len(set(attached)), 2)
            self.assertEqual({line.get("incarnation") for line in own}, set(attached))
            (ended,) = lines(server, event="worker.ended", level="warn")
            self.assertIn("signal 9", ended["exc_info"]["message"])
            changed = {line["incarnation"] for line in lines(server, event="worker.changed", role="serve")}
            self.assertEqual(changed, set(attached))

    def test_an_error_has_its_type_its_place_and_its_causes(self):
        with tempfile.TemporaryDirectory() as folder:
            no_folder = pathlib.Path(folder) / "file"
            no_folder.write_text("", encoding="utf-8")
            with serving("--workers", "1", *TINY, XDG_CACHE_HOME=str(no_folder)) as server:
                (line,) = lines(server, event="weights.private")
            error = line["exc_info"]
            self.assertEqual(list(error), ["type", "message", "location", "causes"])
            self.assertRegex(error["location"], r"^\w+/\w+\.cc:\d+$")
            self.assertNotIn(error["message"], line["msg"])

    def test_a_worker_says_once_at_info_that_no_coordinator_answers(self):
        with serving("--coordinator", "127.0.0.1:1", *TINY, command="worker") as worker:
            said = wait_for(lambda: len(lines(worker, event="worker.no_coordinator")) > 2
                            and lines(worker, event="worker.no_coordinator"), 10, "three dials")
            self.assertEqual([line["level"] for line in said[:3]], ["info", "debug", "debug"])
            self.assertIn("refused", said[0]["exc_info"]["message"])


if __name__ == "__main__":
    unittest.main()
