"""From folders of recordings to one library of dry sources: decoded, trimmed, levelled, split, packed.

Reads a `metadata.csv` (columns path, label, caption, domain, kind, midi, recording_id, source, license, author,
source_url), renders phrases from its note sets, a soundfont where one is given, and noises. The same seed and the same
files give the same library, byte for byte.
"""

import csv
import hashlib
import io
import re
import subprocess
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr

from . import instruments, levels, noises
from .folds import NO_FOLDS, TRAIN, VALID, Folds
from .sources import RATE, LibraryWriter

REFUSED = re.compile(r"\b(NC|ND)\b|Sampling|not stated|GPL-2(\.0)?(-only)?(?![\d.+])|LGPL")
"""Licences that a model under GPL-3.0-or-later cannot take in: non-commercial, no derivatives, GPL-2 only, unclear."""

UNCERTAIN = ("Winer", "scorched3d")
"""Sources whose licence is not certain enough for a shipped model: used to measure, where a fold holds them out."""

FFMPEG_ONLY = (".g722", ".gsm")
SHORTEST = RATE // 20
LONGEST = 40 * RATE  # longer recordings are cut into pieces, and only so many are kept: none may swamp its label
MOST_PIECES = 5
PHRASE_SECONDS = 8.0
DRUM_WORDS = {"kick": "kick", "snare": "snare", "hat": "closed hi-hat", "open": "open hi-hat", "tom": "tom"}


@dataclass(frozen=True, slots=True)
class Recipe:
    """What goes into a library.

    folds : libraries that are held out whole.     valid_share : of the recordings of labels with at least 3, so many
    are kept for validation by recording.
    """

    data: tuple[Path, ...]
    packages: tuple[Path, Path] | None = None  # a manifest of files in Debian packages, and where they were unpacked
    soundfont: Path | None = None
    folds: Folds = NO_FOLDS
    seed: int = 1
    valid_share: float = 0.1
    most_files: int = 160  # of one library and label, drawn at random: none may swamp the rest
    phrases: int = 8
    soundfont_takes: int = 6
    noise_takes: int = 12


def allowed(row: Mapping[str, str]) -> bool:
    """Whether a row's licence lets it be used at all; `UNCERTAIN` sources need a fold that holds them out besides."""
    return not REFUSED.search(row["license"])


def read_rows(folder: Path) -> list[dict[str, str]]:
    """The allowed rows of a folder's `metadata.csv`, in the order of their paths."""
    with (folder / "metadata.csv").open(newline="", encoding="utf-8") as table:
        rows = [row for row in csv.DictReader(table) if allowed(row)]
    return sorted(rows, key=lambda row: row["path"])


def read_packages(manifest: Path, folder: Path) -> list[dict[str, str]]:
    """The allowed rows of a package manifest whose files lie in `folder/<package>/`, shaped as by `read_rows`."""
    with manifest.open(newline="", encoding="utf-8") as table:
        rows = [
            {
                **row, "path": f"{row['package']}/{row['path_in_package']}", "kind": "clip", "midi": "",
                "source": f"Debian {row['package']}", "source_url": f"https://packages.debian.org/{row['package']}",
            }
            for row in csv.DictReader(table)
        ]  # fmt: skip
    rows = [row for row in rows if allowed(row) and (folder / row["path"]).is_file()]
    return sorted(rows, key=lambda row: row["path"])


def validation_recordings(rows: Iterable[Mapping[str, str]], share: float, seed: int) -> frozenset[str]:
    """Recordings kept for validation: none of labels under 3, one of some labels with 3 to 7, `share` of others.

    What its list marks as held out is always kept.
    """
    rows = list(rows)
    found = defaultdict(set)
    for row in rows:
        found[row["label"]].add(row["recording_id"])
    kept = {row["recording_id"] for row in rows if row.get("split") == "heldout"}
    for label, recordings in sorted(found.items()):
        rng = np.random.default_rng([seed, *label.encode()])
        count = round(share * len(recordings)) if len(recordings) >= 8 else int(rng.random() < 0.4)
        if len(recordings) >= 3 and count:
            kept.update(rng.permutation(sorted(recordings))[:count].tolist())
    return frozenset(kept)


def decode(path: Path) -> np.ndarray:
    """A file as mono float32 at `RATE`. Channels that cancel are not averaged: the louder one is taken."""
    samples, rate = _read(path)
    mono = samples.mean(1)
    if samples.shape[1] > 1 and np.square(mono).mean() < 0.25 * np.square(samples).mean():
        mono = samples[:, np.square(samples).mean(0).argmax()]
    return mono if rate == RATE else soxr.resample(mono, rate, RATE)


