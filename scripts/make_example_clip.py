#!/usr/bin/env python3
"""Remake `examples/clips/`: a dog, a speaker and a guitar in one yard, mixed from recordings that Debian ships.

Downloads three packages with `apt-get download` (needs Debian or a kin, a network, and `apt-get update` before), checks
every recording against its SHA-256, and writes the clip, its three references and nothing else. With the versions of
`locks/` on one kind of machine the files come out byte for byte as before.

    python scripts/make_example_clip.py [--packages FOLDER] [--out examples/clips]

The clip is the sum of its references to the last bit.
"""

import argparse
import hashlib
import struct
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile as sf
from scipy.signal import butter, sosfilt

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.audio.resample import resample
from flowsep_plugin.audio.types import Samples
from flowsep_plugin.media import Bext, quantise24, write_clip

RATE = 48_000
SECONDS = 12
ONE_HOUR = 3_600 * RATE
FADE_SECONDS = 0.01
CLIP = "courtyard"


@dataclass(frozen=True)
class Recording:
    """One file of a Debian package; behind "!" is its place in a Qt resource file."""

    package: str
    path: str
    sha256: str


@dataclass(frozen=True)
class Event:
    """A recording at `seconds` into the clip, `gain_db` louder, played `semitones` higher (and faster)."""

    recording: Recording
    seconds: float
    gain_db: float = 0.0
    semitones: float = 0.0


@dataclass(frozen=True)
class Part:
    """What one query asks for: its events, and where in the yard they happen.

    pan : -1 left to 1 right.     seed : of the walls that throw its reflections.
    """

    name: str
    events: tuple[Event, ...]
    peak: float
    pan: float
    low_cut_hz: float
    seed: int


def _spoken(name: str, sha256: str) -> Recording:
    return Recording("sound-theme-freedesktop", f"usr/share/sounds/freedesktop/stereo/audio-channel-{name}.oga", sha256)


BARK = Recording(
    "gcompris-qt-data",
    "usr/share/gcompris-qt/rcc/explore_farm_animals.rcc"
    "!gcompris/src/activities/explore_farm_animals/resource/animals/dog.ogg",
    "9f973cbeb4ee92471d534eed0ce50ed8ec78c3fe2a37abc4c0ad388e2de5bb52",
)
CHORD = Recording(
    "sonic-pi-samples",
    "usr/share/sonic-pi/samples/guit_e_fifths.flac",
    "b609553b02becbada9ec00a6a13e88bbde6b7ce29098063f4b3f27209ff13f79",
)
FRONT_CENTER = _spoken("front-center", "986708048bb5ed244f2243150781a222a5c20c0e5954576a7c65ae5559c0b8cf")
FRONT_LEFT = _spoken("front-left", "87c2b9b97fd0e9ad86d80ee1af37c324b8496622ce480c14b3a28136eacba208")
FRONT_RIGHT = _spoken("front-right", "952d828706e26a36c9a5996e4497f61b59b556d93899355c0e6eb52f46789c74")
REAR_LEFT = _spoken("rear-left", "09fe3c6db1c21c47c3f0dc3a40f689874edc0d50f05ba254f0d34da6af65705b")
SIDE_RIGHT = _spoken("side-right", "6c51a7d9478fa7f90f63c7caec51e6135ae306598bf10387f137c92d3d3830f1")

PARTS = (
    Part(
        "dog",
        (
            Event(BARK, 2.30),
            Event(BARK, 4.95, gain_db=-2.0, semitones=0.4),
            Event(BARK, 7.20, gain_db=-1.0, semitones=-0.3),
            Event(BARK, 8.10, gain_db=-4.0, semitones=0.2),
            Event(BARK, 10.55, gain_db=-0.5, semitones=0.1),
        ),
        peak=0.55,
        pan=0.65,
        low_cut_hz=120,
        seed=11,
    ),
    Part(
        "speech",
        (
            Event(FRONT_CENTER, 0.85),
            Event(FRONT_LEFT, 2.75),
            Event(REAR_LEFT, 4.60),
            Event(SIDE_RIGHT, 6.90),
            Event(FRONT_RIGHT, 9.30),
        ),
        peak=0.50,
        pan=0.05,
        low_cut_hz=80,
        seed=22,
    ),
    Part(
        "guitar", (Event(CHORD, 0.15), Event(CHORD, 6.05, semitones=-2.0)), peak=0.40, pan=-0.6, low_cut_hz=60, seed=33
    ),
)


