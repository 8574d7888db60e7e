"""Values between processes as JSON, without pickle: what arrives can only become a type of an allow-list.

Numbers, texts, booleans and None are themselves; all else is a list that begins with the name of its type.
"""

import dataclasses
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

Packed = Any
"""A value that JSON can hold."""

AllowList = Mapping[str, Callable[..., Any]]
"""Dataclasses and functions that may cross, by name. Dataclasses cross by their fields, functions by their name."""

_PLAIN: Final = frozenset((type(None), bool, int, float, str))
_CALLBACK: Final = "callback"


class Packer:
    """Packs values for another process and unpacks what it sends.

    allowed : the dataclasses and functions that may cross.
    callbacks : the callables that were packed, to be called by their index when the other process asks.
    proxy : makes a callable out of the index of a callback of the other process; without one, none may arrive.
    """

    def __init__(self, allowed: AllowList, proxy: Callable[[int], Callable[..., Any]] | None = None) -> None:
        self._allowed, self._names = allowed, {thing: name for name, thing in allowed.items()}
        self._proxy = proxy
        self.callbacks: list[Callable[..., Any]] = []

    def pack(self, value: Any) -> Packed:
        """Return `value` as JSON can hold it. Inverse: `unpack`. Raises TypeError for a type that may not cross."""
        kind = type(value)
        if kind in _PLAIN:
            return value
        if kind is tuple or kind is list:
            return [kind.__name__, *map(self.pack, value)]
        if kind is dict:
            return ["dict", *([self.pack(key), self.pack(inner)] for key, inner in value.items())]
        if kind is Fraction:
            return ["Fraction", value.numerator, value.denominator]
        if kind is bytes:
            return ["bytes", value.hex()]
        if isinstance(value, Path):
            return ["Path", str(value)]
        for plain in (int, float, str):  # such as a number of numpy, a text of lxml
            if isinstance(value, plain):
                return plain(value)
        return self._pack_named(value, kind)

    def unpack(self, packed: Packed) -> Any:
        """Return the value. Raises ValueError for what no `pack` returns, and for names that are not allowed."""
        if type(packed) in _PLAIN:
            return packed
        match packed:
            case ["tuple", *values]:
                return tuple(map(self.unpack, values))
            case ["list", *values]:
                return list(map(self.unpack, values))
            case ["dict", *pairs]:
                return {self.unpack(key): self.unpack(value) for key, value in pairs}
            case ["Fraction", int(numerator), int(denominator)]:
                return Fraction(numerator, denominator)
            case ["bytes", str(text)]:
                return bytes.fromhex(text)
            case ["Path", str(text)]:
                return Path(text)
            case ["callback", int(index)] if self._proxy is not None:
                return self._proxy(index)
            case [str(name), *values] if name in self._allowed:
                return self._unpack_named(self._allowed[name], values)
        raise ValueError(f"a value arrived whose type is not allowed: {str(packed)[:80]}")

    def _pack_named(self, value: Any, kind: type) -> Packed:
        if kind in self._names:
            return [self._names[kind], *(self.pack(getattr(value, name)) for name in _field_names(kind))]
        if callable(value) and not isinstance(value, type):
            if _name_of(value, self._names) is not None:
                return [_name_of(value, self._names)]
            self.callbacks.append(value)
            return [_CALLBACK, len(self.callbacks) - 1]
        raise TypeError(f"a {kind.__name__} cannot be sent to another process")

    def _unpack_named(self, thing: Callable[..., Any], values: list[Packed]) -> Any:
        if not isinstance(thing, type):
            return thing
        names = _field_names(thing)
        if len(names) != len(values):
            raise ValueError(f"a {thing.__name__} arrived with {len(values)} of {len(names)} fields")
        return thing(**dict(zip(names, map(self.unpack, values), strict=True)))


def _name_of(value: Callable[..., Any], names: Mapping[Callable[..., Any], str]) -> str | None:
    try:
        return names.get(value)
    except TypeError:  # not hashable
        return None


@lru_cache(256)
def _field_names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind) if field.init)
