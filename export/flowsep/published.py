"""The published FlowSep (v2_100k, FlowSep-hive): its weights, its graphs, its bundle."""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flowsep_export.bundle import export_bundle
from flowsep_export.checkpoint import check_all_used, empty, fold_weight_norm, load_into, read_tensors
from flowsep_export.graphs import ExportSpec
from flowsep_export.networks.bigvgan import BigVGAN, Waveform
from flowsep_export.networks.flowsep_unet import UNet, UNetVelocity
from flowsep_export.networks.flowsep_vae import KLVAE
from flowsep_export.networks.melvae import Decode, Encode
from flowsep_export.networks.t5 import T5Encoder
from torch import Tensor, nn

from flowsep_plugin.engine.flowsep.graphs import FlowSepSizes
from flowsep_plugin.errors import BundleError

from .graphs import flowsep_graphs

log = logging.getLogger(__name__)

VAE, VOCODER, TEXT = "first_stage_model.", "first_stage_model.vocoder.", "cond_stage_models.0.model."
RAW, EMA = "model.diffusion_model.", "model_ema."
_DDPM = (
    "logvar",
    "betas",
    "alphas_cumprod",
    "sqrt_",
    "log_one_minus_alphas_cumprod",
    "posterior_",
)
_UNUSED = (*_DDPM, "first_stage_model.loss.", "model.", "model_ema.decay", "model_ema.num_updates")
SOURCE = "https://github.com/Audio-AGI/FlowSep"
_TIED = TEXT + "encoder.embed_tokens.weight"

SIZES = FlowSepSizes(rows=16, bands=64, generations=1, text_width=1024)
VOCABULARY = 32128
"""Tokens of FLAN-T5."""


def ema_name(key: str) -> str:
    """Return the published EMA key of a key of the U-Net, which has no dots."""
    return EMA + (RAW.removeprefix("model.") + key).replace(".", "")


@dataclass(frozen=True, slots=True)
class Flowsep:
    """The four networks and the latent's scale."""

    text: T5Encoder
    vae: KLVAE
    unet: UNet
    vocoder: BigVGAN
    scale: float


def load_flowsep(checkpoint: Path, vocoder: Path | None = None) -> Flowsep:
    """Read the published checkpoint, the U-Net from its EMA weights; `vocoder` replaces the one inside.

    Raises BundleError that names keys that are missing, unknown or of another shape.
    """
    tensors = fold_weight_norm(read_tensors(checkpoint))
    if vocoder is None:
        return flowsep_from(tensors, checkpoint.name)
    return flowsep_from(tensors, checkpoint.name, read_tensors(vocoder), vocoder.name)


def flowsep_from(
    tensors: Mapping[str, Tensor],
    what: str,
    vocoder: Mapping[str, Tensor] | None = None,
    vocoder_file: str = "the vocoder",
) -> Flowsep:
    """Build the networks from tensors by published name, (out, in, …) as stored; errors name `what`, `vocoder_file`.

    Raises BundleError that names keys that are missing, unknown or of another shape.
    """
    if "scale_factor" not in tensors:
        raise BundleError(f"{what}: 'scale_factor' is missing; it is not FlowSep's whole checkpoint")
    if tensors["scale_factor"].numel() != 1:
        raise BundleError(f"{what}: 'scale_factor' is {list(tensors['scale_factor'].shape)}, must be one number")
    has_ema = any(key.startswith(EMA) for key in tensors)
    if not has_ema:
        log.warning("%s has no EMA weights; the raw ones are used, which are not the published ones", what)
    parts = Flowsep(empty(T5Encoder), empty(KLVAE), empty(UNet), empty(BigVGAN), float(tensors["scale_factor"]))
    used = {"scale_factor", _TIED}
    used |= load_into(parts.unet, tensors, ema_name if has_ema else (lambda key: RAW + key), what)
    used |= load_into(parts.vae, tensors, lambda key: VAE + key, what)
    used |= load_into(parts.text, tensors, lambda key: TEXT + key, what)
    if vocoder is None:
        used |= load_into(parts.vocoder, tensors, lambda key: VOCODER + key, what)
    else:
        plain = fold_weight_norm(vocoder)
        used_of_vocoder = load_into(parts.vocoder, plain, lambda key: key, vocoder_file)
        check_all_used(plain, used_of_vocoder, (), vocoder_file)
    unused = _UNUSED if vocoder is None else (*_UNUSED, VOCODER)
    check_all_used(tensors, used, unused if has_ema else tuple(u for u in unused if u != "model."), what)
    return parts


