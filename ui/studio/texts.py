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


class ErrorText(str):
    """The text of an error for the user. `setting`: the setting that helps, as in `FlowsepError.setting`, or None."""

    setting: str | None

    def __new__(cls, text: str, setting: str | None = None) -> "ErrorText":
        """Return `text` with its setting."""
        value = super().__new__(cls, text)
        value.setting = setting
        return value


def setting_of(text: str) -> str | None:
    """Return the setting that helps with an error, from its text; None for a plain text."""
    return text.setting if isinstance(text, ErrorText) else None
