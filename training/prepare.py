"""From folders of recordings to one library of dry sources: decoded, trimmed, levelled, split, packed.

Reads a `metadata.csv` (columns path, label, caption, domain, kind, midi, recording_id, source, license, author,
source_url), renders phrases from its note sets, a soundfont where one is given, and noises. The same seed and the same
files give the same library, byte for byte.
"""

import csv
import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr

from . import instruments, levels, noises
from .sources import RATE, LibraryWriter

SHARE_ALIKE = re.compile(r"SA\b|SA-|GPL|Free Art", re.IGNORECASE)
LEFT_OUT = ("Winer",)  # sources whose licence is not certain enough for a shipped model
SHORTEST = RATE // 20
LONGEST = 40 * RATE  # longer recordings are cut into pieces, and only so many are kept: none may swamp its label
MOST_PIECES = 5
PHRASE_SECONDS = 8.0
DRUM_WORDS = {"kick": "kick", "snare": "snare", "hat": "closed hi-hat", "open": "open hi-hat", "tom": "tom"}


@dataclass(frozen=True, slots=True)
class Recipe:
    """What goes into a library. `valid_share` of the recordings of labels with at least 3 are kept for validation."""

    data: tuple[Path, ...]
    packages: tuple[Path, Path] | None = None  # a manifest of files in Debian packages, and where they were unpacked
    soundfont: Path | None = None
    seed: int = 1
    valid_share: float = 0.1
    phrases: int = 8
    soundfont_takes: int = 6
    noise_takes: int = 12


def allowed(row: Mapping[str, str]) -> bool:
    """Whether a row's licence lets it into a model that is shipped."""
    return not SHARE_ALIKE.search(row["license"]) and not any(name in row["source"] for name in LEFT_OUT)


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
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    mono = samples.mean(1)
    if samples.shape[1] > 1 and np.square(mono).mean() < 0.25 * np.square(samples).mean():
        mono = samples[:, np.square(samples).mean(0).argmax()]
    return mono if rate == RATE else soxr.resample(mono, rate, RATE)


def clean(samples: np.ndarray) -> np.ndarray:
    """Trim, level, fade."""
    return levels.fade(levels.level(levels.trim(samples)))


def prepare(recipe: Recipe, folder: Path) -> None:
    """Write the library of `recipe` to `folder`, telling how far it is."""
    writer = LibraryWriter(folder)
    for data in recipe.data:
        rows = read_rows(data)
        kept = validation_recordings(rows, recipe.valid_share, recipe.seed)
        sounds = dict(_recordings(writer, data, rows, kept))
        _note_phrases(writer, rows, sounds, kept, recipe)
        print(f"{data.name}: {len(sounds)} of {len(rows)} recordings", flush=True)
    if recipe.packages is not None:
        rows = read_packages(*recipe.packages)
        kept = validation_recordings(rows, recipe.valid_share, recipe.seed)
        count = sum(1 for _ in _recordings(writer, recipe.packages[1], rows, kept))
        print(f"packages: {count} of {len(rows)} recordings", flush=True)
    if recipe.soundfont is not None:
        _soundfont(writer, recipe)
        print(f"{recipe.soundfont.name}: {len(instruments.PROGRAMS)} programs", flush=True)
    _noises(writer, recipe)
    writer.close()


def _recordings(
    writer: LibraryWriter, data: Path, rows: list[dict[str, str]], kept: frozenset[str]
) -> Iterator[tuple[str, np.ndarray]]:
    for row in rows:
        path = data / row["path"]
        samples = clean(decode(path))
        if len(samples) < SHORTEST or not np.isfinite(samples).all():
            continue
        facts = _facts(row, "valid" if row["recording_id"] in kept else "train", _digest(path))
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
    kept: frozenset[str],
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
            _add_render(writer, phrase, next(iter(notes.values())), recording in kept, f"{recording}/phrase-{number}")
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
            _add_render(writer, out, row, False, f"{source}/{label}/pattern-{number}")


def _add_render(writer: LibraryWriter, samples: np.ndarray, row: Mapping[str, str], valid: bool, path: str) -> None:
    samples = clean(samples)
    if len(samples) > RATE:
        writer.add(samples, **{**_facts({**row, "path": path}, "valid" if valid else "train", ""), "kind": "render"})


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
                sha256="", licence="CC0-1.0", author="made by this project", source="training/noises.py", source_url="",
            )  # fmt: skip
