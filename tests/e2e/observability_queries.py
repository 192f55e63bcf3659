"""The queries of deploy/observability: what rules, alerts and the dashboard ask of Prometheus."""

import json
import re

import yaml

from harness import ROOT

FOLDER = ROOT / "deploy" / "observability"
CONFIG = FOLDER / "prometheus" / "prometheus.yml"
RULES = sorted((FOLDER / "prometheus" / "rules").glob("*.yml"))
RULE_TESTS = sorted((FOLDER / "prometheus" / "tests").glob("*.yml"))
DASHBOARDS = sorted((FOLDER / "grafana" / "dashboards").glob("*.json"))
# Of Debian's package, as tools/setup unpacks it.
PROGRAMS = ROOT / "build" / "prometheus" / "usr" / "bin"
PROMETHEUS, PROMTOOL = PROGRAMS / "prometheus", PROGRAMS / "promtool"

# A series that is scraped, one that a rule records, and what Prometheus adds to each.
SCRAPED = r"\b(?:shoal|process)_\w+"
RECORDED = r"\b[a-z_]+:[a-z_]+:\w+"
ADDED_LABELS = {"job", "instance"}


def rules(kind):
    """The rules of a kind: `record` or `alert`."""
    return [rule for file in RULES for group in yaml.safe_load(file.read_text(encoding="utf-8"))["groups"]
            for rule in group["rules"] if kind in rule]


def dashboard_queries(file):
    """(title of the panel, query) of a dashboard, with a value for each of its variables."""
    for panel in json.loads(file.read_text(encoding="utf-8"))["panels"]:
        for target in panel.get("targets", ()):
            yield panel["title"], target["expr"].replace("$__rate_interval", "1m").replace("$instance", ".*")


def scraped_in(query):
    """The names of scraped series in a query."""
    return set(re.findall(SCRAPED, re.sub(RECORDED, "", without_values(query))))


def recorded_in(query):
    return set(re.findall(RECORDED, without_values(query)))


def without_values(query):
    return re.sub(r'"[^"]*"', '""', query)


def selectors(query):
    """(series, [(label, value)]) of each selector with braces in a query."""
    for name, braces in re.findall(rf"({SCRAPED})\{{([^}}]*)\}}", query):
        yield name, re.findall(r'(\w+)\s*[=!]~?\s*"([^"]*)"', braces)
