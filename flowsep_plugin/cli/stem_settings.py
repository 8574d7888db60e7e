"""Render settings of single sounds, as `--for` takes them: "rain: strength=2, reduce-db=12"."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from flowsep_plugin.errors import UsageError
from flowsep_plugin.render_settings import RENDER_SETTINGS, RenderSetting, RenderSettings
from flowsep_plugin.suggest import did_you_mean

EXAMPLE = '--for "rain: strength=2"'
_BY_NAME = {
    name: setting for setting in RENDER_SETTINGS for name in (setting.option_name.removeprefix("--"), setting.name)
}
"""Name of an option without its dashes, or of a field -> the setting."""


def parse_stem_settings(texts: Sequence[str], common: RenderSettings) -> Mapping[str, RenderSettings]:
    """Return the render settings of each sound that `texts` name; what a text does not set is as in `common`.

    Raises UsageError for a text without a sound or a setting, for a name that is no setting, and for a wrong value.
    """
    settings: dict[str, RenderSettings] = {}
    for text in texts:
        sound, colon, assignments = text.rpartition(":")
        if not colon or not sound.strip():
            raise UsageError(f"--for {text!r} does not name a sound and its settings; write {EXAMPLE}")
        values = dict(_assignment(part, text) for part in assignments.split(","))
        settings[sound] = replace(settings.get(sound, common), **values)
    return settings


def _assignment(part: str, text: str) -> tuple[str, Any]:
    name, equals, value = (piece.strip() for piece in part.partition("="))
    if not equals:
        raise UsageError(f"--for {text!r}: {part.strip()!r} sets nothing; write {EXAMPLE}")
    setting = _BY_NAME.get(name.removeprefix("--"))
    if setting is None:
        hint = did_you_mean(name, _BY_NAME) or f"; settings are {', '.join(s.option_name[2:] for s in RENDER_SETTINGS)}"
        raise UsageError(f"--for {text!r}: there is no render setting {name!r}{hint}")
    return setting.name, _value(setting, value, text)


def _value(setting: RenderSetting, value: str, text: str) -> Any:
    if setting.optional and value.casefold() in ("none", "off", setting.none_label):
        return None
    try:
        return setting.type(value)
    except ValueError:
        raise UsageError(f"--for {text!r}: {setting.name} must be {setting.range_text}; got {value!r}") from None
