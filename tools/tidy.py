"""The house rules that a program can check. Prints every breach as file:line: what, and exits 1.

Each rule is one function that yields (file, line, message). The allowed arrows between modules are
read from ARCHITECTURE.md, so that the page and the code cannot part.
"""

import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
MAX_FILE_LINES = 600
MAX_FUNCTION_LINES = 70
MAX_COMMENT_COLUMNS = 100
MAX_PAGE_COLUMNS = 120

# name -> where it may stand, what to use instead
BANNED = [
    (r"std::(recursive_|shared_|timed_)?mutex\b", ("src/base/",), "base/mutex.h"),
    (r"std::condition_variable", ("src/base/",), "CondVar of base/mutex.h"),
    (r"(steady|system|high_resolution)_clock::now\(", ("src/base/clock",), "a Clock (base/clock.h)"),
    (r"\bsleep_for\b|\bsleep_until\b|\busleep\(", (), "waiting on a condition with a deadline"),
    (r"\bthrow\b", (), "Status (base/status.h)"),
    (r"std::views\b", (), "a range algorithm or a loop"),
    (r"std::(printf|puts|putchar)\(|, stdout\)", ("src/cli/print.cc", "src/tokenizer/", "src/engine/", "src/scheduler/", "bench/", "tests/"),
     "Print (cli/print.h)"),
    (r"\.detach\(\)", (), "a thread that somebody joins"),
    (r"\b(s?rand|random)\(\)", (), "Rng (base/rng.h)"),
    (r"std::(mt19937|random_device|uniform_\w+_distribution)", ("src/kernels/",), "Rng (base/rng.h)"),
    (r"\bT[O]DO\b|\bF[I]XME\b|\bX[X]X\b", (), "doing it"),
]
# Sources that export one table each, declared together in kernels/tables.h.
TABLES = ("src/kernels/avx512_bf16.cc", "src/kernels/avx512.cc", "src/kernels/avx2.cc", "src/kernels/portable.cc", "src/kernels/kernels_test.cc",
          "src/kernels/kernels_attention_test.cc", "src/kernels/kernels_int8_test.cc")
# third-party headers -> modules that may include them
LIBRARIES = [
    (r"<(grpc|grpcpp|google/protobuf|absl)/|\.(pb|grpc\.pb)\.h[>\"]", {"rpc"}),
    (r"<boost/asio", {"net"}),
    (r"<boost/beast", {"net", "http"}),
    (r"<(nlohmann|simdjson)", {"json"}),
    (r"<prometheus/", {"telemetry"}),
    (r"<toml\+\+/|<toml\.hpp>", {"config"}),
    (r"<utf8proc", {"tokenizer"}),
    (r"<xxhash", {"engine", "coordinator"}),
    (r"<(zlib|nghttp2/)", {"rpc"}),
]


def tracked(*patterns):
    out = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", *patterns], cwd=ROOT, text=True,
                         stdout=subprocess.PIPE, check=True).stdout.split("\n")
    return [line for line in out if line and (ROOT / line).is_file()]


def text(file):
    return (ROOT / file).read_text(encoding="utf-8")


def lines(file):
    return list(enumerate(text(file).split("\n"), 1))


def code_lines(file):
    """Lines without // comments and string contents."""
    for number, line in lines(file):
        line = re.sub(r'"(\\.|[^"\\])*"', '""', line) if "#include" not in line else line
        yield number, line.split("//")[0]


def arrows():
    """module -> set of modules, from the block in ARCHITECTURE.md."""
    found = {}
    for match in re.finditer(r"^([\w/]+) +->(.*)$", text("ARCHITECTURE.md"), re.M):
        found[match[1]] = set(match[2].split())
    return found


def module_of(file):
    parts = file.split("/")
    if parts[0] == "bench":
        return "bench"
    return parts[1] if parts[0] == "src" and len(parts) > 2 else None


