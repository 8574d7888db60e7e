"""Pedalboard bridge: a separation that is called like a board.

>>> from flowsep_plugin.bridge import FlowSep
>>> stem = FlowSep("a dog barking")(audio, sample_rate)                  # doctest: +SKIP
>>> dog, rain = FlowSep("a dog barking", "rain")(audio, sample_rate)     # doctest: +SKIP

It is no `pedalboard.Plugin`, and cannot stand inside a `Pedalboard([...])`: that list takes Pedalboard's own C++
plugins only, which run in blocks of a few thousand frames, while a separation hears the whole clip first. So boards go
around it: `pre=` before, `post=` after. Pedalboard (`pip install 'flowsep-plugin[bridge]'`) is imported for files only.
"""

import contextlib
import secrets
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Self

import numpy as np

from flowsep_plugin.audio.clip import AudioClip, Source
from flowsep_plugin.audio.span import Span
from flowsep_plugin.audio.types import Samples
from flowsep_plugin.engine.base import Request
from flowsep_plugin.errors import MediaError, UsageError
from flowsep_plugin.progress import ProgressCallback, ignore
from flowsep_plugin.separate import Separation, Separator

from .chains import Chain, Effects, EffectStream

_BLOCK_SECONDS = 10
_FLOAT_BITS = 32


class FlowSep:
    """Takes `queries` out of audio.

    pre : effects before the separation; stems and rest sum to what comes out of them.
    post : effects on every stem, not on the rest.
    compensate : whether the chains' delays are measured (with an impulse) and taken back.
    separator : an open one, to be shared; else `model` is opened on `device` at the first call.
    settings : fields of `Request`, e.g. `negative=["speech"]`, `steps=4`, `render=RenderSettings(strength=1.5)`.
    Raises UsageError for queries, settings or chains that cannot be.
    """

    def __init__(
        self,
        *queries: str,
        pre: Chain | None = None,
        post: Chain | None = None,
        compensate: bool = True,
        model: str | Path = "default",
        device: str = "auto",
        separator: Separator | None = None,
        **settings: Any,
    ) -> None:
        try:
            self.request = Request(queries, **settings)
        except TypeError as error:
            raise UsageError(f"FlowSep: {error}; settings are the fields of Request") from error
        self._pre, self._post = Effects(pre, compensate=compensate), Effects(post, compensate=compensate)
        self._opened = separator
        self._model, self._device = model, device
        self._rest: Samples | None = None

    @property
    def separator(self) -> Separator:
        """What does the work, opened when first asked for."""
        if self._opened is None:
            self._opened = Separator.open(self._model, self._device)
        return self._opened

    @property
    def residual(self) -> Samples:
        """What the last call left over, in the layout of its audio. Raises UsageError before the first call."""
        if self._rest is None:
            raise UsageError("there is no rest yet: call FlowSep with audio first")
        return self._rest

    def __call__(self, audio: Any, sample_rate: float, report: ProgressCallback = ignore) -> Any:
        """The stem of `audio` for one query; a tuple of stems for several.

        audio : (channels, frames) or (frames,) floats in ±1.     Returns arrays of the same shape, float32.
        Raises MediaError for audio that is none, Cancelled where `report` does, EngineError.
        """
        given = np.asarray(audio)
        made = self.separate(given, sample_rate, report)
        turned = [part.samples if given.ndim == 2 else part.samples[0] for part in (*made.stems, made.residual)]
        self._rest = turned[-1]
        return turned[0] if len(made.stems) == 1 else tuple(turned[:-1])

    def separate(self, audio: Any, sample_rate: float, report: ProgressCallback = ignore) -> Separation:
        """The same with presence, levels and null, and nothing kept; stems are after `post`."""
        clip = AudioClip(np.asarray(audio), _whole(sample_rate))
        if self._pre:
            clip = AudioClip(self._pre(clip.samples, clip.rate), clip.rate)
        made = self.separator.separate(clip, self.request, report)
        if not self._post:
            return made
        stems = tuple(AudioClip(self._post(stem.samples, stem.rate), stem.rate) for stem in made.stems)
        return Separation(
            made.queries, stems, made.residual, made.presence, made.presence_step_seconds, made.level_db, made.null_db
        )

    def process_file(
        self,
        source: str | Path,
        *targets: str | Path,
        residual: str | Path | None = None,
        bit_depth: int = 24,
        report: ProgressCallback = ignore,
    ) -> None:
        """Separate a file to files through Pedalboard's `AudioFile`, in blocks: memory does not grow with the length.

        targets : one for each query; their suffixes choose the formats.     rest : where the rest goes, if anywhere.
        Files appear when all of them are whole. Functions in `pre` and `post` that lack Pedalboard's `reset` get the
        whole file at once. Raises MediaError for files that cannot be read or written, UsageError for a wrong number of
        targets or without Pedalboard.
        """
        if len(targets) != len(self.request.queries):
            raise UsageError(f"{len(self.request.queries)} queries, {len(targets)} targets: give one file for each")
        io = _pedalboard_io()
        names = [Path(name) for name in (*targets, *(() if residual is None else (residual,)))]
        with contextlib.ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="flowsep-")))
            audio: Source = stack.enter_context(_open(io, Path(source)))
            writers = [stack.enter_context(_Target(io, name, bit_depth)) for name in names]
            if self._pre:
                with _Target(io, folder / "pre.wav", _FLOAT_BITS) as prepared:
                    _through(self._pre, audio, prepared)
                    prepared.keep()
                audio = stack.enter_context(_open(io, folder / "pre.wav"))
            if self._post:
                plain = [
                    stack.enter_context(_Target(io, folder / f"{n}.wav", _FLOAT_BITS)) for n in range(len(targets))
                ]
                self._stream(audio, [*plain, *writers[len(targets) :]], report)
                for raw, writer in zip(plain, writers, strict=False):
                    raw.keep()
                    with _open(io, raw.path) as stem:
                        _through(self._post, stem, writer)
            else:
                self._stream(audio, writers, report)
            for writer in writers:
                writer.keep()

    def _stream(self, source: Source, writers: "Sequence[_Target]", report: ProgressCallback) -> None:
        """Both passes over `source`; stems into the first writers, the rest into the one after them."""
        span = Span(0, source.frames, source.rate)
        count, settings = len(self.request.queries), self.request.render
        with contextlib.closing(self.separator.estimate(source, 0, span, self.request, report)) as estimate:
            for block in self.separator.blocks(source, 0, span, estimate, settings, count, report):
                for part, writer in zip((*block.stems, block.residual), writers, strict=False):
                    writer.write(part, source.rate)


