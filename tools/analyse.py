"""analyse.py BUILD_FOLDER [WORD]: runs each compile command of a configured clang build that WORD is in
with -fsyntax-only, two at a time. That is what clang's thread safety analysis needs; no code is made.
"""

import concurrent.futures
import json
import os
import pathlib
import shlex
import subprocess
import sys


def analyse(entry):
    words = [word for word in shlex.split(entry["command"]) if not word.endswith("ccache")]
    done = subprocess.run([*words, "-fsyntax-only", "-Wthread-safety", "-Werror"], cwd=entry["directory"], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return entry["file"], done.returncode, done.stdout


def main():
    build = pathlib.Path(sys.argv[1])
    word = sys.argv[2] if len(sys.argv) > 2 else "/src/"
    entries = [entry for entry in json.loads((build / "compile_commands.json").read_text())
               if word in entry["file"] and "/build/" not in entry["file"]]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for file, code, output in pool.map(analyse, entries):
            if code != 0:
                failed += 1
                print(f"{file}:\n{output}")
    print(f"clang: {len(entries)} files, {failed} with findings")
    return 1 if failed or not entries else 0


if __name__ == "__main__":
    sys.exit(main())
