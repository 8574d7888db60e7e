"""What storing weights smaller costs: error against float32, size and speed, a graph at a time and all together.

Every graph sees what the float32 graphs before it gave (its own error) and what the graphs before it gave at the same
precision (the error end to end, as a distance of log-mels). One graph is open at a time.
"""

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from flowsep_plugin.audio.mel import MelSpec, log_mel_of_channels, mel_basis

from .parity import as_feeds, relative_error, session
from .storage import Precision, stored_as
from .to_onnx import save
from .verify import read_card

Array = NDArray[Any]
State = dict[str, Array]
"""What was given and what the graphs made of it, by name."""

PRECISIONS: tuple[Precision, ...] = ("float32", "float16", "int8")
_DB = 20 / np.log(10)


@dataclass(frozen=True, slots=True)
class Row:
    """One graph, or the whole chain, at one precision. `error` says what it is; `cpu_seconds` is one run's."""

    graph: str
    precision: Precision
    megabytes: float
    error: str
    cpu_seconds: float
    load_seconds: float

    def __str__(self) -> str:
        return (
            f"| {self.graph} | {self.precision} | {self.megabytes:.1f} | {self.error} "
            f"| {self.cpu_seconds:.2f} | {self.load_seconds:.1f} |"
        )


HEADER = "| graph | stored as | MB | error against float32 | CPU s a run | s to load |\n|---|---|---|---|---|---|"


class Runner:
    """An open graph: fed by name with what it takes; its runs are counted, the quickest is the one that counts."""

    def __init__(self, path: Path) -> None:
        began = time.perf_counter()
        self._session = session(path)
        self.load_seconds = time.perf_counter() - began
        self._takes = {port.name for port in self._session.get_inputs()}
        self.runs, self.cpu_seconds = 0, float("inf")

    def __call__(self, **inputs: Array) -> Array:
        """The first output."""
        feeds = as_feeds({name: array for name, array in inputs.items() if name in self._takes})
        began = time.process_time()
        out = self._session.run(None, feeds)[0]
        self.runs, self.cpu_seconds = self.runs + 1, min(self.cpu_seconds, time.process_time() - began)
        return np.asarray(out)


@dataclass(frozen=True, slots=True)
class Chain:
    """A family's graphs in order of use.

    given : what the first of them start from.
    links : for every graph, the name of what it makes, and how.
    ends : what is compared end to end: its name in a table, which part of the state, and its log-mel.
    """

    given: State
    links: Mapping[str, tuple[str, Callable[[Runner, State], Array]]]
    ends: Mapping[str, tuple[str, Callable[[Array], Array]]]


def rows(bundle: Path, steps: int = 4, columns: int = 64) -> Iterator[Row]:
    """All graphs of a float32 bundle at all precisions, then the whole chain.

    steps, columns : of the flow, and of the latent that goes through it.
    """
    card = read_card(bundle)
    chain = audiosep_chain(card) if card["family"] == "audiosep" else flowsep_chain(card, steps, columns)
    states: dict[Precision, State] = {precision: dict(chain.given) for precision in PRECISIONS}
    totals = {precision: np.zeros(3) for precision in PRECISIONS}
    for name, (made, link) in chain.links.items():
        if name in card["graphs"]:
            for row, runs in _graph_rows(name, bundle / card["graphs"][name]["file"], made, link, states):
                totals[row.precision] += (row.megabytes, row.cpu_seconds * runs, row.load_seconds)
                yield row
    for what, (made, log_mel) in chain.ends.items():
        for precision in PRECISIONS if made in states["float32"] else ():
            distance = log_mel(states[precision][made]) - log_mel(states["float32"][made])
            error = f"{float(np.sqrt(np.square(_DB * distance).mean())):.2f} dB"
            yield Row(what, precision, totals[precision][0], error, *totals[precision][1:])


