"""Separate the regions selected in a running Ardour; its action places the stems in one step of undo."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from flowsep_plugin.errors import SessionError, UsageError
from flowsep_plugin.hosts.session import SessionRequest, SessionSeparation, separate_session
from flowsep_plugin.jobs.batch.run import BatchRunner
from flowsep_plugin.timeline import read_session
from flowsep_plugin.timeline.gain_render import render_gain_curves
from flowsep_plugin.timeline.names import clean

from .exchange import Exchange, ExchangeRow, values
from .fades import fade_shapes, region_layers
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
    """The selection in Ardour, as its action reported it.

    session : a snapshot of the session's present state.     regions : ids of the selected regions.
    queries, mute_source : what the user entered in Ardour; empty where flowsep requested the selection.
    """

    token: str
    session: Path
    regions: tuple[str, ...]
    queries: tuple[str, ...] = ()
    mute_source: bool = False

    def forget(self) -> None:
        """Delete the snapshot; the session does not list it."""
        for file in self.session.parent.glob(f"{self.session.stem}.*"):
            with suppress(OSError):
                file.unlink()


def request_selection(exchange: Exchange, trigger: Trigger, seconds: float = _ANSWER_SECONDS) -> ArdourSelection:
    """Return the selection of the running Ardour.

    Raises SessionError where Ardour does not reply in `seconds`, or nothing is selected.
    """
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
            f"Ardour did not reply in {seconds:.0f} s; close its dialogs, and check that the script slot holds FlowSep "
            "(`flowsep hosts install ardour` puts it there)"
        )
    return _selection(rows)


def user_selection(exchange: Exchange) -> ArdourSelection:
    """Return the selection and queries that the user entered in Ardour. Raises SessionError where there are none."""
    rows = exchange.pop(SELECTION)
    if rows is None:
        raise SessionError("there is no request from Ardour; run its FlowSep action, or give the queries here")
    return _selection(rows)


def separate_selection(selection: ArdourSelection, options: SessionRequest, runner: BatchRunner) -> SessionSeparation:
    """Separate the selected regions into the session's audio folder. Raises as `separate_session` does."""
    timeline = read_session(selection.session)
    separation = separate_session(timeline, selection.session, replace(options, clips=selection.regions), runner)
    return replace(separation, timeline=render_gain_curves(separation.timeline))  # the action sets steady gains only


def place_in_ardour(
    exchange: Exchange,
    trigger: Trigger,
    selection: ArdourSelection,
    separation: SessionSeparation,
    *,
    title: str,
    seconds: float = _PLACE_SECONDS,
    check: Callable[[], None] = lambda: None,
) -> list[str]:
    """Have Ardour place the stems, as an undo step called `title`; returns the names of their tracks.

    check : called while waiting; an exception that it raises ends the wait.
    Raises UsageError where no stem was written, as no sound was found; SessionError where Ardour refuses or does not
    reply in `seconds`; its action then places them when it is run.
    """
    if not separation.files:
        raise UsageError(f"{separation.absent_line}; nothing was placed")
    exchange.remove(PLACED)
    exchange.write(PLACEMENT, _placement(selection, separation, title))
    advice = f"the stems are in {separation.files[0].parent}: run FlowSep in Ardour once to place them"
    try:
        trigger()
    except SessionError as error:
        raise SessionError(f"{advice} ({error})") from error
    rows = exchange.wait(PLACED, selection.token, seconds, check=check)
    if rows is None:
        raise SessionError(f"Ardour did not reply in {seconds:.0f} s; {advice}")
    if trouble := values(rows, "error"):
        raise SessionError(f"Ardour did not place the stems: {trouble[0]}")
    return list(dict.fromkeys(values(rows, "track")))


def _selection(rows: list[ExchangeRow]) -> ArdourSelection:
    if trouble := values(rows, "error"):
        raise SessionError(f"{trouble[0]}; select the regions to separate and try again")
    session, regions = values(rows, "session"), values(rows, "region")
    if not session or not regions:
        raise SessionError("Ardour's reply lacks the session or the regions; install its action again")
    queries, mute = values(rows, "query"), values(rows, "mute") == ["1"]
    return ArdourSelection(
        token=rows[0][1],
        session=Path(session[0]),
        regions=tuple(regions),
        queries=tuple(queries),
        mute_source=mute,
    )


def _placement(selection: ArdourSelection, separation: SessionSeparation, title: str) -> Iterator[ExchangeRow]:
    yield ("token", selection.token)
    yield ("session", str(selection.session.parent))
    yield ("title", f"FlowSep: {clean(title)}")
    shapes, layers = fade_shapes(selection.session), region_layers(selection.session)
    files = {*separation.files}
    stems = [(track, clip, clip.like) for track, clip in separation.timeline.clips()
             if clip.like is not None and clip.media is not None and clip.media.path in files]  # fmt: skip
    for track, clip, source in sorted(stems, key=lambda stem: layers[stem[2]].index):  # the action adds upper ones last
        assert clip.media is not None
        numbers = (clip.place.start, clip.cut.start, clip.place.frames)
        fades = (str(clip.fade_in), str(clip.fade_out), *shapes[source])
        yield (
            "stem",
            source,
            str(clip.media.path),
            track.name,
            clip.name,
            *map(str, numbers),
            repr(clip.gain),
            *fades,
            str(int(layers[source].opaque)),
        )
    before = {clip.id for _, clip in read_session(selection.session).clips() if clip.muted}
    for _, clip in separation.timeline.clips():
        if clip.muted and clip.like is None and clip.id not in before:
            yield ("mute", clip.id)
