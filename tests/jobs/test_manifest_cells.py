"""Cells of a manifest that are no number, no name or too much: their row fails, named by its line; the others go on."""

import os
from pathlib import Path

import pytest
from job_makers import spec, tone

from flowsep_plugin.errors import MediaError, UsageError
from flowsep_plugin.jobs.batch.manifest import manifest_items


@pytest.mark.parametrize(
    ("column", "cell", "says"),
    [
        ("seconds", "inf", "seconds is 'inf', must be a number of seconds"),
        ("seconds", "1e400", "seconds is '1e400', must be a number of seconds"),
        ("start_seconds", "nan", "start_seconds is 'nan', must be a number of seconds"),
        ("seconds", "soon", "seconds is 'soon', must be a number of seconds"),
        ("path", "a\0b.wav", "path is 'a.x00b.wav', which no file can have as its name"),
        ("out", "a\0b", "out is 'a.x00b', which no file can have as its name"),
        ("seed", "9" * 5000, "seed is '9+.*9+', must be a whole number of at most 18 digits"),
        ("steps", "2.5", "steps is '2.5', must be a whole number"),
        ("strength", "inf", "strength must be 0.25 to 4"),
        ("gate", "nan", "gate must be 0 to 1"),
        ("out", "x" * 300, "File name too long|out is"),
        ("path", "~nobody-here/a.wav", "nobody-here|home"),
    ],
)
def test_a_row_with_a_wrong_cell_fails_by_its_line_and_the_others_go_on(
    tmp_path: Path, column: str, cell: str, says: str
) -> None:
    clip = tone(tmp_path / "a.wav")
    columns = ["path", "query", "start_seconds", "seconds", "out", "seed", "steps", "strength", "gate"]
    row = {"path": clip.name, "query": "dog", "start_seconds": "0.1", column: cell}
    good = f"{clip.name},dog" + "," * (len(columns) - 2)
    lines = [",".join(columns), good, ",".join(row.get(name, "") for name in columns), good]
    (tmp_path / "list.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    first, wrong, last = manifest_items(tmp_path / "list.csv", spec(clip, tmp_path / "out", "dog"))
    assert first.spec is not None
    assert last.spec is not None
    if column == "out" and wrong.spec is not None:
        return  # a long name is refused where it is written
    assert wrong.error is not None
    assert wrong.error.message.startswith("line 3: ")
    with pytest.raises(UsageError, match=says):
        raise UsageError(wrong.error.message)


def test_a_row_with_more_cells_than_the_header_fails(tmp_path: Path) -> None:
    clip = tone(tmp_path / "a.wav")
    (tmp_path / "list.csv").write_text("path,query\na.wav,dog,3,4\na.wav,dog\n", encoding="utf-8")
    wrong, good = manifest_items(tmp_path / "list.csv", spec(clip, tmp_path / "out", "dog"))
    assert wrong.error is not None
    assert wrong.error.message == "line 2: the row has more cells than the header"
    assert good.spec is not None


def test_a_pipe_and_a_cell_without_end_are_no_manifest(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "long.csv").write_text("path,query\n" + "x" * 200_000, encoding="utf-8")
    for name in ("pipe.csv", "long.csv", "x" * 300 + ".csv", "a\0b.csv"):
        with pytest.raises(MediaError, match="cannot be read as CSV"):
            manifest_items(tmp_path / name, spec(tmp_path / "a.wav", tmp_path / "out", "dog"))
