"""A picture of a separation: the clip, each stem with its presence below it, the rest; one scale for all of them.

Needs matplotlib (`pip install 'flowsep-plugin[plot]'`), imported when a picture is drawn.
"""

import contextlib
import io
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from flowsep_plugin.audio.clip import Source
from flowsep_plugin.audio.span import Span
from flowsep_plugin.audio.types import Floats
from flowsep_plugin.media.atomic import write_atomic

from .errors import UsageError
from .files import FileSeparation
from .media import open_media
from .presence import regions
from .separate import Separation
from .spectrogram import Spectrogram, spectrogram

_RANGE_DB = 75.0
_LONGEST_TITLE = 90
_INCHES_WIDE, _INCHES_A_PANEL, _INCHES_A_LANE, _DOTS = 12.0, 1.75, 0.34, 120
_GROUND, _INK, _FAINT, _GRID = "#101216", "#e8e6e3", "#8b8f98", "#2a2e36"
_ACCENTS = ("#ffb454", "#5ccfe6", "#bae67e", "#f28779", "#d4bfff", "#95e6cb")
_TICKS_HZ = ((50, "50"), (100, "100"), (200, "200"), (500, "500"), (1000, "1k"), (2000, "2k"), (5000, "5k"),
             (10_000, "10k"), (20_000, "20k"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Panel:
    """One spectrogram of the picture: `span` of `source`, in the source's own frames.

    note : what is said beside the title.     presence : (n,) in 0..1, evenly over the span, or None for no lane.
    faint : whether the title steps back (a sound that was not found).
    """

    title: str
    source: Source
    span: Span
    note: str = ""
    presence: Floats | None = None
    faint: bool = False


def plot_separation(clip: Source, made: Separation, path: Path, *, title: str = "clip") -> None:
    """Draw a separation in memory to the PNG at `path`.

    Raises UsageError without matplotlib or for a name that is no PNG's, MediaError where it cannot be written.
    """
    whole = Span(0, clip.frames, clip.rate)
    stems = [
        _stem_panel(query, stem, whole, level, row, bool(regions(row)))
        for query, stem, level, row in zip(made.queries, made.stems, made.level_db, made.presence, strict=True)
    ]
    start = made.residual.start / clip.rate
    draw([Panel(title, clip, whole), *stems, Panel("rest", made.residual, whole)], path, start_seconds=start)


def plot_files(path: Path, made: FileSeparation, picture: Path) -> None:
    """Draw the separation of the file at `path`, from the files that were written. Raises as `plot_separation`."""
    record: Mapping[str, Any] = made.record
    with contextlib.ExitStack() as stack:
        clip = stack.enter_context(open_media(path))
        span = Span(record["span"]["start"], record["span"]["frames"], clip.rate)
        whole = span.moved(-span.start)
        panels = [Panel(path.name, clip, span, f"{clip.rate / 1000:g} kHz, {_width(clip.channels)}")]
        for stem, file, row in zip(record["stems"], made.stems, made.presence, strict=True):
            source = stack.enter_context(open_media(file))
            panels.append(
                _stem_panel(stem["query"], source, whole, stem["share_db"], row, stem["found"], stem["unsure"])
            )
        if made.residual is not None:
            panels.append(Panel("rest", stack.enter_context(open_media(made.residual)), whole))
        draw(panels, picture, start_seconds=span.start / span.rate)


def check_picture(path: Path) -> None:
    """Refuse before any work what cannot be drawn. Raises UsageError."""
    if path.suffix.lower() != ".png":
        raise UsageError(f"{path}: the picture is a PNG; let its name end in .png")
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise UsageError(f"pictures need matplotlib ({error}): pip install 'flowsep-plugin[plot]'") from error


def draw(panels: Sequence[Panel], path: Path, *, start_seconds: float = 0.0) -> None:
    """Draw `panels`, the clip first, below each other on one time axis that begins at `start_seconds`."""
    check_picture(path)
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    heights = [inches for panel in panels for inches in _heights(panel)]
    tall = sum(heights) + 0.42 * len(panels) + 0.75
    figure = Figure(figsize=(_INCHES_WIDE, tall), dpi=_DOTS, facecolor=_GROUND)
    canvas: Any = FigureCanvasAgg(figure)
    looks = [spectrogram(panel.source, panel.span.start, panel.span.stop) for panel in panels]
    top = max(float(looks[0].decibels.max()), -90.0)
    seconds = panels[0].span.seconds
    extent = (start_seconds, start_seconds + seconds)
    places = _places(panels, tall)
    image: Any = None
    axes: Any = None
    for number, (panel, look) in enumerate(zip(panels, looks, strict=True)):
        colour = _ACCENTS[(number - 1) % len(_ACCENTS)] if panel.presence is not None else _INK
        axes = figure.add_axes(next(places))
        image = _spectrum(axes, look, extent, top)
        _title(axes, panel, _FAINT if panel.faint else colour)
        if panel.presence is not None:
            axes.tick_params(labelbottom=False)
            axes = figure.add_axes(next(places))
            _lane(axes, panel.presence, extent, colour)
        axes.tick_params(labelbottom=number == len(panels) - 1)
    axes.set_xlabel("seconds", color=_FAINT, fontsize=9)
    _scale(figure, image, tall)
    data = io.BytesIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")  # a query in a script that the font lacks
        canvas.print_png(data)
    _write(path, data.getvalue())


def _heights(panel: Panel) -> list[float]:
    return [_INCHES_A_PANEL] if panel.presence is None else [_INCHES_A_PANEL, _INCHES_A_LANE]


def _places(panels: Sequence[Panel], tall: float) -> Iterator[tuple[float, float, float, float]]:
    """Left, bottom, width, height of every axes, as shares of the figure, top to bottom."""
    left, wide = 0.62 / _INCHES_WIDE, (_INCHES_WIDE - 0.62 - 0.95) / _INCHES_WIDE
    at = tall - 0.1
    for panel in panels:
        at -= 0.34
        for number, height in enumerate(_heights(panel)):
            at -= height + (0.05 if number else 0.0)
            yield left, at / tall, wide, height / tall
        at -= 0.08


def _spectrum(axes: Any, look: Spectrogram, extent: tuple[float, float], top: float) -> Any:
    """The image, with octaves as faint lines."""
    rows = look.decibels.shape[0]
    octaves = np.log2(look.high_hz / look.low_hz)
    image = axes.imshow(
        look.decibels, origin="lower", aspect="auto", extent=(*extent, 0.0, octaves), cmap="inferno",
        vmin=top - _RANGE_DB, vmax=top, interpolation="antialiased" if rows > 64 else "nearest",
    )  # fmt: skip
    ticks = [(np.log2(hertz / look.low_hz), text) for hertz, text in _TICKS_HZ if look.low_hz <= hertz <= look.high_hz]
    axes.set_yticks([place for place, _ in ticks], [text for _, text in ticks])
    _dress(axes)
    axes.set_facecolor("black")
    return image


def _lane(axes: Any, presence: Floats, extent: tuple[float, float], colour: str) -> None:
    """Where the sound is, as a filled curve between 0 and 1."""
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
    """Colours of frame and ticks."""
    axes.set_facecolor(_GROUND)
    axes.tick_params(colors=_FAINT, labelsize=8, length=3)
    for spine in axes.spines.values():
        spine.set_color(_GRID)


def _scale(figure: Any, image: Any, tall: float) -> None:
    """The colour scale, beside the clip."""
    bar = figure.add_axes(
        ((_INCHES_WIDE - 0.8) / _INCHES_WIDE, (tall - 0.44 - _INCHES_A_PANEL) / tall, 0.012, _INCHES_A_PANEL / tall)
    )
    figure.colorbar(image, cax=bar)
    _dress(bar)
    bar.set_xlabel("dBFS", color=_FAINT, fontsize=8, labelpad=6)


def _stem_panel(
    query: str, source: Source, span: Span, level_db: float, presence: Floats, found: bool, unsure: bool = False
) -> Panel:
    note = f"{'may be there, ' if unsure else ''}{level_db:.1f} dB of the clip" if found else "not found"
    return Panel(f"“{query}”", source, span, note, presence, faint=not found)


def _width(channels: int) -> str:
    return {1: "mono", 2: "stereo"}.get(channels, f"{channels} channels")


def _write(path: Path, data: bytes) -> None:
    with contextlib.suppress(OSError):  # write_atomic says what is wrong with the folder
        path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, data)
