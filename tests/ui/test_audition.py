"""The player's signals and the transport bar, on a device that a test pulls, and on none."""

import pytest
from dialog_makers import RATE, unnamed, write_stems
from flowsep_ui.audition import Player, TransportBar
from flowsep_ui.studio.playing.program import LaneChoice
from flowsep_ui.timeline.readout import clock_text
from PyQt6.QtCore import QPoint, QRect, Qt
from PyQt6.QtWidgets import QToolButton

from flowsep_plugin.audition import LANES, ORIGINAL, Levels, Output, SilentOutput, clip_program

DOG, RAIN, REST = "lane:stem:a dog barking", "lane:stem:rain on a roof", "lane:rest"
LANE_CHOICES = tuple(
    LaneChoice(choice, title, colour, is_draft=False, is_ready=True)
    for choice, title, colour in ((DOG, "a dog barking", 0), (RAIN, "rain on a roof", 1), (REST, "Rest", None))
)


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
        player.load(clip_program(write_stems(tmp_path / "stems")))
    return player


@pytest.fixture
def bar(qtbot, loaded):
    transport_bar = TransportBar(loaded)
    qtbot.addWidget(transport_bar)
    transport_bar.show_lanes(LANE_CHOICES)
    return transport_bar


def test_loading_says_what_can_be_heard(loaded):
    assert loaded.choices == (ORIGINAL, LANES, DOG, RAIN, REST)
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
        loaded.listen(REST)
    assert signal.args == [REST]
    assert loaded.position == before


def test_what_is_wrong_is_said(qtbot, loaded, tmp_path):
    paths = write_stems(tmp_path / "others")
    program = clip_program(paths)
    paths["clip"].unlink()
    with qtbot.waitSignal(loaded.failed) as failed:
        loaded.load(program)
    assert "courtyard.wav plays silence" in failed.args[0]


def test_no_device_is_said_once_and_the_clip_plays_on_in_silence(qtbot, tmp_path):
    player = Player(open_device=lambda rate, name: SilentOutput(rate, "no sound device was found"))
    reasons = []
    player.device_missing.connect(reasons.append)
    with qtbot.waitSignal(player.loaded):
        player.load(clip_program(write_stems(tmp_path / "stems")))
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
    assert bar.clock.text() == clock_text(loaded.position)
    assert "0:01.000" in bar.clock.toolTip()
    bar.stop_action.trigger()
    qtbot.waitUntil(lambda: device.run(1) or loaded.state == "stopped")
    assert not bar.play_action.isChecked()


def test_a_button_a_choice_listens_to_it(qtbot, bar, loaded):
    assert list(bar.choices.buttons) == [LANES, DOG, RAIN, REST]
    qtbot.mouseClick(bar.choices.buttons[RAIN], Qt.MouseButton.LeftButton)
    assert loaded.choice == RAIN
    assert [name for name, button in bar.choices.buttons.items() if button.isChecked()] == [RAIN]


def test_a_b_goes_back_and_forth(bar, loaded):
    bar.compare_action.trigger()
    assert loaded.choice == ORIGINAL
    loaded.listen(REST)
    bar.compare_action.trigger()
    assert loaded.choice == ORIGINAL
    bar.compare_action.trigger()
    assert loaded.choice == REST


def test_a_number_picks_its_lane_and_the_same_one_all_lanes(bar, loaded):
    numbered = bar.listening.numbered
    numbered[1].trigger()
    assert loaded.choice == RAIN
    numbered[0].trigger()
    assert loaded.choice == DOG
    numbered[0].trigger()
    assert loaded.choice == LANES
    numbered[2].trigger()
    bar.listening.lanes.trigger()
    assert loaded.choice == LANES
    assert [action.isEnabled() for action in numbered] == [True] * 3 + [False] * 6


def test_the_original_is_a_bypass_that_says_so(bar, loaded):
    bar.listening.numbered[0].trigger()
    bar.listening.original.trigger()
    assert loaded.choice == ORIGINAL
    assert bar.listening.original.isChecked()
    assert bar.original.text() == "Original on"
    bar.listening.original.trigger()
    assert loaded.choice == DOG
    assert not bar.listening.original.isChecked()
    assert bar.original.text() == "Original"


def test_choices_without_room_are_in_a_menu_and_the_pressed_one_is_in_view(bar, loaded):
    lanes = tuple(LaneChoice(f"lane:{n}", f"sound number {n}", n, is_draft=False, is_ready=n != 3) for n in range(12))
    bar.show_lanes(lanes)
    bar.choices.resize(420, 40)
    bar.choices.show_choice("lane:9")
    names = {name for name, button in bar.choices.buttons.items() if not button.isHidden()}
    assert {LANES, "lane:9"} <= names
    for name in names:
        button = bar.choices.buttons[name]
        assert button.width() >= button.sizeHint().width()
        assert button.geometry().right() < 420
    assert not bar.choices.more.isHidden()
    assert bar.choices.more.geometry().right() < 420
    assert bar.choices.more.text() == str(13 - len(names))
    entries = [action.text() for action in bar.choices.more.menu().actions()]
    assert len(entries) == 13 - len(names)
    assert "sound number 9" not in entries


