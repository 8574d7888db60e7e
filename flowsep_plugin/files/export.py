"""Export of stems: write them again with another format, name or folder, with handles or padded.

24-bit samples are copied exactly to 24 bits or float; float is rounded once to 24 bits; nothing passes 16 bits. Another
rate is converted once. Time stamps move with the audio, so that a DAW spots every file to its place.
"""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

from flowsep_plugin.audio.span import Span
from flowsep_plugin.errors import Cancelled, MediaError, UsageError
from flowsep_plugin.media import (
    BITS,
    SUFFIXES,
    Bext,
    Format,
    MediaSource,
    open_media,
    open_writer,
    placed_metadata,
    probe,
    source_time_reference,
    stem_adm,
    stem_metadata,
)
from flowsep_plugin.timeline.names import unique

from .patterns import file_name_of
from .rate_conversion import BlockResampler

NamePolicy = Literal["number", "replace", "skip"]
"""Policy where a file of that name exists: add a number to the new name, replace the file, or keep it."""

NAME_POLICIES: Final[tuple[NamePolicy, ...]] = ("number", "replace", "skip")
DEFAULT_PATTERN: Final = "{clip} [{sound}]"
RATES: Final = (44_100, 48_000, 88_200, 96_000, 176_400, 192_000)
"""Rates that an export can convert to, Hz."""

_BLOCK: Final = 1 << 18

ExportProgress = Callable[[int, int], bool]
"""Called with (frames written, frames in all); a return value of False cancels the export."""


@dataclass(frozen=True, slots=True)
class ExportItem:
    """A stem to export.

    cut : part of the file that belongs to the clip, at the file's rate; None is all. The frames around it are handles.
    at : place of the cut on the session's timeline, in frames at the file's rate; None takes the file's time stamp.
    suffix : appended to the file name, after the pattern.
    length : of a file that is written only before the export; None: the file exists.
    """

    path: Path
    clip: str
    sound: str
    take: int = 1
    track: str = ""
    cut: Span | None = None
    at: int | None = None
    suffix: str = ""
    length: Span | None = None


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """Settings of an export.

    handles_seconds : audio around the cut on both sides, 0..3600.     padded : start every file at the session's start.
    rate : Hz, one of RATES; None for that of every stem.
    Raises UsageError for an unknown format or policy, an invalid pattern, and handles out of range.
    """

    folder: Path
    format: Format = "wav24"
    pattern: str = DEFAULT_PATTERN
    handles_seconds: float = 0.0
    padded: bool = False
    policy: NamePolicy = "number"
    rate: int | None = None

    def __post_init__(self) -> None:
        if self.format not in SUFFIXES:
            raise UsageError(f"unknown format {self.format!r}; choose one of {', '.join(SUFFIXES)}")
        if self.policy not in NAME_POLICIES:
            raise UsageError(f"unknown name policy {self.policy!r}; choose one of {', '.join(NAME_POLICIES)}")
        if not 0 <= self.handles_seconds <= 3600:
            raise UsageError(f"handles must be 0 to 3600 seconds long; got {self.handles_seconds:g}")
        if self.rate is not None and self.rate not in RATES:
            raise UsageError(f"unknown rate {self.rate} Hz; choose one of {', '.join(map(str, RATES))}")
        file_name_of(self.pattern, clip="clip", sound="sound")


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """A file to write: `silence` frames, then `[first, stop)` of the item's file.

    replaces : a file of that name exists and will be replaced.     skipped : it exists and will be kept.
    """

    item: ExportItem
    target: Path
    first: int
    stop: int
    silence: int
    replaces: bool = False
    skipped: bool = False

    @property
    def frames(self) -> int:
        """Length of the file, in frames of the item's rate."""
        return self.silence + self.stop - self.first


@dataclass(frozen=True, slots=True)
class ExportResult:
    """Paths of the files written and skipped.

    as_float : those of `files` that pass full scale, so that they are 32-bit float WAV instead of 24 bits.
    """

    files: tuple[Path, ...]
    skipped: tuple[Path, ...]
    as_float: tuple[Path, ...] = ()


class _PassedFullScaleError(Exception):
    """A file of 24 bits would clip its stem."""


def plan_export(items: Sequence[ExportItem], options: ExportOptions) -> list[PlannedFile]:
    """Return the files that `run_export` would write. Raises MediaError for a stem that cannot be read."""
    existing = {path.name for path in options.folder.iterdir()} if options.folder.is_dir() else set()
    planned_stems: set[str] = set()
    plan = []
    for number, item in enumerate(items, 1):
        file, reference = _length(item)
        name = file_name_of(
            options.pattern, clip=item.clip, sound=item.sound, take=item.take, track=item.track, number=number
        )
        suffix = SUFFIXES[options.format]
        reserved = planned_stems | ({Path(other).stem for other in existing} if options.policy == "number" else set())
        target = options.folder / (unique(name + item.suffix, reserved) + suffix)
        planned_stems.add(target.stem)
        exists = target.name in existing
        first, stop, silence = _extent(item, file, reference, options)
        skipped = exists and options.policy == "skip"
        plan.append(
            PlannedFile(
                item=item,
                target=target,
                first=first,
                stop=stop,
                silence=silence,
                replaces=exists and not skipped,
                skipped=skipped,
            )
        )
    return plan


