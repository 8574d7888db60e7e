"""Languages: `.ts` files beside this, read as they are; English is what the code says.

Qt compiles `.ts` to `.qm` with lrelease, which PyQt6 does not bring and not every system has. The files are small, so
they are read at the start: `TsTranslator` answers Qt from them.
"""

import logging
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from PyQt6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QObject, QTranslator

log = logging.getLogger(__name__)
FOLDER: Final = Path(__file__).parent
_NAMES: Final = {"en": "English", "de": "Deutsch"}
_installed: list[QTranslator] = []


class TsTranslator(QTranslator):
    """Answers from a `.ts` file's finished messages."""

    def __init__(self, path: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._messages = read_ts(path)

    def translate(  # type: ignore[override]
        self, context: str | None, source: str | None, disambiguation: str | None = None, n: int = -1
    ) -> str | None:
        """The translation, or None: then Qt asks the next translator, and at last takes the source."""
        return self._messages.get((context or "", source or ""))

    def isEmpty(self) -> bool:
        """Whether there is nothing in it."""
        return not self._messages


def read_ts(path: Path) -> Mapping[tuple[str, str], str]:
    """(context, source) -> translation of every finished message. Raises ET.ParseError, OSError."""
    found = {}
    for context in ET.parse(path).getroot().iter("context"):
        name = context.findtext("name", "")
        for message in context.iter("message"):
            made = message.find("translation")
            if made is not None and made.get("type") is None and made.text:
                found[name, message.findtext("source", "")] = made.text
    return found


def languages() -> dict[str, str]:
    """Code -> its own name, of every language there is."""
    codes = ["en", *sorted(path.stem.removeprefix("flowsep_") for path in FOLDER.glob("flowsep_*.ts"))]
    return {code: _NAMES.get(code, QLocale(code).nativeLanguageName() or code) for code in codes}


def resolved(language: str) -> str:
    """The code to use for a setting: "system" is the first of the user's languages that there is, else English."""
    known = languages()
    wanted = QLocale.system().uiLanguages() if language == "system" else [language]
    return next((code for name in wanted if (code := name.split("-")[0].split("_")[0]) in known), "en")


def load(app: QCoreApplication, language: str = "system") -> str:
    """Speak `language` (a code, or "system") from now on; returns the code. A broken file is English, and logged."""
    code = resolved(language)
    while _installed:
        app.removeTranslator(_installed.pop())
    if code == "en":
        return code
    try:
        _install(app, TsTranslator(FOLDER / f"flowsep_{code}.ts", app))
    except (OSError, ET.ParseError) as error:
        log.warning("no translation: %s", error)
        return "en"
    qt = QTranslator(app)
    if qt.load(f"qtbase_{code}", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
        _install(app, qt)
    return code


def _install(app: QCoreApplication, translator: QTranslator) -> None:
    app.installTranslator(translator)
    _installed.append(translator)
