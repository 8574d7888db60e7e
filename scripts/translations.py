"""Gather the panel's texts into `ui/i18n/flowsep_*.ts`: `python scripts/translations.py [--check] [LANGUAGE …]`.

pylupdate6 is part of PyQt6. New texts are added as unfinished, unused ones are removed, translations stay. Source
locations are omitted, so that moving code changes nothing. `--check` writes nothing and fails if a file is outdated.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "ui" / "i18n"


def tables() -> dict[str, set[str]]:
    """Return the texts of the panel's tables, which pylupdate6 does not read: context -> English texts."""
    from flowsep_ui.actions import ACTIONS, MENUS
    from flowsep_ui.panel_table import PANELS
    from flowsep_ui.studio.effects.labels import CONTEXT, table_texts
    from flowsep_ui.ways_out import WAYS_OUT

    from flowsep_plugin.render_settings import RENDER_SETTINGS

    actions = {*MENUS, *(spec.text for spec in ACTIONS), *(spec.tip for spec in ACTIONS)}
    panels = {text for spec in PANELS for text in (spec.title, spec.tip)}
    settings = {text for setting in RENDER_SETTINGS for text in setting.panel_texts}
    ways_out = {way.text for way in WAYS_OUT.values()}
    return {
        "Actions": actions - {""}, "Panels": panels, "RenderPanel": settings, "WaysOut": ways_out,
        CONTEXT: table_texts(),
    }  # fmt: skip


def updated(path: Path) -> str:
    """Return the text of the `.ts` file `path`, updated from the sources."""
    old = ET.parse(path).getroot() if path.exists() else ET.Element("TS")
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / path.name
        if path.exists():
            shutil.copyfile(path, copy)
        tool = [sys.executable, "-m", "PyQt6.lupdate.pylupdate", "--no-obsolete", "--ts", str(copy), str(ROOT / "ui")]
        subprocess.run(tool, check=True, capture_output=True)
        root = ET.parse(copy).getroot()
    for name, texts in tables().items():
        add_table(root, name, texts, old)
    return tidied(root, path.stem.removeprefix("flowsep_"))


def add_table(root: ET.Element, name: str, texts: set[str], old: ET.Element) -> None:
    """Add a context with `texts` to `root`, with the translations in `old`."""
    translations = {
        message.findtext("source"): message.find("translation")
        for context in old.findall("context")
        if context.findtext("name") == name
        for message in context.findall("message")
    }
    for context in root.findall("context"):
        if context.findtext("name") == name:
            texts = texts | {message.findtext("source", "") for message in context.findall("message")}
            root.remove(context)
    context = ET.SubElement(root, "context")
    ET.SubElement(context, "name").text = name
    for text in texts:
        message = ET.SubElement(context, "message")
        ET.SubElement(message, "source").text = text
        translation = translations.get(text)
        message.append(ET.Element("translation", {"type": "unfinished"}) if translation is None else translation)


def tidied(root: ET.Element, language: str) -> str:
    """Return the `.ts` text of `root` without source locations, sorted by context and source."""
    root.attrib = {"version": "2.1", "language": language, "sourcelanguage": "en"}
    for context in root.findall("context"):
        for message in context.findall("message"):
            for place in message.findall("location"):
                message.remove(place)
        name = context.find("name")
        messages = sorted(context.findall("message"), key=lambda message: message.findtext("source", ""))
        context[:] = [name, *messages]
    root[:] = sorted(root, key=lambda context: context.findtext("name", ""))
    ET.indent(root, " ")
    head = '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n'
    return head + ET.tostring(root, encoding="unicode", short_empty_elements=False) + "\n"


def main() -> int:
    """Update or check every `.ts` file and print a line about each; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("languages", nargs="*", help="codes of new languages; existing files are always updated")
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    paths = {*FOLDER.glob("flowsep_*.ts"), *(FOLDER / f"flowsep_{code}.ts" for code in arguments.languages)}
    stale = []
    for path in sorted(paths):
        text = updated(path)
        unfinished = text.count('type="unfinished"')
        print(f"{path.name}: {text.count('<message>')} texts, {unfinished} without translation")
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(path.name)
            if not arguments.check:
                path.write_text(text, encoding="utf-8")
    if arguments.check and stale:
        print(f"not up to date: {', '.join(stale)}; run python scripts/translations.py", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
