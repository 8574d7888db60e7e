"""Pictures of the transport and the dialogs, dark and light: `python scripts/dialog_screenshots.py FOLDER`.

Runs without a screen. `--docs` writes those of docs/panel.md alone. `pictures(theme)` gives them to other scripts.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from flowsep_ui import theme as look
from flowsep_ui.audition import Player, TransportBar
from flowsep_ui.controllers.command_process import Command
from flowsep_ui.controllers.midi_listener import MidiListener
from flowsep_ui.dialogs.export import ExportDialog
from flowsep_ui.dialogs.settings import SettingsDialog
from flowsep_ui.panels.model_rows import ModelRow, all_rows
from flowsep_ui.panels.models import ModelManager
from flowsep_ui.studio.playing.program import LaneChoice
from PyQt6.QtCore import QEventLoop, QTimer
from PyQt6.QtGui import QAction, QPixmap
from PyQt6.QtWidgets import QApplication, QWidget

from flowsep_plugin.audition import SilentOutput, clip_choice, clip_program
from flowsep_plugin.files.export import ExportOptions

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "ui"))


DOCS = {
    "export-dark": "panel-export.png",
    "settings-3-dark": "panel-device.png",
    "settings-5-dark": "panel-models.png",
    "transport-dark": "panel-transport.png",
}


def wait(milliseconds: int) -> None:
    """Run the event loop for so many milliseconds."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def grab(widget: QWidget) -> QPixmap:
    """Show the widget, wait for its layout, and return its picture."""
    widget.show()
    wait(60)
    return widget.grab()


def transport(folder: Path) -> Iterator[tuple[str, QPixmap]]:
    """Yield the transport bar while a stem plays, with its name."""
    from dialog_makers import write_stems

    player = Player(open_device=lambda rate, device: SilentOutput(rate, "no sound device was found"))
    bar = TransportBar(player)
    player.load(clip_program(write_stems(folder / "stems", seconds=5.0)))
    lanes = {"stem:a dog barking": 0, "stem:rain on a roof": 1, "rest": None}
    bar.show_lanes(
        tuple(
            LaneChoice(
                clip_choice(name), name.removeprefix("stem:").capitalize(), colour, is_draft=False, is_ready=True
            )
            for name, colour in lanes.items()
        )
    )
    bar.resize(1480, bar.sizeHint().height())
    player.play()
    wait(300)
    player.listen(clip_choice("stem:rain on a roof"))
    wait(500)
    yield "transport", grab(bar)
    player.close()
    bar.close()


def export(folder: Path) -> Iterator[tuple[str, QPixmap]]:
    """Yield the export dialog as it opens, and with an invalid pattern."""
    from dialog_makers import export_rows, write_stems

    dialog = ExportDialog(export_rows(write_stems(folder / "stems")), ExportOptions(Path("/home/you/Music/flowsep")))
    dialog.fields.handles.setValue(1.0)
    dialog.refresh()
    yield "export", grab(dialog)
    dialog.fields.pattern.setText("{who}")
    dialog.refresh()
    yield "export-wrong", grab(dialog)
    dialog.close()


def settings(folder: Path) -> Iterator[tuple[str, QPixmap]]:
    """Yield every page of the settings dialog."""
    keys = {"Separate": "Ctrl+Return", "Play": "Space", "A/B": "B", "Loop": "L", "Zoom in": "Ctrl++", "Undo": "Ctrl+Z"}
    actions = []
    for text, key in keys.items():
        action = QAction(text)
        action.setObjectName(text)
        action.setShortcut(key)
        actions.append(action)
    rows = [replace(row, folder=row.folder and Path("…") / "models" / row.name) for row in all_rows()]
    rows.append(
        ModelRow(
            name="studio", licence="MIT", size=41_000_000, source="", folder=folder, installed=True, removable=True
        )
    )
    dialog = SettingsDialog(
        path=folder / "settings.toml",
        actions=actions,
        midi=MidiListener(path=folder / "midi.json"),
        models=ModelManager(rows=lambda: rows, command=Command(command=["false"])),
    )
    waits = 0
    while dialog.separation.is_examining and waits < 300:
        wait(100)
        waits += 1
    for page in range(dialog.tabs.count()):
        dialog.tabs.setCurrentIndex(page)
        yield f"settings-{page + 1}", grab(dialog)
    dialog.reject()


def pictures(theme: str) -> Iterator[tuple[str, QPixmap]]:
    """Yield name and picture of every dialog in `theme`."""
    app = QApplication.instance() or QApplication([])
    look.apply(app, theme)
    with tempfile.TemporaryDirectory() as folder:
        for make in (transport, export, settings):
            for name, picture in make(Path(folder)):
                yield f"{name}-{theme}", picture


def main() -> None:
    """Write the pictures into the given folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--docs", action="store_true")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    app = QApplication([])
    for theme in ("dark",) if given.docs else ("dark", "light"):
        for name, picture in pictures(theme):
            if not given.docs:
                picture.save(str(given.folder / f"{name}.png"))
            elif name in DOCS:
                picture.save(str(given.folder / DOCS[name]))
    app.processEvents()


if __name__ == "__main__":
    main()
