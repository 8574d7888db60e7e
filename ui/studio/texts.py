"""Texts and numbers of the layer without Qt: English until `i18n.load` sets a translator and a decimal sign.

Quantities with a unit (dB, ×, s, MB) have the decimal sign of the panel's language; times like 0:04.700 have a point.
"""

import re
from collections.abc import Callable

Translator = Callable[[str, str], str]
"""Context and English source -> text in the panel's language."""


def _english(context: str, text: str) -> str:
    return text


_translator: list[Translator] = [_english]
_decimal_sign: list[str] = ["."]


def set_translator(translator: Translator) -> None:
    """Let every following `translate` answer from `translator`."""
    _translator[0] = translator


def translate(context: str, text: str) -> str:
    """Return `text` in the panel's language, or itself where there is no translation.

    Both arguments must be literals: pylupdate6 gathers them from the source.
    """
    return _translator[0](context, text)


def set_decimal_sign(sign: str) -> None:
    """Let every following `number` and `with_decimal_sign` write `sign` between whole and fraction."""
    _decimal_sign[0] = sign


def number(value: float, decimals: int) -> str:
    """Return `value` with so many decimals and the decimal sign of the panel's language."""
    return with_decimal_sign(f"{value:.{decimals}f}")


def with_decimal_sign(text: str) -> str:
    """Return `text` with the decimal sign of the panel's language between digits, and "5 %" for "5%" with a comma."""
    if _decimal_sign[0] == ".":
        return text
    return re.sub(r"(?<=\d)%", " %", re.sub(r"(?<=\d)\.(?=\d)", _decimal_sign[0], text))


def percent(fraction: float) -> str:
    """Return `fraction` as whole percent, with a space where the panel's language has a decimal comma."""
    return with_decimal_sign(f"{fraction:.0%}")


def step_name(action: str, *subjects: str) -> str:
    """Return the name of an undo step: the action and what it is about, such as "Add a sound: a dog"."""
    return f"{action}: {', '.join(subjects)}" if subjects else action


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
