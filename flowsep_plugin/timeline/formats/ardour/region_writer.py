"""Write regions of an Ardour session and the sources that they play."""

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from flowsep_plugin.errors import UsageError
from flowsep_plugin.timeline.clip import ClipRef
from flowsep_plugin.timeline.formats.xml_text import Element, add, new_element
from flowsep_plugin.timeline.media import Media
from flowsep_plugin.timeline.names import clean

from .clock import SessionClock
from .envelope import add_envelope, greatest_gain
from .program import is_on


@dataclass(frozen=True, slots=True)
class RegionModel:
    """A clip of the session and its region, whose fades and envelope a new region copies."""

    clip: ClipRef
    region: Element


class RegionWriter:
    """Makes regions for a session and adds their sources to it.

    models : the session's own regions by clip id.   ids : ids that the session does not use yet.
    """

    def __init__(
        self, session: Element, clock: SessionClock, ids: Iterator[int], models: Mapping[str, RegionModel]
    ) -> None:
        self._list, self._clock, self._ids, self._models = session.find("Sources"), clock, ids, models
        self._sources = {
            (source.get("name"), source.get("channel")): source.get("id")
            for source in session.iterfind("Sources/Source")
            if source.get("type") == "audio" and float(source.get("gain") or 1) == 1
        }

    def layer(self, clip: ClipRef) -> int:
        """Return the layering index of the region that `clip` is like; 0 where there is none."""
        model = self._models.get(clip.like or "")
        return 0 if model is None else int(model.region.get("layering-index") or 0)

    def region(self, clip: ClipRef, layer: int, *, opaque: bool) -> Element:
        """Return the region of a clip. Raises UsageError for what Ardour cannot hold."""
        self._check(clip)
        model = self._models.get(clip.like or "")
        model_opaque = opaque if model is None else is_on(model.region.get("opaque"), True)
        region = new_element("Region", id=next(self._ids))
        for key, value in self._values(clip, layer, opaque=model_opaque).items():
            region.set(key, str(value))
        self._add_envelope(region, clip, model)
        for edge, length in (("In", clip.fade_in), ("Out", clip.fade_out)):
            if length:
                self._add_fade(region, edge, length, model)
        return region

    def _check(self, clip: ClipRef) -> None:
        if clip.media is None or clip.play_rate != 1 or clip.reverse:
            raise UsageError(
                f"clip {clip.name!r} is stretched, reversed or has no file, which Ardour cannot express; glue it first"
            )
        if clip.cut.rate != self._clock.rate:
            name = clip.media.path.name
            raise UsageError(f"{name} is at {clip.cut.rate} Hz, the session at {self._clock.rate}; convert it first")

    def _values(self, clip: ClipRef, layer: int, *, opaque: bool) -> dict[str, object]:
        assert clip.media is not None
        channels = clip.channels or tuple(range(clip.media.channels or 2))
        values = {
            "name": clean(clip.name), "muted": int(clip.muted), "opaque": int(opaque), "locked": 0, "automatic": 0,
            "whole-file": 0, "hidden": 0, **self._span(clip), "layering-index": layer, "type": "audio",
            "first-edit": "nothing", "scale-amplitude": repr(clip.gain * greatest_gain(clip.gain_curve)),
            "channels": len(channels), "fade-in-active": int(clip.fade_in > 0),
            "fade-out-active": int(clip.fade_out > 0), "envelope-active": int(clip.gain_curve is not None),
        }  # fmt: skip
        for index, channel in enumerate(channels):
            source = self._source(clip.media, channel)
            values |= {f"source-{index}": source, f"master-source-{index}": source}
        return values

    def _span(self, clip: ClipRef) -> dict[str, object]:
        start, length, place = (self._clock.text(frame) for frame in
                                (clip.cut.start, clip.place.frames, clip.place.start))  # fmt: skip
        if self._clock.counts_samples:
            return {"start": start, "length": length, "position": place, "positional-lock-style": "AudioTime"}
        return {"start": start, "length": f"{length}@{place}"}

    def _add_envelope(self, region: Element, clip: ClipRef, model: RegionModel | None) -> None:
        if clip.gain_curve is None:
            return
        if (
            model is not None
            and model.clip.gain_curve == clip.gain_curve
            and model.clip.place.frames == clip.place.frames
        ):
            region.set("scale-amplitude", repr(clip.gain))
            self._copy(region, model, "Envelope")
        else:
            add_envelope(region, clip.gain_curve, self._clock, next(self._ids))

    def _add_fade(self, region: Element, edge: str, length: int, model: RegionModel | None) -> None:
        """Copy the fade of the model: with another curve the stems would not sum to the source; else a straight one."""
        before = None if model is None else model.clip.fade_in if edge == "In" else model.clip.fade_out
        if model is not None and length == before:
            self._copy(region, model, f"Fade{edge}", f"InverseFade{edge}")
            default = f"default-fade-{edge.lower()}"
            if model.region.get(default) is not None:
                region.set(default, model.region.get(default))
            return
        first, last = ("0", "1") if edge == "In" else ("1", "0")
        curve = add(add(region, f"Fade{edge}"), "AutomationList", id=next(self._ids))
        curve.set("automation-id", f"fade{edge.lower()}")
        curve.set("interpolation-style", "Curved")
        curve.set("time-domain", "AudioTime")
        add(curve, "events").text = f"{self._clock.text(0)} {first}\n{self._clock.text(length)} {last}\n"

    def _copy(self, region: Element, model: RegionModel, *names: str) -> None:
        for name in names:
            for child in model.region.findall(name):
                copied = copy.deepcopy(child)
                for element in copied.iter():
                    if element.get("id") is not None:
                        element.set("id", str(next(self._ids)))
                region.append(copied)

    def _source(self, media: Media, channel: int) -> str:
        key = (media.path.name, str(channel))
        if key not in self._sources:
            source = add(self._list, "Source", name=media.path.name, type="audio", flags="", id=next(self._ids))
            for name, value in (("channel", channel), ("origin", ""), ("gain", 1)):
                source.set(name, str(value))
            self._sources[key] = source.get("id")
        return str(self._sources[key])