def _read(path: Path) -> tuple[np.ndarray, int]:
    """Samples `(frames, channels)` float32 and their rate. What libsndfile does not know, G.722 say, ffmpeg decodes."""
    if path.suffix.lower() not in FFMPEG_ONLY:
        return soundfile.read(path, dtype="float32", always_2d=True)
    from imageio_ffmpeg import get_ffmpeg_exe

    command = [get_ffmpeg_exe(), "-v", "error", "-i", str(path), "-f", "wav", "-c:a", "pcm_f32le", "-"]
    decoded = subprocess.run(command, check=True, capture_output=True, stdin=subprocess.DEVNULL).stdout
    return soundfile.read(io.BytesIO(decoded), dtype="float32", always_2d=True)


def clean(samples: np.ndarray) -> np.ndarray:
    """Trim, level, fade."""
    return levels.fade(levels.level(levels.trim(samples)))


def prepare(recipe: Recipe, folder: Path) -> None:
    """Write the library of `recipe` to `folder`, telling how far it is. Raises FileNotFoundError before any work."""
    if recipe.soundfont is not None:
        instruments.check_fluidsynth(recipe.soundfont)
    tables = [(data, read_rows(data)) for data in recipe.data]
    if recipe.packages is not None:
        tables.append((recipe.packages[1], read_packages(*recipe.packages)))
    tables = [(data, thinned(rows, recipe.most_files, recipe.seed)) for data, rows in tables]
    held_out = recipe.folds.recordings(row for _, rows in tables for row in rows)
    writer = LibraryWriter(folder)
    for data, rows in tables:
        splits = split_of_recordings(rows, held_out, recipe)
        sounds = dict(_recordings(writer, data, rows, splits))
        _note_phrases(writer, rows, sounds, splits, recipe)
        print(f"{data.name}: {len(sounds)} of {len(rows)} files", flush=True)
    if recipe.soundfont is not None:
        _soundfont(writer, recipe)
        print(f"{recipe.soundfont.name}: {len(instruments.PROGRAMS)} programs", flush=True)
    _noises(writer, recipe)
    writer.close()


def thinned(rows: list[dict[str, str]], most: int, seed: int) -> list[dict[str, str]]:
    """At most `most` rows of each library and label, in the order in which they came. Notes and hits are all kept."""
    places = defaultdict(list)
    for place, row in enumerate(rows):
        if row["kind"] not in ("note", "hit"):
            places[row["source"], row["label"]].append(place)
    left_out: set[int] = set()
    for (source, label), found in places.items():
        rng = np.random.default_rng([seed, *f"{source}/{label}".encode()])
        left_out.update(rng.permutation(found)[most:].tolist())
    return [row for place, row in enumerate(rows) if place not in left_out]


def split_of_recordings(rows: list[dict[str, str]], held_out: Mapping[str, str], recipe: Recipe) -> dict[str, str]:
    """Recording -> its split. Recordings that are in none are left out: nothing may be trained on an uncertain one."""
    kept = validation_recordings(rows, recipe.valid_share, recipe.seed)
    splits = {}
    for row in rows:
        recording = row["recording_id"]
        split = held_out.get(recording, VALID if recording in kept else TRAIN)
        if split in (TRAIN, VALID) and any(name in row["source"] for name in UNCERTAIN):
            continue
        splits[recording] = split
    return splits


def _recordings(
    writer: LibraryWriter, data: Path, rows: list[dict[str, str]], splits: Mapping[str, str]
) -> Iterator[tuple[str, np.ndarray]]:
    for row in rows:
        path = data / row["path"]
        if row["recording_id"] not in splits:
            continue
        samples = clean(decode(path))
        if len(samples) < SHORTEST or not np.isfinite(samples).all():
            continue
        facts = _facts(row, splits[row["recording_id"]], _digest(path))
        for first in range(0, min(len(samples), MOST_PIECES * LONGEST), LONGEST):
            if first == 0 or len(samples) - first > RATE:
                writer.add(samples[first : first + LONGEST], **facts)
        yield row["path"], samples


