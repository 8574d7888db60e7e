"""Compare AudioSep with the reference arrays of the official classes, in torch and ONNX Runtime, stage by stage.

The folder has `{S}_inputs.npz`, `{S}_text.npz`, `{S}_stft.npz`, `{S}_unet.npz`, `{S}_forward.npz`,
`{S}_forward_long.npz` and `{S}_e2e.npz` of salt S. Limits are the rule's: SNR 110 dB in torch and 100 dB in ONNX
Runtime (loud input 100 and 95), here as relative L2, and the largest difference. The official chunking (hard cuts,
silence up to 5 s), resampler, mixer and metrics are not part of the networks and are not compared.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from flowsep_export.audiosep import CLAP, VOCABULARY, audiosep_graphs, card
from flowsep_export.bundle import write_bundle
from flowsep_export.networks.clap_text import ClapText
from flowsep_export.networks.resunet import ComplexMask, ResUNet30, published_name
from flowsep_export.parity import relative_error, run_torch
from flowsep_export.rules import audiosep_tensor, fill, generator, normal
from torch import nn

from flowsep_plugin.audio.types import Floats

from . import ArrayFunction, Check, ParityStage, Reference, number_tokenizer

_N_FFT, _HOP, _FLOOR = 2048, 320, 1e-5
_SPECS = audiosep_graphs()
_SNR_DB = {("torch", False): 110.0, ("torch", True): 100.0, ("ort", False): 100.0, ("ort", True): 95.0}
_FURTHEST = {False: 5e-7, True: 5e-6}
_LAYER = 2e-6  # relative L2 inside the network, where values are O(1)
_WAVES = {
    "L1025": (1025, 0.05),
    "L6400zero": (6400, 0.0),
    "L9920": (9920, 0.05),
    "L30721": (30721, 0.05),
    "L32000": (32000, 0.05),
    "L32000loud": (32000, 0.5),
    "L40123": (40123, 0.05),
    "L48000": (48000, 0.05),
    "L160000": (160000, 0.05),
    "L320000": (320000, 0.05),
}
_SWEEPS = ((110.0, 1400.0, 0.5), (3000.0, 700.0, 0.3), (6000.0, 14500.0, 0.2))


class AudiosepReference(Reference):
    """The arrays of one salt, and the networks with the weights of its rule."""

    def path(self, name: str) -> Path:
        """Return the path of `{salt}_{name}.npz`."""
        return super().path(f"{self.salt}_{name}")

    def wave(self, name: str) -> Floats:
        """Return the rule's waveform (samples,) of this name: three sweeps and noise."""
        length, amplitude = _WAVES[name]
        seconds, t = length / 32000.0, np.arange(length, dtype=np.float64) / 32000.0
        y = np.zeros(length)
        for i, (start, stop, gain) in enumerate(_SWEEPS):
            y += gain * np.sin(2 * np.pi * (start * t + 0.5 * (stop - start) / seconds * t * t) + 0.7 * i)
        y += 0.1 * generator(f"{self.salt}wave/{name}").standard_normal(length)
        return (amplitude * y).astype(np.float32)

    def condition(self, name: str) -> Floats:
        """Return the condition `unit`, `big`, `zero` or `unit2`, (512,)."""
        big = normal(self.salt + ("cond2" if name == "unit2" else "cond"), (512,))
        return {"big": big, "zero": np.zeros_like(big)}.get(name, (big / np.linalg.norm(big)).astype(np.float32))

    def text(self) -> nn.Module:
        """Return CLAP's text branch with the rule's weights."""
        return fill(ClapText(), audiosep_tensor, self.salt, lambda key: CLAP + key)

    def separator(self) -> ResUNet30:
        """Return the separator with the rule's weights."""
        return fill(ResUNet30(), audiosep_tensor, self.salt, published_name)  # type: ignore[return-value]


def spectrum(wave: Floats) -> torch.Tensor:
    """Return the complex spectrum (…, bins, frames) of waveforms (…, samples)."""
    return torch.stft(torch.from_numpy(wave), _N_FFT, _HOP, window=torch.hann_window(_N_FFT), return_complex=True)


def separate(run: ArrayFunction, waves: Floats, conditions: Floats) -> Floats:
    """Return the masked waveforms (B, samples) of `waves` (B, samples) under `conditions` (B, 512)."""
    mixture = spectrum(waves)
    magnitude = mixture.abs().clamp(min=_FLOOR).transpose(1, 2)
    mask = torch.from_numpy(run(magnitude.numpy(), conditions)[0]).transpose(2, 3)
    masked = mixture * torch.complex(mask[:, 0].contiguous(), mask[:, 1].contiguous())
    return torch.istft(masked, _N_FFT, _HOP, window=torch.hann_window(_N_FFT), length=waves.shape[-1]).numpy()


def waveform_checks(name: str, kind: str, result: Floats, reference: Floats, loud: bool = False) -> Iterator[Check]:
    """Yield the rule's two checks of a waveform (..., samples); silence has to be exactly silent."""
    if not reference.any():
        yield Check(f"{name}: silence", kind, float(np.abs(result).max()), 1e-12)
        return
    yield Check(f"{name}: SNR", kind, relative_error(result, reference), 10 ** (-_SNR_DB[kind, loud] / 20))
    yield Check(f"{name}: furthest", kind, float(np.abs(result - reference).max()), _FURTHEST[loud])


def check_stft(ref: AudiosepReference) -> Iterator[Check]:
    """Yield the checks that the front end used here is the official one."""
    z = ref.arrays("stft")
    for name in ("L9920", "L40123", "L1025", "L6400zero"):
        x = spectrum(ref.wave(name)).T.contiguous()
        for part, values in (("re", x.real), ("im", x.imag)):
            difference = np.abs(values.numpy()[::3, ::8] - z[f"{name}_{part}_s3x8"]).max()
            yield Check(f"stft/{name} {part}", "torch", float(difference), 3e-5)


