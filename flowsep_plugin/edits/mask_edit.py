"""An edit of a stem's mask as frozen data, and as JSON.

MaskEdit ──as_json──► {"shape": "box", "action": "take", "start_seconds": 1.5, …} ──from_json──► MaskEdit
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Final, Literal, TypeAlias, get_args

from flowsep_plugin.declared import declared
from flowsep_plugin.errors import UsageError
from flowsep_plugin.untrusted.decoding import Origin
from flowsep_plugin.untrusted.records import GREATEST_WHOLE, read
from flowsep_plugin.untrusted.shortened import shortened

from .shapes import SHAPES, Box, Brush, Lasso, MaskShape

Action: TypeAlias = Literal["add", "take"]
"""What an edit does in its shape: the stem gets all of the clip, or nothing of it."""

ACTIONS: Final[tuple[Action, ...]] = get_args(Action)

_ORIGIN: Final = Origin("a mask edit", UsageError, "draw it again", "edits")


@dataclass(frozen=True, slots=True)
class MaskEdit:
    """A shape in which a stem gets all of the clip ("add"), or nothing of it ("take").

    >>> edit = MaskEdit(Box(start_seconds=1.5, stop_seconds=2, low_hz=300, high_hz=4000), "take")
    >>> MaskEdit.from_json(edit.as_json()) == edit
    True

    order : place among the edits of all stems of a clip, in the order in which they were drawn. Edits apply by rising
    order, those of equal order stem by stem, and each stem's from first to last: where two overlap, the later one wins.
    Edges are soft by one hop of the renderer's transform (8 to 16 ms) and by a twelfth of an octave or one bin.
    Raises UsageError for another action, or an order that is not a whole number of 0 or more.
    """

    shape: MaskShape
    action: Action = field(metadata=declared("what it does in its shape", choices=ACTIONS))
    order: int = field(
        default=0,
        metadata=declared("place among the edits of all stems; the later one wins", low=0, high=GREATEST_WHOLE),
    )

    def __post_init__(self) -> None:
        if not isinstance(self.shape, (Box, Lasso, Brush)):
            raise UsageError(f"a mask edit has a Box, a Lasso or a Brush; got {shortened(self.shape)}", setting="edits")
        if self.action not in ACTIONS:
            raise UsageError(f"a mask edit's action must be add or take; got {shortened(self.action)}", setting="edits")
        is_whole = isinstance(self.order, int) and not isinstance(self.order, bool)
        if not is_whole or not 0 <= self.order <= GREATEST_WHOLE:
            raise UsageError(
                f"a mask edit's order must be a whole number, 0 or more; got {shortened(self.order)}", setting="edits"
            )

    def as_json(self) -> dict[str, Any]:
        """Return plain values. Inverse: `from_json`. `order` is left out where it is 0."""
        shape = {name: _plain(value) for name, value in asdict(self.shape).items()}
        return {
            "shape": self.shape.kind,
            "action": self.action,
            **shape,
            **({"order": self.order} if self.order else {}),
        }

    @classmethod
    def from_json(cls, record: Any) -> "MaskEdit":
        """Return the edit in an object of JSON. Raises UsageError with the wrong name or value."""
        if not isinstance(record, Mapping):
            raise _ORIGIN.failure(f"{shortened(record)} is not an object")
        kind, action = record.get("shape"), record.get("action")
        if not isinstance(kind, str) or kind not in SHAPES:
            raise _ORIGIN.failure(f"shape is {shortened(kind)}, must be {', '.join(SHAPES)}")
        names = {"shape", "action", "order", *(own.name for own in fields(SHAPES[kind]))}
        unknown = next((name for name in record if name not in names), None)
        if unknown is not None:
            raise _ORIGIN.failure(f"{shortened(unknown)} is not a name of a {kind}")
        shape = read(SHAPES[kind], dict(record), _ORIGIN)
        return cls(shape, action, record.get("order", 0))  # type: ignore[arg-type]  # checked by the class


def _plain(value: Any) -> Any:
    """Return a shape's value as JSON holds it: points as lists."""
    return [list(point) for point in value] if isinstance(value, tuple) else value
