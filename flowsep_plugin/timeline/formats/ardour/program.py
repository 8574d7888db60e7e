"""The program that saved a session: Ardour, or Mixbus, which is built on it."""

from typing import Final

from flowsep_plugin.errors import SessionError
from flowsep_plugin.timeline.formats.xml_text import Element

OLDEST_VERSION: Final = 6000
SUPERCLOCK_VERSION: Final = 7000
"""First version of session files whose times are superclocks and ticks; samples before."""


def is_on(text: str | None, default: bool) -> bool:
    """Return a switch of a session; `default` where it has none."""
    return default if text is None else text.lower() in ("1", "y", "yes", "true")


def session_version(session: Element) -> int:
    """Return the version of the session's file as Ardour counts it: `2.0.0` is 2000, none at all 1000.

    Raises SessionError for a version that no Ardour writes.
    """
    text = session.get("version") or "1.0"
    number, point, _ = text.partition(".")
    if not number.isdecimal():
        raise SessionError(f"its version is {text!r}, which Ardour never writes; check that it is a session")
    return int(number) * 1000 if point else int(number)


def program_name(session: Element) -> str:
    """Return the name of the program that saved the session: `Mixbus`, `Mixbus32C` or `Ardour`."""
    program = session.find("ProgramVersion")
    saved = "" if program is None else program.get("modified-with") or program.get("created-with") or ""
    name = saved.partition(" ")[0]
    return name if name.startswith("Mixbus") else "Ardour"


def refuse_old(session: Element) -> None:
    """Raise SessionError for a session with clips that a version before 6 saved: its tracks are stored differently."""
    if session_version(session) >= OLDEST_VERSION or not _has_clips(session):
        return
    name = program_name(session)
    raise SessionError(f"it was saved by {name} 5 or older; open it in {name} 6 or later and save it")


def _has_clips(session: Element) -> bool:
    regions = (region for playlist in session.iterfind("*/Playlist") for region in playlist.iterfind("Region"))
    return any(region.get("type", "audio") == "audio" for region in regions)
