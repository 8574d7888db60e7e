"""A REAPER to script: one project behind two faces, with the calling conventions of its Lua and of its Python.

Lua: objects are opaque, what C would write into comes back as further results. Python: pointers are text with type and
address, numbers are as strict as C's, and every parameter comes back in a tuple where C may write into one.
"""

import itertools
import types
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

ONES = {"D_VOL", "D_PLAYRATE", "D_WIDTH", "B_MAINSEND", "I_FXEN"}
NULL = 0


@dataclass(eq=False)
class Thing:
    """A track, item, take or source: values live under REAPER's own names."""

    kind: str
    values: dict[str, Any] = field(default_factory=dict)
    items: "list[Thing]" = field(default_factory=list)
    takes: "list[Thing]" = field(default_factory=list)
    active: "Thing | None" = None
    owner: "Thing | None" = None
    source: "Thing | None" = None
    parent: "Thing | None" = None

    def __getitem__(self, name: str) -> Any:
        return self.values.get(name, 1.0 if name in ONES else 0.0)


SIGNATURES: dict[str, tuple[str, str | None]] = {
    "CountSelectedMediaItems": ("project", "int"),
    "GetSelectedMediaItem": ("project int", "MediaItem*"),
    "GetActiveTake": ("MediaItem*", "MediaItem_Take*"),
    "SetActiveTake": ("MediaItem_Take*", None),
    "TakeIsMIDI": ("MediaItem_Take*", "bool"),
    "GetTakeNumStretchMarkers": ("MediaItem_Take*", "int"),
    "CountTakeEnvelopes": ("MediaItem_Take*", "int"),
    "GetTakeEnvelope": ("MediaItem_Take* int", "TrackEnvelope*"),
    "CountTrackEnvelopes": ("MediaTrack*", "int"),
    "GetTrackEnvelope": ("MediaTrack* int", "TrackEnvelope*"),
    "CountEnvelopePoints": ("TrackEnvelope*", "int"),
    "GetEnvelopeName": ("TrackEnvelope* text size", "bool"),
    "GetSetEnvelopeInfo_String": ("TrackEnvelope* str text bool", "bool"),
    "TakeFX_GetCount": ("MediaItem_Take*", "int"),
    "TakeFX_GetEnabled": ("MediaItem_Take* int", "bool"),
    "TakeFX_GetOffline": ("MediaItem_Take* int", "bool"),
    "TakeFX_GetFXName": ("MediaItem_Take* int text size", "bool"),
    "TrackFX_GetCount": ("MediaTrack*", "int"),
    "TrackFX_GetEnabled": ("MediaTrack* int", "bool"),
    "TrackFX_GetOffline": ("MediaTrack* int", "bool"),
    "TrackFX_GetFXName": ("MediaTrack* int text size", "bool"),
    "GetTrackNumSends": ("MediaTrack* int", "int"),
    "GetTrackSendInfo_Value": ("MediaTrack* int int str", "double"),
    "GetTrackSendName": ("MediaTrack* int text size", "bool"),
    "GetParentTrack": ("MediaTrack*", "MediaTrack*"),
    "GetMediaItemTake_Source": ("MediaItem_Take*", "PCM_source*"),
    "SetMediaItemTake_Source": ("MediaItem_Take* PCM_source*", "bool"),
    "PCM_Source_CreateFromFile": ("str", "PCM_source*"),
    "GetMediaSourceParent": ("PCM_source*", "PCM_source*"),
    "GetMediaSourceFileName": ("PCM_source* text size", None),
    "GetMediaSourceLength": ("PCM_source* out", "double"),
    "GetMediaSourceSampleRate": ("PCM_source*", "int"),
    "GetMediaItemInfo_Value": ("MediaItem* str", "double"),
    "SetMediaItemInfo_Value": ("MediaItem* str double", "bool"),
    "GetMediaItemTakeInfo_Value": ("MediaItem_Take* str", "double"),
    "SetMediaItemTakeInfo_Value": ("MediaItem_Take* str double", "bool"),
    "GetMediaTrackInfo_Value": ("MediaTrack* str", "double"),
    "SetMediaTrackInfo_Value": ("MediaTrack* str double", "bool"),
    "GetSetMediaTrackInfo_String": ("MediaTrack* str text bool", "bool"),
    "GetSetMediaItemTakeInfo_String": ("MediaItem_Take* str text bool", "bool"),
    "GetMediaItem_Track": ("MediaItem*", "MediaTrack*"),
    "GetTrack": ("project int", "MediaTrack*"),
    "InsertTrackAtIndex": ("int bool", None),
    "AddMediaItemToTrack": ("MediaTrack*", "MediaItem*"),
    "AddTakeToMediaItem": ("MediaItem*", "MediaItem_Take*"),
    "ValidatePtr2": ("project any str", "bool"),
    "GetUserInputs": ("str int str text size", "bool"),
    "GetProjectPath": ("text size", None),
    "GetResourcePath": ("", "str"),
    "GetOS": ("", "str"),
    "ShowMessageBox": ("str str int", "int"),
    "ShowConsoleMsg": ("str", None),
    "ClearConsole": ("", None),
    "Undo_BeginBlock2": ("project", None),
    "Undo_EndBlock2": ("project str int", None),
    "PreventUIRefresh": ("int", None),
    "UpdateArrange": ("", None),
    "ExecProcess": ("str int", "str"),
}
"""Parameters and result of each function: `text` is read and written, `out` only written, `size` goes with `text`."""


