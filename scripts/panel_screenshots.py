"""Make the pictures of docs/panel.md: the panel on the bundled clip, with the built-in model.

python scripts/panel_screenshots.py [docs/pictures]        needs no screen; separates for a few seconds
"""

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
_SIZE = (1360, 820)
_MOST_BYTES = 320_000


def main(out: Path) -> None:
    """Write every picture into the folder `out`."""
    with private_panel() as (app, window, directory):
        _walk(app, window, directory, out)


@contextmanager
def private_panel() -> Iterator[tuple[Any, Any, Path]]:
    """Yield application, shown window and an empty folder of a panel with settings of its own; ends its worker."""
    with tempfile.TemporaryDirectory(prefix="flowsep-pictures-") as folder:
        directory = Path(folder)
        os.environ |= {
            "FLOWSEP_WORKER_HOME": str(directory / "worker"), "FLOWSEP_PANEL_HOME": str(directory / "panel"),
            "XDG_CONFIG_HOME": str(directory / "config"), "XDG_CACHE_HOME": str(directory / "cache"),
        }  # fmt: skip
        from flowsep_ui import theme
        from flowsep_ui.app import make_window
        from PyQt6.QtWidgets import QApplication

        from flowsep_plugin.jobs.client.worker_client import WorkerClient
        from flowsep_plugin.settings import PanelSettings

        app = QApplication([])
        theme.apply(app, "dark")
        window = make_window(PanelSettings())
        window.resize(*_SIZE)
        window.show()
        window.recover()
        try:
            yield app, window, directory
        finally:
            window.leave()
            client = WorkerClient.running()
            if client is not None:
                client.shutdown()


def _walk(app: Any, window: Any, directory: Path, out: Path) -> None:
    from flowsep_ui import theme
    from flowsep_ui.dialogs.place import PlaceDialog
    from flowsep_ui.studio.reconcile import has_finals, stale_stems
    from flowsep_ui.studio.workspace import WorkspaceSelection
    from PyQt6.QtTest import QTest

    from flowsep_plugin.audio.span import Span
    from flowsep_plugin.audition import LaneMix

    model, sounds = window.model, window.sounds
    QTest.qWait(600)
    shot(window, out / "panel-first.png")
    window.open_paths([example(directory)])
    wait(lambda: model.front is not None)
    rate = model.front.timeline.rate
    QTest.keyClicks(sounds.line, "a dog barking")
    wait(lambda: model.workspace.draft is not None and model.result(model.workspace.draft.id).files is not None)
    QTest.qWait(4000)
    shot(window, out / "panel-draft.png")
    sounds.add_typed()
    sounds.line.setText("a man speaking")
    sounds.add_typed()
    window.separation.separate()
    wait(lambda: done(model))
    window.separation.add_take(model.workspace.takes[-1])
    wait(lambda: done(model))
    sounds.render_panel.controls["strength"].editor.setValue(60)
    wait(lambda: not any(stale_stems(model.workspace, model.workspace.takes[-1], newest(model))))
    window.document_view.view.lane_changed.emit(
        window.document_view.view.model.scene.tracks[0].lanes[0].id, LaneMix(gain_db=3.0)
    )
    track = model.front.timeline.tracks[0]
    model.do(
        "Select", lambda w: _with_selection(w, WorkspaceSelection(Span(3 * rate, 3 * rate, rate), None, (track.id,)))
    )
    window.playback.seek(4.2)
    window.parts.player.listen(window.playback.choices[0].choice)
    wait(lambda: has_finals(model.workspace, model.workspace.takes[-1], newest(model)))
    QTest.qWait(1500)
    shot(window, out / "panel.png")
    window.document_view.view.set_spectrogram(False)
    QTest.qWait(2000)
    shot(window, out / "panel-waveforms.png")
    window.document_view.view.set_spectrogram(True)
    _effects(window, out)
    _batch(window, directory, out)
    dialog = PlaceDialog(model, window.separation, window.placement, window.parts.tasks, window)
    dialog.show()
    wait(dialog.place_button.isEnabled)
    QTest.qWait(200)
    dialog.target.setText("/home/me/Music/courtyard stems.rpp")  # not where this machine keeps temporary files
    shot(dialog, out / "panel-place.png")
    dialog.reject()
    theme.apply(app, "light")
    window.document_view.show_scene()
    sounds.show_workspace()
    QTest.qWait(1200)
    shot(window, out / "panel-light.png")


