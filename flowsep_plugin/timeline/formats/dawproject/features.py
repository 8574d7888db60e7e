"""Features of DAWproject tracks that stems do not have, and why a track is silent."""

from collections.abc import Iterator
from typing import Final

from flowsep_plugin.timeline.difference import Difference
from flowsep_plugin.timeline.formats.xml_text import Element, children

_SOUNDLESS_ROLES: Final = ("instrument", "noteFX", "analyzer")
_POINTS: Final = ("RealPoint", "BoolPoint", "IntegerPoint", "EnumPoint")


def track_differences(project: Element, track: Element) -> tuple[Difference, ...]:
    """Return the active plug-ins, sends and automation of a track's channel."""
    channel = track.find("Channel")
    if channel is None:
        return ()
    devices = [device for device in children(channel.find("Devices")) if _is_active(device)]
    plugins = [Difference("plug-in", device.get("deviceName") or device.get("name") or "") for device in devices]
    return (*plugins, *_sends(project, channel), *_automation(project, channel, devices))


def why_silent(track: Element) -> str | None:
    """Return why a track is not heard although it is not muted itself; None where it is heard."""
    if track.get("loaded") == "false":
        return "is on a track that is not loaded"
    for group in track.iterancestors("Track"):
        if is_on(group.find("Channel/Mute"), default=False):
            return f"is in the muted group {group.get('name') or ''!r}"
        if group.get("loaded") == "false":
            return f"is in the group {group.get('name') or ''!r}, which is not loaded"
    return None


def is_on(parameter: Element | None, *, default: bool) -> bool:
    """Return the value of a switch; `default` where it is missing."""
    return default if parameter is None else parameter.get("value", str(default).lower()) == "true"


def values_of(points: Element) -> list[str]:
    """Return the values of a curve's points, as text."""
    return [point.get("value") or "" for point in points if point.tag in _POINTS]


def _is_active(device: Element) -> bool:
    is_used = device.get("loaded") != "false" and is_on(device.find("Enabled"), default=True)
    return is_used and device.get("deviceRole") not in _SOUNDLESS_ROLES


def _sends(project: Element, channel: Element) -> Iterator[Difference]:
    for send in channel.iterfind("Sends/Send"):
        volume = send.find("Volume")
        is_used = is_on(send.find("Enable"), default=True) and (volume is None or not _is_zero(volume))
        if is_used:
            yield Difference("send", _channel_name(project, send.get("destination")))


def _is_zero(volume: Element) -> bool:
    value = volume.get("value") or ""
    return value in ("-inf", "-INF") or (volume.get("unit") != "decibel" and value.strip("0.") == "")


def _channel_name(project: Element, channel_id: str | None) -> str:
    channels = (c for c in project.iterfind("Structure//Channel") if c.get("id") == channel_id)
    channel = next(channels, None) if channel_id else None
    owner = None if channel is None else next(channel.iterancestors("Track"), channel)
    return "" if owner is None else owner.get("name") or ""


def _automation(project: Element, channel: Element, devices: list[Element]) -> Iterator[Difference]:
    """Yield the automation that moves a parameter of the channel, or holds it at another value than its own."""
    idle = {id(e) for device in children(channel.find("Devices")) if device not in devices for e in device.iter()}
    owned = {e.get("id"): e for e in channel.iter() if e.get("id") and id(e) not in idle}
    names: dict[str, None] = {}
    for points in project.iterfind("Arrangement//Points"):
        target = points.find("Target")
        parameter = owned.get(target.get("parameter")) if target is not None else None
        if parameter is not None and set(values_of(points)) - {parameter.get("value")}:
            names[parameter.get("name") or parameter.tag] = None
    yield from (Difference("automation", name) for name in names)
