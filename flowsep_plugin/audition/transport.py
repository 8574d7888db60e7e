"""The transport: load a program, play, switch, loop. Every call returns at once.

Calls are queued for one thread, which opens and reads files and runs `Playback`. `snapshot` returns what sounds at the
loudspeaker now; a display asks 30 times a second. Positions are seconds from frame 0 of the session.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from flowsep_plugin.errors import FlowsepError, UsageError

from .mix_weights import LaneMix
from .outputs import Output, open_output
from .playback import Playback, PlaybackSnapshot
from .program import PlaybackProgram
from .read_ahead import AHEAD_FRAMES, ReadAhead
from .voice import EffectFailure

_REST_SECONDS: Final = 0.02
_IDLE_SECONDS: Final = 0.5


class Transport:
    """Plays a session: its tracks as they are, the mix of their lanes, or one lane; all in step.

    open_device : opens an output at a rate, on a device of that name; tests pass their own.
    threaded : False starts no thread; the caller then calls `work`.
    effect_failed : called with lane and error of an effect that fails, on the transport's thread; None: `messages`.
    """

    def __init__(
        self,
        open_device: Callable[[int, str | None], Output] = open_output,
        *,
        clock: Callable[[], float] = time.monotonic,
        threaded: bool = True,
        read_ahead_frames: int = AHEAD_FRAMES,
        effect_failed: EffectFailure | None = None,
    ) -> None:
        self._tasks: deque[Callable[[], None]] = deque()
        self._messages: deque[str] = deque()
        self._playback = Playback(
            open_device=open_device,
            clock=clock,
            read_ahead=ReadAhead(read_ahead_frames),
            post=self._post,
            report=self._messages.append,
            effect_failed=effect_failed,
        )
        self._wake, self._closing, self._is_working = threading.Event(), False, False
        self._thread = threading.Thread(target=self._run, name="flowsep transport", daemon=True) if threaded else None
        if self._thread:
            self._thread.start()

    def load(self, program: PlaybackProgram) -> None:
        """Play `program` from now on. A program of another id stops playback and starts at 0.

        Voices that are the same, with files that were not rewritten, stay open: playback continues, and new ones fade
        in. A file that cannot be read is silent; `messages` has the reason.
        """
        self._post(partial(self._playback.load, program))

    def unload(self) -> None:
        """Stop and close all voices."""
        self._post(self._playback.unload)

    def play(self, start: float | None = None, stop: float | None = None) -> None:
        """Play from the current position, or from `start` to `stop`, both in seconds."""
        part = None if start is None or stop is None else (start, stop)
        self._post(partial(self._playback.play, part))

    def pause(self) -> None:
        """Stop and keep the position."""
        self._post(partial(self._playback.halt, paused=True))
        self._playback.mixer.pause()  # at once, even while an effect or a disk keeps the thread waiting

    def stop(self) -> None:
        """Stop and return to where play began."""
        self._post(partial(self._playback.halt, paused=False))
        self._playback.mixer.pause()

    def seek(self, seconds: float) -> None:
        """Move the position to `seconds`; playback continues there."""
        self._post(partial(self._playback.seek, seconds))

    def set_loop(self, start: float | None, stop: float | None = None) -> None:
        """Repeat from `start` to `stop`, both in seconds; None repeats nothing."""
        loop = None if start is None or stop is None else (start, stop)
        self._post(partial(self._playback.set_loop, loop))

    def listen(self, choice: str) -> None:
        """Switch to "original", "lanes" or "lane:ID", from the next block on."""
        self._playback.choice = choice
        self._apply_mix()

    def set_mixes(self, mixes: Mapping[str, LaneMix]) -> None:
        """Set gain, mute and solo of tracks and lanes, by their names in the program; others are at 0 dB."""
        self._playback.mixes = mixes
        self._apply_mix()
        self._post(self._playback.measure_loudness)

    def set_gain_db(self, gain_db: float) -> None:
        """Set the master gain in dB."""
        self._playback.gain_db = gain_db
        self._apply_mix()

    def set_loudness_match(self, is_on: bool) -> None:
        """Make all choices equally loud, or not; gains cross-fade once the loudness is measured."""
        self._playback.loudness.is_on = is_on
        self._apply_mix()
        self._post(self._playback.measure_loudness)

    def set_device(self, name: str | None) -> None:
        """Continue on the device of that name, None for the system's default; also reconnects a lost device."""
        self._post(partial(self._playback.set_device, name))

    def snapshot(self) -> PlaybackSnapshot:
        """Return state, position, choice and levels at this moment."""
        return self._playback.snapshot()

    def position_seconds(self) -> float:
        """Return the position at this moment, finer than that of a snapshot: for a picture that follows the sound."""
        return self._playback.position_seconds()

    def messages(self) -> list[str]:
        """Return the errors since the last call, in words for people."""
        messages = []
        while self._messages:
            messages.append(self._messages.popleft())
        return messages

    @property
    def starved(self) -> int:
        """Blocks that were rendered before their frames were read."""
        return self._playback.mixer.starved

    def work(self) -> bool:
        """Do one piece of the thread's work; returns whether more may be left to do at once."""
        if self._tasks:
            self._is_working = True
            self._try(self._tasks.popleft())
            self._is_working = False
            return True
        if self._playback.fill():
            return True
        self._playback.tidy()
        if self._playback.loudness.is_measuring:
            self._try(partial(self._playback.loudness.step, self._apply_mix))
            return True
        return False

    def close(self) -> None:
        """Stop, end the threads and close the voices; the transport cannot be used after it."""
        self._closing = True
        self._wake.set()
        if self._thread:
            self._thread.join()
        self._playback.close()

    def _run(self) -> None:
        while not self._closing:
            if not self.work():
                self._wake.wait(_IDLE_SECONDS if self._playback.mixer.is_silent else _REST_SECONDS)
                self._wake.clear()

    def _post(self, task: Callable[[], None]) -> None:
        self._tasks.append(task)
        self._wake.set()

    def _try(self, task: Callable[[], None]) -> None:
        try:
            task()
        except (FlowsepError, OSError) as error:
            self._messages.append(str(error))

    def _apply_mix(self) -> None:
        """Apply the mix on the caller's thread: weights need no file, so they do not wait for one to be opened."""
        try:
            self._playback.apply_mix()
        except UsageError as error:
            if self._tasks or self._is_working:  # a load may be under way that brings the choice
                self._post(self._apply_mix)
            else:
                self._messages.append(str(error))
