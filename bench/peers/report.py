"""What peers.py measured, as a page. Says nothing that is not in the files of the work folder."""

import collections
import json
import re
import statistics
import textwrap

WORKLOADS = ["16", "32", "128", "256", "mix"]


def quantile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(share * len(values)))]


def table(head, rows):
    return ["| " + " | ".join(head) + " |", "|" + "---|" * len(head),
            *("| " + " | ".join(row) + " |" for row in rows), ""]


RATIO_OF_TIME = ("Shoal divided by the library of the same precision in the same round: median, in brackets the least "
                 "and the most\nof the rounds. Above 1 Shoal is faster.")


FREE = 0.97  # of the cores that a round could use: what it must have got to count


def given(read):
    """The share of its cores that a round got: the median over its timings."""
    return statistics.median(cell["cores"] for cell in read["cells"] if "cores" in cell) / read["threads"]


def free_rounds(read):
    """Those that others did not disturb; all of a number of threads where there is none."""
    kept = []
    for threads in (1, 2):
        of_them = [r for r in read if r["threads"] == threads]
        kept += [r for r in of_them if given(r) >= FREE] or of_them
    return kept


class Rounds:
    """(name, workload) -> one value a round, in the order of the rounds."""

    def __init__(self, rounds):
        self.count = {threads: sum(r["threads"] == threads for r in rounds) for threads in (1, 2)}
        self.rates, self.cpu_rates = collections.defaultdict(list), collections.defaultdict(list)
        self.cores = collections.defaultdict(list)  # by name
        self.p10, self.p50 = collections.defaultdict(list), collections.defaultdict(list)
        for cell in (cell for r in rounds for cell in r["cells"]):
            place = cell["name"], cell["workload"]
            if "tokens_per_s" in cell:
                self.rates[place].append(cell["tokens_per_s"])
                self.cpu_rates[place].append(cell["tokens_per_cpu_s"])
                self.cores[cell["name"]].append(cell["cores"])
            else:
                self.p10[place].append(cell["ms_p10"])
                self.p50[place].append(cell["ms_p50"])


def in_the_same_rounds(ours, peer):
    return [a / b for a, b in zip(ours, peer)]


def names_of(tuned, threads):
    return [name for name in tuned if name.endswith(f" {threads}")]


def title(name):
    return " ".join(name.split()[:2]).replace("onnxruntime", "ONNX Runtime").replace("openvino", "OpenVINO").replace(
        "ctranslate2", "CTranslate2").replace("shoal", "**Shoal**")


def columns():
    return ["", *(f"L = {w}" if w != "mix" else "mix" for w in WORKLOADS)]


def throughput(rates, tuned, threads):
    return table(columns(), [[title(name), *(f"{statistics.median(rates[name, w]):,.0f} "
                                             f"({quantile(rates[name, w], 0.9):,.0f})" for w in WORKLOADS)]
                             for name in names_of(tuned, threads)])


def ratios(rates, tuned, threads):
    rows = []
    for name in names_of(tuned, threads):
        system, precision, _ = name.split()
        ours = f"shoal {precision} {threads}"
        if system == "shoal" or ours not in tuned:
            continue
        cells = [in_the_same_rounds(rates[ours, w], rates[name, w]) for w in WORKLOADS]
        rows.append([title(name), *(f"{statistics.median(c):.2f} ({min(c):.2f} to {max(c):.2f})" for c in cells)])
    return table(["Shoal against", *columns()[1:]], rows)


def section(rounds, tuned, threads):
    got = statistics.median(value for name in names_of(tuned, threads) for value in rounds.cores[name])
    page = [f"## Throughput, {threads} thread{'s' * (threads > 1)}", "",
            f"Tokens/s, median of {rounds.count[threads]} rounds, in brackets the fast decile. Of {threads}",
            f"core{'s' * (threads > 1)} the processes got {got:.2f} (median).", "",
            *throughput(rounds.rates, tuned, threads), RATIO_OF_TIME, "", *ratios(rounds.rates, tuned, threads)]
    waits = any(choice["lanes"] != threads for name in names_of(tuned, threads) for choice in tuned[name].values())
    if not waits:  # threads of one call that wait actively for one another would be charged for it
        page += ["The same by CPU time: tokens per second that the process really computed, per core. It leaves out what",
                 "other processes took, and is the figure to read where much time was lost.", "",
                 *throughput(rounds.cpu_rates, tuned, threads), *ratios(rounds.cpu_rates, tuned, threads)]
    return page