def check_arrows():
    allowed = arrows()
    everything = set(allowed)
    used = set()
    for file in tracked("src/*.h", "src/*.cc", "bench/*.h", "bench/*.cc"):
        module = module_of(file)
        if module not in allowed:
            yield file, 1, f"module {module} has no line in ARCHITECTURE.md"
            continue
        targets = everything if "everything" in allowed[module] else allowed[module] | {module}
        for number, line in lines(file):
            match = re.match(r'#include "(\w+)/', line)
            if match:
                used.add((module, match[1]))
            if match and match[1] in allowed and match[1] not in targets:
                yield file, number, f"{module} may not include {match[1]} (ARCHITECTURE.md)"
            for pattern, owners in LIBRARIES:
                if line.startswith("#include") and re.search(pattern, line) and module not in owners:
                    yield file, number, f"only {', '.join(sorted(owners))} may include {line.split()[-1]}"


    for module, targets in allowed.items():
        for target in sorted(targets):
            if (module, target) not in used:
                yield "ARCHITECTURE.md", 1, f"{module} -> {target}: no file of {module} includes {target}"


def check_links():
    allowed = arrows()
    for file in tracked("src/*/CMakeLists.txt", "bench/CMakeLists.txt"):
        module = module_of(file)
        pattern = r"^shoal_module\(\w+[^)]*?DEPENDS ([\w\s]*?)(?=\n\s*[A-Z_]+\s|\))"
        if module == "bench":
            pattern = r"^set\(bench_modules ([\w\s]*)\)"
        match = re.search(pattern, text(file), re.M)
        linked = set(match[1].split()) if match else set()
        wanted = allowed.get(module, set())
        if "everything" in wanted:
            continue
        if linked != wanted:
            yield file, 1, f"links {sorted(linked)}, ARCHITECTURE.md says {sorted(wanted)}"


def check_listed():
    for file in tracked("src/*.cc", "bench/*.cc"):
        path = pathlib.PurePath(file)
        listing = path.parent / "CMakeLists.txt"
        if len(path.parts) != (2 if path.parts[0] == "bench" else 3):
            yield file, 1, "no folder inside bench/ or a folder of src/"
        elif not re.search(rf"\b{re.escape(path.name)}\b", text(str(listing))):
            yield file, 1, f"is not in {listing}"


def header_of(file):
    """The header that a source belongs to: its own, or the one whose name its name begins with."""
    folder, name = file.rsplit("/", 1)
    words = re.sub(r"(_test|_bench|_fuzz)?\.cc$", "", name).split("_")
    for count in range(len(words), 0, -1):
        header = folder + "/" + "_".join(words[:count]) + ".h"
        if (ROOT / header).exists():
            return header
    return None


def check_pairs():
    """A source opens with the header it belongs to: so the header stands by itself."""
    for file in tracked("src/*.cc"):
        if file.endswith(("/main.cc", "_e2e_test.cc", "_bench.cc")) or file in TABLES:
            continue
        header = header_of(file)
        first = re.search(r'^#include [<"]([^>"]+)[>"]', text(file), re.M)
        if header is None:
            yield file, 1, "has no header beside it"
        elif not first or "src/" + first[1] != header:
            yield file, 1, f"must include {header[len('src/'):]} first"
    for file in tracked("src/*.h", "bench/*.h"):
        if "#pragma once" not in text(file):
            yield file, 1, "has no #pragma once"


def check_sizes():
    for file in tracked("*.cc", "*.h", "*.py", "tools/*"):
        count = len(lines(file))
        if count > MAX_FILE_LINES:
            yield file, 1, f"has {count} lines; at most {MAX_FILE_LINES}"
    for file in tracked("*.cc", "*.h"):
        start = None
        for number, line in lines(file):
            opens = re.match(r"( {0,2})[A-Za-z~].*\{$", line)
            if opens and not re.match(r" *(namespace|class|struct|enum|union|extern|public|switch)\b", line):
                start = (number, opens[1])
            elif start and re.match(re.escape(start[1]) + r"\}", line):
                if number - start[0] + 1 > MAX_FUNCTION_LINES:
                    yield file, start[0], (f"a function of {number - start[0] + 1} lines; "
                                           f"at most {MAX_FUNCTION_LINES}")
                start = None


