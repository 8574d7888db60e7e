"""Behaviour of Windows, faked here: locks, files in use, children without a console, folders, devices."""

import fcntl
import ntpath
import os
import runpy
import socket
import subprocess
import sys
import sysconfig
from pathlib import Path
from types import SimpleNamespace

import pytest

from flowsep_plugin import file_lock, unfinished
from flowsep_plugin.effects import folders as effect_folders
from flowsep_plugin.engine import bundle, providers
from flowsep_plugin.errors import ProviderError
from flowsep_plugin.hosts.command import flowsep_command
from flowsep_plugin.jobs.client import worker_client
from flowsep_plugin.jobs.directory import Address, WorkerDirectory
from flowsep_plugin.jobs.worker import paths
from flowsep_plugin.jobs.worker.web import peer
from flowsep_plugin.untrusted import child_process


@pytest.fixture
def windows(monkeypatch):
    """Let code that asks `sys.platform` believe that it is Windows."""
    monkeypatch.setattr(sys, "platform", "win32")


def locking(descriptor: int, mode: int, count: int) -> None:
    """Lock or unlock like msvcrt, by the locks of this system."""
    assert count == 1
    fcntl.flock(descriptor, fcntl.LOCK_UN if mode == 0 else fcntl.LOCK_EX | fcntl.LOCK_NB)


@pytest.mark.usefixtures("windows")
def test_a_lock_keeps_a_second_holder_out_until_it_is_released(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "msvcrt", SimpleNamespace(locking=locking, LK_NBLCK=2, LK_UNLCK=0))
    lock_type = runpy.run_path(file_lock.__file__)["FileLock"]
    first, second = lock_type(tmp_path / "lock"), lock_type(tmp_path / "lock")
    assert first.acquire()
    assert not second.acquire()
    first.release()
    assert second.acquire()
    second.release()


@pytest.fixture
def busy_file(monkeypatch):
    """Return a function that lets `os.replace` fail `times` times, as where another program has the file open."""

    def make(times: int) -> list[str]:
        tries: list[str] = []
        replace = os.replace

        def busy(source, target):
            tries.append(str(target))
            if len(tries) <= times:
                raise PermissionError(13, "Access is denied")
            replace(source, target)

        monkeypatch.setattr(os, "replace", busy)
        return tries

    return make


@pytest.mark.usefixtures("windows")
def test_a_file_that_a_reader_has_open_is_replaced_once_it_is_closed(busy_file, tmp_path):
    new, old = tmp_path / "new", tmp_path / "old"
    new.write_text("new")
    old.write_text("old")
    tries = busy_file(3)
    unfinished.replace_file(new, old)
    assert (old.read_text(), len(tries)) == ("new", 4)


@pytest.mark.usefixtures("windows")
def test_a_file_that_stays_open_is_waited_for_a_second(busy_file, monkeypatch, tmp_path):
    monkeypatch.setattr(unfinished, "_PATIENCE_SECONDS", 0.1)
    tries = busy_file(10**9)
    with pytest.raises(PermissionError):
        unfinished.replace_file(tmp_path / "new", tmp_path / "old")
    assert len(tries) > 1


def test_elsewhere_a_refusal_is_final(busy_file, tmp_path):
    tries = busy_file(1)
    with pytest.raises(PermissionError):
        unfinished.replace_file(tmp_path / "new", tmp_path / "old")
    assert len(tries) == 1


@pytest.mark.usefixtures("windows")
def test_a_worker_publishes_its_address_while_clients_read_the_old_one(busy_file, tmp_path):
    directory = WorkerDirectory(tmp_path)
    busy_file(2)
    address = Address("http://127.0.0.1:1", "token", 1, "1")
    directory.write_address(address)
    assert directory.read_address() == address


def test_an_address_that_cannot_be_read_just_now_is_none(monkeypatch, tmp_path):
    directory = WorkerDirectory(tmp_path)
    directory.write_address(Address("http://127.0.0.1:1", "token", 1, "1"))

    def refuse(*_, **__):
        raise PermissionError(13, "Access is denied")

    monkeypatch.setattr(os, "open", refuse)
    assert directory.read_address() is None


@pytest.mark.usefixtures("windows")
def test_scripts_of_daws_call_the_command_in_the_folder_scripts(monkeypatch, tmp_path):
    """Without a virtual environment python.exe is not beside flowsep.exe."""
    scripts = tmp_path / "Scripts"
    scripts.mkdir()
    (scripts / "flowsep.exe").touch()
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python.exe"))
    monkeypatch.setattr(sysconfig, "get_path", lambda name: str(scripts) if name == "scripts" else "")
    assert flowsep_command() == str(scripts / "flowsep.exe")


