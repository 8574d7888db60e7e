"""What is no regular file is refused before it is opened, so that nothing waits for a pipe or reads a device."""

import os
import socket
from pathlib import Path

import pytest

from flowsep_plugin.checksum import sha256
from flowsep_plugin.untrusted.printable import one_line, printable
from flowsep_plugin.untrusted.regular_file import is_file, is_folder, open_regular, read_regular, read_regular_text


def test_a_file_and_a_link_to_it_are_read(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes("größer".encode())
    link = tmp_path / "link"
    link.symlink_to(file)
    assert read_regular(file) == read_regular(link) == "größer".encode()
    assert read_regular_text(file) == "größer"
    assert sha256(link) == sha256(file)


@pytest.mark.parametrize("read", [open_regular, read_regular, sha256])
def test_pipes_devices_sockets_and_folders_are_refused_at_once(tmp_path: Path, read) -> None:
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        for path in (tmp_path / "pipe", tmp_path / "socket", Path("/dev/zero"), tmp_path):
            with pytest.raises(OSError, match=r"is a (pipe or a device, not a file|folder)"):
                read(path)


def test_a_name_with_a_nul_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="no file can have"):
        read_regular(tmp_path / "a\0b")


def test_a_file_over_the_limit_is_refused(tmp_path: Path) -> None:
    (tmp_path / "long").write_bytes(bytes(101))
    assert len(read_regular(tmp_path / "long", 101)) == 101
    with pytest.raises(OSError, match="longer than 100 bytes"):
        read_regular(tmp_path / "long", 100)


def test_a_name_that_is_not_utf8_is_shown_escaped() -> None:
    assert printable("caf\udce9.wav") == r"caf\udce9.wav"
    assert printable(Path("größer")) == "größer"


def test_a_name_on_a_terminal_is_one_line_and_commands_nothing() -> None:
    assert one_line("caf\udce9 雨\n\x1b[2J.wav") == r"caf\udce9 雨\n\x1b[2J.wav"
    assert one_line(Path("größer.wav")) == "größer.wav"


def test_nothing_is_at_a_name_that_no_file_can_have(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert is_file(tmp_path / "file")
    assert is_folder(tmp_path)
    for name in ("x" * 5000, "a\0b", "none"):
        assert not is_file(tmp_path / name)
        assert not is_folder(tmp_path / name)
