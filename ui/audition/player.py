"""The deck as a Qt object: calls in, past-tense signals out, asked 30 times a second while something moves."""

from collections.abc import Callable, Mapping
from pathlib import Path

from PyQt6.QtCore import QCoreApplication, QObject, QTimer, pyqtSignal

from flowsep_plugin.audio.span import Span
from flowsep_plugin.audition import LaneMix, Output, Piece, Transport, open_output
from flowsep_plugin.errors import FlowsepError

POLL_MILLISECONDS = 33


class Player(QObject):
    """Plays what is loaded; see `flowsep_plugin.audition.Transport`, whose calls these are. `close` ends its threads.

    position_changed : seconds from the start of what is loaded.     state_changed : empty, stopped, playing, paused.
    levels_changed : `Levels`.     device_missing : why nothing is heard, once until that changes.
    device_found : sound is heard again.
    loaded : what can be listened to.     heard_changed : clip, stem:NAME, rest, sum.     failed : a message for people.
    """

    position_changed = pyqtSignal(float)
    state_changed = pyqtSignal(str)
    levels_changed = pyqtSignal(object)
    device_missing = pyqtSignal(str)
    device_found = pyqtSignal()
    loaded = pyqtSignal(tuple)
    heard_changed = pyqtSignal(str)
    loop_changed = pyqtSignal(object)
    matching_changed = pyqtSignal(bool)
    failed = pyqtSignal(str)

    def __init__(
        self, parent: QObject | None = None, open_device: Callable[[int, str | None], Output] = open_output
    ) -> None:
        super().__init__(parent)
        self._deck = Transport(open_device)
        self._lanes: dict[str, LaneMix] = {}
        self._loop: tuple[float, float] | None = None
        self._gain_db, self._matched, self._closed = 0.0, False, False
        self._last = self._deck.snapshot()
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MILLISECONDS)
        self._timer.timeout.connect(self.refresh)
        self._timer.start()
        application = QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self.close)

    @property
    def position(self) -> float:
        """Seconds, at the loudspeaker."""
        return self._last.position_seconds

    @property
    def seconds(self) -> float:
        """Length of what is loaded."""
        return self._last.length_seconds

    @property
    def state(self) -> str:
        """Empty, stopped, playing or paused."""
        return self._last.state

    @property
    def heard(self) -> str:
        """What is listened to."""
        return self._last.choice

    @property
    def choices(self) -> tuple[str, ...]:
        """What can be listened to."""
        return self._last.choices

    @property
    def loop(self) -> tuple[float, float] | None:
        """What is repeated, in seconds."""
        return self._loop

    @property
    def lanes(self) -> Mapping[str, LaneMix]:
        """How every lane sounds that was touched."""
        return self._lanes

    @property
    def gain_db(self) -> float:
        """How loud all of it is."""
        return self._gain_db

    @property
    def levels_matched(self) -> bool:
        """Whether all choices are brought to one loudness."""
        return self._matched

    def load(self, sources: Mapping[str, Path | Piece], span: Span | None = None) -> None:
        """Hear these: "clip", "stem:NAME" …, "rest"; `span` is the part of the clip's file, at its rate."""
        try:
            self._deck.load(sources, span)
        except FlowsepError as error:
            self.failed.emit(str(error))

    def unload(self) -> None:
        """Let all files go."""
        self._deck.unload()

    def play(self) -> None:
        """Sound from the position on."""
        self._deck.play()

    def pause(self) -> None:
        """Stand still."""
        self._deck.pause()

    def stop(self) -> None:
        """Stand still where play began."""
        self._deck.stop()

    def toggle(self) -> None:
        """Play or stop, as the space bar does."""
        self.stop() if self.state == "playing" else self.play()

    def seek(self, seconds: float) -> None:
        """Go there; playing goes on."""
        self._deck.seek(seconds)

    def set_loop(self, start: float | None, stop: float | None = None) -> None:
        """Repeat from `start` to `stop`, in seconds; `set_loop(None)` repeats nothing."""
        self._loop = None if start is None or stop is None else (start, stop)
        self._deck.set_loop(start, stop)
        self.loop_changed.emit(self._loop)

    def listen(self, heard: str) -> None:
        """Hear clip, stem:NAME, rest or sum, from the next block on, at the same place."""
        self._deck.listen(heard)
        self.refresh()

    def set_gain(self, gain_db: float) -> None:
        """How loud all of it is, in dB."""
        self._gain_db = gain_db
        self._deck.set_gain_db(gain_db)

    def set_lane(self, name: str, *, gain_db: float = 0.0, muted: bool = False, solo: bool = False) -> None:
        """How a lane ("stem:NAME" or "rest") sounds in the sum."""
        self._lanes = {**self._lanes, name: LaneMix(gain_db, muted, solo)}
        self._deck.set_lane(name, self._lanes[name])

    def set_levels_matched(self, matched: bool) -> None:
        """Hear all choices equally loud (BS.1770); measured first."""
        self._matched = matched
        self._deck.set_loudness_match(matched)

    def set_device(self, name: str | None) -> None:
        """Play on the device of that name, None for the system's default one."""
        self._deck.set_device(name)

    def close(self) -> None:
        """End the threads and close the files; nothing is heard after it. Fine twice."""
        if not self._closed:
            self._closed = True
            self._timer.stop()
            self._deck.close()

    def refresh(self) -> None:
        """Look at the deck, and say what changed."""
        if self._closed:
            return
        before, self._last = self._last, self._deck.snapshot()
        now = self._last
        if now.serial != before.serial or now.choices != before.choices:
            self.loaded.emit(now.choices)
        if now.choice != before.choice:
            self.heard_changed.emit(now.choice)
        if now.state != before.state:
            self.state_changed.emit(now.state)
        if now.position_seconds != before.position_seconds:
            self.position_changed.emit(now.position_seconds)
        if now.is_measuring != before.is_measuring:
            self.matching_changed.emit(now.is_measuring)
        if now.silent_reason is not None and now.silent_reason != before.silent_reason:
            self.device_missing.emit(now.silent_reason)
        elif now.silent_reason is None and before.silent_reason is not None:
            self.device_found.emit()
        if now.state == "playing" or now.levels != before.levels:
            self.levels_changed.emit(now.levels)
        for message in self._deck.messages():
            self.failed.emit(message)