def flowsep_chain(card: Mapping[str, Any], steps: int, columns: int) -> Chain:
    """Text and mixture to latent to log-mel to waveform, from noise."""
    rng, mel, latent = np.random.default_rng(0), card["mel"], card["latent"]
    scale, rows, bands = np.float32(latent["scale"]), mel["bands"] // latent["band_stride"], mel["bands"]
    frames, state = columns * latent["time_stride"], latent["channels"] * card["flow"]["generations"]
    given = {
        "input_ids": rng.integers(3, 100, (1, 12)),
        "attention_mask": np.ones((1, 12), np.int64),
        "given mel": 2 * rng.standard_normal((1, 1, frames, bands), np.float32) - 5,
        "noise": rng.standard_normal((1, state, columns, rows), np.float32),
    }

    def text(run: Runner, s: State) -> Array:
        return run(input_ids=s["input_ids"], attention_mask=s["attention_mask"])

    def encode(run: Runner, s: State) -> Array:
        return run(mel=s["given mel"]) * scale

    def velocity(run: Runner, s: State) -> Array:
        x, length = s["noise"], np.full(1, 1 / steps, np.float32)
        constant = {"mixture": s["mixture"], "text": s["states"], "text_mask": np.ones((1, 12), np.float32)}
        for k in range(steps):
            x = x + length * run(latent=x, time=k * length, step=length, **constant)
        return x

    def decode(run: Runner, s: State) -> Array:
        return run(latent=s["latent"][:, : latent["channels"]] / scale)

    def vocoder(run: Runner, s: State) -> Array:
        return run(mel=s["mel"][:, 0].swapaxes(-1, -2))

    def mel_of(wave: Array) -> Array:
        spec = MelSpec(
            card["audio"]["rate"], mel["n_fft"], mel["hop"], bands, mel["low_hz"], mel["high_hz"], mel["floor"]
        )
        return log_mel_of_channels(wave[:, None], spec, frames)

    links = {
        "text": ("states", text),
        "encode": ("mixture", encode),
        "velocity": ("latent", velocity),
        "decode": ("mel", decode),
        "vocoder": ("wave", vocoder),
    }
    ends = {
        "end to end: log-mel as decoded": ("mel", lambda log_mel: log_mel),
        "end to end: log-mel of the waveform": ("wave", mel_of),
    }
    return Chain(given, links, ends)


def audiosep_chain(card: Mapping[str, Any]) -> Chain:
    """Text to condition to masked magnitudes of one second."""
    rng, stft = np.random.default_rng(0), card["stft"]
    frames = card["audio"]["rate"] // stft["hop"] + 1
    given = {
        "input_ids": rng.integers(3, 100, (1, 12)),
        "attention_mask": np.ones((1, 12), np.int64),
        "magnitude": np.abs(rng.standard_normal((1, frames, stft["bins"]), np.float32)),
    }

    def text(run: Runner, s: State) -> Array:
        return run(input_ids=s["input_ids"], attention_mask=s["attention_mask"])

    def mask(run: Runner, s: State) -> Array:
        return run(magnitude=s["magnitude"], condition=s["condition"])

    spec = MelSpec(card["audio"]["rate"], stft["n_fft"], stft["hop"], 64, 0.0, card["audio"]["rate"] / 2)

    def log_mel(mask: Array) -> Array:
        masked = np.hypot(mask[:, 0], mask[:, 1]) * given["magnitude"]
        return np.log(np.maximum(masked @ mel_basis(spec).T, spec.floor))

    links = {"text": ("condition", text), "mask": ("mask", mask)}
    return Chain(given, links, {"end to end: log-mel of what is left": ("mask", log_mel)})


def _graph_rows(
    name: str, path: Path, made: str, link: Callable[[Runner, State], Array], states: dict[Precision, State]
) -> Iterator[tuple[Row, int]]:
    """Rows of one graph, with how often the chain runs it; writes what it makes into `states`."""
    model, exact = onnx.load(path), dict(states["float32"])
    with tempfile.TemporaryDirectory() as scratch:
        for precision in PRECISIONS:
            files = save(stored_as(model, precision), Path(scratch) / f"{precision}.onnx")
            run = Runner(files[0])
            alone = link(run, exact)
            cpu, count = run.cpu_seconds, run.runs
            states[precision][made] = alone if precision == "float32" else link(run, states[precision])
            error = f"{relative_error(alone, states['float32'][made]):.1e}"
            size = sum(file.stat().st_size for file in files) / 1e6
            yield Row(f"`{name}`", precision, size, error, cpu, run.load_seconds), count
            del run
            for file in files:
                file.unlink()
