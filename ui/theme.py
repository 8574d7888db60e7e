"""The theme: palette and style sheet on Qt's Fusion style; dark, light, high contrast, or as the system is set."""

from importlib.resources import files
from typing import Final

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QColor, QGuiApplication, QPalette
from PyQt6.QtWidgets import QApplication

from .colours import CONTRAST, DARK, LIGHT, Shades, colours, use
from .contrast import contrast, mixed
from .style import PanelStyle

THEMES: Final = ("dark", "light", "contrast", "system")
_SHADES: Final = {"dark": DARK, "light": LIGHT, "contrast": CONTRAST}


def apply(app: QApplication, theme: str) -> Shades:
    """Apply one of THEMES to `app`; "system" follows the system's setting from then on.

    Returns its colours. Raises ValueError for another name.
    """
    if theme not in THEMES:
        raise ValueError(f"unknown theme {theme!r}; choose one of {', '.join(THEMES)}")
    app.setProperty("flowsep-theme", theme)
    hints = QGuiApplication.styleHints()
    if hints is not None and not app.property("flowsep-follows"):
        app.setProperty("flowsep-follows", True)
        hints.colorSchemeChanged.connect(lambda _: _follow(app))
    return _apply(app, _system() if theme == "system" else _SHADES[theme])


def lane_colour(number: int) -> QColor:
    """Return the colour of stem `number` (0 is the first) in the current theme; colours repeat after the last."""
    lanes = colours().lanes
    return lanes[number % len(lanes)]


def rest_colour() -> QColor:
    """Return the colour of the residual's lane in the current theme."""
    return colours().rest_lane


def palette(shades: Shades) -> QPalette:
    """Return `shades` as a Qt palette."""
    palette = QPalette()
    roles = QPalette.ColorRole
    for role, colour in {
        roles.Window: shades.window,
        roles.WindowText: shades.text,
        roles.Base: shades.panel,
        roles.AlternateBase: shades.raised,
        roles.Text: shades.text,
        roles.Button: shades.raised,
        roles.ButtonText: shades.text,
        roles.BrightText: shades.error,
        roles.ToolTipBase: shades.raised,
        roles.ToolTipText: shades.text,
        roles.PlaceholderText: shades.dim_text,
        roles.Highlight: shades.accent,
        roles.HighlightedText: shades.accent_text,
        roles.Link: shades.accent,
        roles.LinkVisited: shades.accent,
        roles.Light: shades.grid,
        roles.Midlight: shades.raised,
        roles.Mid: shades.border,
        roles.Dark: shades.border,
        roles.Shadow: shades.border,
        roles.Accent: shades.accent,
    }.items():
        palette.setColor(role, colour)
    for role in (roles.Text, roles.WindowText, roles.ButtonText, roles.HighlightedText, roles.PlaceholderText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, shades.disabled_text)
    palette.setColor(QPalette.ColorGroup.Disabled, roles.Highlight, shades.grid)
    return palette


def style_sheet(shades: Shades) -> str:
    """Return the style sheet in the colours of `shades`, for everything that a palette cannot set."""
    fields = {field: getattr(shades, field).name() for field in _IN_SHEET}
    folder = str(files("flowsep_ui").joinpath("data")).replace("\\", "/")
    pictures = {name: f'url("{folder}/{name}-{shades.name}.svg")' for name in ("check", "up", "down")}
    return _SHEET.format(**fields, **pictures, progress=progress_colour(shades).name())


def progress_colour(shades: Shades) -> QColor:
    """Return the colour of a progress bar's done part: as much of the accent as its text can be read on."""
    text, sunken, accent = (_rgb(colour) for colour in (shades.text, shades.sunken, shades.accent))
    grounds = (mixed(sunken, accent, percent / 100) for percent in range(100, 0, -1))
    return QColor(*next((ground for ground in grounds if contrast(text, ground) >= _LEGIBLE), sunken))


def _rgb(colour: QColor) -> tuple[int, int, int]:
    return colour.red(), colour.green(), colour.blue()


def _apply(app: QApplication, shades: Shades) -> Shades:
    use(shades)
    app.setStyle(PanelStyle())
    app.setPalette(palette(shades))
    app.setStyleSheet(style_sheet(shades))
    return shades


def _follow(app: QApplication) -> None:
    if app.property("flowsep-theme") == "system":
        _apply(app, _system())


def _system() -> Shades:
    """Return the colours that the system asks for; dark, as in most audio programs, where it does not say."""
    hints = QGuiApplication.styleHints()
    is_light = hints is not None and hints.colorScheme() == Qt.ColorScheme.Light
    return LIGHT if is_light else DARK


