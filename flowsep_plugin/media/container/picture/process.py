"""The process that decodes pictures: a damaged or hostile video crashes, hangs or fills this one, not the panel.

A request names file, time and size; the answer is the frame, or that there is none, or an error in words.
"""

from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from flowsep_plugin.errors import FlowsepError
from flowsep_plugin.untrusted.child_process import (
    end_after,
    forbid_core_files,
    leave_signals_to_parent,
    limit_memory,
    message_files,
)

from .pipe import PicturePipe, fraction, pair
from .reader import PictureReader

_MOST_SECONDS: Final = 20.0
_MEMORY_BYTES: Final = 3 << 30


class PictureServer:
    """Answers requests for frames, one after the other; keeps the last file open."""

    def __init__(self, pipe: PicturePipe) -> None:
        self._pipe = pipe
        self._reader: PictureReader | None = None
        self._open_file: tuple[Path, Fraction] | None = None

    def serve(self) -> None:
        """Answer until the program ends or closes the pipe."""
        while (message := self._pipe.receive()) is not None:
            end_after(_MOST_SECONDS)
            try:
                values, pixels = self._answer(message[0])
            except (FlowsepError, OSError, MemoryError) as error:
                values, pixels = {"error": str(error) or "there is not enough memory"}, b""
            end_after(None)
            self._pipe.send(values, pixels)

    def _answer(self, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        reader = self._open(Path(request["path"]), fraction(request["sound_start"]))
        frame = reader.frame_at(fraction(request["seconds"]), request["width"], request["height"])
        if frame is None:
            return {"first": pair(reader.start)}, b""
        height, width, _ = frame.pixels.shape
        span = {"start": pair(frame.start), "stop": pair(frame.stop)}
        return {**span, "width": width, "height": height}, frame.pixels.tobytes()

    def _open(self, path: Path, sound_start: Fraction) -> PictureReader:
        """Return the reader of a file, the one that is open where it is the same."""
        if self._reader is None or self._open_file != (path, sound_start):
            self._close()
            self._reader, self._open_file = PictureReader(path, sound_start), (path, sound_start)
        return self._reader

    def _close(self) -> None:
        if self._reader is not None:
            self._reader.close()
        self._reader = self._open_file = None


def main() -> int:
    """Serve the program on standard input and output; returns the exit code."""
    leave_signals_to_parent()
    forbid_core_files()
    limit_memory(_MEMORY_BYTES)
    PictureServer(PicturePipe(*message_files())).serve()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
