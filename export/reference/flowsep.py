"""Compare FlowSep with the reference arrays of the official classes, in torch and ONNX Runtime, stage by stage.

The folder has `mel.npz`, `text.npz`, `vae_enc.npz`, `vae_dec.npz`, `unet.npz`, `euler.npz`, `vocoder.npz` and
`e2e.npz`, made with weights and inputs of one salt. Networks are made stage by stage: memory holds two of them at most.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from flowsep_export.bundle import write_bundle
from flowsep_export.checkpoint import fold_weight_norm
from flowsep_export.flowsep import published
from flowsep_export.flowsep.graphs import flowsep_graphs
from flowsep_export.networks.bigvgan import BigVGAN, Waveform
from flowsep_export.networks.flowsep_unet import UNet, UNetVelocity
from flowsep_export.networks.flowsep_vae import KLVAE
from flowsep_export.networks.melvae import Decode, Encode
from flowsep_export.networks.t5 import T5Encoder
from flowsep_export.rules import fill, flowsep_tensor, normal
from torch import nn

from flowsep_plugin.audio.types import Floats

from . import Check, ParityStage, Reference, euler, number_tokenizer, run_module

STAGE, VOCODER_STAGE, WHOLE = 2e-5, 5e-5, 1e-4
_SPECS = flowsep_graphs(published.SIZES, logvar=True, step=False, vocabulary=published.VOCABULARY)
_GRID = (1, 8, 256, 16)


class FlowsepReference(Reference):
    """The arrays of one salt, and the networks with the weights of its rule."""

    def noise(self, name: str, shape: tuple[int, ...]) -> Floats:
        """Return the rule's input `IN(name, shape)`, of `shape` (...)."""
        return normal(f"{self.salt}input/{name}", shape)

    @property
    def scale(self) -> float:
        """The latent's scale under this salt."""
        return float(flowsep_tensor(self.salt, "scale_factor", ()))  # type: ignore[arg-type]

    def text(self) -> nn.Module:
        """Return FLAN-T5's encoder with the rule's weights."""
        return fill(T5Encoder(), flowsep_tensor, self.salt, lambda key: published.TEXT + key)

    def vae(self) -> KLVAE:
        """Return the VAE with the rule's weights."""
        return fill(KLVAE(), flowsep_tensor, self.salt, lambda key: published.VAE + key)  # type: ignore[return-value]

    def unet(self, ema: bool = True) -> UNet:
        """Return the U-Net with the rule's weights, by the EMA keys or the raw ones."""
        name = published.ema_name if ema else (lambda key: published.RAW + key)
        return fill(UNet(), flowsep_tensor, self.salt, name)  # type: ignore[return-value]

    def vocoder(self) -> BigVGAN:
        """Return the vocoder of the whole checkpoint with the rule's weights."""
        return fill(BigVGAN(), flowsep_tensor, self.salt, lambda key: published.VOCODER + key)  # type: ignore[return-value]

    def weight_norm_vocoder(self) -> BigVGAN:
        """The vocoder of `g_01000000`, folded from weight norm by the checkpoint reader."""
        vocoder, tensors = BigVGAN(), {}
        for key, tensor in vocoder.state_dict().items():
            if key.endswith(".filter"):
                tensors[key] = tensor
            elif key.endswith(".weight"):
                shape = tuple(tensor.shape)
                tensors[key + "_v"] = torch.from_numpy(normal(f"{self.salt}g_01000000/{key}_v", shape))
                gain = 1 + 0.1 * normal(f"{self.salt}g_01000000/{key}_g", (shape[0], *[1] * (len(shape) - 1)))
                tensors[key + "_g"] = torch.from_numpy(gain * np.float32(0.05 if "conv_post" in key else 1))
            else:
                factor = 0.1 if key.endswith("bias") else 0.3
                values = normal(f"{self.salt}g_01000000/{key}", tuple(tensor.shape))
                tensors[key] = torch.from_numpy(values * np.float32(factor))
        vocoder.load_state_dict(fold_weight_norm(tensors))
        return vocoder.eval()


def check_text(ref: FlowsepReference) -> Iterator[Check]:
    """Hidden states for four prompts, padded to 50."""
    z, network = ref.arrays("text"), ref.text()
    for kind, run in ref.runs(network, _SPECS["text"]):
        for name in ("short", "mid", "long50", "empty"):
            ids, mask = z[f"{name}/input_ids"][None], z[f"{name}/mask"][None].astype(np.int64)
            yield ref.check(f"text/{name}", kind, run(ids, mask)[0], z, f"{name}/hidden", STAGE)


