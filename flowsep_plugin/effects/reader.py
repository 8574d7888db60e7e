"""Audio through effects at any position, for playback: `EffectReader.read(first, stop)`, as a source is read."""

import math
from collections.abc import Callable
from typing import Final, TypeAlias

import numpy as np

from flowsep_plugin.audio.types import Samples
from flowsep_plugin.errors import EffectError, FlowsepError, UsageError

from .builtins import default_parameters
from .catalog import info_of
from .chain import EffectChain, EffectSlot
from .host import EffectHost, EffectStream

ReadFrames: TypeAlias = Callable[[int, int], Samples]
"""`read(first, stop)`: frames [first, stop) as (channels, stop - first) float32, zeros outside the audio."""

ErrorHandler: TypeAlias = Callable[[FlowsepError], None]

_MOST_PRE_ROLL_S: Final = 12.0
_UNKNOWN_MEMORY_S: Final = 2.0
_BLOCK_FRAMES: Final = 8192
_LEAST_FRAMES: Final = 64


def ignore_error(error: FlowsepError) -> None:
    """Do nothing: the error handler of callers that look at `EffectReader.error`."""


def memory_seconds(slot: EffectSlot) -> float:
    """Return how many seconds of earlier sound an effect's output depends on, about; for echoes, down to -60 dB."""
    info = info_of(slot)
    if info is None:
        return _UNKNOWN_MEMORY_S
    if slot.path is not None or slot.effect != "Delay":
        return info.memory_s
    values = {**default_parameters(info), **slot.parameters}
    feedback = min(0.999, float(values["feedback"]))
    repeats = 1 + (math.log(1e-3) / math.log(feedback) if feedback > 0 else 0)
    return float(values["delay_seconds"]) * repeats


class EffectReader:
    """Reads audio through a chain. Reads that follow each other go on; a jump first runs the sound before its place.

    read : the dry audio.     failed : called once, on the reading thread, when an effect fails; from then on the dry
    sound is returned until `set_chain`.
    To be used from one thread, except `set_chain`.
    """

    def __init__(
        self,
        read: ReadFrames,
        chain: EffectChain,
        host: EffectHost,
        *,
        rate: int,
        channels: int,
        failed: ErrorHandler = ignore_error,
    ) -> None:
        self._read, self._host, self._rate, self._channels, self._failed = read, host, rate, channels, failed
        self._chain = self._next_chain = chain
        self._stream: EffectStream | None = None
        self._next_in = self._next_out = 0
        self._is_fresh = True
        self._ready = np.zeros((channels, 0), np.float32)
        self.error: FlowsepError | None = None

    @property
    def chain(self) -> EffectChain:
        """The chain that the next read uses."""
        return self._next_chain

    def set_chain(self, chain: EffectChain) -> None:
        """Change the chain at the next read: values while the effects run, other effects by opening them anew."""
        self._next_chain = chain

    def read(self, first: int, stop: int) -> Samples:
        """Return frames [first, stop) through the effects, (channels, stop - first); dry where an effect failed.

        Raises what the dry audio raises; the effects stay.
        """
        try:
            self._follow_chain(first)
            if self.error is None and self._chain:
                return self._wet(first, stop)
        except (EffectError, UsageError) as error:
            self.error = error
            self._drop()
            self._failed(error)
        return self._read(first, stop)

    def close(self) -> None:
        """Close the effects in the host. Idempotent."""
        self._drop()

    def _follow_chain(self, first: int) -> None:
        """Take over the chain of `set_chain`."""
        chain = self._next_chain
        if chain == self._chain:
            return
        self._chain, self.error = chain, None
        if self._stream is None:
            return
        count = self._stream.open_count
        self._stream.update(chain)
        if self._stream.open_count != count:
            self._seek(first)

    def _wet(self, first: int, stop: int) -> Samples:
        if self._stream is None:
            self._stream = self._host.open(self._chain, self._rate, self._channels)
            self._seek(first)
        elif first != self._next_out:
            self._seek(first)
        return self._fill(first, stop)

    def _fill(self, first: int, stop: int) -> Samples:
        """Run audio until frames [first, stop) are ready, and return them as (channels, stop - first)."""
        assert self._stream is not None
        open_count = self._stream.open_count
        while self._ready.shape[1] < stop - self._next_out:
            self._push(min(max(stop - self._next_out - self._ready.shape[1], _LEAST_FRAMES), _BLOCK_FRAMES))
            if self._stream.open_count != open_count:  # another stream's plug-in took their process down
                open_count = self._stream.open_count
                self._seek(first)
        wet = self._ready[:, first - self._next_out : stop - self._next_out]
        self._ready = self._ready[:, stop - self._next_out :]
        self._next_out = stop
        return wet

    def _push(self, count: int) -> None:
        """Run the next `count` frames."""
        assert self._stream is not None
        block = self._read(self._next_in, self._next_in + count)
        output = self._stream.process(block, reset=self._is_fresh)
        self._is_fresh = False
        self._next_in += count
        self._ready = np.concatenate([self._ready, output], axis=1)

    def _seek(self, first: int) -> None:
        """Begin before `first`, by as much as the effects remember."""
        self._next_in = self._next_out = first - self._pre_roll()
        self._ready = self._ready[:, :0]
        self._is_fresh = True

    def _pre_roll(self) -> int:
        """Return the frames that the effects remember: the most of all, as far as that is known."""
        seconds = sum(memory_seconds(slot) for slot in self._chain.active.slots)
        return round(min(seconds, _MOST_PRE_ROLL_S) * self._rate)

    def _drop(self) -> None:
        stream, self._stream = self._stream, None
        self._ready = self._ready[:, :0]
        if stream is not None:
            stream.close()
