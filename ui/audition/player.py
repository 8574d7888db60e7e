"""The transport as a Qt object: methods to control it, signals for its changes, polled 30 times a second."""

from collections import deque
from collections.abc import Callable, Mapping

from PyQt6.QtCore import QCoreApplication, QObject, QTimer, pyqtSignal

from flowsep_plugin.audition import LaneMix, Output, PlaybackProgram, Transport, open_output
from flowsep_plugin.errors import EffectError

POLL_MILLISECONDS = 33


class Player(QObject):
    """Plays a session, the mix of its lanes or one lane through `audition.Transport`; `close` ends its threads.

    position_changed : seconds of the session.     state_changed : empty, stopped, playing, paused.
    levels_changed : `Levels`.     device_missing : why playback is silent, once until that changes.
    device_found : playback has a device again.
    loaded : the choices.     choice_changed : original, lanes, lane:ID.     failed : a message for the user.
    effect_failed : id of the lane and the `EffectError` of a slot; the lane plays dry.
    matched_changed : dB by which the choice is raised or lowered to match loudness.
    """

    position_changed = pyqtSignal(float)
    state_changed = pyqtSignal(str)
    levels_changed = pyqtSignal(object)
    device_missing = pyqtSignal(str)
    device_found = pyqtSignal()
    loaded = pyqtSignal(tuple)
    choice_changed = pyqtSignal(str)
    loop_changed = pyqtSignal(object)
    matching_changed = pyqtSignal(bool)
    matched_changed = pyqtSignal(float)
    failed = pyqtSignal(str)
    effect_failed = pyqtSignal(str, object)

    def __init__(
        self, parent: QObject | None = None, open_device: Callable[[int, str | None], Output] = open_output
    ) -> None:
        super().__init__(parent)
        self._effect_faults: deque[tuple[str, EffectError]] = deque()
        self._transport = Transport(open_device, effect_failed=lambda *fault: self._effect_faults.append(fault))
        self._mixes: Mapping[str, LaneMix] = {}
        self._loop: tuple[float, float] | None = None
        self._gain_db, self._levels_matched, self._closed = 0.0, False, False
        self._last = self._transport.snapshot()
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MILLISECONDS)
        self._timer.timeout.connect(self.refresh)
        self._timer.start()
        application = QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self.close)

    @property
    def position(self) -> float:
        """Position in seconds of the sound at the loudspeaker."""
        return self._last.position_seconds

    def position_now(self) -> float:
        """Return the position at this moment, also between two polls."""
        return self._transport.position_seconds()

    @property
    def seconds(self) -> float:
        """Length of the loaded session in seconds."""
        return self._last.length_seconds

    @property
    def state(self) -> str:
        """The state: "empty", "stopped", "playing" or "paused"."""
        return self._last.state

    @property
    def choice(self) -> str:
        """The current choice: "original", "lanes" or "lane:ID"."""
        return self._last.choice

    @property
    def choices(self) -> tuple[str, ...]:
        """Everything that `listen` accepts now."""
        return self._last.choices

    @property
    def loop(self) -> tuple[float, float] | None:
        """Start and stop of the loop in seconds, or None."""
        return self._loop

    @property
    def mixes(self) -> Mapping[str, LaneMix]:
        """Gain, mute and solo of tracks and lanes that were changed."""
        return self._mixes

    @property
    def matched_db(self) -> float:
        """The gain by which loudness matching raises or lowers the choice, in dB."""
        return self._last.matched_db

    @property
    def gain_db(self) -> float:
        """The listening volume in dB."""
        return self._gain_db

    @property
    def levels_matched(self) -> bool:
        """Whether all choices are played at the same loudness."""
        return self._levels_matched

    def load(self, program: PlaybackProgram) -> None:
        """Play `program` from now on; playback goes on where it is of the same session."""
        self._transport.load(program)

    def unload(self) -> None:
        """Stop and close all voices."""
        self._transport.unload()

    def play(self, start: float | None = None, stop: float | None = None) -> None:
        """Play from the current position on, or from `start` to `stop`, both in seconds."""
        self._transport.play(start, stop)

    def pause(self) -> None:
        """Stop at the current position."""
        self._transport.pause()

    def stop(self) -> None:
        """Stop, and go back to where playback began."""
        self._transport.stop()

    def toggle(self) -> None:
        """Stop where it plays, else play, like the space bar."""
        self.stop() if self.state == "playing" else self.play()

    def seek(self, seconds: float) -> None:
        """Move to a position; playback continues there."""
        self._transport.seek(seconds)

    def set_loop(self, start: float | None, stop: float | None = None) -> None:
        """Repeat from `start` to `stop`, in seconds; `set_loop(None)` ends the loop."""
        self._loop = None if start is None or stop is None else (start, stop)
        self._transport.set_loop(start, stop)
        self.loop_changed.emit(self._loop)

    def listen(self, choice: str) -> None:
        """Play "original", "lanes" or "lane:ID" from the next block on, at the same position."""
        self._transport.listen(choice)
        self.refresh()

    def set_gain(self, gain_db: float) -> None:
        """Set the listening volume in dB."""
        self._gain_db = gain_db
        self._transport.set_gain_db(gain_db)

    def set_mixes(self, mixes: Mapping[str, LaneMix]) -> None:
        """Set gain, mute and solo of tracks and lanes, by their names in the program."""
        if mixes != self._mixes:
            self._mixes = mixes
            self._transport.set_mixes(mixes)

    def set_levels_matched(self, matched: bool) -> None:
        """Set whether all choices are played equally loud (BS.1770), once measured."""
        self._levels_matched = matched
        self._transport.set_loudness_match(matched)

    def set_device(self, name: str | None) -> None:
        """Play on the device of that name; None for the system's default."""
        self._transport.set_device(name)

    def close(self) -> None:
        """Idempotent: end the threads and close the voices."""
        if not self._closed:
            self._closed = True
            self._timer.stop()
            self._transport.close()

    def refresh(self) -> None:
        """Poll the transport and emit signals for what has changed."""
        if self._closed:
            return
        before, self._last = self._last, self._transport.snapshot()
        current = self._last
        if current.serial != before.serial or current.choices != before.choices:
            self.loaded.emit(current.choices)
        if current.choice != before.choice:
            self.choice_changed.emit(current.choice)
        if current.state != before.state:
            self.state_changed.emit(current.state)
        if current.position_seconds != before.position_seconds:
            self.position_changed.emit(current.position_seconds)
        if current.matched_db != before.matched_db:
            self.matched_changed.emit(current.matched_db)
        if current.is_measuring != before.is_measuring:
            self.matching_changed.emit(current.is_measuring)
        if current.silent_reason is not None and current.silent_reason != before.silent_reason:
            self.device_missing.emit(current.silent_reason)
        elif current.silent_reason is None and before.silent_reason is not None:
            self.device_found.emit()
        if current.state == "playing" or current.levels != before.levels:
            self.levels_changed.emit(current.levels)
        for message in self._transport.messages():
            self.failed.emit(message)
        while self._effect_faults:
            self.effect_failed.emit(*self._effect_faults.popleft())
