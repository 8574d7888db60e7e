"""FlowSep for REAPER, in Python: type a sound, get it as a stem under the selected items.

Installed by `flowsep hosts install reaper --python` next to its client of the worker, `flowsep_bare.py`; Python must be
switched on in REAPER's Preferences, Plug-Ins, ReaScript. `flowsep.lua` is the same script in Lua, which needs no
set-up: the same selection gives the same tracks, takes and messages. Needs Python 3.8 and its standard library only.
"""

from __future__ import annotations

import contextlib
import importlib
import math
import os
import subprocess
import sys
import time
from typing import Any

FLOWSEP = "flowsep"  # @FLOWSEP@
FOLDER = ""  # @FOLDER@

SETTINGS = {
    "place": "tracks",  # "tracks" under the item's own, or "takes" inside the item
    "mute_source": False,  # mute the separated items (tracks only)
    "rest": True,  # place the rest of the sound too
    "format": "wav24",  # "wav24", "wav32f" or "flac24"
    "model": "default",
    "device": "auto",
}

START_SECONDS = 120
POLL_SECONDS = 0.15
LONGEST = 4096
NO_START = "flowsep did not start: " + FLOWSEP + "\nRun `flowsep hosts install reaper` again."
FOLDER_TRACK = ("D_PLAY_OFFSET", "I_PLAY_OFFSET_FLAG")
TRACK = (
    "D_VOL", "D_PAN", "I_PANMODE", "D_WIDTH", "D_DUALPANL", "D_DUALPANR", "D_PANLAW", "B_PHASE", "B_MAINSEND",
    "D_PLAY_OFFSET", "I_PLAY_OFFSET_FLAG",
)  # fmt: skip
ITEM = (
    "D_POSITION", "D_LENGTH", "D_SNAPOFFSET", "C_BEATATTACHMODE", "D_VOL", "D_FADEINLEN", "D_FADEOUTLEN",
    "D_FADEINLEN_AUTO", "D_FADEOUTLEN_AUTO", "D_FADEINDIR", "D_FADEOUTDIR", "C_FADEINSHAPE", "C_FADEOUTSHAPE",
)  # fmt: skip
TAKE = ("D_VOL", "D_PAN", "D_PANLAW", "D_PLAYRATE", "B_PPITCH", "D_PITCH", "I_CHANMODE", "I_PITCHMODE")


class Reaper:
    """REAPER's functions without their prefix. Pointers are text; output parameters are returned in a tuple.

    `defer` and `atexit` are not in its module: REAPER defines them in the script's own namespace.
    """

    def __getattr__(self, name: str) -> Any:
        function = globals().get("RPR_" + name)
        return function or getattr(importlib.import_module("reaper_python"), "RPR_" + name)


R = Reaper()


class ItemExcerpt:
    """The part of one item's file to separate: `frames` frames from `start`, at `rate` Hz."""

    def __init__(self, item: str, take: str, number: int) -> None:
        source = R.GetMediaItemTake_Source(take)
        self.item, self.take, self.number = item, take, number
        self.path: str = file_name(source)
        self.rate = int(R.GetMediaSourceSampleRate(source))
        first = R.GetMediaItemTakeInfo_Value(take, "D_STARTOFFS") * self.rate
        last = first + played_seconds(item, take) * self.rate
        end = math.floor(R.GetMediaSourceLength(source, 0)[0] * self.rate + 0.5)
        self.start = max(0, math.floor(first + 1e-4))
        self.frames = max(1, min(math.ceil(last - 1e-4), end) - self.start)


class ScriptRun:
    """State of the separation between two calls of `look`; one at a time."""

    def __init__(self, parts: list[ItemExcerpt], notes: list[str], queries: list[str], out: str) -> None:
        self.parts, self.notes, self.queries, self.out = parts, notes, queries, out
        self.began = time.time()
        self.worker: Any = None
        self.jobs: list[str] = []
        self.done: dict[str, Any] = {}
        self.percent = -1.0
        self.process: Any = None
        self.ended = False
        self.looked = 0.0


