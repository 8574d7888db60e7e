"""Music that can be rendered: phrases from note sets, and General MIDI programs through a soundfont.

A phrase is drawn from a generator and nothing else, so that a seed gives the same music again.
"""

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from subprocess import DEVNULL, run
from tempfile import TemporaryDirectory

import numpy as np
import soundfile

from .sources import RATE

SCALES = ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10), (0, 3, 5, 7, 10), (0, 2, 4, 7, 9))
MAX_SHIFT = 2  # semitones that a recorded note may be moved


@dataclass(frozen=True, slots=True)
class Note:
    """When (seconds), how long (seconds), which MIDI key, how loud (0 to 1)."""

    start: float
    length: float
    key: int
    velocity: float


@dataclass(frozen=True, slots=True)
class Program:
    """A General MIDI program, what it is called, its keys, and whether it plays chords."""

    number: int
    label: str
    caption: str
    low: int
    high: int
    chords: bool = False


PROGRAMS = (
    Program(0, "piano", "a piano", 36, 88, True),
    Program(4, "electric piano", "an electric piano", 40, 80, True),
    Program(6, "harpsichord", "a harpsichord", 41, 84, True),
    Program(11, "vibraphone", "a vibraphone", 53, 84, True),
    Program(12, "marimba", "a marimba", 45, 84, False),
    Program(13, "xylophone", "a xylophone", 65, 96, False),
    Program(16, "organ", "an organ", 40, 84, True),
    Program(19, "organ", "a church organ", 36, 84, True),
    Program(21, "accordion", "an accordion", 53, 86, True),
    Program(22, "harmonica", "a harmonica", 60, 84, False),
    Program(24, "acoustic guitar", "an acoustic guitar", 40, 76, True),
    Program(27, "electric guitar", "a clean electric guitar", 40, 80, True),
    Program(30, "electric guitar", "a distorted electric guitar", 40, 72, True),
    Program(33, "bass guitar", "a bass guitar", 28, 52, False),
    Program(40, "violin", "a violin", 55, 93, False),
    Program(42, "cello", "a cello", 36, 69, False),
    Program(46, "harp", "a harp", 36, 88, True),
    Program(48, "string section", "a string section", 36, 84, True),
    Program(52, "choir", "a choir", 48, 79, True),
    Program(56, "trumpet", "a trumpet", 55, 82, False),
    Program(57, "trombone", "a trombone", 40, 70, False),
    Program(60, "french horn", "a french horn", 41, 74, False),
    Program(61, "brass section", "a brass section", 48, 79, True),
    Program(65, "saxophone", "an alto saxophone", 49, 80, False),
    Program(68, "oboe", "an oboe", 58, 88, False),
    Program(71, "clarinet", "a clarinet", 50, 84, False),
    Program(73, "flute", "a flute", 60, 93, False),
    Program(80, "synthesizer", "a lead synthesizer", 48, 84, False),
    Program(89, "synthesizer", "a synthesizer pad", 48, 79, True),
)
DRUM_KEYS = {"kick": 36, "snare": 38, "hat": 42, "open": 46, "tom": 45, "crash": 49, "ride": 51}


def melody(rng: np.random.Generator, seconds: float, low: int, high: int) -> Iterator[Note]:
    """A walk over a scale, with rests and repeated notes."""
    scale, tonic = SCALES[rng.integers(len(SCALES))], int(rng.integers(12))
    keys = [key for key in range(low, high + 1) if (key - tonic) % 12 in scale] or [low]
    beat, place, time = rng.uniform(0.2, 0.5), int(rng.integers(len(keys))), float(rng.uniform(0, 0.2))
    while time < seconds - 0.1:
        length = beat * rng.choice([0.5, 1, 1, 1, 2, 3])
        if rng.random() > 0.12:
            yield Note(time, length * rng.uniform(0.8, 1.1), keys[place], rng.uniform(0.5, 1))
        place = int(np.clip(place + rng.choice([-4, -3, -2, -1, -1, 0, 1, 1, 2, 3, 4]), 0, len(keys) - 1))
        time += length


