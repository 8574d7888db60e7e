"""Read a list of stems by `csv`: the clips that are heard."""

import csv
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from otio_reader import curve_of
from renderer import Fade, PlayedClip


def played(path: Path) -> Iterator[PlayedClip]:
    """Yield every clip that is heard."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    muted = {row["track"] for row in rows if row["kind"] == "track" and row["muted"] == "1"}
    for row in rows:
        if row["kind"] == "clip" and row["muted"] != "1" and row["track"] not in muted:
            yield _clip(row, path.parent)


def _clip(row: dict[str, str], folder: Path) -> PlayedClip:
    rate, media_rate = int(row["rate"]), int(row["cut_rate"])
    reverse, file = row["reverse"] == "1", folder / row["file"]
    begin = Fraction(int(row["cut_start"]), media_rate)
    gain = float(row["gain"])
    return PlayedClip(
        file=file,
        start=Fraction(int(row["start"]), rate),
        length=Fraction(int(row["frames"]), rate),
        offset=_from_end(file, int(row["cut_start"]) + int(row["cut_frames"])) if reverse else begin,
        speed=Fraction(row["play_rate"]),
        reverse=reverse,
        channels=[int(word) for word in row["channels"].split()] or None,
        gains=(gain, gain),
        fade_in=Fade(seconds=Fraction(int(row["fade_in"]), rate)),
        fade_out=Fade(seconds=Fraction(int(row["fade_out"]), rate)),
        curve=curve_of([point.split() for point in row.get("gain_curve", "").split(";") if point], rate),
    )


def _from_end(file: Path, stop: int) -> Fraction:
    from renderer import sound

    samples, rate = sound(file)
    return Fraction(samples.shape[1] - stop, rate)
