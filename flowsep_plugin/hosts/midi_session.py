"""A session controlled over MIDI: the playhead selects the clip, keys of a controller trigger actions on it.

    messages ─► MidiSession.receive ─► playhead | action ─► worker job ─► stems placed, session saved ─► notify
                                                       └─► player: the stem, or the clip for comparison

Every call returns at once; jobs run one at a time on a thread of their own.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from flowsep_plugin.audio.span import Span
from flowsep_plugin.audition import Piece
from flowsep_plugin.errors import Cancelled, FlowsepError, UsageError
from flowsep_plugin.jobs.batch.run import BatchRunner
from flowsep_plugin.timeline import ClipRef, Timeline, read_session, save_session
from flowsep_plugin.timeline.position import bars_text, timecode_text
from flowsep_plugin.timeline.save import check_writable

from .midi_learn import MidiMap
from .midi_time import PlayheadFollower
from .session import SessionRequest, SessionSeparation, rehearse, separate_session, stems_note

if TYPE_CHECKING:
    import mido

EventCallback = Callable[[str, Mapping[str, Any]], None]
"""Called from any thread with "playhead", "query", "started", "done", "failed" or "hearing", and the event's data."""


class StemPlayer(Protocol):
    """Plays a clip and its stems; `flowsep_plugin.audition.ClipPlayer` is one."""

    def load(self, sources: Mapping[str, Any], span: Span | None = None) -> None:
        """Play these files from now on; see `ClipPlayer.load`."""
        ...

    def listen(self, choice: str) -> None:
        """Switch to "clip", "stem:NAME" or "rest"."""
        ...

    def play(self) -> None:
        """Play from the current position."""
        ...

    def stop(self) -> None:
        """Stop and return to where play began."""
        ...


@dataclass(frozen=True, slots=True)
class _Playable:
    """The last separation for the player: files by its names, and the span of the clip's file that they hold."""

    sources: Mapping[str, Path | Piece]
    span: Span
    stem: str


class MidiSession:
    """Binds the session at `path` to a controller.

    options : its queries are those to choose from; only clips on its tracks are separated.
    make_runner : makes what runs the jobs, from a function that raises Cancelled once the job is cancelled.
    notify : receives the events.     Raises UsageError where `options` has no queries.
    """

    def __init__(
        self,
        path: Path,
        options: SessionRequest,
        *,
        controls: MidiMap,
        make_runner: Callable[[Callable[[], None]], BatchRunner],
        player: StemPlayer,
        notify: EventCallback,
    ) -> None:
        if not options.request.queries:
            raise UsageError("a session controlled over MIDI needs at least one query to choose from; add one")
        self.follower = PlayheadFollower()
        self._path, self._options, self._controls = path, options, controls
        self._make_runner, self._player, self._notify = make_runner, player, notify
        self._timeline = read_session(path)
        self._query = 0
        self._playable: _Playable | None = None
        self._choice: str | None = None
        self._cancelled = threading.Event()
        self._job: threading.Thread | None = None

    @property
    def query(self) -> str:
        """The query of the next job."""
        return self._options.request.queries[self._query]

    def receive(self, message: "mido.Message | None", now_s: float) -> None:
        """Process one message, or None where none arrived, at `now_s` seconds of a steady clock."""
        changed = self.follower.tick(now_s) if message is None else self.follower.receive(message, now_s)
        if changed:
            self._notify("playhead", self.place())
        action = None if message is None else self._controls.receive(message)
        if action is not None:
            self.act(action)

    def act(self, action: str) -> None:
        """Run one of `midi_learn.ACTIONS`; errors are notified as "failed", not raised."""
        actions: dict[str, Callable[[], None]] = {
            "separate": self._separate, "audition": self._audition, "compare": self._compare,
            "next_query": lambda: self._choose(1), "previous_query": lambda: self._choose(-1), "cancel": self._cancel,
        }  # fmt: skip
        try:
            actions[action]()
        except FlowsepError as error:
            self._notify("failed", {"action": action, "message": str(error)})

    def place(self) -> dict[str, Any]:
        """Return the position of the playhead in all units; see `playhead_words`."""
        return playhead_words(self.follower, self._timeline)

    def close(self) -> None:
        """Cancel the running job, wait for its end, and stop the player."""
        self._cancel()
        if self._job is not None:
            self._job.join()
        self._player.stop()

    def join(self) -> None:
        """Wait for the end of the running job."""
        if self._job is not None:
            self._job.join()

    def _choose(self, step: int) -> None:
        self._query = (self._query + step) % len(self._options.request.queries)
        self._notify("query", {"query": self.query})

    def _separate(self) -> None:
        if self._job is not None and self._job.is_alive():
            raise UsageError("a job is under way; wait for its end or cancel it")
        timeline = read_session(self._path)
        check_writable(timeline, self._path)
        clips = clips_at(timeline, self.follower.head.frame(timeline), self._options.tracks)
        rehearse(timeline, self._path, self._path, self._request(clips, self.query))
        self._timeline = timeline
        self._cancelled.clear()
        self._notify("started", {"query": self.query, "clips": [clip.name for clip in clips]})
        self._job = threading.Thread(target=self._work, args=(timeline, clips, self.query), name="flowsep MIDI job")
        self._job.start()

    def _work(self, timeline: Timeline, clips: Sequence[ClipRef], query: str) -> None:
        options = self._request(clips, query)
        try:
            separation = separate_session(timeline, self._path, options, self._make_runner(self._check))
            if not separation.files:
                raise UsageError(f"{separation.absent_line}; nothing was placed")
            self._playable = _playable(separation, clips[0], query)
            saved = save_session(separation.timeline, self._path)
        except FlowsepError as error:
            self._notify("failed", {"action": "separate", "message": str(error)})
            return
        self._timeline = read_session(self._path)
        files = [str(path) for path in separation.files]
        done = {"query": query, "files": files, "backup": str(saved.backup), "changes": list(saved.summary)}
        self._notify("done", {**done, "note": stems_note(timeline, clips, self._path)})

    def _request(self, clips: Sequence[ClipRef], query: str) -> SessionRequest:
        request = self._options.request.with_queries([query])
        return replace(self._options, request=request, clips=tuple(clip.id for clip in clips), tracks=())

    def _check(self) -> None:
        if self._cancelled.is_set():
            raise Cancelled("cancelled; nothing was placed")

    def _cancel(self) -> None:
        self._cancelled.set()

    def _audition(self) -> None:
        playable = self._last()
        if self._choice == playable.stem:
            self._player.stop()
            self._listen(None)
            return
        self._player.load(playable.sources, playable.span)
        self._player.listen(playable.stem)
        self._player.play()
        self._listen(playable.stem)

    def _compare(self) -> None:
        playable = self._last()
        if self._choice is None:
            self._player.load(playable.sources, playable.span)
            self._player.play()
        other = playable.stem if self._choice == "clip" else "clip"
        self._player.listen(other)
        self._listen(other)

    def _last(self) -> _Playable:
        if self._playable is None:
            raise UsageError("there is no separation to play yet; separate a clip first")
        return self._playable

    def _listen(self, choice: str | None) -> None:
        self._choice = choice
        self._notify("hearing", {"heard": choice})


