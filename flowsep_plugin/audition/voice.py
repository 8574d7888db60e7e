"""A voice at the output's rate: the sum of its pieces, through its effects."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np

from flowsep_plugin.audio.types import Samples
from flowsep_plugin.effects import EffectChain
from flowsep_plugin.effects.host import EffectHost
from flowsep_plugin.effects.reader import EffectReader
from flowsep_plugin.errors import EffectError, FlowsepError

from .file_pool import FilePool, FileStamp, FileVersion
from .piece_reader import PieceReader
from .program import VoiceSpec

EffectFailure: TypeAlias = Callable[[str, EffectError], None]
"""Called with the lane and the error, which names the slot, on the transport's thread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceOutput:
    """Parts that the voices of a transport share: rates, width, files, host of effects; `report` takes messages.

    effect_failed : called for a slot that fails, instead of `report`.
    """

    session_rate: int
    rate: int
    width: int
    pool: FilePool
    host: EffectHost
    report: Callable[[str], None]
    effect_failed: EffectFailure | None = None


class Voice:
    """Reads frames of `spec`. A file that cannot be read is silence, a failed effect passes dry; reported once.

    stamps : of the files by path, as `stamp_of` returns them.
    """

    def __init__(self, spec: VoiceSpec, stamps: Mapping[Path, FileStamp], output: VoiceOutput) -> None:
        self.spec, self.rate, self.width = spec, output.rate, output.width
        self._stamps, self._output = stamps, output
        self._pieces = [
            PieceReader(
                piece,
                FileVersion(piece.path, stamps[piece.path], piece.stream),
                output.session_rate,
                self.rate,
                self.width,
            )
            for piece in spec.pieces
        ]
        self._starts = np.array([piece.start for piece in self._pieces], np.int64)
        self._stops = np.array([piece.stop for piece in self._pieces], np.int64)
        self._broken: set[FileVersion] = set()
        self._effects = self._effects_of(spec.chain)

    @property
    def versions(self) -> set[FileVersion]:
        """The files that the voice reads."""
        return {piece.version for piece in self._pieces}

    def reads_as(self, spec: VoiceSpec, stamps: Mapping[Path, FileStamp]) -> bool:
        """Whether a new voice of `spec` would read the same bytes, before effects."""
        if self.spec.pieces != spec.pieces:
            return False
        return all(piece.version.stamp == stamps[piece.piece.path] for piece in self._pieces)

    def with_chain(self, spec: VoiceSpec) -> "Voice":
        """Return the voice with the effects of `spec`, which go on to run in it; this one reads dry from then on."""
        voice = Voice(spec, self._stamps, self._output)
        if voice._effects is not None and self._effects is not None:
            voice._effects = self._effects
            self._effects = None
            voice._effects.set_chain(spec.chain)
        return voice

    def apart(self) -> "Voice":
        """Return the same voice with effects of its own, to read elsewhere without a jump in this one; close it."""
        return Voice(self.spec, self._stamps, self._output)

    def sounds_in(self, first: int, stop: int) -> bool:
        """Whether any of the frames `[first, stop)` may not be zero."""
        return self._effects is not None or bool(((self._starts < stop) & (self._stops > first)).any())

    def read(self, first: int, stop: int) -> Samples:
        """Return frames `[first, stop)` as (width, stop - first) float32."""
        return self._dry(first, stop) if self._effects is None else self._effects.read(first, stop)

    def close(self) -> None:
        """End the effects; nothing is read after it."""
        if self._effects is not None:
            self._effects.close()

    def _effects_of(self, chain: EffectChain) -> EffectReader | None:
        if not chain or not self._pieces:
            return None
        output = self._output
        return EffectReader(
            self._dry, chain, output.host, rate=self.rate, channels=self.width,
            failed=self._fail_effect,
        )  # fmt: skip

    def _fail_effect(self, error: FlowsepError) -> None:
        handler = self._output.effect_failed
        if handler is not None and self.spec.lane and isinstance(error, EffectError):
            handler(self.spec.lane, error)
        else:
            self._output.report(str(error))

    def _dry(self, first: int, stop: int) -> Samples:
        """Return the sum of the pieces as (width, stop - first)."""
        total = np.zeros((self.width, stop - first), np.float32)
        for index in np.flatnonzero((self._starts < stop) & (self._stops > first)):
            piece = self._pieces[index]
            low, high = max(first, piece.start), min(stop, piece.stop)
            samples = self._try(piece, low, high)
            if samples is not None:
                total[:, low - first : high - first] += samples
        return total

    def _try(self, piece: PieceReader, first: int, stop: int) -> Samples | None:
        """Return the samples of a piece, None where its file cannot be read; a broken file is not tried again."""
        if piece.version in self._broken:
            return None
        try:
            return piece.read(self._output.pool, first, stop)
        except (FlowsepError, OSError) as error:
            self._broken.add(piece.version)
            self._output.report(f"{piece.version.path.name} plays silence from here on: {error}")
            return None
