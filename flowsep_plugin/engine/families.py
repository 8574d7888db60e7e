"""Engine families: one module each, one row here. A module's `FAMILY` is all that the rest of the run time asks it for.

A new engine is a module under `engine/` with its card, its graphs, its engine and a `FAMILY`, and a row in `FAMILIES`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Generic, TypeVar

from flowsep_plugin.errors import BundleError
from flowsep_plugin.untrusted.decoding import Origin, read_json
from flowsep_plugin.untrusted.records import read
from flowsep_plugin.untrusted.shortened import shortened

from .base import Engine
from .card import CARD, FORMAT, ModelCard
from .graph_spec import GraphSpec

CardT = TypeVar("CardT", bound=ModelCard)

FAMILIES = {
    "flowsep": "flowsep_plugin.engine.flowsep",
    "audiosep": "flowsep_plugin.engine.audiosep",
}
"""`family` of a card -> module with its `FAMILY`, imported when such a card is read."""

CARD_BYTES = 4 << 20
"""Longest `card.json`; those of published models have a few kilobytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Family(Generic[CardT]):
    """A row's content: all that the run time needs of an engine family.

    card : dataclass that `card.json` is read into.     graphs : of a card, the graphs of its bundle by name.
    engine : called with (bundle, device, threads=…).     files : of a card, files that its bundle must have besides
    graphs.
    """

    card: type[CardT]
    graphs: Callable[[CardT], Mapping[str, GraphSpec]]
    engine: Callable[..., Engine]
    files: Callable[[CardT], tuple[str, ...]] = lambda card: card.text.files


def find_family(name: Any, where: str = CARD) -> Family[Any]:
    """Return the family of this name. Raises BundleError, beginning with `where`, that lists the families."""
    if not isinstance(name, str) or name not in FAMILIES:
        raise BundleError(f"{where}: family {shortened(name)} is not one of {', '.join(FAMILIES)}; update flowsep")
    family: Family[Any] = import_module(FAMILIES[name]).FAMILY
    return family


def parse_card(raw: Any, where: str = CARD) -> ModelCard:
    """Build the card of its family from decoded JSON; `where` names the file in errors.

    Raises BundleError that names the entry, its value and what it must be.
    """
    if not isinstance(raw, dict):
        raise BundleError(f"{where}: the top level is not a JSON object; install the model again")
    if raw.get("format") != FORMAT:
        raise BundleError(
            f"{where}: format {shortened(raw.get('format'))}, this flowsep reads {FORMAT}; update it or export the "
            "model again"
        )
    card: ModelCard = read(find_family(raw.get("family"), where).card, raw, _origin(where, "export the model again"))
    return card


def load_card(path: Path) -> ModelCard:
    """Read and check a `card.json`. Raises BundleError that names the file and the entry."""
    try:
        raw = read_json(path, _origin(str(path), "install the model again"), CARD_BYTES)
    except FileNotFoundError:
        raise BundleError(
            f"{path.parent}: not a model bundle, it has no {CARD}; `flowsep models list` shows what is installed"
        ) from None
    return parse_card(raw, str(path))


def _origin(where: str, remedy: str) -> Origin:
    return Origin(where, BundleError, remedy)
