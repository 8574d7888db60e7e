"""Separation of a file to named files: effects before and after, and a bit depth that holds the audio."""

import contextlib
import logging
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Final

import numpy as np

from flowsep_plugin.audio.clip import Source
from flowsep_plugin.audio.span import Span
from flowsep_plugin.engine.base import Request
from flowsep_plugin.engine.estimate import Estimate
from flowsep_plugin.errors import UsageError
from flowsep_plugin.media import quantise24
from flowsep_plugin.progress import OverallProgress, ProgressCallback
from flowsep_plugin.separate import Separator

from .chains import Effects
from .files import FileWriter, is_over_full_scale, open_source, process_blocks

log = logging.getLogger(__name__)

_INTEGER, _FLOAT = 24, 32
_CLIPPED_PEAK: Final = 1e-6


class _PassedFullScaleError(Exception):
    """Files of 24 bits would clip, and their depth may change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedFiles:
    """Paths of stems, one per query, and of the residual.

    bit_depth : of the files; None is 24, and 32 where the audio passes full scale.
    """

    stems: Sequence[Path]
    residual: Path | None
    bit_depth: int | None

    @property
    def all(self) -> list[Path]:
        """The paths of all files, stems first."""
        return [*self.stems, *([] if self.residual is None else [self.residual])]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRun:
    """One separation of `source` to `names`, through the effects `pre` and `post`; `io` is `pedalboard.io`."""

    io: ModuleType
    separator: Separator
    request: Request
    pre: Effects
    post: Effects
    names: NamedFiles

    def run(self, source: Path, progress: ProgressCallback) -> tuple[str, ...]:
        """Write all files or none; returns remarks for the user. Raises MediaError, UsageError, Cancelled."""
        with contextlib.ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="flowsep-")))
            audio = stack.enter_context(open_source(self.io, source))
            if self.pre:
                with FileWriter(self.io, folder / "pre.wav", _FLOAT, audio.frames) as prepared:
                    process_blocks(self.pre, audio, prepared)
                    prepared.commit()
                audio = stack.enter_context(open_source(self.io, folder / "pre.wav"))
            depth, remarks = self._depth(source, is_loud=is_over_full_scale(audio))
            span, overall = Span(0, audio.frames, audio.rate), OverallProgress(progress)
            estimate = stack.enter_context(self.separator.estimate(audio, 0, span, self.request, overall))
            try:
                return (*remarks, *self._write(audio, estimate, depth, folder, overall))
            except _PassedFullScaleError:
                remark = f"stems of {source.name} pass full scale, where 24 bits would clip: they are 32-bit float"
                return (remark, *self._write(audio, estimate, _FLOAT, folder, overall))

    def _depth(self, source: Path, *, is_loud: bool) -> tuple[int, list[str]]:
        """Return the bit depth to try first, and what is to be said of it. Raises UsageError where none would do."""
        depth = self.names.bit_depth
        if not is_loud or depth == _FLOAT:
            return depth or _INTEGER, []
        if depth is not None:
            remark = f"{source.name} passes full scale, which {depth} bits clip: the files do not sum to it"
            log.warning("%s; leave bit_depth out to have 32-bit float", remark)
            return depth, [remark]
        flac = next((path for path in self.names.all if path.suffix.lower() == ".flac"), None)
        if flac is not None:
            raise UsageError(
                f"{source.name} passes full scale, which FLAC cannot hold; name {flac.with_suffix('.wav').name} "
                "instead, or clip it with bit_depth=24"
            )
        return _FLOAT, [f"{source.name} passes full scale, where 24 bits would clip: the files are 32-bit float"]

    def _write(
        self, audio: Source, estimate: Estimate, depth: int, folder: Path, progress: ProgressCallback
    ) -> list[str]:
        """Write all files at `depth`; returns remarks. Raises _PassedFullScaleError where it may be another depth."""
        with contextlib.ExitStack() as stack:

            def writer(path: Path, depth: int) -> FileWriter:
                return stack.enter_context(FileWriter(self.io, path, depth, audio.frames))

            names = self.names
            residual = [] if names.residual is None else [writer(names.residual, depth)]
            if not self.post:
                stems = [writer(path, depth) for path in names.stems]
                self._render(audio, estimate, [*stems, *residual], len(stems), progress)
                remarks: list[str] = []
            else:
                dry = [writer(folder / f"{number}.wav", _FLOAT) for number in range(len(names.stems))]
                self._render(audio, estimate, [*dry, *residual], len(dry), progress)
                stems, remarks = [], []
                for raw, path in zip(dry, names.stems, strict=True):
                    raw.commit()
                    wet, remark = self._through_post(raw.path, writer(path, depth), writer(path, _FLOAT))
                    stems.append(wet)
                    remarks += remark
            for file in (*stems, *residual):
                file.commit()
        return remarks

    def _through_post(self, raw: Path, wet: FileWriter, as_float: FileWriter) -> tuple[FileWriter, list[str]]:
        """Write a stem through the effects; returns the writer that holds it, and what is to be said."""
        with open_source(self.io, raw) as stem:
            process_blocks(self.post, stem, wet)
            if not wet.clipped:
                return wet, []
            if self.names.bit_depth is not None or wet.path.suffix.lower() != ".wav":
                return wet, [f"the effects pass full scale: {wet.path.name} has {wet.clipped} clipped samples"]
            process_blocks(self.post, stem, as_float)
            return as_float, [f"the effects pass full scale: {wet.path.name} is 32-bit float"]

    def _render(
        self, source: Source, estimate: Estimate, writers: Sequence[FileWriter], stem_count: int,
        progress: ProgressCallback,
    ) -> None:  # fmt: skip
        """Render stems to the first `stem_count` writers, the residual to the one after them."""
        is_integer = any(writer.is_integer for writer in writers)
        span, quantise = Span(0, source.frames, source.rate), quantise24 if is_integer else None
        for block in self.separator.blocks(
            source, 0, span, estimate, self.request, progress=progress, quantise=quantise
        ):
            residual = quantise(block.residual) if quantise else block.residual
            missed = float(np.abs(block.residual - residual).max(initial=0.0))
            if missed > _CLIPPED_PEAK and self.names.bit_depth is None and self._may_be_float:
                raise _PassedFullScaleError
            for samples, writer in zip((*block.stems, residual), writers, strict=False):
                writer.write(samples, source.rate)

    @property
    def _may_be_float(self) -> bool:
        return all(path.suffix.lower() != ".flac" for path in self.names.all)
