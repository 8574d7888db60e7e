"""Sources of evaluation audio: a folder with a table, or the pair lists of AudioSep and DCASE 2024 task 9."""

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from flowsep_plugin.audio.resample import resample
from flowsep_plugin.audio.types import Samples
from flowsep_plugin.errors import MediaError, UsageError
from flowsep_plugin.media import open_media
from flowsep_plugin.untrusted.regular_file import is_file


@dataclass(frozen=True, slots=True)
class Sound:
    """A recording of one kind of sound; `caption` is a query for it, `domain` such as "music" or "speech"."""

    path: Path
    label: str
    caption: str
    domain: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """A mixture prescribed by a published list; `snr_db` is None where `noise` is the finished mixture."""

    name: str
    caption: str
    label: str
    source: Path
    noise: Path
    snr_db: float | None


def read_mono(path: Path, rate: int) -> Samples:
    """Return the mean of the file's channels at `rate`, `(frames,)`: mixed down, then soxr HQ, as in librosa.load."""
    with open_media(path) as source:
        mono = source.read(0, source.frames).mean(axis=0, keepdims=True, dtype=np.float32)
        at_rate: Samples = resample(mono, source.rate, rate)[0]
        return at_rate


def read_sounds(table: Path, folder: Path | None = None) -> list[Sound]:
    """Return the sounds of a CSV with the columns path, label, caption, domain.

    folder : paths are relative to it; None is the CSV's folder.
    Raises UsageError where a column is missing, MediaError where the table or one of its files cannot be found.
    """
    rows = _rows(table, ("path", "label"))
    folder = table.parent if folder is None else folder
    sounds = [
        Sound(folder / row["path"], row["label"], row.get("caption") or row["label"], row.get("domain") or "")
        for row in rows
    ]
    _check_files([sound.path for sound in sounds], table)
    return sounds


def read_audiosep_pairs(table: Path, folder: Path | None = None) -> list[Pair]:
    """Return the pairs of an AudioSep list (idx, caption, …): `segment-{idx}.wav` in its `mixture-{idx}.wav`.

    Raises like `read_sounds`.
    """
    folder = table.parent if folder is None else folder
    pairs = [
        Pair(row["idx"], row["caption"], row.get("labels") or row["caption"],
             folder / f"segment-{row['idx']}.wav", folder / f"mixture-{row['idx']}.wav", None)
        for row in _rows(table, ("idx", "caption"))
    ]  # fmt: skip
    _check_files([path for pair in pairs for path in (pair.source, pair.noise)], table)
    return pairs


def read_dcase_pairs(table: Path, folder: Path | None = None) -> list[Pair]:
    """Return the pairs of a DCASE 2024 task 9 list: source, noise, SNR, caption, in this order whatever the header.

    Raises like `read_sounds`, and UsageError for a line without these four.
    """
    folder = table.parent if folder is None else folder
    pairs = []
    for number, row in enumerate(_lines(table)[1:], start=2):
        try:
            source, noise, snr, caption = row
            pairs.append(
                Pair(
                    f"{source}+{noise}@{snr}", caption, caption, folder / f"{source}.wav", folder / f"{noise}.wav",
                    float(snr),
                )
            )  # fmt: skip
        except ValueError as error:
            raise UsageError(f"{table}: line {number} is not source,noise,snr,caption ({error})") from error
    _check_files([path for pair in pairs for path in (pair.source, pair.noise)], table)
    return pairs


PAIR_READERS: Mapping[str, Callable[[Path, Path | None], list[Pair]]] = {
    "audiosep-list": read_audiosep_pairs,
    "dcase-list": read_dcase_pairs,
}
"""Format of a list of prescribed mixtures -> its reader."""


def _rows(table: Path, needed: tuple[str, ...]) -> list[dict[str, str]]:
    """Return the rows: column -> value; of a repeated column (AudioSep's Clotho list has one) the first."""
    header, *lines = _lines(table)
    missing = [name for name in needed if name not in header]
    if missing:
        raise UsageError(f"{table}: the column {missing[0]} is missing; it has {', '.join(header)}")
    rows = [dict(reversed(list(zip(header, line, strict=False)))) for line in lines if any(line)]
    short = next((n for n, row in enumerate(rows, start=2) if any(not row.get(name) for name in needed)), None)
    if short is not None:
        raise UsageError(f"{table}: line {short} has an empty {' or '.join(needed)}")
    return rows


def _lines(table: Path) -> list[list[str]]:
    try:
        with table.open(newline="", encoding="utf-8-sig") as file:
            lines = [line for line in csv.reader(file) if line]
    except FileNotFoundError:
        raise MediaError(f"{table}: no such file; name a CSV file") from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise MediaError(f"{table}: cannot be read as CSV ({error})") from error
    if len(lines) < 2:
        raise UsageError(f"{table}: has no rows below its header")
    return lines


def _check_files(paths: list[Path], table: Path) -> None:
    missing = [path for path in paths if not is_file(path)]
    if missing:
        raise MediaError(
            f"{table}: {len(missing)} of {len(paths)} files do not exist, the first is {missing[0]}; name their folder",
            setting="audio",
        )
