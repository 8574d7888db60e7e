"""Print how many blocks are run, parsed and not run, and why: `PYTHONPATH=tests/project python -m commands`."""

import sys
from collections import Counter

from .blocks import blocks, pages
from .marks import fate


def main() -> None:
    commands = [block for page in pages() for block in blocks(page) if block.is_command]
    for kind, count in Counter(map(fate, commands)).items():
        sys.stdout.write(f"{count:4} {kind}\n")
    for block in commands:
        if fate(block) != "run":
            sys.stdout.write(f"{block.place}: {fate(block)}, {block.mark(fate(block))}\n")


main()
