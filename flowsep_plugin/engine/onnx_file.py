"""Read an ONNX file's opset and the files that it takes weights from, without loading it.

Walks the protobuf messages that can hold tensors (`_CHILDREN`); the bytes of the weights are skipped, not read.
"""

import mmap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from flowsep_plugin.errors import BundleError
from flowsep_plugin.untrusted.printable import printable
from flowsep_plugin.untrusted.regular_file import open_regular

_CHILDREN: dict[str, dict[int, str]] = {
    "model": {7: "graph", 8: "opset", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "function": {7: "node", 11: "attribute"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {13: "external"},
}
"""Message -> field -> message in that field: the part of onnx.proto that leads to tensors."""

_OPERATOR = 4  # NodeProto.op_type
_PRECOMPILED = b"EPContext"
_LONGEST_VARINT = 10

ByteSpan = tuple[int, int]
"""First byte and end of a message in its file."""


@dataclass(frozen=True, slots=True)
class OnnxFacts:
    """Facts about an ONNX file, from its messages alone.

    opset : of the default domain, None where the file names none.     weight_files : external data, as it names them.
    is_precompiled : whether a node holds a program for a device, which may come from a further file.
    """

    opset: int | None
    weight_files: frozenset[str]
    is_precompiled: bool


def read_onnx_facts(path: Path) -> OnnxFacts:
    """Return the facts of the ONNX file at `path`. Raises BundleError where it is damaged or cannot be read."""
    try:
        with open_regular(path) as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return _facts(content)
    except (OSError, ValueError) as error:
        raise BundleError(f"{path}: not an ONNX file ({printable(error)}); install the model again") from error


def _facts(content: mmap.mmap) -> OnnxFacts:
    """Walk all messages. Raises ValueError where one is damaged."""
    opset: int | None = None
    weight_files, is_precompiled = set(), False
    messages: list[tuple[str, ByteSpan]] = [("model", (0, len(content)))]
    while messages:
        kind, span = messages.pop()
        if kind == "opset":
            domain, version = _opset(content, span)
            opset = version if domain in (b"", b"ai.onnx") else opset
        elif kind == "external":
            weight_files |= _location(content, span)
        else:
            children = _CHILDREN[kind]
            for number, value in _fields(content, span):
                if isinstance(value, tuple) and number in children:
                    messages.append((children[number], value))
                elif isinstance(value, tuple) and kind == "node" and number == _OPERATOR:
                    is_precompiled |= content[slice(*value)] == _PRECOMPILED
    return OnnxFacts(opset, frozenset(weight_files), is_precompiled)


def _opset(content: mmap.mmap, span: ByteSpan) -> tuple[bytes, int | None]:
    """Return domain and version of an OperatorSetIdProto."""
    domain, version = b"", None
    for number, value in _fields(content, span):
        if number == 1 and isinstance(value, tuple):
            domain = content[slice(*value)]
        elif number == 2 and isinstance(value, int):
            version = value
    return domain, version


def _location(content: mmap.mmap, span: ByteSpan) -> set[str]:
    """Return the file that an entry of a tensor's external data names; nothing for an entry about something else."""
    texts = {number: content[slice(*value)] for number, value in _fields(content, span) if isinstance(value, tuple)}
    if texts.get(1, b"") != b"location":
        return set()
    return {texts.get(2, b"").decode("utf-8", "surrogateescape")}


def _fields(content: mmap.mmap, span: ByteSpan) -> Iterator[tuple[int, int | ByteSpan | None]]:
    """Yield every field of a message: its number, and a whole number, the span of its bytes, or None for a fixed one.

    Raises ValueError where a field reaches past the message.
    """
    place, end = span
    while place < end:
        key, place = _varint(content, place, end)
        number, wire_type = key >> 3, key & 7
        value: int | ByteSpan | None = None
        if wire_type == 0:
            value, place = _varint(content, place, end)
        elif wire_type == 2:
            length, first = _varint(content, place, end)
            place = first + length
            value = (first, place)
        elif wire_type in (1, 5):
            place += 8 if wire_type == 1 else 4
        else:
            raise ValueError(f"field {number} has the unknown wire type {wire_type}")
        if place > end:
            raise ValueError(f"field {number} reaches past the end")
        yield number, value


def _varint(content: mmap.mmap, place: int, end: int) -> tuple[int, int]:
    """Return a varint and the place behind it. Raises ValueError where it is cut off or too long."""
    value = 0
    for index in range(min(_LONGEST_VARINT, end - place)):
        byte = content[place + index]
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            return value, place + index + 1
    raise ValueError("a number is cut off")