RUN: ScriptRun | None = None


def address(pointer: str) -> int:
    """Return the address in a pointer, which is text like (MediaItem*)0x00007F0000001000."""
    return int(pointer.rpartition("0x")[2] or "0", 16)


def is_null(pointer: str) -> bool:
    """Whether a pointer is the null pointer."""
    return not address(pointer)


def exists(pointer: str, kind: str) -> bool:
    """Whether a pointer's object is still in the project; of REAPER's functions, only this one takes the address."""
    return bool(R.ValidatePtr(address(pointer), kind))


def file_name(source: str) -> str:
    """Return the path of a source's audio file."""
    return str(R.GetMediaSourceFileName(source, "", LONGEST)[1])


def played_seconds(item: str, take: str) -> float:
    """Return how many seconds of its source an item plays."""
    return float(R.GetMediaItemInfo_Value(item, "D_LENGTH") * R.GetMediaItemTakeInfo_Value(take, "D_PLAYRATE"))


def silence(item: str) -> str | None:
    """Return why an item is silent in the project; None where it is not."""
    if R.GetMediaItemInfo_Value(item, "B_MUTE") == 1:
        return "is muted"
    track = R.GetMediaItem_Track(item)
    has_lanes = R.GetMediaTrackInfo_Value(track, "I_FREEMODE") == 2
    if has_lanes and R.GetMediaItemInfo_Value(item, "C_LANEPLAYS") <= 0:
        return "is on a fixed item lane that does not play"
    if R.GetMediaTrackInfo_Value(track, "B_MUTE") == 1:
        return "is on a muted track"
    folder = R.GetParentTrack(track)
    while not is_null(folder) and R.GetMediaTrackInfo_Value(track, "B_MAINSEND") == 1 and not sends(track):
        if R.GetMediaTrackInfo_Value(folder, "B_MUTE") == 1:
            return "is in a muted folder"
        track, folder = folder, R.GetParentTrack(folder)
    return None


def sends(track: str) -> list[str]:
    """Return the names of the sends of a track that are not muted, those to hardware first."""
    names: list[str] = []
    outputs = R.GetTrackNumSends(track, 1)
    for index in range(outputs + R.GetTrackNumSends(track, 0)):
        category, place = (1, index) if index < outputs else (0, index - outputs)
        if R.GetTrackSendInfo_Value(track, category, place, "B_MUTE") == 0:
            names.append(str(R.GetTrackSendName(track, index, "", LONGEST)[3]))
    return names


def plugins(owner: str, prefix: str) -> list[str]:
    """Return the names of the plug-ins that are on, of a take (`TakeFX`) or a track (`TrackFX`)."""
    call = {name: getattr(R, f"{prefix}_Get{name}") for name in ("Count", "Enabled", "Offline", "FXName")}
    places = [n for n in range(call["Count"](owner)) if call["Enabled"](owner, n) and not call["Offline"](owner, n)]
    return [str(call["FXName"](owner, n, "", LONGEST)[3]) for n in places]


def envelopes(owner: str, kind: str) -> list[str]:
    """Return the names of the envelopes that are on and have points, of a `Take` or a `Track`."""
    names: list[str] = []
    for index in range(getattr(R, f"Count{kind}Envelopes")(owner)):
        envelope = getattr(R, f"Get{kind}Envelope")(owner, index)
        is_there, _, _, active, _ = R.GetSetEnvelopeInfo_String(envelope, "ACTIVE", "", False)
        if R.CountEnvelopePoints(envelope) > 0 and not (is_there and active == "0"):
            names.append(str(R.GetEnvelopeName(envelope, "", LONGEST)[2]))
    return names


