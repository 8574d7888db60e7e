"""The library of dry sources: one flat int16 file and one table.

`prepare` writes the folder, `Library.open` maps it. A source is mono, trimmed, levelled, at `RATE`.
"""

import csv
from collections import defaultdict
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np

from flowsep_plugin.errors import UsageError

RATE = 44_100
AUDIO_FILE = "audio.i16"
TABLE_FILE = "manifest.csv"
FULL_SCALE = 32767.0
"""int16 value of a sample at 1.0."""


@dataclass(frozen=True, slots=True)
class LibrarySource:
    """One row of the table: a recording, or a piece of one, of a single sound.

    first, frames : its place in the flat file, frames at `RATE`.     sha256 : of the file it was decoded from.
    Field names are the columns of `manifest.csv`.
    """

    first: int
    frames: int
    label: str
    caption: str
    domain: str  # environment, music, speech, noise, impulse_response
    kind: str  # clip, hit, note, phrase, utterance, ambience, render
    split: str  # one of `folds.SPLITS`; never divides a recording
    recording_id: str
    path: str
    sha256: str
    licence: str
    author: str
    source: str
    source_url: str

    @property
    def is_short(self) -> bool:
        """Whether it is a single event, which may come several times in a window."""
        return self.kind in ("hit", "note") or self.frames < 2 * RATE


@dataclass(frozen=True)
class Library:
    """All sources of a prepared folder.

    audio : `(frames,)` int16, all sources one after the other.
    """

    audio: np.ndarray
    sources: tuple[LibrarySource, ...]

    @classmethod
    def open(cls, folder: Path) -> "Library":
        """Open a folder that `prepare` wrote, memory-mapped. Raises UsageError where it has no table."""
        try:
            with (folder / TABLE_FILE).open(newline="", encoding="utf-8") as table:
                rows = list(csv.DictReader(table))
        except FileNotFoundError as error:
            raise UsageError(f"{folder} is not a library: {TABLE_FILE} is missing; write one with prepare") from error
        sources = tuple(
            LibrarySource(**{**row, "first": int(row["first"]), "frames": int(row["frames"])}) for row in rows
        )
        return cls(np.memmap(folder / AUDIO_FILE, np.int16, "r"), sources)

    def read(self, source: LibrarySource, first: int = 0, frames: int | None = None) -> np.ndarray:
        """Return samples `(frames,)` float32, ±1, of a source from its frame `first` on; all that follow by default."""
        frames = source.frames - first if frames is None else min(frames, source.frames - first)
        start = source.first + first
        return self.audio[start : start + frames].astype(np.float32) / np.float32(FULL_SCALE)

    def by_label(self, split: str, domains: tuple[str, ...] = ()) -> dict[str, list[LibrarySource]]:
        """Return the sources of one split, and of `domains` where given, by label in alphabetical order."""
        by_label = defaultdict(list)
        for source in self.sources:
            if source.split == split and (not domains or source.domain in domains):
                by_label[source.label].append(source)
        return dict(sorted(by_label.items()))


class LibraryWriter:
    """Writes a library source by source, and its table on `close`."""

    def __init__(self, folder: Path):
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._audio = (folder / AUDIO_FILE).open("wb")
        self._sources: list[LibrarySource] = []
        self._frames = 0

    def add(self, samples: np.ndarray, **facts: str) -> LibrarySource:
        """Append one source, `(frames,)` float32, ±1, with its columns `facts`; return its row."""
        packed = np.round(np.clip(samples, -1, 1) * FULL_SCALE).astype(np.int16)
        self._audio.write(packed.tobytes())
        source = LibrarySource(first=self._frames, frames=len(packed), **facts)
        self._frames += len(packed)
        self._sources.append(source)
        return source

    def close(self) -> None:
        """Write the table and close the audio file."""
        self._audio.close()
        with (self._folder / TABLE_FILE).open("w", newline="", encoding="utf-8") as table:
            writer = csv.DictWriter(table, [field.name for field in fields(LibrarySource)])
            writer.writeheader()
            writer.writerows(asdict(source) for source in self._sources)
