"""Names of an earlier release that keep working for one more, with a DeprecationWarning."""

import functools
import warnings
from collections.abc import Callable
from typing import Any, TypeVar

_T = TypeVar("_T")


def renamed(argument: bool = False, **names: str) -> Callable[[type[_T]], type[_T]]:
    """Return a class decorator under which the attribute `old` reads `new`, for every `old="new"` of `names`.

    argument : whether the old names are also accepted as keyword arguments of the class.
    """

    def decorate(owner: type[_T]) -> type[_T]:
        for old, new in names.items():
            setattr(owner, old, property(functools.partial(_read, old=old, new=new)))
        if argument:
            owner.__init__ = _accepting(owner, names)  # type: ignore[method-assign]
        return owner

    return decorate


def _read(instance: Any, *, old: str, new: str) -> Any:
    _warn(type(instance).__name__ + "." + old, new)
    return getattr(instance, new)


def _accepting(owner: type, names: dict[str, str]) -> Callable[..., None]:
    plain = owner.__init__  # type: ignore[misc]

    @functools.wraps(plain)
    def initialise(self: Any, *arguments: Any, **options: Any) -> None:
        for old in names.keys() & options.keys():
            _warn(f"{owner.__name__}({old}=)", names[old])
            options[names[old]] = options.pop(old)
        plain(self, *arguments, **options)

    return initialise


def _warn(old: str, new: str) -> None:
    warnings.warn(f"{old} is now called {new!r}; the old name goes with the next release", DeprecationWarning, 3)
