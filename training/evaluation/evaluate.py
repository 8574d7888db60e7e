"""How good a checkpoint is, on recordings that no training saw, through the renderer that users hear.

Mixtures come from the validation split, without augmentation. What a network answers is turned into odds, and those
into stems, by `flowsep_plugin`'s own estimate and renderer.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from flowsep_export.networks.melvae import MelVAE
from flowsep_training.data.mixtures import Mixer, Recipe, Scene
from flowsep_training.data.scenes import floored, mels
from flowsep_training.data.sources import RATE, Library
from flowsep_training.loops import mel
from flowsep_training.loops.objectives import solve
from flowsep_training.queries.captions import Thing
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
ALWAYS_OPEN = PresenceRule(threshold_db=-200.0, width_db=1.0)
WIENER = MaskRule()
GRID = Grid(RATE, mel.SPEC.hop, tuple(float(hz) for hz in band_centres_hz(mel.SPEC)))


@dataclass(frozen=True, slots=True)
class Protocol:
    """Pairs of kinds of sources at 0 dB, or anywhere within plus and minus `spread_db`.

    absent : the text names nothing that is there; `alike`, something that sounds alike.
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
class Trial:
    """A mixture, what is asked for, and the right answer. `wanted` and `rest` are `(frames,)`."""

    text: str
    wanted: np.ndarray
    residual: np.ndarray
    label: str
    absent: bool = False

    @property
    def mixture(self) -> np.ndarray:
        """What the model hears."""
        return self.wanted + self.residual

    @property
    def levelled(self) -> Tensor:
        """Log-mels of mixture, wanted and rest at the level that the model is given, `(3, frames, bands)`."""
        parts = np.stack([self.wanted, self.residual])
        parts = parts * np.float32(0.05 / max(np.sqrt(np.square(self.mixture).mean()), 1e-9))
        thing = Thing("", "", "")
        return mels(Scene(parts, (thing, thing), (0,)), len(self.wanted) // mel.SPEC.hop)


@dataclass(frozen=True)
class Model:
    """A trained separator. `rule` turns mels into odds."""

    net: nn.Module
    vae: MelVAE
    scale: float
    text: TextEncoder | HashedText
    objective: str = "flow"
    rule: MaskRule = WIENER
    presence: PresenceRule = ALWAYS_OPEN

    @torch.no_grad()
    def answer(self, trials: list[Trial], steps: int, takes: int = 1) -> tuple[Tensor, Tensor]:
        """Latents `(trials, 2 * C, T, F)` and log-odds `(trials, frames, bands)`, means over `takes` noises."""
        found = torch.stack([trial.levelled[0] for trial in trials])
        latent = self.vae.encode(found[:, None])[0] * self.scale
        states, mask = self.text([trial.text for trial in trials])
        shape = (len(trials), 2 * latent.shape[1], *latent.shape[2:])
        total, mask_logits = torch.zeros(shape), torch.zeros(found.shape)
        for take in range(takes):
            noise = torch.randn(shape, generator=torch.Generator().manual_seed(SEED + take))
            x1, said = solve(self.net, noise, (latent, states, mask), steps, self.objective)
            total, mask_logits = total + x1, mask_logits + said.mask_logits
        return total / takes, mask_logits / takes

    @torch.no_grad()
    def generate(self, trials: list[Trial], steps: int, takes: int = 1) -> tuple[Tensor, Tensor]:
        """Generated log-mels of target and rest, each `(trials, frames, bands)`."""
        target, residual = self.answer(trials, steps, takes)[0].chunk(2, dim=1)
        made = self.vae.decode(torch.cat([target, residual]) / self.scale)[:, 0]
        return tuple(made.chunk(2))


def draw_trials(
    library: Library, protocol: Protocol, count: int, seconds: float = 5.12, split: str = "valid"
) -> list[Trial]:
    """`count` trials of a protocol: every pair is asked for both of its sounds."""
    recipe = Recipe(
        seconds=seconds, snr_db=0.0, most_sources=2, augment=False, mix_of_three=0.0, mix_of_four=0.0,
        kinds={protocol.kind: 1.0},
    )  # fmt: skip
    mixer = Mixer(library, split, recipe)
    return list(_trials(mixer, protocol, count))


def _trials(mixer: Mixer, protocol: Protocol, count: int) -> Iterator[Trial]:
    for number in range((count + 1) // 2):
        rng = np.random.default_rng([SEED, number, len(protocol.kind)])
        scene = mixer.scene(SEED, number)
        first, second = scene.sources
        second = second * np.float32(10 ** (rng.uniform(-protocol.spread_db, protocol.spread_db) / 20))
        if protocol.absent:
            book = mixer.phrasebook
            text = (book.hard_absent(rng, scene.things) if protocol.alike else None) or book.absent(rng, scene.things)
            yield Trial(text, np.zeros_like(first), first + second, scene.things[0].label, True)
            continue
        yield Trial(scene.things[0].caption, first, second, scene.things[0].label)
        yield Trial(scene.things[1].caption, second, first, scene.things[1].label)


def estimate(trial: Trial, mask_logits: np.ndarray, presence: PresenceRule = ALWAYS_OPEN) -> Estimate:
    """The run time's estimate of log-odds `(frames, bands)` for a trial."""
    edges = band_edges_hz(mel.SPEC)
    widths = np.asarray(edges[2:] - edges[:-2], np.float32)
    energy, total = energies(mask_logits, trial.levelled[0].numpy(), widths)
    store = FrameStore((1, mel.SPEC.bands))
    store.append(mask_logits[:, None])
    return Estimate((trial.text,), GRID, 0, store, energy[None], total, presence)


def render(trial: Trial, mask_logits: np.ndarray, presence: PresenceRule = ALWAYS_OPEN) -> np.ndarray:
    """The stem `(frames,)` that log-odds `(frames, bands)` make of a trial's mixture."""
    clip = AudioClip(trial.mixture[None].astype(np.float32), RATE)
    with estimate(trial, mask_logits, presence) as made:
        blocks = list(Renderer(clip, 0, made, RenderSettings(), 1).blocks(clip.span))
    return np.concatenate([block.stems[0, 0] for block in blocks])


@dataclass(frozen=True, slots=True)
class Result:
    """How one trial went; for absent targets only `leak_db` means something."""

    label: str
    sdr: float
    sdri: float
    si_sdr: float
    leak_db: float


def judge(trial: Trial, stem: np.ndarray) -> Result:
    """Compare a stem with the right answer; `leak_db` is the stem's energy over the mixture's."""
    mixture = trial.mixture
    leak = 10 * np.log10(max(float(np.square(stem).sum()), 1e-12) / max(float(np.square(mixture).sum()), 1e-12))
    if trial.absent:
        return Result(trial.label, 0.0, 0.0, 0.0, leak)
    made, before = sdr(trial.wanted, stem), sdr(trial.wanted, mixture)
    return Result(trial.label, made, made - before, si_sdr(trial.wanted, stem), leak)


Odds = Callable[[list[Trial]], list[np.ndarray]]


def oracle_odds(trials: list[Trial]) -> list[np.ndarray]:
    """What a model that knew both mels would say."""
    return [logits_of_pair(t.levelled[1].numpy(), t.levelled[2].numpy(), MaskRule()) for t in trials]


def coded_odds(model: Model, floor_db: float = 40.0) -> Odds:
    """The oracle through the autoencoder: the best that any flow can do in its latents."""

    def mask_logits(trials: list[Trial]) -> list[np.ndarray]:
        found = []
        for trial in trials:
            levelled = trial.levelled
            parts = floored(levelled[1:], levelled[:1], floor_db)
            made = model.vae.decode(model.vae.encode(parts[:, None])[0])[:, 0].numpy()
            found.append(logits_of_pair(made[0], made[1], model.rule))
        return found

    return mask_logits


def model_odds(model: Model, steps: int, takes: int = 1, generated: bool = False) -> Odds:
    """What `model` says; with `generated` the ratio of the mels that it generates instead of the odds it gives."""

    def mask_logits(trials: list[Trial]) -> list[np.ndarray]:
        if generated:
            target, residual = (part.numpy() for part in model.generate(trials, steps, takes))
            return list(logits_of_pair(target, residual, WIENER))
        return list(calibrate_logits(model.answer(trials, steps, takes)[1].numpy(), model.rule))

    return mask_logits


def run(trials: list[Trial], mask_logits: Odds, presence: PresenceRule = ALWAYS_OPEN, batch: int = 8) -> list[Result]:
    """Judge all trials."""
    results = []
    for first in range(0, len(trials), batch):
        some = trials[first : first + batch]
        stems = [render(trial, rows, presence) for trial, rows in zip(some, mask_logits(some), strict=True)]
        results += [judge(trial, stem) for trial, stem in zip(some, stems, strict=True)]
    return results


def unprocessed(trials: list[Trial]) -> list[Result]:
    """The mixture itself as the answer."""
    return [judge(trial, trial.mixture) for trial in trials]


def summary(results: list[Result]) -> dict[str, float]:
    """Means over trials, the share of trials made worse, and half of the 95 % interval of the mean SDRi."""
    sdri = np.array([result.sdri for result in results])
    return {
        "sdri": float(sdri.mean()), "sdri_half_interval": float(1.96 * sdri.std() / np.sqrt(len(sdri))),
        "sdr": float(np.mean([r.sdr for r in results])), "si_sdr": float(np.mean([r.si_sdr for r in results])),
        "worse": float((sdri < 0).mean()), "leak_db": float(np.median([r.leak_db for r in results])),
        "trials": len(results),
    }  # fmt: skip


def by_label(results: list[Result]) -> dict[str, tuple[float, int]]:
    """Mean SDRi and number of trials a label, best first."""
    found: dict[str, list[float]] = {}
    for result in results:
        found.setdefault(result.label, []).append(result.sdri)
    means = {label: (float(np.mean(values)), len(values)) for label, values in found.items()}
    return dict(sorted(means.items(), key=lambda item: -item[1][0]))