class Project:
    """What both faces call. Each method takes what goes in and returns (result, *what was written)."""

    def __init__(self, folder: str) -> None:
        self.folder, self.tracks, self.calls, self.messages = folder, [], [], []
        self.console: list[str] = []
        self.answer: str | None = "everything"
        self.system = "Other"
        self.execute: Callable[[str, int], str] = lambda line, timeout: "0\n"
        self.later: list[Callable[[], Any]] = []
        self.at_exit: list[Callable[[], Any]] = []
        self._guids = itertools.count(1)

    def track(self, name: str, **values: Any) -> Thing:
        guid = f"{{00000000-0000-0000-0000-{next(self._guids):012d}}}"
        new = Thing("MediaTrack*", {"P_NAME": name, "GUID": guid, **values})
        self.tracks.append(new)
        return new

    def item(self, track: Thing, source: Thing | None, take: dict[str, Any] | None = None, **values: Any) -> Thing:
        new = Thing("MediaItem*", {"selected": True, **values}, owner=track)
        if source is not None:
            new.active = Thing("MediaItem_Take*", take or {}, owner=new, source=source)
            new.takes.append(new.active)
        track.items.append(new)
        return new

    def run(self, seconds: float = 60.0) -> None:
        """Call what was deferred until nothing is."""
        import time

        until = time.monotonic() + seconds
        while self.later:
            assert time.monotonic() < until, f"the script does not end: {self.console[-1:]}"
            waiting, self.later = self.later, []
            for call in waiting:
                call()
            time.sleep(0.005)

    def terminate(self) -> None:
        """End the script as the list of running actions does."""
        self.later.clear()
        for call in self.at_exit:
            call()

    def all_items(self) -> list[Thing]:
        return [item for track in self.tracks for item in track.items]

    def call(self, name: str, *arguments: Any) -> tuple[Any, ...]:
        outcome = getattr(self, name)(*arguments)
        return outcome if isinstance(outcome, tuple) else (outcome,)

    def CountSelectedMediaItems(self, project: Any) -> Any:
        return sum(bool(item["selected"]) for item in self.all_items())

    def GetSelectedMediaItem(self, project: Any, index: int) -> Any:
        return [item for item in self.all_items() if item["selected"]][index]

    def GetActiveTake(self, item: Thing) -> Any:
        return item.active

    def SetActiveTake(self, take: Thing) -> Any:
        assert take.owner is not None
        take.owner.active = take

    def TakeIsMIDI(self, take: Thing) -> Any:
        return take.values.get("midi", False)

    def GetTakeNumStretchMarkers(self, take: Thing) -> Any:
        return take.values.get("stretch", 0)

    def CountTakeEnvelopes(self, owner: Thing) -> Any:
        return len(owner.values.get("envelopes", ()))

    def GetTakeEnvelope(self, owner: Thing, index: int) -> Any:
        return owner.values["envelopes"][index]

    CountTrackEnvelopes, GetTrackEnvelope = CountTakeEnvelopes, GetTakeEnvelope

    def CountEnvelopePoints(self, envelope: Thing) -> Any:
        return envelope.values.get("points", 1)

    def GetEnvelopeName(self, envelope: Thing, text: str) -> Any:
        return True, envelope["name"]

    def GetSetEnvelopeInfo_String(self, envelope: Thing, name: str, text: str, is_set: bool) -> Any:
        assert (name, is_set) == ("ACTIVE", False)
        return ("active" in envelope.values, envelope.values.get("active", ""))

    def TakeFX_GetCount(self, owner: Thing) -> Any:
        return len(owner.values.get("effects", ()))

    def TakeFX_GetEnabled(self, owner: Thing, index: int) -> Any:
        return bool(owner.values["effects"][index].values.get("enabled", True))

    def TakeFX_GetOffline(self, owner: Thing, index: int) -> Any:
        return bool(owner.values["effects"][index]["offline"])

    def TakeFX_GetFXName(self, owner: Thing, index: int, text: str) -> Any:
        return True, owner.values["effects"][index]["name"]

    TrackFX_GetCount, TrackFX_GetEnabled = TakeFX_GetCount, TakeFX_GetEnabled
    TrackFX_GetOffline, TrackFX_GetFXName = TakeFX_GetOffline, TakeFX_GetFXName

    def GetTrackNumSends(self, track: Thing, category: int) -> Any:
        return sum(send["category"] == category for send in track.values.get("sends", ()))

    def GetTrackSendInfo_Value(self, track: Thing, category: int, index: int, name: str) -> Any:
        return float([s for s in track.values["sends"] if s["category"] == category][index][name])

    def GetTrackSendName(self, track: Thing, index: int, text: str) -> Any:
        return True, sorted(track.values["sends"], key=lambda send: -send["category"])[index]["name"]

    def GetParentTrack(self, track: Thing) -> Any:
        return track.parent

    def GetMediaItemTake_Source(self, take: Thing) -> Any:
        return take.source

    def SetMediaItemTake_Source(self, take: Thing, source: Thing) -> Any:
        take.source = source
        return True

    def PCM_Source_CreateFromFile(self, path: str) -> Any:
        return Thing("PCM_source*", {"path": path})

    def GetMediaSourceParent(self, source: Thing) -> Any:
        return source.parent

    def GetMediaSourceFileName(self, source: Thing, text: str) -> Any:
        return None, source.values["path"]

    def GetMediaSourceLength(self, source: Thing) -> Any:
        return source.values["length"], False

    def GetMediaSourceSampleRate(self, source: Thing) -> Any:
        return source.values["rate"]

    def GetMediaItemInfo_Value(self, thing: Thing, name: str) -> Any:
        if name == "IP_TRACKNUMBER":
            return float(self.tracks.index(thing) + 1)
        return float(thing[name])

    def SetMediaItemInfo_Value(self, thing: Thing, name: str, value: float) -> Any:
        thing.values[name] = value
        return True

    GetMediaItemTakeInfo_Value = GetMediaTrackInfo_Value = GetMediaItemInfo_Value
    SetMediaItemTakeInfo_Value = SetMediaTrackInfo_Value = SetMediaItemInfo_Value

    def GetSetMediaTrackInfo_String(self, thing: Thing, name: str, text: str, is_set: bool) -> Any:
        if is_set:
            thing.values[name] = text
        return True, thing.values.get(name, "")

    GetSetMediaItemTakeInfo_String = GetSetMediaTrackInfo_String

    def GetMediaItem_Track(self, item: Thing) -> Any:
        return item.owner

    def GetTrack(self, project: Any, index: int) -> Any:
        return self.tracks[index]

    def InsertTrackAtIndex(self, index: int, with_defaults: bool) -> Any:
        new = self.track("")
        self.tracks.insert(index, self.tracks.pop(self.tracks.index(new)))

    def AddMediaItemToTrack(self, track: Thing) -> Any:
        track.items.append(Thing("MediaItem*", owner=track))
        return track.items[-1]

    def AddTakeToMediaItem(self, item: Thing) -> Any:
        item.takes.append(Thing("MediaItem_Take*", owner=item))
        item.active = item.takes[-1]
        return item.active

    def ValidatePtr2(self, project: Any, thing: Thing | None, kind: str) -> Any:
        items = self.all_items()
        registry = [*self.tracks, *items, *(take for item in items for take in item.takes)]
        return thing is not None and thing.kind == kind and any(thing is other for other in registry)

    def GetUserInputs(self, title: str, count: int, captions: str, text: str) -> Any:
        return self.answer is not None, self.answer or ""

    def GetProjectPath(self, text: str) -> Any:
        return None, self.folder

    def GetResourcePath(self) -> Any:
        return self.folder

    def GetOS(self) -> Any:
        return self.system

    def ShowMessageBox(self, text: str, title: str, kind: int) -> Any:
        self.messages.append(text)
        return 1

    def ShowConsoleMsg(self, text: str) -> Any:
        self.console.append(text.strip())

    def ClearConsole(self) -> Any:
        pass

    def Undo_BeginBlock2(self, project: Any) -> Any:
        self.calls.append("begin")

    def Undo_EndBlock2(self, project: Any, text: str, flags: int) -> Any:
        self.calls.append(f"end {text}")

    def PreventUIRefresh(self, change: int) -> Any:
        self.calls.append(f"refresh {change}")

    def UpdateArrange(self) -> Any:
        self.calls.append("update")

    def ExecProcess(self, line: str, timeout: int) -> Any:
        return self.execute(line, timeout)


