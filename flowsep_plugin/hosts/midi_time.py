"""Follow a DAW's playhead from MIDI time code, machine control, clock and song position.

Quarter frames resolve the playhead to a quarter of a video frame, clocks to a 24th of a quarter note: enough to tell
which clip it is on, not to place audio.
Sources: MIDI Time Code (RP-004), MIDI Machine Control (RP-013), MIDI 1.0 (clock, song position).
"""

from collections import deque
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from flowsep_plugin.timeline import FrameRate, Timeline
from flowsep_plugin.timeline.numbers import frames

if TYPE_CHECKING:
    import mido

_RATES: Final = (
    FrameRate(Fraction(24)),
    FrameRate(Fraction(25)),
    FrameRate(Fraction(30000, 1001), drop=True),
    FrameRate(Fraction(30)),
)
_PIECES: Final = 8
_CLOCKS_A_QUARTER: Final = 24
_MMC: Final = (0x7F, 0x06)
_SIXTEENTHS_A_QUARTER: Final = 4
_LOST_SECONDS: Final = 0.5
_MTC_FULL: Final = (0x7F, 0x01, 0x01)
_MMC_VERBS: Final = {1: "stop", 2: "play", 3: "play", 6: "record", 7: "stop", 9: "pause"}
_LOCATE: Final = (0x44, 0x06, 0x01)


@dataclass(frozen=True, slots=True, kw_only=True)
class Playhead:
    """Position and state of the playhead; None where no message has told yet.

    seconds : since 00:00:00:00 of the session's clock, by time code.     quarters : from its start, by song position.
    bpm : by MIDI clock.     rate : of the time code.
    """

    seconds: Fraction | None = None
    quarters: Fraction | None = None
    is_running: bool = False
    bpm: float | None = None
    rate: FrameRate | None = None

    def frame(self, timeline: Timeline) -> int | None:
        """Return the playhead in frames of `timeline`, by time code, else by song position; None before either came."""
        if self.seconds is not None:
            return frames(self.seconds, timeline.rate) - timeline.origin
        if self.quarters is not None:
            return frames(timeline.tempo.seconds(self.quarters), timeline.rate)
        return None


@dataclass(slots=True)
class PlayheadFollower:
    """Updates `head` from messages and the times of their arrival."""

    head: Playhead = field(default_factory=Playhead)
    _pieces: dict[int, int] = field(default_factory=dict)
    _ticks: deque[float] = field(default_factory=lambda: deque(maxlen=2 * _CLOCKS_A_QUARTER + 1))
    _last: float | None = None

    def receive(self, message: "mido.Message", now_s: float) -> bool:
        """Process a message that arrived at `now_s`, in seconds of any steady clock; returns whether `head` changed."""
        before = self.head
        match message.type:
            case "quarter_frame":
                self._last = now_s
                self._quarter_frame(message.frame_type, message.frame_value)
            case "sysex":
                self._sysex(tuple(message.data))
            case "clock":
                self._clock(now_s)
            case "songpos":
                self._set(quarters=Fraction(message.pos, _SIXTEENTHS_A_QUARTER))
            case "start" | "continue":
                self._ticks.clear()
                quarters = Fraction(0) if message.type == "start" else self.head.quarters
                self._set(is_running=True, quarters=quarters)
            case "stop":
                self._set(is_running=False)
        return self.head != before

    def tick(self, now_s: float) -> bool:
        """Stop the playhead when time code has been missing for half a second; returns whether `head` changed."""
        before = self.head
        if self._last is not None and now_s - self._last > _LOST_SECONDS:
            self._last = None
            self._pieces.clear()
            self._set(is_running=False)
        return self.head != before

    def _quarter_frame(self, kind: int, value: int) -> None:
        """Add one of eight pieces of a time; it is two frames old when the last piece arrives."""
        if kind == 0:
            self._pieces.clear()
        self._pieces[kind] = value
        if kind != _PIECES - 1 or len(self._pieces) != _PIECES:
            return
        low = self._pieces
        frame, second, minute = (low[2 * n] + 16 * low[2 * n + 1] for n in range(3))
        hour = low[6] + 16 * (low[7] & 1)
        self._locate(hour, minute, second, frame, (low[7] >> 1) & 3, 2)
        self._set(is_running=True)

    def _sysex(self, data: tuple[int, ...]) -> None:
        if len(data) >= 8 and (data[0], *data[2:4]) == _MTC_FULL:
            self._locate(data[4] & 0x1F, data[5], data[6], data[7], data[4] >> 5 & 3, 0)
        elif len(data) >= 4 and (data[0], data[2]) == _MMC:
            if data[3:6] == _LOCATE and len(data) >= 10:
                self._locate(data[6] & 0x1F, data[7] & 0x3F, data[8] & 0x3F, data[9] & 0x1F, data[6] >> 5 & 3, 0)
            elif data[3] in _MMC_VERBS:
                self._set(is_running=_MMC_VERBS[data[3]] in ("play", "record"))

    def _locate(self, hour: int, minute: int, second: int, frame: int, kind: int, later: int) -> None:
        rate = _RATES[kind]
        if minute > 59 or second > 59 or frame >= rate.nominal:
            return
        total = 60 * hour + minute
        number = (60 * total + second) * rate.nominal + frame - rate.dropped * (total - total // 10)
        self._set(seconds=(number + later) / rate.fps, rate=rate)

    def _clock(self, now_s: float) -> None:
        """Update the tempo, over the last two quarters or since a pause, and the song position while running."""
        if self.head.is_running and self.head.quarters is not None:
            self._set(quarters=self.head.quarters + Fraction(1, _CLOCKS_A_QUARTER))
        if self._ticks and now_s - self._ticks[-1] > 1:
            self._ticks.clear()
        self._ticks.append(now_s)
        if len(self._ticks) > _CLOCKS_A_QUARTER and self._ticks[-1] > self._ticks[0]:
            quarters = (len(self._ticks) - 1) / _CLOCKS_A_QUARTER
            self._set(bpm=round(60 * quarters / (self._ticks[-1] - self._ticks[0]), 2))

    def _set(self, **changes: object) -> None:
        self.head = replace(self.head, **changes)  # type: ignore[arg-type]
