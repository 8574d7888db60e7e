"""Session formats, picked by suffix. A new one is a module with `read`, `write` and `FORMAT`, and a row here."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Final

from flowsep_plugin.checksum import sha256
from flowsep_plugin.errors import Cancelled, FlowsepError, SessionError
from flowsep_plugin.timeline.media import Probe, probe_media
from flowsep_plugin.timeline.timecode import FrameRate
from flowsep_plugin.timeline.timeline import SessionDocument, Timeline
from flowsep_plugin.untrusted.isolated import IsolatedError
from flowsep_plugin.untrusted.printable import printable
from flowsep_plugin.untrusted.regular_file import open_regular
from flowsep_plugin.version import install_command

from . import aaf, ardour, dawproject, edl, fcpxml, otio, reaper, stem_list
from .limits import MOST_TEXT_BYTES, check_limits
from .table import Capabilities, SessionFormat

SESSION_FORMATS: Final[tuple[SessionFormat, ...]] = (
    reaper.FORMAT,
    ardour.FORMAT,
    dawproject.FORMAT,
    aaf.FORMAT,
    otio.FORMAT,
    edl.FORMAT,
    fcpxml.FORMAT,
    stem_list.FORMAT,
)
_MOST_NAMES: Final = 5


def session_suffixes(*, embedding: bool = False, lists: bool = True) -> tuple[str, ...]:
    """Return the suffixes of all session formats, in lower case with their dots.

    embedding : only those of files that can hold the sound of their clips.   lists : also those of lists of stems.
    """
    forms = [form for form in SESSION_FORMATS if lists or not form.is_list]
    return tuple(suffix for form in forms for suffix in (form.embed_suffixes if embedding else form.suffixes))


def by_suffix(path: Path) -> SessionFormat:
    """Return the format of a session by its suffix. Raises SessionError where no format has it."""
    for form in SESSION_FORMATS:
        if path.suffix.lower() in form.suffixes:
            return form
    raise SessionError(
        f"{path.name}: no session format ends in {path.suffix!r}; flowsep reads {', '.join(session_suffixes())}"
    )


def read_session(path: Path, probe: Probe = probe_media, frame_rate: FrameRate | None = None) -> Timeline:
    """Read a session. probe : finds its media, such as a `MediaFinder` that looks into other folders too.

    frame_rate : of a file that does not state its own (EDL); without effect on others.
    Raises SessionError where it is missing or damaged, or its format's library is not installed; Cancelled inside
    `untrusted.isolated.cancelled_by`.
    """
    path = path.absolute()
    if path.is_dir():
        raise SessionError(f"{path.name} is a folder; open the session file inside it{_inside(path)}")
    form = by_suffix(path)
    try:
        _check_file(path, form)
        if form.read_at is None or frame_rate is None:
            timeline = form.read(path, probe)
        else:
            timeline = form.read_at(path, probe, frame_rate)
        check_limits(timeline)
        return replace(timeline, document=SessionDocument(path, form.name, sha256(path), probe, frame_rate))
    except FileNotFoundError:
        raise SessionError(f"{path}: there is no such session; check the path") from None
    except ModuleNotFoundError as error:
        raise SessionError(f"{form.name} sessions need {error.name}: {install_command(form.extra)}") from error
    except Cancelled:
        raise
    except FlowsepError as error:
        raise SessionError(printable(f"{path.name}: {error}")) from error
    except IsolatedError as error:
        raise SessionError(
            printable(
                f"{path.name} is damaged or not a session of {form.name}: its reader {error}; open a backup instead"
            )
        ) from error
    except Exception as error:  # damaged files break libraries in many ways; none of them is a reason to go on
        raise SessionError(
            f"{path.name} is damaged or not a session of {form.name} ({type(error).__name__}: {error}); "
            "open a backup instead"
        ) from error


def _check_file(path: Path, form: SessionFormat) -> None:
    """Raise SessionError for a text that no reader reads in reasonable memory, OSError for a pipe or a device."""
    with open_regular(path) as file:
        size = os.fstat(file.fileno()).st_size
    if form.is_text(path) and size > MOST_TEXT_BYTES:
        raise SessionError(f"it has {size >> 20} MB, more than any session of {form.name} that can be read")


def _inside(folder: Path) -> str:
    names = sorted(file.name for file in folder.iterdir() if file.suffix.lower() in session_suffixes())
    return f": {', '.join(names[:_MOST_NAMES])}" if names else ""


__all__ = ["SESSION_FORMATS", "Capabilities", "SessionFormat", "by_suffix", "read_session", "session_suffixes"]