def latency(rounds, tuned):
    rows = []
    for name in tuned:
        threads = name.split()[2]
        if name.startswith("shoal") and threads != "1":
            continue  # a text is one lane's work, whatever the number of lanes
        rows.append([title(name), threads, *(f"{statistics.median(rounds.p50[name, w]):.2f} "
                                             f"({statistics.median(rounds.p10[name, w]):.2f})"
                                             for w in ("16", "32", "128"))])
    return ["## Latency of one text: ms", "",
            "Each round gives a p50 and a p10 over its texts; here their medians over the rounds, p10 in brackets.", "",
            *table(["", "threads", "L = 16", "L = 32", "L = 128"], rows)]


def memory(rounds_read, about, tuned):
    rows = []
    last = rounds_read[-1]["memory"]
    for name, choices in tuned.items():
        lanes = sorted({choice["lanes"] for choice in choices.values()})
        place = f"{name} {lanes[0]}"
        rows.append([title(name), name.split()[2], f"{last[place]['Pss']:.0f}", f"{last[place]['Rss']:.0f}",
                     f"{about['starts'][place]:.1f}",
                     ", ".join(f"{w}: {c['lanes']} x {c['batch']}" for w, c in sorted(choices.items())),
                     f"{about['cosines'][name]:.6f}" if name in about["cosines"] else ""])
    return ["## Memory, start, settings, agreement", "",
            "MB after the last round, proportional (what several processes share is divided) and resident. All of these",
            "processes ran at the same time, and Shoal's map the same packed weights: compare RSS. ONNX Runtime has one",
            "session per call. Start: until the first order can be taken, Python's imports included. Settings: what",
            "the tuning chose for L = 32, 128 and the mix: lanes (calls at the same time) x batch, in texts, for Shoal",
            "in tokens. Agreement: least cosine to torch over the mix.", "",
            *table(["", "threads", "PSS", "RSS", "start s", "settings", "least cosine"], rows)]


def noise(read):
    lines = ["## Noise", "",
             "The machine is a virtual one with neighbours, and other work ran on it at times: compare inside a round only.",
             f"A round counts when its processes got at least {100 * FREE:.0f} % of the cores that they could use; where no round",
             "did, all are shown, and by CPU time alone they mean something. What each got, in the order of the rounds:", ""]
    for threads in (1, 2):
        shares = ", ".join(f"{100 * given(r):.0f} %" for r in read if r["threads"] == threads)
        lines.append(f"- {threads} thread{'s' * (threads > 1)}: {shares}")
    return [*lines, ""]


BY_HAND = ("<!-- By hand from here: a new report keeps it. -->", "<!-- To here. -->")


def by_hand(page):
    """The marked section of the page as it stands; an empty one where it has none."""
    found = re.search(re.escape(BY_HAND[0]) + ".*?" + re.escape(BY_HAND[1]), page, re.S)
    return found[0] if found else "\n".join(BY_HAND)


def wrapped(row):
    return textwrap.wrap(row, 120, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


def write(work, to):
    tuned = json.loads((work / "tuning.json").read_text())
    about = json.loads((work / "about.json").read_text())
    read = [json.loads(line) for line in (work / "rounds.jsonl").read_text().splitlines()]
    rounds = Rounds(free_rounds(read))
    page = ["# Shoal's encoder against other libraries", "",
            "Written by `bench/peers/peers.py report`; how it is measured: [README.md](README.md). Token ids in, vectors",
            "out, tokenised beforehand; all-MiniLM-L6-v2. The mix has lognormal lengths of mean 31, sorted.", "",
            *wrapped(f"- Machine: {about['cpu']}, family {about['family'][0]} model {about['family'][1]}, {about['cores']} cores,"
            f" Linux {about['kernel']}. It has {', '.join(about['flags'])}"
            + ("" if "avx512f" in about["flags"] else " and no AVX-512") + "."),
            *wrapped(f"- Shoal: commit {about['commit']}. Python {about['python']}: {', '.join(about['versions'])}."),
            f"- Date: {about['date']}. {rounds.count[1]} rounds with one thread count, {rounds.count[2]} with two: see Noise.",
            *(f"- Left out, the CPU has no fast bf16: {title(name)}." for name in about["left_out"]), "",
            by_hand(to.read_text(encoding="utf-8") if to.exists() else ""), ""]
    for threads in (1, 2):
        page += section(rounds, tuned, threads)
    page += latency(rounds, tuned) + memory(read, about, tuned) + noise(read)
    to.write_text("\n".join(page).rstrip() + "\n", encoding="utf-8")
    print(f"report: {to}")
