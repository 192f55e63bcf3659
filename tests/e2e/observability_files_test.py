"""The files of deploy/observability: they are what their programs accept, name only metrics and reasons that there are,
and each alert is tested and has its section in the runbook. Needs `tools/setup prometheus`.
"""

import json
import pathlib
import re
import subprocess
import tempfile
import unittest

import yaml

from harness import ROOT
from observability_queries import (ADDED_LABELS, CONFIG, DASHBOARDS, FOLDER, PROMTOOL, RULE_TESTS, RULES,
                                   dashboard_queries, recorded_in, rules, scraped_in, selectors)


def page(name):
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def documented_series():
    """Each series of docs/metrics.md, with its labels: a histogram has three."""
    series = {}
    for name, kind, labels in re.findall(r"^\| `(\w+)` \| (\w+) \| ([^|]*) \|", page("metrics.md"), re.M):
        labels = set(re.findall(r"\w+", labels))
        for suffix in ("_bucket", "_sum", "_count") if kind == "histogram" else ("",):
            more = {"le"} if suffix == "_bucket" else set()
            series[name + suffix] = series.get(name + suffix, set()) | labels | more
    return series


def reasons():
    return set(re.findall(r"^\| `(\w+)` \| [A-Z_]+ \| \d+ \|", page("api.md"), re.M))


def anchors(name):
    """What a heading is linked by."""
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-")
            for heading in re.findall(r"^#+ (.*)$", page(name), re.M)}


def queries():
    """(where, query) of all."""
    for kind in ("record", "alert"):
        for rule in rules(kind):
            yield rule[kind], rule["expr"]
    for file in DASHBOARDS:
        yield from dashboard_queries(file)


class Accepted(unittest.TestCase):
    """By promtool."""

    def accepts(self, *arguments):
        done = subprocess.run([PROMTOOL, *arguments], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_configuration_and_rules(self):
        self.accepts("check", "config", CONFIG)
        self.accepts("check", "rules", "--lint-fatal", *RULES)

    def test_the_rules_do_what_their_tests_say(self):
        self.accepts("test", "rules", *RULE_TESTS)

    def test_the_queries_of_the_dashboard(self):
        found = [query for file in DASHBOARDS for _, query in dashboard_queries(file)]
        self.assertGreater(len(found), 40)
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "queries.yml"
            file.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": [
                {"record": f"query_{number}", "expr": query} for number, query in enumerate(found)]}]}))
            self.accepts("check", "rules", file)


class Names(unittest.TestCase):
    def test_queries_name_only_series_and_labels_that_there_are(self):
        series, recorded = documented_series(), {rule["record"] for rule in rules("record")}
        for where, query in queries():
            with self.subTest(where):
                self.assertLessEqual(scraped_in(query), series.keys())
                self.assertLessEqual(recorded_in(query), recorded)
                self.assertTrue(scraped_in(query) or recorded_in(query) or re.search(r"\bup\b", query), query)
                for name, conditions in selectors(query):
                    self.assertLessEqual({label for label, _ in conditions}, series[name] | ADDED_LABELS, name)

    def test_queries_name_only_reasons_that_there_are(self):
        found = {word for _, query in queries() for _, conditions in selectors(query)
                 for label, value in conditions if label in ("verdict", "reason") for word in value.split("|")}
        self.assertGreater(len(found), 5)
        self.assertLessEqual(found, reasons() | {"ok"})

    def test_every_recorded_series_is_read(self):
        read = {name for _, query in queries() for name in recorded_in(query)}
        self.assertEqual({rule["record"] for rule in rules("record")} - read, set())


class Alerts(unittest.TestCase):
    def test_each_has_a_severity_and_says_numbers(self):
        for rule in rules("alert"):
            with self.subTest(rule["alert"]):
                self.assertIn(rule["labels"]["severity"], ("critical", "warning", "info"))
                self.assertTrue(rule["annotations"]["summary"])
                self.assertRegex(rule["annotations"]["description"], r"\d|\$value")

    def test_each_has_its_section_and_its_row_in_the_runbook(self):
        found = anchors("runbook.md")
        rows = dict(re.findall(r"^\| \[(\w+)\]\(#\w+\) \| (\w+) \|", page("runbook.md"), re.M))
        for rule in rules("alert"):
            with self.subTest(rule["alert"]):
                file, anchor = rule["annotations"]["runbook_url"].split("#")
                self.assertEqual((file, anchor), ("docs/runbook.md", rule["alert"].lower()))
                self.assertIn(anchor, found)
        self.assertEqual(rows, {rule["alert"]: rule["labels"]["severity"] for rule in rules("alert")})

    def test_each_is_tested_firing_and_not_firing(self):
        cases = [case for file in RULE_TESTS for test in yaml.safe_load(file.read_text(encoding="utf-8"))["tests"]
                 for case in test.get("alert_rule_test", ())]
        for wanted in (True, False):
            tested = {case["alertname"] for case in cases if bool(case.get("exp_alerts")) == wanted}
            self.assertEqual({rule["alert"] for rule in rules("alert")}, tested, f"firing: {wanted}")


class Grafana(unittest.TestCase):
    def test_a_dashboard_asks_for_its_data_source_and_overlaps_nowhere(self):
        for file in DASHBOARDS:
            dashboard = json.loads(file.read_text(encoding="utf-8"))
            self.assertEqual(dashboard["uid"], file.stem)
            panels = dashboard["panels"]
            self.assertEqual(len({panel["id"] for panel in panels}), len(panels))
            taken = set()
            for panel in panels:
                with self.subTest(panel["title"]):
                    at = panel["gridPos"]
                    self.assertLessEqual(at["x"] + at["w"], 24)
                    cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
                    self.assertEqual(cells & taken, set())
                    taken |= cells
                    if panel["type"] != "row":
                        self.assertEqual(panel["datasource"], {"type": "prometheus", "uid": "${datasource}"})
                        self.assertTrue(panel["description"])

    def test_links_lead_to_data_sources_that_are_provisioned(self):
        file = FOLDER / "grafana" / "provisioning" / "datasources" / "shoal.yaml"
        text = file.read_text(encoding="utf-8")
        provisioned = {source["uid"] for source in yaml.safe_load(text)["datasources"]}
        self.assertEqual(set(re.findall(r"datasourceUid: (\S+)", text)), provisioned)
        linked = {uid for file in DASHBOARDS
                  for uid in re.findall(r'datasource\\":\\"([^\\]+)', file.read_text(encoding="utf-8"))}
        self.assertTrue(linked and linked <= provisioned, linked)

    def test_other_files_are_yaml(self):
        for file in FOLDER.rglob("*.y*ml"):
            self.assertTrue(yaml.safe_load(file.read_text(encoding="utf-8")), file)


if __name__ == "__main__":
    unittest.main()
