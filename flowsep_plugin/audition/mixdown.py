"""The mix of all lanes as it is heard, written to a file: solo, mute, gain and effects of tracks and lanes."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np

from flowsep_plugin.audio.types import Samples
from flowsep_plugin.effects.host import EffectHost
from flowsep_plugin.errors import Cancelled, MediaError
from flowsep_plugin.media import Bext, open_writer

from .file_pool import FilePool, stamp_of
from .mix_weights import LANES, LaneMix, voice_weights
from .outputs import WIDTH
from .program import PlaybackProgram
from .voice import Voice, VoiceOutput

_BLOCK: Final = 1 << 15

MixProgress: TypeAlias = Callable[[int, int], bool]
"""Called with (frames written, frames in all); a return value of False cancels the mix."""


def write_mix(
    program: PlaybackProgram,
    mixes: Mapping[str, LaneMix],
    path: Path,
    *,
    time_reference: int = 0,
    progress: MixProgress = lambda *_: True,
) -> None:
    """Write what the choice "lanes" of `program` plays to `path`: stereo, 32-bit floats, at the session's rate.

    mixes : by track and lane, as for `voice_weights`.     time_reference : of the session's frame 0.
    Raises MediaError where a file cannot be read or written, EffectError where an effect fails, and Cancelled where
    `progress` returns False; then no file is left.
    """
    bext = Bext(description="mix of all lanes", originator="flowsep", time_reference=time_reference)
    with ExitStack() as stack:
        blocks = stack.enter_context(_Mixdown(program, mixes)).blocks()
        out = stack.enter_context(open_writer(path, program.rate, WIDTH, program.frames, "wav32f", bext=bext))
        done = 0
        for block in blocks:
            out.write(block)
            done += block.shape[1]
            if not progress(done, program.frames):
                raise Cancelled(f"the mix {path.name} was cancelled")


class _Mixdown:
    """The open voices of the mix, with their weights."""

    def __init__(self, program: PlaybackProgram, mixes: Mapping[str, LaneMix]) -> None:
        self._frames = program.frames
        self._pool, self._host = FilePool(), EffectHost()
        self._errors: list[Exception] = []
        mix_weights = voice_weights(LANES, program.voices, mixes)
        specs = [spec for spec in program.voices if spec.name in mix_weights]
        stamps = {piece.path: stamp_of(piece.path) for spec in specs for piece in spec.pieces}
        output = VoiceOutput(
            session_rate=program.rate, rate=program.rate, width=WIDTH, pool=self._pool, host=self._host,
            report=lambda text: self._errors.append(MediaError(text)),
            effect_failed=lambda lane, error: self._errors.append(error),
        )  # fmt: skip
        self._voices = [(np.float32(mix_weights[spec.name]), Voice(spec, stamps, output)) for spec in specs]

    def __enter__(self) -> "_Mixdown":
        return self

    def __exit__(self, *raised: object) -> None:
        for _, voice in self._voices:
            voice.close()
        self._pool.close_unused()
        self._host.close()

    def blocks(self) -> Iterator[Samples]:
        """Yield the mix in blocks of (2, n). Raises the first error of a voice, which playback would only report."""
        for first in range(0, self._frames, _BLOCK):
            stop = min(first + _BLOCK, self._frames)
            block = np.zeros((WIDTH, stop - first), np.float32)
            for weight, voice in self._voices:
                if voice.sounds_in(first, stop):
                    block += weight * voice.read(first, stop)
            if self._errors:
                raise self._errors[0]
            yield block
