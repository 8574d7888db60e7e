"""Colours of the view, derived from the widget's palette, so that a theme is a palette and nothing else."""

from dataclasses import dataclass
from typing import Final

from flowsep_ui.contrast import BLACK, SHAPE, TEXT, WHITE, Rgb, contrast, legible, luminance, mixed, parsed
from flowsep_ui.timeline.scene import Lane, SceneClip
from PyQt6.QtGui import QColor, QPalette

LANE_HUES: Final[tuple[Rgb, ...]] = (
    (255, 180, 84), (92, 207, 230), (186, 230, 126), (242, 135, 121), (212, 191, 255), (149, 230, 203),
)  # fmt: skip
_CLIP: Final[Rgb] = (108, 150, 200)
_REST: Final[Rgb] = (160, 164, 172)
_FLAG: Final[Rgb] = (240, 200, 80)


@dataclass(frozen=True, slots=True)
class Colours:
    """Colours of one theme, with enough contrast to their grounds (`tests/ui/timeline/test_timeline_colours.py`)."""

    ground: Rgb
    head: Rgb
    row: Rgb
    grid: Rgb
    grid_minor: Rgb
    text: Rgb
    faint: Rgb
    accent: Rgb
    selection: Rgb
    playhead: Rgb
    marker: Rgb
    flag: Rgb
    is_dark: bool

    def clip(self, clip: SceneClip) -> Rgb:
        """Return the hue of a clip, its own or the theme's."""
        hue = parsed(clip.colour, _CLIP)
        return mixed(hue, self.faint, 0.7) if clip.muted or clip.why_not else hue

    def lane(self, lane: Lane, place: int) -> Rgb:
        """Return the hue of a lane, its own or that of position `place` under its track."""
        return parsed(lane.colour, _REST if lane.kind == "rest" else LANE_HUES[place % len(LANE_HUES)])

    def block(self, hue: Rgb) -> Rgb:
        """Return the ground of a waveform of `hue`."""
        return mixed(self.row, hue, 0.16)

    def title(self, hue: Rgb) -> Rgb:
        """Return the ground of a clip's title."""
        return mixed(self.row, hue, 0.42)

    def wave(self, hue: Rgb) -> Rgb:
        """Return the colour of a waveform from its lowest to its highest sample."""
        return legible(hue, self.block(hue))

    def core(self, hue: Rgb) -> Rgb:
        """Return the colour of the part of a waveform within its RMS."""
        wave = self.wave(hue)
        return mixed(wave, (255, 255, 255) if self.is_dark else (0, 0, 0), 0.35)

    def on(self, ground: Rgb) -> Rgb:
        """Return the colour of text on `ground`: the theme's, or else black or white, whichever has more contrast."""
        if contrast(self.text, ground) >= TEXT:
            return self.text
        return max((BLACK, WHITE), key=lambda colour: contrast(colour, ground))


def colours_of(palette: QPalette) -> Colours:
    """Return the colours of a theme, given as a palette."""
    role = QPalette.ColorRole

    def read(which: QPalette.ColorRole) -> Rgb:
        return rgb(palette.color(QPalette.ColorGroup.Active, which))

    ground, head, text = read(role.Base), read(role.Window), read(role.WindowText)
    is_dark = luminance(ground) < 0.2
    row = mixed(ground, text, 0.035)
    accent = legible(read(role.Highlight), ground, row, head)
    return Colours(
        ground=ground,
        head=head,
        row=row,
        grid=mixed(row, text, 0.16),
        grid_minor=mixed(row, text, 0.06),
        text=legible(text, ground, head, least=TEXT),
        faint=legible(mixed(text, head, 0.4), ground, head, least=TEXT),
        accent=accent,
        selection=accent,
        playhead=legible((255, 82, 82), ground, row, head),
        marker=legible(_FLAG, ground, head),
        flag=_FLAG,
        is_dark=is_dark,
    )


def rgb(colour: QColor) -> Rgb:
    """Return a colour of Qt without its alpha."""
    return colour.red(), colour.green(), colour.blue()


def qcolor(colour: Rgb, alpha: int = 255) -> QColor:
    """Return a colour of Qt for a painter."""
    return QColor(*colour, alpha)


def pairs(colours: Colours) -> list[tuple[str, Rgb, Rgb, float]]:
    """Return (name, colour, ground, least contrast) of everything that has to be distinguishable, for the test."""
    hues = [_CLIP, _REST, *LANE_HUES]
    rows = [
        ("text", colours.text, colours.ground, TEXT),
        ("text on a head", colours.text, colours.head, TEXT),
        ("ruler labels", colours.faint, colours.head, TEXT),
        ("selection edge", colours.selection, colours.row, SHAPE),
        ("playhead", colours.playhead, colours.row, SHAPE),
        ("marker", colours.marker, colours.head, SHAPE),
        ("marker's name", colours.on(colours.flag), colours.flag, TEXT),
    ]
    for hue in hues:
        block, title = colours.block(hue), colours.title(hue)
        rows += [("waveform", colours.wave(hue), block, SHAPE), ("clip title", colours.on(title), title, TEXT)]
    return rows
