"""The player's signals and the transport bar, on a device that a test pulls, and on none."""

import pytest
from dialog_makers import RATE, unnamed, write_stems
from flowsep_ui.audition import Player, TransportBar, clock
from PyQt6.QtCore import Qt

from flowsep_plugin.audition import Levels, Output, SilentOutput


class Device:
    """A device that plays when it is pulled."""

    name, silent_reason, latency_seconds, rate = "test", None, 0.0, RATE

    def __init__(self):
        self.pull = self.on_lost = None

    def start(self, pull, on_lost):
        self.pull, self.on_lost = pull, on_lost

    def stop(self):
        self.pull = None

    def run(self, blocks=10):
        for _ in range(blocks):
            if self.pull:
                self.pull(480)


@pytest.fixture
def device() -> Output:
    return Device()


@pytest.fixture
def player(qtbot, device):
    player = Player(open_device=lambda rate, name: device)
    yield player
    player.close()


@pytest.fixture
def loaded(qtbot, player, tmp_path):
    with qtbot.waitSignal(player.loaded):
        player.load(write_stems(tmp_path / "stems"))
    return player


@pytest.fixture
def bar(qtbot, loaded):
    transport_bar = TransportBar(loaded)
    qtbot.addWidget(transport_bar)
    return transport_bar


def test_loading_says_what_can_be_heard(loaded):
    assert loaded.choices == ("clip", "stem:a dog barking", "stem:rain on a roof", "rest", "sum")
    assert loaded.state == "stopped"
    assert loaded.seconds == 1.0


def test_playing_moves_the_position_and_the_levels(qtbot, loaded, device):
    loaded.play()
    qtbot.waitUntil(lambda: device.pull is not None)
    with qtbot.waitSignals([loaded.position_changed, loaded.levels_changed]):
        device.run()
    assert loaded.state == "playing"


def test_switching_keeps_the_position(qtbot, loaded, device):
    loaded.play()
    qtbot.waitUntil(lambda: device.pull is not None)
    device.run()
    loaded.refresh()
    before = loaded.position
    with qtbot.waitSignal(loaded.choice_changed) as signal:
        loaded.listen("rest")
    assert signal.args == ["rest"]
    assert loaded.position == before


def test_what_is_wrong_is_said(qtbot, loaded, tmp_path):
    with qtbot.waitSignal(loaded.failed) as failed:
        loaded.load({"clip": tmp_path / "gone.wav"})
    assert "gone.wav" in failed.args[0]
    with qtbot.waitSignal(loaded.failed) as failed:
        loaded.load({"dog": tmp_path / "gone.wav"})
    assert "do not include 'clip'" in failed.args[0]


def test_no_device_is_said_once_and_the_clip_plays_on_in_silence(qtbot, tmp_path):
    player = Player(open_device=lambda rate, name: SilentOutput(rate, "no sound device was found"))
    reasons = []
    player.device_missing.connect(reasons.append)
    with qtbot.waitSignal(player.loaded):
        player.load(write_stems(tmp_path / "stems"))
    player.play()
    qtbot.waitUntil(lambda: player.position > 0.1, timeout=10_000)
    player.close()
    assert reasons == ["no sound device was found"]


def test_a_device_that_is_unplugged_is_said_and_the_position_goes_on(qtbot, loaded, device):
    loaded.play()
    qtbot.waitUntil(lambda: device.pull is not None)
    device.run(20)
    with qtbot.waitSignal(loaded.device_missing) as missing:
        device.on_lost("test has gone away")
    assert "test has gone away; connect it and press play again" in missing.args[0]
    qtbot.waitUntil(lambda: loaded.position > 0.25, timeout=10_000)
    assert loaded.state in ("playing", "stopped")


def test_a_device_that_came_back_is_used_by_the_next_play(qtbot, bar, loaded, device):
    loaded.play()
    qtbot.waitUntil(lambda: device.pull is not None)
    with qtbot.waitSignal(loaded.device_missing):
        device.on_lost("test has gone away")
    assert not bar.silent.isHidden()
    loaded.stop()
    qtbot.waitUntil(lambda: loaded.state == "stopped" and loaded._transport._playback.mixer.is_silent, timeout=10_000)
    with qtbot.waitSignal(loaded.device_found):
        loaded.play()
    assert bar.silent.isHidden()
    qtbot.waitUntil(lambda: device.pull is not None)


