"""JSON and TOML from outside: what is too large, too deep or no number is one error of the caller's class."""

import os

import pytest

from flowsep_plugin.errors import MediaError
from flowsep_plugin.untrusted.decoding import Origin, decode_json, read_json, read_toml

FILE = Origin("file", MediaError, "write it again")


def test_plain_json_is_decoded():
    assert decode_json(b'{"a": [1, 2.5, "\\udce9", null, true]}', FILE) == {"a": [1, 2.5, "\udce9", None, True]}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "Expecting value"),
        (b"\xff{", "codec can't decode"),
        (b"[NaN]", "NaN is not a finite number"),
        (b"[-Infinity]", "-Infinity is not a finite number"),
        (b"[1e400]", "1e400 is not a finite number"),
        (b"[" + b"1" * 5000 + b"]", "a number has 5000 digits"),
        (b"[" * 100 + b"]" * 100, "nested more than 64 deep"),
        (b"[" * 100_000, "nested more than 64 deep"),
        (b'{"a":' * 100_000, "nested more than 64 deep"),
    ],
)
def test_json_that_cannot_be_worked_with_is_refused(content, says):
    with pytest.raises(MediaError, match=rf"^file: cannot be read as JSON \(.*{says}.*\); write it again$"):
        decode_json(content, FILE)


def test_sixty_four_lists_within_each_other_are_allowed():
    decode_json("[" * 64 + "]" * 64, FILE)


@pytest.mark.parametrize(
    "content", [b"a = [" + b"[" * 5000, b"a = " + b"1" * 5000, b"\xff", b"a = ", b"a.b = 1\na = 2"]
)
def test_toml_that_cannot_be_worked_with_is_refused(tmp_path, content):
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(MediaError, match=r"^file: cannot be read as TOML \("):
        read_toml(tmp_path / "file", FILE)


@pytest.mark.parametrize("read", [read_json, read_toml])
def test_what_is_no_file_is_refused_at_once(tmp_path, read):
    os.mkfifo(tmp_path / "pipe")
    for name in ("pipe", ".", "a\0b"):
        with pytest.raises(MediaError, match=r"^file: cannot be read \("):
            read(tmp_path / name, FILE)


@pytest.mark.parametrize("read", [read_json, read_toml])
def test_a_file_over_the_limit_is_refused_and_a_missing_one_is_missing(tmp_path, read):
    (tmp_path / "long").write_bytes(bytes(101))
    with pytest.raises(MediaError, match="longer than 100 bytes"):
        read(tmp_path / "long", FILE, 100)
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "missing", FILE)