def main() -> None:
    """Fetch, mix, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packages", type=Path, help="a folder with the .deb files, instead of downloading")
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "examples" / "clips")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        roots = {name: unpack(name, Path(folder), options.packages) for name in packages()}
        references = {part.name: quantise24(place(part, roots)) for part in PARTS}
    write(references, options.out)


def packages() -> list[str]:
    """Return the Debian packages that hold the recordings."""
    return sorted({event.recording.package for part in PARTS for event in part.events})


def unpack(package: str, folder: Path, downloaded: Path | None) -> Path:
    """Bring `package` into `folder` and return where its files lie."""
    if downloaded is None:
        downloaded = folder
        subprocess.run(["apt-get", "download", package], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    archive = next(downloaded.glob(f"{package}_*.deb"))
    subprocess.run(["dpkg", "-x", archive, folder / package], check=True)
    return folder / package


def place(part: Part, roots: dict[str, Path]) -> Samples:
    """Lay the events of `part` on the clip's time, in the yard: (2, frames)."""
    line = np.zeros((1, SECONDS * RATE), np.float32)
    for event in part.events:
        sound = load(event.recording, roots[event.recording.package], event.semitones)
        first = round(event.seconds * RATE)
        stop = min(line.shape[1], first + sound.shape[1])
        line[:, first:stop] += sound[:, : stop - first] * np.float32(10 ** (event.gain_db / 20))
    line = sosfilt(butter(4, part.low_cut_hz, "highpass", fs=RATE, output="sos"), line).astype(np.float32)
    yard = reflect(line[0], part.pan, part.seed)
    ramp = np.clip(np.arange(yard.shape[1], 0, -1) / (0.25 * RATE), 0, 1).astype(np.float32)
    return yard * ramp * np.float32(part.peak / np.abs(yard).max())


def load(recording: Recording, root: Path, semitones: float) -> Samples:
    """Read one recording as (1, frames) at the clip's rate, faded at both ends."""
    path, _, inner = recording.path.partition("!")
    content = (root / path).read_bytes()
    if inner:
        content = resource(content, inner)
    if hashlib.sha256(content).hexdigest() != recording.sha256:
        raise SystemExit(f"{recording.package}: {recording.path} is not the recording this clip was made from")
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        samples, rate = sf.read(file.name, dtype="float32", always_2d=True)
    mono = samples.mean(axis=1, dtype=np.float32)[None]
    sound = resample(mono, round(rate * 2 ** (semitones / 12)), RATE)
    fade = round(FADE_SECONDS * RATE)
    ramp = np.minimum(1, np.minimum(np.arange(sound.shape[1]), np.arange(sound.shape[1])[::-1]) / fade)
    return (sound / np.abs(sound).max() * ramp).astype(np.float32)


def reflect(mono: Samples, pan: float, seed: int) -> Samples:
    """Place `mono` between the speakers at equal power, with eight early reflections a side: (2, frames)."""
    random = np.random.default_rng(seed)
    angle = (pan + 1) * np.pi / 4
    dull = sosfilt(butter(1, 5_000, "lowpass", fs=RATE, output="sos"), mono)
    sides = []
    for direct in (np.cos(angle), np.sin(angle)):
        side = direct * mono.astype(np.float64)
        for milliseconds in np.sort(random.uniform(6, 45, size=8)):
            delay = round(milliseconds * RATE / 1_000)
            gain = 10 ** (-(14 + milliseconds / 3) / 20) * random.choice((-1, 1))
            side[delay:] += gain * dull[: side.size - delay]
        sides.append(side)
    return np.array(sides, np.float32)


def resource(content: bytes, wanted: str) -> bytes:
    """Return the file `wanted` from a Qt resource file (format 1 to 3, stored without compression)."""
    version, tree, data, names = struct.unpack_from(">4xIIII", content)
    entry_bytes = 22 if version >= 2 else 14

    def name(entry: int) -> str:
        at = names + struct.unpack_from(">I", content, entry)[0]
        (length,) = struct.unpack_from(">H", content, at)
        return content[at + 6 : at + 6 + 2 * length].decode("utf-16-be")

    entry = tree
    for step in wanted.split("/"):
        count, first = struct.unpack_from(">II", content, entry + 6)
        children = (tree + (first + place) * entry_bytes for place in range(count))
        entry = next(child for child in children if name(child) == step)
    (offset,) = struct.unpack_from(">I", content, entry + 10)
    (length,) = struct.unpack_from(">I", content, data + offset)
    return content[data + offset + 4 : data + offset + 4 + length]


def write(references: dict[str, Samples], out: Path) -> None:
    """Write the references and their sum."""
    (out / "references").mkdir(parents=True, exist_ok=True)
    mix = np.sum([reference.astype(np.float64) for reference in references.values()], axis=0).astype(np.float32)
    assert np.array_equal(mix, quantise24(mix)), "the references clip together"
    for name, reference in references.items():
        bext = broadcast(f"flowsep-plugin example: {CLIP}, reference of the {name}")
        write_clip(out / "references" / f"{name}.flac", AudioClip(reference, RATE), "flac24", bext=bext)
    bext = broadcast(f"flowsep-plugin example: {CLIP}, a dog, a speaker and an electric guitar")
    write_clip(out / f"{CLIP}.flac", AudioClip(mix, RATE), "flac24", bext=bext)


def broadcast(description: str) -> Bext:
    """Say that the clip starts at 01:00:00 on its timeline."""
    return Bext(
        description=description,
        originator="flowsep-plugin",
        origination_date="2026-01-01",
        origination_time="01:00:00",
        time_reference=ONE_HOUR,
        coding_history=f"A=PCM,F={RATE},W=24,M=stereo,T=flowsep-plugin\r\n",
    )


if __name__ == "__main__":
    main()