def has_comment(line, mark):
    """Whether a comment opens in this line. A mark inside a string opens none."""
    bare = re.sub(r'"(\\.|[^"\\])*"', '""', line)
    return re.search(rf"(^|\s){mark}", bare) is not None


def check_comment_widths():
    for mark, patterns in (("//", ("*.h", "*.cc", "*.proto")),
                           ("#", ("*.py", "*.cmake", "*CMakeLists.txt", "tools/*", ".ci/*"))):
        for file in tracked(*patterns):
            for number, line in lines(file):
                if len(line) > MAX_COMMENT_COLUMNS and "://" not in line and has_comment(line, mark):
                    yield file, number, f"a comment to column {len(line)}; at most {MAX_COMMENT_COLUMNS}"


def check_page_widths():
    """Tables, code and what cannot be broken (a link alone, a URL) may be wider."""
    free = r"\s*\||.*://|\s*([-*] )?\[[^\]]*\]\([^)]*\)\W*$"
    for file in tracked("*.md"):
        fenced, indented, after_blank = False, False, True
        for number, line in lines(file):
            fenced ^= line.lstrip().startswith("```")
            indented = line.startswith("    ") and (indented or after_blank)
            after_blank = not line.strip()
            if len(line) > MAX_PAGE_COLUMNS and not (fenced or indented or re.match(free, line)):
                yield file, number, f"{len(line)} columns; at most {MAX_PAGE_COLUMNS}"


def check_banned():
    for file in tracked("src/*.h", "src/*.cc", "bench/*.h", "bench/*.cc", "tests/*.cc", "tests/*.h"):
        for number, line in code_lines(file):
            for pattern, homes, instead in BANNED:
                if re.search(pattern, line) and not file.startswith(homes or ("\0",)):
                    yield file, number, f"{re.search(pattern, line)[0]}: use {instead}"


def check_alone():
    """The project speaks of itself alone: no path of a machine, nothing outside the checkout."""
    words = r"(^|[\s\"'(=])/(work|home|root)/|\.\./sh[a]red"
    for file in tracked():
        if file.startswith("tests/data/") or not is_text(file):
            continue
        for number, line in lines(file):
            if re.search(words, line):
                yield file, number, "names a path of one machine"


def check_web_lock():
    """npm's lock file names no registry: whoever installs uses their own."""
    for file in tracked("web/package-lock.json"):
        for number, line in lines(file):
            if '"resolved"' in line:
                yield file, number, 'has "resolved", a registry: omit-lockfile-registry-resolved=true in web/.npmrc'
                break


def check_docs():
    for file in tracked("*.md"):
        for number, line in lines(file):
            for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", line):
                if not ((ROOT / file).parent / target).exists():
                    yield file, number, f"links to {target}, which does not exist"


def check_reference():
    """Options, metrics, errors and routes stand in docs as they are in the code, and docs name no others."""
    pages = [("docs/configuration.md", r"^\| `--([\w-]+)` \|", "src/config/*options.h", r'Option\{\s*\.name = "([\w-]+)"'),
             ("docs/metrics.md", r"^\| `(\w+)` \|", "src/telemetry/metric_table.h", r'Metric k\w+\{\s*"(\w+)"')]
    for page, named, sources, used in pages:
        documented = set(re.findall(named, text(page), re.M))
        real = {name for file in tracked(sources) if not file.endswith("_test.cc")
                for name in re.findall(used, text(file))}
        yield from differences(page, documented, real)
    yield from differences("docs/api.md", documented_errors(), real_errors())
    yield from differences("docs/http.md", set(re.findall(r"^\| `([A-Z]+ /\S*)` \|", text("docs/http.md"), re.M)),
                           described_routes())
    yield from differences("docs/operator-api.md",
                           set(re.findall(r"^\| `([A-Z]+ /\S*)` \|", text("docs/operator-api.md"), re.M)), operator_routes())


LOG_ROW = r"^\| `(\w+(?:\.\w+)+)` \| ([a-z, ]+) \| [^|]* \|([^|]*)\|$"
LOG_CALL = r'(?:\bLog(Debug|Info|Warn|Error)?\(\s*(?:[\w:]+,\s*)?|\.event = )"([a-z_]+(?:\.[a-z_]+)+)"([^;]*)'


