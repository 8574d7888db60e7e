"""Ports: a fake of mido's backend everywhere, and JACK's real ones where its server runs."""

import itertools
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mido
import pytest

from flowsep_plugin.cli import main
from flowsep_plugin.errors import Cancelled, ProviderError, UsageError
from flowsep_plugin.hosts import midi_ports
from flowsep_plugin.hosts.midi_learn import load_map
from flowsep_plugin.hosts.midi_ports import messages, open_inputs


class Port:
    """An input that gives its messages, one at a look; a number waits for so many looks."""

    def __init__(self, *waiting: mido.Message) -> None:
        self.waiting, self.is_open = list(waiting), True

    def __enter__(self) -> "Port":
        return self

    def __exit__(self, *_: object) -> None:
        self.is_open = False

    def poll(self) -> mido.Message | None:
        return self.waiting.pop(0) if self.waiting else None


class Backend:
    def __init__(self, **ports: Port) -> None:
        self.ports, self.virtual = ports, Port()

    def get_input_names(self) -> list[str]:
        return list(self.ports)

    get_output_names = get_input_names

    def open_input(self, name: str, virtual: bool = False) -> Port:
        if virtual:
            return self.virtual
        return self.ports[name]


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> Backend:
    backend = Backend(DAW=Port(), Pads=Port(), Knobs=Port())
    monkeypatch.setattr(midi_ports, "backend", lambda api=None: backend)
    return backend


