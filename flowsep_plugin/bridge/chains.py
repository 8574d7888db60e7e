"""Chains of effects around a separation: a Pedalboard, one of its plugins, any function, or a list of them.

What a chain delays is measured and taken back, so that a stem still lies on its clip. A filter's own phase is not a
delay: the impulse response is compared with the minimum-phase one of the same magnitude, which a filter equals.
"""

import inspect
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

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
"""Magnitudes under -140 dB of the highest are rounding; a steep filter reaches down to there."""


class Effects:
    """A chain that keeps time. `compensate=False` takes it as it is: a delay that is meant stays.

    Raises UsageError where something in it cannot be called.
    """

    def __init__(self, chain: Chain | None, *, compensate: bool = True) -> None:
        given = () if chain is None else (chain,) if callable(chain) else tuple(chain)
        wrong = next((effect for effect in given if not callable(effect)), None)
        if wrong is not None:
            raise UsageError(f"{wrong!r} cannot be called with (audio, sample_rate); give boards, plugins or functions")
        self._effects: tuple[Effect, ...] = given
        self._compensate = compensate
        self._latencies: dict[tuple[int, int], int] = {}

    def __bool__(self) -> bool:
        return bool(self._effects)

    @property
    def streams(self) -> bool:
        """Whether it can be fed block by block: every effect takes Pedalboard's `reset`."""
        return all(_takes_reset(effect) for effect in self._effects)

    def __call__(self, audio: Samples, rate: int) -> Samples:
        """`audio` (channels, frames) through the chain, as long as before and at its place."""
        stream = EffectStream(self, rate, audio.shape[0], audio.shape[1])
        return np.concatenate([*stream.push(audio), *stream.finish()], axis=1)

    def latency(self, rate: int, channels: int) -> int:
        """Frames by which the chain delays; measured once for each rate and width, 0 without `compensate`."""
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
        """One block through every effect, nothing compensated. `fresh`: forget what came before."""
        for effect in self._effects:
            extra = {} if fresh else {"reset": False}
            made = np.asarray(effect(audio, rate, **extra))
            if made.ndim == 1:
                made = made[None]
            if made.ndim != 2 or not np.issubdtype(made.dtype, np.floating):
                raise UsageError(
                    f"{effect!r} returned {made.dtype} of shape {made.shape}; (channels, frames) floats go on"
                )
            audio = made.astype(np.float32, copy=False)
        return audio


class EffectStream:
    """Feeds `frames` frames through `effects` block by block; what comes out is as long, and in time.

    An effect that cannot be fed in blocks gets all of it at once, at the end.
    """

    def __init__(self, effects: Effects, rate: int, channels: int, frames: int) -> None:
        self._effects, self._rate, self._frames = effects, rate, frames
        self._drop = effects.latency(rate, channels)
        self._flush = self._drop
        self._made = 0
        self._fresh = True
        self._kept: list[Samples] = []

    def push(self, block: Samples) -> Iterator[Samples]:
        """Take the next (channels, n); yield what is ready."""
        if not self._effects.streams:
            self._kept.append(block)
            return
        yield from self._cut(self._effects.run(block, self._rate, fresh=self._fresh))
        self._fresh = False
        self._kept = [block[:, :0]]

    def finish(self) -> Iterator[Samples]:
        """Yield the rest: what the chain still holds, then silence up to the length."""
        if not self._kept:
            return
        tail = np.zeros((len(self._kept[0]), self._flush), np.float32)
        if not self._effects.streams:
            whole = np.concatenate([*self._kept, tail], axis=1)
            yield from self._cut(self._effects.run(whole, self._rate, fresh=True))
        elif self._flush:
            yield from self._cut(self._effects.run(tail, self._rate, fresh=False))
        if self._made < self._frames:
            yield np.zeros((self._channels, self._frames - self._made), np.float32)

    def _cut(self, made: Samples) -> Iterator[Samples]:
        """Drop the delay from the start and what is too long from the end."""
        self._channels = made.shape[0]
        dropped = min(self._drop, made.shape[1])
        self._drop -= dropped
        part = made[:, dropped : dropped + self._frames - self._made]
        self._made += part.shape[1]
        if part.shape[1]:
            yield part


def delay_of(response: Samples) -> int:
    """Frames by which an impulse response (n,) is late against the minimum-phase one of its magnitude."""
    if not response.any():
        return 0
    size = scipy.fft.next_fast_len(4 * len(response))
    spectrum = scipy.fft.rfft(response.astype(np.float64), size)
    magnitude = np.maximum(np.abs(spectrum), _DEEPEST * np.abs(spectrum).max())
    cepstrum = scipy.fft.irfft(np.log(magnitude), size)
    cepstrum[1 : size // 2] *= 2  # fold what lies before time 0 over what lies after it
    cepstrum[size // 2 + 1 :] = 0
    earliest = np.exp(scipy.fft.rfft(cepstrum, size))
    likeness = scipy.fft.irfft(spectrum * np.conj(earliest), size)
    lag = int(np.abs(likeness).argmax())
    return lag if lag < size // 2 else lag - size


def _takes_reset(effect: Effect) -> bool:
    """Whether `effect` is a board or plugin of Pedalboard, or a function with its `reset`."""
    if any(kind.__module__.startswith("pedalboard") for kind in type(effect).__mro__):
        return True
    try:
        return "reset" in inspect.signature(effect).parameters
    except (TypeError, ValueError):
        return False


__all__ = ["Chain", "Effect", "EffectStream", "Effects", "delay_of"]
