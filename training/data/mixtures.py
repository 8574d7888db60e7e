"""Random mixtures of library sources: their choice, places in the window, levels and augmentation.

A mixture is a pure function of (mixer, seed, number). Its sources stay apart, so that any of them can be the target.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from flowsep_training.queries import phrases
from flowsep_training.queries.captions import LabelledSound, Phrasebook, overlap

from flowsep_plugin.errors import UsageError

from . import degrade, filters
from .sources import RATE, Library, LibrarySource

SILENT_RMS = 1e-4
"""A layer below it is drawn again, from another place of its source."""

LAYER_ATTEMPTS, SOURCE_ATTEMPTS = 8, 40
"""Attempts at a layer that is not silent, and at a source that words can tell from the others."""

ONE_TARGET = 0.6
"""Share of the mixtures of three or more sources with a single target; the others have two."""

PHRASE_WEIGHT = 3.0
"""Weight of a rendered phrase where a single note of the same recording has 1: music is mostly phrases."""

EQUALISER_TAIL_FRAMES = 2048
"""Room for the ringing of equaliser and band limits at the end of a transform, about 46 ms."""

BED_WORDS = ("ambience", "rain", "wind", "waves", "river", "traffic", "crowd", "room tone", "crickets", "fan")
BED_DB = (-24.0, -8.0)
"""Level of a bed relative to the loudest other source."""

LABEL_POWERS = {"environment": 1.2, "music": 0.6, "speech": 0.5, "noise": 0.0}
"""By domain: a label is drawn in proportion to its number of recordings to this power."""

MOST_REPEATS, SHORTEST_SLOT, REPEAT_GAIN = 6, RATE // 3, (0.6, 1.0)
"""A short sound is repeated up to so often, at most once per so many frames, at random gains."""


@dataclass(frozen=True, slots=True)
class MixtureConfig:
    """How mixtures are drawn. Field names are keys of the YAML files.

    Of the augmentations (reverb, speed, equalise, band_limit, codec, overload, compress, bed) the value is the
    probability that a source gets it, 0 to 1.

    seconds : length of a window.     snr_db : sources are up to so far apart.     speed_octaves : largest change.
    kinds : weights of pairs of domains.     mix_of_three, mix_of_four : shares with one or two more sources.
    level : RMS of the mixture, before a spread of `level_spread_db` (standard deviation).
    """

    seconds: float = 5.12
    snr_db: float = 15.0
    most_sources: int = 4
    augment: bool = True
    reverb: float = 0.2
    speed: float = 0.6
    equalise: float = 0.5
    speed_octaves: float = 0.25
    band_limit: float = 0.12
    measured_room: float = 0.0  # share of the reverberated with a measured impulse response, where any exist
    codec: float = 0.0
    overload: float = 0.0
    compress: float = 0.0
    bed: float = 0.0  # a quiet ambience under the other sources
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
        """Frames of a window at `RATE`."""
        return round(self.seconds * RATE)


@dataclass(frozen=True)
class TrainingMixture:
    """Sources of one window, `(sources, frames)` float32, at the levels at which they add up to the mixture.

    sounds : label and caption of every source.     target : indices of the sources that are the target.
    """

    sources: np.ndarray
    sounds: tuple[LabelledSound, ...]
    target: tuple[int, ...]

    @property
    def samples(self) -> np.ndarray:
        """The sum of all sources, `(frames,)`."""
        return self.sources.sum(0)

    @property
    def residual(self) -> tuple[int, ...]:
        """Indices of the sources that are not the target."""
        return tuple(i for i in range(len(self.sounds)) if i not in self.target)

    def sounds_at(self, indices: Sequence[int]) -> tuple[LabelledSound, ...]:
        """Return label and caption of the sources at `indices`."""
        return tuple(self.sounds[i] for i in indices)


class TrainingMixer:
    """Draws mixtures from one split of a library. Raises UsageError where `label_powers` names an unknown domain."""

    def __init__(self, library: Library, split: str, config: MixtureConfig):
        self.library, self.config = library, config
        if unknown := set(config.label_powers) - set(LABEL_POWERS):
            raise UsageError(f"label_powers: unknown domain {min(unknown)!r}; use one of {', '.join(LABEL_POWERS)}")
        self.domains = {}
        for domain in ("environment", "speech", "music", "noise"):
            by_label = library.by_label(split, (domain,))
            power = (LABEL_POWERS | config.label_powers)[domain]
            weights = np.array([_label_weight(sources, power) for sources in by_label.values()])
            if by_label:
                self.domains[domain] = (list(by_label), list(by_label.values()), weights / weights.sum())
        self.rooms = library.by_label("train", ("impulse_response",)).get("room impulse response", [])
        environment = library.by_label(split, ("environment",))
        self.beds = [label for label in environment if any(word in label for word in BED_WORDS)]
        self.phrasebook = Phrasebook.of(
            [LabelledSound(s.label, s.caption, s.domain) for s in library.sources if s.domain in LABEL_POWERS]
        )

    def mixture(self, seed: int, number: int) -> TrainingMixture:
        """Return mixture `number` of the stream `seed`."""
        rng = np.random.default_rng([seed, number])
        config = self.config
        sources = self._choose(rng)
        bed = self._bed(rng, sources)
        sources += [bed] if bed is not None else []
        layers = np.stack([self._layer(rng, source) for source in sources])
        gains_db = rng.uniform(-config.snr_db / 2, config.snr_db / 2, len(sources))
        if bed is not None:
            gains_db[-1] = gains_db[:-1].max() + rng.uniform(*BED_DB)
        powers = np.array([max(np.square(layer).mean(), 1e-12) for layer in layers])
        layers *= (10 ** (gains_db / 20) / np.sqrt(powers)).astype(np.float32)[:, None]
        power = np.square(layers.sum(0)).mean()
        spread_db = rng.normal(0, config.level_spread_db) if config.augment else 0.0
        layers *= np.float32(config.level * 10 ** (spread_db / 20) / max(np.sqrt(power), 1e-9))
        target = (0,) if len(sources) < 3 or rng.random() < ONE_TARGET else (0, 1)
        return TrainingMixture(layers, tuple(LabelledSound(s.label, s.caption, s.domain) for s in sources), target)

    def _choose(self, rng: np.random.Generator) -> list[LibrarySource]:
        """Return two to four sources, in random order, that words can tell apart."""
        config = self.config
        kinds = {kind: weight for kind, weight in config.kinds.items() if self._is_possible(kind)}
        weights = np.array(list(kinds.values()))
        kind = list(kinds)[rng.choice(len(kinds), p=weights / weights.sum())]
        domains = [str(rng.choice(list(self.domains))) if d == "any" else d for d in kind.split("+")]
        draw = rng.random()
        more = 2 if draw < config.mix_of_four else int(draw < config.mix_of_four + config.mix_of_three)
        extra = "music" if kind == "music+music" else "environment"
        domains += [extra if extra in self.domains else domains[0]] * min(more, config.most_sources - 2)
        sources: list[LibrarySource] = []
        for place in rng.permutation(len(domains)):
            for _ in range(SOURCE_ATTEMPTS):
                source = self._draw(rng, domains[place])
                if not any(_confusable(source.label, other.label) for other in sources):
                    sources.append(source)
                    break
        return sources if len(sources) > 1 else self._choose(rng)

    def _bed(self, rng: np.random.Generator, others: Sequence[LibrarySource]) -> LibrarySource | None:
        """Return an ambience that words can tell from `others`, or None."""
        if not self.config.bed or rng.random() >= self.config.bed or not self.beds:
            return None
        label = self.beds[rng.integers(len(self.beds))]
        if len(others) >= self.config.most_sources or any(_confusable(label, other.label) for other in others):
            return None
        labels, sources, _ = self.domains["environment"]
        ambiences = sources[labels.index(label)]
        return ambiences[rng.integers(len(ambiences))]

    def _is_possible(self, kind: str) -> bool:
        return all(domain in self.domains or domain == "any" for domain in kind.split("+"))

    def _draw(self, rng: np.random.Generator, domain: str) -> LibrarySource:
        """Return a source of `domain`: first its label is drawn, then its recording, then one of its pieces."""
        labels, sources, weights = self.domains[domain]
        candidates = sources[rng.choice(len(labels), p=weights)]
        recordings = sorted({source.recording_id for source in candidates})
        recording = recordings[rng.integers(len(recordings))]
        pieces = [source for source in candidates if source.recording_id == recording]
        weights = np.array([PHRASE_WEIGHT if source.kind in ("render", "phrase") else 1.0 for source in pieces])
        return pieces[rng.choice(len(pieces), p=weights / weights.sum())]

    def _layer(self, rng: np.random.Generator, source: LibrarySource) -> np.ndarray:
        """Return one source in its window, `(frames,)`, augmented."""
        frames, config = self.config.frames, self.config
        octaves = config.speed_octaves
        rate = 2 ** rng.uniform(-octaves, octaves) if config.augment and rng.random() < config.speed else 1.0
        out = np.zeros(frames, np.float32)
        needed = int(frames * rate) + 2
        for _ in range(LAYER_ATTEMPTS):
            first = int(rng.integers(0, max(1, source.frames - needed + 1)))
            samples = filters.change_speed(self.library.read(source, first, needed), rate)[:frames]
            _place(rng, out, samples, source)
            if np.square(out).mean() > SILENT_RMS**2:
                break
        return self._augment(rng, out) if config.augment else out

    def _augment(self, rng: np.random.Generator, samples: np.ndarray) -> np.ndarray:
        """Overload, compress, encode; then equalise, band-limit and reverberate in one spectrum; `(frames,)`."""
        config = self.config
        for probability, change in (
            (config.overload, degrade.overload),
            (config.compress, degrade.compress),
            (config.codec, degrade.through_codec),
        ):
            if probability and rng.random() < probability:
                samples = change(rng, samples)
        equalise, band_limit, reverb = rng.random(3) < (config.equalise, config.band_limit, config.reverb)
        if not (equalise or band_limit or reverb):
            return samples
        tail = filters.ROOM_FRAMES if reverb else EQUALISER_TAIL_FRAMES
        size = 2 ** int(np.ceil(np.log2(len(samples) + tail)))
        spectrum = np.fft.rfft(samples, size)
        hz = np.fft.rfftfreq(size, 1 / RATE)
        if equalise:
            filters.equalise(rng, spectrum, hz)
        if band_limit:
            filters.band_limit(rng, spectrum, hz)
        if reverb:
            spectrum *= np.fft.rfft(self._room(rng), size)
        return np.fft.irfft(spectrum, size)[: len(samples)].astype(np.float32)

    def _room(self, rng: np.random.Generator) -> np.ndarray:
        """Return the response of a measured or a synthetic room, `(frames,)`."""
        if not self.rooms or not self.config.measured_room or rng.random() >= self.config.measured_room:
            return filters.synthetic_room(rng)
        return filters.measured_room(rng, self.library.read(self.rooms[rng.integers(len(self.rooms))]))


def _confusable(label: str, other: str) -> bool:
    """Return whether words cannot tell two labels apart, or a recording of one may contain the other."""
    return phrases.too_alike(label, other) or overlap(label, other)


def _label_weight(sources: Sequence[LibrarySource], power: float) -> float:
    """Return how often a label is drawn: more often with more recordings, since it can be learned better."""
    return float(len({source.recording_id for source in sources}) ** power)


def _place(rng: np.random.Generator, out: np.ndarray, samples: np.ndarray, source: LibrarySource) -> None:
    """Add `samples` to a window: whole where they fill it, else at random times, short ones several times."""
    frames = len(out)
    if len(samples) >= frames:
        out += samples[:frames]
        return
    repeats = 1
    if source.is_short:
        fitting = frames // max(len(samples), SHORTEST_SLOT)
        repeats = int(rng.integers(1, max(2, min(MOST_REPEATS, fitting) + 1)))
    elif len(samples) < frames // 2 and rng.random() < 0.5:
        repeats = 2
    for _ in range(repeats):
        first = int(rng.integers(0, frames - len(samples) + 1))
        out[first : first + len(samples)] += samples * np.float32(rng.uniform(*REPEAT_GAIN))
