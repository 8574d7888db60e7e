"""Make the picture of videos in docs/panel.md: a drawn video, its picture, and stems of its sound.

python scripts/video_screenshot.py [docs/pictures]        needs no screen; separates for a few seconds
"""

import sys
from pathlib import Path
from typing import Any

from drawn_video import draw_video
from panel_screenshots import done, example, private_panel, shot, wait


def main(out: Path) -> None:
    """Write the picture into the folder `out`."""
    with private_panel() as (_, window, directory):
        _picture(window, directory, out)


def _picture(window: Any, directory: Path, out: Path) -> None:
    from PyQt6.QtTest import QTest

    video = directory / "courtyard.mp4"
    draw_video(example(directory), video, size=(960, 540))
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


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/pictures"))
