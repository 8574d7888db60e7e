"""Build one library of dry sources from folders of recordings: decode, trim, level, split, pack.

Reads a `metadata.csv` (columns path, label, caption, domain, kind, midi, recording_id, source, license, author,
source_url), renders phrases from its note sets, from a soundfont, and noises. The same seed and the same
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
"""Licences that a model under GPL-3.0-or-later cannot include: non-commercial, no derivatives, GPL-2 only, unclear."""

UNCERTAIN = ("Winer", "scorched3d")
"""Sources whose licence is not certain enough for a shipped model: only measured on, where a fold holds them out."""

FFMPEG_ONLY = (".g722", ".gsm")
SHORTEST = RATE // 20  # frames
LONGEST = 40 * RATE  # frames; longer recordings become up to `MOST_PIECES` sources, so that none dominates its label
MOST_PIECES = 5
SHORTEST_PIECE = RATE  # frames; a shorter remainder is dropped
PHRASE_SECONDS, SOUNDFONT_SECONDS, NOISE_SECONDS = 8.0, 16.0, 12
FEWEST_KEYS = 5
"""A set of recorded notes with fewer keys gives no phrases."""

FEWEST_TO_HOLD_OUT, FEWEST_FOR_SHARE, SMALL_LABEL_CHANCE = 3, 8, 0.4
"""Recordings that a label needs to give any to validation, and to give its share; between them one, by this chance."""

CANCELLED_POWER = 0.25
"""A mono sum with less of the channels' mean power than this has lost sound to cancellation."""
DRUM_WORDS = {"kick": "kick", "snare": "snare", "hat": "closed hi-hat", "open": "open hi-hat", "tom": "tom"}


@dataclass(frozen=True, slots=True)
class LibraryConfig:
    """Contents of a library.

    data : folders with a `metadata.csv`.     packages : a manifest of files in Debian packages, and their folder.
    folds : libraries that are held out whole.     valid_share : share of the recordings of large labels that
    validation gets.     most_files : of one library and label, drawn at random: none may dominate the others.
    phrases : per set of notes.     soundfont_phrases : per program.     noise_recordings : per noise.
    """

    data: tuple[Path, ...]
    packages: tuple[Path, Path] | None = None
    soundfont: Path | None = None
    folds: Folds = NO_FOLDS
    seed: int = 1
    valid_share: float = 0.1
    most_files: int = 160
    phrases: int = 8
    soundfont_phrases: int = 6
    noise_recordings: int = 12


def allowed(row: Mapping[str, str]) -> bool:
    """Return whether a row's licence permits training; `UNCERTAIN` sources also need a fold that holds them out."""
    return not REFUSED.search(row["license"])


def read_rows(folder: Path) -> list[dict[str, str]]:
    """Return the allowed rows of a folder's `metadata.csv`, in the order of their paths."""
    with (folder / "metadata.csv").open(newline="", encoding="utf-8") as table:
        rows = [row for row in csv.DictReader(table) if allowed(row)]
    return sorted(rows, key=lambda row: row["path"])


def read_packages(manifest: Path, folder: Path) -> list[dict[str, str]]:
    """Return the allowed rows of a package manifest with a file in `folder/<package>/`, columns as in `read_rows`."""
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
    """Return the recordings for validation: none of labels under 3, one of some labels with 3 to 7, `share` of others.

    Rows that their table marks as held out are always among them.
    """
    rows = list(rows)
    by_label = defaultdict(set)
    for row in rows:
        by_label[row["label"]].add(row["recording_id"])
    validation = {row["recording_id"] for row in rows if row.get("split") == "heldout"}
    for label, recordings in sorted(by_label.items()):
        rng = np.random.default_rng([seed, *label.encode()])
        is_large = len(recordings) >= FEWEST_FOR_SHARE
        count = round(share * len(recordings)) if is_large else int(rng.random() < SMALL_LABEL_CHANCE)
        if len(recordings) >= FEWEST_TO_HOLD_OUT and count:
            validation.update(rng.permutation(sorted(recordings))[:count].tolist())
    return frozenset(validation)


def decode(path: Path) -> np.ndarray:
    """Return a file as mono `(frames,)` float32 at `RATE`: the mean of its channels, or the loudest if they cancel."""
    samples, rate = _read(path)
    mono = samples.mean(1)
    if samples.shape[1] > 1 and np.square(mono).mean() < CANCELLED_POWER * np.square(samples).mean():
        mono = samples[:, np.square(samples).mean(0).argmax()]
    return mono if rate == RATE else soxr.resample(mono, rate, RATE)


