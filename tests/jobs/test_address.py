"""The address of the worker: what another program has written there is no address, and raises nothing."""

from pathlib import Path

import pytest

from flowsep_plugin.jobs.directory import Address, WorkerDirectory

WHOLE = '{"url": "http://127.0.0.1:1", "token": "t", "pid": 7, "version": "1"}'


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[]", "null", "[" * 100_000, WHOLE.replace("7", '"7"'), WHOLE.replace("7", "true"),
        WHOLE.replace("7", "9" * 5000), WHOLE.replace('"t"', "[]"), WHOLE.replace('"t"', "null"),
        WHOLE.replace('"t"', '"\\udcff"'), " " * 100_000 + WHOLE,
    ],
    ids=range(12),
)  # fmt: skip
def test_a_damaged_address_is_none(tmp_path: Path, text: str) -> None:
    directory = WorkerDirectory(tmp_path)
    directory.address_file.write_text(text)
    assert directory.read_address() is None


def test_an_address_comes_back_and_newer_fields_are_skipped(tmp_path: Path) -> None:
    directory, address = WorkerDirectory(tmp_path), Address("http://127.0.0.1:1", "t", 7, "1")
    directory.write_address(address)
    assert directory.read_address() == address
    directory.address_file.write_text(WHOLE.replace("}", ', "newer": 1}'))
    assert directory.read_address() == address
