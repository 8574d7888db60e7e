"""Speed of the published networks in ONNX Runtime and in eager torch: `python benchmarks/published.py`.

    --family flowsep audiosep    which models            --threads 1        of both runtimes
    --stage NAME …               only these stages       --rounds 3         of either, in turn
    --graphs FOLDER              keep the graphs there   --toy              small networks, to test the script

For each stage a network of full size with generated weights (speed does not depend on them) is exported, and both run
in turn on the same input, a clip of 10.24 s and a query of 12 tokens. `torch` is the network as published, `faster` the
equivalent form that is exported, still in torch. In the total, flow stages count `--steps` times. Wall times are
meaningful on an idle machine only; CPU time of all threads depends less on other load.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from flowsep_export import audiosep
from flowsep_export.faster import faster
from flowsep_export.flowsep import published as flowsep
from flowsep_export.flowsep.graphs import flowsep_graphs
from flowsep_export.graphs import ExportSpec
from flowsep_export.networks.bigvgan import BigVGAN, BigVGANConfig, Waveform
from flowsep_export.networks.clap_text import ClapText, ClapTextConfig
from flowsep_export.networks.flowsep_unet import UNet, UNetConfig, UNetVelocity
from flowsep_export.networks.flowsep_vae import KLVAE, KLVAEConfig
from flowsep_export.networks.melvae import Decode, Encode
from flowsep_export.networks.minilm import MiniLMConfig
from flowsep_export.networks.resunet import ComplexMask, ResUNet30, ResUNetConfig
from flowsep_export.networks.t5 import T5Config, T5Encoder
from flowsep_export.reference import run_graph, run_module
from flowsep_export.rules import audiosep_tensor, fill, flowsep_tensor
from flowsep_export.to_onnx import export
from torch import nn

KINDS = ("torch", "faster", "ort")
HEADER = "| stage | times | torch | faster | ONNX Runtime | ratio CPU | ratio wall |\n|---|---|---|---|---|---|---|"
WORDS = 100  # ids in a query lie below this
SMALL_UNET = UNetConfig(channels=32, multipliers=(1, 2), blocks=1)
SMALL_VAE = KLVAEConfig(channels=32, multipliers=(1, 1, 2), blocks=1)
SMALL_VOCODER = BigVGANConfig(channels=64, block_kernels=(3,))
SMALL_T5 = T5Config(vocabulary=WORDS, width=1024, layers=1, heads=2, hidden=64)
SMALL_RESUNET = ResUNetConfig(stem=4, widths=(4, 4, 4, 4, 4, 4))
SMALL_CLAP = ClapTextConfig(
    MiniLMConfig(vocabulary=WORDS, positions=50, kinds=1, width=16, hidden=32, heads=2, layers=1, eps=1e-5)
)


@dataclass(frozen=True)
class GraphStage:
    """A graph with its network, the sizes of its named axes, and how many times a clip runs it."""

    spec: ExportSpec
    make: Callable[[], nn.Module]
    sizes: dict[str, int]
    times: int = 1


def flowsep_stages(toy: bool, steps: int) -> dict[str, GraphStage]:
    """Return FlowSep's graphs by name; a clip of 10.24 s is 256 columns."""

    def filled(network: nn.Module, prefix: str) -> nn.Module:
        return fill(network, flowsep_tensor, "bench", lambda key: prefix + key)

    specs = flowsep_graphs(flowsep.SIZES, logvar=True, step=False, vocabulary=WORDS)
    columns, sizes = 32 if toy else 256, {"batch": 1, "tokens": 12, "vocabulary": WORDS}
    small = (lambda config: config) if toy else (lambda _: None)
    vae = KLVAE(small(SMALL_VAE))
    makers: dict[str, tuple[Callable[[], nn.Module], int]] = {
        "text": (lambda: filled(T5Encoder(small(SMALL_T5)), flowsep.TEXT), columns),
        "encode": (lambda: Encode(filled(vae, flowsep.VAE), logvar=True), columns),
        "velocity": (lambda: UNetVelocity(filled(UNet(small(SMALL_UNET)), flowsep.RAW)), columns),
        "decode": (lambda: Decode(filled(vae, flowsep.VAE)), columns),
        "vocoder": (lambda: Waveform(filled(BigVGAN(small(SMALL_VOCODER)), flowsep.VOCODER)), 4 * columns),
    }
    return {
        name: GraphStage(specs[name], make, {**sizes, "columns": length}, steps if name == "velocity" else 1)
        for name, (make, length) in makers.items()
    }


