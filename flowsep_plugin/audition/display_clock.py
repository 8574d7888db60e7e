"""What a display may show: made in blocks ahead of time, seen when it sounds."""

from collections import deque
from threading import Lock

from .levels import Levels, louder

_MOST_BLOCKS = 4096


class DisplayClock:
    """Position and levels at the loudspeaker; filled by the output's thread, asked by the display's."""

    def __init__(self) -> None:
        self._blocks: deque[tuple[float, float, Levels]] = deque(maxlen=_MOST_BLOCKS)
        self._last: tuple[float, Levels] = (0.0, Levels())
        self._lock = Lock()

    def add(self, sounds_at: float, position: float, levels: Levels) -> None:
        """Note a block that will sound at `sounds_at` of the clock, from `position` (seconds) on."""
        self._blocks.append((sounds_at, position, levels))

    def forget(self, position: float) -> None:
        """After a jump: be at `position`, in silence."""
        with self._lock:
            self._blocks.clear()
            self._last = (position, Levels())

    def at(self, now: float, resting: float | None) -> tuple[float, Levels]:
        """Position now, and the highest levels since the last call.

        resting : where it stands, if nothing sounds any more; None while it does.
        """
        heard: tuple[float, Levels] | None = None
        with self._lock:
            while self._blocks and self._blocks[0][0] <= now:
                _, position, levels = self._blocks.popleft()
                heard = (position, levels if heard is None else louder(heard[1], levels))
            if heard is not None:
                self._last = heard
            if resting is not None and not self._blocks:
                self._last = (resting, heard[1] if heard else Levels())
            return self._last
