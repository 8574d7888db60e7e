"""Make the pocket bundles: the real architecture at toy sizes, weights from a seed; run-time tests need no torch.

    python tests/pocket/make.py [FOLDER]

writes `bundle/` (target and complement in one call, outputs mask logits and presence, vocoder, int8 storage),
`single/` (only the velocity, as published models output it, one generation, a second call with the query "everything
except {}", no vocoder, float32) and `choosing/` (as `bundle/`, with components, the stand-in listener and random choice
weights, no vocoder).
`tests/export/test_pocket.py` repeats this and compares the files.
"""

import hashlib
import json
import string
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from flowsep_export.bundle import write_bundle
from flowsep_export.flowsep.graphs import flowsep_graphs
from flowsep_export.networks.components import ComponentConfig, ComponentNet
from flowsep_export.networks.flow_config import FlowConfig
from flowsep_export.networks.flownet import FlowNet
from flowsep_export.networks.melvae import Decode, Encode, MelVAE, MelVAEConfig
from flowsep_export.networks.minilm import MiniLM, MiniLMConfig
from flowsep_export.networks.vocos import Vocos, VocosConfig
from flowsep_export.storage import Precision, stored_as
from flowsep_export.to_onnx import export
from torch import Tensor, nn

from flowsep_plugin.engine.flowsep.choice import ChoiceRule
from flowsep_plugin.engine.flowsep.graphs import FlowSepSizes
from flowsep_plugin.engine.flowsep.matcher import Matcher

HERE = Path(__file__).parent
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
SEED = "pocket"
COMPONENTS = 3


def vocabulary() -> list[str]:
    """Return special tokens, letters, digits, some punctuation, `##` pieces, and the words of `words.txt`."""
    letters = [*string.ascii_lowercase, *string.digits]
    pieces = [f"##{letter}" for letter in letters] + ["##s", "##ing", "##ed", "##er"]
    words = (HERE / "words.txt").read_text(encoding="utf-8").split()
    return list(dict.fromkeys([*SPECIAL, *letters, *"'-,.!?&", *pieces, *words]))


def seeded(module: nn.Module, seed: str) -> nn.Module:
    """Fill every parameter from its name: matrices keep variance, biases are small, gains are near 1."""
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            digest = hashlib.sha256(f"{seed}/{name}".encode()).digest()
            rng = np.random.default_rng(int.from_bytes(digest[:8], "little"))
            values = rng.standard_normal(tuple(parameter.shape), np.float32)
            if parameter.dim() >= 2:
                values = values / np.sqrt(np.prod(parameter.shape[1:], dtype=np.float32))
            elif name.endswith("bias"):
                values = values * np.float32(0.1)
            else:
                values = np.float32(1) + np.float32(0.1) * values
            parameter.copy_(torch.from_numpy(values))
    return module.eval()


class VelocityAlone(nn.Module):
    """A flow network whose only output is the velocity, as in published models."""

    def __init__(self, net: FlowNet) -> None:
        super().__init__()
        self.net = net

    def forward(
        self, latent: Tensor, mixture: Tensor, time: Tensor, text: Tensor, text_mask: Tensor, step: Tensor
    ) -> Tensor:
        """Return only the velocity of `FlowNet.forward`."""
        return self.net(latent, mixture, time, text, text_mask, step).velocity


def networks(generations: int, words: int, mask_logits: bool) -> dict[str, nn.Module]:
    """Return the five toy networks by the names of their graphs."""
    vae = MelVAE(MelVAEConfig(encoder_width=12, encoder_blocks=1, decoder_width=12, decoder_blocks=1))
    seeded(vae, SEED)
    flow = FlowConfig(
        generations=generations, text_width=32, stem=8, grid=12, grid_blocks=1, reduced=2, width=32, blocks=2,
        head_width=16, hidden=48,
    )  # fmt: skip
    net = seeded(FlowNet(flow), SEED)
    text = MiniLMConfig(vocabulary=words, positions=64, width=32, hidden=64, heads=2, layers=2)
    return {
        "text": seeded(MiniLM(text), SEED),
        "encode": Encode(vae),
        "velocity": net if mask_logits else VelocityAlone(net),
        "decode": Decode(vae),
        "vocoder": seeded(Vocos(VocosConfig(width=24, hidden=48, blocks=2)), SEED),
    }