def check_text(ref: AudiosepReference) -> Iterator[Check]:
    """Yield the checks of conditions: four rows of ids, padded to 512, and one without padding."""
    z, network = ref.arrays("text"), ref.text()
    for kind, run in ref.runs(network, _SPECS["text"]):
        result = run(z["ids"], z["mask"])[0]
        yield Check("text/padded", kind, float(np.abs(result - z["embed"]).max()), 2e-6)
        result = run(z["ids"][1:2, :12], z["mask"][1:2, :12])[0]
        yield Check("text/not padded", kind, float(np.abs(result - z["embed"][1:2]).max()), 2e-6)
    ids, mask = torch.from_numpy(z["ids"]), torch.from_numpy(z["mask"])
    pooled = run_torch(network.text_branch, (ids, mask))[0].numpy()  # type: ignore[arg-type]
    yield Check("text/pooler", "torch", float(np.abs(pooled - z["pooler"]).max()), 2e-5)


def check_layers(ref: AudiosepReference) -> Iterator[Check]:
    """Yield the checks of every block's output inside the separator, and of all live FiLM vectors."""
    z, network = ref.arrays("unet"), ref.separator()
    magnitude = spectrum(ref.wave("L40123")[None]).abs().clamp(min=_FLOOR).transpose(1, 2)
    outputs: dict[str, torch.Tensor] = {}
    handles = [module.register_forward_hook(_keep(outputs, name)) for name, module in network.named_modules() if name]
    for condition in ("unit", "big"):
        run_torch(network, (magnitude, torch.from_numpy(ref.condition(condition)[None])))
        for name, value in outputs.items():
            film = f"{condition}_film:{name.replace('.', '->')}"
            if film in z:
                yield Check(f"film/{condition} {name}", "torch", relative_error(value[0].numpy(), z[film]), _LAYER)
            key = f"{condition}_{name}_sub"
            if key in z:
                yield _layer_check(f"layer/{condition} {name}", value, z, f"{condition}_{name}")
    for handle in handles:
        handle.remove()


def _keep(outputs: dict[str, torch.Tensor], name: str) -> Callable[..., None]:
    def hook(_: nn.Module, __: object, out: torch.Tensor | tuple[torch.Tensor, ...]) -> None:
        if isinstance(out, tuple):
            outputs[f"{name}_pool"], outputs[f"{name}_skip"] = out
        else:
            outputs[name] = out

    return hook


def _layer_check(name: str, value: torch.Tensor, z: dict[str, Floats], key: str) -> Check:
    c, t, f = (int(step) for step in z[f"{key}_strides"])
    return Check(name, "torch", relative_error(value[0, ::c, ::t, ::f].numpy(), z[f"{key}_sub"]), 1e-5)


def check_separator(ref: AudiosepReference) -> Iterator[Check]:
    """Yield the checks of whole waveforms: short ones under several conditions, a batch, and 5 and 10 seconds."""
    short, long = ref.arrays("forward"), ref.arrays("forward_long")
    for kind, run in ref.runs(ComplexMask(ref.separator()), _SPECS["mask"]):
        for key in (key for key in short if key.startswith("y_") and not key.endswith("_stats")):
            _, name, condition = key.split("_")
            result = separate(run, ref.wave(name)[None], ref.condition(condition)[None])[0]
            yield from waveform_checks(f"separate/{name} {condition}", kind, result, short[key], "loud" in name)
        two = ref.wave("L48000")[:32000].reshape(2, 16000)
        conditions = np.stack([ref.condition("unit"), ref.condition("unit2")])
        yield from waveform_checks("separate/batch of 2", kind, separate(run, two, conditions), long["y_batch2"])
        for name, stride in (("L160000", 3), ("L320000", 5)):
            result = separate(run, ref.wave(name)[None], ref.condition("unit")[None])[0][::stride]
            yield from waveform_checks(f"separate/{name}", kind, result, long[f"y_{name}_unit_s{stride}"])


def check_end_to_end(ref: AudiosepReference) -> Iterator[Check]:
    """Yield the checks of the way from ids to condition to waveform."""
    z, text = ref.arrays("e2e"), ref.arrays("text")
    ids, mask = text["ids"][1:2, :12], text["mask"][1:2, :12]
    conditions = {kind: run(ids, mask)[0] for kind, run in ref.runs(ref.text(), _SPECS["text"])}
    for kind, run in ref.runs(ComplexMask(ref.separator()), _SPECS["mask"]):
        result = separate(run, ref.wave("L48000")[None], conditions[kind])[0]
        yield from waveform_checks("end to end", kind, result, z["y"])


def audiosep_bundle(ref: AudiosepReference) -> Path:
    """Return the folder of a bundle of the graphs under this salt, which is deleted when `ref` is closed."""
    makers: dict[str, Callable[[], nn.Module]] = {"text": ref.text, "mask": lambda: ComplexMask(ref.separator())}
    paths = {name: ref.graph(_SPECS[name], make) for name, make in makers.items()}
    folder = paths["text"].parent
    tokenizer = number_tokenizer(folder / "tokenizer.json", VOCABULARY, "<pad>", 1)
    return write_bundle(folder, card("parity", "1.0.0", "weights of the rule"), paths, [tokenizer]).parent


STAGES: dict[str, ParityStage] = {
    "stft": ParityStage(("stft",), check_stft),
    "text": ParityStage(("text",), check_text),
    "layers": ParityStage(("unet",), check_layers),
    "separator": ParityStage(("forward", "forward_long"), check_separator),
    "e2e": ParityStage(("e2e", "text"), check_end_to_end),
}
