"""Plug-ins that crash, hang or return nonsense: the caller goes on, the reason is told, the rest of the chain works."""

import os
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import psutil
import pytest
import soundfile

from flowsep_plugin.effects import EffectChain, EffectHost, EffectReader, EffectSlot, plugin_info
from flowsep_plugin.errors import Cancelled, EffectError, UsageError
from flowsep_plugin.media import read_clip, write_clip

RATE = 48_000
GAIN = EffectSlot(effect="Gain", parameters={"gain_db": -6.0})


@pytest.fixture
def quick_host():
    with EffectHost(call_limit_s=1.5, open_limit_s=5.0) as host:
        yield host


def troubled(path, trouble):
    return EffectSlot(effect="Trouble", path=path, parameters={"trouble": trouble})


def test_a_plugin_that_crashes_while_loading_is_named_and_the_next_slot_works(quick_host, crashing, noise):
    chain = EffectChain((GAIN, EffectSlot(effect="Crash", path=crashing)))
    with pytest.raises(EffectError, match=r"Crash \(effect 2\): it crashed \(SIGABRT") as caught:
        quick_host.open(chain, RATE, 2)
    assert (caught.value.slot, caught.value.effect, caught.value.is_crash) == (1, "Crash", True)
    with quick_host.open(EffectChain(chain.slots[:1]), RATE, 2) as stream:
        wet = stream.process(noise[:2, :8192])
    np.testing.assert_allclose(wet, noise[:2, :8192] * 10 ** (-6 / 20), atol=1e-6)


def test_a_plugin_that_hangs_while_loading_is_ended_after_the_limit(hanging):
    start = time.monotonic()
    with EffectHost(open_limit_s=2.0) as host, pytest.raises(EffectError, match="did not answer within 2 s") as caught:
        host.open(EffectChain((EffectSlot(effect="Hang", path=hanging),)), RATE, 2)
    assert time.monotonic() - start < 10
    assert (caught.value.slot, caught.value.effect) == (0, "Hang")


@pytest.mark.parametrize(
    ("trouble_name", "reason"),
    [("crash", r"it crashed \(SIGABRT"), ("hang", "it did not answer within 1.5 s"), ("nan", "it returned NaN or Inf")],
)
def test_a_plugin_that_fails_while_it_runs_takes_nothing_with_it(quick_host, trouble, noise, trouble_name, reason):
    fine = EffectChain((GAIN, troubled(trouble, "nothing")))
    other = quick_host.open(EffectChain((GAIN,)), RATE, 2)
    with quick_host.open(fine, RATE, 2) as stream:
        stream.process(noise[:2, :8192])
        stream.update(fine.with_slot(1, troubled(trouble, trouble_name)))
        with pytest.raises(EffectError, match=rf"Trouble \(effect 2\): {reason}") as caught:
            stream.process(noise[:2, :8192])
        assert caught.value.slot == 1
    wet = other.process(noise[:2, :8192])
    np.testing.assert_allclose(wet, noise[:2, :8192] * 10 ** (-6 / 20), atol=1e-6)


def test_where_a_new_effect_fails_the_chain_goes_on_as_before(quick_host, noise, tmp_path):
    late = EffectSlot(effect="BrickwallLimiter")
    with quick_host.open(EffectChain((GAIN, late)), RATE, 2) as stream:
        louder = EffectSlot(effect="Gain", parameters={"gain_db": 6.0})
        with pytest.raises(EffectError, match="there is no such plug-in"):
            stream.update(EffectChain((late, louder, EffectSlot(effect="Hall", path=tmp_path / "Hall.vst3"))))
        wet = np.concatenate([stream.process(noise[:2], reset=True), stream.finish()], axis=1)
    np.testing.assert_allclose(wet, noise[:2] * 10 ** (-6 / 20), atol=1e-6)


def test_a_missing_plugin_is_named(quick_host, tmp_path):
    chain = EffectChain((EffectSlot(effect="Hall", path=tmp_path / "Hall.vst3"),))
    with pytest.raises(EffectError, match=r"Hall \(effect 1\): there is no such plug-in: .*Hall\.vst3"):
        quick_host.open(chain, RATE, 2)


def test_a_file_that_is_no_plugin_is_named(quick_host, tmp_path):
    (tmp_path / "Text.vst3").write_text("not a library")
    with pytest.raises(EffectError, match=r"Text\.vst3 \(effect 1\): cannot be loaded"):
        quick_host.scan(tmp_path / "Text.vst3")


def test_the_window_of_an_effect_without_one_is_refused(quick_host):
    with pytest.raises(EffectError, match="no window of its own"):
        quick_host.show_editor(EffectChain((GAIN,)), 0)


# --- scans are remembered --------------------------------------------------------------------------------------------


def test_a_crash_while_scanning_is_remembered_and_can_be_tried_again(crashing, scan_cache):
    with pytest.raises(EffectError, match=r"Crash\.vst3: it crashed \(SIGABRT\)"):
        plugin_info(crashing)
    assert scan_cache.reason(crashing) == "it crashed (SIGABRT)"
    start = time.monotonic()
    with pytest.raises(EffectError, match="it crashed"):
        plugin_info(crashing)
    assert time.monotonic() - start < 0.1  # from the cache: it was not loaded
    with pytest.raises(EffectError, match="it crashed"):
        plugin_info(crashing, again=True)


def test_a_hang_while_scanning_is_remembered(hanging, scan_cache):
    with pytest.raises(EffectError, match="did not answer within 1 s"):
        scan_cache.effects(hanging, limit_s=1.0)
    assert scan_cache.reason(hanging) == "it did not answer within 1 s"