class _FileSource:
    """An open `pedalboard.io.AudioFile` as a `Source`."""

    def __init__(self, file: Any, path: Path) -> None:
        self._file, self._path = file, path
        self.rate, self.channels, self.frames = _whole(file.samplerate), int(file.num_channels), int(file.frames)
        if self.frames < 1:
            raise MediaError(f"{path}: the file holds no audio, 0 frames; export it again")

    def read(self, start: int, stop: int) -> Samples:
        """See `Source.read`."""
        block = np.zeros((self.channels, max(0, stop - start)), np.float32)
        first, last = max(0, start), min(self.frames, stop)
        if first < last:
            self._file.seek(first)
            part = self._file.read(last - first)
            if not np.isfinite(part.sum(dtype=np.float64)):
                raise MediaError(f"{self._path}: NaN or Inf after frame {first}; repair the file in your editor")
            block[:, first - start : first - start + part.shape[1]] = part
        return block


class _Target:
    """A file that is written beside its name and gets it in `keep`, or leaves nothing."""

    def __init__(self, io: ModuleType, path: Path, bit_depth: int) -> None:
        self.path = path
        self._io, self._depth = io, bit_depth
        self._temporary = path.with_name(f".flowsep-{secrets.token_hex(6)}{path.suffix}")
        self._file: Any = None

    def write(self, block: Samples, rate: int) -> None:
        """Append (channels, n); the first block settles the width."""
        try:
            if self._file is None:
                self._file = self._io.AudioFile(
                    str(self._temporary), "w", samplerate=rate, num_channels=block.shape[0], bit_depth=self._depth
                )
            self._file.write(block)
        except (OSError, ValueError, RuntimeError) as error:
            raise MediaError(f"{self.path}: cannot be written ({error}); choose another folder or format") from error

    def keep(self) -> None:
        """All of it is there: give it its name."""
        if self._file is None:
            return
        try:
            self._file.close()
            self._temporary.replace(self.path)
        except (OSError, RuntimeError) as error:
            raise MediaError(f"{self.path}: cannot be written ({error}); choose another folder") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        """Remove what was not kept."""
        if self._file is not None:
            with contextlib.suppress(OSError, RuntimeError):
                self._file.close()
        self._temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def _open(io: ModuleType, path: Path) -> Iterator[_FileSource]:
    try:
        file = io.AudioFile(str(path))
    except (OSError, ValueError, RuntimeError) as error:
        raise MediaError(f"{path}: cannot be read ({error}); export it as WAV, FLAC or AIFF") from error
    with file:
        yield _FileSource(file, path)


def _through(effects: Effects, source: Source, target: _Target) -> None:
    """`source` through `effects` into `target`, block by block."""
    stream = EffectStream(effects, source.rate, source.channels, source.frames)
    length = _BLOCK_SECONDS * source.rate
    for start in range(0, source.frames, length):
        for part in stream.push(source.read(start, min(start + length, source.frames))):
            target.write(part, source.rate)
    for part in stream.finish():
        target.write(part, source.rate)


def _pedalboard_io() -> ModuleType:
    try:
        import pedalboard.io
    except ImportError as error:
        raise UsageError(f"files need Pedalboard ({error}): pip install 'flowsep-plugin[bridge]'") from error
    io: ModuleType = pedalboard.io
    return io


def _whole(rate: float) -> int:
    if rate != int(rate) or rate <= 0:
        raise UsageError(f"a sample rate is a whole number of hertz, got {rate}")
    return int(rate)
