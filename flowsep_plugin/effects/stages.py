"""One effect of an open chain, inside the process of effects: blocks of any size in, blocks without latency out.

ChannelGroup: an instance of the effect for one or two channels.
StreamStage: effects that work block by block.     WindowStage: effects that need a longer piece at once.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol, TypeAlias

import numpy as np

from flowsep_plugin.audio.types import Samples

BLOCK: Final = 1024
"""Frames of every call into an effect. Blocks of one size make the result independent of how the sound is cut up.

A longer block than those before makes Pedalboard 0.9.26 prepare a plug-in anew, which drops what it holds back; and
from the shape of a tiny block it guesses wrongly which axis the channels are on.
"""

_LONGEST_LATENCY_S: Final = 10.0

EffectFactory: TypeAlias = Callable[[], Any]
"""Returns a new instance of the effect, with its parameters."""


class EffectStage(Protocol):
    """An effect for all channels of a stem. In all, as many frames come out as went in."""

    latency: int

    def push(self, block: Samples) -> Samples:
        """Return the frames (channels, m) that are ready after `block` (channels, n)."""
        ...

    def finish(self) -> Samples:
        """Return the frames (channels, m) that are left."""
        ...

    def reset(self) -> None:
        """Forget all earlier sound, as before the first block."""
        ...

    def apply(self, change: Callable[[Any], None]) -> None:
        """Call `change` with every instance of the effect."""
        ...


class ChannelGroup:
    """One instance of an effect, for channels [first, stop).

    copies : 2 feeds a mono channel twice to an effect that is stereo only.
    """

    def __init__(self, effect: Any, first: int, stop: int, *, copies: int = 1) -> None:
        self.effect, self.channels, self._copies = effect, slice(first, stop), copies

    def run(self, block: Samples, rate: int, *, fresh: bool = False) -> Samples:
        """Return the group's channels of `block` (channels, n) through the effect, (channels of the group, m)."""
        part = np.ascontiguousarray(np.repeat(block[self.channels], self._copies, axis=0))
        output: Samples = self.effect.process(part, float(rate), buffer_size=BLOCK, reset=fresh)
        return output.mean(axis=0, keepdims=True) if self._copies > 1 else output


def channel_groups(create: EffectFactory, channels: int, rate: int) -> list[ChannelGroup]:
    """Return groups for all channels: pairs, and the last one alone where their count is odd.

    An effect that is mono only gets a group per channel, one that is stereo only the mean of two equal channels.
    Raises what the effect raises where it takes neither one nor two channels.
    """
    groups: list[ChannelGroup] = []
    for first in range(0, channels, 2):
        groups += _groups_of(create, first, min(first + 2, channels), rate)
    return groups


def _groups_of(create: EffectFactory, first: int, stop: int, rate: int) -> list[ChannelGroup]:
    try:
        return _prepared([ChannelGroup(create(), first, stop)], rate)
    except (ValueError, RuntimeError) as refusal:
        reason = refusal
    singles = [ChannelGroup(create(), channel, channel + 1) for channel in range(first, stop)]
    doubles = [ChannelGroup(create(), channel, channel + 1, copies=2) for channel in range(first, stop)]
    for groups in (singles, doubles):
        try:
            return _prepared(groups, rate)
        except (ValueError, RuntimeError):
            continue
    raise reason


def _prepared(groups: Sequence[ChannelGroup], rate: int) -> list[ChannelGroup]:
    """Return `groups` once each has run a block. Raises what an effect raises that does not take so many channels."""
    for group in groups:
        group.run(np.zeros((group.channels.stop, BLOCK), np.float32), rate, fresh=True)
        group.effect.reset()
    return list(groups)


