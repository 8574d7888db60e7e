"""A plug-in's own window, on the main thread of the process of effects."""

import ctypes
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any, Final

from flowsep_plugin.errors import UsageError

from .chain import EffectChain, EffectSlot
from .loading import apply_slot, describe_plugin, load_plugin, state_of, values_of

_LOOK_SECONDS: Final = 0.25


def show_editor(slot: EffectSlot, close: threading.Event, changed: Callable[[EffectChain], None]) -> EffectChain:
    """Show the window of the plug-in in `slot` until it or `close` closes it; returns the slot as it is then.

    changed : called from another thread with the slot after a change, some times a second.
    Raises UsageError for an effect without a window, or where there is no screen.
    """
    if slot.path is None:
        raise UsageError(f"{slot.effect} is an effect of Pedalboard; it has no window of its own")
    plugin = load_plugin(slot.path, slot.effect)
    info = describe_plugin(plugin, slot.path, slot.effect)
    apply_slot(plugin, slot)
    ended = threading.Event()

    def current() -> EffectChain:
        return EffectChain((replace(slot, parameters=values_of(plugin, info), state=state_of(plugin)),))

    def watch() -> None:
        before: Any = values_of(plugin, info)
        while not ended.wait(_LOOK_SECONDS):
            with suppress(RuntimeError, OSError):
                after = values_of(plugin, info)
                if after != before:
                    before = after
                    changed(current())

    watcher = threading.Thread(target=watch, daemon=True, name="editor-values")
    watcher.start()
    try:
        with _x_errors_ignored():
            plugin.show_editor(close)
    except RuntimeError as error:
        raise UsageError(f"{slot.effect} cannot show its window ({error})") from error
    finally:
        ended.set()
        watcher.join()
    return current()


@contextmanager
def _x_errors_ignored() -> Iterator[None]:
    """Ignore errors of the X server inside a `with`; Xlib's own handler ends the process.

    Windows made with DPF ask for a property of window 0 as they open (Dragonfly 3.2.10 under Pedalboard 0.9.26).
    """
    if not sys.platform.startswith("linux"):
        yield
        return
    handler_type = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
    handler = handler_type(lambda display, event: 0)
    with suppress(OSError):
        ctypes.CDLL("libX11.so.6").XSetErrorHandler(handler)
    yield