def card(name: str, generations: int) -> dict[str, Any]:
    """Return the card's content: the front end of the real model, a window of 256 mel frames."""
    return {
        "name": name,
        "version": "1.0.0",
        "family": "flowsep",
        "licence": "CC0-1.0",
        "authors": ["flowsep-plugin contributors"],
        "description": "Toy sizes, random weights: for tests. It separates nothing.",
        "trained_on": "nothing",
        "source": "tests/pocket/make.py",
        "audio": {
            "rate": 44100,
            "window_frames": 112896,
            "overlap_frames": 28224,
            "level": {"kind": "rms", "value": 0.05},
        },
        "mel": {
            "n_fft": 2048,
            "win_length": 2048,
            "hop": 441,
            "bands": 128,
            "low_hz": 0.0,
            "high_hz": 22050.0,
            "floor": 1e-5,
        },
        "latent": {"channels": 8, "time_stride": 4, "band_stride": 4, "scale": 0.8},
        "text": {"kind": "wordpiece", "files": ["vocab.txt"], "length": 32, "width": 32},
        "flow": {
            "steps": 2,
            "draft_steps": 1,
            "solver": "euler",
            "generations": generations,
            "complement": "everything except {}" if generations == 1 else None,
        },
        "mask": {"slope": 2.0, "bias": 0.0, "shrinkage": None},
        "presence": {"threshold_db": -20.0, "width_db": 6.0},
    }


def component_net() -> ComponentNet:
    """Return a toy component separator with masks that differ clearly."""
    sizes = ComponentConfig(
        components=COMPONENTS, stem=8, grid=12, grid_blocks=1, reduced=2, width=32, blocks=1, head_width=16, hidden=48
    )
    net = seeded(ComponentNet(sizes), SEED)
    with torch.no_grad():
        net.out.weight.mul_(4)
    return net


def choice() -> dict[str, dict[str, float]]:
    """Return random weights around the unfitted rule, with a presence that is not certain."""
    rule = ChoiceRule.unfitted().as_json()
    rule["presence"]["constant"] = 1.0
    rng = np.random.default_rng(1)
    return {
        row: {name: round(value + float(rng.normal(0, 0.1)), 4) for name, value in weights.items()}
        for row, weights in rule.items()
    } | {"choice": {name: 0.0 for name in rule["choice"]}}


def toy_matcher() -> Matcher:
    """Return random projections of the stand-in listener's features and of texts of width 32."""
    rng = np.random.default_rng(2)
    sizes = (4, 2 * 521 + 1024), (4,), (4, 32 + 521), (4,), (), ()
    return Matcher(*(np.asarray(rng.normal(0, 0.1, size), np.float32) for size in sizes))


def make_choosing(folder: Path) -> Path:
    """Write the bundle with components; its listener is `pocket/listener`."""
    with tempfile.TemporaryDirectory() as scratch:
        base = make(Path(scratch) / "base", "pocket-choosing", 2, True, "int8").parent
        spec = flowsep_graphs(FlowSepSizes(components=COMPONENTS))["components"]
        graphs: dict[str, Any] = {name: base / f"{name}.onnx" for name in ("text", "encode", "velocity", "decode")}
        graphs["components"] = stored_as(export(component_net(), spec, Path(scratch) / "components.onnx"), "int8")
        graphs["listen"] = HERE / "listener" / "listen.onnx"
        matcher = Path(scratch) / "matcher.npz"
        toy_matcher().save(matcher)
        rule = Path(scratch) / "choice.json"
        rule.write_text(json.dumps(choice(), indent=1) + "\n", encoding="utf-8")
        files = [
            base / "vocab.txt",
            rule,
            matcher,
            *(HERE / "listener" / name for name in ("classes.txt", "classes.npz")),
        ]
        numbers = card("pocket-choosing", 2) | {"components": {"count": COMPONENTS}}
        return write_bundle(folder, numbers, graphs, files)


def make(folder: Path, name: str, generations: int, whole: bool, precision: Precision) -> Path:
    """Export the toy networks into `folder` and return its card; `whole` adds mask logits and a vocoder."""
    words = vocabulary()
    sizes = FlowSepSizes(generations=generations, text_width=32)
    specs = flowsep_graphs(sizes, mask_logits=whole, vocabulary=len(words))
    modules = networks(generations, len(words), whole)
    graph_names = [graph for graph in modules if whole or graph != "vocoder"]
    with tempfile.TemporaryDirectory() as scratch:
        vocab = Path(scratch) / "vocab.txt"
        vocab.write_text("\n".join(words) + "\n", encoding="utf-8")
        graphs = {
            graph: stored_as(export(modules[graph], specs[graph], Path(scratch) / f"{graph}.onnx"), precision)
            for graph in graph_names
        }
        return write_bundle(folder, card(name, generations), graphs, [vocab])


def make_all(folder: Path) -> None:
    """Write all three bundles to subfolders of `folder`."""
    make(folder / "bundle", "pocket", generations=2, whole=True, precision="int8")
    make(folder / "single", "pocket-single", generations=1, whole=False, precision="float32")
    make_choosing(folder / "choosing")


if __name__ == "__main__":
    make_all(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