def run_export(
    plan: Sequence[PlannedFile], options: ExportOptions, report: ExportProgress = lambda *_: True
) -> ExportResult:
    """Write all files of `plan`, or no new ones; a stem that 24 bits would clip becomes a WAV of 32-bit floats.

    Raises UsageError for a file that would replace its own stem, MediaError where the disk is full, the folder is not
    writable or a stem is damaged, and Cancelled where `report` returns False. New files are deleted then; files that
    were not replaced yet are unchanged.
    """
    todo = [planned for planned in plan if not planned.skipped]
    for planned in todo:
        if planned.target.resolve() == planned.item.path.resolve():
            raise UsageError(f"{planned.target} is the stem itself; choose another folder or name")
    try:
        options.folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MediaError(
            f"the folder {options.folder} cannot be created ({error.strerror}); choose another folder", setting="out"
        ) from error
    whole, done, output = sum(planned.frames for planned in todo), 0, []
    as_float = [_as_float(planned, plan) for planned in todo]
    with _all_or_nothing_new([*todo, *as_float]):
        for planned, other in zip(todo, as_float, strict=True):

            def advance(frames: int, before: int = done) -> None:
                if not report(before + frames, whole):
                    raise Cancelled(f"the export to {options.folder} was cancelled; no new files are left")

            try:
                _write(planned, options, options.format, advance)
                output.append(planned)
            except _PassedFullScaleError:
                _write(other, options, "wav32f", advance)
                output.append(other)
            done += planned.frames
    skipped = tuple(planned.target for planned in plan if planned.skipped)
    floats = tuple(one.target for one, planned in zip(output, todo, strict=True) if one is not planned)
    return ExportResult(tuple(planned.target for planned in output), skipped, floats)


def _as_float(planned: PlannedFile, plan: Sequence[PlannedFile]) -> PlannedFile:
    """Return a copy of `planned` for a WAV file, under a name that no other WAV file has."""
    if planned.target.suffix == SUFFIXES["wav32f"]:
        return replace(planned)
    folder = planned.target.parent
    names = [other.target.stem for other in plan if other is not planned]
    names += [path.stem for path in folder.glob(f"*{SUFFIXES['wav32f']}")] if folder.is_dir() else []
    return replace(planned, target=folder / f"{unique(planned.target.stem, names)}{SUFFIXES['wav32f']}")


def _length(item: ExportItem) -> tuple[Span, int]:
    """Return the whole file of `item` as a span, and its time stamp. Raises MediaError where it cannot be read."""
    if item.length is not None:
        return item.length, 0
    info = probe(item.path)
    return Span(0, info.frames, info.rate), source_time_reference(info)


def _extent(item: ExportItem, file: Span, reference: int, options: ExportOptions) -> tuple[int, int, int]:
    """Return (first, stop) of the file's frames to write, and the frames of silence before them."""
    cut = item.cut or file
    if cut.rate != file.rate:
        raise UsageError(f"{item.path}: its cut is at {cut.rate} Hz, the file at {file.rate} Hz")
    handle = round(options.handles_seconds * file.rate)
    first, stop = max(min(0, cut.start), cut.start - handle), min(max(file.frames, cut.stop), cut.stop + handle)
    if not options.padded:
        return first, stop, 0
    at = reference + cut.start if item.at is None else item.at
    silence = at - (cut.start - first)
    return (first, stop, silence) if silence >= 0 else (first - silence, stop, 0)


def _write(planned: PlannedFile, options: ExportOptions, format: Format, advance: Callable[[int], None]) -> None:
    """Write one file, calling `advance` with the frames written so far. Raises _PassedFullScaleError."""
    with open_media(planned.item.path) as source:
        rate = options.rate or source.rate
        resampler = None
        if rate != source.rate:
            resampler = BlockResampler(old=source.rate, new=rate, channels=source.channels, frames=planned.frames)
        bext, ixml = _metadata(source, planned, BITS[format], rate)
        with open_writer(
            planned.target, rate, source.channels, planned.frames if resampler is None else resampler.frames,
            format, bext=bext, ixml=ixml, channel_mask=source.info.stem_mask,
            tail=_adm(source, planned) if resampler is None else (),
        ) as out:  # fmt: skip
            for at in range(-planned.silence, planned.stop - planned.first, _BLOCK):
                stop = min(at + _BLOCK, planned.stop - planned.first)
                block = source.read(planned.first + at, planned.first + stop)
                block[:, : max(0, min(stop, 0) - at)] = 0  # no audio before the handles
                out.write(block if resampler is None else resampler.convert(block))
                if out.clipped:
                    raise _PassedFullScaleError
                advance(stop + planned.silence)


def _metadata(source: MediaSource, planned: PlannedFile, bits: int, rate: int) -> tuple[Bext, bytes | None]:
    """Return the metadata of a file at `rate`; at another one than the source's, its iXML has the place alone."""
    reference = source_time_reference(source.info)
    offset = max(planned.first - planned.silence, -reference)
    description = f"{planned.item.sound} of {planned.item.clip}"
    if rate == source.rate:
        return stem_metadata(source.info, offset, description, bits=bits)
    info = replace(source.info, rate=rate, ixml=None)
    return placed_metadata(info, round((reference + offset) * rate / source.rate), description, bits=bits)


def _adm(source: MediaSource, planned: PlannedFile) -> tuple[tuple[bytes, bytes], ...]:
    first = planned.first - planned.silence
    return stem_adm(source, Span(first, planned.stop - first, source.rate)).chunks


@contextlib.contextmanager
def _all_or_nothing_new(plan: Sequence[PlannedFile]) -> Iterator[None]:
    new = [planned.target for planned in plan if not planned.target.exists()]
    try:
        yield
    except BaseException:
        for target in new:
            with contextlib.suppress(OSError):
                target.unlink(missing_ok=True)
        raise
