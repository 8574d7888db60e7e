"""Stems that are there already, written out once more: another format, name, folder, with handles or padded.

Samples travel as they are: 24-bit into 24-bit or float is exact, float into 24-bit is rounded once, and nothing goes
through 16 bits. Time stamps move along, so that a DAW still spots every file to its place.
"""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from flowsep_plugin.audio.span import Span
from flowsep_plugin.errors import Cancelled, MediaError, UsageError
from flowsep_plugin.media import (
    SUFFIXES,
    Bext,
    Format,
    MediaInfo,
    MediaSource,
    open_media,
    open_writer,
    probe,
    source_time_reference,
    stem_metadata,
)
from flowsep_plugin.timeline.names import unique

from .patterns import file_name_of

NamePolicy = Literal["number", "replace", "skip"]
"""Where a name is taken: put a number behind it, write over what is there, or leave it as it is."""

NAME_POLICIES: Final[tuple[NamePolicy, ...]] = ("number", "replace", "skip")
DEFAULT_PATTERN: Final = "{clip} [{sound}]"
_BLOCK: Final = 1 << 18

ExportProgress = Callable[[int, int], bool]
"""Called with the frames that are written and those to write; False stops the export."""


@dataclass(frozen=True, slots=True)
class ExportItem:
    """A stem to write out.

    cut : the part of the file that is the clip's own, at the file's rate; what lies around it are handles. None is all.
    at : frames, at the file's rate, from the session's start to the cut's first; None takes the file's time stamp.
    """

    path: Path
    clip: str
    sound: str
    take: int = 1
    track: str = ""
    cut: Span | None = None
    at: int | None = None


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """How to write. handles_seconds : wanted on both sides.     padded : silence from the session's start on.

    Raises UsageError for a pattern, format, policy or length that cannot be.
    """

    folder: Path
    format: Format = "wav24"
    pattern: str = DEFAULT_PATTERN
    handles_seconds: float = 0.0
    padded: bool = False
    policy: NamePolicy = "number"

    def __post_init__(self) -> None:
        if self.format not in SUFFIXES:
            raise UsageError(f"the format {self.format!r} is not known; choose one of {', '.join(SUFFIXES)}")
        if self.policy not in NAME_POLICIES:
            raise UsageError(f"the policy {self.policy!r} is not known; choose one of {', '.join(NAME_POLICIES)}")
        if not 0 <= self.handles_seconds <= 3600:
            raise UsageError(f"handles last 0 to 3600 seconds, not {self.handles_seconds:g}")
        file_name_of(self.pattern, clip="clip", sound="sound")


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """One file to be: `[first, stop)` of the item's file after `silence` frames; `skipped` ones stay as they are."""

    item: ExportItem
    target: Path
    first: int
    stop: int
    silence: int
    replaces: bool = False
    skipped: bool = False

    @property
    def frames(self) -> int:
        """Length of the file to be."""
        return self.silence + self.stop - self.first


@dataclass(frozen=True, slots=True)
class ExportResult:
    """What was written; `clipped` samples of float stems did not fit 24 bits."""

    files: tuple[Path, ...]
    skipped: tuple[Path, ...]
    clipped: int


def plan_export(items: Sequence[ExportItem], options: ExportOptions) -> list[PlannedFile]:
    """What `run_export` would write, name by name. Raises MediaError for a stem that cannot be read."""
    there = {path.name for path in options.folder.iterdir()} if options.folder.is_dir() else set()
    taken: set[str] = set()
    plan = []
    for number, item in enumerate(items, 1):
        info = probe(item.path)
        wanted = file_name_of(
            options.pattern, clip=item.clip, sound=item.sound, take=item.take, track=item.track, number=number
        )
        suffix = SUFFIXES[options.format]
        others = taken | ({Path(name).stem for name in there} if options.policy == "number" else set())
        target = options.folder / (unique(wanted, others) + suffix)
        taken.add(target.stem)
        is_there = target.name in there
        first, stop, silence = _extent(item, info, options)
        skipped = is_there and options.policy == "skip"
        plan.append(PlannedFile(item, target, first, stop, silence, is_there and not skipped, skipped))
    return plan


def run_export(
    plan: Sequence[PlannedFile], options: ExportOptions, report: ExportProgress = lambda *_: True
) -> ExportResult:
    """Write all of `plan`, or nothing new.

    Raises MediaError where the disk is full, the folder may not be written or a stem is damaged, and Cancelled where
    `report` says so; what was new is then taken away, and what would have been replaced later is as it was.
    """
    todo = [planned for planned in plan if not planned.skipped]
    for planned in todo:
        if planned.target.resolve() == planned.item.path.resolve():
            raise UsageError(f"{planned.target} is the stem itself; choose another folder or name")
    try:
        options.folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MediaError(f"{options.folder}: cannot be made ({error.strerror}); choose another folder") from error
    whole, done, clipped = sum(planned.frames for planned in todo), 0, 0
    with _all_or_nothing_new(todo):
        for planned in todo:
            for frames, clips in _write(planned, options.format):
                done, clipped = done + frames, clipped + clips
                if not report(done, whole):
                    raise Cancelled(f"the export into {options.folder} was cancelled; nothing new is left there")
    skipped = tuple(planned.target for planned in plan if planned.skipped)
    return ExportResult(tuple(planned.target for planned in todo), skipped, clipped)


def _extent(item: ExportItem, info: MediaInfo, options: ExportOptions) -> tuple[int, int, int]:
    """First and last frame to take from the file, and the silence before."""
    cut = item.cut or Span(0, info.frames, info.rate)
    if cut.rate != info.rate:
        raise UsageError(f"{item.path}: its cut counts at {cut.rate} Hz, the file at {info.rate}")
    handle = round(options.handles_seconds * info.rate)
    first, stop = max(min(0, cut.start), cut.start - handle), min(max(info.frames, cut.stop), cut.stop + handle)
    if not options.padded:
        return first, stop, 0
    at = source_time_reference(info) + cut.start if item.at is None else item.at
    silence = at - (cut.start - first)
    return (first, stop, silence) if silence >= 0 else (first - silence, stop, 0)


def _write(planned: PlannedFile, format: Format) -> Iterator[tuple[int, int]]:
    """Write one file; yields the frames written and the samples clipped, block by block."""
    with open_media(planned.item.path) as source:
        bext, ixml = _metadata(source, planned)
        with open_writer(
            planned.target, source.rate, source.channels, planned.frames, format, bext=bext, ixml=ixml,
            channel_mask=source.info.channel_mask,
        ) as out:  # fmt: skip
            for at in range(-planned.silence, planned.stop - planned.first, _BLOCK):
                stop = min(at + _BLOCK, planned.stop - planned.first)
                block = source.read(planned.first + at, planned.first + stop)
                block[:, : max(0, min(stop, 0) - at)] = 0  # what lies before the handles stays out
                before = out.clipped
                out.write(block)
                yield stop - at, out.clipped - before


def _metadata(source: MediaSource, planned: PlannedFile) -> tuple[Bext, bytes | None]:
    offset = max(planned.first - planned.silence, -source_time_reference(source.info))
    description = f"{planned.item.sound} of {planned.item.clip}"
    return stem_metadata(source.info, offset, description)


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
