"""Damage to chunked files (RIFF, RF64, AIFF, CAF, MIDI): bodies, sizes, order, and chunks that double."""

import random
import struct
from dataclasses import dataclass, replace

from .odd_values import edge
from .raw import RAW


@dataclass(frozen=True, slots=True)
class Layout:
    """Kind of chunked file: bytes of its head, `struct` of id and size, whether bodies are padded to even lengths."""

    head: int
    fields: str
    is_padded: bool = True


@dataclass(frozen=True, slots=True)
class Piece:
    """A chunk; `size` is that it declares."""

    name: bytes
    size: int
    body: bytes


_LAYOUTS = {
    b"RIFF": Layout(12, "<4sI"), b"RF64": Layout(12, "<4sI"), b"BW64": Layout(12, "<4sI"), b"FORM": Layout(12, ">4sI"),
    b"RIFX": Layout(12, ">4sI"), b"caff": Layout(8, ">4sq", is_padded=False), 
    b"MThd": Layout(0, ">4sI", is_padded=False),
}  # fmt: skip


def mutate_chunks(data: bytes, rng: random.Random) -> bytes:
    """Return the file with one chunk changed, and with right sizes more often than not."""
    layout = _LAYOUTS.get(data[:4])
    if layout is None:
        return data
    pieces = _pieces(data, layout)
    if not pieces:
        return data
    place = rng.randrange(len(pieces))
    piece = pieces[place]
    match rng.randrange(8):
        case 0 | 1 | 2:
            body = rng.choice(RAW)(piece.body[:65536], rng) + piece.body[65536:]
            pieces[place] = replace(piece, body=body, size=len(body) if rng.random() < 0.8 else piece.size)
        case 3 | 4:
            pieces[place] = replace(piece, size=edge(rng))
        case 5:
            pieces.insert(rng.randint(0, len(pieces)), pieces.pop(place))
        case 6:
            pieces[place:place] = [piece] * rng.choice((1, 2, 300 if len(piece.body) < 500 else 1))
        case _:
            name = rng.choice(
                (b"LIST", b"bext", b"cue ", b"iXML", b"axml", b"ds64", b"fact", b"MTrk", bytes(4), b"data")
            )
            pieces.insert(place, Piece(name, n := rng.choice((0, 1, 7, 300)), rng.randbytes(n)))
    return _joined(data[: layout.head], pieces, layout)


def _pieces(data: bytes, layout: Layout) -> list[Piece]:
    pieces, at, width = [], layout.head, struct.calcsize(layout.fields)
    while at + width <= len(data) and len(pieces) < 1000:
        name, size = struct.unpack_from(layout.fields, data, at)
        stop = at + width + size if 0 <= size < len(data) else len(data)
        pieces.append(Piece(name, size, data[at + width : stop]))
        at = stop + (size % 2 if layout.is_padded else 0)
    return pieces


def _joined(head: bytes, pieces: list[Piece], layout: Layout) -> bytes:
    """Return the file again; a size past its field wraps round, as writers of 32 bits do."""
    width = 64 if "q" in layout.fields else 32
    body = b""
    for piece in pieces:
        size = piece.size % (1 << width)
        if width == 64 and size >= 1 << 63:
            size -= 1 << 64
        pad = b"\0" * (len(piece.body) % 2) if layout.is_padded else b""
        body += struct.pack(layout.fields, piece.name[:4].ljust(4), size) + piece.body + pad
    if layout.head == 12:
        head = head[:4] + struct.pack(layout.fields[0] + "I", (len(body) + 4) & 0xFFFFFFFF) + head[8:]
    return head + body
