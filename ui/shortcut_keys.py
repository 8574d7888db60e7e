"""Keys of actions: what the program gives, what the user gave instead, and which of them are in each other's way.

Kept in `settings.toml`, table `[shortcuts]`: action -> keys, "" for none. Actions are known by their object names.
"""

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

from PyQt6.QtGui import QAction, QKeySequence

from flowsep_plugin.errors import UsageError
from flowsep_plugin.settings import settings_file
from flowsep_plugin.settings_edit import change_settings

_DEFAULT = "flowsep-default-keys"


def remember_defaults(actions: Iterable[QAction]) -> None:
    """Note the keys that actions have now as the program's; those noted before keep theirs."""
    for action in actions:
        if action.property(_DEFAULT) is None:
            action.setProperty(_DEFAULT, keys_of(action))


def default_keys(action: QAction) -> str:
    """The keys that the program gives it, as text."""
    return str(action.property(_DEFAULT) or "")


def keys_of(action: QAction) -> str:
    """The keys it has now, as text that does not depend on the language."""
    return action.shortcut().toString(QKeySequence.SequenceFormat.PortableText)


def conflicts(keys: Mapping[str, str]) -> dict[str, list[str]]:
    """Of every action in another's way, the others: same keys, or keys that begin the other's."""
    found: dict[str, list[str]] = {}
    for name, own in keys.items():
        others = [other for other, theirs in keys.items() if other != name and _collide(own, theirs)]
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
            action.setShortcut(QKeySequence(keys, QKeySequence.SequenceFormat.PortableText))


def save_shortcuts(keys: Mapping[str, str], actions: Iterable[QAction], path: Path | None = None) -> None:
    """Give `actions` their `keys` (by object name), and keep those that are not the program's. Raises UsageError."""
    changes: dict[str, str | None] = {}
    actions = [action for action in actions if action.objectName() in keys]
    for action in actions:
        chosen = keys[action.objectName()]
        changes[action.objectName()] = None if chosen == default_keys(action) else chosen
    change_settings({"shortcuts": changes}, path)
    for action in actions:
        action.setShortcut(QKeySequence(keys[action.objectName()], QKeySequence.SequenceFormat.PortableText))


def _collide(one: str, other: str) -> bool:
    if not one or not other:
        return False
    a, b = (QKeySequence(keys, QKeySequence.SequenceFormat.PortableText) for keys in (one, other))
    exact = QKeySequence.SequenceMatch.NoMatch
    return a.matches(b) != exact or b.matches(a) != exact