def _read(path: Path) -> tuple[np.ndarray, int]:
    """Return samples `(frames, channels)` float32 and their rate; ffmpeg decodes what libsndfile cannot, as G.722."""
    if path.suffix.lower() not in FFMPEG_ONLY:
        return soundfile.read(path, dtype="float32", always_2d=True)
    from imageio_ffmpeg import get_ffmpeg_exe

    command = [get_ffmpeg_exe(), "-v", "error", "-i", str(path), "-f", "wav", "-c:a", "pcm_f32le", "-"]
    decoded = subprocess.run(command, check=True, capture_output=True, stdin=subprocess.DEVNULL).stdout
    return soundfile.read(io.BytesIO(decoded), dtype="float32", always_2d=True)


def clean(samples: np.ndarray) -> np.ndarray:
    """Return `samples` `(frames,)` trimmed, levelled and faded at both ends."""
    return levels.fade(levels.level(levels.trim(samples)))


def prepare(config: LibraryConfig, folder: Path) -> None:
    """Write the library of `config` to `folder`, printing progress.

    Raises UsageError before any work where the soundfont or the program that plays it is missing.
    """
    if config.soundfont is not None:
        instruments.check_fluidsynth(config.soundfont)
    tables = [(data, read_rows(data)) for data in config.data]
    if config.packages is not None:
        tables.append((config.packages[1], read_packages(*config.packages)))
    tables = [(data, limit_files(rows, config.most_files, config.seed)) for data, rows in tables]
    held_out = config.folds.recordings(row for _, rows in tables for row in rows)
    writer = LibraryWriter(folder)
    for data, rows in tables:
        splits = split_of_recordings(rows, held_out, config)
        recordings = dict(_recordings(writer, data, rows, splits))
        _note_phrases(writer, rows, recordings, splits, config)
        _drum_patterns(writer, rows, recordings, splits, config)
        print(f"{data.name}: {len(recordings)} of {len(rows)} files", flush=True)
    if config.soundfont is not None:
        _soundfont(writer, config)
        print(f"{config.soundfont.name}: {len(instruments.PROGRAMS)} programs", flush=True)
    _noises(writer, config)
    writer.close()


def limit_files(rows: list[dict[str, str]], most: int, seed: int) -> list[dict[str, str]]:
    """Return at most `most` rows of each library and label, at random and in order; notes and hits all stay."""
    places = defaultdict(list)
    for place, row in enumerate(rows):
        if row["kind"] not in ("note", "hit"):
            places[row["source"], row["label"]].append(place)
    dropped: set[int] = set()
    for (source, label), candidates in places.items():
        rng = np.random.default_rng([seed, *f"{source}/{label}".encode()])
        dropped.update(rng.permutation(candidates)[most:].tolist())
    return [row for place, row in enumerate(rows) if place not in dropped]


def split_of_recordings(
    rows: list[dict[str, str]], held_out: Mapping[str, str], config: LibraryConfig
) -> dict[str, str]:
    """Return the split of every recording; `UNCERTAIN` ones that no fold holds out are missing from it."""
    validation = validation_recordings(rows, config.valid_share, config.seed)
    splits = {}
    for row in rows:
        recording = row["recording_id"]
        split = held_out.get(recording, VALID if recording in validation else TRAIN)
        if split in (TRAIN, VALID) and any(name in row["source"] for name in UNCERTAIN):
            continue
        splits[recording] = split
    return splits


def _recordings(
    writer: LibraryWriter, data: Path, rows: list[dict[str, str]], splits: Mapping[str, str]
) -> Iterator[tuple[str, np.ndarray]]:
    """Add every usable recording of `rows` to the library; yield its path in `data` and its samples `(frames,)`."""
    for row in rows:
        path = data / row["path"]
        if row["recording_id"] not in splits:
            continue
        samples = clean(decode(path))
        if len(samples) < SHORTEST or not np.isfinite(samples).all():
            continue
        facts = _facts(row, splits[row["recording_id"]], _digest(path))
        for first in range(0, min(len(samples), MOST_PIECES * LONGEST), LONGEST):
            if first == 0 or len(samples) - first > SHORTEST_PIECE:
                writer.add(samples[first : first + LONGEST], **facts)
        yield row["path"], samples


