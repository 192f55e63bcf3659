"""licenses.py [--check]: writes licenses/third_party_licenses.md, or fails when it is not up to date.

The list is of what is linked into the binary: Debian's packages of the libraries, with the versions that
this machine has, and what the dashboard's script holds. --check compares everything but the versions of Debian's
packages, which Debian updates by itself.
"""

import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "licenses" / "third_party_licenses.md"
LOCK = ROOT / "web" / "package-lock.json"

# Debian package, project, SPDX id, what it is for, what in a CMakeLists.txt or source shows it
LINKED = [
    ("libgrpc++-dev", "gRPC", "Apache-2.0", "public API and worker link", "gRPC CONFIG"),
    ("libprotobuf-dev", "Protocol Buffers", "BSD-3-Clause", "wire format", "find_package(Protobuf"),
    ("libabsl-dev", "Abseil", "Apache-2.0", "inside gRPC", "gRPC CONFIG"),
    ("libc-ares-dev", "c-ares", "MIT", "inside gRPC", "gRPC CONFIG"),
    ("libre2-dev", "RE2", "BSD-3-Clause", "inside gRPC", "gRPC CONFIG"),
    ("libnghttp2-dev", "nghttp2", "MIT", "HTTP/2 of the public edge", "pkg_check_modules(NGHTTP2"),
    ("libboost1.81-dev", "Boost (Asio, Beast)", "BSL-1.0", "HTTP server and client", "find_package(Boost"),
    ("libssl-dev", "OpenSSL", "Apache-2.0", "TLS and SHA-256", "find_package(OpenSSL"),
    ("prometheus-cpp-dev", "prometheus-cpp", "MIT", "metrics", "find_package(prometheus-cpp"),
    ("nlohmann-json3-dev", "JSON for Modern C++", "MIT", "JSON reader of files", "<nlohmann/"),
    ("libsimdjson-dev", "simdjson", "Apache-2.0", "JSON reader of requests", "find_package(simdjson"),
    ("libtomlplusplus-dev", "toml++", "MIT", "configuration files", "<toml++/"),
    ("libutf8proc-dev", "utf8proc", "MIT", "Unicode tables", "utf8proc"),
    ("libxxhash-dev", "xxHash", "BSD-2-Clause", "checksum of packed weights, names of texts", "<xxhash.h>"),
    ("zlib1g-dev", "zlib", "Zlib", "compressed messages, and inside gRPC", "find_package(ZLIB"),
]


def version(package):
    done = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", package], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL)
    return done.stdout or "?"


def page():
    files = [*ROOT.glob("src/*/CMakeLists.txt"), *ROOT.glob("src/json/*.cc"), *ROOT.glob("src/config/*.cc"), *ROOT.glob("src/engine/*.cc")]
    sources = "".join(file.read_text() for file in files)
    rows = [f"| {project} | {version(package)} | {licence} | {use} |"
            for package, project, licence, use, sign in LINKED if sign in sources]
    return "\n".join([
        "# Third-party licences", "",
        "What the binary links, from the packages of Debian 12. Written by `tools/licenses.py`, checked by a test. The",
        "full texts are in `/usr/share/doc/<package>/copyright` of each package. The default model, all-MiniLM-L6-v2, is",
        "Apache-2.0 and not part of this repository.", "",
        "| project | version | SPDX id | for |", "|---|---|---|---|", *rows, "",
        "The script of the dashboard's page holds these:", "",
        "| project | version | licence |", "|---|---|---|",
        *(f"| {name} | {version} | [{licence}]({file}) |" for name, version, licence, file in bundled()), ""])


def bundled():
    """(name, version, licence, file with its text) of what is built into the dashboard's script."""
    for path, package in sorted(json.loads(LOCK.read_text())["packages"].items()):
        if path and not package.get("dev"):
            name = path.removeprefix("node_modules/")
            yield name, package["version"], package["license"], f"dashboard/{name.lstrip('@').replace('/', '-')}.txt"


def without_versions(text):
    """Debian's; those of the dashboard are ours to choose."""
    return re.sub(r"^(\| [^|]+ \|) [^|]+ \|(?! \[)", r"\1 |", text, flags=re.M)


def unlisted():
    """Packages that some module looks for and that no row names."""
    for file in sorted(ROOT.glob("src/*/CMakeLists.txt")):
        for name in re.findall(r"find_package\((\w[\w+-]*)|pkg_check_modules\((\w+)", file.read_text()):
            name = name[0] or name[1]
            if name not in ("GTest", "benchmark", "Threads", "Python3", "PkgConfig", "GRPC_ALL") and not any(
                    name in sign for *_, sign in LINKED):
                yield f"{file.relative_to(ROOT)}: {name} has no row in tools/licenses.py"


def textless():
    """What is bundled without the text of its licence."""
    for name, _, _, file in bundled():
        if not (PAGE.parent / file).exists():
            yield f"licenses/{file} is missing: copy web/node_modules/{name}/LICENSE"


def main():
    problems = [*unlisted(), *textless()]
    if "--check" in sys.argv:
        if not PAGE.exists() or without_versions(PAGE.read_text()) != without_versions(page()):
            problems.append("licenses/third_party_licenses.md is out of date: run tools/licenses.py")
    else:
        PAGE.write_text(page())
    print("\n".join(problems) if problems else "licences: complete")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
