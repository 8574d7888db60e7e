"""Rendered music: phrases from sets of recorded notes, and General MIDI programs through a soundfont.

Phrases depend on the random generator alone, so that a seed gives the same music again.
"""

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from subprocess import DEVNULL, run
from tempfile import TemporaryDirectory

import numpy as np
import soundfile

from flowsep_plugin.errors import UsageError

from .sources import RATE

SCALES = ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10), (0, 3, 5, 7, 10), (0, 2, 4, 7, 9))
MAX_SHIFT = 2
"""Semitones that a recorded note may be transposed."""

RELEASE_FRAMES = RATE // 20
"""Frames over which a note is faded out at its end, 50 ms."""

TICKS_PER_BEAT = 960  # one tick is 1/1920 s at the 120 beats a minute of a MIDI file without a tempo


@dataclass(frozen=True, slots=True)
class Note:
    """A note: start and length in seconds, MIDI key, velocity 0 to 1."""

    start: float
    length: float
    key: int
    velocity: float


@dataclass(frozen=True, slots=True)
class Program:
    """A General MIDI program: its number from 0, label, caption, range of MIDI keys, and whether it plays chords."""

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
    """Yield the notes of a random walk over a scale, with rests and repeated notes, keys `low` to `high`."""
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
    """Yield the notes of triads and sevenths, struck, strummed or broken, keys `low` to `high`."""
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
    """Yield (seconds, drum, velocity) of a one-bar pattern that repeats with small changes; drums as in `DRUM_KEYS`."""
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
    """Return `samples` `(frames,)` played faster or slower, so that they sound `semitones` higher."""
    if semitones == 0:
        return samples
    places = np.arange(0, len(samples) - 1, 2 ** (semitones / 12))
    return np.interp(places, np.arange(len(samples)), samples).astype(np.float32)


def play_notes(notes: Iterator[Note], recorded: Mapping[int, np.ndarray], seconds: float) -> np.ndarray:
    """Return `notes` played on recordings by MIDI key, each `(frames,)`, as `(seconds * RATE,)`.

    A note more than `MAX_SHIFT` semitones from every recording is dropped.
    """
    out = np.zeros(int(seconds * RATE), np.float32)
    keys = np.array(sorted(recorded))
    for note in notes:
        nearest = int(keys[np.abs(keys - note.key).argmin()])
        if abs(nearest - note.key) > MAX_SHIFT:
            continue
        first = int(note.start * RATE)
        sound = shift(recorded[nearest], note.key - nearest)[: int((note.length + 0.05) * RATE)].copy()
        release = min(len(sound), RELEASE_FRAMES)
        sound[len(sound) - release :] *= np.linspace(1, 0, release, dtype=np.float32)
        sound = sound[: len(out) - first]
        out[first : first + len(sound)] += np.float32(note.velocity) * sound
    return out


def render_soundfont(
    soundfont: Path, seconds: float, count: int, rng: np.random.Generator
) -> Iterator[tuple[Program, np.ndarray]]:
    """Yield every program with each of `count` phrases by FluidSynth, `(frames,)`; drums come last, twice as many."""
    for program in PROGRAMS:
        for number in range(count):
            write = chords if program.chords and number % 2 else melody
            notes = list(write(rng, seconds, program.low, program.high))
            events = [(note.start, note.length, note.key, note.velocity) for note in notes]
            yield program, _fluidsynth(soundfont, program.number, 0, events)
    drums = Program(0, "drums", "a drum kit playing", 35, 81)
    for _ in range(2 * count):
        events = [(time, 0.2, DRUM_KEYS[part], loud) for time, part, loud in drum_pattern(rng, seconds)]
        yield drums, _fluidsynth(soundfont, int(rng.choice([0, 8, 16, 25])), 9, events)


def check_fluidsynth(soundfont: Path) -> None:
    """Raise UsageError where `soundfont` or the program fluidsynth is missing."""
    if not soundfont.is_file():
        raise UsageError(f"the soundfont {soundfont} does not exist (Debian: apt-get install fluid-soundfont-gm)")
    if shutil.which("fluidsynth") is None:
        raise UsageError(
            f"rendering {soundfont.name} needs the program fluidsynth, which is not on PATH; "
            "install it (Debian: apt-get install fluidsynth) or prepare without a soundfont"
        )


def _fluidsynth(
    soundfont: Path, program: int, channel: int, events: list[tuple[float, float, int, float]]
) -> np.ndarray:
    from mido import Message, MidiFile, MidiTrack

    messages = [(start, "note_on", key, int(40 + 80 * loud)) for start, _, key, loud in events]
    messages += [(start + length, "note_off", key, 0) for start, length, key, _ in events]
    track, last_tick = MidiTrack([Message("program_change", channel=channel, program=program)]), 0
    for time, kind, key, velocity in sorted(messages):
        tick = int(time * 2 * TICKS_PER_BEAT)
        track.append(Message(kind, channel=channel, note=key, velocity=velocity, time=tick - last_tick))
        last_tick = tick
    with TemporaryDirectory() as folder:
        midi, wav = Path(folder, "notes.mid"), Path(folder, "notes.wav")
        MidiFile(tracks=[track], ticks_per_beat=TICKS_PER_BEAT).save(midi)
        command = ["fluidsynth", "-ni", "-g", "0.5", "-R", "0", "-C", "0", "-r", str(RATE), "-F", wav, soundfont, midi]
        run(command, check=True, stdout=DEVNULL, stderr=DEVNULL)
        return soundfile.read(wav, dtype="float32", always_2d=True)[0].mean(1)
