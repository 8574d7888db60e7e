"""What a session format is: one row of the table."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from flowsep_plugin.timeline.media import Media
from flowsep_plugin.timeline.timeline import Timeline

STEM_FOLDER = "FlowSep"


def default_media_folder(session: Path) -> Path:
    """Return the folder for stems that most formats use: `FlowSep` beside the session."""
    return session.parent / STEM_FOLDER


def default_locks(session: Path) -> tuple[Path, ...]:
    """Return the names that shared folders and users' scripts give to what says that a file is in use."""
    return tuple(session.with_name(name) for name in (f"{session.name}.lock", f"{session.name}-lock",
                                                      f".~lock.{session.name}#"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class SessionFormat:
    """A module's promises.

    read : a timeline of the file at a path.
    write : (timeline, target, home) writes the whole file `target`, which will then be moved to `home`.
    media_folder : where stems have to lie.     extract : (session, media, folder) copies embedded sound out.
    embed : as `write`, but with the sound of new clips inside the file; None where it cannot hold any.
    takes : whether a clip can have more than the one that is heard.
    locks : files that are there while a program holds the session.     is_text : a diff of it can be read.
    needs : the extra that brings its library; empty where none is needed.
    """

    name: str
    suffixes: tuple[str, ...]
    read: Callable[[Path], Timeline]
    write: Callable[[Timeline, Path, Path], None]
    media_folder: Callable[[Path], Path] = default_media_folder
    extract: Callable[[Path, Media, Path], Path] | None = None
    embed: Callable[[Timeline, Path, Path], None] | None = None
    locks: Callable[[Path], tuple[Path, ...]] = default_locks
    is_text: bool = False
    takes: bool = False
    needs: str = ""