def lua_face(project: Project, runtime: Any) -> Any:
    """Return the table `reaper`.

    Objects are tables with an address: lupa mixes up Python objects that Lua has let go.
    """
    face = runtime.table()
    things: list[Thing] = []
    handles: dict[int, Any] = {}

    def outward(value: Any) -> Any:
        if not isinstance(value, Thing):
            return value
        if id(value) not in handles:
            handles[id(value)] = runtime.table(address=len(things))
            things.append(value)
        return handles[id(value)]

    def inward(value: Any, kind: str, name: str) -> Any:
        if kind.endswith("*") or (kind == "any" and value is not None):
            thing = things[value["address"]]
            assert kind in (thing.kind, "any"), f"{name}: {thing!r} is no {kind}"
            return thing
        if kind == "int":
            assert value == int(value), f"{name}: {value!r} is no integer"
            return int(value)
        return value

    def bound(name: str, kinds: list[str], result: str | None) -> Callable[..., Any]:
        inputs = [kind for kind in kinds if kind not in ("size", "out")]

        def function(*arguments: Any) -> Any:
            assert len(arguments) <= len(inputs), f"{name} takes {inputs}"
            filled = [*arguments, *([""] * (len(inputs) - len(arguments)))]
            values = (inward(value, kind, name) for value, kind in zip(filled, inputs, strict=True))
            outcome = tuple(map(outward, project.call(name, *values)))
            return outcome if result else outcome[1:] or None

        return function

    for name, (kinds, result) in SIGNATURES.items():
        face[name] = bound(name, kinds.split(), result)
    face["defer"] = lambda call: project.later.append(call)
    face["atexit"] = lambda call: project.at_exit.append(call)
    return face


