"""FlowSep's graphs in order of use, for measuring what weights in fewer bits cost."""

import numpy as np
from flowsep_export.precision import ChainArrays, GraphChain, TimedGraph
from numpy.typing import NDArray

from flowsep_plugin.audio.mel import log_mel_of_channels
from flowsep_plugin.audio.types import Floats
from flowsep_plugin.engine.flowsep.card import FlowSepCard

_TOKENS = 12


def chain(card: FlowSepCard, steps: int, columns: int) -> GraphChain:
    """Return the way from text and mixture to latent, log-mel and waveform, with noise from a fixed seed.

    steps : of the flow.     columns : of the latent that goes through it.
    """
    rng, scale = np.random.default_rng(0), np.float32(card.latent.scale)
    frames, state = columns * card.latent.time_stride, card.latent.channels * card.flow.generations
    start = {
        "input_ids": rng.integers(3, 100, (1, _TOKENS)),
        "attention_mask": np.ones((1, _TOKENS), np.int64),
        "mixture mel": 2 * rng.standard_normal((1, 1, frames, card.mel.bands), np.float32) - 5,
        "noise": rng.standard_normal((1, state, columns, card.rows), np.float32),
    }

    def text(run: TimedGraph, arrays: ChainArrays) -> Floats:
        return run(input_ids=arrays["input_ids"], attention_mask=arrays["attention_mask"])

    def encode(run: TimedGraph, arrays: ChainArrays) -> Floats:
        return run(mel=arrays["mixture mel"]) * scale

    def velocity(run: TimedGraph, arrays: ChainArrays) -> Floats:
        x, length = arrays["noise"], np.full(1, 1 / steps, np.float32)
        constant = {
            "mixture": arrays["mixture"],
            "text": arrays["states"],
            "text_mask": np.ones((1, _TOKENS), np.float32),
        }
        for k in range(steps):
            x = x + length * run(latent=x, time=k * length, step=length, **constant)
        return x

    def decode(run: TimedGraph, arrays: ChainArrays) -> Floats:
        return run(latent=arrays["latent"][:, : card.latent.channels] / scale)

    def vocoder(run: TimedGraph, arrays: ChainArrays) -> Floats:
        return run(mel=arrays["mel"][:, 0].swapaxes(-1, -2))

    def log_mel(wave: NDArray[np.float32]) -> Floats:
        return log_mel_of_channels(wave[:, None], card.mel, frames)

    return GraphChain(
        start=start,
        links={
            "text": ("states", text),
            "encode": ("mixture", encode),
            "velocity": ("latent", velocity),
            "decode": ("mel", decode),
            "vocoder": ("wave", vocoder),
        },
        ends={
            "end to end: log-mel as decoded": ("mel", lambda mel: mel),
            "end to end: log-mel of the waveform": ("wave", log_mel),
        },
    )
