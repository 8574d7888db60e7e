"""The deck: load a clip with its stems, play, switch, loop; one thread beside the output's reads and opens files.

Every call returns at once. `snapshot` says what sounds at the loudspeaker now; a display asks 30 times a second.
Positions are seconds from the start of what was loaded.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, Literal

from flowsep_plugin.audio.span import Span
from flowsep_plugin.audio.types import Samples
from flowsep_plugin.errors import FlowsepError, ProviderError, UsageError
from flowsep_plugin.media import probe

from .display_clock import DisplayClock
from .levels import Levels, measure
from .loudness_match import LoudnessMatch
from .mix_weights import LaneMix, choices, file_weights, linear
from .mixer import Mixer
from .outputs import WIDTH, Output, SilentOutput, open_output
from .playback_file import Piece, PlaybackFile, pieces
from .read_ahead import AHEAD_FRAMES, ReadAhead

TransportState = Literal["empty", "stopped", "playing", "paused"]

_REST_SECONDS: Final = 0.02
_IDLE_SECONDS: Final = 0.5
_SILENT_RATE: Final = 48_000


@dataclass(frozen=True, slots=True)
class PlaybackSnapshot:
    """What the deck is at.

    levels : since the last snapshot, at the loudspeaker.     silent : why nothing is heard on this machine, else None.
    serial : counts loads; `seconds` and `choices` belong to what the last finished one brought.
    """

    state: TransportState
    position_seconds: float
    length_seconds: float
    choice: str
    choices: tuple[str, ...]
    levels: Levels
    silent_reason: str | None
    is_measuring: bool
    serial: int


class Transport:
    """See the module.

    open_device : `outputs.open_output`, or a test's own.     threaded : False leaves the work to calls of `work`.
    """

    def __init__(
        self,
        open_device: Callable[[int, str | None], Output] = open_output,
        *,
        clock: Callable[[], float] = time.monotonic,
        threaded: bool = True,
        read_ahead_frames: int = AHEAD_FRAMES,
    ) -> None:
        self._open_device, self._clock = open_device, clock
        self._device: str | None = None
        self._output: Output = SilentOutput(_SILENT_RATE)
        self._ahead = ReadAhead(read_ahead_frames)
        self._mixer = Mixer(self._ahead, _SILENT_RATE, WIDTH)
        self._names: dict[str, int] = {}
        self._wanted: tuple[Mapping[str, Path | Piece], Span | None] | None = None
        self._heard, self._lanes, self._gain_db = "clip", dict[str, LaneMix](), 0.0
        self._match, self._shown = LoudnessMatch(), DisplayClock()
        self._played_from, self._paused, self._running = 0.0, False, False
        self._serial, self._next_key = 0, 0
        self._jobs: deque[Callable[[], None]] = deque()
        self._messages: deque[str] = deque()
        self._wake, self._closing = threading.Event(), False
        self._thread = threading.Thread(target=self._run, name="flowsep deck", daemon=True) if threaded else None
        if self._thread:
            self._thread.start()

    def load(self, sources: Mapping[str, Path | Piece], span: Span | None = None) -> None:
        """Hear these from now on: "clip" and, if there are any, "stem:NAME" and "rest".

        span : the part of the clip's file that is heard, at its rate; stems and rest have it from their first frame on.
        A file that was loaded before and was not rewritten stays open, playing goes on, and what is new fades in.
        Raises UsageError for other names; what is wrong with the files comes as a message.
        """
        given = pieces(sources, span)
        self._wanted = (dict(sources), span)
        self._do(partial(self._load, given, span))

    def unload(self) -> None:
        """Let all files go."""
        self._wanted = None
        self._do(self._unload)

    def play(self) -> None:
        """Sound from the position on."""
        self._do(self._play)

    def pause(self) -> None:
        """Stand still."""
        self._do(partial(self._halt, True))

    def stop(self) -> None:
        """Stand still where play began."""
        self._do(partial(self._halt, False))

    def seek(self, seconds: float) -> None:
        """Go there; playing goes on."""
        self._do(partial(self._seek, seconds))

    def set_loop(self, start: float | None, stop: float | None = None) -> None:
        """Repeat from `start` to `stop`, both in seconds; None repeats nothing."""
        loop = None if start is None or stop is None else (start, stop)
        self._do(partial(self._set_loop, loop))

    def listen(self, heard: str) -> None:
        """Hear "clip", "stem:NAME", "rest" or "sum", from the next block on."""
        self._heard = heard
        self._weigh_soon()

    def set_lane(self, name: str, state: LaneMix) -> None:
        """How a lane ("stem:NAME" or "rest") sounds in the sum."""
        self._lanes = {**self._lanes, name: state}
        self._weigh_soon()
        self._do(self._measure_again)

    def set_gain_db(self, gain_db: float) -> None:
        """How loud all of it is."""
        self._gain_db = gain_db
        self._weigh_soon()

    def set_loudness_match(self, matched: bool) -> None:
        """Hear all choices equally loud; measured first, and faded to when that is done."""
        self._match.is_on = matched
        self._weigh_soon()
        self._do(self._measure_again)

    def set_device(self, name: str | None) -> None:
        """Play on the device of that name, None for the system's default; also the way back to one that had gone."""
        self._device = name
        self._do(self._reopen)

    def snapshot(self) -> PlaybackSnapshot:
        """What it is at."""
        frames, rate = self._mixer.frames, self._mixer.rate
        resting = self._mixer.position / rate if self._mixer.is_silent else None
        position, levels = self._shown.at(self._clock(), resting)
        return PlaybackSnapshot(
            self._state(), position, frames / rate, self._heard, choices(self._names) if self._names else (), levels,
            self._output.why_silent, self._match.is_measuring, self._serial,
        )  # fmt: skip

    def messages(self) -> list[str]:
        """What went wrong since the last call, for people."""
        said = []
        while self._messages:
            said.append(self._messages.popleft())
        return said

    @property
    def starved(self) -> int:
        """Blocks for which the disk was late."""
        return self._mixer.starved

    def work(self) -> bool:
        """One piece of the thread's work; returns whether there may be more to do at once."""
        if self._jobs:
            try:
                self._jobs.popleft()()
            except (FlowsepError, OSError) as error:
                self._messages.append(str(error))
            return True
        if self._fill():
            return True
        self._retire()
        if self._running and not self._mixer.is_running:
            self._running = False
            if self._mixer.position >= self._mixer.frames:
                self._mixer.seek(round(self._played_from * self._mixer.rate))
        if self._mixer.is_silent:
            self._output.stop()
        if self._match.is_measuring:
            try:
                self._match.step(self._weigh_soon)
            except (FlowsepError, OSError) as error:
                self._messages.append(f"the levels cannot be matched: {error}")
            return True
        return False

    def close(self) -> None:
        """Stop, end the threads, close the files. Nothing may be called after it."""
        self._closing = True
        self._wake.set()
        if self._thread:
            self._thread.join()
        self._output.stop()
        self._unload()

    def _run(self) -> None:
        while not self._closing:
            if not self.work():
                self._wake.wait(_IDLE_SECONDS if self._mixer.is_silent else _REST_SECONDS)
                self._wake.clear()

    def _do(self, job: Callable[[], None]) -> None:
        self._jobs.append(job)
        self._wake.set()

    def _fill(self) -> bool:
        keep = (self._mixer.sounding, round(self._played_from * self._mixer.rate), 0)
        busy = self._ahead.fill(self._mixer.position, self._mixer.frames, self._mixer.loop, keep)
        while self._ahead.troubles:
            self._messages.append(self._ahead.troubles.pop(0))
        return busy

    def _fill_enough(self) -> None:
        """Read what sounds next; the rest of the look-ahead follows while it plays."""
        while not self._ahead.is_ready(self._mixer.position, self._mixer.frames) and self._fill():
            pass

    def _load(self, given: Mapping[str, Piece], span: Span | None) -> None:
        if self._names and not self._is_kept("clip", self._names["clip"], given):
            self._unload()
        kept = {name: key for name, key in self._names.items() if self._is_kept(name, key, given)}
        if not self._names:
            self._output.stop()
            self._output = self._open_device(_rate_of(given["clip"]), self._device)
            self._mixer = Mixer(self._ahead, self._output.rate, WIDTH)
        opened: dict[str, PlaybackFile] = {}
        try:
            for name, piece in given.items():
                if name not in kept:
                    opened[name] = PlaybackFile(piece, self._mixer.rate, WIDTH)
        except BaseException:
            for file in opened.values():
                file.close()
            raise
        for name, file in opened.items():
            self._ahead.files[self._next_key] = file
            kept[name] = self._next_key
            self._next_key += 1
        self._names = {name: kept[name] for name in given}
        frames = self._ahead.files[self._names["clip"]].frames
        self._mixer.set_frames(min(frames, -(-span.frames * self._mixer.rate // span.rate)) if span else frames)
        if self._heard not in choices(self._names):
            self._heard = "clip"
        self._fill_enough()
        self._match.forget()
        self._measure_again()
        self._weigh()
        self._serial += 1

    def _is_kept(self, name: str, key: int, given: Mapping[str, Piece]) -> bool:
        return name in given and self._ahead.files[key].is_current(given[name])

    def _unload(self) -> None:
        self._match.forget(gains=True)
        self._mixer.pause()
        self._output.stop()
        self._names = {}
        self._mixer = Mixer(self._ahead, self._mixer.rate, WIDTH)
        self._retire()
        self._paused, self._running, self._played_from = False, False, 0.0
        self._forget_shown()

    def _retire(self) -> None:
        """Close what neither sounds nor can be chosen."""
        used = {*self._names.values(), *self._mixer.in_use()}
        for key in [key for key in self._ahead.files if key not in used]:
            self._ahead.files.pop(key).close()

    def _play(self) -> None:
        if not self._names:
            raise UsageError("there is nothing to play yet; select a clip first")
        if self._output.why_silent is not None and self._mixer.is_silent:
            self._reopen()
        self._fill_enough()
        if not self._mixer.is_running:
            position = self._mixer.position
            self._played_from = 0.0 if position >= self._mixer.frames else position / self._mixer.rate
        self._paused, self._running = False, True
        self._mixer.start()
        self._start_output()

    def _start_output(self) -> None:
        try:
            self._output.start(self._pull, self._lost)
        except ProviderError as error:
            self._fall_silent(str(error))

    def _halt(self, paused: bool) -> None:
        was_running, self._running = self._mixer.is_running, False
        self._mixer.pause()
        self._paused = paused and (was_running or self._paused)
        if not paused:
            self._mixer.seek(round(self._played_from * self._mixer.rate))
            self._forget_shown()

    def _seek(self, seconds: float) -> None:
        self._mixer.seek(round(seconds * self._mixer.rate))
        self._forget_shown()

    def _forget_shown(self) -> None:
        self._shown.forget(self._mixer.position / self._mixer.rate)

    def _set_loop(self, loop: tuple[float, float] | None) -> None:
        rate = self._mixer.rate
        self._mixer.set_loop(None if loop is None else (round(loop[0] * rate), round(loop[1] * rate)))

    def _reopen(self) -> None:
        """Look for a device again; at another rate the files are opened anew, at the same place."""
        if not self._names or self._wanted is None:
            return
        was_running, seconds, loop = self._mixer.is_running, self._mixer.position / self._mixer.rate, self._mixer.loop
        rate = self._mixer.rate
        self._output.stop()
        output = self._output = self._open_device(_rate_of(pieces(*self._wanted)["clip"]), self._device)
        if output.rate != rate:
            self._unload()
            self._load(pieces(*self._wanted), self._wanted[1])
            self._mixer.seek(round(seconds * self._mixer.rate))
            self._set_loop(loop and (loop[0] / rate, loop[1] / rate))
        if was_running:
            self._mixer.start()
            self._start_output()

    def _lost(self, why: str) -> None:
        self._do(partial(self._fall_silent, why))

    def _fall_silent(self, why: str) -> None:
        """The device is gone: the position goes on without it."""
        self._output.stop()
        self._output = SilentOutput(self._mixer.rate, f"{why}; connect it and press play again")
        if not self._mixer.is_silent:
            self._start_output()

    def _weigh_soon(self) -> None:
        """Weights need no file, so they do not wait behind one that is being opened."""
        try:
            self._weigh()
        except UsageError as error:
            if self._jobs:  # a load is under way that may bring it
                self._do(self._weigh_soon)
            else:
                self._messages.append(str(error))

    def _weigh(self) -> None:
        names = self._names
        if not names:
            return
        gain_db = self._gain_db + self._match.gain_db(self._heard)
        parts = file_weights(self._heard, names, self._lanes)
        self._mixer.set_weights({names[name]: part * linear(gain_db) for name, part in parts.items()})

    def _measure_again(self) -> None:
        files = {name: self._ahead.files[key] for name, key in self._names.items()}
        self._match.measure(files, self._lanes, self._mixer.frames)
        self._wake.set()

    def _pull(self, frames: int) -> Samples:
        position = self._mixer.position / self._mixer.rate
        block = self._mixer.render(frames)
        self._shown.add(self._clock() + self._output.latency_seconds, position, measure(block))
        return block

    def _state(self) -> TransportState:
        if not self._names:
            return "empty"
        if self._mixer.is_running:
            return "playing"
        return "paused" if self._paused and self._mixer.position < self._mixer.frames else "stopped"


def _rate_of(piece: Piece) -> int:
    return probe(piece.path).rate
