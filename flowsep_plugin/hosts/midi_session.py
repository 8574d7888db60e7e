"""A session bound to a controller: the playhead says which clip, keys say what to do with it.

    messages ─► MidiSession.take ─► playhead | action ─► worker job ─► stems placed, session saved ─► tell
                                                    └─► deck: hear the stem, or the clip instead

Every call returns at once; a job runs on a thread of its own, one at a time.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from flowsep_plugin.audio.span import Span
from flowsep_plugin.errors import Cancelled, FlowsepError, UsageError
from flowsep_plugin.jobs.batch.run import Runner
from flowsep_plugin.timeline import ClipRef, Timeline, read_session, save_session
from flowsep_plugin.timeline.position import bars_text, timecode_text
from flowsep_plugin.timeline.save import check_writable

from .midi_learn import MidiMap
from .midi_time import PlayheadFollower
from .session import SessionRequest, SessionSeparation, rehearse, separate_session

if TYPE_CHECKING:
    import mido

EventCallback = Callable[[str, Mapping[str, Any]], None]
"""Called with "playhead", "query", "started", "done", "failed", "hearing" and what there is to say, from any thread."""


class StemPlayer(Protocol):
    """What the stems are heard with; `flowsep_plugin.audition.Transport` is one."""

    def load(self, sources: Mapping[str, Any], span: Span | None = None) -> None:
        """Hear these from now on."""
        ...

    def listen(self, heard: str) -> None:
        """Hear "clip" or "stem:NAME"."""
        ...

    def play(self) -> None:
        """Sound."""
        ...

    def stop(self) -> None:
        """Be still."""
        ...


@dataclass(frozen=True, slots=True)
class _Made:
    """What was separated last: files by the deck's names, and the part of the clip's file that they hold."""

    sources: Mapping[str, Path]
    span: Span
    stem: str


class MidiSession:
    """See the module.

    asked : its queries are those to choose from, its tracks those that count.
    make_runner : who does the jobs; gets a function that raises Cancelled once the job is not wanted.
    """

    def __init__(
        self, path: Path, asked: SessionRequest, controls: MidiMap, make_runner: Callable[[Callable[[], None]], Runner],
        deck: StemPlayer, tell: EventCallback,
    ) -> None:  # fmt: skip
        if not asked.request.queries:
            raise UsageError("a bound session needs the sounds to choose from; add -q, once for each")
        self.follower = PlayheadFollower()
        self._path, self._asked, self._controls = path, asked, controls
        self._make_runner, self._deck, self._tell = make_runner, deck, tell
        self._timeline = read_session(path)
        self._query = 0
        self._made: _Made | None = None
        self._heard: str | None = None
        self._unwanted = threading.Event()
        self._job: threading.Thread | None = None

    @property
    def query(self) -> str:
        """The sound that the next job is for."""
        return self._asked.request.queries[self._query]

    def receive(self, message: "mido.Message | None", now: float) -> None:
        """Hear one message, or that none came."""
        changed = self.follower.tick(now) if message is None else self.follower.receive(message, now)
        if changed:
            self._tell("playhead", self.place())
        action = None if message is None else self._controls.receive(message)
        if action is not None:
            self.act(action)

    def act(self, action: str) -> None:
        """Do one of `midi_learn.ACTIONS`; what cannot be done is told, not raised."""
        actions: dict[str, Callable[[], None]] = {
            "separate": self._separate, "audition": self._audition, "compare": self._compare,
            "next_query": lambda: self._choose(1), "previous_query": lambda: self._choose(-1), "cancel": self._cancel,
        }  # fmt: skip
        try:
            actions[action]()
        except FlowsepError as error:
            self._tell("failed", {"action": action, "message": str(error)})

    def place(self) -> dict[str, Any]:
        """Return where the playhead is, in all the words there are for it."""
        return playhead_words(self.follower, self._timeline)

    def close(self) -> None:
        """Cancel the job that runs, and wait for its end."""
        self._cancel()
        if self._job is not None:
            self._job.join()
        self._deck.stop()

    def join(self) -> None:
        """Wait for the job that runs."""
        if self._job is not None:
            self._job.join()

    def _choose(self, step: int) -> None:
        self._query = (self._query + step) % len(self._asked.request.queries)
        self._tell("query", {"query": self.query})

    def _separate(self) -> None:
        if self._job is not None and self._job.is_alive():
            raise UsageError("a job is under way; wait for it, or cancel it")
        timeline = read_session(self._path)
        check_writable(timeline, self._path)
        clips = clips_at(timeline, self.follower.head.frame(timeline), self._asked.tracks)
        rehearse(timeline, self._path, self._path, self._request(clips, self.query))
        self._timeline = timeline
        self._unwanted.clear()
        self._tell("started", {"query": self.query, "clips": [clip.name for clip in clips]})
        self._job = threading.Thread(target=self._work, args=(timeline, clips, self.query), name="flowsep MIDI job")
        self._job.start()

    def _work(self, timeline: Timeline, clips: Sequence[ClipRef], query: str) -> None:
        asked = self._request(clips, query)
        try:
            made = separate_session(timeline, self._path, asked, self._make_runner(self._check))
            self._made = _made(made, clips[0], query)
            saved = save_session(made.timeline, self._path)
        except FlowsepError as error:
            self._tell("failed", {"action": "separate", "message": str(error)})
            return
        self._timeline = read_session(self._path)
        files = [str(path) for path in made.files]
        self._tell("done", {"query": query, "files": files, "backup": str(saved.backup), "changes": list(saved.words)})

    def _request(self, clips: Sequence[ClipRef], query: str) -> SessionRequest:
        request = replace(self._asked.request, queries=(query,))
        return replace(self._asked, request=request, clips=tuple(clip.id for clip in clips), tracks=())

    def _check(self) -> None:
        if self._unwanted.is_set():
            raise Cancelled("cancelled; nothing was placed")

    def _cancel(self) -> None:
        self._unwanted.set()

    def _audition(self) -> None:
        made = self._last()
        if self._heard == made.stem:
            self._deck.stop()
            self._hear(None)
            return
        self._deck.load(made.sources, made.span)
        self._deck.listen(made.stem)
        self._deck.play()
        self._hear(made.stem)

    def _compare(self) -> None:
        made = self._last()
        if self._heard is None:
            self._deck.load(made.sources, made.span)
            self._deck.play()
        other = made.stem if self._heard == "clip" else "clip"
        self._deck.listen(other)
        self._hear(other)

    def _last(self) -> _Made:
        if self._made is None:
            raise UsageError("nothing was separated yet; separate a clip first")
        return self._made

    def _hear(self, heard: str | None) -> None:
        self._heard = heard
        self._tell("hearing", {"heard": heard})


def clips_at(timeline: Timeline, frame: int | None, tracks: Sequence[str] = ()) -> list[ClipRef]:
    """Return the clips under the playhead that can be separated. Raises UsageError where there are none."""
    if frame is None:
        raise UsageError("the playhead is not known yet; switch MIDI time code or clock on in your program, and play")
    there = [
        clip
        for track, clip in timeline.clips()
        if clip.place.start <= frame < clip.place.stop and (not tracks or {track.id, track.name} & {*tracks})
    ]
    usable = [clip for clip in there if clip.why_not() is None]
    if not usable:
        reason = f"clip {there[0].name!r} {there[0].why_not()}" if there else "no clip lies there"
        raise UsageError(f"{timeline.name} at {bars_text(frame, timeline)} (sample {frame}): {reason}")
    return usable


def playhead_words(follower: PlayheadFollower, timeline: Timeline | None = None) -> dict[str, Any]:
    """Return seconds, timecode, tempo, and, in a session, its sample and bar."""
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


def _made(made: SessionSeparation, clip: ClipRef, query: str) -> _Made:
    """Files to hear of what was placed for one clip."""
    stems = [other for _, other in made.timeline.clips() if other.like == clip.id]
    assert stems
    sources: dict[str, Path] = {}
    for name, stem in zip((f"stem:{query}", "rest"), stems, strict=False):
        assert stem.media is not None
        sources[name] = stem.media.path
    first = stems[0]
    assert first.media is not None
    covers = Span(clip.cut.start - first.cut.start, first.media.frames or first.cut.frames, clip.cut.rate)
    if clip.media is not None and clip.media.member is None:
        sources = {"clip": clip.media.path, **sources}
    return _Made(sources, covers, f"stem:{query}")
