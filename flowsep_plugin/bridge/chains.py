"""Chains of effects around a separation: a Pedalboard, one of its plugins, any function, or a list of them.

The delay of a chain is measured and removed, so that stems stay aligned with the clip. The phase of a filter is not a
delay: the impulse response is compared with the minimum-phase response of the same magnitude.
"""

import inspect
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol, TypeAlias

import numpy as np
import scipy.fft

from flowsep_plugin.audio.types import Samples
from flowsep_plugin.errors import UsageError

Effect: TypeAlias = Callable[..., Any]
"""`effect(audio, sample_rate)`: (channels, frames) float32 in and out."""

Chain: TypeAlias = Effect | Sequence[Effect]

_PROBE_SECONDS = 1.0
_PROBE_LEVEL = 0.5
_DEEPEST = 1e-7
"""Magnitudes more than 140 dB under the highest are rounding; steep filters reach down to there."""


class Effects:
    """A chain of effects without their delay; `compensate=False` keeps the delay, for an echo that is intended.

    Raises UsageError for an effect that cannot be called.
    """

    def __init__(self, chain: Chain | None, *, compensate: bool = True) -> None:
        effects = () if chain is None else (chain,) if callable(chain) else tuple(chain)
        wrong = next((effect for effect in effects if not callable(effect)), None)
        if wrong is not None:
            raise UsageError(f"{wrong!r} cannot be called with (audio, sample_rate); give boards, plugins or functions")
        self._effects: tuple[Effect, ...] = effects
        self._compensate = compensate
        self._latencies: dict[tuple[int, int], int] = {}

    def __bool__(self) -> bool:
        return bool(self._effects)

    @property
    def streams(self) -> bool:
        """True where every effect works block by block, as it accepts Pedalboard's `reset`."""
        return all(_takes_reset(effect) for effect in self._effects)

    def __call__(self, audio: Samples, rate: int) -> Samples:
        """Return `audio` (channels, frames) through the chain: the same length, without delay. Raises UsageError."""
        stream = self.stream(rate, *audio.shape)
        return np.concatenate([*stream.push(audio), *stream.finish()], axis=1)

    def stream(self, rate: int, channels: int, frames: int) -> "FrameStream":
        """Return a stream for `frames` frames through the chain. Raises UsageError."""
        return ChainStream(self, rate, channels, frames)

    def latency(self, rate: int, channels: int) -> int:
        """Return the delay of the chain in frames, measured once per rate and channel count; 0 without `compensate`."""
        if not self._effects or not self._compensate:
            return 0
        key = (rate, channels)
        if key not in self._latencies:
            probe = np.zeros((channels, round(_PROBE_SECONDS * rate)), np.float32)
            probe[:, 0] = _PROBE_LEVEL
            response = self.run(probe, rate, fresh=True)
            self._latencies[key] = max(0, delay_of(response.mean(axis=0)))
        return self._latencies[key]

    def run(self, audio: Samples, rate: int, *, fresh: bool) -> Samples:
        """Return one block (channels, n) through every effect, with its delay; `fresh` resets the effects first.

        Raises UsageError for an effect that does not return (channels, frames) floats.
        """
        for effect in self._effects:
            extra = {} if fresh else {"reset": False}
            output = np.asarray(effect(audio, rate, **extra))
            if output.ndim == 1:
                output = output[None]
            if output.ndim != 2 or not np.issubdtype(output.dtype, np.floating):
                raise UsageError(
                    f"{effect!r} returned {output.dtype} of shape {output.shape}; return (channels, frames) floats"
                )
            audio = output.astype(np.float32, copy=False)
        return audio


class FrameStream(Protocol):
    """Audio through effects block by block; in all, as many frames come out as go in, without delay."""

    def push(self, block: Samples) -> Iterator[Samples]:
        """Add the next block (channels, n); yield the output (channels, m) that is ready."""
        ...

    def finish(self) -> Iterator[Samples]:
        """Yield the remaining output (channels, m)."""
        ...


class ChainStream:
    """Runs `frames` frames through `effects` block by block; the output has the same length, without delay.

    Effects that do not work in blocks get all frames at once, at the end.
    """

    def __init__(self, effects: Effects, rate: int, channels: int, frames: int) -> None:
        self._effects, self._rate, self._frames = effects, rate, frames
        self._drop = effects.latency(rate, channels)
        self._flush = self._drop
        self._yielded = 0
        self._fresh = True
        self._blocks: list[Samples] = []

    def push(self, block: Samples) -> Iterator[Samples]:
        """Add the next block (channels, n); yield the output (channels, m) that is ready. Raises UsageError."""
        if not self._effects.streams:
            self._blocks.append(block)
            return
        yield from self._cut(self._effects.run(block, self._rate, fresh=self._fresh))
        self._fresh = False
        self._blocks = [block[:, :0]]

    def finish(self) -> Iterator[Samples]:
        """Yield the remaining output (channels, m): the tail of the effects, then silence up to the length."""
        if not self._blocks:
            return
        tail = np.zeros((len(self._blocks[0]), self._flush), np.float32)
        if not self._effects.streams:
            whole = np.concatenate([*self._blocks, tail], axis=1)
            yield from self._cut(self._effects.run(whole, self._rate, fresh=True))
        elif self._flush:
            yield from self._cut(self._effects.run(tail, self._rate, fresh=False))
        if self._yielded < self._frames:
            yield np.zeros((self._channels, self._frames - self._yielded), np.float32)

    def _cut(self, output: Samples) -> Iterator[Samples]:
        """Remove the delay from the start of the output (channels, n) and frames beyond the length from its end."""
        self._channels = output.shape[0]
        dropped = min(self._drop, output.shape[1])
        self._drop -= dropped
        part = output[:, dropped : dropped + self._frames - self._yielded]
        self._yielded += part.shape[1]
        if part.shape[1]:
            yield part


def delay_of(response: Samples) -> int:
    """Return the delay in frames of an impulse response (n,) to the minimum-phase response of its magnitude."""
    if not response.any():
        return 0
    size = scipy.fft.next_fast_len(4 * len(response))
    spectrum = scipy.fft.rfft(response.astype(np.float64), size)
    magnitude = np.maximum(np.abs(spectrum), _DEEPEST * np.abs(spectrum).max())
    cepstrum = scipy.fft.irfft(np.log(magnitude), size)
    cepstrum[1 : size // 2] *= 2  # fold negative times onto positive ones
    cepstrum[size // 2 + 1 :] = 0
    earliest = np.exp(scipy.fft.rfft(cepstrum, size))
    likeness = scipy.fft.irfft(spectrum * np.conj(earliest), size)
    lag = int(np.abs(likeness).argmax())
    return lag if lag < size // 2 else lag - size


def _takes_reset(effect: Effect) -> bool:
    """Return whether `effect` is a board or plugin of Pedalboard, or a function with a `reset` argument."""
    if any(kind.__module__.startswith("pedalboard") for kind in type(effect).__mro__):
        return True
    try:
        return "reset" in inspect.signature(effect).parameters
    except (TypeError, ValueError):
        return False


__all__ = ["Chain", "ChainStream", "Effect", "Effects", "FrameStream", "delay_of"]