class StreamStage:
    """An effect that works block by block. What it holds back, its latency, is fetched with silence at the end."""

    def __init__(self, create: EffectFactory, channels: int, rate: int) -> None:
        self._groups = channel_groups(create, channels, rate)
        self._channels, self._rate = channels, rate
        self._waiting: Samples
        self._ready: list[Samples]
        self._pushed = self._yielded = 0
        self._clear()
        self.latency = self._measured_latency()

    def push(self, block: Samples) -> Samples:
        """Return the frames (channels, m) that are ready after `block` (channels, n). Raises what the effect raises."""
        self._pushed += block.shape[1]
        self._waiting = np.concatenate([self._waiting, block], axis=1) if self._waiting.size else block
        return self._count(self._run_waiting())

    def finish(self) -> Samples:
        """Return the frames (channels, m) that are left; silence where the effect holds them back for too long."""
        self._fill_up()
        parts = [self._count(self._run_waiting())]
        fed, most = 0, round(_LONGEST_LATENCY_S * self._rate)
        while self._yielded < self._pushed and fed < most:
            self._waiting = np.zeros((self._channels, BLOCK), np.float32)
            fed += BLOCK
            parts.append(self._count(self._run_waiting()))
        parts.append(np.zeros((self._channels, self._pushed - self._yielded), np.float32))
        self._yielded = self._pushed
        return np.concatenate(parts, axis=1)

    def reset(self) -> None:
        """Forget all earlier sound, as before the first block."""
        for group in self._groups:
            group.effect.reset()
        self._clear()

    def apply(self, change: Callable[[Any], None]) -> None:
        """Call `change` with every instance of the effect."""
        for group in self._groups:
            change(group.effect)

    def _clear(self) -> None:
        self._waiting = np.zeros((self._channels, 0), np.float32)
        self._ready = [np.zeros((group.channels.stop - group.channels.start, 0), np.float32) for group in self._groups]
        self._pushed = self._yielded = 0

    def _measured_latency(self) -> int:
        """Return the frames that the effect holds back, from how many it returns of silence."""
        fed = returned = 0
        while not returned and fed < _LONGEST_LATENCY_S * self._rate:
            self._waiting = np.zeros((self._channels, BLOCK), np.float32)
            fed += BLOCK
            returned += self._run_waiting().shape[1]
        self.reset()
        return fed - returned

    def _fill_up(self) -> None:
        """Append silence to the frames that wait, up to a whole block."""
        missing = -self._waiting.shape[1] % BLOCK
        self._waiting = np.pad(self._waiting, ((0, 0), (0, missing)))

    def _run_waiting(self) -> Samples:
        """Run the whole blocks of the frames that wait; returns what all groups have ready, (channels, m)."""
        whole = self._waiting.shape[1] // BLOCK * BLOCK
        waiting, self._waiting = self._waiting[:, :whole], self._waiting[:, whole:]
        for index, group in enumerate(self._groups):
            parts = [group.run(waiting[:, start : start + BLOCK], self._rate) for start in range(0, whole, BLOCK)]
            self._ready[index] = np.concatenate([self._ready[index], *parts], axis=1)
        count = min(part.shape[1] for part in self._ready)
        output = np.concatenate([part[:, :count] for part in self._ready], axis=0)
        self._ready = [part[:, count:] for part in self._ready]
        return output

    def _count(self, output: Samples) -> Samples:
        """Return `output` (channels, m) without frames beyond those pushed."""
        output = output[:, : self._pushed - self._yielded]
        self._yielded += output.shape[1]
        return output


class WindowStage:
    """An effect that runs on overlapping windows, cross-faded: PitchShift and GSM are silent or late in blocks.

    Pedalboard 0.9.26 with `reset=False`: spotify/pedalboard#415. Windows are on a grid from the first frame, so that
    the size of the blocks changes nothing.
    """

    def __init__(self, create: EffectFactory, channels: int, rate: int) -> None:
        self._groups = channel_groups(create, channels, rate)
        self._channels, self._rate = channels, rate
        self._margin, self._hop, self._fade = round(0.25 * rate), 2 * rate, round(0.05 * rate)
        self._window = self._hop + self._fade + 2 * self._margin
        self.latency = self._hop + self._fade + self._margin
        self._input: Samples
        self._tail: Samples | None
        self._pushed = self._yielded = 0
        self.reset()

    def push(self, block: Samples) -> Samples:
        """Return the frames (channels, m) that are ready after `block` (channels, n). Raises what the effect raises."""
        self._pushed += block.shape[1]
        self._input = np.concatenate([self._input, block], axis=1)
        parts = []
        while self._input.shape[1] >= self._window:
            parts.append(self._next(self._input[:, : self._window]))
            self._input = self._input[:, self._hop :]
        return np.concatenate([self._input[:, :0], *parts], axis=1)

    def finish(self) -> Samples:
        """Return the frames (channels, m) that are left."""
        left = self._pushed - self._yielded
        parts = [np.zeros((self._channels, 0), np.float32)]
        while self._yielded < self._pushed:
            missing = max(0, self._window - self._input.shape[1])
            parts.append(self._next(np.pad(self._input, ((0, 0), (0, missing)))[:, : self._window]))
            self._input = self._input[:, self._hop :]
        self._yielded = self._pushed
        return np.concatenate(parts, axis=1)[:, :left]

    def reset(self) -> None:
        """Forget all earlier sound: the first window begins with silence."""
        self._input = np.zeros((self._channels, self._margin), np.float32)
        self._tail = None
        self._pushed = self._yielded = 0

    def apply(self, change: Callable[[Any], None]) -> None:
        """Call `change` with every instance of the effect."""
        for group in self._groups:
            change(group.effect)

    def _next(self, window: Samples) -> Samples:
        """Return the `hop` frames of one window, faded in over the end of the one before it."""
        outputs = [group.run(window, self._rate, fresh=True) for group in self._groups]
        whole = np.concatenate(outputs, axis=0)[:, self._margin : self._margin + self._hop + self._fade]
        output = whole[:, : self._hop].copy()
        if self._tail is not None:
            rise = np.linspace(0, 1, self._fade, endpoint=False, dtype=np.float32)
            output[:, : self._fade] = output[:, : self._fade] * rise + self._tail * (1 - rise)
        self._tail = whole[:, self._hop :]
        self._yielded += self._hop
        return output