def test_a_plugin_that_changed_is_scanned_again(trouble, tmp_path):
    path = shutil.copytree(trouble, tmp_path / "Trouble.vst3")
    library = next(path.glob("Contents/*/Trouble.so"))
    content = library.read_bytes()
    library.write_bytes(b"half a download")
    with pytest.raises(EffectError, match=r"^Trouble\.vst3: cannot be loaded \("):
        plugin_info(path)
    library.write_bytes(content)
    assert [(info.name, info.latency) for info in plugin_info(path)] == [("Trouble", 300)]


# --- files -----------------------------------------------------------------------------------------------------------


def killed(host, wait_s):
    """Return a progress callback that kills the child of `host` with -9, and waits."""

    def kill(progress):
        if host.pid is not None:
            os.kill(host.pid, signal.SIGKILL)
            time.sleep(wait_s)

    return kill


@pytest.mark.parametrize("wait_s", [0.0, 0.3])
def test_kill_9_of_the_child_leaves_nothing_half_written(quick_host, noise_clip, tmp_path, wait_s):
    write_clip(tmp_path / "dry.wav", noise_clip(8.0))
    soundfile.write(tmp_path / "wet.wav", np.zeros(10), RATE)
    before = (tmp_path / "wet.wav").read_bytes()
    with pytest.raises(EffectError, match="process of effects"):
        quick_host.render_file(
            EffectChain((GAIN,)), tmp_path / "dry.wav", tmp_path / "wet.wav", killed(quick_host, wait_s)
        )
    assert (tmp_path / "wet.wav").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["dry.wav", "wet.wav"]


def test_a_plugin_that_crashes_in_a_file_leaves_nothing_and_the_chain_without_it_works(
    quick_host, trouble, noise_clip, tmp_path
):
    write_clip(tmp_path / "dry.wav", noise_clip(2.0))
    chain = EffectChain((GAIN, troubled(trouble, "crash")))
    with pytest.raises(EffectError) as caught:
        quick_host.render_file(chain, tmp_path / "dry.wav", tmp_path / "wet.wav")
    assert not (tmp_path / "wet.wav").exists()
    without = EffectChain(tuple(slot for index, slot in enumerate(chain.slots) if index != caught.value.slot))
    quick_host.render_file(without, tmp_path / "dry.wav", tmp_path / "wet.wav")
    assert read_clip(tmp_path / "wet.wav").frames == 2 * RATE


def test_cancel_leaves_nothing(quick_host, noise_clip, tmp_path):
    def cancel(progress):
        raise Cancelled("enough")

    write_clip(tmp_path / "dry.wav", noise_clip(2.0))
    with pytest.raises(Cancelled):
        quick_host.render_file(EffectChain((GAIN,)), tmp_path / "dry.wav", tmp_path / "wet.wav", cancel)
    assert [path.name for path in tmp_path.iterdir()] == ["dry.wav"]


# --- listening -------------------------------------------------------------------------------------------------------


def test_a_reader_returns_the_dry_sound_after_a_crash_and_tells_once(quick_host, trouble, noise):
    errors = []
    chain = EffectChain((GAIN, troubled(trouble, "crash")))
    reader = EffectReader(
        lambda first, stop: noise[:2, first:stop] if first >= 0 else np.zeros((2, stop - first), np.float32),
        chain, quick_host, rate=RATE, channels=2, failed=errors.append,
    )  # fmt: skip
    for start in (0, 1000, 2000):
        np.testing.assert_array_equal(reader.read(start, start + 1000), noise[:2, start : start + 1000])
    assert [error.slot for error in errors] == [1]
    reader.set_chain(EffectChain((GAIN,)))
    wet = reader.read(3000, 4000)
    np.testing.assert_allclose(wet, noise[:2, 3000:4000] * 10 ** (-6 / 20), atol=1e-6)
    assert reader.error is None


def test_a_closed_host_refuses_work():
    host = EffectHost()
    host.close()
    with pytest.raises(UsageError, match="closed"):
        host.open(EffectChain((GAIN,)), RATE, 2)


def test_a_child_with_a_plugin_that_hangs_ends_after_its_program(hanging):
    code = (
        "import sys, threading, time; from flowsep_plugin.effects import EffectChain, EffectHost, EffectSlot\n"
        "host = EffectHost(open_limit_s=2.0); host._running()\n"
        "slot = EffectSlot(effect='Hang', path=__import__('pathlib').Path(sys.argv[1]))\n"
        "threading.Thread(target=lambda: host.open(EffectChain((slot,)), 48000, 2)).start()\n"
        "time.sleep(1.0); print(host.pid, flush=True); time.sleep(60)"
    )
    program = subprocess.Popen(
        [sys.executable, "-c", code, str(hanging)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    with program:
        child = int(program.stdout.readline())
        program.kill()
    deadline = time.monotonic() + 15
    while psutil.pid_exists(child) and psutil.Process(child).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline, "the child is still there"
        time.sleep(0.2)


def test_a_child_that_python_cannot_end_is_ended_by_the_system():
    code = (
        "import ctypes; from flowsep_plugin.untrusted import child_process; child_process._GRACE_SECONDS = 0\n"
        "child_process.end_after(0.5); ctypes.PyDLL(None).sleep(60)"  # PyDLL: no other thread of Python runs meanwhile
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=20).returncode == -signal.SIGALRM


def test_ctrl_c_is_left_to_the_program(quick_host, noise):
    with quick_host.open(EffectChain((GAIN,)), RATE, 2) as stream:
        os.kill(quick_host.pid, signal.SIGINT)
        time.sleep(0.3)
        stream.process(noise[:2])
        assert stream.open_count == 1
