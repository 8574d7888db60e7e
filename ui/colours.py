"""Every colour of the panel: dark, light, high contrast; numbers are measured in `tests/ui/test_theme.py`.

Text has a contrast of at least 4.5:1 on every background, lanes of at least 3:1 on every background of their theme. Any
two lane colours can be distinguished under protanopia, deuteranopia and tritanopia too: they were searched for the
largest minimum distance in Oklab, with normal vision and through the matrices of Machado et al. (2009).
"""

from dataclasses import dataclass

from PyQt6.QtGui import QColor


@dataclass(frozen=True, slots=True)
class Shades:
    """Colours of a theme. Backgrounds: `window` behind docks, `panel` of lists, `raised` buttons, `sunken` meters."""

    name: str
    window: QColor
    panel: QColor
    raised: QColor
    sunken: QColor
    border: QColor
    grid: QColor
    text: QColor
    dim_text: QColor
    disabled_text: QColor
    accent: QColor
    accent_text: QColor
    warning: QColor
    error: QColor
    good: QColor
    waveform: QColor
    playhead: QColor
    selection: QColor
    meter_low: QColor
    meter_middle: QColor
    meter_high: QColor
    rest_lane: QColor
    lanes: tuple[QColor, ...]

    @property
    def backgrounds(self) -> tuple[QColor, ...]:
        """The colours that text and lanes are drawn on."""
        return (self.window, self.panel, self.raised, self.sunken)


def _shades(name: str, lanes: str, **colours: str) -> Shades:
    fields = {field: QColor(value) for field, value in colours.items()}
    return Shades(name=name, lanes=tuple(QColor(value) for value in lanes.split()), **fields)  # type: ignore[arg-type]


DARK = _shades(
    "dark",
    "#9199dc #c08227 #25cd9f #df3588 #fafa53 #a151fa #ccc323 #b1e1ec",
    window="#26282c",
    panel="#1f2124",
    raised="#2e3136",
    sunken="#1b1d20",
    border="#101113",
    grid="#3a3e44",
    text="#dfe2e6",
    dim_text="#a4a9b1",
    disabled_text="#6f757d",
    accent="#4c9be8",
    accent_text="#0b1017",
    warning="#e3b341",
    error="#ff8079",
    good="#5fc48a",
    waveform="#8fa3b8",
    playhead="#ffffff",
    selection="#3d6ea5",
    meter_low="#3fae74",
    meter_middle="#d8b13c",
    meter_high="#ec5b54",
    rest_lane="#9aa1aa",
)
LIGHT = _shades(
    "light",
    "#2887e1 #9c2314 #165863 #da5394 #947d1a #7a1acb #571429 #2f2475",
    window="#e9ebee",
    panel="#ffffff",
    raised="#f3f4f6",
    sunken="#f3f4f6",
    border="#b9bec6",
    grid="#d2d6dc",
    text="#1c1f23",
    dim_text="#565c65",
    disabled_text="#8b919a",
    accent="#1a66b8",
    accent_text="#ffffff",
    warning="#7d5700",
    error="#b3261e",
    good="#1d6b3f",
    waveform="#4f6378",
    playhead="#000000",
    selection="#a9cdf3",
    meter_low="#2f9a61",
    meter_middle="#c79a16",
    meter_high="#d2382f",
    rest_lane="#6b727c",
)
CONTRAST = _shades(
    "contrast",
    "#9199dc #c08227 #25cd9f #df3588 #fafa53 #a151fa #ccc323 #b1e1ec",
    window="#000000",
    panel="#000000",
    raised="#101010",
    sunken="#000000",
    border="#ffffff",
    grid="#6a6a6a",
    text="#ffffff",
    dim_text="#e6e6e6",
    disabled_text="#8c8c8c",
    accent="#ffd60a",
    accent_text="#000000",
    warning="#ffd60a",
    error="#ff9b94",
    good="#7dff9e",
    waveform="#d6e4f2",
    playhead="#ffffff",
    selection="#ffd60a",
    meter_low="#45e08c",
    meter_middle="#ffd60a",
    meter_high="#ff7a72",
    rest_lane="#c8c8c8",
)
_current: list[Shades] = [DARK]


def colours() -> Shades:
    """Return the colours of the current theme; widgets that paint themselves read them at every paint."""
    return _current[0]


def use(shades: Shades) -> None:
    """Let `colours` return `shades` from now on."""
    _current[0] = shades
