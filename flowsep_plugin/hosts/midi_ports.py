"""MIDI ports through mido and python-rtmidi, and what to do where there are none."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from flowsep_plugin.errors import ProviderError, UsageError

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
    """What is read from: a port of mido, or a test's own."""

    def poll(self) -> "mido.Message | None":
        """Return the next message, or None."""
        ...


def input_names(api: str | None = None) -> list[str]:
    """Names of the ports to listen to. Raises ProviderError where MIDI is not to be had."""
    midi = backend(api)
    return [str(name) for name in _asked(midi.get_input_names)]


def output_names(api: str | None = None) -> list[str]:
    """Names of the ports to send to. Raises ProviderError where MIDI is not to be had."""
    midi = backend(api)
    return [str(name) for name in _asked(midi.get_output_names)]


@contextmanager
def open_inputs(
    names: Sequence[str] = (), api: str | None = None, *, virtual: bool = False
) -> Iterator[list[MidiInput]]:
    """Open ports while this lasts.

    names : exact, or a part that only one has; none given opens all there are.
    virtual : also make a port of our own, `flowsep`, for others to send to.
    Raises UsageError for a name that is nowhere or means several, ProviderError where MIDI is not to be had.
    """
    midi = backend(api)
    chosen = _chosen(names, [str(name) for name in _asked(midi.get_input_names)], virtual)
    with ExitStack() as stack:
        ports = [stack.enter_context(_asked(partial(midi.open_input, name))) for name in chosen]
        if virtual:
            ports.append(stack.enter_context(_asked(partial(midi.open_input, OWN_PORT, virtual=True))))
        yield ports


def messages(ports: Sequence[MidiInput], stop: Callable[[], None]) -> "Iterator[mido.Message | None]":
    """Yield what comes in, and None where nothing does for a moment.

    stop : called often; what it raises ends it.
    """
    while True:
        stop()
        heard = [message for port in ports if (message := port.poll()) is not None]
        yield from heard
        if not heard:
            yield None
            time.sleep(_REST_SECONDS)


def backend(api: str | None = None) -> Any:
    """Return mido's door to the system; `api` is a name of `APIS`. Raises ProviderError, UsageError."""
    if api is not None and api not in APIS:
        raise UsageError(f"the MIDI system {api!r} is not known; there is {', '.join(APIS)}")
    try:
        import mido

        made = mido.Backend("mido.backends.rtmidi" + (f"/{APIS[api]}" if api else ""))
        made.load()
        if api is not None and APIS[api] not in made.module.get_api_names():
            raise ValueError(f"this python-rtmidi has {', '.join(made.module.get_api_names())}")
    except (ImportError, ValueError) as error:
        raise ProviderError(
            f"MIDI ports need mido and python-rtmidi{f' with {api}' if api else ''} ({error}); "
            "pip install 'flowsep-plugin[midi]'"
        ) from error
    return made


def _asked(question: Callable[[], _T]) -> _T:
    try:
        return question()
    except NotImplementedError as error:
        raise ProviderError("this system makes no ports of its own; use a loopback driver (loopMIDI)") from error
    except OSError as error:  # rtmidi's own errors are OSErrors
        raise ProviderError(
            f"this machine has no MIDI to talk to ({error}); on Linux load it with `sudo modprobe snd-seq`, "
            "or start JACK and add --api jack"
        ) from error


def _chosen(names: Sequence[str], known: Sequence[str], virtual: bool) -> list[str]:
    if not names:
        if not known and not virtual:
            raise ProviderError("there is no MIDI port; connect a controller, or add --virtual and send to `flowsep`")
        return [] if virtual else list(known)
    found = []
    for name in names:
        meant = [name] if name in known else [other for other in known if name.casefold() in other.casefold()]
        if len(meant) != 1:
            several = (
                f"means several: {', '.join(meant)}"
                if meant
                else f"is not there; there is {', '.join(known) or 'none'}"
            )
            raise UsageError(f"the MIDI port {name!r} {several}")
        found += meant
    return found
