"""The program's side of the process that decodes pictures: a frame of a video at a time, as pixels."""

import contextlib
import subprocess
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from flowsep_plugin.errors import MediaError
from flowsep_plugin.untrusted.child_process import child_command, exit_text

from .pipe import PicturePipe, fraction, pair

_WAIT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class PictureFile:
    """A video file. sound_start : where the first frame of its sound is after the picture's, in seconds."""

    path: Path
    sound_start: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureImage:
    """A frame as a display takes it. start, stop : when it is shown, in seconds of the file's sound.

    pixels : rows of `width` pixels, each blue, green, red and 255; `height` of them.
    """

    start: Fraction
    stop: Fraction
    width: int
    height: int
    pixels: bytes


class PictureHost:
    """Decodes frames in a child process, which starts with the first call. For one thread, but for `kill`."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe: PicturePipe | None = None

    @property
    def pid(self) -> int | None:
        """Process id of the child; None where none runs."""
        process = self._process
        return None if process is None else process.pid

    def image_at(self, file: PictureFile, seconds: Fraction, width: int, height: int) -> PictureImage | None:
        """Return the frame of `file` at `seconds`, fitted into `width` x `height`; None before the first frame.

        Raises MediaError where the file has no picture, cannot be decoded, or ends the process.
        """
        request = {
            "path": str(file.path.absolute()), "sound_start": pair(file.sound_start), "seconds": pair(seconds),
            "width": width, "height": height,
        }  # fmt: skip
        pipe = self._running()
        try:
            pipe.send(request)
            answer = pipe.receive()
            if answer is not None:
                return _image(*answer)
        except (OSError, ValueError, KeyError):
            pass  # the process has ended, or sends what no decoder of ours sends
        raise self._end_of_process(file)

    def kill(self) -> None:
        """End the child at once, from any thread, and with it a call that waits."""
        process = self._process
        if process is not None:
            with contextlib.suppress(OSError):
                process.kill()

    def close(self) -> None:
        """End the child and close its pipe. Idempotent."""
        self.kill()
        if self._process is not None:
            self._process.wait()
        if self._pipe is not None:
            self._pipe.close()
        self._process = self._pipe = None

    def _running(self) -> PicturePipe:
        if self._pipe is None:
            process = self._process = subprocess.Popen(
                child_command(f"{__package__}.process"),
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )  # fmt: skip
            assert process.stdin is not None
            assert process.stdout is not None
            self._pipe = PicturePipe(process.stdout, process.stdin)  # type: ignore[arg-type]
        return self._pipe

    def _end_of_process(self, file: PictureFile) -> MediaError:
        """Clear away a child that has ended, or misbehaves, and return what to say."""
        assert self._process is not None
        try:
            why = f"crashed ({exit_text(self._process.wait(_WAIT_SECONDS))})"
        except subprocess.TimeoutExpired:
            why = "does not answer"
        self.close()
        return MediaError(
            f"the picture of {file.path.name} cannot be shown: its decoder {why}; the sound is not affected"
        )


def _image(values: dict[str, object], pixels: bytes) -> PictureImage | None:
    """Return the frame of an answer. Raises MediaError for an error, ValueError for pixels that are not of its size."""
    if "error" in values:
        raise MediaError(str(values["error"]))
    if "start" not in values:
        return None
    width, height = values["width"], values["height"]
    if type(width) is not int or type(height) is not int or width * height * 4 != len(pixels):
        raise ValueError("pixels of another size arrived")
    start, stop = fraction(values["start"]), fraction(values["stop"])
    return PictureImage(start=start, stop=stop, width=width, height=height, pixels=pixels)
