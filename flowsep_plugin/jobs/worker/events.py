"""Events of the worker: numbered, sent to listeners, and buffered for listeners that connect late."""

import collections
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from .web.answers import encoded

_MOST_BUFFERED = 1000


@dataclass(frozen=True)
class Event:
    """An event, the `number`-th since the worker started; `kind` is "job", "progress", "heard", "engine" or "queue"."""

    number: int
    kind: str
    data: Mapping[str, Any]

    @cached_property
    def lines(self) -> bytes:
        """The lines of a server-sent event, encoded once for all listeners."""
        return f"id: {self.number}\nevent: {self.kind}\ndata: ".encode() + encoded(self.data) + b"\n\n"


EventListener = Callable[[Event], None]


class Events:
    """Sends events to listeners, on the thread that calls `publish`; listeners must return quickly."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._number = 0
        self._buffer: collections.deque[Event] = collections.deque(maxlen=_MOST_BUFFERED)
        self._listeners: list[EventListener] = []

    @property
    def last(self) -> int:
        """Number of the newest event; 0 before the first."""
        return self._number

    def publish(self, kind: str, data: Mapping[str, Any]) -> None:
        """Number an event, buffer it and send it to every listener; may be called from any thread."""
        with self._lock:
            self._number += 1
            event = Event(self._number, kind, data)
            self._buffer.append(event)
            for listener in self._listeners:
                listener(event)

    def listen(self, listener: EventListener, after: int | None = None) -> Callable[[], None]:
        """Call `listener` with every event after number `after`, or from now on for None. Returns what stops it."""
        with self._lock:
            for event in self._buffer:
                if after is not None and event.number > after:
                    listener(event)
            self._listeners.append(listener)

        def end() -> None:
            with self._lock:
                self._listeners.remove(listener)

        return end
