"""Session formats, picked by suffix. A new one is a module with SUFFIXES, read, write and a row here."""

from dataclasses import replace
from pathlib import Path
from typing import Final

from flowsep_plugin.checksum import sha256
from flowsep_plugin.errors import FlowsepError, SessionError
from flowsep_plugin.timeline.timeline import SessionDocument, Timeline

from . import aaf, ardour, dawproject, otio, reaper, stem_list
from .table import SessionFormat

SESSION_FORMATS: Final[tuple[SessionFormat, ...]] = (
    reaper.FORMAT,
    ardour.FORMAT,
    dawproject.FORMAT,
    aaf.FORMAT,
    otio.FORMAT,
    stem_list.FORMAT,
)


def by_suffix(path: Path) -> SessionFormat:
    """Return the format of a session's name. Raises SessionError."""
    for form in SESSION_FORMATS:
        if path.suffix.lower() in form.suffixes:
            return form
    known = ", ".join(suffix for form in SESSION_FORMATS for suffix in form.suffixes)
    raise SessionError(f"{path.name}: no session format ends in {path.suffix!r}; known are {known}")


def read_session(path: Path) -> Timeline:
    """Read a session. Raises SessionError for one that is missing or damaged, or whose library is not installed."""
    path = path.absolute()
    form = by_suffix(path)
    try:
        timeline = form.read(path)
        return replace(timeline, document=SessionDocument(path, form.name, sha256(path)))
    except FileNotFoundError:
        raise SessionError(f"{path}: there is no such session") from None
    except ModuleNotFoundError as error:
        raise SessionError(
            f"{form.name} sessions need {error.name}: pip install 'flowsep-plugin[{form.needs}]'"
        ) from error
    except FlowsepError as error:
        raise SessionError(f"{path.name}: {error}") from error
    except Exception as error:  # damaged files break libraries in many ways; none of them is a reason to go on
        raise SessionError(
            f"{path.name} is damaged or no {form.name} session ({type(error).__name__}: {error}); open a backup instead"
        ) from error


__all__ = ["SESSION_FORMATS", "SessionFormat", "by_suffix", "read_session"]
