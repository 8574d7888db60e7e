"""Separate what is selected in a running Ardour, and let its action place the stems in one step of undo."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from flowsep_plugin.errors import SessionError
from flowsep_plugin.hosts.session import SessionRequest, SessionSeparation, separate_session
from flowsep_plugin.jobs.batch.run import Runner
from flowsep_plugin.timeline import read_session
from flowsep_plugin.timeline.names import clean

from .exchange import Exchange, ExchangeRow, values
from .fades import fade_shapes
from .osc import Trigger

ASK: Final = "ask.txt"
SELECTION: Final = "selection.txt"
PLACEMENT: Final = "placement.txt"
PLACED: Final = "placed.txt"
FAILED: Final = "failed.txt"

_ANSWER_SECONDS: Final = 10.0
_PLACE_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class ArdourSelection:
    """What the action said.

    session : a snapshot of the session as it is in Ardour now.     regions : ids of the selected ones.
    queries, mute_source : what the user asked for in Ardour; nothing where flowsep was asked.
    """

    token: str
    session: Path
    regions: tuple[str, ...]
    queries: tuple[str, ...] = ()
    mute_source: bool = False

    def forget(self) -> None:
        """Remove the snapshot; the session never knew of it."""
        for file in self.session.parent.glob(f"{self.session.stem}.*"):
            with suppress(OSError):
                file.unlink()


def request_selection(exchange: Exchange, trigger: Trigger, seconds: float = _ANSWER_SECONDS) -> ArdourSelection:
    """Ask the running Ardour. Raises SessionError where none answers in `seconds`, or nothing is selected."""
    token = secrets.token_hex(4)
    exchange.remove(SELECTION)
    exchange.write(ASK, [("token", token)])
    try:
        trigger()
        rows = exchange.wait(SELECTION, token, seconds)
    finally:
        exchange.remove(ASK)
    if rows is None:
        raise SessionError(
            f"Ardour did not answer in {seconds:.0f} s; close its dialogs, and see that the script slot that was "
            "pressed holds FlowSep (`flowsep hosts install ardour`)"
        )
    return _selection(rows)


def user_selection(exchange: Exchange) -> ArdourSelection:
    """Return what the user asked for in Ardour. Raises SessionError where nobody did."""
    rows = exchange.pop(SELECTION)
    if rows is None:
        raise SessionError("nobody asked in Ardour; run its FlowSep action, or name sounds with -q")
    return _selection(rows)


def separate_selection(selection: ArdourSelection, asked: SessionRequest, runner: Runner) -> SessionSeparation:
    """Separate the selected regions into the session's own sound folder. Raises as `separate_session` does."""
    timeline = read_session(selection.session)
    return separate_session(timeline, selection.session, replace(asked, clips=selection.regions), runner)


def place_in_ardour(
    exchange: Exchange, trigger: Trigger, selection: ArdourSelection, made: SessionSeparation, title: str,
    seconds: float = _PLACE_SECONDS, check: Callable[[], None] = lambda: None,
) -> list[str]:  # fmt: skip
    """Have the stems placed; returns the names of their tracks.

    Raises SessionError where Ardour refuses or says nothing in `seconds`: the stems then wait for its action.
    """
    exchange.remove(PLACED)
    exchange.write(PLACEMENT, _placement(selection, made, title))
    waiting = f"the stems lie in {made.files[0].parent} and wait: run FlowSep in Ardour once, and it places them"
    try:
        trigger()
    except SessionError as error:
        raise SessionError(f"{waiting} ({error})") from error
    rows = exchange.wait(PLACED, selection.token, seconds, check)
    if rows is None:
        raise SessionError(f"Ardour said nothing for {seconds:.0f} s; {waiting}")
    if trouble := values(rows, "error"):
        raise SessionError(f"Ardour did not place the stems: {trouble[0]}")
    return list(dict.fromkeys(values(rows, "track")))


def _selection(rows: list[ExchangeRow]) -> ArdourSelection:
    if trouble := values(rows, "error"):
        raise SessionError(f"{trouble[0]}; select the regions to separate and try again")
    session, regions = values(rows, "session"), values(rows, "region")
    if not session or not regions:
        raise SessionError("Ardour's answer says no session or no regions; install its action again")
    queries, mute = values(rows, "query"), values(rows, "mute") == ["1"]
    return ArdourSelection(rows[0][1], Path(session[0]), tuple(regions), tuple(queries), mute)


def _placement(selection: ArdourSelection, made: SessionSeparation, title: str) -> Iterator[ExchangeRow]:
    yield ("token", selection.token)
    yield ("session", str(selection.session.parent))
    yield ("title", f"FlowSep: {clean(title)}")
    shapes = fade_shapes(selection.session)
    files = {*made.files}
    for track, clip in made.timeline.clips():
        if clip.media is None or clip.media.path not in files or clip.like is None:
            continue
        numbers = (clip.place.start, clip.cut.start, clip.place.frames)
        fades = (str(clip.fade_in), str(clip.fade_out), *shapes[clip.like])
        yield (
            "stem",
            clip.like,
            str(clip.media.path),
            track.name,
            clip.name,
            *map(str, numbers),
            repr(clip.gain),
            *fades,
        )
    before = {clip.id for _, clip in read_session(selection.session).clips() if clip.muted}
    for _, clip in made.timeline.clips():
        if clip.muted and clip.like is None and clip.id not in before:
            yield ("mute", clip.id)
