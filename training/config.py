"""One YAML file a run: read into frozen dataclasses, unknown keys refused, `base` files layered under."""

from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

import yaml
from flowsep_training.data.mixtures import Recipe as Mixtures

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Optimiser:
    """AdamW with warm-up and cosine decay to `final` of the rate; EMA of the weights."""

    rate: float = 6e-4
    warmup: int = 200
    final: float = 0.05
    decay: float = 0.01
    betas: tuple[float, float] = (0.9, 0.98)
    clip: float = 1.0
    ema: float = 0.999


@dataclass(frozen=True, slots=True)
class Loop:
    """How long, how often, where. `minutes` ends a run early, its schedule squeezed to fit; 0 means `steps` alone."""

    steps: int = 1000
    batch: int = 16
    workers: int = 1
    threads: int = 1
    processes: int = 1  # on a CPU two processes of one thread beat two threads by far
    seed: int = 1
    device: str = "cpu"
    bfloat16: bool = False  # the separator computes in it, on rounded copies of float32 weights
    compile: bool = False
    log_every: int = 20
    valid_every: int = 500
    save_minutes: float = 3.0
    minutes: float = 0.0


@dataclass(frozen=True, slots=True)
class VAELoss:
    """Weights of the autoencoder's loss."""

    kl: float = 1e-4
    square: float = 1.0
    absolute: float = 1.0
    mask: float = 1.0


@dataclass(frozen=True, slots=True)
class FlowLoss:
    """How the velocity is taught.

    at_zero : share of samples at t = 0 exactly, where the answer is the posterior mean; the rest is logit-normal.
    velocity, mask, detail, presence : weights of the latents' error, of the mask's error in energy, of its error in
    every band alike, and of the error about which columns the target sounds in.
    shortcut : share of the batch taught to be consistent over steps.
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
class Pool:
    """Scenes that the flow draws from: `kept` chunks of `chunk` scenes, a new chunk every `steps_a_chunk` steps.

    crops : pairs (share of the run, columns): from there on crops are so long. `loop.batch` is meant for the first;
    longer crops come in smaller batches, so that a step costs the same.
    """

    chunk: int = 16
    kept: int = 400
    filled: int = 8
    steps_a_chunk: int = 8
    queries: int = 4
    tokens: int = 24
    crops: tuple[tuple[float, int], ...] = ((0.0, 64),)
    absent: float = 0.12
    hard_absent: float = 0.0  # of the absent texts: so many name something that sounds like what is there
    denied: float = 0.15
    floor_db: float = 40.0

    def columns(self, progress: float) -> int:
        """Columns of a crop at this share of the run."""
        return max((share, columns) for share, columns in self.crops if share <= progress)[1]


@dataclass(frozen=True, slots=True)
class ComponentLoss:
    """Weights of the component separator's loss, beside 1 for the error of the best grouping.

    assigned : of the best one-to-one assignment, which keeps a source in one component that a listener can name.
    detail : of the cross-entropy in which soft sounds count.
    """

    assigned: float = 0.3
    detail: float = 0.05


@dataclass(frozen=True, slots=True)
class VocoderLoss:
    """Weights of the vocoder's loss."""

    mel: float = 1.0
    spectrum: float = 1.0


@dataclass(frozen=True, slots=True)
class Config:
    """All of a run. `network` holds the sizes of the network in `flowsep_export.networks`."""

    network: dict[str, Any] = field(default_factory=dict)
    architecture: str = ""
    vae: str = ""  # checkpoint of the autoencoder, for the flow
    text: str = ""  # folder with text.onnx and vocab.txt, for the flow
    start: str = ""  # checkpoint whose averaged weights a fresh run starts from
    whiten_text: bool = True
    optimiser: Optimiser = Optimiser()
    loop: Loop = Loop()
    mixtures: Mixtures = field(default_factory=Mixtures)
    pool: Pool = Pool()
    vae_loss: VAELoss = VAELoss()
    flow_loss: FlowLoss = FlowLoss()
    component_loss: ComponentLoss = ComponentLoss()
    vocoder_loss: VocoderLoss = VocoderLoss()


def read_config(path: Path, **over: Any) -> Config:
    """Read a YAML file over its `base`. `over` replaces single values by dotted name with "__" for the dot."""
    raw = _layered(path)
    for name, value in over.items():
        where = raw
        *parents, last = name.split("__")
        for parent in parents:
            where = where.setdefault(parent, {})
        where[last] = value
    return build(Config, raw)


def build(kind: type[T], raw: dict[str, Any]) -> T:
    """Make a dataclass from plain values. Raises KeyError where a name is unknown."""
    hints = get_type_hints(kind)
    unknown = raw.keys() - {f.name for f in fields(kind)}
    if unknown:
        raise KeyError(f"{kind.__name__} has no {', '.join(sorted(unknown))}; it has {', '.join(hints)}")
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
