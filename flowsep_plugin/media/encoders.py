"""Encoders of the three stem formats, which write samples to an open file."""

from collections.abc import Sequence
from contextlib import suppress
from typing import BinaryIO, Final, Literal, Protocol

import numpy as np
import soundfile as sf

from flowsep_plugin.audio.types import Samples
from flowsep_plugin.errors import MediaError

from .grid import codes24
from .wave import WaveSpec, wave_tail

Format = Literal["wav24", "wav32f", "flac24"]
"""WAV of 24-bit integers, WAV of 32-bit floats, FLAC of 24-bit integers."""

SUFFIXES: Final[dict[Format, str]] = {"wav24": ".wav", "wav32f": ".wav", "flac24": ".flac"}
BITS: Final[dict[Format, int]] = {"wav24": 24, "wav32f": 32, "flac24": 24}

FLAC_CHANNELS: Final = 8
FLAC_RATE: Final = 655_350
FLAC_BLOCK_BYTES: Final = 2**24 - 1
_STREAMINFO_STOP: Final = 42
"""End of the first metadata block of a FLAC file: "fLaC", a block header of 4 bytes, 34 bytes."""


def check_fits(format: Format, *, channels: int, rate: int) -> None:
    """Raise MediaError where files of `format` cannot have so many channels or that rate, in Hz."""
    if format != "flac24":
        return
    if channels > FLAC_CHANNELS:
        raise MediaError(f"FLAC holds at most {FLAC_CHANNELS} channels, not {channels}; write wav24 instead")
    if rate > FLAC_RATE:
        raise MediaError(f"FLAC holds at most {FLAC_RATE} Hz, not {rate}; write wav24 instead")


class StemEncoder(Protocol):
    """Encodes blocks in order; `finish` completes the file, which the caller closes."""

    def write(self, block: Samples) -> None:
        """Append `block`, (channels, n) float32. Raises OSError where writing fails."""
        ...

    def finish(self) -> None:
        """Write the bytes after the last frame. Raises OSError where writing fails."""
        ...

    def abandon(self) -> None:
        """Release all resources; the file is incomplete unless `finish` was called before. Raises nothing."""
        ...


class WaveEncoder:
    """WAV: the head, then interleaved little-endian samples."""

    def __init__(self, file: BinaryIO, head: Sequence[bytes], spec: WaveSpec) -> None:
        self._file, self._spec = file, spec
        file.write(b"".join(head))

    def write(self, block: Samples) -> None:
        """Append `block`, (channels, n) float32, as 24-bit integers or 32-bit floats."""
        interleaved = np.ascontiguousarray(block.T)
        if self._spec.bits == 32:
            self._file.write(interleaved.astype("<f4", copy=False).tobytes())
        else:
            words = codes24(interleaved).astype("<i4", copy=False).view(np.uint8).reshape(-1, 4)
            self._file.write(words[:, :3].tobytes())

    def finish(self) -> None:
        """Write the padding byte of an odd `data` chunk, and the chunks after it."""
        self._file.write(b"\0" * (self._spec.data_bytes % 2))
        self._file.writelines(wave_tail(self._spec))

    def abandon(self) -> None:
        """Do nothing: this encoder has no resources of its own."""


class FlacEncoder:
    """FLAC through soundfile; `head` is stored in APPLICATION blocks, as `flac --keep-foreign-metadata` does.

    Raises MediaError where FLAC does not support the channel count or rate.
    """

    def __init__(self, file: BinaryIO, head: Sequence[bytes], spec: WaveSpec) -> None:
        check_fits("flac24", channels=spec.channels, rate=spec.rate)
        foreign = [*head, *wave_tail(spec)]
        if max(map(len, foreign)) > FLAC_BLOCK_BYTES - 4:
            raise MediaError(
                "FLAC holds metadata of at most 16 MB a chunk, and the source has more; write wav24 instead"
            )
        blocks = b"".join(b"\x02" + (4 + len(part)).to_bytes(3, "big") + b"riff" + part for part in foreign)
        self._file = _Gapped(file, _STREAMINFO_STOP, blocks)
        self._sound = sf.SoundFile(
            self._file, "w", samplerate=spec.rate, channels=spec.channels, format="FLAC", subtype="PCM_24"
        )

    def write(self, block: Samples) -> None:
        """Append `block`, (channels, n) float32, as 24-bit integers. Raises OSError where writing fails."""
        try:
            self._sound.write(np.ascontiguousarray(codes24(block.T) << 8))
        except (sf.SoundFileError, AssertionError):
            self._file.check()
            raise
        self._file.check()

    def finish(self) -> None:
        """Flush libFLAC and complete the file's header. Raises OSError where writing fails."""
        try:
            self._sound.close()
        except sf.SoundFileError:
            self._file.check()
            raise
        self._file.check()

    def abandon(self) -> None:
        """Close libFLAC; whatever it still writes is discarded."""
        self._file.drop()
        with suppress(sf.SoundFileError):
            self._sound.close()


class _Gapped:
    """A view of `file` that hides the bytes of `gap`, inserted after its first `head` bytes.

    libsndfile calls this from C, where exceptions are lost: the first one is stored for `check`.
    """

    def __init__(self, file: BinaryIO, head: int, gap: bytes) -> None:
        self._file, self._head, self._gap = file, head, len(gap)
        self._at, self._end = 0, 0
        self._error: OSError | None = None
        self._dropped = False
        file.write(bytes(head) + gap)

    def check(self) -> None:
        """Raise the first error of a write, if there was one."""
        if self._error:
            raise self._error

    def drop(self) -> None:
        """Discard all further writes, such as those of libFLAC on closing."""
        self._dropped = True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = offset + (0, self._at, self._end)[whence]
        return self._at

    def read(self, count: int) -> bytes:
        raise OSError("this file is write-only")

    def write(self, content: bytes) -> int:
        try:
            before = content[: max(0, self._head - self._at)]
            self._write_at(before, self._at)
            self._write_at(content[len(before) :], self._at + len(before) + self._gap)
        except OSError as error:
            self._error = self._error or error
            return 0
        self._at += len(content)
        self._end = max(self._end, self._at)
        return len(content)

    def _write_at(self, content: bytes, at: int) -> None:
        if content and not self._dropped:
            self._file.seek(at)
            self._file.write(content)