def python_face(project: Project, namespace: dict[str, Any]) -> types.ModuleType:
    """Return the module `reaper_python`; `RPR_defer` and `RPR_atexit` go into the script's own `namespace`."""
    face = types.ModuleType("reaper_python")
    registry: dict[int, Thing] = {}
    addresses: dict[int, int] = {}

    def pointer(thing: Thing | None, kind: str) -> str:
        if thing is None:
            return f"({kind})0x{NULL:016X}"
        address = addresses.setdefault(id(thing), 0x7F00_0000_1000 + 64 * len(addresses))
        registry[address] = thing
        return f"({kind})0x{address:016X}"

    def thing(text: Any, kind: str) -> Thing | None:
        """What is no pointer of this type is null in C."""
        if not isinstance(text, str) or "0x" not in text:
            return None
        own_kind, _, address = text[1:].partition(")0x")
        return registry.get(int(address, 16)) if kind in (own_kind, "any") else None

    def inward(value: Any, kind: str) -> Any:
        if kind.endswith("*") or kind == "any":
            pointee = thing(value, kind)
            assert pointee is not None or kind == "any", f"{value!r} is no {kind}: REAPER would crash"
            return pointee
        types = {"int": int, "bool": int, "double": (int, float), "str": str, "text": str, "size": int, "out": int}
        assert isinstance(value, types.get(kind, object)), f"{value!r} is no {kind}"
        if isinstance(value, str):
            value.encode("utf-8")
        return value

    def bound(name: str, kinds: list[str], result: str | None) -> Callable[..., Any]:
        def function(*arguments: Any) -> Any:
            if len(arguments) != len(kinds):
                raise TypeError(f"RPR_{name}() takes {len(kinds)} arguments, got {len(arguments)}")
            values = [(inward(value, kind), kind) for value, kind in zip(arguments, kinds, strict=True)]
            outcome = project.call(name, *(value for value, kind in values if kind not in ("size", "out")))
            answer = pointer(outcome[0], result) if result and result.endswith("*") else _c(outcome[0], result)
            outputs = iter(outcome[1:])
            if not {"text", "out"} & set(kinds):
                return answer if result else None
            back = [_c(next(outputs), kind) if kind in ("text", "out") else value
                    for value, kind in zip(arguments, kinds, strict=True)]  # fmt: skip
            return (answer, *back) if result else tuple(back)

        return function

    def validate(address: int, kind: str) -> int:
        assert isinstance(address, int), f"{address!r} is no number; this one function takes no text"
        return int(project.ValidatePtr2(0, registry.get(address), kind))

    for name, (kinds, result) in SIGNATURES.items():
        if (
            name != "ValidatePtr2"
        ):  # its pointer may be of any type, which REAPER's own marshalling does not let through
            setattr(face, f"RPR_{name}", bound(name, kinds.split(), result))
    face.RPR_ValidatePtr = validate  # type: ignore[attr-defined]
    namespace["RPR_defer"] = lambda code: project.later.append(lambda: exec(code, namespace))
    namespace["RPR_atexit"] = lambda code: project.at_exit.append(lambda: exec(code, namespace))
    return face


def _c(value: Any, kind: str | None) -> Any:
    """A value as it comes back from C."""
    if kind in ("int", "bool", "out"):
        return int(value)
    return float(value) if kind == "double" else value