def audiosep_stages(toy: bool, _: int) -> dict[str, GraphStage]:
    """Return AudioSep's graphs by name; a clip of 10.24 s is 1025 frames."""

    def filled(network: nn.Module) -> nn.Module:
        return fill(network, audiosep_tensor, "bench", lambda key: key)

    specs, sizes = (
        audiosep.audiosep_graphs(vocabulary=WORDS),
        {"batch": 1, "tokens": 12, "frames": 65 if toy else 1025, "vocabulary": WORDS},
    )
    text, mask = (SMALL_CLAP, SMALL_RESUNET) if toy else (None, None)
    return {
        "text": GraphStage(specs["text"], lambda: filled(ClapText(text)), sizes),
        "mask": GraphStage(specs["mask"], lambda: ComplexMask(filled(ResUNet30(mask))), sizes),
    }


FAMILIES = {"flowsep": flowsep_stages, "audiosep": audiosep_stages}


def seconds(call: Callable[[], object]) -> tuple[float, float]:
    """Run `call`; return the CPU seconds of all threads and the wall seconds."""
    cpu, wall = time.process_time(), time.perf_counter()
    call()
    return time.process_time() - cpu, time.perf_counter() - wall


def measure(stage: GraphStage, graph: Path, rounds: int, threads: int) -> dict[str, tuple[float, float]]:
    """Return the median CPU and wall seconds by runtime; each round runs all of them, after a warm-up round."""
    network, inputs = stage.make(), stage.spec.dummies(stage.sizes)
    if not graph.exists():
        export(network, stage.spec, graph)
    runs = {
        "torch": run_module(network),
        "faster": run_module(faster(network)),
        "ort": run_graph(graph, stage.spec, threads),
    }
    spent: dict[str, list[tuple[float, float]]] = {kind: [] for kind in KINDS}
    for turn in range(rounds + 1):
        for kind in KINDS:
            elapsed = seconds(lambda kind=kind: runs[kind](*inputs.values()))
            spent[kind] += [elapsed] if turn else []
    return {kind: tuple(map(statistics.median, zip(*elapsed, strict=True))) for kind, elapsed in spent.items()}


def row(name: str, times: int, elapsed: dict[str, tuple[float, float]]) -> str:
    """Return one line of the table."""
    cells = [f"{cpu:.2f} / {wall:.2f}" for cpu, wall in (elapsed[kind] for kind in KINDS)]
    ratios = [f"{elapsed['torch'][i] / elapsed['ort'][i]:.2f}" for i in (0, 1)]
    return f"| {name} | {times} | {' | '.join(cells)} | {' | '.join(ratios)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--family", nargs="+", choices=FAMILIES, default=list(FAMILIES))
    parser.add_argument("--stage", nargs="+")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--graphs", type=Path)
    parser.add_argument("--toy", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    with tempfile.TemporaryDirectory() as scratch:
        for family in arguments.family:
            print(f"{family}, {arguments.threads} thread(s), CPU s / wall s, median of {arguments.rounds}\n")
            print(HEADER)
            total = {kind: np.zeros(2) for kind in KINDS}
            for name, stage in FAMILIES[family](arguments.toy, arguments.steps).items():
                if arguments.stage and name not in arguments.stage:
                    continue
                folder = (arguments.graphs or Path(scratch)) / family
                folder.mkdir(parents=True, exist_ok=True)
                elapsed = measure(stage, folder / f"{name}.onnx", arguments.rounds, arguments.threads)
                print(row(f"`{name}`", stage.times, elapsed), flush=True)
                for kind in KINDS:
                    total[kind] += stage.times * np.array(elapsed[kind])
            print(row("all", 1, {kind: tuple(both) for kind, both in total.items()}), end="\n\n", flush=True)


if __name__ == "__main__":
    main()
