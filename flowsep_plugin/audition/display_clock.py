"""Position and levels for a display: blocks are rendered ahead of time and shown when they sound."""

from collections import deque
from threading import Lock

from .levels import Levels, louder

_MOST_BLOCKS = 4096
_LONGEST_BLOCK_SECONDS = 0.1


class DisplayClock:
    """Position and levels at the loudspeaker. The output's thread calls `add`, the display's thread calls `at`."""

    def __init__(self) -> None:
        self._blocks: deque[tuple[float, float, Levels]] = deque(maxlen=_MOST_BLOCKS)
        self._last: tuple[float, Levels] = (0.0, Levels())
        self._last_began: float | None = None
        self._lock = Lock()

    def add(self, sounds_at: float, position: float, levels: Levels) -> None:
        """Add a block that starts to sound at time `sounds_at` of the clock, from `position` in seconds."""
        self._blocks.append((sounds_at, position, levels))

    def reset(self, position: float) -> None:
        """Drop all blocks and show `position` without levels, as after a jump."""
        with self._lock:
            self._blocks.clear()
            self._last = (position, Levels())
            self._last_began = None

    def position(self, now_s: float, idle_position: float | None) -> float:
        """Return the position at time `now_s` within its block too; levels are left for `at`.

        idle_position : as in `at`.
        """
        with self._lock:
            sounding = [block for block in self._blocks if block[0] <= now_s]
            if idle_position is not None and len(sounding) == len(self._blocks):
                return idle_position
            began, position = (self._last_began, self._last[0]) if not sounding else sounding[-1][:2]
            return position if began is None else position + min(max(0.0, now_s - began), _LONGEST_BLOCK_SECONDS)

    def at(self, now_s: float, idle_position: float | None) -> tuple[float, Levels]:
        """Return the position at time `now_s`, and the highest levels since the last call.

        idle_position : where the transport is once nothing sounds any more; None while it plays.
        """
        latest: tuple[float, Levels] | None = None
        with self._lock:
            while self._blocks and self._blocks[0][0] <= now_s:
                self._last_began, position, levels = self._blocks.popleft()
                latest = (position, levels if latest is None else louder(latest[1], levels))
            if latest is not None:
                self._last = latest
            if idle_position is not None and not self._blocks:
                self._last = (idle_position, latest[1] if latest else Levels())
                self._last_began = None
            return self._last