def _facts(row: Mapping[str, str], split: str, digest: str) -> dict[str, str]:
    same = {key: row[key] for key in ("label", "caption", "domain", "kind", "recording_id", "path", "author", "source")}
    return {**same, "split": split, "sha256": digest, "licence": row["license"], "source_url": row["source_url"]}


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _note_phrases(
    writer: LibraryWriter,
    rows: list[dict[str, str]],
    sounds: Mapping[str, np.ndarray],
    splits: Mapping[str, str],
    recipe: Recipe,
) -> None:
    """Melodies and chords from every recording that has notes of at least 5 keys; patterns from drum hits."""
    sets = defaultdict(dict)
    kits = defaultdict(lambda: defaultdict(list))
    for row in rows:
        if row["path"] not in sounds:
            continue
        if row["kind"] == "note" and row["midi"]:
            sets[row["recording_id"], row["label"]].setdefault(round(float(row["midi"])), row)
        for part, words in DRUM_WORDS.items():
            if row["label"] in ("drums", "drum machine") and row["kind"] == "hit" and words in row["caption"]:
                kits[row["source"], row["label"]][part].append(row)
    for (recording, label), notes in sorted(sets.items()):
        if len(notes) < 5:
            continue
        rng = np.random.default_rng([recipe.seed, *recording.encode()])
        for number in range(recipe.phrases):
            recorded = {key: sounds[row["path"]] for key, row in notes.items()}
            write = instruments.chords if number % 3 == 2 and "guitar" in label + "piano" else instruments.melody
            phrase = instruments.play_notes(
                write(rng, PHRASE_SECONDS, min(recorded), max(recorded)), recorded, PHRASE_SECONDS
            )
            _add_render(writer, phrase, next(iter(notes.values())), splits[recording], f"{recording}/phrase-{number}")
    for (source, label), kit in sorted(kits.items()):
        rng = np.random.default_rng([recipe.seed, *source.encode()])
        for number in range(4 * recipe.phrases if {"kick", "snare", "hat"} <= kit.keys() else 0):
            out = np.zeros(int((PHRASE_SECONDS + 2) * RATE), np.float32)
            for time, part, loud in instruments.drum_pattern(rng, PHRASE_SECONDS):
                choices = kit.get(part) or kit["hat"]
                sound = sounds[choices[rng.integers(len(choices))]["path"]]
                first = int(time * RATE)
                sound = sound[: len(out) - first]
                out[first : first + len(sound)] += np.float32(loud) * sound
            row = {**next(iter(kit.values()))[0], "caption": "a drum kit playing", "label": "drums"}
            split = TRAIN if splits[row["recording_id"]] == VALID else splits[row["recording_id"]]
            _add_render(writer, out, row, split, f"{source}/{label}/pattern-{number}")


def _add_render(writer: LibraryWriter, samples: np.ndarray, row: Mapping[str, str], split: str, path: str) -> None:
    samples = clean(samples)
    if len(samples) > RATE:
        writer.add(samples, **{**_facts({**row, "path": path}, split, ""), "kind": "render"})


def _soundfont(writer: LibraryWriter, recipe: Recipe) -> None:
    rng = np.random.default_rng([recipe.seed, 2])
    digest = _digest(recipe.soundfont)
    takes = instruments.soundfont_takes(recipe.soundfont, 16.0, recipe.soundfont_takes, rng)
    for number, (program, samples) in enumerate(takes):
        name = f"soundfont:{recipe.soundfont.stem}:{program.label}:{program.number}"
        writer.add(
            clean(samples), label=program.label, caption=program.caption, domain="music", kind="render", split="train",
            recording_id=name, path=f"{name}/{number}", sha256=digest, licence="MIT",
            author="Frank Wen and contributors (Fluid R3 GM)",
            source=f"Debian fluid-soundfont-gm: {recipe.soundfont.name}",
            source_url="https://packages.debian.org/fluid-soundfont-gm",
        )  # fmt: skip


def _noises(writer: LibraryWriter, recipe: Recipe) -> None:
    for label, (caption, make) in noises.NOISES.items():
        rng = np.random.default_rng([recipe.seed, *label.encode()])
        for number in range(recipe.noise_takes):
            split = "valid" if number >= recipe.noise_takes * (1 - recipe.valid_share) else "train"
            writer.add(
                clean(make(rng, 12 * RATE).astype(np.float32)), label=label, caption=caption, domain="noise",
                kind="ambience", split=split, recording_id=f"noise:{label}:{number}", path=f"noise:{label}:{number}",
                sha256="", licence="CC0-1.0", author="made by this project", source="training/data/noises.py",
                source_url="",
            )  # fmt: skip
