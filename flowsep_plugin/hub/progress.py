"""Progress of a download, in bytes over all files, with the time left; the callback may stop it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from .failures import HubError


@dataclass(frozen=True, slots=True)
class DownloadProgress:
    """Bytes that are there, of `total`; `file` is the one on its way, `eta_seconds` None before the first byte."""

    file: str
    have: int
    total: int
    eta_seconds: float | None


DownloadCallback: TypeAlias = Callable[[DownloadProgress], None]
"""Called a few times a second while bytes arrive. Raising Cancelled in it stops the download."""


def ignore_download(progress: DownloadProgress) -> None:
    """Do nothing: the callback of callers that need none."""


class DownloadMeter:
    """Adds up the bytes of several files and calls back; `total` is known beforehand."""

    def __init__(self, callback: DownloadCallback, total: int) -> None:
        self._callback, self._total = callback, total
        self._done, self._fetched, self._start_s = 0, 0, time.monotonic()

    def skip(self, file: str, size: int) -> None:
        """Count a file that needs no download."""
        self._done += size
        self._report(file)

    def bar_class(self, file: str, size: int) -> Any:
        """Return a class like tqdm, which `huggingface_hub` tells about the bytes of one file.

        Its updates raise HubError for more bytes than the server announced.
        """
        meter = self

        class Bar:
            """Receives the bytes of one file, with the few methods of tqdm that are called."""

            def __init__(self, *_: Any, initial: int = 0, **__: Any) -> None:
                self.have = 0
                self.update(initial)

            def update(self, count: float | None = 1) -> None:
                """Count bytes; a negative number takes some back. Raises HubError."""
                self.have += int(count or 0)
                if self.have > size:
                    raise HubError(f"{file} is longer than the {size} bytes that the server announced; try again later")
                meter._add(file, int(count or 0))

            def __enter__(self) -> "Bar":
                return self

            def __exit__(self, kind: object, *_: object) -> None:
                if kind is not None:  # the bytes are thrown away
                    meter._add(file, -self.have)

            def close(self) -> None:
                """Do nothing: there is nothing on a screen."""

        return Bar

    def _add(self, file: str, count: int) -> None:
        self._done += count
        self._fetched += count
        if count >= 0:
            self._report(file)

    def _report(self, file: str) -> None:
        elapsed_s = time.monotonic() - self._start_s
        rate = self._fetched / elapsed_s if elapsed_s > 0 else 0
        eta = max(0, self._total - self._done) / rate if rate > 0 else None
        self._callback(DownloadProgress(file, self._done, self._total, eta))