def test_a_lane_without_stems_yet_says_so(bar):
    bar.show_lanes((LaneChoice("lane:x", "a bell", 0, is_draft=False, is_ready=False),))
    assert "not ready yet" in bar.choices.buttons["lane:x"].toolTip()


@pytest.mark.parametrize("width", [597, 700, 960, 1400, 2000])
def test_nothing_in_the_bar_is_cut_at_any_width(qtbot, bar, width):
    bar.match_action.trigger()
    width = max(width, bar.minimumSizeHint().width())
    bar.resize(width, 90)
    bar.show()
    qtbot.waitUntil(lambda: bar.width() == width)
    bar.resize(width, bar.sizeHint().height())
    for button in bar.findChildren(QToolButton):
        if button.isVisible():
            assert button.width() >= button.sizeHint().width(), button.text()
            assert bar.rect().contains(QRect(button.mapTo(bar, QPoint()), button.size())), button.text()


def test_why_play_is_not_possible_is_said(bar):
    bar.show_reason("Nothing is open")
    assert bar.reason.text() == bar.play_action.toolTip() == "Nothing is open"
    assert not bar.reason.isHidden()
    bar.show_reason("a.wav is offline " * 20)
    assert len(bar.reason.text()) <= 110
    assert bar.reason.toolTip() == bar.play_action.toolTip() == "a.wav is offline " * 20
    bar.show_reason("")
    assert bar.reason.isHidden()
    assert "Space" in bar.play_action.toolTip()


def test_the_clock_counts_in_the_units_of_the_ruler(bar):
    bar.show_clock(lambda seconds: f"{1 + int(seconds * 2)}|1|000")
    assert bar.clock.text() == "1|1|000"
    bar.show_position(3.0)
    assert bar.clock.text() == "7|1|000"


def test_matching_shows_its_gain(qtbot, bar, loaded):
    bar.match_action.trigger()
    loaded.listen(DOG)
    qtbot.waitUntil(lambda: abs(loaded.matched_db) > 0.05, timeout=10_000)
    assert bar.matched.text() == f"+{loaded.matched_db:.1f} LU"
    assert not bar.matched.isHidden()
    bar.match_action.trigger()
    assert bar.matched.isHidden()


def test_space_plays_the_selection_and_space_again_stops(qtbot, bar, loaded, device):
    bar.show_selection((0.25, 0.5), (0.25, 0.5))
    bar.play_action.trigger()
    qtbot.waitUntil(lambda: loaded.state == "playing" and device.pull is not None)
    assert loaded.position >= 0.25
    device.run(60)
    qtbot.waitUntil(lambda: device.run(1) or loaded.state == "stopped")
    qtbot.waitUntil(lambda: loaded.position == 0.25)
    bar.play_action.trigger()
    qtbot.waitUntil(lambda: loaded.state == "playing" and device.pull is not None)
    bar.play_action.trigger()
    qtbot.waitUntil(lambda: device.run(1) or loaded.state == "stopped")
    qtbot.waitUntil(lambda: loaded.position == 0.25)


def test_space_after_pause_goes_on_where_it_was(qtbot, bar, loaded, device):
    bar.show_selection((0.25, 0.75), (0.25, 0.75))
    bar.play_action.trigger()
    qtbot.waitUntil(lambda: loaded.state == "playing" and device.pull is not None)
    device.run(20)
    bar.pause_action.trigger()
    qtbot.waitUntil(lambda: device.run(1) or loaded.state == "paused")
    at = loaded.position
    assert at > 0.4
    bar.play_action.trigger()
    qtbot.waitUntil(lambda: loaded.state == "playing")
    assert loaded.position >= at


def test_space_with_a_loop_starts_at_the_start_of_the_selection(qtbot, bar, loaded, device):
    bar.show_selection((0.25, 0.5), (0.25, 0.5))
    bar.loop_action.trigger()
    bar.play_action.trigger()
    qtbot.waitUntil(lambda: loaded.state == "playing" and device.pull is not None)
    assert loaded.position >= 0.25
    device.run(100)
    loaded.refresh()
    assert loaded.state == "playing"
    assert 0.25 <= loaded.position <= 0.5


def test_the_loop_takes_the_selection_and_follows_it(bar, loaded):
    bar.show_selection((0.25, 0.5), None)
    bar.loop_action.trigger()
    assert loaded.loop == (0.25, 0.5)
    bar.show_selection((0.5, 0.75), None)
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


def test_the_meter_has_its_held_peak_as_a_number(bar):
    assert bar.meter.peak_text == "−∞"
    bar.show_levels(Levels((0.25, 0.5), (0.1, 0.1)))
    assert bar.meter.peak_text == "−6.0"
    assert bar.meter.accessibleDescription() == "−6.0 dBFS"
