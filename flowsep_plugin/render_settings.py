"""Render settings, each declared once, as a field of `RenderSettings`.

A declaration gives a setting its validation, command-line option, JSON key and type, manifest column, receipt entry and
control in the panel. What the setting does to masks and stems is in `render/masks.py`.
"""

from dataclasses import dataclass, field, fields, replace
from numbers import Real
from typing import Any, Literal, TypeAlias

from .errors import UsageError
from .scale import Scale
from .suggest import suggest_fields
from .untrusted.shortened import shortened

Mode: TypeAlias = Literal["mask", "generated", "hybrid"]
MODES: tuple[Mode, ...] = ("mask", "generated", "hybrid")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A value of a setting that is chosen from a list; `label` and `tip` are English, the panel translates them."""

    value: str
    label: str
    tip: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderSetting:
    """The declaration of a render setting: one of `choices`, or a number from `low` to `high`.

    name : field of `RenderSettings`, JSON key and manifest column.     default : its value; None allows None.
    low_excluded : the number must be above `low`.     unit : of the number, such as "dB".
    option : name on the command line without dashes; "" for `name` with "-" for "_".
    help, help_default : sentence and default for `--help`; range and unit are appended to the sentence.
    label, tip : of the control in the panel, English; the panel translates them.
    none_label, usual : where None is allowed, what the panel writes for None, and the number that it starts with.
    slider : steps of the panel's slider; None for 100 steps over the whole range.
    """

    name: str = ""
    default: Any = None
    choices: tuple[Choice, ...] = ()
    low: float = 0.0
    high: float = 1.0
    low_excluded: bool = False
    unit: str = ""
    option: str = ""
    help: str
    help_default: str = ""
    label: str
    tip: str
    none_label: str = "off"
    usual: float | None = None
    slider: Scale | None = None

    @property
    def type(self) -> type[str] | type[float]:
        """`str` for a choice, `float` for a number."""
        return str if self.choices else float

    @property
    def optional(self) -> bool:
        """True where the setting may be None."""
        return self.default is None

    @property
    def values(self) -> tuple[str, ...]:
        """The texts that may be chosen; empty for a number."""
        return tuple(choice.value for choice in self.choices)

    @property
    def scale(self) -> Scale:
        """Steps of the panel's slider."""
        return self.slider or Scale(low=self.low, high=self.high, unit=f" {self.unit}".rstrip())

    @property
    def range_text(self) -> str:
        """The allowed values in words, such as "0.25 to 4" or "above 0, up to 120 dB"."""
        if self.choices:
            return f"{', '.join(self.values[:-1])} or {self.values[-1]}"
        start = f"above {self.low:g}, up to" if self.low_excluded else f"{self.low:g} to"
        return f"{start} {self.high:g} {self.unit}".rstrip()

    @property
    def option_name(self) -> str:
        """Spelling on the command line, such as "--reduce-db"."""
        return f"--{self.option or self.name.replace('_', '-')}"

    @property
    def option_help(self) -> str:
        """Help of the option: what it does, range with unit, default."""
        values = "" if self.choices else f" {self.range_text[0].upper()}{self.range_text[1:]}."
        default = self.help_default or (f"{self.default:g}" if isinstance(self.default, float) else self.default)
        return f"{self.help}{values} [default: {default}]"

    @property
    def panel_texts(self) -> tuple[str, ...]:
        """Every text that the panel shows and translates."""
        choices = tuple(text for choice in self.choices for text in (choice.label, choice.tip))
        return (self.label, self.tip, *choices, *([self.none_label] if self.optional else []))

    def check(self, value: Any) -> None:
        """Raises UsageError, with the allowed values, where `value` is not one of them."""
        if self.choices:
            valid = value in self.values
        elif value is None:
            valid = self.optional
        else:
            is_number = isinstance(value, Real)
            valid = is_number and self.low <= value <= self.high and not (self.low_excluded and value == self.low)
        if not valid:
            text = f"{value:g}" if isinstance(value, float) else shortened(value)
            raise UsageError(f"the render setting {self.name} must be {self.range_text}; got {text}")


def _declared(**declaration: Any) -> dict[str, RenderSetting]:
    """Return the metadata of a dataclass field that is a render setting."""
    return {"setting": RenderSetting(**declaration)}


@suggest_fields
@dataclass(frozen=True, slots=True)
class RenderSettings:
    """Settings that can be changed after inference, in milliseconds, on a cached estimate.

    mode : "mask" (soft mask on the clip itself), "generated" (vocoder) or "hybrid" (mask, vocoder where it starves).
    strength : 0.25..4, exponent of the masks; above 1 less bleed and more artefacts, below 1 the reverse.
    reduce_db : None removes the sound; 0 < N <= 120 attenuates it by N dB (the stem holds what was removed).
    gate : 0..1, how far stems are closed where their sound is absent; 0 never.
    Raises UsageError for a value that is not allowed.
    """

    mode: Mode = field(
        default="mask",
        metadata=_declared(
            option="render",
            help="How stems are made. mask: filter the clip itself; generated: let the model's vocoder make the sound; "
            "hybrid: filter, and generate where the mask leaves too little.",
            label="Mode",
            tip="Mask filters the clip: stems and rest add up to it.\nThe other modes need a model with a vocoder.",
            choices=(
                Choice(
                    value="mask",
                    label="Mask",
                    tip="A soft mask on the clip: nulls with the rest, keeps the stereo image",
                ),
                Choice(value="generated", label="Generated", tip="Audio synthesised by the model; needs a vocoder"),
                Choice(
                    value="hybrid",
                    label="Hybrid",
                    tip="Mask, with synthesised audio where the mask leaves nothing; needs a vocoder",
                ),
            ),
        ),
    )
    strength: float = field(
        default=1.0,
        metadata=_declared(
            low=0.25,
            high=4.0,
            help="Strength of the masks: above 1 less bleed and more artefacts, below 1 the reverse.",
            label="Strength",
            tip="Exponent of the mask, 0.25 to 4. Above 1: less bleed, more artefacts. Double-click for 1.",
            slider=Scale(low=0.25, high=4.0, steps=96, unit=" ×", logarithmic=True),
        ),
    )
    reduce_db: float | None = field(
        default=None,
        metadata=_declared(
            low=0.0,
            high=120.0,
            low_excluded=True,
            unit="dB",
            help="Attenuate the sound by this much instead of removing it; the rest file holds the result.",
            help_default="remove it",
            label="Attenuate",
            tip="Keep the sound in the rest, attenuated by 1 to 60 dB, instead of removing it.",
            none_label="removed",
            usual=12.0,
            slider=Scale(low=1.0, high=60.0, steps=118, unit=" dB", digits=1),
        ),
    )
    gate: float = field(
        default=1.0,
        metadata=_declared(
            help="How far a stem is closed where its sound is absent; 0 leaves it open.",
            label="Gate",
            tip="0 to 100 %: attenuation of a stem where its sound is absent. Double-click for 100 %.",
            slider=Scale(low=0.0, high=1.0, percent=True),
        ),
    )

    def __post_init__(self) -> None:
        for setting in RENDER_SETTINGS:
            setting.check(getattr(self, setting.name))


RENDER_SETTINGS: tuple[RenderSetting, ...] = tuple(
    replace(row.metadata["setting"], name=row.name, default=row.default) for row in fields(RenderSettings)
)
"""The declarations, in the order of the fields."""
