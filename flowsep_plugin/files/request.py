"""The request for files: folder, format, span, channels, stream."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias, get_args

from flowsep_plugin.audio.span import Span
from flowsep_plugin.declared import check_declared, declared
from flowsep_plugin.deprecated import renamed
from flowsep_plugin.errors import UsageError
from flowsep_plugin.media import Format
from flowsep_plugin.media.container import check_choice
from flowsep_plugin.queries import query_key

FORMATS: tuple[Format, ...] = get_args(Format)

AbsentPolicy: TypeAlias = Literal["write", "leave_out"]
"""Handling of a query that is not found: its stem is written, or its sound stays in the rest and gets no file."""
ABSENT_POLICIES: tuple[AbsentPolicy, ...] = get_args(AbsentPolicy)

MuxPolicy: TypeAlias = Literal["stems", "rest", "all"]
"""Files that become sound tracks of a copy of the video."""
MUX_POLICIES: tuple[MuxPolicy, ...] = get_args(MuxPolicy)


@renamed(argument=True, rest="residual")
@dataclass(frozen=True, slots=True)
class FileRequest:
    """Folder, format, span and channels of the stems to write.

    out : folder, created if missing.     span : part of the input, at any rate; None is all of it.
    residual : whether the rest is written.     overwrite : False numbers new files whose names exist already.
    channels : indices of the input's channels that are separated and written, in that order; None is all of them.
    keep_format : write `format` even where the audio passes full scale, which 24 bits clip; else such audio is written
    as 32-bit float, whatever `format` says, so that stems and rest sum to it.
    absent : "leave_out" writes no stem of a query that is not found; its share stays in the rest.
    keep_absent : queries whose stem is written all the same.
    stream : the sound stream of a container that is separated, as in `open_media`; None is the file's default.
    mux : also write a copy of the video with the stems, the rest, or both as new sound tracks.
    mux_replace : the new tracks replace the sound stream that was separated.
    notes : remarks for the receipt, such as what of a session's clip its stems do not have.
    Raises UsageError for an unknown format, and channels or a stream that no file can have.
    """

    out: Path = field(metadata=declared("folder for the stems, created where it is missing"))
    format: Format = field(default="wav24", metadata=declared("audio format of the stems", choices=FORMATS))
    span: Span | None = field(default=None, metadata=declared("part of the file, in its own frames; null: all of it"))
    residual: bool = field(default=True, metadata=declared("write the rest: the clip minus its stems"))
    overwrite: bool = field(default=False, metadata=declared("replace files of the same name instead of numbering"))

    channels: tuple[int, ...] | None = field(
        default=None, metadata=declared("channels to separate and write, counted from 0, in this order; null: all")
    )
    keep_format: bool = field(
        default=False, metadata=declared("clip to 24 bits; false: 32-bit float where audio passes full scale")
    )
    notes: tuple[str, ...] = field(default=(), metadata=declared("remarks that are kept in the receipt"))
    absent: AbsentPolicy = field(
        default="write",
        metadata=declared(
            "stems of sounds that are not found; leave_out: they stay in the rest", choices=ABSENT_POLICIES
        ),
    )
    keep_absent: tuple[str, ...] = field(
        default=(), metadata=declared("queries whose stem is written although they are not found")
    )
    stream: str | None = field(
        default=None,
        metadata=declared("sound stream of a video: its number, from 1, or its language; null: the file's default"),
    )
    mux: MuxPolicy | None = field(
        default=None,
        metadata=declared("new sound tracks in a copy of the video; null: no copy is written", choices=MUX_POLICIES),
    )
    mux_replace: bool = field(
        default=False, metadata=declared("the copy's new tracks replace the sound that was separated")
    )

    def __post_init__(self) -> None:
        check_declared(self)
        check_choice(self.stream)
        if self.channels is not None and not (self.channels and min(self.channels) >= 0):
            raise UsageError(f"channels must be at least one number from 0 up; got {list(self.channels)}")
        if self.mux_replace and self.mux is None:
            raise UsageError("nothing replaces the sound: choose the tracks of the copy too", setting="mux")
        if self.mux == "rest" and not self.residual:
            raise UsageError("the rest cannot become a track, as no rest is written; write it too", setting="mux")

    def keeps(self, query: str) -> bool:
        """Whether the stem of `query` is written where its sound is not found."""
        return self.absent == "write" or query_key(query) in map(query_key, self.keep_absent)
