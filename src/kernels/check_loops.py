"""check_loops.py OBJDUMP OBJECT...: reads the machine code of the products' inner loops in the objects
of the x86 kernel tables and fails where one stores to the stack: accumulators that do not fit the registers cost the
tile its speed and nothing else, so no other test would notice.

An innermost loop is the code between a backward jump's target and the jump, with no other backward
jump in it. It is a hot one when it holds at least 6 of its kind's multiply-add instructions.
"""

import os
import re
import subprocess
import sys

FP32 = {"fp32 products": ("LinearPanels<", "vfmadd231ps"),
        "fp32 attention": ("AttentionOfHeads<.*Fp32Operands<", "vfmadd231ps")}
MADD = {"int8 products": ("Int8Panels<", "vpmaddwd"),
        "int8 attention": ("AttentionOfHeads<.*Int16Operands<", "vpmaddwd")}
# object -> kind -> what the functions that hold its loops are called, its multiply-add
TABLES = {
    "avx2": {**FP32, **MADD},
    "avx512": {**FP32, **MADD},
    "avx512_bf16": {**FP32,
                    "int8 products": ("Int8Panels<", "vpdpbusd"),
                    "int8 attention": ("AttentionOfHeads<.*Int16Operands<", "vpdpwssd"),
                    "bf16 products": ("Bf16Panels<", "vdpbf16ps"),
                    "bf16 attention": ("AttentionOfHeads<.*Bf16Operands<", "vdpbf16ps")},
}
HOT = 6
STACK = re.compile(r"\(%rsp[,)]")
STACK_OR_FRAME = re.compile(r"\(%r[sb]p[,)]")
READS_ONLY = re.compile(r"cmp|test|bt\b|prefetch|nop|call|jmp|vucomis|vcomis|ucomis|comis|div|idiv|mul\b")


def functions(listing):
    """Yields (name, [(address, instruction)])."""
    name, code = None, []
    for line in listing.split("\n"):
        head = re.match(r"[0-9a-f]+ <(.*)>:$", line)
        if head:
            if name:
                yield name, code
            name, code = head[1], []
        step = re.match(r" *([0-9a-f]+):\t(.+)$", line)
        if step:
            code.append((int(step[1], 16), step[2].split("#")[0].strip()))
    if name:
        yield name, code


def innermost_loops(code):
    """The instructions of each innermost loop, its jump last."""
    places = {address: index for index, (address, _) in enumerate(code)}
    spans = []
    for index, (address, text) in enumerate(code):
        jump = re.match(r"j\w+ +([0-9a-f]+)\b", text)
        if jump and int(jump[1], 16) <= address and int(jump[1], 16) in places:
            spans.append((places[int(jump[1], 16)], index))
    for first, last in spans:
        if not any(first <= jump < last for _, jump in spans):
            yield code[first:last + 1]


def stores_to_stack(text, stack):
    """Whether the instruction writes to memory at %rsp, or at %rbp where that is the frame's."""
    if text.startswith("push"):
        return True
    operation, _, operands = text.partition(" ")
    target = re.split(r",(?![^(]*\))", operands.strip())[-1]
    return bool(stack.search(target)) and not READS_ONLY.match(operation)


def check(name, code, multiply_add):
    """Prints what was looked at; returns (hot loops, stores to the stack)."""
    has_frame = any(re.match(r"mov +%rsp,%rbp$", text) for _, text in code)
    stack = STACK_OR_FRAME if has_frame else STACK
    hot, bad = [], 0
    for loop in innermost_loops(code):
        count = sum(text.startswith(multiply_add) for _, text in loop)
        if count < HOT:
            continue
        hot.append(count)
        for address, text in loop:
            if stores_to_stack(text, stack):
                bad += 1
                print(f"  {address:x}: {text}    <- stored to the stack in a loop of {count} {multiply_add}")
    short = re.sub(r"\(shoal::Epilogue\)|shoal::|\(anonymous namespace\)::|\(.*", "", name)
    print(f"{short}: {len(hot)} hot loops, of {', '.join(map(str, hot)) or 'none'} {multiply_add}; "
          f"{bad} stores to the stack in them")
    return len(hot), bad


def check_table(objdump, path, kinds):
    """Prints every kind's loops; returns whether all are as they should be."""
    listing = subprocess.run([objdump, "-d", "-C", "--no-show-raw-insn", path], text=True, check=True,
                             stdout=subprocess.PIPE).stdout
    good = True
    for kind, (word, multiply_add) in kinds.items():
        print(f"== {kind}")
        # A function's parts that the compiler put elsewhere are functions of their own here.
        found = [check(name, code, multiply_add) for name, code in functions(listing)
                 if re.search(r"\b" + word, name) and "[clone .cold" not in name]
        if not found or any(hot == 0 for hot, _ in found):
            print(f"{kind}: {len(found)} functions, expected at least one and a hot loop in each")
            good = False
        good &= not any(bad for _, bad in found)
    return good


def main():
    objdump, *objects = sys.argv[1:]
    failed = False
    for table, kinds in TABLES.items():
        paths = [path for path in objects if re.fullmatch(table + r"\.cc\.o(bj)?", os.path.basename(path))]
        print(f"=== {table}")
        if len(paths) != 1:
            print(f"found {len(paths)} objects, expected one")
            failed = True
        else:
            failed |= not check_table(objdump, paths[0], kinds)
    print("failed" if failed else "no hot loop stores to the stack")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
