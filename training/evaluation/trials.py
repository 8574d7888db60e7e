"""Trials of separators on mixtures of held-out recordings, through the product's renderer.

Mixtures come from a held-out split, without augmentation. Mask logits of a network become stems through
the estimate and renderer of `flowsep_plugin`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from flowsep_export.networks.melvae import MelVAE
from flowsep_training.data.datasets import floored, mels
from flowsep_training.data.mixtures import MixtureConfig, TrainingMixer, TrainingMixture
from flowsep_training.data.sources import RATE, Library
from flowsep_training.loops import mel
from flowsep_training.loops.objectives import solve
from flowsep_training.queries.captions import LabelledSound
from flowsep_training.queries.text import HashedText, TextEncoder
from torch import Tensor, nn

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.audio.mel import band_centres_hz, band_edges_hz
from flowsep_plugin.engine.base import Grid
from flowsep_plugin.engine.card import MaskRule, PresenceRule
from flowsep_plugin.engine.estimate import Estimate, FrameStore
from flowsep_plugin.engine.mask_logits import calibrate_logits, energies, logits_of_pair
from flowsep_plugin.evaluate.metrics import sdr, si_sdr
from flowsep_plugin.render import Renderer
from flowsep_plugin.render_settings import RenderSettings

SEED = 77_000
INPUT_RMS = 0.05
"""RMS of the mixtures that a network is trained on, `MixtureConfig.level`."""

WINDOW_SECONDS = 5.12
ALWAYS_OPEN = PresenceRule(threshold_db=-200.0, width_db=1.0)
WIENER = MaskRule()
GRID = Grid(RATE, mel.SPEC.hop, tuple(float(hz) for hz in band_centres_hz(mel.SPEC)))


@dataclass(frozen=True, slots=True)
class Protocol:
    """Pairs of sources of two domains, at levels up to `spread_db` apart.

    kind : the domains, "environment+music".     absent : the text names a sound that is not in the mixture; with
    `alike` one that resembles a sound there.
    """

    kind: str
    spread_db: float = 0.0
    absent: bool = False
    alike: bool = False


PROTOCOLS = {
    "environment, 0 dB": Protocol("environment+environment"),
    "environment, -15 to 15 dB": Protocol("environment+environment", 15.0),
    "speech and effects, 0 dB": Protocol("speech+environment"),
    "instrument and instrument, 0 dB": Protocol("music+music"),
    "speech and music, 0 dB": Protocol("speech+music"),
    "absent target": Protocol("environment+environment", absent=True),
}


@dataclass(frozen=True)
class QueryTrial:
    """A query, and the mixture as its true target and residual, each `(frames,)`."""

    text: str
    target: np.ndarray
    residual: np.ndarray
    label: str
    absent: bool = False

    @property
    def mixture(self) -> np.ndarray:
        """The sum of target and residual, `(frames,)`."""
        return self.target + self.residual

    @property
    def levelled(self) -> Tensor:
        """Log-mels of mixture, target and residual at the level of a network's input, `(3, frames, bands)`."""
        parts = np.stack([self.target, self.residual])
        parts = parts * np.float32(INPUT_RMS / max(np.sqrt(np.square(self.mixture).mean()), 1e-9))
        sound = LabelledSound("", "", "")
        return mels(TrainingMixture(parts, (sound, sound), (0,)), len(self.target) // mel.SPEC.hop)


@dataclass(frozen=True)
class TrainedSeparator:
    """A separator from checkpoints.

    scale : of the latents.     rule : slope and bias of its mask logits.     presence : its gate.
    """

    net: nn.Module
    vae: MelVAE
    scale: float
    text: TextEncoder | HashedText
    objective: str = "flow"
    rule: MaskRule = WIENER
    presence: PresenceRule = ALWAYS_OPEN

    @torch.no_grad()
    def predict(self, trials: list[QueryTrial], steps: int, seed_count: int = 1) -> tuple[Tensor, Tensor]:
        """Return latents `(trials, 2 * C, T, F)` and mask logits `(trials, frames, bands)`, means over the seeds."""
        mixture_mel = torch.stack([trial.levelled[0] for trial in trials])
        latent = self.vae.encode(mixture_mel[:, None])[0] * self.scale
        states, mask = self.text([trial.text for trial in trials])
        shape = (len(trials), 2 * latent.shape[1], *latent.shape[2:])
        total, mask_logits = torch.zeros(shape), torch.zeros(mixture_mel.shape)
        for seed in range(SEED, SEED + seed_count):
            noise = torch.randn(shape, generator=torch.Generator().manual_seed(seed))
            x1, answer = solve(self.net, noise, (latent, states, mask), steps, self.objective)
            total, mask_logits = total + x1, mask_logits + answer.mask_logits
        return total / seed_count, mask_logits / seed_count

    @torch.no_grad()
    def generate(self, trials: list[QueryTrial], steps: int, seed_count: int = 1) -> tuple[Tensor, Tensor]:
        """Return generated log-mels of target and residual, each `(trials, frames, bands)`."""
        target, residual = self.predict(trials, steps, seed_count)[0].chunk(2, dim=1)
        return tuple(self.vae.decode(torch.cat([target, residual]) / self.scale)[:, 0].chunk(2))


def draw_trials(
    library: Library, protocol: Protocol, count: int, seconds: float = WINDOW_SECONDS, split: str = "valid"
) -> list[QueryTrial]:
    """Return `count` trials of a protocol: two for every pair of sources, one per target."""
    config = MixtureConfig(
        seconds=seconds, snr_db=0.0, most_sources=2, augment=False, mix_of_three=0.0, mix_of_four=0.0,
        kinds={protocol.kind: 1.0},
    )  # fmt: skip
    mixer = TrainingMixer(library, split, config)
    return list(_trials(mixer, protocol, count))


def _trials(mixer: TrainingMixer, protocol: Protocol, count: int) -> Iterator[QueryTrial]:
    for number in range((count + 1) // 2):
        rng = np.random.default_rng([SEED, number, len(protocol.kind)])
        mixture = mixer.mixture(SEED, number)
        (first, second), sounds = mixture.sources, mixture.sounds
        second = second * np.float32(10 ** (rng.uniform(-protocol.spread_db, protocol.spread_db) / 20))
        if protocol.absent:
            book = mixer.phrasebook
            text = (book.hard_absent(rng, sounds) if protocol.alike else None) or book.absent(rng, sounds)
            yield QueryTrial(text, np.zeros_like(first), first + second, sounds[0].label, True)
            continue
        yield QueryTrial(sounds[0].caption, first, second, sounds[0].label)
        yield QueryTrial(sounds[1].caption, second, first, sounds[1].label)


def estimate_of(trial: QueryTrial, mask_logits: np.ndarray, presence: PresenceRule = ALWAYS_OPEN) -> Estimate:
    """Return the engine's estimate for mask logits `(frames, bands)` of a trial."""
    edges = band_edges_hz(mel.SPEC)
    widths = np.asarray(edges[2:] - edges[:-2], np.float32)
    energy, total = energies(mask_logits, trial.levelled[0].numpy(), widths)
    store = FrameStore((1, mel.SPEC.bands))
    store.append(mask_logits[:, None])
    return Estimate(
        queries=(trial.text,),
        grid=GRID,
        first=0,
        mask_logits=store,
        energy=energy[None],
        total=total,
        presence_rule=presence,
    )


def render(trial: QueryTrial, mask_logits: np.ndarray, presence: PresenceRule = ALWAYS_OPEN) -> np.ndarray:
    """Return the stem `(frames,)` that mask logits `(frames, bands)` extract from a trial's mixture."""
    clip = AudioClip(trial.mixture[None].astype(np.float32), RATE)
    with estimate_of(trial, mask_logits, presence) as estimate:
        renderer = Renderer(source=clip, origin=0, estimate=estimate, settings=[RenderSettings()], stems=[0])
        blocks = list(renderer.blocks(clip.span))
    return np.concatenate([block.stems[0, 0] for block in blocks])


@dataclass(frozen=True, slots=True)
class TrialResult:
    """Metrics of one trial, dB; `sdri` is over the mixture. Of absent targets only `leak_db` is meaningful."""

    label: str
    sdr: float
    sdri: float
    si_sdr: float
    leak_db: float


def score(trial: QueryTrial, stem: np.ndarray) -> TrialResult:
    """Compare a stem `(frames,)` with the true target; `leak_db` is the stem's energy re the mixture's."""
    mixture = trial.mixture
    leak = 10 * np.log10(max(float(np.square(stem).sum()), 1e-12) / max(float(np.square(mixture).sum()), 1e-12))
    if trial.absent:
        return TrialResult(trial.label, 0.0, 0.0, 0.0, leak)
    after, before = sdr(trial.target, stem), sdr(trial.target, mixture)
    return TrialResult(trial.label, after, after - before, si_sdr(trial.target, stem), leak)


LogitsFunction = Callable[[list[QueryTrial]], list[np.ndarray]]
"""From trials to the mask logits `(frames, bands)` of each."""


def oracle_logits(trials: list[QueryTrial]) -> list[np.ndarray]:
    """Return the mask logits `(frames, bands)` of each trial from its true mels: the best that any mask can do."""
    return [logits_of_pair(t.levelled[1].numpy(), t.levelled[2].numpy(), MaskRule()) for t in trials]


def autoencoded_logits(separator: TrainedSeparator, floor_db: float = 40.0) -> LogitsFunction:
    """Return the oracle through the autoencoder: the best that any network can do in its latents."""

    def mask_logits(trials: list[QueryTrial]) -> list[np.ndarray]:
        rows = []
        for trial in trials:
            log_mels = trial.levelled
            parts = floored(log_mels[1:], log_mels[:1], floor_db)
            target, residual = separator.vae.decode(separator.vae.encode(parts[:, None])[0])[:, 0].numpy()
            rows.append(logits_of_pair(target, residual, separator.rule))
        return rows

    return mask_logits


def separator_logits(
    separator: TrainedSeparator, steps: int, seed_count: int = 1, generated: bool = False
) -> LogitsFunction:
    """Return the calibrated mask logits of `separator`; with `generated`, those of the mels that it generates."""

    def mask_logits(trials: list[QueryTrial]) -> list[np.ndarray]:
        if generated:
            target, residual = (part.numpy() for part in separator.generate(trials, steps, seed_count))
            return list(logits_of_pair(target, residual, WIENER))
        return list(calibrate_logits(separator.predict(trials, steps, seed_count)[1].numpy(), separator.rule))

    return mask_logits


def score_all(
    trials: list[QueryTrial], mask_logits: LogitsFunction, presence: PresenceRule = ALWAYS_OPEN, batch: int = 8
) -> list[TrialResult]:
    """Render and score all trials, `batch` at a time."""
    results = []
    for first in range(0, len(trials), batch):
        part = trials[first : first + batch]
        stems = [render(trial, rows, presence) for trial, rows in zip(part, mask_logits(part), strict=True)]
        results += [score(trial, stem) for trial, stem in zip(part, stems, strict=True)]
    return results


def unprocessed(trials: list[QueryTrial]) -> list[TrialResult]:
    """Score the mixture itself as the stem of every trial."""
    return [score(trial, trial.mixture) for trial in trials]


def summary(results: list[TrialResult]) -> dict[str, float]:
    """Return means over trials, the share of trials made worse, and half of the 95 % interval of the mean SDRi."""
    sdri = np.array([result.sdri for result in results])
    return {
        "sdri": float(sdri.mean()), "sdri_half_interval": float(1.96 * sdri.std() / np.sqrt(len(sdri))),
        "sdr": float(np.mean([r.sdr for r in results])), "si_sdr": float(np.mean([r.si_sdr for r in results])),
        "worse": float((sdri < 0).mean()), "leak_db": float(np.median([r.leak_db for r in results])),
        "trials": len(results),
    }  # fmt: skip


def by_label(results: list[TrialResult]) -> dict[str, tuple[float, int]]:
    """Return the mean SDRi and the number of trials per label, best first."""
    sdri_of: dict[str, list[float]] = {}
    for result in results:
        sdri_of.setdefault(result.label, []).append(result.sdri)
    means = {label: (float(np.mean(values)), len(values)) for label, values in sdri_of.items()}
    return dict(sorted(means.items(), key=lambda item: -item[1][0]))
