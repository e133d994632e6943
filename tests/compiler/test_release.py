import re
import sys
from pathlib import Path

import pytest

from wengert.compiler.jit import compile_object, host_target
from wengert.compiler.release import MANY, read_only, release_before

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="what /proc tells")
TEXT = "define i32 @kernel(i32 %x) {\n %y = mul i32 %x, 7\n ret i32 %y\n}"


def of_library(row: str) -> int:
    """Bytes that a row of smaps, proc(5), tells of LLVM's read-only pages, summed."""
    ranges = read_only(Path("/proc/self/maps").read_text(), "llvm")
    total = 0
    for part in re.split(r"\n(?=[0-9a-f]+-[0-9a-f]+ )", Path("/proc/self/smaps").read_text()):
        start, end = (int(x, 16) for x in part.split()[0].split("-"))
        if any(start < first + size and first < end for first, size in ranges):
            total += int(re.search(rf"{row}:\s+(\d+) kB", part)[1]) * 1024
    return total


def test_the_library_leaves_memory_before_much_is_asked_for_and_comes_again():
    made = compile_object(TEXT, host_target())
    assert of_library("Rss") > 4 << 20
    release_before(MANY)
    assert of_library("Rss") < 1 << 20
    assert compile_object(TEXT, host_target()) == made


def test_little_releases_nothing():
    compile_object(TEXT, host_target())
    before = of_library("Rss")
    release_before(MANY - 1)
    assert of_library("Rss") >= before


def test_no_page_that_the_loader_changed_is_taken_for_one_of_the_file():
    compile_object(TEXT, host_target())
    assert of_library("Size") > 0
    assert of_library("Anonymous") == 0


def test_what_the_loader_may_have_changed_stays():
    maps = """\
1000-2000 r--p 00000000 fe:00 5 /lib/libLLVM-20.so
2000-5000 r-xp 00001000 fe:00 5 /lib/libLLVM-20.so
5000-6000 r--p 00004000 fe:00 5 /lib/libLLVM-20.so
6000-7000 r--p 00005000 fe:00 5 /lib/libLLVM-20.so
7000-8000 rw-p 00006000 fe:00 5 /lib/libLLVM-20.so
8000-9000 rw-p 00000000 00:00 0 \n
9000-a000 r--p 00000000 fe:00 6 /lib/libz.so
a000-b000 r-xp 00001000 fe:00 6 /lib/libz.so
"""
    assert read_only(maps, "llvm") == [(0x1000, 0x1000), (0x2000, 0x3000), (0x5000, 0x1000)]