def check_logs():
    """The table of docs/logs.md has each event of the sources with its levels, and each field they name."""
    page = "docs/logs.md"
    rows = {event: (set(levels.split(", ")), set(re.findall(r"`(\w+)`", fields)))
            for event, levels, fields in re.findall(LOG_ROW, text(page), re.M)}
    common = set(re.findall(r"^\| `(\w+)` \|", text(page), re.M))
    logged = {}
    for file in tracked("src/*.cc"):
        if file.endswith(("_test.cc", "_bench.cc")):
            continue
        for call in re.finditer(LOG_CALL, text(file)):
            level, event, rest = call[1] and call[1].lower(), call[2], call[3]
            line = text(file).count("\n", 0, call.start()) + 1
            logged.setdefault(event, set()).add(level)
            levels, fields = rows.get(event, (set(), set()))
            if level and event in rows and level not in levels:
                yield file, line, f"{event} is logged at {level}, {page} says {', '.join(sorted(levels))}"
            named = set(re.findall(r'\{"(\w+)",', rest)) | ({"exc_info"} if "ExcInfo(" in rest else set())
            for name in sorted(named - fields - common) if event in rows else ():
                yield file, line, f"{event} has a field {name}, which its row of {page} has not"
    yield from differences(page, set(rows), set(logged))
    for event, (levels, _) in sorted(rows.items()):
        if None not in logged.get(event, {None}) and levels != logged[event]:
            yield page, 1, f"{event} is logged at {', '.join(sorted(logged[event]))} alone"


def differences(page, documented, real):
    for name in sorted(documented ^ real):
        yield page, 1, f"{name} is " + ("not in the code" if name in documented else "missing here")


def described_routes():
    """ "GET /v1/models" and the others; a unit test compares the document with the code."""
    paths = json.loads(text("src/routes/openapi.json"))["paths"]
    return {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}


def operator_routes():
    """Likewise of the dashboard's port; the probes are those of the public one."""
    found = re.findall(r'routes\.Add\("([A-Z]+)",\s*"(/[^"]*)"', "".join(
        text(file) for file in tracked("src/dashboard/*_route*.cc", "src/routes/probe_routes.cc")))
    return {f"{method} {path}" for method, path in found}


def documented_errors():
    """The rows of the table of errors: "reason CODE status yes|no"."""
    return {" ".join(row) for row in re.findall(r"^\| `(\w+)` \| ([A-Z_]+) \| (\d+) \| (\w+) \|", text("docs/api.md"), re.M)}


def real_errors():
    """The same of the code, where a row reads: Row{Verdict::kX, "reason", kCode, 400, true}."""
    rows = re.findall(r'Row\{Verdict::\w+, "(\w+)", k(\w+), (\d+), (\w+)\}', text("src/api/verdict.cc"))
    return {f"{reason} {re.sub('(?<=[a-z])(?=[A-Z])', '_', code).upper()} {status} {'yes' if retry == 'true' else 'no'}"
            for reason, code, status, retry in rows if reason != "ok"}


def check_format():
    files = tracked("src/*.h", "src/*.cc", "bench/*.h", "bench/*.cc", "tests/*.h", "tests/*.cc")
    out = subprocess.run(["clang-format-14", "--dry-run", *files], cwd=ROOT, text=True,
                         stderr=subprocess.PIPE).stderr
    for match in re.finditer(r"^(\S+?):(\d+):\d+: warning", out, re.M):
        yield match[1], int(match[2]), "clang-format-14 -i would change this"


def is_text(file):
    return b"\0" not in (ROOT / file).read_bytes()[:8000]


def main():
    breaches = set()
    for check in (check_arrows, check_links, check_listed, check_pairs, check_sizes, check_comment_widths,
                  check_page_widths, check_banned, check_alone, check_web_lock, check_docs, check_reference, check_logs,
                  check_format):
        breaches.update(check())
    for file, line, message in sorted(breaches):
        print(f"{file}:{line}: {message}")
    print(f"tidy: {len(breaches)} breaches" if breaches else "tidy: clean")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
