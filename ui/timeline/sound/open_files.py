"""A cache of open audio files, each opened once for all threads that read from it."""

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from flowsep_plugin.media import MediaSource, open_media

from .results import SoundKey, file_of


class _OpenFile:
    def __init__(self) -> None:
        self.lock = Lock()
        self.source: MediaSource | None = None
        self.readers = 0


class OpenFiles:
    """Keeps at most `most` files open that no thread reads from."""

    def __init__(self, most: int = 6) -> None:
        self._capacity = most
        self._lock = Lock()
        self._files: OrderedDict[SoundKey, _OpenFile] = OrderedDict()

    @contextmanager
    def reading(self, path: SoundKey) -> Iterator[MediaSource]:
        """Give the source of `path`, open until the end of the block. Raises MediaError where it cannot be opened."""
        with self._lock:
            file = self._files.setdefault(path, _OpenFile())
            self._files.move_to_end(path)
            file.readers += 1
        try:
            with file.lock:
                if file.source is None:
                    name, stream = file_of(path)
                    file.source = open_media(name, allow_truncated=True, stream=stream)
            yield file.source
        finally:
            with self._lock:
                file.readers -= 1
                if self._files.get(path) is not file and not file.readers and file.source is not None:
                    file.source.close()  # dropped in the meantime
                self._tidy(self._capacity)

    def drop(self, path: SoundKey) -> None:
        """Close a file that was deleted or changed; threads that read from it finish first."""
        with self._lock:
            file = self._files.pop(path, None)
            if file is not None and not file.readers and file.source is not None:
                file.source.close()

    def close(self) -> None:
        """Close all files that no thread reads from."""
        with self._lock:
            self._tidy(0)

    def _tidy(self, most: int) -> None:
        for path in [path for path, file in self._files.items() if not file.readers]:
            if len(self._files) <= most:
                return
            file = self._files.pop(path)
            if file.source is not None:
                file.source.close()
