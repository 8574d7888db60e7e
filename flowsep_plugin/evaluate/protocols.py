"""What is mixed with what: protocols make trials out of sounds, the same ones for the same seed.

A trial is drawn without reading audio, so that a limit or a label costs nothing; `Trial.render` makes its arrays.
"""

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from flowsep_plugin.audio.types import Samples
from flowsep_plugin.errors import MediaError, UsageError

from .mixtures import fit, mix
from .sources import Pair, Sound, read_mono

_QUIETEST = 1e-5
"""A source whose RMS lies under -100 dBFS gives no mixture."""


@dataclass(frozen=True, slots=True)
class Mixture:
    """Mono `(frames,)` arrays at `rate`; `source` is silence where the asked-for sound is absent."""

    source: Samples
    mixture: Samples
    rate: int


@dataclass(frozen=True, slots=True)
class Trial:
    """One mixture to be made and one question about it.

    snr_db : of source over noise; None where `noise` is the finished mixture.     absent : `query` is in neither.
    seconds : length at most; None takes the files whole.     place : 0..1, where in longer files to cut.
    """

    name: str
    query: str
    label: str
    source: Path
    noise: Path
    snr_db: float | None
    absent: bool = False
    seconds: float | None = None
    place: tuple[float, float] = (0.0, 0.0)

    def render(self, rate: int) -> Mixture:
        """Make the mixture at `rate`. Raises MediaError for a file that cannot be read or is silent."""
        source, noise = read_mono(self.source, rate), read_mono(self.noise, rate)
        if self.snr_db is None:
            if len(source) != len(noise):
                raise MediaError(f"{self.noise}: has {len(noise)} frames, its source {self.source.name} {len(source)}")
            return Mixture(source, noise, rate)
        frames = len(source) if self.seconds is None else min(len(source), round(self.seconds * rate))
        cut = _from(source, frames, self.place[0])
        for path, part in ((self.source, cut), (self.noise, noise)):
            if float(np.sqrt(np.mean(np.square(part, dtype=np.float64)))) < _QUIETEST:
                raise MediaError(f"{path}: is silent; leave it out of the table")
        if self.seconds is not None:
            noise = _from(noise, frames, self.place[1])
        elif len(noise) != frames:
            raise MediaError(f"{self.noise}: has {len(noise)} frames, {self.source.name} {frames}; they must be equal")
        wanted, mixture = mix(cut, noise, self.snr_db)
        return Mixture(np.zeros_like(wanted) if self.absent else wanted, mixture, rate)


Draw = Callable[[Sequence[Sound], np.random.Generator, float], Iterator[Trial]]
"""A protocol: sounds, its generator, seconds a trial lasts at most."""


def pairs_at_0_db(sounds: Sequence[Sound], draw: np.random.Generator, seconds: float) -> Iterator[Trial]:
    """Every sound once, at 0 dB over one of another label: AudioSep's ESC-50 protocol."""
    for number, sound in enumerate(sounds):
        yield _pair(number, sound, sounds, draw, seconds, 0.0)


def pairs_at_any_level(sounds: Sequence[Sound], draw: np.random.Generator, seconds: float) -> Iterator[Trial]:
    """Every sound once, at a whole number of -15..15 dB over one of another label: DCASE 2024 task 9's range."""
    for number, sound in enumerate(sounds):
        yield _pair(number, sound, sounds, draw, seconds, float(draw.integers(-15, 16)))


def music_pairs(sounds: Sequence[Sound], draw: np.random.Generator, seconds: float) -> Iterator[Trial]:
    """Every sound of the domain "music" once, at 0 dB over another instrument: AudioSep's MUSIC protocol."""
    music = _of("music", sounds)
    yield from pairs_at_0_db(music, draw, seconds)


def speech_and_effects(sounds: Sequence[Sound], draw: np.random.Generator, seconds: float) -> Iterator[Trial]:
    """Speech over what is not speech, and the other way round, at 0 dB: dialogue against effects."""
    speech = _of("speech", sounds)
    others = [sound for sound in sounds if sound.domain != "speech"]
    for number, sound in enumerate(sounds):
        yield _pair(number, sound, others if sound.domain == "speech" else speech, draw, seconds, 0.0)


def absent_targets(sounds: Sequence[Sound], draw: np.random.Generator, seconds: float) -> Iterator[Trial]:
    """Pairs at 0 dB, asked for a sound that is in neither: the stem should be silent."""
    for number, sound in enumerate(sounds):
        trial = _pair(number, sound, sounds, draw, seconds, 0.0)
        there = {sound.label, next(other.label for other in sounds if other.path == trial.noise)}
        asked = _pick([other for other in sounds if other.label not in there], draw, sound)
        yield Trial(trial.name, asked.caption, asked.label, trial.source, trial.noise, 0.0, True, seconds, trial.place)


PROTOCOLS: Mapping[str, Draw] = {
    "esc": pairs_at_0_db,
    "dcase": pairs_at_any_level,
    "music": music_pairs,
    "speech": speech_and_effects,
    "absent": absent_targets,
}


def draw_trials(
    protocol: str, sounds: Sequence[Sound], *, seed: int = 0, limit: int | None = None, seconds: float = 10.0
) -> list[Trial]:
    """Trials of a protocol; with `limit`, that many spread over all. Raises UsageError where the sounds do not do."""
    if protocol not in PROTOCOLS:
        raise UsageError(f"protocol {protocol!r} is none of {', '.join(PROTOCOLS)}")
    draw = np.random.default_rng([seed, zlib.crc32(protocol.encode())])
    return spread(list(PROTOCOLS[protocol](sounds, draw, seconds)), limit)


def listed_trials(pairs: Sequence[Pair], *, limit: int | None = None) -> list[Trial]:
    """Trials of prescribed pairs, files taken whole."""
    return spread([Trial(p.name, p.caption, p.label, p.source, p.noise, p.snr_db) for p in pairs], limit)


def spread(trials: list[Trial], limit: int | None) -> list[Trial]:
    """At most `limit` of `trials`, evenly over the list, so that every part of it is met."""
    if limit is None or limit >= len(trials):
        return trials
    return [trials[index * len(trials) // limit] for index in range(limit)]


def _pair(
    number: int, sound: Sound, others: Sequence[Sound], draw: np.random.Generator, seconds: float, snr_db: float
) -> Trial:
    noise = _pick([other for other in others if other.label != sound.label], draw, sound)
    place = (float(draw.random()), float(draw.random()))
    return Trial(f"{number}", sound.caption, sound.label, sound.path, noise.path, snr_db, False, seconds, place)


def _pick(others: Sequence[Sound], draw: np.random.Generator, sound: Sound) -> Sound:
    if not others:
        raise UsageError(f"there is no other label to mix {sound.label!r} with; the table needs more labels")
    return others[int(draw.integers(len(others)))]


def _of(domain: str, sounds: Sequence[Sound]) -> list[Sound]:
    found = [sound for sound in sounds if sound.domain == domain]
    if not found:
        raise UsageError(f"no sound of the domain {domain!r}; give the table a column domain")
    return found


def _from(samples: Samples, frames: int, place: float) -> Samples:
    """`frames` of `samples`, from `place` (0..1) of what is too long; from the start, repeated, where it is short."""
    return fit(samples, frames, max(0, int(place * (len(samples) - frames))))
