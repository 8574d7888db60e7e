"""Protocols: rules that draw trials from sounds, the same trials for the same seed.

A trial is drawn without reading audio, so that limits and labels cost nothing; `Trial.render` makes its arrays.
"""

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from flowsep_plugin.audio.types import Samples
from flowsep_plugin.errors import MediaError, UsageError

from .mixtures import fit, mix
from .sources import Pair, Sound, read_mono

_QUIETEST = 1e-5
"""Least RMS of a source, -100 dBFS."""


@dataclass(frozen=True, slots=True)
class Mixture:
    """Mono `(frames,)` arrays at `rate`; `source` is silence where the query's sound is absent."""

    source: Samples
    mixture: Samples
    rate: int


@dataclass(frozen=True, slots=True)
class Trial:
    """A mixture to make, and the query for it.

    snr_db : of source over noise; None where `noise` is the finished mixture.     absent : `query` is in neither.
    seconds : maximum length; None takes the whole files.     place : 0..1, start of the cut in longer files.
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
        """Return the mixture at `rate`. Raises MediaError for a file that cannot be read, is silent or too short."""
        source, noise = read_mono(self.source, rate), read_mono(self.noise, rate)
        if self.snr_db is None:
            if len(source) != len(noise):
                raise MediaError(
                    f"{self.noise}: {len(noise)} frames, {self.source.name}: {len(source)}; they must be equal"
                )
            return Mixture(source, noise, rate)
        frames = len(source) if self.seconds is None else min(len(source), round(self.seconds * rate))
        cut = _from(source, frames, self.place[0])
        for path, part in ((self.source, cut), (self.noise, noise)):
            if float(np.sqrt(np.mean(np.square(part, dtype=np.float64)))) < _QUIETEST:
                raise MediaError(f"{path}: is silent; remove it from the table")
        if self.seconds is not None:
            noise = _from(noise, frames, self.place[1])
        elif len(noise) != frames:
            raise MediaError(f"{self.noise}: has {len(noise)} frames, {self.source.name} {frames}; they must be equal")
        target, mixture = mix(cut, noise, self.snr_db)
        return Mixture(np.zeros_like(target) if self.absent else target, mixture, rate)


Draw = Callable[[Sequence[Sound], np.random.Generator, float], Iterator[Trial]]
"""A protocol: (sounds, random generator, maximum length in seconds) -> trials."""


def pairs_at_0_db(sounds: Sequence[Sound], draw: np.random.Generator, seconds: float) -> Iterator[Trial]:
    """Yield every sound once, at 0 dB over one of another label: AudioSep's ESC-50 protocol."""
    for number, sound in enumerate(sounds):
        yield _pair(number, sound, sounds, draw, seconds, 0.0)


def pairs_at_any_level(sounds: Sequence[Sound], draw: np.random.Generator, seconds: float) -> Iterator[Trial]:
    """Yield every sound once, at -15..15 whole dB over one of another label: the range of DCASE 2024 task 9."""
    for number, sound in enumerate(sounds):
        yield _pair(number, sound, sounds, draw, seconds, float(draw.integers(-15, 16)))


def music_pairs(sounds: Sequence[Sound], draw: np.random.Generator, seconds: float) -> Iterator[Trial]:
    """Yield every sound of the domain "music" once, at 0 dB over another instrument: AudioSep's MUSIC protocol."""
    music = _of("music", sounds)
    yield from pairs_at_0_db(music, draw, seconds)


def speech_and_effects(sounds: Sequence[Sound], draw: np.random.Generator, seconds: float) -> Iterator[Trial]:
    """Yield speech over other sounds, and other sounds over speech, at 0 dB: dialogue against effects."""
    speech = _of("speech", sounds)
    others = [sound for sound in sounds if sound.domain != "speech"]
    for number, sound in enumerate(sounds):
        yield _pair(number, sound, others if sound.domain == "speech" else speech, draw, seconds, 0.0)


def absent_targets(sounds: Sequence[Sound], draw: np.random.Generator, seconds: float) -> Iterator[Trial]:
    """Yield pairs at 0 dB with a query for a sound in neither: the stem should be silent."""
    for number, sound in enumerate(sounds):
        trial = _pair(number, sound, sounds, draw, seconds, 0.0)
        labels = {sound.label, next(other.label for other in sounds if other.path == trial.noise)}
        target = _pick([other for other in sounds if other.label not in labels], draw, sound)
        yield replace(trial, query=target.caption, label=target.label, absent=True)


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
    """Return the trials of a protocol, or `limit` of them spread evenly over all.

    Raises UsageError for an unknown protocol, and for sounds without the domains or labels that it needs.
    """
    if protocol not in PROTOCOLS:
        raise UsageError(f"unknown protocol {protocol!r}; choose one of {', '.join(PROTOCOLS)}")
    draw = np.random.default_rng([seed, zlib.crc32(protocol.encode())])
    return spread(list(PROTOCOLS[protocol](sounds, draw, seconds)), limit)


def listed_trials(pairs: Sequence[Pair], *, limit: int | None = None) -> list[Trial]:
    """Return the trials of prescribed pairs, with whole files, or `limit` of them spread evenly over all."""
    return spread([Trial(p.name, p.caption, p.label, p.source, p.noise, p.snr_db) for p in pairs], limit)


def spread(trials: list[Trial], limit: int | None) -> list[Trial]:
    """Return at most `limit` of `trials`, spread evenly over the list."""
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
        raise UsageError(f"no sound has another label to mix {sound.label!r} with; add more labels to the table")
    return others[int(draw.integers(len(others)))]


def _of(domain: str, sounds: Sequence[Sound]) -> list[Sound]:
    matches = [sound for sound in sounds if sound.domain == domain]
    if not matches:
        raise UsageError(f"no sound has the domain {domain!r}; fill the table's column domain")
    return matches


def _from(samples: Samples, frames: int, place: float) -> Samples:
    """Return `frames` of `samples` (n,), cut at `place` (0..1) if there are more, repeated if there are fewer."""
    return fit(samples, frames, max(0, int(place * (len(samples) - frames))))
