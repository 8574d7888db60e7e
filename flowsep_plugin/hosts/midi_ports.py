"""MIDI ports through mido and python-rtmidi, with errors that say how to get ports where there are none."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from flowsep_plugin.errors import ProviderError, UsageError
from flowsep_plugin.version import install_command

if TYPE_CHECKING:
    import mido

OWN_PORT: Final = "flowsep"
APIS: Final = {
    "alsa": "LINUX_ALSA",
    "jack": "UNIX_JACK",
    "core": "MACOSX_CORE",
    "windows": "WINDOWS_MM",
}
_REST_SECONDS: Final = 0.002
_T = TypeVar("_T")


class MidiInput(Protocol):
    """A port that messages are polled from: mido's, or a fake in tests."""

    def poll(self) -> "mido.Message | None":
        """Return the next message, None where none has arrived."""
        ...


def input_names(api: str | None = None) -> list[str]:
    """Return the names of the input ports. Raises ProviderError where MIDI is not available."""
    midi = backend(api)
    return [str(name) for name in _call(midi.get_input_names)]


def output_names(api: str | None = None) -> list[str]:
    """Return the names of the output ports. Raises ProviderError where MIDI is not available."""
    midi = backend(api)
    return [str(name) for name in _call(midi.get_output_names)]


@contextmanager
def open_inputs(
    names: Sequence[str] = (), api: str | None = None, *, virtual: bool = False
) -> Iterator[list[MidiInput]]:
    """Open input ports for the duration of the context.

    names : exact, or a part that is in one name only; without names all ports are opened.
    api : MIDI system, a key of `APIS`.     virtual : also create a port of our own, `flowsep`, for others to send to.
    Raises UsageError for a name that matches no port or several, ProviderError where MIDI is not available.
    """
    midi = backend(api)
    selection = _select(names, [str(name) for name in _call(midi.get_input_names)], virtual=virtual)
    with ExitStack() as stack:
        ports = [stack.enter_context(_call(partial(midi.open_input, name))) for name in selection]
        if virtual:
            ports.append(stack.enter_context(_call(partial(midi.open_input, OWN_PORT, virtual=True))))
        yield ports


def messages(ports: Sequence[MidiInput], stop: Callable[[], None]) -> "Iterator[mido.Message | None]":
    """Yield the messages of `ports` as they arrive, and None each time there is none.

    stop : called before every poll; an exception that it raises ends the iteration.
    """
    while True:
        stop()
        arrived = [message for port in ports if (message := port.poll()) is not None]
        yield from arrived
        if not arrived:
            yield None
            time.sleep(_REST_SECONDS)


def backend(api: str | None = None) -> Any:
    """Return mido's backend for `api`, a key of `APIS`, None for the system's default.

    Raises UsageError for another key, ProviderError where mido or python-rtmidi is missing or lacks that system.
    """
    if api is not None and api not in APIS:
        raise UsageError(f"unknown MIDI system {api!r}; choose one of {', '.join(APIS)}")
    try:
        import mido

        mido_backend = mido.Backend("mido.backends.rtmidi" + (f"/{APIS[api]}" if api else ""))
        mido_backend.load()
        if api is not None and APIS[api] not in mido_backend.module.get_api_names():
            raise ValueError(f"this python-rtmidi has {', '.join(mido_backend.module.get_api_names())}")
    except (ImportError, ValueError) as error:
        raise ProviderError(
            f"MIDI ports need mido and python-rtmidi{f' with {api}' if api else ''} ({error}); "
            f"{install_command('midi')}"
        ) from error
    return mido_backend


def _call(function: Callable[[], _T]) -> _T:
    """Call a function of the backend and return its result. Raises ProviderError with a way out where it fails."""
    try:
        return function()
    except NotImplementedError as error:
        raise ProviderError("this system cannot create virtual MIDI ports; use a loopback driver (loopMIDI)") from error
    except OSError as error:  # rtmidi's own errors are OSErrors
        raise ProviderError(
            f"the MIDI system is not available ({error}); on Linux load it with `sudo modprobe snd-seq`, "
            "or start JACK and choose the MIDI system jack",
            setting="api",
        ) from error


def _select(names: Sequence[str], ports: Sequence[str], *, virtual: bool) -> list[str]:
    """Return the one port that each of `names` matches; all ports without names, none of them if `virtual`."""
    if not names:
        if not ports and not virtual:
            raise ProviderError(
                "there is no MIDI port; connect a controller, or open the virtual port `flowsep`", setting="virtual"
            )
        return [] if virtual else list(ports)
    selection = []
    for name in names:
        matches = [name] if name in ports else [port for port in ports if name.casefold() in port.casefold()]
        if not matches:
            raise UsageError(f"there is no MIDI port {name!r}; choose one of {', '.join(ports) or '(none connected)'}")
        if len(matches) > 1:
            raise UsageError(f"the MIDI port {name!r} is ambiguous; choose one of {', '.join(matches)}")
        selection += matches
    return selection