def check_vae(ref: FlowsepReference) -> Iterator[Check]:
    """Moments, the sampled latent, the decoded mel."""
    z, mel, vae = ref.arrays("vae_enc"), ref.arrays("mel")["full/mel"][None, None], ref.vae()
    noise_mel, eps = 2 * ref.noise("mel_in", (1, 1, 1024, 64)) - 5, ref.noise("vae_eps", _GRID)
    for kind, run in ref.runs(Encode(vae, logvar=True), _SPECS["encode"]):
        mean, logvar = run(mel)
        yield ref.check("encode/audio", kind, np.concatenate([mean, logvar], 1), z, "from_audio/moments", STAGE)
        sampled = np.float32(ref.scale) * (mean + np.exp(0.5 * logvar) * eps)
        yield ref.check("encode/sampled", kind, sampled, z, "from_audio/z_scaled_sampled", STAGE)
        yield ref.check("encode/noise", kind, np.concatenate(run(noise_mel), 1), z, "from_noise/moments", STAGE)
    z = ref.arrays("vae_dec")
    for kind, run in ref.runs(Decode(vae), _SPECS["decode"]):
        out = run(ref.noise("z_dec", _GRID) / np.float32(ref.scale))[0]
        yield ref.check("decode", kind, out, z, "mel_out", STAGE)


def check_unet(ref: FlowsepReference) -> Iterator[Check]:
    """The velocity over time, batch, length and mask; and that raw weights give the raw output."""
    z = ref.arrays("unet")
    x, mixture, context = ref.noise("unet_x", _GRID), ref.noise("unet_mix", _GRID), ref.noise("unet_ctx", (1, 50, 1024))
    mask, half = z["mask"].astype(np.float32), np.array([0.5], np.float32)
    unet = ref.unet()
    full = run_module(unet)(np.concatenate([x, mixture], 1), half, context, mask)[0]
    yield ref.check("velocity/all 16 channels", "torch", full, z, "t0.5/out16", STAGE)
    for kind, run in ref.runs(UNetVelocity(unet), _SPECS["velocity"]):
        for t in ("0.0", "0.05", "0.35", "0.95", "1.0"):
            out = run(x, mixture, np.array([t], np.float32), context, mask)[0]
            yield ref.check(f"velocity/t={t}", kind, out, z, f"t{t}/v8", STAGE)
        two = [ref.noise(f"unet_{name}_b2", (2, *_GRID[1:])) for name in ("x", "mix")]
        times, texts = np.array([0.2, 0.8], np.float32), ref.noise("unet_ctx_b2", (2, 50, 1024))
        out = run(*two, times, texts, z["b2/mask"].astype(np.float32))[0]
        yield ref.check("velocity/batch of 2", kind, out, z, "b2_t0.2_0.8/v8", STAGE)
        out = run(x, mixture, half, context, np.ones_like(mask))[0]
        yield ref.check("velocity/no mask", kind, out, z, "allones_mask/t0.5/v8", STAGE)
        out = run(x[:, :, :64], mixture[:, :, :64], half, context, mask)[0]
        yield ref.check("velocity/64 columns", kind, out, z, "T64/t0.5/v8", STAGE)
    del unet
    raw = run_module(ref.unet(ema=False))(np.concatenate([x, mixture], 1), half, context, mask)[0]
    yield ref.check("velocity/raw weights", "torch", raw, z, "raw_not_ema/t0.5/out16", STAGE)


def check_euler(ref: FlowsepReference, steps: tuple[int, ...] = (2, 10, 20)) -> Iterator[Check]:
    """Whole flows, with the text that our encoder gives."""
    z, text = ref.arrays("euler"), ref.arrays("text")
    ids, mask = text["short/input_ids"][None], text["short/mask"][None]
    states = run_module(ref.text())(ids, mask.astype(np.int64))[0]
    start, mixture = ref.noise("euler_x0", _GRID), ref.noise("euler_mix", _GRID)
    for kind, run in ref.runs(UNetVelocity(ref.unet()), _SPECS["velocity"]):
        for n in steps:
            out = euler(run, start, mixture, states, mask.astype(np.float32), n)
            yield ref.check(f"euler/{n} steps", kind, out, z, f"n{n}/x_final", WHOLE)


