"""Names of takes in a list: "3 · 2 sounds · 0:04.7–0:05.9 · 1.50 × · seed 1", with the parts that differ."""

from collections.abc import Callable, Sequence

from flowsep_ui.studio.queue import tenths
from flowsep_ui.studio.results import TakeResult
from flowsep_ui.studio.texts import translate, with_decimal_sign
from flowsep_ui.studio.workspace import Take

from flowsep_plugin.render_settings import RENDER_SETTINGS, RenderSetting

_MOST_LETTERS = 28
"""Longer lists of sounds are shortened to their number, unless two takes then read alike."""


def take_names(takes: Sequence[Take]) -> tuple[str, ...]:
    """Return a name for each take of one clip: number, sounds, and of part, settings and seed those that differ.

    No two names are equal, as numbers are not.
    """
    columns = [[f"{take.number}" for take in takes], _sounds(takes)]
    for text_of in (_kept_out, _part, *_setting_columns(), _model, _seed):
        texts = [text_of(take) for take in takes]
        if len(set(texts)) > 1:
            columns.append(texts)
    return tuple(" · ".join(filter(None, row)) for row in zip(*columns, strict=True))


def take_details(take: Take, result: TakeResult) -> tuple[str, ...]:
    """Return everything about a take in lines: sounds with their settings, part, model, seed, folder, error."""
    lines = [translate("Studio", "Take {0}, {1}").format(take.number, _seed(take)), _part(take)]
    for query in take.stem_queries:
        values = (_value(setting, getattr(query.render, setting.name)) for setting in RENDER_SETTINGS)
        lines.append(f"{query.text}: {', '.join(values)}")
    lines.append(_kept_out(take))
    lines.append(translate("Studio", "Model: {0}").format(take.model))
    if result.provider:
        lines.append(translate("Studio", "Ran on: {0}").format(result.provider))
    if result.final_files is not None and result.final_files.paths:
        lines.append(str(result.final_files.paths[0].parent))
    lines.append(result.error or "")
    return tuple(line for line in lines if line)


def _sounds(takes: Sequence[Take]) -> list[str]:
    """Return the sounds of each take, as their number where the list is long and the number tells the takes apart."""
    full = [", ".join(query.text for query in take.stem_queries) for take in takes]
    counts = [translate("Studio", "{0} sounds").format(len(take.stem_queries)) for take in takes]
    short = [text if len(text) <= _MOST_LETTERS else count for text, count in zip(full, counts, strict=True)]
    return short if len(set(short)) == len(set(full)) else full


def _kept_out(take: Take) -> str:
    texts = [query.text for query in take.queries if query.negative]
    return translate("Studio", "without {0}").format(", ".join(texts)) if texts else ""


def _part(take: Take) -> str:
    if take.within is None:
        return translate("Studio", "whole clip")
    return f"{tenths(take.within.start / take.within.rate)}–{tenths(take.within.stop / take.within.rate)}"


def _model(take: Take) -> str:
    return take.model


def _seed(take: Take) -> str:
    return translate("Studio", "seed {0}").format(take.seed)


def _setting_columns() -> tuple[Callable[[Take], str], ...]:
    """Return a function for each render setting: the value of a take's sounds, one text where it is the same in all."""

    def column(setting: RenderSetting) -> Callable[[Take], str]:
        def text_of(take: Take) -> str:
            values = [_value(setting, getattr(query.render, setting.name)) for query in take.stem_queries]
            return " / ".join(values if len(set(values)) > 1 else values[:1])

        return text_of

    return tuple(column(setting) for setting in RENDER_SETTINGS)


def _value(setting: RenderSetting, value: str | float | None) -> str:
    """Return a setting with its value, such as "1.50 ×", "Gate 30%", "Attenuate: removed", "Mask"."""
    if isinstance(value, str):
        return translate("RenderPanel", next(choice.label for choice in setting.choices if choice.value == value))
    label = translate("RenderPanel", setting.label)
    if value is None:
        return f"{label}: {translate('RenderPanel', setting.none_label)}"
    text = with_decimal_sign(setting.scale.text(value))
    return text if setting.scale.unit.strip() == "×" else f"{label} {text}"
