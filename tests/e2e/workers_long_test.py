"""The pauses of workers_test.py at full length."""

import unittest

from workers_test import stop_one_of_three, stop_the_coordinator


class LongPauses(unittest.TestCase):
    def test_a_worker_that_is_stopped_for_fifteen_seconds_fails_no_call_of_three_seconds(self):
        stop_one_of_three(self, 15)

    def test_a_coordinator_that_is_stopped_for_five_seconds_sends_nobody_away(self):
        stop_the_coordinator(self, 5)


if __name__ == "__main__":
    unittest.main()
