"""An X server without a monitor, whose picture is a file: Xvfb's frame buffer in the format of `xwd`."""

import os
import shutil
import struct
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

_WIDTH, _HEIGHT = 1280, 800
_HEADER_WORDS = 25


def needs_xvfb() -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which("Xvfb") is None, reason="needs Xvfb: apt-get install -y xvfb")


@dataclass(frozen=True, slots=True)
class Screen:
    """A running X server. display : its name, as in DISPLAY.   file : its frame buffer."""

    display: str
    file: Path

    def pixels(self) -> np.ndarray:
        """Return what is on the screen, (height, width, 3) bytes: red, green, blue."""
        raw = self.file.read_bytes()
        header = struct.unpack(f">{_HEADER_WORDS}I", raw[: 4 * _HEADER_WORDS])
        header_bytes, height, width, bytes_per_line, colours = header[0], header[5], header[4], header[12], header[19]
        first = header_bytes + 12 * colours
        lines = np.frombuffer(raw, np.uint8, height * bytes_per_line, first).reshape(height, bytes_per_line)
        return lines[:, : 4 * width].reshape(height, width, 4)[..., 2::-1]


@contextmanager
def x_screen(folder: Path) -> Iterator[Screen]:
    """Run an X server on a free display number; its files are in `folder`."""
    read_end, write_end = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write_end), "-screen", "0", f"{_WIDTH}x{_HEIGHT}x24", "-fbdir", str(folder),
         "-nolisten", "tcp"],
        pass_fds=[write_end], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(write_end)
    try:
        with os.fdopen(read_end) as numbers:
            number = numbers.readline().strip()
        assert number, "Xvfb did not start"
        yield Screen(f":{number}", folder / "Xvfb_screen0")
    finally:
        server.terminate()
        server.wait(10)


def wait_until(condition, seconds: float, what: str):
    """Return the first value, not None, of `condition`, which is asked ten times a second."""
    until = time.monotonic() + seconds
    while (value := condition()) is None:
        assert time.monotonic() < until, f"{what} within {seconds} s"
        time.sleep(0.1)
    return value
