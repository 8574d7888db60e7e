"""Keyboard shortcuts of actions: defaults, the user's choices, and conflicts between them.

Stored in `settings.toml`, table `[shortcuts]`: object name of the action -> keys as portable text, "" for none.
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from flowsep_ui.studio.texts import translate
from PyQt6.QtGui import QAction, QKeySequence

from flowsep_plugin.errors import UsageError
from flowsep_plugin.settings import settings_file
from flowsep_plugin.settings.edit import change_settings
from flowsep_plugin.untrusted.regular_file import read_regular_text

SHORTCUT_TITLE = "flowsep-shortcut-title"
"""Property of an action: its title in the shortcuts editor, where its text changes with what it does."""

_DEFAULT = "flowsep-default-keys"


def remember_defaults(actions: Iterable[QAction]) -> None:
    """Record the current keys of actions as their defaults; defaults recorded before stay."""
    for action in actions:
        if action.property(_DEFAULT) is None:
            action.setProperty(_DEFAULT, [_text(keys) for keys in action.shortcuts()])


def default_keys(action: QAction) -> str:
    """Return the first default keys of an action as portable text, "" for none."""
    defaults = _defaults(action)
    return defaults[0] if defaults else ""


def keys_of(action: QAction) -> str:
    """Return the first current keys of an action as portable text, "" for none."""
    return _text(action.shortcut())


def all_keys(action: QAction, first: str) -> list[str]:
    """Return all keys of an action once `first` are its first: further default keys stay with the first default."""
    if first == default_keys(action):
        return _defaults(action)
    if first == keys_of(action):
        return [_text(keys) for keys in action.shortcuts()]
    return [first] if first else []


def conflicts(keys: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Return, for every action with a conflict, the others: equal keys, or keys that begin another's."""
    conflicting: dict[str, list[str]] = {}
    for name, own in keys.items():
        others = [other for other, theirs in keys.items() if other != name and _any_collide(own, theirs)]
        if others:
            conflicting[name] = others
    return conflicting


def load_shortcuts(actions: Iterable[QAction], path: Path | None = None) -> None:
    """Set the keys that the user chose for `actions`. Raises UsageError where the settings cannot be read."""
    actions = list(actions)
    remember_defaults(actions)
    path = path or settings_file()
    try:
        table = tomllib.loads(read_regular_text(path)).get("shortcuts", {})
    except FileNotFoundError:
        return
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(
            translate("Shortcuts", "{0} cannot be read as TOML ({1}); correct it or move it away.").format(path, error)
        ) from error
    for action in actions:
        keys = table.get(action.objectName()) if isinstance(table, dict) else None
        if isinstance(keys, str):
            action.setShortcuts([_sequence(text) for text in all_keys(action, keys)])


def save_shortcuts(keys: Mapping[str, str], actions: Iterable[QAction], path: Path | None = None) -> None:
    """Set `keys` (object name -> portable text) of `actions` and store those that differ from the defaults.

    Raises UsageError where the settings cannot be written.
    """
    changes: dict[str, str | None] = {}
    actions = [action for action in actions if action.objectName() in keys]
    for action in actions:
        text = keys[action.objectName()]
        changes[action.objectName()] = None if text == default_keys(action) else text
    change_settings({"shortcuts": changes}, path)
    for action in actions:
        action.setShortcuts([_sequence(text) for text in all_keys(action, keys[action.objectName()])])


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
