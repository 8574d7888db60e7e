"""Suggestions for misspelt names, for error messages."""

import difflib
import functools
from collections.abc import Iterable
from dataclasses import fields
from typing import Any, TypeVar

_T = TypeVar("_T")


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """Return "; did you mean 'x'?" with the closest of `names`, or "" where none is close to `name`."""
    folded = {candidate.casefold(): candidate for candidate in names}
    close = difflib.get_close_matches(name.casefold(), folded, n=1)
    return f"; did you mean {folded[close[0]]!r}?" if close else ""


def suggest_fields(owner: type[_T]) -> type[_T]:
    """Decorate a dataclass so that an unknown keyword raises TypeError with the closest field's name."""
    plain: Any = owner.__init__
    names = {own.name for own in fields(owner)}  # type: ignore[arg-type]  # a dataclass, which a TypeVar cannot say

    @functools.wraps(plain)
    def call(*arguments: Any, **options: Any) -> None:
        unknown = next((name for name in options if name not in names), None)
        if unknown is not None:
            hint = did_you_mean(unknown, names) or f"; fields: {', '.join(sorted(names))}"
            raise TypeError(f"{owner.__name__} has no field {unknown!r}{hint}")
        plain(*arguments, **options)

    owner.__init__ = call  # type: ignore[method-assign]  # dataclasses write it, so it cannot be overridden in the body
    return owner
