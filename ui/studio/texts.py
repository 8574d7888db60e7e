"""Texts of the layer without Qt: English until `i18n.load` sets a translator."""

from collections.abc import Callable

Translator = Callable[[str, str], str]
"""Context and English source -> text in the panel's language."""


def _english(context: str, text: str) -> str:
    return text


_translator: list[Translator] = [_english]


def set_translator(translator: Translator) -> None:
    """Let every following `translate` answer from `translator`."""
    _translator[0] = translator


def translate(context: str, text: str) -> str:
    """Return `text` in the panel's language, or itself where there is no translation.

    Both arguments must be literals: pylupdate6 gathers them from the source.
    """
    return _translator[0](context, text)
