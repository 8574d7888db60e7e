"""Compare the run time itself, `flowsep_plugin.engine`, with the reference arrays.

Two of its choices are replaced by the official ones: the noise (ours is a field over the timeline, the official one is
drawn on the spot) and the sample of the mixture's posterior (ours uses the mean). All else is what a user runs.
"""

from collections.abc import Iterator

import numpy as np
from flowsep_export.parity import relative_error

from flowsep_plugin.audio.mel import log_mel_of_channels
from flowsep_plugin.audio.types import Floats
from flowsep_plugin.engine.audiosep import AudioSepEngine
from flowsep_plugin.engine.base import Request
from flowsep_plugin.engine.bundle import ModelBundle
from flowsep_plugin.engine.flowsep.engine import FlowSepEngine

from . import Check, ParityStage, numbered
from . import audiosep as reference_audiosep
from . import flowsep as reference_flowsep
from .audiosep import AudiosepReference, audiosep_bundle, waveform_checks
from .flowsep import STAGE, WHOLE, FlowsepReference, flowsep_bundle

_GRID = (1, 8, 256, 16)
_KIND = "engine"


class FixedNoiseEngine(FlowSepEngine):
    """The engine with prescribed random numbers; it records every latent that it decodes, and the mel."""

    start: Floats
    posterior: Floats
    mixture: Floats | None = None

    def __init__(self, bundle: ModelBundle) -> None:
        super().__init__(bundle, "cpu")
        self.decoded: list[tuple[Floats, Floats]] = []

    def _noise(self, seed: int, column: int) -> Floats:
        return self.start[0]

    def _encode(self, mel: Floats) -> Floats:
        if self.mixture is not None:
            return self.mixture.copy()
        mean, logvar = self.graphs.run("encode", {"mel": mel})
        return np.asarray(self.card.latent.scale * (mean + np.exp(0.5 * logvar) * self.posterior), np.float32)

    def _decode(self, latent: Floats) -> Floats:
        mel = super()._decode(latent)
        self.decoded.append((latent, mel))
        return mel

    def separation(self, window: Floats, text: str, steps: int) -> tuple[Floats, Floats]:
        """Return latent (1, C, T, F) and log-mel (1, frames, bands) of a window (samples,) for one text."""
        self.decoded.clear()
        query = self.encode_queries([text])
        self.estimate(window[None, None], [0], query, Request([text], steps=steps), lambda _: None)
        return self.decoded[0]


def check_flowsep(ref: FlowsepReference) -> Iterator[Check]:
    """Yield the checks of the run time on these graphs: mel front end, 10 and 20 steps, a whole separation."""
    z = {name: ref.arrays(name) for name in ("mel", "text", "euler", "e2e")}
    engine = FixedNoiseEngine(ModelBundle.open(flowsep_bundle(ref)))
    window, card = official_level(z["mel"]["full/audio_in"]), engine.card
    mel = log_mel_of_channels(window[None, None], card.mel, card.window_mel_frames)
    yield ref.check("engine/mel front end", _KIND, mel[0], z["mel"], "full/mel", STAGE)
    texts = {
        name: numbered(z["text"][f"{name}/input_ids"][z["text"][f"{name}/mask"] == 1]) for name in ("short", "mid")
    }
    engine.start, engine.mixture = ref.noise("euler_x0", _GRID), ref.noise("euler_mix", _GRID)
    for steps in (10, 20):
        latent, _ = engine.separation(np.zeros_like(window), texts["short"], steps)
        yield ref.check(f"engine/{steps} steps", _KIND, latent, z["euler"], f"n{steps}/x_final", WHOLE)
    engine.start, engine.mixture = ref.noise("e2e_x0", _GRID), None
    engine.posterior = ref.noise("e2e_vae_eps", _GRID)
    latent, decoded = engine.separation(window, texts["mid"], int(z["e2e"]["steps"]))
    yield ref.check("engine/latent", _KIND, latent, z["e2e"], "z_final", WHOLE)
    yield ref.check("engine/mel", _KIND, decoded[:, None], z["e2e"], "mel", WHOLE)
    wave = engine.vocode(decoded)
    reference = z["e2e"]["wave"][:, 0, : wave.shape[-1]]  # the engine omits the vocoder's last 32 samples
    yield Check("engine/waveform", _KIND, relative_error(wave, reference), WHOLE)


def official_level(audio: Floats) -> Floats:
    """Return audio (samples,) as the official inference prepares it: without its mean, at a peak of a half."""
    centred = audio - audio.mean()
    return np.asarray(centred / (np.abs(centred).max() + 1e-8) * 0.5, np.float32)


def check_audiosep(ref: AudiosepReference) -> Iterator[Check]:
    """Yield the checks of the run time on these graphs: condition and waveform of 10 s, two texts at once, silence."""
    long, text = ref.arrays("forward_long"), ref.arrays("text")
    engine = AudioSepEngine.open(audiosep_bundle(ref), "cpu")
    queries = [numbered(row[mask == 1]) for row, mask in zip(text["ids"][:2], text["mask"][:2], strict=True)]
    query = engine.encode_queries(queries)
    difference = np.abs(query.states - text["embed"][:2]).max()
    yield Check("engine/conditions", _KIND, float(difference), 2e-6)
    states = np.stack([ref.condition("unit"), ref.condition("unit2")])
    two = type(query)(query.queries, states, query.mask)
    for name in ("L320000", "L6400zero"):
        window = np.zeros((1, 1, engine.card.window_frames), np.float32)
        window[0, 0, : len(ref.wave(name))] = ref.wave(name)
        generated = engine.estimate(window, [0], two, Request(queries), lambda _: None).generated
        assert generated is not None
        waves = engine.vocode(generated[0])
        if name == "L320000":
            result, reference = waves[:1, ::5], long["y_L320000_unit_s5"]
            yield from waveform_checks("engine/L320000", "ort", result.reshape(reference.shape), reference)
        else:
            yield Check("engine/silence", _KIND, float(np.abs(waves).max()), 1e-12)


FLOWSEP: dict[str, ParityStage] = {
    **reference_flowsep.STAGES,
    "engine": ParityStage(("e2e", "euler", "mel", "text"), check_flowsep),
}
AUDIOSEP: dict[str, ParityStage] = {
    **reference_audiosep.STAGES,
    "engine": ParityStage(("forward_long", "text"), check_audiosep),
}
