"""The menu entry: valid by the specification, and calling what is installed."""

import configparser
import shutil
import subprocess
import xml.etree.ElementTree as ET

import pytest
from typer.testing import CliRunner

from flowsep_plugin.cli import app
from flowsep_plugin.errors import SessionError
from flowsep_plugin.hosts import desktop

pytest.importorskip("flowsep_ui")


def fields(path):
    parser = configparser.RawConfigParser(interpolation=None, delimiters="=")
    parser.optionxform = str
    parser.read(path, encoding="utf-8")
    return dict(parser["Desktop Entry"])


def test_entry_and_icon_lie_where_the_desktop_looks(tmp_path):
    entry, icon = desktop.install(tmp_path, ["/opt/flowsep/bin/flowsep"])
    assert entry == tmp_path / "applications" / "flowsep.desktop"
    assert icon == tmp_path / "icons" / "hicolor" / "scalable" / "apps" / "flowsep.svg"
    assert ET.parse(icon).getroot().tag.endswith("svg")
    entry_fields = fields(entry)
    assert entry_fields["Exec"] == "/opt/flowsep/bin/flowsep panel %F"
    assert entry_fields["Icon"] == "flowsep"
    assert "audio/x-wav" in entry_fields["MimeType"]


@pytest.mark.parametrize(
    ("argument", "quoted"),
    [("/a/b", "/a/b"), ("/a b/c", '"/a b/c"'), ("/50%/c", '"/50%%/c"'), ('/a"b', '"/a\\\\"b"'), ("/a$b", '"/a\\\\$b"')],
)
def test_paths_are_quoted_as_exec_wants_them(argument, quoted):
    assert f"Exec={quoted} panel" in desktop.entry_text([argument])


@pytest.mark.skipif(shutil.which("desktop-file-validate") is None, reason="needs desktop-file-utils")
def test_the_entry_is_valid_by_the_specification(tmp_path):
    entry, _ = desktop.install(tmp_path, ["/opt/my apps/flowsep"])
    ran = subprocess.run(["desktop-file-validate", str(entry)], capture_output=True, text=True, check=False)
    assert ran.stdout + ran.stderr == ""
    assert ran.returncode == 0


def test_it_is_installed_and_removed_from_the_shell(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    run = CliRunner()
    result = run.invoke(app, ["hosts", "install", "desktop"])
    assert result.exit_code == 0, result.output
    entry = tmp_path / "applications" / "flowsep.desktop"
    assert str(entry) in result.stdout
    assert entry.exists()
    assert desktop.remove(tmp_path) == [entry, tmp_path / "icons" / "hicolor" / "scalable" / "apps" / "flowsep.svg"]
    assert not entry.exists()


def test_a_folder_that_takes_no_file_is_told(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(SessionError, match="cannot be written"):
        desktop.install(tmp_path / "file")
