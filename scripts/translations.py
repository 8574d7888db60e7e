"""Gather what the panel says into `ui/i18n/flowsep_*.ts`: `python scripts/translations.py [--check] [LANGUAGE …]`.

pylupdate6 comes with PyQt6. New texts are added as unfinished, gone ones are dropped, translations stay. Places are
left out, so that moving code changes nothing. `--check` writes nothing and fails where a file would change.
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
    """Texts that lie in tables, where pylupdate6 does not look: context -> texts."""
    from flowsep_ui.actions import ACTIONS, MENUS

    from flowsep_plugin.render_settings import RENDER_SETTINGS

    texts = {*MENUS, *(act.text for act in ACTIONS), *(act.tip for act in ACTIONS)}
    settings = {text for setting in RENDER_SETTINGS for text in setting.panel_texts}
    return {"Actions": texts - {""}, "RenderPanel": settings}


def updated(path: Path) -> str:
    """The text of `path` brought up to date with the sources."""
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
    """Add a context with `texts`, translated as in `old`."""
    known = {
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
        made = known.get(text)
        message.append(ET.Element("translation", {"type": "unfinished"}) if made is None else made)


def tidied(root: ET.Element, language: str) -> str:
    """The same without places and in one order."""
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
    """Update, or check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("languages", nargs="*", help="codes of new languages; those that are there are always done")
    parser.add_argument("--check", action="store_true")
    given = parser.parse_args()
    paths = {*FOLDER.glob("flowsep_*.ts"), *(FOLDER / f"flowsep_{code}.ts" for code in given.languages)}
    stale = []
    for path in sorted(paths):
        text = updated(path)
        unfinished = text.count('type="unfinished"')
        print(f"{path.name}: {text.count('<message>')} texts, {unfinished} without translation")
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(path.name)
            if not given.check:
                path.write_text(text, encoding="utf-8")
    if given.check and stale:
        print(f"not up to date: {', '.join(stale)}; run python scripts/translations.py", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
