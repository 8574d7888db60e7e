"""A real VST3 of Debian: its parameters, state, sound, latency, and its window."""

import os
import shutil
import signal
import subprocess
import threading
import time
from dataclasses import replace

import numpy as np
import pytest

from flowsep_plugin.effects import EffectChain, EffectHost, EffectSlot, find_plugins, plugin_info
from flowsep_plugin.errors import EffectError, UsageError

RATE = 48_000


@pytest.fixture
def info(dragonfly):
    (info,) = plugin_info(dragonfly)
    return info


@pytest.fixture
def slot(info):
    return EffectSlot(
        effect=info.name, path=info.path, parameters={"dry_level": 0.0, "late_level": 100.0, "decay_s": 2.0}
    )


def through(host, slot, audio):
    with host.open(EffectChain((slot,)), RATE, audio.shape[0]) as stream:
        return np.concatenate([stream.process(audio), stream.finish()], axis=1)


def test_it_is_found_where_the_system_keeps_plugins(dragonfly):
    assert dragonfly in find_plugins()


def test_its_parameters_have_units_ranges_and_defaults(info):
    decay = info.parameter("decay_s")
    assert (decay.label, decay.unit, decay.kind) == ("Decay", "s", "number")
    assert (decay.low, decay.high, decay.default) == pytest.approx((0.1, 10.0, 0.4))
    assert info.vendor == "Michael Willis"


def test_values_are_checked_once_it_was_scanned(host, slot):
    wrong = EffectChain((EffectSlot(effect=slot.effect, path=slot.path, parameters={"decay_s": 99.0}),))
    with pytest.raises(UsageError, match=r"decay_s must be 0\.1 to 10 s"):
        host.open(wrong, RATE, 2)


def test_an_impulse_has_a_tail_as_long_as_the_decay(host, slot):
    impulse = np.zeros((2, 2 * RATE), np.float32)
    impulse[:, 0] = 0.5
    tails = {}
    for decay in (0.2, 5.0):
        wet = through(
            host,
            EffectSlot(effect=slot.effect, path=slot.path, parameters={**slot.parameters, "decay_s": decay}),
            impulse,
        )
        tails[decay] = np.sqrt((wet[:, RATE:] ** 2).mean())
    assert tails[5.0] > 30 * tails[0.2]


@pytest.mark.parametrize("channels", [1, 2, 3])
def test_it_takes_stems_of_any_channel_count(host, slot, noise, channels):
    wet = through(host, slot, noise[:channels, :RATE])
    assert wet.shape == (channels, RATE)
    assert np.isfinite(wet).all()
    assert wet.any(axis=1).all()


def test_reset_forgets_earlier_sound(host, slot, noise):
    with host.open(EffectChain((slot,)), RATE, 2) as stream:
        stream.process(noise[:2, :RATE])
        silence = stream.process(np.zeros((2, RATE), np.float32), reset=True)
    assert np.abs(silence).max() < 1e-4


def test_moving_and_bypassing_load_nothing_again(host, slot, noise):
    gain = EffectSlot(effect="Gain", parameters={"gain_db": 0.0})
    off = replace(slot, enabled=False)
    with host.open(EffectChain((slot, gain)), RATE, 2) as stream:
        wet = stream.process(noise[:2, :RATE])
        times = []
        for chain in (
            EffectChain((gain, slot)),
            EffectChain((gain, off)),
            EffectChain((off,)),
            EffectChain((slot, gain)),
        ):
            begin = time.perf_counter()
            stream.update(chain)
            times.append(time.perf_counter() - begin)
        again = stream.process(noise[:2, :RATE], reset=True)
        begin = time.perf_counter()
        host.open(EffectChain((slot,)), RATE, 2).close()
        assert max(times) < (time.perf_counter() - begin) / 2
    assert np.sqrt(((again - wet) ** 2).mean()) < 0.5 * np.sqrt((wet**2).mean())  # its reverberation is modulated


