"""Ardour's command-line tools, of every version that is installed: sessions are saved and exported without a screen."""

import itertools
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from real_hosts import HomeDirectory

from flowsep_plugin.media import read_clip
from flowsep_plugin.timeline.formats.ardour.tempo import SUPERCLOCKS

RATE = 48_000
EXACT = 7
"""The last version whose export begins at the range's first sample and exits with 0: 8.12 of Debian 13 wanders by some
samples from run to run, and aborts after the file is complete."""

MOST_WANDERING = 64
_NUMBERS = itertools.count()
_TOOLS = ("new_session", "lua", "export")

SAY = """AudioEngine:set_backend("None (Dummy)", "", "")
local s = assert(load_session("{folder}", "{name}"))
for r in s:get_routes():iter() do
  local t = r:to_track()
  if not t:isnil() then
    for region in t:playlist():region_list():iter() do
      local spans = {{region:position():samples(), region:length():samples(), region:start():samples()}}
      print("REGION|" .. r:name() .. "|" .. region:name() .. "|" .. table.concat(spans, "|"))
    end
  end
end
ARDOUR.LuaAPI.usleep(300000)
s:save_state("", false, false, false, false, false)
print("SAVED")
close_session() quit()
"""


def installed_versions() -> list[int]:
    """Return the major versions of Ardour whose tools are all on the PATH."""
    names = {name.name for folder in os.get_exec_path() if Path(folder).is_dir() for name in Path(folder).iterdir()}
    numbers = {int(match[1]) for name in names if (match := re.fullmatch(r"ardour(\d+)-export", name))}
    return sorted(n for n in numbers if all(f"ardour{n}-{tool}" in names for tool in _TOOLS))


@dataclass(frozen=True)
class ArdourTools:
    """Tools of one major version, run in a home folder."""

    version: int
    directory: HomeDirectory

    @property
    def is_exact(self) -> bool:
        """Whether an export begins at the first sample of its range."""
        return self.version <= EXACT

    def tool(self, name: str) -> str:
        return f"ardour{self.version}-{name}"

    def new_session(self, folder: Path) -> Path:
        """Let Ardour write an empty session `song`; returns its path."""
        path = folder / "song.ardour"
        self.directory.run(self.tool("new_session"), "-s", RATE, folder, "song", is_done=lambda _: path.exists())
        return path

    def resave(self, path: Path) -> list[list[str]]:
        """Open and save a session in Ardour; returns its regions, a list of fields each, sorted."""
        script = self.directory.folder / "say.lua"
        script.write_text(SAY.format(folder=path.parent, name=path.stem))
        output = self.directory.run(self.tool("lua"), script, is_done=self._unless_exact("SAVED"))
        return sorted(line.split("|")[1:] for line in output.splitlines() if line.startswith("REGION|"))

    def export(self, path: Path, target: Path, start: float = 0, seconds: float = 5) -> np.ndarray:
        """Render seconds of a session to a 24-bit `target`; returns them, (channels, frames).

        Works on a copy, whose session range it sets.
        """
        copy = self.directory.folder / f"render {next(_NUMBERS)}"
        shutil.copytree(path.parent, copy)
        session = copy / path.name
        session.write_text(with_range(session.read_text("utf-8"), start, start + seconds), "utf-8")
        words = (self.tool("export"), "-b", "24", "-o", target, copy, path.stem)
        self.directory.run(*words, is_done=lambda _: not self.is_exact and is_complete(target, seconds))
        shutil.rmtree(copy)
        return read_clip(target).samples

    def aligned(self, audio: np.ndarray, reference: np.ndarray) -> np.ndarray:
        """Return an export moved to begin where `reference` does, with zeros where it has no samples.

        Unchanged where exports begin exactly.
        """
        if self.is_exact:
            return audio
        sums = [np.abs(moved(audio, lag) - reference).sum() for lag in _LAGS]
        return moved(audio, _LAGS[int(np.argmin(sums))])

    def inner(self, audio: np.ndarray) -> np.ndarray:
        """Return an export without the samples that exports which begin elsewhere do not have."""
        return audio if self.is_exact else audio[:, MOST_WANDERING:-MOST_WANDERING]

    def _unless_exact(self, mark: str) -> Callable[[str], bool]:
        return lambda output: not self.is_exact and mark in output


_LAGS = range(-MOST_WANDERING, MOST_WANDERING + 1)


def moved(audio: np.ndarray, lag: int) -> np.ndarray:
    """Return audio `lag` samples later, as long as before."""
    result = np.zeros_like(audio)
    frames = audio.shape[1]
    result[:, max(0, lag) : frames + min(0, lag)] = audio[:, max(0, -lag) : frames - max(0, lag)]
    return result


def is_complete(target: Path, seconds: float) -> bool:
    """Return whether a file of that length was written."""
    return target.exists() and abs(soundfile.info(str(target)).duration - seconds) < 0.01


def with_range(text: str, start: float, stop: float) -> str:
    """Return a session whose range is from `start` to `stop`, in seconds."""
    text = re.sub(r'<Location [^>]*flags="[^"]*IsSessionRange[^>]*(/>|>.*?</Location>)', "", text, flags=re.DOTALL)
    places = f'start="a{round(start * SUPERCLOCKS)}" end="a{round(stop * SUPERCLOCKS)}"'
    span = f'<Location id="99999999" name="session" {places} flags="IsSessionRange"/>'
    text = text.replace("<Locations/>", "<Locations></Locations>")
    return text.replace("</Locations>", f"{span}</Locations>")
