"""Audio files that are open now, a few, each opened once however many threads read from it."""

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from flowsep_plugin.media import MediaSource, open_media


class _Place:
    def __init__(self) -> None:
        self.lock = Lock()
        self.source: MediaSource | None = None
        self.readers = 0


class Shelf:
    """At most `most` files stay open when nobody reads."""

    def __init__(self, most: int = 6) -> None:
        self._most = most
        self._lock = Lock()
        self._places: OrderedDict[Path, _Place] = OrderedDict()

    @contextmanager
    def reading(self, path: Path) -> Iterator[MediaSource]:
        """Read from `path`; it is not closed meanwhile. Raises MediaError where it cannot be opened."""
        with self._lock:
            place = self._places.setdefault(path, _Place())
            self._places.move_to_end(path)
            place.readers += 1
        try:
            with place.lock:
                if place.source is None:
                    place.source = open_media(path, allow_truncated=True)
            yield place.source
        finally:
            with self._lock:
                place.readers -= 1
                if self._places.get(path) is not place and not place.readers and place.source is not None:
                    place.source.close()  # dropped meanwhile
                self._tidy(self._most)

    def drop(self, path: Path) -> None:
        """Let go of a file that is gone or changed; who reads from it now finishes first."""
        with self._lock:
            place = self._places.pop(path, None)
            if place is not None and not place.readers and place.source is not None:
                place.source.close()

    def close(self) -> None:
        """Close all that nobody reads from."""
        with self._lock:
            self._tidy(0)

    def _tidy(self, most: int) -> None:
        for path in [path for path, place in self._places.items() if not place.readers]:
            if len(self._places) <= most:
                return
            place = self._places.pop(path)
            if place.source is not None:
                place.source.close()