def flowsep(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main(["hosts", "midi", *map(str, arguments)])
    printed = capsys.readouterr()
    return int(ended.value.code or 0), printed.out, printed.err


def test_all_ports_are_opened_where_none_is_named_and_closed_again(system: Backend) -> None:
    with open_inputs() as ports:
        assert ports == list(system.ports.values())
    assert not any(port.is_open for port in system.ports.values())


@pytest.mark.parametrize(("names", "expected"), [(["daw"], ["DAW"]), (["Pads", "kno"], ["Pads", "Knobs"])])
def test_a_part_of_a_name_is_enough(system: Backend, names: list[str], expected: list[str]) -> None:
    with open_inputs(names) as ports:
        assert ports == [system.ports[name] for name in expected]


@pytest.mark.parametrize(
    ("name", "message"), [("d", "ambiguous; choose one of DAW, Pads"), ("x", "no MIDI port 'x'; choose")]
)
def test_a_name_that_is_not_clear_shows_what_there_is(system: Backend, name: str, message: str) -> None:
    with pytest.raises(UsageError, match=message), open_inputs([name]):
        pass


def test_a_port_of_our_own_can_be_the_only_one(system: Backend) -> None:
    with open_inputs(virtual=True) as ports:
        assert ports == [system.virtual]


def test_no_port_at_all_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(midi_ports, "backend", lambda api=None: Backend())
    with pytest.raises(ProviderError, match="virtual port"), open_inputs():
        pass


def test_messages_come_in_order_and_silence_is_none() -> None:
    ports = [Port(mido.Message("start"), mido.Message("stop")), Port(mido.Message("continue"))]
    received = messages(ports, lambda: None)
    assert [message and message.type for message in itertools.islice(received, 4)] == [
        "start",
        "continue",
        "stop",
        None,
    ]


def test_what_stops_them_is_asked_before_every_look() -> None:
    def stop() -> None:
        raise Cancelled("enough")

    with pytest.raises(Cancelled):
        next(messages([Port(mido.Message("start"))], stop))


class NoSequencer(Backend):
    """What rtmidi does without /dev/snd/seq: an error of its own that is an OSError."""

    def get_input_names(self) -> list[str]:
        raise OSError("MidiInAlsa::initialize: error creating ALSA sequencer client object.")

    get_output_names = get_input_names


@pytest.mark.parametrize("command", [["ports"], ["follow"], ["learn", "separate"]], ids=lambda words: words[0])
def test_a_machine_without_midi_says_what_to_do(
    command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(midi_ports, "backend", lambda api=None: NoSequencer())
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    code, _, err = flowsep(capsys, *command)
    assert code == ProviderError.exit_code
    assert "ALSA sequencer" in err
    assert "modprobe snd-seq" in err


def test_rtmidis_errors_are_the_kind_that_is_caught() -> None:
    rtmidi = pytest.importorskip("rtmidi", reason="python-rtmidi is not installed")
    assert issubclass(rtmidi.SystemError, OSError)


def test_a_missing_library_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mido", None)
    with pytest.raises(ProviderError, match=r"flowsep-plugin\[midi\]"):
        midi_ports.backend()


@pytest.mark.parametrize("api", ["oss", "core" if sys.platform == "linux" else "alsa"])
def test_a_midi_system_that_is_not_here_is_said(api: str) -> None:
    pytest.importorskip("rtmidi", reason="python-rtmidi is not installed")
    with pytest.raises((UsageError, ProviderError), match=api):
        midi_ports.backend(api)


def test_the_command_lists_ports(system: Backend, capsys: pytest.CaptureFixture[str]) -> None:
    assert flowsep(capsys, "ports")[1].splitlines()[:2] == ["inputs:", "  DAW"]
    assert json.loads(flowsep(capsys, "ports", "--json")[1])["outputs"] == ["DAW", "Pads", "Knobs"]


def test_the_command_follows_and_says_lines_of_json(system: Backend, capsys: pytest.CaptureFixture[str]) -> None:
    full = mido.Message("sysex", data=[0x7F, 0x7F, 0x01, 0x01, 1 << 5 | 1, 0, 10, 5])
    system.ports["DAW"].waiting += [full, mido.Message("start")]
    code, out, _ = flowsep(capsys, "follow", "--json", "--seconds", "0.3")
    assert code == 0
    last = json.loads(out.splitlines()[-1])
    assert last == {"event": "playhead", "running": True, "seconds": 3610.2, "quarters": 0.0, "bpm": None,
                    "timecode": "01:00:10:05"}  # fmt: skip
    system.ports["DAW"].waiting += [full]
    assert "timecode 01:00:10:05" in flowsep(capsys, "follow", "--seconds", "0.2")[1]


def test_the_command_learns_a_control(system: Backend, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    system.ports["Pads"].waiting += [mido.Message("clock"), mido.Message("note_on", channel=9, note=40, velocity=9)]
    code, out, _ = flowsep(capsys, "learn", "separate", "--map", tmp_path / "deep" / "map.json")
    assert (code, out) == (0, "separate: note_on 40 on channel 10\n")
    assert load_map(tmp_path / "deep" / "map.json").actions == {("note_on", 9, 40): "separate"}
    assert flowsep(capsys, "controls", "--map", tmp_path / "deep" / "map.json")[1] == out


def test_nothing_touched_changes_nothing(system: Backend, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, _, err = flowsep(capsys, "learn", "cancel", "--map", tmp_path / "map.json", "--seconds", "0.1")
    assert code == Cancelled.exit_code
    assert "nothing has changed" in err
    assert not (tmp_path / "map.json").exists()


@pytest.fixture
def jack(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A JACK server of this test's own, without a sound card; skipped, saying why, where none comes up."""
    rtmidi = pytest.importorskip("rtmidi", reason="python-rtmidi is not installed")
    if rtmidi.API_UNIX_JACK not in rtmidi.get_compiled_api() or shutil.which("jackd") is None:
        pytest.skip("REAL MIDI PORTS NOT TRIED: no jackd, or an rtmidi without JACK; apt-get install jackd2")
    name = f"flowsep-test-{os.getpid()}"
    monkeypatch.setenv("JACK_DEFAULT_SERVER", name)
    monkeypatch.setenv("JACK_NO_START_SERVER", "1")
    server = subprocess.Popen(
        ["jackd", "-n", name, "--no-realtime", "-d", "dummy", "-r", "48000", "-p", "256"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        until = time.monotonic() + 15
        while (
            subprocess.run(["jack_wait", "-c", "-s", name], capture_output=True, text=True).stdout.strip() != "running"
        ):
            if server.poll() is not None or time.monotonic() > until:
                pytest.skip(f"REAL MIDI PORTS NOT TRIED: jackd -d dummy does not come up (exit {server.poll()})")
            time.sleep(0.1)
        yield
    finally:
        server.terminate()
        server.wait(15)


def test_real_ports_carry_time_code_and_controls(
    jack: None, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Everything real: JACK, rtmidi, mido, the command; a DAW that locates and a pad that is hit."""
    ended: list[Any] = []
    with midi_ports.backend("jack").open_output("DAW", virtual=True) as daw:

        def play() -> None:
            while not ended:
                daw.send(mido.Message("sysex", data=[0x7F, 0x7F, 0x01, 0x01, 1 << 5 | 1, 0, 10, 5]))
                daw.send(mido.Message("note_on", note=36, velocity=100))
                time.sleep(0.05)

        sender = threading.Thread(target=play)
        sender.start()
        try:
            assert "DAW" in flowsep(capsys, "ports", "--api", "jack")[1]
            out = flowsep(capsys, "follow", "--api", "jack", "--port", "DAW", "--json", "--seconds", "1")[1]
            code, learnt, _ = flowsep(
                capsys, "learn", "audition", "--api", "jack", "--map", tmp_path / "m.json", "--seconds", "5"
            )
        finally:
            ended.append(True)
            sender.join()
    assert json.loads(out.splitlines()[0])["timecode"] == "01:00:10:05"
    assert (code, learnt) == (0, "audition: note_on 36 on channel 1\n")