def test_scripts_of_daws_call_the_appimage_and_not_its_mount(monkeypatch, tmp_path):
    image = tmp_path / "FlowSep.AppImage"
    image.touch()
    monkeypatch.setenv("APPIMAGE", str(image))
    monkeypatch.setenv("APPDIR", str(tmp_path / "mount"))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "mount" / "usr" / "lib" / "flowsep" / "flowsep"))
    assert flowsep_command() == str(image)
    monkeypatch.setattr(sys, "executable", "/usr/bin/python3")
    assert flowsep_command() != str(image)


def test_the_worker_is_started_without_a_console_and_out_of_reach_of_its_ctrl_c(monkeypatch, tmp_path):
    monkeypatch.setattr(subprocess, "CREATE_NO_WINDOW", 0x08000000, raising=False)
    monkeypatch.setattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0x200, raising=False)
    flags = []

    def popen(*_, **options):
        flags.append(options["creationflags"])
        return SimpleNamespace(wait=lambda: 0)

    monkeypatch.setattr(subprocess, "Popen", popen)
    worker_client._start(WorkerDirectory(tmp_path))
    assert flags == [0x08000200]


def test_a_child_does_without_what_only_posix_has(monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setitem(sys.modules, "resource", None)  # an import of it fails
    monkeypatch.delattr("select.poll")
    monkeypatch.delattr("signal.alarm")
    child_process.end_with_parent(with_thread=True)
    child_process.end_after(1)
    child_process.limit_memory(1)
    child_process.forbid_core_files()


def test_who_is_at_the_other_end_is_unknown_without_netlink(monkeypatch):
    monkeypatch.delattr(socket, "AF_NETLINK", raising=False)
    assert peer.peer_uid(("127.0.0.1", 1), ("127.0.0.1", 2)) is None
    assert not peer.is_same_user(("127.0.0.1", 1), ("127.0.0.1", 2))


@pytest.mark.usefixtures("windows")
def test_jobs_may_use_every_disk_but_that_of_the_system(monkeypatch):
    monkeypatch.setenv("SYSTEMROOT", "C:\\Windows")
    monkeypatch.setattr(paths, "Path", lambda path: SimpleNamespace(drive=ntpath.splitdrive(path)[0], path=path))
    disks = [disk.path for disk in paths._disks()]
    assert "D:\\" in disks
    assert "C:\\" not in disks
    assert len(disks) == 25


@pytest.mark.usefixtures("windows")
def test_plugins_are_looked_for_where_windows_has_them(monkeypatch):
    monkeypatch.setenv("COMMONPROGRAMFILES", "/common")
    monkeypatch.setenv("LOCALAPPDATA", "/local")
    assert effect_folders.standard_folders() == (Path("/local/Programs/Common/VST3"), Path("/common/VST3"))
    assert not effect_folders.is_plugin(Path("a.component"))


@pytest.fixture
def directml(monkeypatch):
    """Let ONNX Runtime have DirectML on a machine without a card for it: opening a session fails there."""
    names = ["DmlExecutionProvider", "CPUExecutionProvider"]
    session = providers.ort.InferenceSession
    patterns = []

    def open_session(path, options, providers):
        patterns.append(options.enable_mem_pattern)
        if "DmlExecutionProvider" in providers:
            raise RuntimeError("DXGI_ERROR_UNSUPPORTED")
        return session(path, options, providers=providers)

    monkeypatch.setattr(providers.ort, "get_available_providers", lambda: names)
    monkeypatch.setattr(providers.ort, "InferenceSession", open_session)
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(providers, "_has_nvidia_driver", lambda: False)
    return patterns


def test_without_a_card_for_directml_the_cpu_does_the_work_and_says_why(directml, pocket):
    device, sessions = bundle.open_with_fallback(bundle.ModelBundle.open(pocket), "auto")
    assert (device.name, bool(sessions)) == ("cpu", True)
    assert "DXGI_ERROR_UNSUPPORTED" in device.statement
    assert directml == [False, *[True] * len(sessions)]


@pytest.mark.usefixtures("directml")
def test_directml_that_was_asked_for_is_no_damaged_model(pocket):
    with pytest.raises(ProviderError, match=r"directml: ONNX Runtime cannot open .*; choose another device"):
        bundle.open_with_fallback(bundle.ModelBundle.open(pocket), "directml")
