"""Names cannot control the terminal."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flowsep_plugin.cli.terminal import echo
from flowsep_plugin.untrusted.printable import one_line

HOSTILE = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202egnp.exe"


@pytest.mark.parametrize("text", ["größer", "犬の 声\u3000二", "a\u00a0b", "👩‍🚒", "שלום"])
def test_texts_of_all_languages_are_shown_as_they_are(text: str) -> None:
    assert one_line(text) == text


def test_control_characters_are_escaped_and_lines_stay(capsys: pytest.CaptureFixture[str]) -> None:
    echo(f"{HOSTILE}\n\tsecond line\r")
    shown = capsys.readouterr().out
    assert shown == r"\x1b]0;owned\x07\x1b[2J\x9b31m\u202egnp.exe" + "\n\tsecond line\\r\n"


def test_names_of_files_cannot_control_the_terminal(tmp_path: Path, flowsep: Callable[..., Any]) -> None:
    clip = tmp_path / f"{HOSTILE}.wav"
    clip.write_bytes(b"no audio")
    outcome = flowsep("separate", clip, "-q", "dog", "--model", "echo")
    assert "owned" in outcome.err
    assert not set("\x1b\x07\x9b\u202e") & set(outcome.out + outcome.err)
