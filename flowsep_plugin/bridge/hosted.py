"""Chains of `flowsep_plugin.effects` as `pre` and `post` of the bridge: they run in a process of their own."""

from collections.abc import Iterator
from pathlib import Path

from flowsep_plugin.audio.types import Samples
from flowsep_plugin.effects import EffectChain, EffectHost, EffectStream
from flowsep_plugin.effects.catalog import check_chain, require_effects
from flowsep_plugin.effects.stems import as_chain

from .chains import Chain, Effects, FrameStream


class HostedEffects(Effects):
    """An `EffectChain`; the latency that its effects report is removed, an echo that is intended stays.

    Raises UsageError without Pedalboard or for a chain that does not fit it.
    """

    def __init__(self, chain: EffectChain) -> None:
        super().__init__(None)
        require_effects()
        check_chain(chain)
        self._chain = chain

    def __bool__(self) -> bool:
        return bool(self._chain)

    def stream(self, rate: int, channels: int, frames: int) -> FrameStream:
        """Return a stream for `frames` frames. Raises EffectError where an effect cannot be used."""
        host = EffectHost()
        try:
            return _HostedStream(host, host.open(self._chain, rate, channels))
        except BaseException:
            host.close()
            raise


class _HostedStream:
    """A stream with a host of its own, which ends with it."""

    def __init__(self, host: EffectHost, stream: EffectStream) -> None:
        self._host, self._stream = host, stream

    def push(self, block: Samples) -> Iterator[Samples]:
        """Add the next block (channels, n); yield the output (channels, m) that is ready. Raises EffectError."""
        try:
            yield self._stream.process(block)
        except BaseException:
            self._host.close()
            raise

    def finish(self) -> Iterator[Samples]:
        """Yield the remaining output (channels, m)."""
        with self._host:
            yield self._stream.finish()


def as_effects(chain: Chain | EffectChain | str | Path | None, *, compensate: bool) -> Effects:
    """Return `chain` as effects, hosted where it is an EffectChain or its path. Raises UsageError, MediaError."""
    if isinstance(chain, (EffectChain, str, Path)):
        return HostedEffects(as_chain(chain))
    return Effects(chain, compensate=compensate)
