"""Scenes: which sources meet, where they lie in the window, how loud they are, how they are changed.

A scene is a pure function of (mixer, seed, number). Its sources stay apart, so that any part of them can be the target.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from flowsep_training.queries import phrases
from flowsep_training.queries.captions import Phrasebook, Thing, overlap

from . import degrade
from .levels import active, frame_power
from .sources import RATE, Library, Source

QUIET = 1e-4
BED_WORDS = ("ambience", "rain", "wind", "waves", "river", "traffic", "crowd", "room tone", "crickets", "fan")
BED_DB = (-24.0, -8.0)  # re the loudest other source
LABEL_POWERS = {"environment": 1.2, "music": 0.6, "speech": 0.5, "noise": 0.0}


@dataclass(frozen=True, slots=True)
class Recipe:
    """How scenes are drawn. Levels in dB; probabilities 0 to 1."""

    seconds: float = 5.12
    snr_db: float = 15.0
    most_sources: int = 4
    augment: bool = True
    reverb: float = 0.2
    speed: float = 0.6
    equalise: float = 0.5
    speed_octaves: float = 0.25
    band_limit: float = 0.12
    measured_room: float = 0.0  # of the reverberated: with a measured impulse response, where the library has some
    codec: float = 0.0
    overload: float = 0.0
    compress: float = 0.0
    bed: float = 0.0  # an ambience softly under the rest
    level: float = 0.05
    level_spread_db: float = 3.0
    kinds: dict[str, float] = field(
        default_factory=lambda: {
            "environment+environment": 0.40,
            "speech+environment": 0.22,
            "music+music": 0.16,
            "speech+music": 0.10,
            "environment+music": 0.06,
            "noise+any": 0.06,
        }
    )
    mix_of_three: float = 0.2
    mix_of_four: float = 0.05
    label_powers: dict[str, float] = field(default_factory=dict)  # by domain, over LABEL_POWERS

    @property
    def frames(self) -> int:
        """Samples of a window."""
        return round(self.seconds * RATE)


@dataclass(frozen=True)
class Scene:
    """Sources of one window, `(sources, frames)` float32, already at the levels at which they add up to the mixture."""

    sources: np.ndarray
    things: tuple[Thing, ...]
    wanted: tuple[int, ...]

    @property
    def residual(self) -> tuple[int, ...]:
        """Indices of the sources that are not wanted."""
        return tuple(i for i in range(len(self.things)) if i not in self.wanted)

    def named(self, indices: Sequence[int]) -> tuple[Thing, ...]:
        """The things at `indices`."""
        return tuple(self.things[i] for i in indices)


class Mixer:
    """Draws scenes from one split of a library."""

    def __init__(self, library: Library, split: str, recipe: Recipe):
        self.library, self.recipe = library, recipe
        if unknown := set(recipe.label_powers) - set(LABEL_POWERS):
            raise ValueError(f"label_powers names {sorted(unknown)}; the domains are {list(LABEL_POWERS)}")
        self.domains = {}
        for domain in ("environment", "speech", "music", "noise"):
            by_label = library.by_label(split, (domain,))
            power = (LABEL_POWERS | recipe.label_powers)[domain]
            weights = np.array([_label_weight(sources, power) for sources in by_label.values()])
            if by_label:
                self.domains[domain] = (list(by_label), list(by_label.values()), weights / weights.sum())
        self.rooms = library.by_label("train", ("impulse_response",)).get("room impulse response", [])
        environment = library.by_label(split, ("environment",))
        self.beds = [label for label in environment if any(word in label for word in BED_WORDS)]
        self.phrasebook = Phrasebook.of(
            [Thing(s.label, s.caption, s.domain) for s in library.sources if s.domain in LABEL_POWERS]
        )

    def scene(self, seed: int, number: int) -> Scene:
        """Scene `number` of the stream `seed`."""
        rng = np.random.default_rng([seed, number])
        recipe = self.recipe
        chosen = self._choose(rng)
        bed = self._bed(rng, chosen)
        chosen += [bed] if bed is not None else []
        layers = np.stack([self._layer(rng, source) for source in chosen])
        gains_db = rng.uniform(-recipe.snr_db / 2, recipe.snr_db / 2, len(chosen))
        if bed is not None:
            gains_db[-1] = gains_db[:-1].max() + rng.uniform(*BED_DB)
        powers = np.array([max(np.square(layer).mean(), 1e-12) for layer in layers])
        layers *= (10 ** (gains_db / 20) / np.sqrt(powers)).astype(np.float32)[:, None]
        mixture = layers.sum(0)
        spread = rng.normal(0, recipe.level_spread_db) if recipe.augment else 0.0
        layers *= np.float32(recipe.level * 10 ** (spread / 20) / max(np.sqrt(np.square(mixture).mean()), 1e-9))
        wanted = (0,) if len(chosen) < 3 or rng.random() < 0.6 else (0, 1)
        return Scene(layers, tuple(Thing(s.label, s.caption, s.domain) for s in chosen), wanted)

    def _choose(self, rng: np.random.Generator) -> list[Source]:
        kinds = {kind: weight for kind, weight in self.recipe.kinds.items() if self._possible(kind)}
        weights = np.array(list(kinds.values()))
        kind = list(kinds)[rng.choice(len(kinds), p=weights / weights.sum())]
        domains = [str(rng.choice(list(self.domains))) if d == "any" else d for d in kind.split("+")]
        draw = rng.random()
        more = 2 if draw < self.recipe.mix_of_four else int(draw < self.recipe.mix_of_four + self.recipe.mix_of_three)
        extra = "music" if kind == "music+music" else "environment"
        domains += [extra if extra in self.domains else domains[0]] * min(more, self.recipe.most_sources - 2)
        order = rng.permutation(len(domains))
        chosen: list[Source] = []
        for place in order:
            for _ in range(40):
                source = self._draw(rng, domains[place])
                if not any(_confusable(source.label, other.label) for other in chosen):
                    chosen.append(source)
                    break
        return chosen if len(chosen) > 1 else self._choose(rng)

    def _bed(self, rng: np.random.Generator, chosen: Sequence[Source]) -> Source | None:
        """An ambience that is unlike what was chosen, or none."""
        if not self.recipe.bed or rng.random() >= self.recipe.bed or not self.beds:
            return None
        label = self.beds[rng.integers(len(self.beds))]
        if len(chosen) >= self.recipe.most_sources or any(_confusable(label, one.label) for one in chosen):
            return None
        labels, sources, _ = self.domains["environment"]
        found = sources[labels.index(label)]
        return found[rng.integers(len(found))]

    def _possible(self, kind: str) -> bool:
        return all(domain in self.domains or domain == "any" for domain in kind.split("+"))

    def _draw(self, rng: np.random.Generator, domain: str) -> Source:
        labels, sources, weights = self.domains[domain]
        found = sources[rng.choice(len(labels), p=weights)]
        recordings = sorted({source.recording_id for source in found})
        recording = recordings[rng.integers(len(recordings))]
        own = [source for source in found if source.recording_id == recording]
        weights = np.array([3.0 if source.kind in ("render", "phrase") else 1.0 for source in own])
        return own[rng.choice(len(own), p=weights / weights.sum())]

    def _layer(self, rng: np.random.Generator, source: Source) -> np.ndarray:
        """One source as it lies in the window."""
        frames, recipe = self.recipe.frames, self.recipe
        octaves = recipe.speed_octaves
        rate = 2 ** rng.uniform(-octaves, octaves) if recipe.augment and rng.random() < recipe.speed else 1.0
        out = np.zeros(frames, np.float32)
        needed = int(frames * rate) + 2
        for _ in range(8):
            first = int(rng.integers(0, max(1, source.frames - needed + 1)))
            sound = self.library.read(source, first, needed)
            sound = change_speed(sound, rate)[:frames]
            _place(rng, out, sound, source)
            if np.square(out).mean() > QUIET**2:
                break
        if recipe.augment:
            out = self._change(rng, out)
        return out

    def _change(self, rng: np.random.Generator, samples: np.ndarray) -> np.ndarray:
        """Overload, compress, code; then equalise, band-limit and reverberate in one product of spectra."""
        recipe = self.recipe
        for chance, change in (
            (recipe.overload, degrade.overload),
            (recipe.compress, degrade.compress),
            (recipe.codec, degrade.through_codec),
        ):
            if chance and rng.random() < chance:
                samples = change(rng, samples)
        wanted = rng.random(3) < (recipe.equalise, recipe.band_limit, recipe.reverb)
        if not wanted.any():
            return samples
        size = 2 ** int(np.ceil(np.log2(len(samples) + (RATE // 2 if wanted[2] else 2048))))
        spectrum = np.fft.rfft(samples, size)
        hz = np.fft.rfftfreq(size, 1 / RATE)
        if wanted[0]:
            knots = np.log2([30, 120, 400, 1200, 3500, 9000, 20_000])
            curve = np.interp(np.log2(np.maximum(hz, 20)), knots, rng.normal(0, 4, len(knots)))
            spectrum *= 10 ** (curve / 20)
        if wanted[1]:
            cut = np.exp(rng.uniform(np.log(3000), np.log(16_000)))
            spectrum *= 1 / (1 + (hz / cut) ** 16)
            if rng.random() < 0.3:
                spectrum *= 1 / (1 + (rng.uniform(80, 400) / np.maximum(hz, 1)) ** 8)
        if wanted[2]:
            spectrum *= np.fft.rfft(self._room(rng), size)
        return np.fft.irfft(spectrum, size)[: len(samples)].astype(np.float32)

    def _room(self, rng: np.random.Generator) -> np.ndarray:
        """An impulse response: a measured one, cut where its tail would not fit, or a made one."""
        if not self.rooms or not self.recipe.measured_room or rng.random() >= self.recipe.measured_room:
            return reverberation(rng)
        room = self.library.read(self.rooms[rng.integers(len(self.rooms))])
        first = int(np.abs(room).argmax())
        room = room[first : first + RATE // 2].copy()
        direct = rng.uniform(0.3, 1.0) if rng.random() < 0.7 else 0.05
        room[0] = 0
        room *= rng.uniform(0.3, 1.0) / max(float(np.sqrt(np.square(room).sum())), 1e-9)
        room[0] = direct
        return room * np.linspace(1, 0, len(room)) ** 0.5


def change_speed(samples: np.ndarray, rate: float) -> np.ndarray:
    """Play `rate` times as fast, pitch and all."""
    if rate == 1.0:
        return samples
    places = np.arange(max(0, int((len(samples) - 1) / rate))) * rate
    below = places.astype(np.int64)
    part = (places - below).astype(np.float32)
    return samples[below] * (1 - part) + samples[below + 1] * part


def reverberation(rng: np.random.Generator) -> np.ndarray:
    """A short room: the direct sound and a noise tail that dies within 0.1 to 0.6 s."""
    frames = RATE // 2
    decay = rng.uniform(0.1, 0.6)
    tail = rng.standard_normal(frames) * 10 ** (-3 * np.arange(frames) / (decay * RATE))
    tail[: RATE // 200] = 0
    tail *= rng.uniform(0.1, 0.6) / np.sqrt(np.square(tail).sum())
    tail[0] = 1
    return tail


def _confusable(one: str, other: str) -> bool:
    """Whether words cannot tell two labels apart, or a recording of one may hold the other."""
    return phrases.too_alike(one, other) or overlap(one, other)


def _label_weight(sources: Sequence[Source], power: float) -> float:
    """Labels with more recordings come more often: they are the ones that can be learned."""
    return float(len({source.recording_id for source in sources}) ** power)


def _place(rng: np.random.Generator, out: np.ndarray, sound: np.ndarray, source: Source) -> None:
    """Lay a sound into the window: whole where it fills it, else at a random time, short ones several times."""
    frames = len(out)
    if len(sound) >= frames:
        out += sound[:frames]
        return
    repeats = 1
    if source.short:
        repeats = int(rng.integers(1, max(2, min(6, frames // max(len(sound), RATE // 3)) + 1)))
    elif len(sound) < frames // 2 and rng.random() < 0.5:
        repeats = 2
    for _ in range(repeats):
        first = int(rng.integers(0, frames - len(sound) + 1))
        out[first : first + len(sound)] += sound * np.float32(rng.uniform(0.6, 1.0))


def activity(samples: np.ndarray) -> float:
    """Share of the window in which a source is heard."""
    return float(active(frame_power(samples)).mean())
