"""What the CPU of this machine can do, in the words of /proc/cpuinfo."""

import pathlib
import re

TOLD = ("avx2", "fma", "avx512f", "avx512bw", "avx512dq", "avx512vl", "avx512_vnni", "avx512_bf16")


def flags():
    info = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8")
    return set(re.search(r"^flags\s*: (.*)$", info, re.M)[1].split())


def has_fast_bf16(found):
    return "avx512_bf16" in found


def has_exact_int8(found):
    """Products of 8 bits are summed without saturating in 16 bits on the way."""
    return bool({"avx512_vnni", "avx_vnni"} & found)