def check_vocoder(ref: FlowsepReference) -> Iterator[Check]:
    """Waveforms of 1, 64 and 1024 frames, and of the weight-norm file."""
    z, mel = ref.arrays("vocoder"), 2 * ref.noise("voc_mel", (1, 64, 1024)) - 5
    for kind, run in ref.runs(Waveform(ref.vocoder()), _SPECS["vocoder"]):
        for name, frames in (("T1", 1), ("T64", 64), ("full", 1024)):
            out = run(mel[:, :, :frames])[0][:, None]
            yield ref.check(f"vocoder/{frames} frames", kind, out, z, f"{name}/wave", VOCODER_STAGE)
    out = run_module(ref.weight_norm_vocoder())(mel[:, :, :64])[0]
    yield ref.check("vocoder/weight norm", "torch", out, z, "weightnorm_T64/wave", VOCODER_STAGE)


def check_end_to_end(ref: FlowsepReference) -> Iterator[Check]:
    """Audio's mel to waveform in four steps, through torch and through ONNX Runtime, our numbers all the way."""
    z, text = ref.arrays("e2e"), ref.arrays("text")
    ids, mask = text["mid/input_ids"][None], text["mid/mask"][None]
    mel, scale = ref.arrays("mel")["full/mel"][None, None], np.float32(ref.scale)
    states = {kind: run(ids, mask.astype(np.int64))[0] for kind, run in ref.runs(ref.text(), _SPECS["text"])}
    vae, latents, mels = ref.vae(), {}, {}
    for kind, run in ref.runs(Encode(vae, logvar=True), _SPECS["encode"]):
        mean, logvar = run(mel)
        mixture = scale * (mean + np.exp(0.5 * logvar) * ref.noise("e2e_vae_eps", _GRID))
        latents[kind] = mixture
    for kind, run in ref.runs(UNetVelocity(ref.unet()), _SPECS["velocity"]):
        start = ref.noise("e2e_x0", _GRID)
        latents[kind] = euler(run, start, latents[kind], states[kind], mask.astype(np.float32), int(z["steps"]))
        yield ref.check("end to end/latent", kind, latents[kind], z, "z_final", WHOLE)
    for kind, run in ref.runs(Decode(vae), _SPECS["decode"]):
        mels[kind] = run(latents[kind] / scale)[0]
        yield ref.check("end to end/mel", kind, mels[kind], z, "mel", WHOLE)
    for kind, run in ref.runs(Waveform(ref.vocoder()), _SPECS["vocoder"]):
        wave = run(np.ascontiguousarray(mels[kind][:, 0].transpose(0, 2, 1)))[0]
        yield ref.check("end to end/waveform", kind, wave[:, None], z, "wave", WHOLE)


def flowsep_bundle(ref: FlowsepReference) -> Path:
    """Return the folder of a bundle of the graphs under this salt, which is deleted when `ref` is closed."""
    makers: dict[str, Callable[[], nn.Module]] = {
        "text": ref.text,
        "encode": lambda: Encode(ref.vae(), logvar=True),  # type: ignore[arg-type]
        "velocity": lambda: UNetVelocity(ref.unet()),
        "decode": lambda: Decode(ref.vae()),  # type: ignore[arg-type]
        "vocoder": lambda: Waveform(ref.vocoder()),
    }
    paths = {name: ref.graph(_SPECS[name], make) for name, make in makers.items()}
    folder = paths["text"].parent
    tokenizer = number_tokenizer(folder / "tokenizer.json", published.VOCABULARY, "<pad>", 0)
    card = published.card("parity", "1.0.0", ref.scale, "weights of the rule")
    return write_bundle(folder, card, paths, [tokenizer]).parent


STAGES: dict[str, ParityStage] = {
    "text": ParityStage(("text",), check_text),
    "vae": ParityStage(("mel", "vae_enc", "vae_dec"), check_vae),
    "unet": ParityStage(("unet",), check_unet),
    "euler": ParityStage(("euler", "text"), check_euler),
    "vocoder": ParityStage(("vocoder",), check_vocoder),
    "e2e": ParityStage(("e2e", "mel", "text"), check_end_to_end),
}