_LEGIBLE: Final = 4.5
"""Contrast of text to its ground, WCAG AA."""

_IN_SHEET: Final = (
    "window", "panel", "raised", "sunken", "border", "grid", "text", "dim_text", "disabled_text", "accent",
    "accent_text", "warning", "error", "good",
)  # fmt: skip
_SHEET: Final = """
QToolTip {{ background: {raised}; color: {text}; border: 1px solid {grid}; padding: 4px 6px; }}
QMainWindow::separator {{ background: {border}; width: 3px; height: 3px; }}
QMainWindow::separator:hover {{ background: {accent}; }}
QLabel#dock-title {{ color: {dim_text}; font-weight: 600; }}
QMenuBar {{ background: {window}; }}
QMenuBar::item {{ padding: 4px 8px; border-radius: 4px; }}
QMenuBar::item:selected {{ background: {raised}; }}
QMenu {{ background: {raised}; border: 1px solid {border}; padding: 4px; icon-size: 16px; }}
QMenu::item {{ padding: 4px 24px 4px 8px; border-radius: 4px; }}
QMenu::icon {{ padding-left: 6px; }}
QMenu::item:selected {{ background: {accent}; color: {accent_text}; }}
QMenu::item:disabled {{ color: {disabled_text}; background: transparent; }}
QMenu::separator {{ height: 1px; background: {grid}; margin: 4px 8px; }}
QPushButton, QToolButton {{
  background: {raised}; color: {text}; border: 1px solid {grid}; border-radius: 4px; padding: 4px 10px; }}
QToolButton {{ padding: 3px 6px; }}
QToolButton[autoRaise="true"] {{ background: transparent; border-color: transparent; padding: 0; }}
QToolButton[autoRaise="true"]:hover {{ background: {raised}; border-color: {grid}; }}
QPushButton:hover, QToolButton:hover {{ border-color: {dim_text}; }}
QPushButton:pressed, QToolButton:pressed {{ background: {sunken}; }}
QPushButton:focus, QToolButton:focus, QToolButton[autoRaise="true"]:focus {{ border-color: {accent}; }}
QPushButton:default, QPushButton#primary {{ background: {accent}; color: {accent_text}; border-color: {accent}; }}
QPushButton#primary {{ padding: 8px 16px; font-weight: 600; }}
QPushButton:default:hover, QPushButton#primary:hover, QPushButton:default:focus, QPushButton#primary:focus {{
  border-color: {text}; }}
QPushButton:default:pressed, QPushButton#primary:pressed {{ background: {dim_text}; }}
QPushButton:checked, QToolButton:checked, QToolButton[autoRaise="true"]:checked {{
  background: {accent}; color: {accent_text}; border-color: {accent}; }}
QPushButton:checked:disabled, QToolButton:checked:disabled {{ background: {grid}; }}
QPushButton:disabled, QToolButton:disabled, QPushButton#primary:disabled, QPushButton:default:disabled {{
  color: {disabled_text}; background: {raised}; border-color: {grid}; }}
QToolButton[autoRaise="true"]:disabled {{ background: transparent; border-color: transparent; }}
QToolButton::menu-indicator {{ image: none; }}
QPushButton::menu-indicator {{
  image: {down}; width: 10px; height: 6px; subcontrol-origin: padding; subcontrol-position: right center; right: 8px; }}
QLineEdit, QPlainTextEdit, QTextEdit, QSpinBox, QDoubleSpinBox, QComboBox, QKeySequenceEdit {{
  background: {panel}; color: {text}; border: 1px solid {grid}; border-radius: 4px; padding: 3px 6px;
  selection-background-color: {accent}; selection-color: {accent_text}; }}
QLineEdit:focus, QPlainTextEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus,
QKeySequenceEdit:focus {{ border-color: {accent}; }}
QLineEdit:disabled, QSpinBox:disabled, QDoubleSpinBox:disabled, QComboBox:disabled {{ color: {disabled_text}; }}
QComboBox QAbstractItemView {{ background: {raised}; border: 1px solid {border}; }}
QComboBox::drop-down {{ border: 0; width: 18px; }}
QComboBox::down-arrow, QSpinBox::down-arrow, QDoubleSpinBox::down-arrow {{ image: {down}; width: 10px; height: 6px; }}
QSpinBox::up-arrow, QDoubleSpinBox::up-arrow {{ image: {up}; width: 10px; height: 6px; }}
QSpinBox::up-button, QDoubleSpinBox::up-button, QSpinBox::down-button, QDoubleSpinBox::down-button {{
  border: 0; background: transparent; width: 16px; }}
QCheckBox {{ spacing: 8px; }}
QCheckBox::indicator {{ width: 20px; height: 20px; }}
QAbstractItemView::indicator {{ width: 16px; height: 16px; }}
QCheckBox::indicator, QAbstractItemView::indicator {{
  border: 1px solid {dim_text}; border-radius: 4px; background: {panel}; }}
QCheckBox::indicator:checked, QAbstractItemView::indicator:checked {{
  background: {accent}; border-color: {accent}; image: {check}; }}
QCheckBox::indicator:focus {{ border-color: {accent}; }}
QCheckBox::indicator:checked:focus {{ border-color: {text}; }}
QCheckBox::indicator:disabled {{ border-color: {grid}; }}
QRadioButton::indicator {{ width: 18px; height: 18px; border: 1px solid {dim_text}; border-radius: 10px;
  background: {panel}; }}
QRadioButton::indicator:checked {{ border-color: {accent}; background: qradialgradient(cx: 0.5, cy: 0.5, radius: 0.5,
  fx: 0.5, fy: 0.5, stop: 0 {accent}, stop: 0.55 {accent}, stop: 0.65 {panel}, stop: 1 {panel}); }}
QRadioButton::indicator:focus {{ border-color: {accent}; }}
QRadioButton::indicator:checked:focus {{ border-color: {text}; }}
QRadioButton::indicator:disabled {{ border-color: {grid}; }}
QGroupBox {{ border: 0; margin-top: 20px; padding: 4px 0 0 0; font-weight: 600; }}
QGroupBox::title {{ subcontrol-origin: margin; left: 0; padding: 0; color: {dim_text}; }}
QAbstractItemView {{ background: {panel}; alternate-background-color: {raised}; border: 1px solid {grid};
  border-radius: 4px; }}
QAbstractItemView[frameShape="0"] {{ border: 0; }}
QAbstractItemView::item {{ padding: 3px 4px; }}
QHeaderView {{ border: 0; border-radius: 0; }}
QHeaderView::section {{
  background: {raised}; color: {dim_text}; border: 0; border-right: 1px solid {border}; padding: 4px 8px;
  text-align: left; }}
QTabBar::tab {{ background: {window}; color: {dim_text}; padding: 6px 12px; border: 0;
  border-bottom: 2px solid transparent; }}
QTabBar::tab:selected {{ color: {text}; border-bottom: 2px solid {accent}; }}
QTabBar::tab:hover {{ color: {text}; }}
QTabBar::tab:focus {{ color: {accent}; }}
QTabWidget::pane {{ border: 0; border-top: 1px solid {grid}; }}
QSlider::groove:horizontal {{ height: 4px; background: {grid}; border-radius: 2px; }}
QSlider::sub-page:horizontal {{ background: {accent}; border-radius: 2px; }}
QSlider::sub-page:horizontal:disabled {{ background: {disabled_text}; }}
QSlider::handle:horizontal {{ width: 12px; margin: -5px 0; border-radius: 4px; background: {dim_text}; }}
QSlider::handle:horizontal:hover, QSlider::handle:horizontal:focus {{ background: {text}; }}
QSlider::handle:horizontal:focus {{ border: 1px solid {accent}; }}
QProgressBar {{
  background: {sunken}; color: {text}; border: 1px solid {grid}; border-radius: 4px; text-align: center;
  max-height: 16px; }}
QProgressBar::chunk {{ background: {progress}; border-radius: 3px; }}
QProgressBar#line {{ border: 0; border-radius: 3px; background: {grid}; }}
QProgressBar#line::chunk {{ background: {accent}; border: 0; border-radius: 3px; }}
QScrollBar {{ background: {window}; border: 0; }}
QScrollBar:vertical {{ width: 12px; }}
QScrollBar:horizontal {{ height: 12px; }}
QScrollBar::handle {{ background: {grid}; border-radius: 4px; margin: 2px; min-width: 24px; min-height: 24px; }}
QScrollBar::handle:hover {{ background: {dim_text}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: none; }}
QStatusBar {{ color: {dim_text}; }}
QStatusBar::item {{ border: 0; }}
QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
QFrame#message {{ background: {raised}; border: 1px solid {grid}; border-radius: 6px; }}
QFrame#message[kind="error"] {{ border-color: {error}; }}
QToolButton#bypass:checked {{ background: {warning}; color: {window}; border-color: {warning}; }}
QLabel#warning {{ color: {warning}; }}
QLabel#error {{ color: {error}; }}
QLabel#hint {{ color: {dim_text}; }}
QLabel#good {{ color: {good}; }}
QLabel#title {{ font-weight: 600; font-size: 20px; }}
QLabel#section {{ font-weight: 600; color: {dim_text}; margin-top: 8px; }}
"""
