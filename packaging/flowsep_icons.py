"""Icons of the program for each system, drawn from ui/data/flowsep.svg: PNG, Windows .ico, macOS .icns.

Sources: Microsoft's ICO format with PNG images (since Windows Vista); Apple's icns types of PNG images.
"""

import os
import struct
import sys
from pathlib import Path
from typing import Final

SIZES: Final = (16, 32, 48, 64, 128, 256, 512, 1024)
"""Widths in pixels of the PNG files."""

_ICO_SIZES: Final = (16, 32, 48, 64, 128, 256)
_ICNS_TYPES: Final = {
    b"icp4": 16, b"icp5": 32, b"icp6": 64, b"ic07": 128, b"ic08": 256, b"ic09": 512, b"ic10": 1024,
    b"ic11": 32, b"ic12": 64, b"ic13": 256, b"ic14": 512,
}  # fmt: skip
"""Type of an image -> its width; ic11 to ic14 are for screens with two pixels a point."""


def draw_icons(svg: Path, folder: Path) -> dict[str, Path]:
    """Write `flowsep-<width>.png`, `flowsep.ico` and `flowsep.icns` to `folder`; return them by suffix and width.

    Keys: "ico", "icns", and "png" for the largest PNG. Raises ValueError for a drawing that Qt cannot read.
    """
    folder.mkdir(parents=True, exist_ok=True)
    images = {width: _png(svg, width) for width in SIZES}
    for width, image in images.items():
        (folder / f"flowsep-{width}.png").write_bytes(image)
    ico, icns = folder / "flowsep.ico", folder / "flowsep.icns"
    ico.write_bytes(_ico([images[width] for width in _ICO_SIZES], _ICO_SIZES))
    icns.write_bytes(_icns({kind: images[width] for kind, width in _ICNS_TYPES.items()}))
    return {"ico": ico, "icns": icns, "png": folder / f"flowsep-{max(SIZES)}.png"}


def _png(svg: Path, width: int) -> bytes:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PyQt6.QtCore import QBuffer, QIODevice
    from PyQt6.QtGui import QImage, QPainter
    from PyQt6.QtSvg import QSvgRenderer

    drawing = QSvgRenderer(str(svg))
    if not drawing.isValid():
        raise ValueError(f"{svg}: is no drawing that Qt can read")
    image = QImage(width, width, QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)
    drawing.render(painter)
    painter.end()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(buffer.data().data())


def _ico(images: list[bytes], widths: tuple[int, ...]) -> bytes:
    """Return an icon file: a header, an entry of 16 bytes an image, the PNG images."""
    head, body = struct.pack("<HHH", 0, 1, len(images)), b""
    offset = len(head) + 16 * len(images)
    for image, width in zip(images, widths, strict=True):
        side = width % 256  # 0 stands for 256
        head += struct.pack("<BBBBHHII", side, side, 0, 0, 1, 32, len(image), offset + len(body))
        body += image
    return head + body


def _icns(images: dict[bytes, bytes]) -> bytes:
    """Return an icon file: blocks of a type, their length with these 8 bytes, and a PNG image."""
    body = b"".join(kind + struct.pack(">I", len(image) + 8) + image for kind, image in images.items())
    return b"icns" + struct.pack(">I", len(body) + 8) + body


if __name__ == "__main__":
    draw_icons(Path(sys.argv[1]), Path(sys.argv[2]))
