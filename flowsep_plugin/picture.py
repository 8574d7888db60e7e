"""Pictures of separations: spectrograms of clip, stems and residual on one scale, presence below each stem.

Needs matplotlib (`pip install 'flowsep-plugin[plot]'`), which is imported when a picture is drawn.
"""

import contextlib
import functools
import io
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from flowsep_plugin.audio.clip import Source
from flowsep_plugin.audio.span import Span
from flowsep_plugin.audio.types import Floats
from flowsep_plugin.media.atomic import write_atomic
from flowsep_plugin.version import install_command

from .errors import UsageError
from .spectrogram import Spectrogram, spectrogram

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_RANGE_DB = 75.0
_LONGEST_TITLE = 90
_INCHES_WIDE, _INCHES_A_PANEL, _INCHES_A_LANE, _DOTS = 12.0, 1.75, 0.34, 120
_GROUND, _INK, _FAINT, _GRID = "#101216", "#e8e6e3", "#8b8f98", "#2a2e36"
_ACCENTS = ("#ffb454", "#5ccfe6", "#bae67e", "#f28779", "#d4bfff", "#95e6cb")
_TICKS_HZ = ((50, "50"), (100, "100"), (200, "200"), (500, "500"), (1000, "1k"), (2000, "2k"), (5000, "5k"),
             (10_000, "10k"), (20_000, "20k"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Panel:
    """One spectrogram of a picture: `span` of `source`, in the source's own frames.

    note : text at the right end of the title line.     presence : (n,) in 0..1, evenly over the span; None for no lane.
    faint : whether the title is grey, for a sound that was not found.
    """

    title: str
    source: Source
    span: Span
    note: str = ""
    presence: Floats | None = None
    faint: bool = False


def stem_panel(
    query: str,
    source: Source,
    span: Span,
    *,
    level_db: float,
    presence: Floats,
    is_found: bool,
    unsure: bool = False,
) -> Panel:
    """Return the panel of a stem with its presence (n,) in 0..1; the note says how loud it is, or "not found"."""
    note = f"{'may be there, ' if unsure else ''}{level_db:.1f} dB of the clip" if is_found else "not found"
    return Panel(f"“{query}”", source, span, note, presence, faint=not is_found)


def check_picture(path: Path | None = None) -> None:
    """Check that a picture can be drawn. Raises UsageError without matplotlib or for another suffix than .png."""
    if path is not None and path.suffix.lower() != ".png":
        raise UsageError(f"{path}: pictures are written as PNG; give a name that ends in .png")
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise UsageError(f"pictures need matplotlib ({error}); run {install_command('plot')}") from error


def draw(panels: Sequence[Panel], path: Path | None = None, *, start_seconds: float = 0.0) -> "Figure":
    """Draw `panels`, the clip first, below each other on one time axis that begins at `start_seconds`.

    path : PNG to write, if any.     Returns the `matplotlib.figure.Figure`.
    Raises UsageError without matplotlib or for another suffix, MediaError where the PNG cannot be written.
    """
    check_picture(path)
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    heights = [inches for panel in panels for inches in _heights(panel)]
    height = sum(heights) + 0.42 * len(panels) + 0.75
    figure = _figure_type()(figsize=(_INCHES_WIDE, height), dpi=_DOTS, facecolor=_GROUND)
    FigureCanvasAgg(figure)
    _draw_panels(figure, panels, height, (start_seconds, start_seconds + panels[0].span.seconds))
    if path is not None:
        _write(path, _png(figure))
    return figure


@functools.cache
def _figure_type() -> "type[Figure]":
    """Return matplotlib's figure, with a picture for notebooks: without pyplot they show its name only."""
    from matplotlib.figure import Figure

    class NotebookFigure(Figure):
        """A figure that notebooks show."""

        def _repr_png_(self) -> bytes:
            return _png(self)

    return NotebookFigure


def _png(figure: Any) -> bytes:
    data = io.BytesIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")  # a query in a script that the font lacks
        figure.canvas.print_png(data)
    return data.getvalue()


def _draw_panels(figure: Any, panels: Sequence[Panel], height: float, extent: tuple[float, float]) -> None:
    """Draw all panels and the colour scale; `height` of the figure in inches, `extent` of the time axis in seconds."""
    spectrograms = [spectrogram(panel.source, panel.span.start, panel.span.stop) for panel in panels]
    top = max(float(spectrograms[0].decibels.max()), -90.0)
    boxes = _boxes(panels, height)
    image: Any = None
    axes: Any = None
    for number, (panel, picture) in enumerate(zip(panels, spectrograms, strict=True)):
        colour = _ACCENTS[(number - 1) % len(_ACCENTS)] if panel.presence is not None else _INK
        axes = figure.add_axes(next(boxes))
        image = _spectrum(axes, picture, extent, top)
        _title(axes, panel, _FAINT if panel.faint else colour)
        if panel.presence is not None:
            axes.tick_params(labelbottom=False)
            axes = figure.add_axes(next(boxes))
            _lane(axes, panel.presence, extent, colour)
        axes.tick_params(labelbottom=number == len(panels) - 1)
    axes.set_xlabel("seconds", color=_FAINT, fontsize=9)
    _scale(figure, image, height)


def _heights(panel: Panel) -> list[float]:
    return [_INCHES_A_PANEL] if panel.presence is None else [_INCHES_A_PANEL, _INCHES_A_LANE]


def _boxes(panels: Sequence[Panel], figure_height: float) -> Iterator[tuple[float, float, float, float]]:
    """Yield left, bottom, width and height of every axes, top to bottom, as shares of the figure."""
    left, width = 0.62 / _INCHES_WIDE, (_INCHES_WIDE - 0.62 - 0.95) / _INCHES_WIDE
    bottom = figure_height - 0.1
    for panel in panels:
        bottom -= 0.34
        for number, height in enumerate(_heights(panel)):
            bottom -= height + (0.05 if number else 0.0)
            yield left, bottom / figure_height, width, height / figure_height
        bottom -= 0.08


def _spectrum(axes: Any, picture: Spectrogram, extent: tuple[float, float], top: float) -> Any:
    """Draw the spectrogram over `extent` seconds, with 0 dB of the colour scale at `top`; return the image."""
    rows = picture.decibels.shape[0]
    octaves = np.log2(picture.high_hz / picture.low_hz)
    image = axes.imshow(
        picture.decibels, origin="lower", aspect="auto", extent=(*extent, 0.0, octaves), cmap="inferno",
        vmin=top - _RANGE_DB, vmax=top, interpolation="antialiased" if rows > 64 else "nearest",
    )  # fmt: skip
    ticks = [
        (np.log2(hertz / picture.low_hz), text)
        for hertz, text in _TICKS_HZ
        if picture.low_hz <= hertz <= picture.high_hz
    ]
    axes.set_yticks([place for place, _ in ticks], [text for _, text in ticks])
    _dress(axes)
    axes.set_facecolor("black")
    return image


def _lane(axes: Any, presence: Floats, extent: tuple[float, float], colour: str) -> None:
    """Draw presence (n,) in 0..1 as a filled curve over `extent` seconds."""
    times = np.linspace(*extent, len(presence))
    axes.fill_between(times, 0, presence, color=colour, alpha=0.85, linewidth=0)
    axes.set(xlim=extent, ylim=(0, 1.08))
    axes.set_yticks([0.5], ["present"])
    _dress(axes)


def _title(axes: Any, panel: Panel, colour: str) -> None:
    text = panel.title if len(panel.title) <= _LONGEST_TITLE else f"{panel.title[: _LONGEST_TITLE - 1]}…"
    axes.set_title(text, loc="left", color=colour, fontsize=11, fontweight="bold", pad=5, parse_math=False)
    axes.set_title(panel.note, loc="right", color=_FAINT, fontsize=9, pad=5, parse_math=False)


def _dress(axes: Any) -> None:
    """Set the colours of frame and ticks."""
    axes.set_facecolor(_GROUND)
    axes.tick_params(colors=_FAINT, labelsize=8, length=3)
    for spine in axes.spines.values():
        spine.set_color(_GRID)


def _scale(figure: Any, image: Any, height: float) -> None:
    """Draw the colour scale to the right of the clip; `height` of the figure in inches."""
    bar = figure.add_axes(
        (
            (_INCHES_WIDE - 0.8) / _INCHES_WIDE,
            (height - 0.44 - _INCHES_A_PANEL) / height,
            0.012,
            _INCHES_A_PANEL / height,
        )
    )
    figure.colorbar(image, cax=bar)
    _dress(bar)
    bar.set_xlabel("dBFS", color=_FAINT, fontsize=8, labelpad=6)


def _write(path: Path, data: bytes) -> None:
    with contextlib.suppress(OSError):  # write_atomic reports what is wrong with the folder
        path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, data)
