"""MIDI learn with a port that a test plays."""

from collections import deque
from contextlib import contextmanager

import mido
import pytest
from dialog_makers import unnamed
from flowsep_ui.controllers.midi_listener import MidiListener
from flowsep_ui.panels.midi import MidiPanel

from flowsep_plugin.errors import ProviderError, UsageError


class Port:
    def __init__(self):
        self.waiting, self.is_open, self.breaks = deque(), False, False

    def poll(self):
        if self.breaks:
            raise OSError("port is gone")
        return self.waiting.popleft() if self.waiting else None

    @contextmanager
    def open(self, names):
        if names != ["Pads"]:
            raise UsageError(f"the MIDI port {names[0]!r} is not there; there is Pads")
        self.is_open = True
        yield [self]
        self.is_open = False

    def press(self, note):
        self.waiting += [mido.Message("note_on", note=note, velocity=90), mido.Message("note_off", note=note)]


@pytest.fixture
def port():
    return Port()


@pytest.fixture
def listener(qtbot, port, tmp_path):
    widget = MidiListener(path=tmp_path / "midi" / "midi.json", open_ports=port.open)
    yield widget
    widget.close()


@pytest.fixture
def panel(qtbot, listener):
    widget = MidiPanel(listener, names=lambda: ["Pads"])
    qtbot.addWidget(widget)
    widget.port.setCurrentIndex(widget.port.findData("Pads"))
    widget.port.activated.emit(widget.port.currentIndex())
    return widget


def test_a_pad_is_learnt_and_then_acts(qtbot, panel, listener, port, tmp_path):
    panel.learn_buttons["separate"].click()
    assert "Use the control for Separate" in panel.message.text()
    with qtbot.waitSignal(listener.learnt):
        port.press(36)
    assert panel._controls["separate"].text() == "note 36, channel 1"
    assert not panel.learn_buttons["separate"].isChecked()
    with qtbot.waitSignal(listener.action_triggered) as acted:
        port.press(36)
    assert acted.args == ["separate"]
    again = MidiListener(path=tmp_path / "midi" / "midi.json")
    assert again.controls() == {"separate": ("note_on", 0, 36)}


def test_learning_can_be_left(panel, listener):
    panel.learn_buttons["compare"].click()
    panel.learn_buttons["compare"].click()
    assert listener.learning is None


def test_a_control_can_be_forgotten(qtbot, panel, listener, port):
    panel.learn_buttons["cancel"].click()
    with qtbot.waitSignal(listener.learnt):
        port.press(40)
    panel.forget_buttons["cancel"].click()
    assert listener.controls() == {}
    assert not panel.forget_buttons["cancel"].isEnabled()


def test_without_midi_the_way_out_is_told(qtbot, listener):
    def none():
        raise ProviderError("MIDI ports need python-rtmidi; pip install 'flowsep-plugin[midi]'")

    panel = MidiPanel(listener, names=none)
    qtbot.addWidget(panel)
    assert "pip install" in panel.message.text()
    assert not panel.port.isEnabled()
    assert not any(button.isEnabled() for button in panel.learn_buttons.values())


def test_no_port_is_told(qtbot, listener):
    panel = MidiPanel(listener, names=list)
    qtbot.addWidget(panel)
    assert "No MIDI port was found" in panel.message.text()


def test_a_port_that_is_not_there_is_told_and_stays_chosen(qtbot, listener):
    listener.listen("Keys")
    panel = MidiPanel(listener, names=lambda: ["Pads"])
    qtbot.addWidget(panel)
    assert panel.chosen_port() == "Keys"
    assert "'Keys' is not there" in panel.message.text()


def test_a_controller_that_is_unplugged_is_told(qtbot, panel, listener, port):
    with qtbot.waitSignal(listener.failed) as failed:
        port.breaks = True
    assert "Pads was disconnected" in failed.args[0]
    assert not port.is_open
    assert "Pads was disconnected" in panel.message.text()


def test_listening_to_none_lets_the_port_go(panel, listener, port):
    assert port.is_open
    listener.listen("")
    assert not port.is_open


def test_a_damaged_map_is_told(qtbot, tmp_path):
    (tmp_path / "midi.json").write_text("{")
    listener = MidiListener(path=tmp_path / "midi.json")
    assert "learn again" in listener.problem
    assert listener.controls() == {}


def test_everything_has_a_name(panel):
    assert unnamed(panel) == []