def differences(item: str, take: str) -> list[str]:
    """Return what sounds of an item and its track, but will not in its stems.

    Stems of a folder pass through all that it has.
    """
    names = [("plug-in", name) for name in plugins(take, "TakeFX")]
    names += [("take envelope", name) for name in envelopes(take, "Take")]
    track = R.GetMediaItem_Track(item)
    if SETTINGS["place"] != "takes" and R.GetMediaTrackInfo_Value(track, "I_FOLDERDEPTH") <= 0:
        if R.GetMediaTrackInfo_Value(track, "I_FXEN") != 0:
            names += [("plug-in", name) for name in plugins(track, "TrackFX")]
        names += [("send", name) for name in sends(track)]
        names += [("automation", name) for name in envelopes(track, "Track")]
    return [f'{kind} "{name}"' for kind, name in names]


def obstacle(item: str) -> str | None:
    """Return why an item cannot be processed as it is in the project; None where it can."""
    take = R.GetActiveTake(item)
    if is_null(take):
        return "is empty"
    reason = silence(item)
    if reason:
        return reason
    if R.GetMediaItemInfo_Value(item, "B_ALLTAKESPLAY") == 1:
        return "plays all its takes; switch that off first"
    if R.TakeIsMIDI(take):
        return "is MIDI, not audio"
    if R.GetTakeNumStretchMarkers(take) > 0:
        return "has stretch markers; glue it first"
    source = R.GetMediaItemTake_Source(take)
    if is_null(source):
        return "has no audio file"
    if not is_null(R.GetMediaSourceParent(source)):
        return "plays a section or backwards; glue it first"
    if not file_name(source):
        return "has no audio file"
    length, _, in_beats = R.GetMediaSourceLength(source, 0)
    if in_beats or length <= 0 or R.GetMediaSourceSampleRate(source) <= 0:
        return "is offline or not an audio file"
    first = R.GetMediaItemTakeInfo_Value(take, "D_STARTOFFS")
    stop = first + played_seconds(item, take)
    if R.GetMediaItemInfo_Value(item, "B_LOOPSRC") == 1 and (first < -1e-6 or stop > length + 1e-6):
        return "loops its source; glue it first"
    return "is outside its file" if first >= length or stop <= 0 else None


def selected() -> tuple[list[ItemExcerpt], list[str]]:
    """Return the selected items that can be processed, and notes for the user about the selection."""
    parts: list[ItemExcerpt] = []
    notes: list[str] = []
    missing: dict[str, None] = {}
    for index in range(R.CountSelectedMediaItems(0)):
        item = R.GetSelectedMediaItem(0, index)
        reason = obstacle(item)
        if reason:
            notes.append(f"Item {index + 1} was skipped: it {reason}")
            continue
        part = ItemExcerpt(item, R.GetActiveTake(item), index + 1)
        parts.append(part)
        missing.update(dict.fromkeys(differences(item, part.take)))
    if missing:
        notes.append("Not in the stems: " + ", ".join(missing))
    return parts, notes


def queries_of(text: str) -> list[str]:
    """Split "dog, rain" at commas and semicolons; empty queries are dropped."""
    return [query.strip() for query in text.replace(";", ",").split(",") if query.strip()]


def track_text(track: str, name: str) -> str:
    """Return the text setting `name` of a track, such as its GUID."""
    return str(R.GetSetMediaTrackInfo_String(track, name, "", False)[3])


def stem_track(track: str, title: str, stem_tracks: dict[str, list[tuple[str, str]]]) -> str:
    """Return the track below `track` for stems of this title, inserting it when it is first needed.

    It copies level, pan, polarity, offset and parent send; of a folder track the offset alone, as it passes through all
    else. It is inserted above a track that ends a folder, to stay inside the folder.
    """
    siblings = stem_tracks.setdefault(track_text(track, "GUID"), [])
    for sibling_title, pointer in siblings:
        if sibling_title == title:
            return pointer
    depth = R.GetMediaTrackInfo_Value(track, "I_FOLDERDEPTH")
    place = int(R.GetMediaTrackInfo_Value(track, "IP_TRACKNUMBER")) + (-1 if depth < 0 else len(siblings))
    R.InsertTrackAtIndex(place, False)
    new: str = R.GetTrack(0, place)
    R.GetSetMediaTrackInfo_String(new, "P_NAME", track_text(track, "P_NAME") + " [" + title + "]", True)
    for setting in FOLDER_TRACK if depth > 0 else TRACK:
        R.SetMediaTrackInfo_Value(new, setting, R.GetMediaTrackInfo_Value(track, setting))
    siblings.append((title, new))
    return new


