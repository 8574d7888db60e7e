"""Translations: the `.ts` files in this folder, read without compiling; the sources are English.

Qt compiles `.ts` to `.qm` with lrelease, which PyQt6 does not include and not every system has. The files are small, so
`TsTranslator` reads them at the start and answers Qt from them.
"""

import logging
import xml.etree.ElementTree as ET  # nosec B405 # reads the translations of this package only
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from flowsep_ui.studio import texts
from PyQt6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QObject, QTranslator

log = logging.getLogger(__name__)
FOLDER: Final = Path(__file__).parent
_NAMES: Final = {"en": "English", "de": "Deutsch"}
_installed: list[QTranslator] = []
_current: list[str] = ["en"]


class TsTranslator(QTranslator):
    """Translator over the finished messages of a `.ts` file."""

    def __init__(self, path: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._messages = read_ts(path)

    def translate(  # type: ignore[override]
        self, context: str | None, source: str | None, disambiguation: str | None = None, n: int = -1
    ) -> str | None:
        """Return the translation; None where there is none: Qt then asks the next translator, or uses the source."""
        return self._messages.get((context or "", source or ""))

    def isEmpty(self) -> bool:
        """Return whether there is no translation at all."""
        return not self._messages


def read_ts(path: Path) -> Mapping[tuple[str, str], str]:
    """Return the finished messages of a `.ts` file: (context, source) -> translation.

    Raises ET.ParseError or OSError where the file cannot be read.
    """
    messages = {}
    for context in ET.parse(path).getroot().iter("context"):  # nosec B314 # see the import
        name = context.findtext("name", "")
        for message in context.iter("message"):
            translation = message.find("translation")
            if translation is not None and translation.get("type") is None and translation.text:
                messages[name, message.findtext("source", "")] = translation.text
    return messages


def languages() -> dict[str, str]:
    """Return the available languages: code -> native name."""
    codes = ["en", *sorted(path.stem.removeprefix("flowsep_") for path in FOLDER.glob("flowsep_*.ts"))]
    return {code: _NAMES.get(code, QLocale(code).nativeLanguageName() or code) for code in codes}


def resolved(language: str) -> str:
    """Return the code for a setting; "system" is the first available one of the user's languages, else English."""
    available = languages()
    names = QLocale.system().uiLanguages() if language == "system" else [language]
    return next((code for name in names if (code := name.split("-")[0].split("_")[0]) in available), "en")


def current() -> str:
    """Return the code of the language that `load` translates into: "en" before its first call."""
    return _current[0]


def load(app: QCoreApplication, language: str = "system") -> str:
    """Translate into `language` (a code, or "system") from now on; returns the code, "en" where the file is damaged."""
    texts.set_translator(QCoreApplication.translate)
    code = resolved(language)
    while _installed:
        app.removeTranslator(_installed.pop())
    _write_numbers(QLocale(code))
    _current[0] = "en"
    if code == "en":
        return code
    try:
        _install(app, TsTranslator(FOLDER / f"flowsep_{code}.ts", app))
    except (OSError, ET.ParseError) as error:
        log.warning("the translation cannot be read: %s", error)
        _write_numbers(QLocale("en"))
        return "en"
    _current[0] = code
    qt = QTranslator(app)
    if qt.load(f"qtbase_{code}", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
        _install(app, qt)
    return code


def _write_numbers(locale: QLocale) -> None:
    """Write numbers in fields and texts as `locale` does, whatever the system's is."""
    QLocale.setDefault(locale)
    texts.set_decimal_sign(locale.decimalPoint())


def _install(app: QCoreApplication, translator: QTranslator) -> None:
    app.installTranslator(translator)
    _installed.append(translator)
