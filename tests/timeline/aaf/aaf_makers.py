"""AAFs built as Media Composer, Pro Tools, Resolve and Premiere build them, with the features of their exports."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import aaf2
from aaf2.auid import AUID

MONO_GAIN: Final = "9d2ea894-0968-11d3-8a38-0050040ef7d2"
MONO_PAN: Final = "9d2ea893-0968-11d3-8a38-0050040ef7d2"
COMBINER: Final = "6b46dd7a-132d-4856-ab21-8b751d8462ec"
DISSOLVE: Final = "0c3bea41-fc05-11d2-8a29-0050040ef7d2"
WARP: Final = "f1db0f27-8d64-11d3-80df-006008143e6f"
EQUALISER: Final = "aa7d29d4-8a4c-4d0e-9b4e-2f5d0c7b6a11"

AMPLITUDE: Final = "e4962321-2267-11d3-8a4c-0050040ef7d2"
PAN: Final = "e4962322-2267-11d3-8a4c-0050040ef7d2"
LEVEL: Final = "e4962320-2267-11d3-8a4c-0050040ef7d2"
CLIP_RATIO: Final = "47c00f7d-fb55-11d3-9ff7-0004ac969f50"
IS_TRIM: Final = "922d458d-8f22-11d4-a03c-0004ac969f50"
SPEED: Final = "72559a80-24d7-11d3-8a50-0050040ef7d2"
CURVE_TYPE: Final = "8134fc48-3bd6-4904-9520-7a6360cc7127"

LINEAR: Final = "5b6c85a4-0ede-11d3-80a9-006008143e6f"
CONSTANT: Final = "5b6c85a5-0ede-11d3-80a9-006008143e6f"
BSPLINE: Final = "5b6c85a6-0ede-11d3-80a9-006008143e6f"
POWER: Final = "c09153f7-bd18-4e5a-ad09-cbdd654fa001"
LOGARITHMIC: Final = "15829ec3-1f24-458a-960d-c65bb23c2aa1"

Points = Sequence[tuple[str, str]]


class AafMaker:
    """Builds the parts of one open AAF; `sequence` is its top-level composition."""

    def __init__(self, file: Any) -> None:
        self.file = file
        self.sequence = self.composition("song", "Usage_TopLevel")

    def composition(self, name: str, usage: str | None = None) -> Any:
        mob = self.file.create.CompositionMob(name)
        if usage:
            mob.usage = usage
        self.file.content.mobs.append(mob)
        return mob

    def master(
        self, name: str, urls: Sequence[str], *, rate: int = 48_000, frames: int = 96_000, edit_rate: Any = 25
    ) -> Any:
        """Return a master mob with one slot for each mono file."""
        master = self.file.create.MasterMob(name)
        self.file.content.mobs.append(master)
        for number, url in enumerate(urls, 1):
            source = self.file.create.SourceMob(name)
            self.file.content.mobs.append(source)
            source.descriptor = self.file.create.PCMDescriptor()
            values = {
                "Channels": 1, "BlockAlign": 3, "SampleRate": rate, "AverageBPS": 3 * rate,
                "QuantizationBits": 24, "AudioSamplingRate": rate, "Length": frames,
            }  # fmt: skip
            for key, value in values.items():
                source.descriptor[key].value = value
            locator = self.file.create.NetworkLocator()
            locator["URLString"].value = url
            source.descriptor["Locator"].append(locator)
            slot = source.create_empty_slot(edit_rate=edit_rate, media_kind="sound", slot_id=1)
            slot["PhysicalTrackNumber"].value = number
            slot.segment.length = int(frames * Fraction(edit_rate) / rate)
            self._line(master, edit_rate, self.clip(source, 1, 0, slot.segment.length), number)
        return master

    def embedded_master(self, name: str, files: Sequence[Path], rate: int = 48_000) -> Any:
        """Return a master mob with one slot for each embedded mono file."""
        master = self.file.create.MasterMob(name)
        self.file.content.mobs.append(master)
        for file in files:
            master.import_audio_essence(str(file), rate)
        return master

    def clip(self, mob: Any, slot_id: int, start: int, length: int) -> Any:
        clip = self.file.create.SourceClip(media_kind="sound", start=start, length=length)
        clip.mob, clip.slot_id = mob, slot_id
        return clip

    def filler(self, length: int) -> Any:
        return self.file.create.Filler("sound", length)

    def row(self, *parts: Any) -> Any:
        """Return a sequence of components; transitions take their length away."""
        sequence = self.file.create.Sequence(media_kind="sound")
        for part in parts:
            sequence.components.append(part)
        sequence.length = sum(-part.length if type(part).__name__ == "Transition" else part.length for part in parts)
        return sequence

    def line(self, segment: Any, rate: Any = 25, *, slot_id: int | None = None, name: str = "", number: int = 1) -> Any:
        """Add a segment as a slot of the top-level composition."""
        used = max((slot.slot_id for slot in self.sequence.slots), default=0)
        slot = self._line(self.sequence, rate, segment, slot_id or used + 1)
        slot.name = name
        slot["PhysicalTrackNumber"].value = number
        return slot

    def _line(self, mob: Any, rate: Any, segment: Any, slot_id: int) -> Any:
        slot = mob.create_timeline_slot(edit_rate=rate, slot_id=slot_id)
        slot.segment = segment
        return slot

    def effect(self, auid: str, name: str, inputs: Sequence[Any], *parameters: Any, length: int | None = None) -> Any:
        create = self.file.create
        operation = self._definition("OperationDef", "OperationDefinitions", auid, name, "")
        operation.media_kind = "sound"
        operation["NumberInputs"].value = len(inputs)
        operation["IsTimeWarp"].value = auid == WARP
        group = create.OperationGroup(operation, length or (inputs[0].length if inputs else 0), media_kind="sound")
        for parameter in parameters:
            group.parameters.append(parameter)
        if inputs:
            group["InputSegments"].value = list(inputs)
        return group

    def constant(self, auid: str, value: str | int, typedef: str = "Rational", name: str = "") -> Any:
        parameter = self._definition("ParameterDef", "ParameterDefinitions", auid, name, "", typedef)
        return self.file.create.ConstantValue(parameter, value)

    def varying(self, auid: str, points: Points, interpolation: str = LINEAR, name: str = "") -> Any:
        value = self.file.create.VaryingValue()
        value.parameterdef = self._definition("ParameterDef", "ParameterDefinitions", auid, name, "", "Rational")
        names = {LINEAR: "LinearInterp", BSPLINE: "BSplineInterp", CONSTANT: "ConstantInterp"}
        value.interpolation = self._definition(
            "InterpolationDef", "InterpolationDefinitions", interpolation, names.get(interpolation, "Interp"), ""
        )
        value["PointList"].value = [self._point(time, level, value.typedef) for time, level in points]
        return value

    def _point(self, time: str, level: str, typedef: Any) -> Any:
        point = self.file.create.ControlPoint()
        point["Time"].value = time
        point["Value"].add_pid_entry()
        data = point["Value"].typedef.encode(level.replace("/0", "/1"), typedef)
        point["Value"].data = data if not level.endswith("/0") else data[:-4] + bytes(4)
        point["Value"].mark_modified()
        return point

    def gain(self, clip: Any, *parameters: Any) -> Any:
        return self.effect(MONO_GAIN, "Audio Gain", [clip], *parameters)

    def transition(self, length: int, cut: int, *parameters: Any) -> Any:
        transition = self.file.create.Transition("sound", length)
        transition.cutpoint = cut
        transition["OperationGroup"].value = self.effect(DISSOLVE, "Audio Dissolve", [], *parameters, length=length)
        return transition

    def tag(self, item: Any, values: dict[str, int | str], name: str = "ComponentAttributeList") -> Any:
        """Add Avid's attributes to a component, or to a slot's list `name`."""
        tags = []
        for key, value in values.items():
            typedef = self.file.metadict.lookup_typedef("aafInt32" if isinstance(value, int) else "aafString")
            tags.append(self.file.create.TaggedValue(key, value, typedef))
        item[name].value = tags
        return item

    def _definition(self, kind: str, family: str, auid: str, *arguments: str) -> Any:
        dictionary = self.file.dictionary
        definition = dictionary[family].get(AUID(auid), None)
        if definition is None:
            definition = getattr(self.file.create, kind)(AUID(auid), *arguments)
            dictionary.register_def(definition)
        return definition


@contextmanager
def making(path: Path) -> Iterator[AafMaker]:
    """Open a new AAF to build; it is complete when the block ends."""
    with aaf2.open(str(path), "w") as file:
        yield AafMaker(file)
