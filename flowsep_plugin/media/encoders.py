"""The three formats that stems are written in: samples to bytes on an open file."""

from collections.abc import Sequence
from contextlib import suppress
from typing import BinaryIO, Final, Literal, Protocol

import numpy as np
import soundfile as sf

from flowsep_plugin.audio.types import Samples
from flowsep_plugin.errors import MediaError

from .grid import codes24
from .wave import WaveSpec

Format = Literal["wav24", "wav32f", "flac24"]
"""WAV of 24-bit integers, WAV of 32-bit floats, FLAC of 24-bit integers."""

SUFFIXES: Final[dict[Format, str]] = {"wav24": ".wav", "wav32f": ".wav", "flac24": ".flac"}
BITS: Final[dict[Format, int]] = {"wav24": 24, "wav32f": 32, "flac24": 24}

FLAC_CHANNELS: Final = 8
FLAC_RATE: Final = 655_350
_STREAMINFO_STOP: Final = 42
"""Where the first metadata block of a FLAC file ends: "fLaC", a block head of 4 bytes, 34 bytes."""


class Encoder(Protocol):
    """Takes blocks in order; `finish` completes the file, which the caller closes."""

    def write(self, block: Samples) -> None:
        """Append `(channels, n)`. Raises OSError where the disk refuses."""
        ...

    def finish(self) -> None:
        """Write what comes after the last frame. Raises OSError where the disk refuses."""
        ...

    def abandon(self) -> None:
        """Stop here and let go; the file will not be kept. Never raises, and may follow `finish`."""
        ...


class WaveEncoder:
    """Our own WAV: the head, then little-endian samples."""

    def __init__(self, file: BinaryIO, head: Sequence[bytes], spec: WaveSpec) -> None:
        self._file, self._spec = file, spec
        file.write(b"".join(head))

    def write(self, block: Samples) -> None:
        """See `Encoder`."""
        turned = np.ascontiguousarray(block.T)
        if self._spec.bits == 32:
            self._file.write(turned.astype("<f4", copy=False).tobytes())
        else:
            words = codes24(turned).astype("<i4", copy=False).view(np.uint8).reshape(-1, 4)
            self._file.write(words[:, :3].tobytes())

    def finish(self) -> None:
        """See `Encoder`."""
        self._file.write(b"\0" * (self._spec.data_bytes % 2))

    def abandon(self) -> None:
        """See `Encoder`."""


class FlacEncoder:
    """libFLAC through soundfile; `head` is kept in APPLICATION blocks, as `flac --keep-foreign-metadata` keeps it.

    Raises MediaError where FLAC cannot hold that width or rate.
    """

    def __init__(self, file: BinaryIO, head: Sequence[bytes], spec: WaveSpec) -> None:
        if spec.channels > FLAC_CHANNELS:
            raise MediaError(f"FLAC holds at most {FLAC_CHANNELS} channels, not {spec.channels}; write wav24 instead")
        if spec.rate > FLAC_RATE:
            raise MediaError(f"FLAC holds at most {FLAC_RATE} Hz, not {spec.rate}; write wav24 instead")
        blocks = b"".join(b"\x02" + (4 + len(part)).to_bytes(3, "big") + b"riff" + part for part in head)
        self._file = _Gapped(file, _STREAMINFO_STOP, blocks)
        self._sound = sf.SoundFile(
            self._file, "w", samplerate=spec.rate, channels=spec.channels, format="FLAC", subtype="PCM_24"
        )

    def write(self, block: Samples) -> None:
        """See `Encoder`."""
        try:
            self._sound.write(np.ascontiguousarray(codes24(block.T) << 8))
        except (sf.SoundFileError, AssertionError):
            self._file.check()
            raise
        self._file.check()

    def finish(self) -> None:
        """See `Encoder`."""
        try:
            self._sound.close()
        except sf.SoundFileError:
            self._file.check()
            raise
        self._file.check()

    def abandon(self) -> None:
        """See `Encoder`."""
        self._file.drop()
        with suppress(sf.SoundFileError):
            self._sound.close()


class _Gapped:
    """`file` as if the bytes of `gap`, which lie after its first `head` bytes, were not there.

    libsndfile calls this from C, where an exception would be lost: the first one is kept for `check`.
    """

    def __init__(self, file: BinaryIO, head: int, gap: bytes) -> None:
        self._file, self._head, self._gap = file, head, len(gap)
        self._at, self._end = 0, 0
        self._error: OSError | None = None
        self._dropped = False
        file.write(bytes(head) + gap)

    def check(self) -> None:
        """Raise what went wrong, if something did."""
        if self._error:
            raise self._error

    def drop(self) -> None:
        """Take no more: what libFLAC writes on closing goes nowhere."""
        self._dropped = True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = offset + (0, self._at, self._end)[whence]
        return self._at

    def read(self, count: int) -> bytes:
        raise OSError("this file is only written")

    def write(self, content: bytes) -> int:
        try:
            before = content[: max(0, self._head - self._at)]
            self._put(before, self._at)
            self._put(content[len(before) :], self._at + len(before) + self._gap)
        except OSError as error:
            self._error = self._error or error
            return 0
        self._at += len(content)
        self._end = max(self._end, self._at)
        return len(content)

    def _put(self, content: bytes, at: int) -> None:
        if content and not self._dropped:
            self._file.seek(at)
            self._file.write(content)
