"""Time and memory of `flowsep session X list --json`: `python benchmarks/session_list.py [SESSION ...] [--rounds 3]`.

Without sessions it writes large ones in every format. Two commands run in turn, each in a process of its own: the list,
and the parser of the format alone (lxml, rppxml, pyaaf2, OpenTimelineIO). Prints medians of CPU and wall seconds and of
peak memory, and the ratios of the list to the parser. Wall times are meaningful on an idle machine only.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

RATE = 48_000
CLIPS = {"AAF": 400}
MANY_CLIPS = 4000
LIST = """import sys
from flowsep_plugin.cli import main
sys.argv = ["flowsep", "session", sys.argv[1], "list", "--json"]
main()
"""
PARSERS = {
    ".rpp": "import sys, rppxml; rppxml.loads(open(sys.argv[1], encoding='utf-8', errors='replace').read())",
    ".ardour": "import sys; from lxml import etree; etree.parse(sys.argv[1], etree.XMLParser(huge_tree=True))",
    ".dawproject": "import sys, zipfile; from lxml import etree; "
    "etree.fromstring(zipfile.ZipFile(sys.argv[1]).read('project.xml'))",
    ".aaf": "import sys, aaf2\n"
    "with aaf2.open(sys.argv[1]) as file: [len(list(mob.slots)) for mob in file.content.mobs]",
    ".otio": "import sys, opentimelineio as otio; otio.adapters.read_from_file(sys.argv[1])",
    ".csv": "import csv, sys; list(csv.DictReader(open(sys.argv[1], newline='')))",
}
TEXT = "import sys; open(sys.argv[1], 'rb').read()"


@dataclass(frozen=True)
class Cost:
    """CPU seconds, wall seconds and peak memory (MB) of one process."""

    cpu: float
    wall: float
    megabytes: float


def cost(code: str, session: Path) -> Cost:
    """Run Python code on a session in a process of its own. Raises SystemExit where it fails."""
    start = time.monotonic()
    process = subprocess.Popen([sys.executable, "-c", code, str(session)], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{session} cannot be read: {code}")
    unit = 20 if sys.platform == "darwin" else 10
    return Cost(usage.ru_utime + usage.ru_stime, time.monotonic() - start, usage.ru_maxrss / (1 << unit))


def median(costs: list[Cost]) -> Cost:
    return Cost(*(statistics.median(getattr(c, name) for c in costs) for name in ("cpu", "wall", "megabytes")))


def write_large_sessions(folder: Path) -> None:
    """Write a session of many clips in every format, and print their paths.

    Runs in a process of its own: others begin with the peak memory of the process that starts them.
    """
    import numpy as np

    from flowsep_plugin.audio.clip import AudioClip
    from flowsep_plugin.audio.span import Span
    from flowsep_plugin.media import write_clip
    from flowsep_plugin.timeline import SESSION_FORMATS, ClipRef, Timeline, Track, save_session
    from flowsep_plugin.timeline.media import probe_media

    audio = folder / "interchange" / "song" / "audiofiles"
    audio.mkdir(parents=True)
    write_clip(audio / "take.wav", AudioClip(np.zeros((2, RATE), np.float32), RATE))
    media = probe_media(audio / "take.wav")
    for form in SESSION_FORMATS:
        tracks = []
        for number in range(8):
            clips = [
                ClipRef(f"{number}.{n}", f"clip {n}", media, Span(n % 12 * RATE // 24, RATE // 2, RATE),
                        Span(n * RATE, RATE // 2, RATE))
                for n in range(CLIPS.get(form.name, MANY_CLIPS) // 8)
            ]  # fmt: skip
            tracks.append(Track(f"t{number}", f"track {number}", tuple(clips), 2))
        path = folder / f"song{form.suffixes[0]}"
        save_session(Timeline("song", RATE, tuple(tracks)), path)
        print(path)


def row(session: Path, rounds: int) -> str:
    """Return one line of the table."""
    parser = PARSERS.get(session.suffix.lower(), TEXT)
    costs: dict[str, list[Cost]] = {LIST: [], parser: []}
    for _ in range(rounds):
        for code in costs:
            costs[code].append(cost(code, session))
    ours, theirs = median(costs[LIST]), median(costs[parser])
    size = session.stat().st_size / (1 << 20)
    cells = [f"{c.cpu:.2f} / {c.wall:.2f} / {c.megabytes:.0f}" for c in (ours, theirs)]
    return (
        f"| {session.name} | {size:.1f} | {cells[0]} | {cells[1]} | {ours.cpu / theirs.cpu:.1f} | "
        f"{ours.megabytes / theirs.megabytes:.1f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sessions", nargs="*", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.write:
        write_large_sessions(arguments.write)
        return
    print("| session | MB | list: CPU s / s / MB | parser: CPU s / s / MB | ratio CPU | ratio memory |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as folder:
        sessions = arguments.sessions
        if not sessions:
            command = [sys.executable, __file__, "--write", folder]
            written = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
            sessions = [Path(line) for line in written.splitlines()]
        for session in sessions:
            print(row(session, arguments.rounds), flush=True)


if __name__ == "__main__":
    main()