def _facts(row: Mapping[str, str], split: str, digest: str) -> dict[str, str]:
    columns = {
        key: row[key] for key in ("label", "caption", "domain", "kind", "recording_id", "path", "author", "source")
    }
    return {**columns, "split": split, "sha256": digest, "licence": row["license"], "source_url": row["source_url"]}


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _note_phrases(
    writer: LibraryWriter,
    rows: list[dict[str, str]],
    recordings: Mapping[str, np.ndarray],
    splits: Mapping[str, str],
    config: LibraryConfig,
) -> None:
    """Add melodies and chords from every set of notes of `FEWEST_KEYS` or more keys."""
    sets = defaultdict(dict)
    for row in rows:
        if row["path"] in recordings and row["kind"] == "note" and row["midi"]:
            sets[row["recording_id"], row["label"]].setdefault(round(float(row["midi"])), row)
    for (recording, label), notes in sorted(sets.items()):
        if len(notes) < FEWEST_KEYS:
            continue
        rng = np.random.default_rng([config.seed, *recording.encode()])
        by_key = {key: recordings[row["path"]] for key, row in notes.items()}
        for number in range(config.phrases):
            write = instruments.chords if number % 3 == 2 and "guitar" in label else instruments.melody
            notes_to_play = write(rng, PHRASE_SECONDS, min(by_key), max(by_key))
            phrase = instruments.play_notes(notes_to_play, by_key, PHRASE_SECONDS)
            _add_render(writer, phrase, next(iter(notes.values())), splits[recording], f"{recording}/phrase-{number}")


def _drum_patterns(
    writer: LibraryWriter,
    rows: list[dict[str, str]],
    recordings: Mapping[str, np.ndarray],
    splits: Mapping[str, str],
    config: LibraryConfig,
) -> None:
    """Add patterns from the hits of every kit that has a kick, a snare and a hi-hat."""
    kits = defaultdict(lambda: defaultdict(list))
    for row in rows:
        if row["path"] in recordings and row["label"] in ("drums", "drum machine") and row["kind"] == "hit":
            for drum in (drum for drum, words in DRUM_WORDS.items() if words in row["caption"]):
                kits[row["source"], row["label"]][drum].append(row)
    for (source, label), kit in sorted(kits.items()):
        rng = np.random.default_rng([config.seed, *source.encode()])
        for number in range(4 * config.phrases if {"kick", "snare", "hat"} <= kit.keys() else 0):
            out = np.zeros(int((PHRASE_SECONDS + 2) * RATE), np.float32)
            for time, drum, velocity in instruments.drum_pattern(rng, PHRASE_SECONDS):
                choices = kit.get(drum) or kit["hat"]
                hit = recordings[choices[rng.integers(len(choices))]["path"]]
                first = int(time * RATE)
                hit = hit[: len(out) - first]
                out[first : first + len(hit)] += np.float32(velocity) * hit
            row = {**next(iter(kit.values()))[0], "caption": "a drum kit playing", "label": "drums"}
            split = TRAIN if splits[row["recording_id"]] == VALID else splits[row["recording_id"]]
            _add_render(writer, out, row, split, f"{source}/{label}/pattern-{number}")


def _add_render(writer: LibraryWriter, samples: np.ndarray, row: Mapping[str, str], split: str, path: str) -> None:
    samples = clean(samples)
    if len(samples) > SHORTEST_PIECE:
        writer.add(samples, **{**_facts({**row, "path": path}, split, ""), "kind": "render"})


def _soundfont(writer: LibraryWriter, config: LibraryConfig) -> None:
    rng = np.random.default_rng([config.seed, 2])
    digest = _digest(config.soundfont)
    renders = instruments.render_soundfont(config.soundfont, SOUNDFONT_SECONDS, config.soundfont_phrases, rng)
    for number, (program, samples) in enumerate(renders):
        name = f"soundfont:{config.soundfont.stem}:{program.label}:{program.number}"
        writer.add(
            clean(samples), label=program.label, caption=program.caption, domain="music", kind="render", split="train",
            recording_id=name, path=f"{name}/{number}", sha256=digest, licence="MIT",
            author="Frank Wen and contributors (Fluid R3 GM)",
            source=f"Debian fluid-soundfont-gm: {config.soundfont.name}",
            source_url="https://packages.debian.org/fluid-soundfont-gm",
        )  # fmt: skip


def _noises(writer: LibraryWriter, config: LibraryConfig) -> None:
    for label, (caption, make) in noises.NOISES.items():
        rng = np.random.default_rng([config.seed, *label.encode()])
        for number in range(config.noise_recordings):
            split = "valid" if number >= config.noise_recordings * (1 - config.valid_share) else "train"
            writer.add(
                clean(make(rng, NOISE_SECONDS * RATE).astype(np.float32)), label=label, caption=caption, domain="noise",
                kind="ambience", split=split, recording_id=f"noise:{label}:{number}", path=f"noise:{label}:{number}",
                sha256="", licence="CC0-1.0", author="made by this project", source="training/data/noises.py",
                source_url="",
            )  # fmt: skip
