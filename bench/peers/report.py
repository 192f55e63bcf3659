"""What peers.py measured, as a page. Says nothing that is not in the files of the work folder."""

import collections
import json
import statistics

WORKLOADS = ["16", "32", "128", "256", "mix"]


def quantile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(share * len(values)))]


def table(head, rows):
    return ["| " + " | ".join(head) + " |", "|" + "---|" * len(head),
            *("| " + " | ".join(row) + " |" for row in rows), ""]


RATIO_OF_TIME = ("Shoal divided by the library of the same precision in the same round: median, in brackets the least "
                 "and the most\nof the rounds. Above 1 Shoal is faster.")


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
    page = [f"## Throughput, {threads} thread{'s' * (threads > 1)}", "",
            f"Tokens/s, median of {rounds.count[threads]} rounds, in brackets the fast decile.", "",
            *throughput(rounds.rates, tuned, threads), RATIO_OF_TIME, "", *ratios(rounds.rates, tuned, threads)]
    if threads == 1:  # with more, libraries that wait actively would be charged for it
        page += ["The same by CPU time: tokens per second that the process really computed. It leaves out what other",
                 "processes took, and is the figure to read where much time was lost (see Noise).", "",
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
            "MB after the last round, proportional (what others share is divided) and resident; each process has one",
            "copy of its model. Start: until the first order can be taken, Python's imports included. Settings: what",
            "the tuning chose for L = 32, 128 and the mix: lanes (calls at the same time) x batch, in texts, for Shoal",
            "in tokens. Agreement: least cosine to torch over the mix.", "",
            *table(["", "threads", "PSS", "RSS", "start s", "settings", "least cosine"], rows)]


def noise(rounds, rounds_read):
    lost = [1 - statistics.median(values) / int(name.split()[2]) for name, values in rounds.cores.items()]
    stolen = sum(r["stolen"] for r in rounds_read) / (2 * sum(r["seconds"] for r in rounds_read))
    return ["## Noise", "",
            "The machine is a virtual one with neighbours, and other work ran on it at times. Compare inside a round",
            f"only. Share of the cores' time that the hypervisor reports as taken: {100 * stolen:.1f} %. Share of its",
            f"threads' time that a library did not compute, median over the libraries: {100 * statistics.median(lost):.0f} %",
            "(waiting inside the library counts too).", ""]


def write(work, to):
    tuned = json.loads((work / "tuning.json").read_text())
    about = json.loads((work / "about.json").read_text())
    read = [json.loads(line) for line in (work / "rounds.jsonl").read_text().splitlines()]
    rounds = Rounds(read)
    page = ["# Shoal's encoder against other libraries", "",
            "Written by `bench/peers/peers.py report`; how it is measured: [README.md](README.md). Token ids in, vectors",
            "out, tokenised beforehand; all-MiniLM-L6-v2. The mix has lognormal lengths of mean 31, sorted.", "",
            f"- Machine: {about['cpu']}, family {about['family'][0]} model {about['family'][1]}, {about['cores']} cores,"
            f" Linux {about['kernel']}. It has {', '.join(about['flags'])}"
            + ("" if "avx512f" in about["flags"] else " and no AVX-512") + ".",
            f"- Shoal: commit {about['commit']}. Python {about['python']}: {', '.join(about['versions'])}.",
            f"- Date: {about['date']}. {rounds.count[1]} rounds with one thread, {rounds.count[2]} with two.", ""]
    for threads in (1, 2):
        page += section(rounds, tuned, threads)
    page += latency(rounds, tuned) + memory(read, about, tuned) + noise(rounds, read)
    to.write_text("\n".join(page).rstrip() + "\n", encoding="utf-8")
    print(f"report: {to}")
