"""Keys of actions: what the program gives, what the user gave instead, and which of them are in each other's way.

Kept in `settings.toml`, table `[shortcuts]`: action -> keys, "" for none. Actions are known by their object names.
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from PyQt6.QtGui import QAction, QKeySequence

from flowsep_plugin.errors import UsageError
from flowsep_plugin.settings import settings_file
from flowsep_plugin.settings.edit import change_settings

_DEFAULT = "flowsep-default-keys"


def remember_defaults(actions: Iterable[QAction]) -> None:
    """Note the keys that actions have now as the program's; those noted before keep theirs."""
    for action in actions:
        if action.property(_DEFAULT) is None:
            action.setProperty(_DEFAULT, [_text(keys) for keys in action.shortcuts()])


def default_keys(action: QAction) -> str:
    """The first keys that the program gives it, as text."""
    given = _defaults(action)
    return given[0] if given else ""


def keys_of(action: QAction) -> str:
    """The first keys it has now, as text that does not depend on the language."""
    return _text(action.shortcut())


def all_keys(action: QAction, chosen: str) -> list[str]:
    """All keys it will have where `chosen` are its first: the program's others stay with the program's first."""
    if chosen == default_keys(action):
        return _defaults(action)
    if chosen == keys_of(action):
        return [_text(keys) for keys in action.shortcuts()]
    return [chosen] if chosen else []


def conflicts(keys: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Of every action in another's way, the others: same keys, or keys that begin the other's."""
    found: dict[str, list[str]] = {}
    for name, own in keys.items():
        others = [other for other, theirs in keys.items() if other != name and _any_collide(own, theirs)]
        if others:
            found[name] = others
    return found


def load_shortcuts(actions: Iterable[QAction], path: Path | None = None) -> None:
    """Give `actions` the keys that the user chose. Raises UsageError where the settings cannot be read."""
    actions = list(actions)
    remember_defaults(actions)
    path = path or settings_file()
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8")).get("shortcuts", {})
    except FileNotFoundError:
        return
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read as TOML ({error}); correct it or move it away") from error
    for action in actions:
        keys = table.get(action.objectName()) if isinstance(table, dict) else None
        if isinstance(keys, str):
            action.setShortcuts([_sequence(given) for given in all_keys(action, keys)])


def save_shortcuts(keys: Mapping[str, str], actions: Iterable[QAction], path: Path | None = None) -> None:
    """Give `actions` their `keys` (by object name), and keep those that are not the program's. Raises UsageError."""
    changes: dict[str, str | None] = {}
    actions = [action for action in actions if action.objectName() in keys]
    for action in actions:
        chosen = keys[action.objectName()]
        changes[action.objectName()] = None if chosen == default_keys(action) else chosen
    change_settings({"shortcuts": changes}, path)
    for action in actions:
        action.setShortcuts([_sequence(given) for given in all_keys(action, keys[action.objectName()])])


def _any_collide(one: Sequence[str], other: Sequence[str]) -> bool:
    return any(_collide(a, b) for a in one for b in other)


def _collide(one: str, other: str) -> bool:
    if not one or not other:
        return False
    a, b = _sequence(one), _sequence(other)
    exact = QKeySequence.SequenceMatch.NoMatch
    return a.matches(b) != exact or b.matches(a) != exact


def _defaults(action: QAction) -> list[str]:
    return [str(keys) for keys in action.property(_DEFAULT) or ()]


def _sequence(keys: str) -> QKeySequence:
    return QKeySequence(keys, QKeySequence.SequenceFormat.PortableText)


def _text(keys: QKeySequence) -> str:
    return keys.toString(QKeySequence.SequenceFormat.PortableText)
