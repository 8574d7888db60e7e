"""Make the picture of videos in docs/panel.md: a drawn video, its picture, and stems of its sound.

python scripts/video_screenshot.py [docs/pictures]        needs no screen; separates for a few seconds
"""

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from drawn_video import draw_video
from panel_screenshots import done, example, shot, wait

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
_SIZE = (1360, 820)


def main(out: Path) -> None:
    """Write the picture into the folder `out`."""
    with tempfile.TemporaryDirectory(prefix="flowsep-pictures-") as folder:
        directory = Path(folder)
        os.environ |= {
            "FLOWSEP_WORKER_HOME": str(directory / "worker"), "FLOWSEP_PANEL_HOME": str(directory / "panel"),
            "XDG_CONFIG_HOME": str(directory / "config"), "XDG_CACHE_HOME": str(directory / "cache"),
        }  # fmt: skip
        from PyQt6.QtWidgets import QApplication

        app = QApplication([])
        _picture(app, directory, out)


def _picture(app: Any, directory: Path, out: Path) -> None:
    from flowsep_ui import theme
    from flowsep_ui.app import make_window
    from PyQt6.QtTest import QTest

    from flowsep_plugin.jobs.client.worker_client import WorkerClient
    from flowsep_plugin.settings import PanelSettings

    video = directory / "courtyard.mp4"
    draw_video(example(directory), video, size=(960, 540))
    theme.apply(app, "dark")
    window = make_window(PanelSettings())
    window.resize(*_SIZE)
    window.show()
    window.recover()
    try:
        window.open_paths([video])
        wait(lambda: window.model.front is not None)
        for text in ("a dog barking", "a man speaking"):
            window.sounds.line.setText(text)
            window.sounds.add_typed()
        window.separation.separate()
        wait(lambda: done(window.model))
        window.playback.seek(2.9)
        wait(lambda: window.picture.frame is not None)
        QTest.qWait(2500)
        shot(window, out / "panel-picture.png")
    finally:
        window.leave()
        client = WorkerClient.running()
        if client is not None:
            client.shutdown()


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/pictures"))
