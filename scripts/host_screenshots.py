"""Make the pictures of real programs with our stems on their timelines, for the pages about DAWs.

PYTHONPATH=tests/hosts/real python scripts/host_screenshots.py [docs/pictures]

Runs Ardour 7 and Audacity 3, which scripts/hosts.sh installs.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import ardour_host
import audacity_host
from ardour_tools import RATE, ArdourTools, installed_versions
from real_hosts import HomeDirectory

from flowsep_plugin.hosts.audacity_pipe import quoted

ROOT = Path(__file__).resolve().parents[1]
CLIP = ROOT / "examples" / "clips" / "courtyard.flac"
QUERIES = ("a dog barking", "a man speaking")
SETTLE_SECONDS = 4
WHOLE_SESSION = """Editor:access_action("Editor", "zoom-to-session")
Editor:access_action("Editor", "fit-all-tracks")
Editor:access_action("Editor", "select-none")
"""


def main(out: Path) -> None:
    """Write both pictures into the folder `out`."""
    with home() as directory:
        ardour(directory, out / "daw-ardour.png")
    with home() as scanned, home() as directory:
        audacity(directory, audacity_host.plugin_registry(scanned), out / "daw-audacity.png")


@contextmanager
def home() -> Iterator[HomeDirectory]:
    """Yield a home folder of its own; what was started in it is ended."""
    with tempfile.TemporaryDirectory(prefix="flowsep-hosts-") as folder:
        directory = HomeDirectory(Path(folder))
        try:
            yield directory
        finally:
            directory.close()


def ardour(directory: HomeDirectory, picture: Path) -> None:
    """Separate a region of a new session in Ardour's window, and take the picture."""
    version = installed_versions()[0]
    session = ArdourTools(version, directory).new_session(directory.folder / "courtyard")
    ardour_host.listen_for_osc(session)
    ardour_host.settings(directory, version)
    separate(directory, "install", "ardour")
    with ardour_host.window(directory, session) as program:
        program.do(ardour_host.IMPORT.format(file=wave(directory), place=RATE))
        time.sleep(SETTLE_SECONDS)
        program.do('Editor:access_action("Editor", "select-all-objects")')
        separate(directory, "ardour", *sounds(), "--osc-port", str(program.port))
        program.do(WHOLE_SESSION)
        shoot(directory, picture)


def audacity(directory: HomeDirectory, registry: Path, picture: Path) -> None:
    """Separate a selection in Audacity's window, and take the picture."""
    with audacity_host.window(directory, registry) as program:
        program.do(
            f"Import2: Filename={quoted(str(wave(directory)))}", "SelectTracks: Track=0 TrackCount=1 Mode=Set",
            "SelectTime: Start=2 End=9 RelativeTo=ProjectStart",
        )  # fmt: skip
        separate(directory, "audacity", *sounds())
        run(directory, "xdotool", "search", "--name", "Welcome to Audacity", "windowclose")
        program.do("FitInWindow:", "FitV:")
        shoot(directory, picture)


def wave(directory: HomeDirectory) -> Path:
    """Return the bundled clip as a WAV file, named as a user's would be."""
    from flowsep_plugin.media import read_clip, write_clip

    path = directory.folder / "courtyard.wav"
    write_clip(path, read_clip(CLIP))
    return path


def sounds() -> list[str]:
    """Return the options for all queries."""
    return [word for query in QUERIES for word in ("-q", query)]


def separate(directory: HomeDirectory, *words: str) -> None:
    """Run `flowsep hosts …`. Raises RuntimeError with what it printed if it fails."""
    done = directory.flowsep("hosts", *words)
    if done.returncode:
        raise RuntimeError(done.stderr)


def shoot(directory: HomeDirectory, picture: Path) -> None:
    """Write the screen into `picture` once the program has drawn, with few colours: it is for a web page."""
    time.sleep(SETTLE_SECONDS)
    run(directory, "import", "-window", "root", "-trim", "+repage", "-colors", "200", f"PNG8:{picture}")


def run(directory: HomeDirectory, *words: str) -> None:
    """Run a program on the screen of `directory`."""
    subprocess.run(words, env=directory.environment, check=True, timeout=60)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/pictures"))
