"""Two hundred links on one coordinator: all are listed and told of, calls go on when some of them end."""

import json
import unittest
import urllib.request

from crowd import Crowd
from harness import Client, serving, wait_for, workers_of

WORKERS = 200


def snapshot(server):
    with urllib.request.urlopen(f"http://{server.info['dashboard']}/api/v1/snapshot", timeout=10) as answer:
        return json.load(answer)


def count(server, state):
    return sum(worker["state"] == state for worker in snapshot(server)["workers"].values())


class ManyWorkers(unittest.TestCase):
    def test_all_are_told_of_and_calls_survive_those_that_leave(self):
        with serving("--precision", "fp32", command="coordinator") as server:
            with Crowd(server.info["worker"], snapshot(server)["model"], WORKERS) as crowd:
                wait_for(lambda: count(server, "ready") == WORKERS, 60, "two hundred that are ready")
                client = Client(server.info["grpc"])
                self.assertEqual(len(client.vectors([f"text {index}" for index in range(2048)])), 2048)
                # One by one: a text that three workers in a row took with them is given up.
                for index in range(0, WORKERS, 2):
                    crowd.leave(f"crowd-{index}")
                    self.assertEqual(len(client.vectors(["while they leave"] * 8)), 8)
                wait_for(lambda: count(server, "lost") == WORKERS // 2, 60, "half of them lost")
                self.assertEqual(len(workers_of(server)), WORKERS)
                self.assertEqual(crowd.ended, [])


if __name__ == "__main__":
    unittest.main()
