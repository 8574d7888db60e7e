"""What to write where."""

from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from flowsep_plugin.audio.span import Span
from flowsep_plugin.deprecated import renamed
from flowsep_plugin.errors import UsageError
from flowsep_plugin.media import Format

FORMATS: tuple[Format, ...] = get_args(Format)


@renamed(argument=True, rest="residual")
@dataclass(frozen=True, slots=True)
class FileRequest:
    """What to write where.

    out : folder (made where missing).     span : part of the file, in its own frames; None is all of it.
    overwrite : False gives new files a number where their names are taken.
    """

    out: Path
    format: Format = "wav24"
    span: Span | None = None
    residual: bool = True
    overwrite: bool = False

    def __post_init__(self) -> None:
        if self.format not in FORMATS:
            raise UsageError(f"format {self.format!r} is none of {', '.join(FORMATS)}")
