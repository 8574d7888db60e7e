"""Fields of a dataclass that say what they mean and which values they allow: once, for checks, schemas and docs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from .errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """The meaning of a field, and its limits: a number from `low` to `high`, or one of `choices`; None always fits.

    longest : characters of a text, or items of a list or an object, at most; where a record is read from outside.
    path : dotted path in a JSON object, where it is not the field's name.
    """

    doc: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    longest: int | None = None
    path: str = ""

    def allows(self, value: Any) -> bool:
        """Whether `value`, of the field's type, is within the limits."""
        if value is None:
            return True
        if self.choices:
            return value in self.choices
        return (self.low is None or self.low <= value) and (self.high is None or value <= self.high)

    @property
    def range_text(self) -> str:
        """The allowed values in words, such as "1 to 200" or "euler or midpoint"; "" where there is no limit."""
        if self.choices:
            return f"{', '.join(self.choices[:-1])} or {self.choices[-1]}"
        if self.low is None:
            return "" if self.high is None else f"at most {_number(self.high)}"
        return f"{_number(self.low)} or more" if self.high is None else f"{_number(self.low)} to {_number(self.high)}"


def _number(value: float) -> str:
    """Return a limit in words: a whole number in full, another one in its shortest form."""
    return f"{value}" if isinstance(value, int) else f"{value:g}"


def declared(
    doc: str, *, low: float | None = None, high: float | None = None, choices: tuple[str, ...] = (),
    longest: int | None = None, path: str = "",
) -> Mapping[str, Declaration]:  # fmt: skip
    """Return the metadata of a dataclass field with this declaration."""
    return {"declaration": Declaration(doc=doc, low=low, high=high, choices=choices, longest=longest, path=path)}


def declarations(kind: Any) -> Iterator[tuple[str, Declaration]]:
    """Yield name and declaration of every declared field of a dataclass or of an instance."""
    for own in fields(kind):
        if "declaration" in own.metadata:
            yield own.name, own.metadata["declaration"]


def check_declared(value: Any) -> None:
    """Raises UsageError where a field of the dataclass instance `value` is outside its limits."""
    for name, declaration in declarations(value):
        current = getattr(value, name)
        if not declaration.allows(current):
            raise UsageError(f"{name} must be {declaration.range_text}; got {current!r}")