def add_take(part: ItemExcerpt, item: str, path: str, title: str) -> None:
    """Add a take that plays the stem as the source take plays its file; its start may be between two samples."""
    take = R.AddTakeToMediaItem(item)
    R.SetMediaItemTake_Source(take, R.PCM_Source_CreateFromFile(path))
    for name in TAKE:
        R.SetMediaItemTakeInfo_Value(take, name, R.GetMediaItemTakeInfo_Value(part.take, name))
    first = R.GetMediaItemTakeInfo_Value(part.take, "D_STARTOFFS")
    R.SetMediaItemTakeInfo_Value(take, "D_STARTOFFS", first - part.start / part.rate)
    R.GetSetMediaItemTakeInfo_String(take, "P_NAME", title, True)


def place(part: ItemExcerpt, path: str, title: str, stem_tracks: dict[str, list[tuple[str, str]]]) -> None:
    """Place one stem on its track, or as a take of the item."""
    if SETTINGS["place"] == "takes":
        add_take(part, part.item, path, title)
        R.SetActiveTake(part.take)
        return
    item = R.AddMediaItemToTrack(stem_track(R.GetMediaItem_Track(part.item), title, stem_tracks))
    add_take(part, item, path, title)
    for name in ITEM:
        R.SetMediaItemInfo_Value(item, name, R.GetMediaItemInfo_Value(part.item, name))
    R.SetMediaItemInfo_Value(item, "B_LOOPSRC", 0)


def place_all(run: ScriptRun) -> None:
    """Place all stems as one undo step; skips items that were deleted in the meantime, and sounds not found."""
    stem_tracks: dict[str, list[tuple[str, str]]] = {}
    R.Undo_BeginBlock2(0)
    R.PreventUIRefresh(1)
    for part, name in zip(run.parts, run.jobs):  # noqa: B905 (Python 3.8)
        if not (exists(part.item, "MediaItem*") and exists(part.take, "MediaItem_Take*")):
            run.notes.append(f"Item {part.number} was deleted; its stems are in {run.out}")
            continue
        result = run.done[name]
        missing = [query for query, path in zip(run.queries, result["stems"]) if path is None]  # noqa: B905
        if missing:
            run.notes.append(f"Not found in item {part.number}: " + ", ".join(missing))
        run.notes += [f"Item {part.number}: {note}" for note in result.get("record", {}).get("notes", ())]
        if len(missing) == len(run.queries):
            continue
        stems = list(result["stems"]) + ([result["rest"]] if result.get("rest") else [])
        for index, path in enumerate(stems):
            if path is not None:
                place(part, path, run.queries[index] if index < len(run.queries) else "rest", stem_tracks)
        if SETTINGS["mute_source"]:
            R.SetMediaItemInfo_Value(part.item, "B_MUTE", 1)
    R.PreventUIRefresh(-1)
    R.Undo_EndBlock2(0, "FlowSep: " + ", ".join(run.queries), -1)
    R.UpdateArrange()


def say(text: str) -> None:
    """Show `text` in a message box."""
    R.ShowMessageBox(text, "FlowSep", 0)


def show(text: str) -> None:
    """Show `text` in the console, replacing its content."""
    R.ClearConsole()
    R.ShowConsoleMsg(text + "\n")


def worker_of(run: ScriptRun) -> Any:
    """Return a client of the running worker; None while the worker is starting."""
    if FOLDER and FOLDER not in sys.path:
        sys.path.insert(0, FOLDER)
    client: Any = importlib.import_module("flowsep_bare")
    try:
        worker = client.Worker.running()
        worker.status()
        return worker
    except (OSError, ValueError, KeyError):
        run.process = run.process or start_worker()
        return None


