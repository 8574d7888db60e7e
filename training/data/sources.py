"""The library of dry sources: one flat int16 file and one table, and what a draw from it looks like.

`prepare` writes the folder, `Library.open` maps it. A source is mono, trimmed, levelled, at the rate of `RATE`.
"""

import csv
from collections import defaultdict
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np

RATE = 44_100
AUDIO_FILE = "audio.i16"
TABLE_FILE = "manifest.csv"
FULL_SCALE = 32767.0


@dataclass(frozen=True, slots=True)
class Source:
    """One recording of one thing. `first` and `frames` are its place in the flat file."""

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
    def short(self) -> bool:
        """Whether it is a single event, to be placed several times in a window."""
        return self.kind in ("hit", "note") or self.frames < 2 * RATE


@dataclass(frozen=True)
class Library:
    """All sources of a prepared folder, by label."""

    audio: np.ndarray
    sources: tuple[Source, ...]

    @classmethod
    def open(cls, folder: Path) -> "Library":
        """Map the folder that `prepare` wrote. Raises FileNotFoundError where it did not."""
        with (folder / TABLE_FILE).open(newline="", encoding="utf-8") as table:
            rows = list(csv.DictReader(table))
        sources = tuple(Source(**{**row, "first": int(row["first"]), "frames": int(row["frames"])}) for row in rows)
        return cls(np.memmap(folder / AUDIO_FILE, np.int16, "r"), sources)

    def read(self, source: Source, first: int = 0, frames: int | None = None) -> np.ndarray:
        """Samples `(frames,)` float32 of a source, from `first` on."""
        frames = source.frames - first if frames is None else min(frames, source.frames - first)
        start = source.first + first
        return self.audio[start : start + frames].astype(np.float32) / np.float32(FULL_SCALE)

    def by_label(self, split: str, domains: tuple[str, ...] = ()) -> dict[str, list[Source]]:
        """Label -> its sources of one split, labels in alphabetical order."""
        found = defaultdict(list)
        for source in self.sources:
            if source.split == split and (not domains or source.domain in domains):
                found[source.label].append(source)
        return dict(sorted(found.items()))


class LibraryWriter:
    """Writes a library source by source; the table is written on `close`."""

    def __init__(self, folder: Path):
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._audio = (folder / AUDIO_FILE).open("wb")
        self._sources: list[Source] = []
        self._frames = 0

    def add(self, samples: np.ndarray, **facts: str) -> Source:
        """Append one source, `(frames,)` float32 within full scale."""
        packed = np.round(np.clip(samples, -1, 1) * FULL_SCALE).astype(np.int16)
        self._audio.write(packed.tobytes())
        source = Source(first=self._frames, frames=len(packed), **facts)
        self._frames += len(packed)
        self._sources.append(source)
        return source

    def close(self) -> None:
        """Write the table."""
        self._audio.close()
        with (self._folder / TABLE_FILE).open("w", newline="", encoding="utf-8") as table:
            writer = csv.DictWriter(table, [field.name for field in fields(Source)])
            writer.writeheader()
            writer.writerows(asdict(source) for source in self._sources)