def chords(rng: np.random.Generator, seconds: float, low: int, high: int) -> Iterator[Note]:
    """Triads and sevenths, struck, strummed or broken."""
    scale, time = SCALES[rng.integers(2)], float(rng.uniform(0, 0.2))
    tonic, bar = int(rng.integers(low, max(low + 1, high - 24))), rng.uniform(0.8, 2.4)
    while time < seconds - 0.2:
        degree, count = int(rng.integers(len(scale))), int(rng.integers(3, 5))
        steps = [degree + 2 * i for i in range(count)]
        keys = [tonic + scale[s % len(scale)] + 12 * (s // len(scale)) for s in steps]
        spread = rng.choice([0.0, 0.02, bar / 6])
        for i, key in enumerate(key for key in keys if key <= high):
            yield Note(time + i * spread, bar * rng.uniform(0.7, 1.0) - i * spread, key, rng.uniform(0.5, 0.9))
        time += bar


def drum_pattern(rng: np.random.Generator, seconds: float) -> Iterator[tuple[float, str, float]]:
    """(time, part, loudness) of a one-bar pattern, repeated with small changes."""
    step, time = 60 / rng.uniform(75, 160) / 4, 0.0
    kick, snare = rng.random(16) < 0.2, rng.random(16) < 0.06
    kick[[0, 8]], snare[[4, 12]] = True, True
    hats = np.arange(16) % rng.choice([1, 2, 2, 4]) == 0
    cymbal = rng.choice(["hat", "hat", "ride"])
    for number in range(int(seconds / step)):
        place = number % 16
        loud = rng.uniform(0.6, 1.0)
        if kick[place]:
            yield time, "kick", loud
        if snare[place] or (place > 11 and rng.random() < 0.08):
            yield time, rng.choice(["snare", "snare", "tom"]), loud
        if hats[place] and rng.random() < 0.95:
            yield time, rng.choice([cymbal] * 9 + ["open"]), loud * 0.6
        if number % 64 == 0 and rng.random() < 0.5:
            yield time, "crash", loud
        time += step


def shift(samples: np.ndarray, semitones: float) -> np.ndarray:
    """Play `samples` faster or slower, so that they sound `semitones` higher."""
    if semitones == 0:
        return samples
    places = np.arange(0, len(samples) - 1, 2 ** (semitones / 12))
    return np.interp(places, np.arange(len(samples)), samples).astype(np.float32)


def play_notes(notes: Iterator[Note], recorded: Mapping[int, np.ndarray], seconds: float) -> np.ndarray:
    """Lay recorded notes (by key) onto a timeline; a key too far from every recording is left out."""
    out = np.zeros(int(seconds * RATE), np.float32)
    keys = np.array(sorted(recorded))
    for note in notes:
        nearest = int(keys[np.abs(keys - note.key).argmin()])
        if abs(nearest - note.key) > MAX_SHIFT:
            continue
        first = int(note.start * RATE)
        sound = shift(recorded[nearest], note.key - nearest)[: int((note.length + 0.05) * RATE)].copy()
        release = min(len(sound), RATE // 20)
        sound[len(sound) - release :] *= np.linspace(1, 0, release, dtype=np.float32)
        sound = sound[: len(out) - first]
        out[first : first + len(sound)] += np.float32(note.velocity) * sound
    return out


def soundfont_takes(
    soundfont: Path, seconds: float, takes: int, rng: np.random.Generator
) -> Iterator[tuple[Program, np.ndarray]]:
    """Render every program of `PROGRAMS` `takes` times through FluidSynth, mono float32; drums come last."""
    for program in PROGRAMS:
        for take in range(takes):
            write = chords if program.chords and take % 2 else melody
            notes = list(write(rng, seconds, program.low, program.high))
            events = [(note.start, note.length, note.key, note.velocity) for note in notes]
            yield program, _fluidsynth(soundfont, program.number, 0, events)
    drums = Program(0, "drums", "a drum kit playing", 35, 81)
    for _ in range(2 * takes):
        events = [(time, 0.2, DRUM_KEYS[part], loud) for time, part, loud in drum_pattern(rng, seconds)]
        yield drums, _fluidsynth(soundfont, int(rng.choice([0, 8, 16, 25])), 9, events)


def check_fluidsynth(soundfont: Path) -> None:
    """Raise FileNotFoundError, naming the way out, where rendering `soundfont` could not work."""
    if not soundfont.is_file():
        raise FileNotFoundError(
            f"the soundfont {soundfont} does not exist (Debian: apt-get install fluid-soundfont-gm)"
        )
    if shutil.which("fluidsynth") is None:
        raise FileNotFoundError(
            f"rendering {soundfont.name} needs the program fluidsynth, which is not on PATH; "
            "install it (Debian: apt-get install fluidsynth) or leave --soundfont out"
        )


def _fluidsynth(
    soundfont: Path, program: int, channel: int, events: list[tuple[float, float, int, float]]
) -> np.ndarray:
    from mido import Message, MidiFile, MidiTrack

    ticks = 960  # one tick is 1/1920 s at 120 beats a minute
    messages = [(start, "note_on", key, int(40 + 80 * loud)) for start, _, key, loud in events]
    messages += [(start + length, "note_off", key, 0) for start, length, key, _ in events]
    track, now = MidiTrack([Message("program_change", channel=channel, program=program)]), 0
    for time, kind, key, velocity in sorted(messages):
        tick = int(time * 2 * ticks)
        track.append(Message(kind, channel=channel, note=key, velocity=velocity, time=tick - now))
        now = tick
    with TemporaryDirectory() as folder:
        midi, wav = Path(folder, "notes.mid"), Path(folder, "notes.wav")
        MidiFile(tracks=[track], ticks_per_beat=ticks).save(midi)
        command = ["fluidsynth", "-ni", "-g", "0.5", "-R", "0", "-C", "0", "-r", str(RATE), "-F", wav, soundfont, midi]
        run(command, check=True, stdout=DEVNULL, stderr=DEVNULL)
        return soundfile.read(wav, dtype="float32", always_2d=True)[0].mean(1)
