"""The configuration of a training run: a YAML file over its `base` files, as frozen dataclasses.

Field names are the keys of the YAML files and of the configurations inside checkpoints: old ones must still load.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

import yaml
from flowsep_training.data.mixtures import MixtureConfig

from flowsep_plugin.errors import UsageError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class OptimiserConfig:
    """AdamW with a linear warm-up and a cosine decay, and the moving average (EMA) of the weights.

    warmup : steps.     final : share of `rate` at the end.     decay : weight decay of matrices.
    clip : largest norm of the gradient.
    """

    rate: float = 6e-4
    warmup: int = 200
    final: float = 0.05
    decay: float = 0.01
    betas: tuple[float, float] = (0.9, 0.98)
    clip: float = 1.0
    ema: float = 0.999


@dataclass(frozen=True, slots=True)
class LoopConfig:
    """Length of a run, its batches, its processes, and how often it logs, validates and saves.

    minutes : ends a run before `steps`, its schedule compressed to fit; 0 means `steps` alone.
    batch : samples of a step and process.     workers : processes that draw mixtures.
    """

    steps: int = 1000
    batch: int = 16
    workers: int = 1
    threads: int = 1
    processes: int = 1  # on a CPU two processes of one thread beat two threads by far
    seed: int = 1
    device: str = "cpu"
    bfloat16: bool = False  # compute in bfloat16, on rounded copies of float32 weights
    compile: bool = False
    log_every: int = 20
    valid_every: int = 500
    save_minutes: float = 3.0
    minutes: float = 0.0


@dataclass(frozen=True, slots=True)
class VAELossConfig:
    """Weights of the terms of `loops.vae.vae_loss`."""

    kl: float = 1e-4
    square: float = 1.0
    absolute: float = 1.0
    mask: float = 1.0


@dataclass(frozen=True, slots=True)
class FlowLossConfig:
    """Objective, times and loss weights of the text-conditioned separator.

    at_zero : share of samples at t = 0 exactly, where the answer is the posterior mean; the rest is logit-normal.
    velocity, mask, detail, presence : weights of the latents' error, of the mask's error in energy, of its error in
    every band alike, and of the error of presence in every column.
    time_mean, time_spread : of the logit-normal times.     shortcut : share of the batch that learns to be consistent
    over step sizes.     text_dropout : share of texts that are left empty.
    """

    objective: str = "flow"  # flow, diffusion, regression
    at_zero: float = 0.4
    time_mean: float = 0.0
    time_spread: float = 1.0
    velocity: float = 0.3
    mask: float = 2.0
    detail: float = 0.3
    presence: float = 0.1
    shortcut: float = 0.0
    text_dropout: float = 0.1


@dataclass(frozen=True, slots=True)
class PoolConfig:
    """The pool of mixtures that a loop draws from: a ring of chunks that gains one every `steps_a_chunk` steps.

    chunk : mixtures in a chunk.     kept : chunks in the full ring.     filled : chunks before the first step.
    queries : texts per mixture.     tokens : token states per text.
    crops : pairs (share of the run, columns), each valid from that share on. `loop.batch` is the size for the first;
    longer crops come in smaller batches, so that a step costs the same.
    absent, denied : share of texts that name an absent sound; that say what to remove ("everything except ...").
    floor_db : targets and residuals are cut off so far below the mixture, `data.datasets.floored`.
    """

    chunk: int = 16
    kept: int = 400  # language: a key of the YAML files
    filled: int = 8
    steps_a_chunk: int = 8
    queries: int = 4
    tokens: int = 24
    crops: tuple[tuple[float, int], ...] = ((0.0, 64),)
    absent: float = 0.12
    hard_absent: float = 0.0  # share of the absent texts that name a sound like one in the mixture
    denied: float = 0.15
    floor_db: float = 40.0

    def columns(self, progress: float) -> int:
        """Return the columns of a crop at `progress`, the share of the run that is done."""
        return max((share, columns) for share, columns in self.crops if share <= progress)[1]


@dataclass(frozen=True, slots=True)
class ComponentLossConfig:
    """Weights of the component separator's loss; the error of the best grouping has weight 1.

    assigned : of the best one-to-one assignment, which keeps a source in one component that a listener can name.
    detail : of the cross-entropy, in which soft sounds count nearly as much as loud ones.
    """

    assigned: float = 0.3
    detail: float = 0.05


@dataclass(frozen=True, slots=True)
class VocoderLossConfig:
    """Weights of the terms of `loops.vocoder.vocoder_loss`."""

    mel: float = 1.0
    spectrum: float = 1.0


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """The whole configuration of a run. `network` holds the sizes of its network in `flowsep_export.networks`."""

    network: dict[str, Any] = field(default_factory=dict)
    architecture: str = ""  # "unet" for `FlowUNet`, else `FlowNet`
    vae: str = ""  # checkpoint of the autoencoder, for the separators
    text: str = ""  # folder with text.onnx and vocab.txt, for the text-conditioned separator
    start: str = ""  # checkpoint whose averaged weights a new run starts from
    whiten_text: bool = True
    optimiser: OptimiserConfig = OptimiserConfig()
    loop: LoopConfig = LoopConfig()
    mixtures: MixtureConfig = field(default_factory=MixtureConfig)
    pool: PoolConfig = PoolConfig()
    vae_loss: VAELossConfig = VAELossConfig()
    flow_loss: FlowLossConfig = FlowLossConfig()
    component_loss: ComponentLossConfig = ComponentLossConfig()
    vocoder_loss: VocoderLossConfig = VocoderLossConfig()


def read_config(path: Path, overrides: Mapping[str, Any] | None = None) -> TrainingConfig:
    """Read a YAML file over its `base`; `overrides` replaces single settings by dotted name, such as "loop.steps".

    Raises UsageError where a setting is unknown.
    """
    raw = _layered(path)
    for name, value in (overrides or {}).items():
        section = raw
        *parents, key = name.split(".")
        for parent in parents:
            section = section.setdefault(parent, {})
        section[key] = value
    return build(TrainingConfig, raw)


def build(kind: type[T], raw: dict[str, Any]) -> T:
    """Return a dataclass of type `kind` with the plain values `raw`. Raises UsageError where a name is unknown."""
    hints = get_type_hints(kind)
    if unknown := sorted(raw.keys() - {f.name for f in fields(kind)}):
        raise UsageError(f"{kind.__name__}: unknown setting {unknown[0]!r}; use one of {', '.join(hints)}")
    values = {}
    for name, value in raw.items():
        hint = hints[name]
        if is_dataclass(hint):
            value = build(hint, value)
        elif isinstance(value, list):
            value = tuple(tuple(item) if isinstance(item, list) else item for item in value)
        elif hint is float:
            value = float(value)
        values[name] = value
    return kind(**values)


def _layered(path: Path) -> dict[str, Any]:
    raw = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    base = raw.pop("base", None)
    return raw if base is None else _merge(_layered(path.parent / base), raw)


def _merge(under: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    merged = dict(under)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _merge(merged[key], value) if both else value
    return merged
