"""Print how far a clip and the sum of the stems next to it differ, reading the files with soundfile.

usage: python scripts/null_depth.py CLIP FOLDER      (the stems are FOLDER/CLIP [*].wav)
"""

import sys
from contextlib import ExitStack
from math import log10
from pathlib import Path

import numpy as np

from flowsep_plugin.media import SUFFIXES, open_media

BLOCK = 1 << 16


def stems_of(clip: Path, folder: Path) -> list[Path]:
    """Return the files that a separation of `clip` left in `folder`."""
    opening = f"{clip.stem} ["
    suffixes = set(SUFFIXES.values())
    return sorted(path for path in folder.iterdir() if path.name.startswith(opening) and path.suffix in suffixes)


def largest_difference(clip: Path, stems: list[Path]) -> float:
    """Return max |clip - sum of stems|, in full scales."""
    worst = 0.0
    with ExitStack() as stack:
        whole, *parts = (stack.enter_context(open_media(path)) for path in (clip, *stems))
        for start in range(0, whole.frames, BLOCK):
            stop = min(start + BLOCK, whole.frames)
            left = whole.read(start, stop).astype(np.float64)
            for part in parts:
                left -= part.read(start, stop)
            worst = max(worst, float(np.abs(left).max()))
    return worst


def main() -> None:
    """Print one line."""
    clip, folder = map(Path, sys.argv[1:])
    stems = stems_of(clip, folder)
    if not stems:
        raise SystemExit(f"{folder} holds no stems of {clip.name}")
    worst = largest_difference(clip, stems)
    depth = f"{20 * log10(worst):.1f} dBFS" if worst else "exact, not one bit differs"
    print(f"null depth of {len(stems)} stems against {clip.name}: {depth}")


if __name__ == "__main__":
    main()
