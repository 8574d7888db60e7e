"""Names of an earlier release that keep working for one more, with a DeprecationWarning."""

import functools
import warnings
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, ParamSpec, TypeVar

_T = TypeVar("_T")
_P = ParamSpec("_P")


def renamed(argument: bool = False, **names: str) -> Callable[[type[_T]], type[_T]]:
    """Return a class decorator under which the attribute `old` reads `new`, for every `old="new"` of `names`.

    argument : whether the old names are also accepted as keyword arguments of the class.
    """

    def decorate(owner: type[_T]) -> type[_T]:
        for old, new in names.items():
            setattr(owner, old, property(functools.partial(_read, old=old, new=new)))
        if argument:
            plain: Any = owner.__init__
            owner.__init__ = _accepting(plain, names, owner.__name__)  # type: ignore[method-assign]
        return owner

    return decorate


def renamed_argument(**names: str) -> Callable[[Callable[_P, _T]], Callable[_P, _T]]:
    """Return a decorator that accepts the keyword argument `old` as `new`, for every `old="new"` of `names`."""
    return lambda function: _accepting(function, names, function.__name__)


def moved_module(old: str, new: str) -> Callable[[str], Any]:
    """Return a `__getattr__` for the empty module `old` that reads names from `new`, with a warning."""

    def read(name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(f"module {old!r} has no attribute {name!r}")
        value = getattr(import_module(new), name)
        warnings.warn(f"{old} is now {new}; the old name will be removed in the next release", DeprecationWarning, 2)
        return value

    return read


def _accepting(function: Callable[_P, _T], names: Mapping[str, str], title: str) -> Callable[_P, _T]:
    @functools.wraps(function)
    def call(*arguments: _P.args, **options: _P.kwargs) -> _T:
        for old in names.keys() & options.keys():
            _warn(f"{title}({old}=)", names[old])
            options[names[old]] = options.pop(old)
        return function(*arguments, **options)

    return call


def _read(instance: Any, *, old: str, new: str) -> Any:
    _warn(f"{type(instance).__name__}.{old}", new)
    return getattr(instance, new)


def _warn(old: str, new: str) -> None:
    warnings.warn(
        f"{old} is now called {new!r}; the old name will be removed in the next release", DeprecationWarning, 3
    )