def clips_at(timeline: Timeline, frame: int | None, tracks: Sequence[str] = ()) -> list[ClipRef]:
    """Return the clips under the playhead at `frame` that can be separated, on `tracks` only if given.

    Silent ones only where no other clip is there: a source is muted once its stems are placed.
    Raises UsageError where there are none, or `frame` is None.
    """
    if frame is None:
        raise UsageError(
            "no playhead position has arrived yet; switch on MIDI time code or clock in your DAW, and play"
        )
    clips = [
        (track, clip)
        for track, clip in timeline.clips()
        if clip.place.start <= frame < clip.place.stop and (not tracks or {track.id, track.name} & {*tracks})
    ]
    usable = [(track, clip) for track, clip in clips if clip.why_not() is None]
    if not usable:
        reason = f"clip {clips[0][1].name!r} {clips[0][1].why_not()}" if clips else "no clip is under the playhead"
        raise UsageError(f"{timeline.name} at {bars_text(frame, timeline)} (sample {frame}): {reason}")
    return [clip for track, clip in usable if track.why_silent(clip) is None] or [clip for _, clip in usable]


def playhead_words(follower: PlayheadFollower, timeline: Timeline | None = None) -> dict[str, Any]:
    """Return the playhead as plain values: seconds, quarters, bpm, timecode and, in a session, its sample and bar."""
    head = follower.head
    words: dict[str, Any] = {
        "running": head.is_running,
        "seconds": None if head.seconds is None else round(float(head.seconds), 4),
        "quarters": None if head.quarters is None else round(float(head.quarters), 4),
        "bpm": head.bpm,
    }
    if head.seconds is not None and head.rate is not None:
        words["timecode"] = timecode_text(int(head.seconds * 1_000_000), Timeline("clock", 1_000_000), head.rate)
    if timeline is not None and (frame := head.frame(timeline)) is not None:
        words |= {"sample": frame, "bars": bars_text(frame, timeline)}
    return words


def _playable(separation: SessionSeparation, clip: ClipRef, query: str) -> _Playable:
    """Return the clip's file and the files of the stems that were placed for it."""
    first = next(other for _, other in separation.timeline.clips() if other.like == clip.id)
    assert first.media is not None
    sources: dict[str, Path | Piece] = dict(zip((f"stem:{query}", "rest"), separation.files, strict=False))
    covers = Span(clip.cut.start - first.cut.start, first.media.frames or first.cut.frames, clip.cut.rate)
    if clip.media is not None and clip.media.member is None:
        sources = {"clip": Piece(clip.media.path, clip.media.file_span(covers).start, clip.channels), **sources}
    return _Playable(sources, covers, f"stem:{query}")
