"""Damage to a JSON document that stays one: other types, other numbers, keys that are missing, doubled or unknown."""

import json
import random
from typing import Any

from .odd_values import edge, odd_text

_DEEP = 3000
_PLAIN = (None, True, False, 0, -1, 1, 2.5, -0.0, 1e308, "", [], {}, [[]], [{}], {"a": None}, 10**30, "0", "1")


def mutate_json(data: bytes, rng: random.Random) -> bytes:
    """Return the document with one node changed; other bytes where it is not JSON."""
    try:
        tree = json.loads(data)
    except (ValueError, RecursionError):
        return data
    places = list(_places(tree))
    if not places:
        return _written(_other(tree, tree, rng), rng)
    owner, key = rng.choice(places)
    action = rng.randrange(8)
    if action == 0:
        del owner[key]
    elif action == 1 and isinstance(owner, dict):
        owner[odd_text(rng, surrogates=True)] = owner[key]
    elif action == 2 and isinstance(owner, dict):
        owner[odd_text(rng, surrogates=True)] = owner.pop(key)
    elif action == 3 and isinstance(owner, list):
        owner[:] = owner * rng.choice((2, 100, 10_000) if len(owner) < 20 else (2,))
    elif action == 4:
        other, other_key = rng.choice(places)
        owner[key] = json.loads(json.dumps(other[other_key]))
    else:
        owner[key] = _other(owner[key], tree, rng)
    return _written(tree, rng)


def _places(tree: Any) -> Any:
    """Yield `(owner, key)` of every node below the top."""
    stack = [tree]
    while stack:
        owner = stack.pop()
        keys = owner if isinstance(owner, dict) else range(len(owner)) if isinstance(owner, list) else ()
        for key in keys:
            yield owner, key
            stack.append(owner[key])


def _other(value: Any, tree: Any, rng: random.Random) -> Any:
    """Return another value: near the old one, at an edge, or of another type."""
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    match rng.randrange(9 if number else 6):
        case 0:
            return rng.choice(_PLAIN)
        case 1:
            return odd_text(rng, surrogates=True)
        case 2:
            return edge(rng)
        case 3:
            return rng.choice((float("nan"), float("inf"), float("-inf"), 10**400, 1e-320, edge(rng) / 3))
        case 4:
            return rng.choice(([value], {"value": value}, [value] * 1000, str(value), [value, None]))
        case 5:
            deep: Any = value
            for _ in range(rng.choice((10, 300))):
                deep = [deep]
            return deep
        case _:
            return rng.choice((value + 1, value - 1, -value, value * 1_000_003, value // 3, value * 0))


def _written(tree: Any, rng: random.Random) -> bytes:
    try:
        text = json.dumps(tree, ensure_ascii=rng.random() < 0.7)
    except ValueError:  # a number of too many digits
        text = json.dumps(tree, default=str)
    if rng.random() < 0.03:
        text = "[" * _DEEP + text + "]" * _DEEP
    if rng.random() < 0.05 and text.startswith("{") and len(text) > 2:  # every key twice
        text = text[:-1] + ", " + text[1:]
    return text.encode("utf-8", "surrogatepass")


def mutate_json_lines(data: bytes, rng: random.Random) -> bytes:
    """Return the lines with one of them, a JSON document, changed."""
    lines = data.split(b"\n")
    place = rng.randrange(len(lines))
    lines[place] = mutate_json(lines[place], rng)
    return b"\n".join(lines)