def start_worker() -> Any:
    """Start a worker that outlives this script. Raises RuntimeError where the flowsep command is missing."""
    flags = getattr(subprocess, "CREATE_NO_WINDOW", 0)
    try:
        return subprocess.Popen(
            [FLOWSEP, "worker", "--leave-after", "1800"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, creationflags=flags, start_new_session=os.name != "nt",
        )  # fmt: skip
    except OSError as error:
        raise RuntimeError(NO_START) from error


def submit(run: ScriptRun) -> None:
    """Submit one job per item. Raises RuntimeError where one is refused."""
    answers = run.worker.submit_all(
        {
            "input": part.path, "out": run.out, "request": {"queries": run.queries}, "rest": SETTINGS["rest"],
            "format": SETTINGS["format"], "model": SETTINGS["model"], "device": SETTINGS["device"],
            "absent": "leave_out", "span": {"start": part.start, "frames": part.frames, "rate": part.rate},
        }
        for part in run.parts
    )  # fmt: skip
    for answer in answers:
        if "error" in answer:
            raise RuntimeError(answer["error"]["message"])
        run.jobs.append(answer["job"]["id"])


def has_ended(run: ScriptRun) -> bool:
    """Whether all jobs are done; shows their progress. Raises RuntimeError where one failed or was cancelled."""
    for name in run.jobs:
        if name not in run.done:
            job = run.worker.job(name)
            if job["state"] == "done":
                run.done[name] = job["result"]
            elif job["state"] in ("failed", "cancelled"):
                cancel(run)
                raise RuntimeError((job["error"] or {}).get("message") or "cancelled; nothing was placed")
    names = set(run.jobs)
    if len(run.done) == len(names):
        return True
    progress = run.worker.status()["progress"]
    part = progress.get("fraction", 0.0) if progress.get("id") in names else 0.0
    percent = math.floor(max(run.percent, 100 * (len(run.done) + part) / len(names)))
    if percent != run.percent:
        show(f"FlowSep: {percent} % of {len(run.parts)} item(s)")
        run.percent = percent
    return False


def cancel(run: ScriptRun) -> None:
    """Cancel the jobs that have not ended."""
    for name in set(run.jobs) - set(run.done):
        with contextlib.suppress(Exception):  # it has ended, or the worker has
            run.worker.cancel(name)


def look() -> None:
    """Poll the jobs once and place the stems when they are done; REAPER calls it repeatedly until then.

    Raises nothing: errors end the run and are shown to the user.
    """
    run = RUN
    if run is None or run.ended:
        return
    if time.time() - run.looked < POLL_SECONDS:
        R.defer("look()")
        return
    run.looked = time.time()
    try:
        run.worker = run.worker or worker_of(run)
        if run.worker is None:
            if time.time() - run.began > START_SECONDS:
                raise RuntimeError(NO_START)
            R.defer("look()")
            return
        if not run.jobs:
            submit(run)
        if not has_ended(run):
            R.defer("look()")
            return
    except Exception as error:
        run.ended = True
        say(str(error))
        return
    run.ended = True
    place_all(run)
    show("FlowSep: done")
    if run.notes:
        say("\n".join(run.notes))


def leave() -> None:
    """Cancel the jobs when the user terminates the script."""
    if RUN is not None and not RUN.ended and RUN.worker is not None:
        cancel(RUN)


def main() -> None:
    """Ask the user for queries and start to separate the selected items."""
    global RUN
    if SETTINGS["place"] == "takes" and SETTINGS["mute_source"]:
        say('Settings: a take cannot be muted by itself; switch mute_source off, or place as "tracks"')
        return
    parts, notes = selected()
    if not parts:
        say("\n".join(notes) or "Select the items to separate first.")
        return
    captions = "Sounds, separated by commas:,extrawidth=240,separator=\n"
    answer = R.GetUserInputs("FlowSep", 1, captions, "", LONGEST)
    queries = queries_of(answer[4])
    if not answer[0] or not queries:
        return
    RUN = ScriptRun(parts, notes, queries, R.GetProjectPath("", LONGEST)[0] + "/FlowSep")
    R.atexit("leave()")
    look()


if __name__ == "__main__":
    main()
