"""A cache with a limited number of values."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

V = TypeVar("V")


class LruCache(Generic[V]):
    """Keeps the `most` values that were used last."""

    def __init__(self, most: int) -> None:
        self._capacity = most
        self._values: OrderedDict[Hashable, V] = OrderedDict()

    def get(self, key: Hashable) -> V | None:
        """Return the value of `key` and mark it as used; None where it is not cached."""
        if (value := self._values.get(key)) is not None:
            self._values.move_to_end(key)
        return value

    def store(self, key: Hashable, value: V) -> None:
        """Cache a value and drop the least recently used ones beyond the limit."""
        self._values[key] = value
        self._values.move_to_end(key)
        while len(self._values) > self._capacity:
            self._values.popitem(last=False)

    def drop(self, matches: Callable[[Hashable], bool]) -> None:
        """Drop the values of all keys for which `matches` is true."""
        for key in [key for key in self._values if matches(key)]:
            del self._values[key]
