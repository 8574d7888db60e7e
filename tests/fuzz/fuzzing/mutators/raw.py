"""Damage to bytes of any kind."""

import random

from .odd_values import edge


def flip_bits(data: bytes, rng: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 8, 64))):
        if changed:
            changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def random_run(data: bytes, rng: random.Random) -> bytes:
    start, stop = _run(data, rng)
    return data[:start] + rng.randbytes(stop - start) + data[stop:]


def constant_run(data: bytes, rng: random.Random) -> bytes:
    start, stop = _run(data, rng)
    return data[:start] + bytes((rng.choice((0, 0xFF, 0x20, 0x80)),)) * (stop - start) + data[stop:]


def cut_off(data: bytes, rng: random.Random) -> bytes:
    return data[: rng.randint(0, len(data))]


def without_run(data: bytes, rng: random.Random) -> bytes:
    start, stop = _run(data, rng)
    return data[:start] + data[stop:]


def doubled_run(data: bytes, rng: random.Random) -> bytes:
    start, stop = _run(data, rng)
    return data[:stop] + data[start:stop] * rng.choice((1, 1, 2, 20)) + data[stop:]


def moved_run(data: bytes, rng: random.Random) -> bytes:
    start, stop = _run(data, rng)
    rest = data[:start] + data[stop:]
    at = rng.randint(0, len(rest))
    return rest[:at] + data[start:stop] + rest[at:]


def with_integer(data: bytes, rng: random.Random) -> bytes:
    """Overwrite, or insert, an integer at an edge, 1 to 8 bytes of either order; more often near the beginning."""
    size, order = rng.choice((1, 2, 2, 4, 4, 4, 8)), rng.choice(("little", "big"))
    raw = (edge(rng) % (1 << 8 * size)).to_bytes(size, order)
    at = rng.randint(0, min(len(data), rng.choice((64, 512, len(data)))))
    return data[:at] + raw + data[at + (size if rng.random() < 0.8 else 0) :]


def with_tail(data: bytes, rng: random.Random) -> bytes:
    return data + rng.choice((bytes(rng.randint(1, 5000)), rng.randbytes(rng.randint(1, 5000)), data))


RAW = (
    flip_bits, flip_bits, with_integer, with_integer, with_integer, random_run, constant_run, cut_off, without_run,
    doubled_run, moved_run, with_tail,
)  # fmt: skip


def _run(data: bytes, rng: random.Random) -> tuple[int, int]:
    """Return `(start, stop)` of a run of 1 to 4096 bytes, short ones more often; empty in empty data."""
    start = rng.randint(0, max(0, len(data) - 1))
    return start, min(len(data), start + rng.randint(1, rng.choice((2, 8, 64, 4096))))