def test_the_player_can_be_closed_twice_and_says_nothing_then(qtbot, loaded):
    loaded.close()
    loaded.close()
    loaded.refresh()


def test_the_bar_follows_the_player(qtbot, bar, loaded, device):
    assert bar.play_action.isEnabled()
    bar.play_action.trigger()
    qtbot.waitUntil(lambda: loaded.state == "playing")
    assert bar.play_action.isChecked()
    assert bar.stop_action.isEnabled()
    qtbot.waitUntil(lambda: device.pull is not None)
    device.run()
    loaded.refresh()
    assert bar.time.text() == f"{clock(loaded.position)} / 0:01.000"
    bar.stop_action.trigger()
    qtbot.waitUntil(lambda: device.run(1) or loaded.state == "stopped")
    assert not bar.play_action.isChecked()


def test_a_button_a_choice_listens_to_it(qtbot, bar, loaded):
    assert list(bar.choices._buttons) == list(loaded.choices)
    qtbot.mouseClick(bar.choices._buttons["stem:rain on a roof"], Qt.MouseButton.LeftButton)
    assert loaded.choice == "stem:rain on a roof"


def test_a_b_goes_back_and_forth(bar, loaded):
    bar.compare_action.trigger()
    assert loaded.choice == "stem:a dog barking"
    loaded.listen("rest")
    bar.compare_action.trigger()
    assert loaded.choice == "stem:a dog barking"
    bar.compare_action.trigger()
    assert loaded.choice == "rest"


def test_the_loop_takes_the_selection_and_follows_it(bar, loaded):
    bar.show_selection(0.25, 0.5)
    bar.loop_action.trigger()
    assert loaded.loop == (0.25, 0.5)
    bar.show_selection(0.5, 0.75)
    assert loaded.loop == (0.5, 0.75)
    bar.show_selection(None, None)
    assert loaded.loop == (0.0, 1.0)
    bar.loop_action.trigger()
    assert loaded.loop is None


def test_a_loop_that_another_part_sets_is_shown_and_stays(bar, loaded):
    loaded.set_loop(0.1, 0.2)
    assert bar.loop_action.isChecked()
    assert loaded.loop == (0.1, 0.2)


def test_the_volume_is_in_decibels_and_its_end_is_silence(bar, loaded):
    bar.volume.setValue(-6)
    assert loaded.gain_db == -6.0
    assert "-6 dB" in bar.volume.toolTip()
    bar.volume.setValue(bar.volume.minimum())
    assert loaded.gain_db <= -100
    assert "-∞" in bar.volume.toolTip()


def test_the_clip_light_stays_until_it_is_clicked(qtbot, bar):
    bar.show_levels(Levels((1.2, 0.1), (0.5, 0.1)))
    bar.show_levels(Levels((0.0, 0.0), (0.0, 0.0)))
    assert bar.meter.has_clipped
    qtbot.mouseClick(bar.meter, Qt.MouseButton.LeftButton)
    assert not bar.meter.has_clipped


def test_the_meter_falls_to_rest_after_the_end(qtbot, bar, loaded):
    bar.show_levels(Levels((0.9, 0.9), (0.5, 0.5)))
    bar.show_state("stopped")
    qtbot.waitUntil(lambda: bar.meter.is_at_rest, timeout=10_000)
    assert not bar.meter.grab().isNull()


def test_silence_is_said_in_the_bar(bar):
    bar.show_silence("no sound device was found; connect one")
    assert not bar.silent.isHidden()
    assert "connect one" in bar.silent.toolTip()


def test_everything_in_the_bar_has_a_name(bar):
    assert unnamed(bar) == []


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00.000"), (61.2345, "1:01.234"), (3723.5, "1:02:03.500"), (-1, "0:00.000")]
)
def test_times_are_written(seconds, text):
    assert clock(seconds) == text