def _effects(window: Any, out: Path) -> None:
    """Show three effects on the first lane."""
    from flowsep_ui.studio.lanes import all_lanes, lanes_of
    from PyQt6.QtTest import QTest

    from flowsep_plugin.effects import EffectChain, EffectSlot

    model = window.model
    lane = all_lanes(lanes_of(model.workspace, model.front, model.results))[0]
    slots = (
        EffectSlot(effect="HighpassFilter", parameters={"cutoff_frequency_hz": 180.0}),
        EffectSlot(effect="Compressor", parameters={"threshold_db": -24.0, "ratio": 3.0}),
        EffectSlot(effect="Reverb", parameters={"room_size": 0.4, "wet_level": 0.2}),
    )
    model.do("Effects", lambda workspace: replace(workspace, chains={lane.id: EffectChain(slots)}))
    dock = window.docks["effects"]
    dock.show()
    dock.raise_()
    dock.widget().show_lane(lane.id)
    QTest.qWait(3000)
    dock.widget().slots.setCurrentRow(1)
    QTest.qWait(1500)
    shot(window, out / "panel-effects.png")
    window.docks["sounds"].raise_()


def _batch(window: Any, directory: Path, out: Path) -> None:
    """Separate a folder of three clips as a batch and show its table."""
    from PyQt6.QtTest import QTest

    from flowsep_plugin.audio.span import Span
    from flowsep_plugin.media import read_clip, write_clip

    clip = directory / "clips" / "courtyard.flac"
    folder = directory / "field recordings"
    folder.mkdir()
    for number, name in enumerate(("gate.wav", "courtyard.wav", "street.wav")):
        write_clip(folder / name, read_clip(clip, Span(number * 4 * 48_000, 4 * 48_000, 48_000)))
    dock = window.docks["batch"]
    dock.show()
    panel = dock.widget()
    panel.add_folder(folder)
    wait(lambda: panel.start.isEnabled())
    panel.start.click()
    wait(lambda: not panel.start.isEnabled() and not panel.cancel.isEnabled())
    QTest.qWait(1000)
    shot(window, out / "panel-batch.png")
    dock.hide()


def _with_selection(workspace: Any, selected: Any) -> Any:
    return replace(workspace, selected=selected)


def example(directory: Path) -> Path:
    """Return a copy of the example clip in `directory`, next to which stems can be written."""
    from flowsep_ui.studio.panel_directory import example_clip

    clip = example_clip()
    assert clip is not None, "examples/clips/courtyard.flac is missing"
    (directory / "clips").mkdir()
    return Path(shutil.copy(clip, directory / "clips"))


def done(model: Any) -> bool:
    """Return whether every take has its stems."""
    takes = model.workspace.takes
    return bool(takes) and all(model.result(take.id).files is not None for take in takes)


def newest(model: Any) -> Any:
    """Return the result of the last take."""
    return model.result(model.workspace.takes[-1].id)


def wait(holds: Callable[[], bool], seconds: float = 240.0) -> None:
    """Run the event loop until `holds()`. Raises SystemExit after `seconds`."""
    from PyQt6.QtTest import QTest

    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            raise SystemExit("timed out; is a model installed? see `flowsep doctor`")
        QTest.qWait(30)


def shot(widget: Any, path: Path) -> None:
    """Save a picture of `widget`, with 256 colours if it would be too large for the repository otherwise."""
    from PIL import Image

    widget.grab().toImage().save(str(path), "PNG", 0)
    if path.stat().st_size > _MOST_BYTES:
        with Image.open(path) as picture:
            few = picture.convert("RGB").quantize(256, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        few.save(path, optimize=True)
    print(f"{path}  {path.stat().st_size} bytes")
    assert path.stat().st_size <= _MOST_BYTES, f"{path} is too big for the repository"


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/pictures"))