def graphs(model: Flowsep) -> Iterator[tuple[ExportSpec, nn.Module]]:
    """Yield every graph with the module that it is exported from, in the order of use."""
    specs = flowsep_graphs(SIZES, logvar=True, step=False, vocabulary=VOCABULARY)
    yield specs["text"], model.text
    yield specs["encode"], Encode(model.vae, logvar=True)  # type: ignore[arg-type]  # same `encode`
    yield specs["velocity"], UNetVelocity(model.unet)
    yield specs["decode"], Decode(model.vae)  # type: ignore[arg-type]  # same `decode`
    yield specs["vocoder"], Waveform(model.vocoder)


def card(name: str, version: str, scale: float, source: str) -> dict[str, Any]:
    """Return the card's entries: those of the published inference, its window in whole latent columns."""
    return {
        "name": name,
        "version": version,
        "family": "flowsep",
        "licence": "unknown (the published weights name none)",
        "authors": ["Yi Yuan et al. (FlowSep)"],
        "description": "FlowSep as published, converted on this machine. 16 kHz mono, windows of 10.24 s.",
        "trained_on": "AudioCaps, by the published configuration",
        "source": source,
        "audio": {
            "rate": 16000,
            "window_frames": 163840,
            "overlap_frames": 40960,
            "level": {"kind": "peak", "value": 0.5},
        },
        "mel": {
            "n_fft": 1024,
            "win_length": 1024,
            "hop": 160,
            "bands": 64,
            "low_hz": 0.0,
            "high_hz": 8000.0,
            "floor": 1e-5,
        },
        "latent": {"channels": 8, "time_stride": 4, "band_stride": 4, "scale": scale},
        "text": {"kind": "tokenizers", "files": ["tokenizer.json"], "length": 50, "width": 1024},
        "flow": {"steps": 10, "draft_steps": 4, "solver": "euler", "generations": 1, "complement": None},
        "mask": {"slope": 2.0, "bias": 0.0, "shrinkage": None},
        "presence": {"threshold_db": -20.0, "width_db": 6.0},
    }


def tokenizer_file(folder: Path) -> Path:
    """Return `tokenizer.json` of a FLAN-T5 folder. Raises BundleError that says where to get it."""
    path = folder / "tokenizer.json" if folder.is_dir() else folder
    if path.name != "tokenizer.json" or not path.is_file():
        raise BundleError(
            f"{folder} has no tokenizer.json; take it from google/flan-t5-large (`huggingface-cli download "
            "google/flan-t5-large tokenizer.json`), the SentencePiece file alone is not read"
        )
    return path


def convert(
    checkpoint: Path,
    tokenizer: Path,
    folder: Path,
    *,
    part: Path | None = None,
    precision: str = "float32",
    name: str = "flowsep-v2",
    report: Callable[[str], None] = lambda _: None,
) -> Path:
    """Write the bundle `name` of a published checkpoint into `folder`; return its card's path.

    tokenizer : FLAN-T5's folder.     part : a vocoder file that replaces the one in the checkpoint.
    Raises BundleError where a file is missing or is not the model.
    """
    tokenizer_json = tokenizer_file(tokenizer)  # checked before the checkpoint, which takes minutes to read
    model = load_flowsep(checkpoint, part)
    entries = card(name, "1.0.0", model.scale, SOURCE)
    return export_bundle(graphs(model), entries, [tokenizer_json], folder, precision=precision, report=report)