@pytest.fixture
def window(slot, screen):
    """The open window of the plug-in: (host, thread, slots after each change, result)."""
    edits, result = [], []
    with EffectHost() as host:
        chain = EffectChain((EffectSlot(effect="Gain"), slot))

        def show():
            try:
                result.append(host.show_editor(chain, 1, edits.append))
            except EffectError as error:
                result.append(error)

        thread = threading.Thread(target=show)
        thread.start()
        assert screen.has_window("Pedalboard")
        yield host, thread, edits, result
        host.close_editor()
        thread.join(20)


def test_sound_goes_on_while_its_window_is_open_and_one_more_window_is_refused(slot, window, noise):
    host = window[0]
    assert through(host, slot, noise[:2, :RATE]).any()
    with pytest.raises(UsageError, match="another plug-in is open"):
        host.show_editor(EffectChain((slot,)), 0)


def test_its_window_closes_from_outside_and_the_slot_comes_back_with_its_state(slot, window):
    host, thread, _, result = window
    host.close_editor()
    thread.join(20)
    (edited,) = result
    assert {name: edited.parameters[name] for name in slot.parameters} == pytest.approx(slot.parameters, rel=0.001)
    again = EffectSlot(effect=slot.effect, path=slot.path, state=edited.state)
    impulse = np.zeros((2, RATE), np.float32)
    impulse[:, 0] = 0.5
    levels = [np.sqrt((through(host, one, impulse) ** 2).mean()) for one in (slot, again)]
    assert levels[1] == pytest.approx(levels[0], rel=0.1)


def test_a_knob_that_is_turned_in_the_window_changes_the_slot(slot, window, screen):
    host, thread, edits, result = window
    screen.turn_wheel("Pedalboard", x=300, y=310)
    assert wait_until(lambda: edits)
    host.close_editor()
    thread.join(20)
    (edited,) = result
    assert edits[0].parameters["decay_s"] > 2.1
    assert edited.parameters["decay_s"] >= edits[-1].parameters["decay_s"]


def test_a_window_that_is_killed_is_an_error_and_the_host_goes_on(slot, window, noise):
    host, thread, _, result = window
    os.kill(host.editor_pid, signal.SIGKILL)
    thread.join(20)
    assert "it crashed (SIGKILL" in str(result[0])
    assert through(host, slot, noise[:2, :RATE]).any()


def test_without_a_screen_the_window_is_refused(slot, monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    with EffectHost() as host, pytest.raises(EffectError, match="cannot show its window"):
        host.show_editor(EffectChain((slot,)), 0)


class Screen:
    """An X server that draws into memory."""

    def has_window(self, title):
        return wait_until(lambda: title in output("xwininfo", "-root", "-tree"))

    def turn_wheel(self, title, x, y):
        if not shutil.which("xdotool"):
            pytest.skip("xdotool is missing (Debian: xdotool)")
        number = output("xdotool", "search", "--name", title).split()[-1]
        time.sleep(1.0)
        output("xdotool", "mousemove", "--window", number, str(x), str(y))
        for _ in range(5):
            output("xdotool", "click", "4")


def output(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def wait_until(condition, seconds=20.0):
    """Return whether `condition()` came true in time."""
    end = time.monotonic() + seconds
    while not (result := condition()) and time.monotonic() < end:
        time.sleep(0.1)
    return bool(result)


@pytest.fixture
def screen(monkeypatch):
    if not (shutil.which("Xvfb") and shutil.which("xwininfo")):
        pytest.skip("Xvfb and xwininfo are missing (Debian: xvfb, x11-utils)")
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "1280x800x24", "-nolisten", "tcp"],
        pass_fds=[write], stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(write)
    with os.fdopen(read) as numbers:
        display = f":{numbers.readline().strip()}"
    monkeypatch.setenv("DISPLAY", display)
    yield Screen()
    server.terminate()
    server.wait()
