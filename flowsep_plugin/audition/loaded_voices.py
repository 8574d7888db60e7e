"""The voices of the program that is loaded, each with the key under which read-ahead and mixer know it."""

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Final

from flowsep_plugin.effects.host import EffectHost

from .file_pool import FilePool, FileStamp, stamp_of
from .outputs import WIDTH
from .program import PlaybackProgram, VoiceSpec
from .read_ahead import ReadAhead
from .voice import EffectFailure, Voice, VoiceOutput

_CALL_SECONDS: Final = 2.0
_OPEN_SECONDS: Final = 10.0
"""An effect that takes longer is ended, and its voice goes on dry: nothing is read meanwhile."""


class LoadedVoices:
    """Names and keys of the voices; a changed voice, or one with a rewritten file, gets a new key."""

    def __init__(
        self, read_ahead: ReadAhead, report: Callable[[str], None], effect_failed: EffectFailure | None = None
    ) -> None:
        self.keys: dict[str, int] = {}
        self._read_ahead, self._report, self._effect_failed = read_ahead, report, effect_failed
        self._pool = FilePool()
        self._host = EffectHost(call_limit_s=_CALL_SECONDS, open_limit_s=_OPEN_SECONDS)
        self._next_key = 0

    def __getitem__(self, name: str) -> Voice:
        return self._read_ahead.voices[self.keys[name]]

    def open(self, program: PlaybackProgram, rate: int) -> dict[str, int]:
        """Open the voices of `program` at `rate` Hz, and return their keys; those that are the same keep theirs."""
        stamps = {path: stamp_of(path) for path in {piece.path for spec in program.voices for piece in spec.pieces}}
        output = VoiceOutput(
            session_rate=program.rate, rate=rate, width=WIDTH, pool=self._pool, host=self._host, report=self._report,
            effect_failed=self._effect_failed,
        )  # fmt: skip
        return {spec.name: self._key(spec, stamps, output) for spec in program.voices}

    def close_unused(self, in_use: Collection[int]) -> None:
        """Close the voices that are neither loaded nor `in_use`, such as those that still fade out, and their files."""
        used = {*self.keys.values(), *in_use}
        unused = [key for key in self._read_ahead.voices if key not in used]
        if not unused:
            return
        for key in unused:
            self._read_ahead.voices.pop(key).close()
        self._pool.close_unused({version for voice in self._read_ahead.voices.values() for version in voice.versions})

    def close(self) -> None:
        """Close all voices and the process of their effects."""
        self.keys = {}
        self.close_unused(())
        self._host.close()

    def _key(self, spec: VoiceSpec, stamps: Mapping[Path, FileStamp], output: VoiceOutput) -> int:
        """Return the key of the open voice that reads as `spec`, else of a new one."""
        old = self[spec.name] if spec.name in self.keys else None
        if old is None or not old.reads_as(spec, stamps):
            voice = Voice(spec, stamps, output)
        elif old.spec.chain == spec.chain:
            return self.keys[spec.name]
        else:
            voice = old.with_chain(spec)
        self._next_key += 1
        self._read_ahead.voices[self._next_key] = voice
        return self._next_key
