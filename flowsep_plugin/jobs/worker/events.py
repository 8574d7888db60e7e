"""What happens, as it happens: numbered, told to whoever listens, and kept for a while for those who come late."""

import collections
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

_KEPT = 1000


@dataclass(frozen=True, slots=True)
class Event:
    """Number `number` since the worker started; `kind` is "job", "progress", "heard", "engine" or "queue"."""

    number: int
    kind: str
    data: Mapping[str, Any]


EventListener = Callable[[Event], None]


class Events:
    """Call `tell` from any thread; listeners are called on that thread and must be quick."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._number = 0
        self._kept: collections.deque[Event] = collections.deque(maxlen=_KEPT)
        self._listeners: list[EventListener] = []

    @property
    def last(self) -> int:
        """Number of the newest event."""
        return self._number

    def tell(self, kind: str, data: Mapping[str, Any]) -> None:
        """Make an event of `data`."""
        with self._lock:
            self._number += 1
            event = Event(self._number, kind, data)
            self._kept.append(event)
            for listener in self._listeners:
                listener(event)

    def listen(self, listener: EventListener, after: int | None = None) -> Callable[[], None]:
        """Call `listener` with every event behind number `after` (None: from now on). Returns what ends it."""
        with self._lock:
            for event in self._kept:
                if after is not None and event.number > after:
                    listener(event)
            self._listeners.append(listener)

        def end() -> None:
            with self._lock:
                self._listeners.remove(listener)

        return end
