"""Messages between the program and the process that decodes pictures: a JSON object, then the pixels of a frame."""

from fractions import Fraction
from typing import Any, BinaryIO, Final

from flowsep_plugin.untrusted.json_pipe import JsonPipe

MOST_PIXELS: Final = 8192 * 8192
"""Largest picture that is asked for and answered."""


class PicturePipe:
    """Sends and receives messages with pixels over two binary files; one thread sends and one receives at a time."""

    def __init__(self, source: BinaryIO, out: BinaryIO) -> None:
        self._json, self._source, self._out = JsonPipe(source, out), source, out

    def send(self, values: dict[str, Any], pixels: bytes | memoryview = b"") -> None:
        """Send `values`, with `pixels` behind them. Raises OSError where the other process has ended."""
        self._json.send(**values, bytes=len(pixels))
        if len(pixels):
            self._out.write(pixels)
            self._out.flush()

    def receive(self) -> tuple[dict[str, Any], bytes] | None:
        """Return the next message; None where the other process has ended. Blocks until there is one.

        Raises ValueError for what no `send` writes.
        """
        values = self._json.receive()
        if values is None:
            return None
        count = values.get("bytes")
        if type(count) is not int or not 0 <= count <= 4 * MOST_PIXELS:
            raise ValueError(f"a picture of {count!r:.40} bytes arrived")
        pixels = self._source.read(count)
        return (values, pixels) if len(pixels) == count else None

    def close(self) -> None:
        """Close the files of both directions."""
        self._json.close()


def pair(number: Fraction) -> list[int]:
    """Return a fraction as a message has it. Inverse: `fraction`."""
    return [number.numerator, number.denominator]


def fraction(numbers: Any) -> Fraction:
    """Return the fraction of a message. Raises ValueError for what `pair` does not write."""
    if not isinstance(numbers, list) or len(numbers) != 2 or any(type(one) is not int for one in numbers):
        raise ValueError(f"{numbers!r:.60} is not a fraction")
    if numbers[1] <= 0:
        raise ValueError(f"a denominator of {numbers[1]} arrived")
    return Fraction(numbers[0], numbers[1])
