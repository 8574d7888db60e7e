"""Files of other package systems: filled from one place, so that versions, addresses and hashes cannot disagree."""

import plistlib
import re
import shutil
import subprocess
import sys
import tomllib
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PACKAGING = ROOT / "packaging"
sys.path.append(str(PACKAGING))

import conda_requirements  # noqa: E402
import fill  # noqa: E402
import flatpak_sources  # noqa: E402
import flowsep_icons  # noqa: E402
import frozen_contents  # noqa: E402
import mac_bundle  # noqa: E402
import package_facts  # noqa: E402
import windows_version  # noqa: E402

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
FACTS = package_facts.read_facts()
SUMS = {name: f"{number:064x}" for number, name in enumerate(fill.artefacts(FACTS).values(), start=1)}


@pytest.fixture(scope="module")
def filled(tmp_path_factory) -> Path:
    """Return the folder of all files, with made-up hashes of released files."""
    folder = tmp_path_factory.mktemp("filled")
    sums = folder / "SHA256SUMS"
    sums.write_text("".join(f"{sha256}  {name}\n" for name, sha256 in SUMS.items()), encoding="utf-8")
    assert fill.main([str(folder), "--sums", str(sums), "--date", "2026-01-31"]) == 0
    sums.unlink()
    return folder


def documents(folder: Path, pattern: str) -> dict[str, dict]:
    return {path.name: yaml.safe_load(path.read_text(encoding="utf-8")) for path in folder.rglob(pattern)}


def test_every_template_is_written_and_nothing_in_it_is_left_open(filled):
    names = {path.suffix for path in filled.rglob("*") if path.is_file()}
    assert {".yaml", ".rb", ".xml", ".iss"} <= names
    for path in filled.rglob("*"):
        assert not path.is_file() or not re.search(r"@[a-z_0-9]+@", path.read_text(encoding="utf-8")), path


def test_the_version_is_that_of_the_project_everywhere(filled):
    for path in (path for path in filled.rglob("*") if path.is_file()):
        assert PROJECT["version"] in path.read_text(encoding="utf-8") or path.parent.name == "flatpak", path


def test_files_that_need_a_hash_are_left_out_without_it_and_fail_a_release(tmp_path, capsys):
    assert fill.main([str(tmp_path)]) == 0
    assert "homebrew/flowsep.rb: not written" in capsys.readouterr().out.replace("\\", "/")
    assert not (tmp_path / "homebrew").exists()
    (tmp_path / "SHA256SUMS").write_text(f"{'0' * 64}  other\n", encoding="utf-8")
    assert fill.main([str(tmp_path), "--sums", str(tmp_path / "SHA256SUMS")]) == 1


def test_an_unknown_name_in_a_template_is_an_error():
    with pytest.raises(KeyError):
        fill.fill("@versoin@", {"version": "1"})


def test_a_line_that_no_sha256sum_writes_is_refused(tmp_path):
    (tmp_path / "SHA256SUMS").write_text("abc  file\n", encoding="utf-8")
    with pytest.raises(ValueError, match="no line of sha256sum"):
        fill.read_sums(tmp_path / "SHA256SUMS")


def test_winget_has_its_three_files_and_they_agree(filled):
    files = documents(filled / "winget", "*.yaml")
    assert {file["ManifestType"] for file in files.values()} == {"version", "installer", "defaultLocale"}
    for key in ("PackageIdentifier", "PackageVersion", "ManifestVersion"):
        assert len({file[key] for file in files.values()}) == 1
    name = fill.artefacts(FACTS)["setup"]
    [installer] = files["FlowSep.FlowSep.installer.yaml"]["Installers"]
    assert installer["InstallerSha256"] == SUMS[name]
    assert installer["InstallerUrl"].endswith(f"/v{FACTS.version}/{name}")
    assert len(files["FlowSep.FlowSep.locale.en-US.yaml"]["ShortDescription"]) <= 256


def test_the_installer_that_winget_names_is_the_one_that_inno_setup_makes(filled):
    script = inno_sections(filled / "windows" / "flowsep.iss")
    setup = dict(line.split("=", 1) for line in script["Setup"])
    assert setup["OutputBaseFilename"] + ".exe" == fill.artefacts(FACTS)["setup"]
    code = documents(filled / "winget", "*installer.yaml")["FlowSep.FlowSep.installer.yaml"]["ProductCode"]
    assert setup["AppId"] == "{" + code.removesuffix("_is1")
    assert setup["PrivilegesRequired"] == "lowest"


def inno_sections(path: Path) -> dict[str, list[str]]:
    """Return the lines of an Inno Setup script by section, without comments and preprocessor lines."""
    sections: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if match := re.fullmatch(r"\[(\w+)\]", line):
            lines = sections.setdefault(match[1], [])
        elif line.strip() and not line.startswith((";", "#")):
            lines.append(line)
    return sections


def inno_entries(lines: list[str]) -> list[dict[str, str]]:
    """Return the parameters of each line: `Name: "x"; Flags: y`."""
    pattern = re.compile(r'(\w+): ((?:"(?:[^"]|"")*")|[^;]+)(?:; |$)')
    return [{key: value.strip().strip('"') for key, value in pattern.findall(line)} for line in lines]


def test_inno_setup_takes_the_programs_that_the_recipe_makes_and_uses_no_undeclared_task(filled):
    script = inno_sections(filled / "windows" / "flowsep.iss")
    recipe = (PACKAGING / "flowsep.spec").read_text(encoding="utf-8")
    files = inno_entries(script["Files"])
    programs = {Path(entry["Source"].replace("\\", "/")).stem for entry in files if entry["Source"].endswith(".exe")}
    assert programs == set(re.findall(r'program\("([\w-]+)"', recipe))
    tasks = {entry["Name"] for entry in inno_entries(script["Tasks"])}
    used = {
        entry["Tasks"]
        for section in ("Icons", "Registry")
        for entry in inno_entries(script[section])
        if "Tasks" in entry
    }
    assert used <= tasks
    assert {"path", "openwith"} <= tasks
    messages = [line.split("=")[0].split(".") for line in script["CustomMessages"]]
    for language in ("en", "de"):
        assert {name for spoken, name in messages if spoken == language} == {"AddToPath", "OpenWith"}


def test_inno_setup_ends_the_worker_before_files_are_replaced_and_undoes_what_it_did(filled):
    code = "\n".join(inno_sections(filled / "windows" / "flowsep.iss")["Code"])
    assert re.search(r"function PrepareToInstall.*?EndWorker;", code, re.DOTALL)
    assert re.search(r"usUninstall then\s+EndWorker", code)
    assert re.search(r"usPostUninstall then\s+RemoveFromPath", code)
    registry = inno_entries(inno_sections(filled / "windows" / "flowsep.iss")["Registry"])
    assert any("uninsdeletekey" in entry.get("Flags", "") for entry in registry)


def test_conda_asks_for_what_the_project_asks_for(filled):
    recipe = documents(filled / "conda", "recipe.yaml")["recipe.yaml"]
    assert recipe["source"]["sha256"] == SUMS[fill.artefacts(FACTS)["sdist"]]
    names = {requirement.split()[0] for requirement in recipe["requirements"]["run"]} - {"python"}
    pip_names = {re.match(r"[\w.-]+", requirement)[0] for requirement in PROJECT["dependencies"]}
    assert names == {{"soundfile": "pysoundfile", "soxr": "soxr-python"}.get(name, name) for name in pip_names}
    commands = [command.split(" = ")[0] for command in recipe["build"]["python"]["entry_points"]]
    assert commands == list(PROJECT["scripts"])


@pytest.mark.parametrize("requirement", ["a>=1 ; python_version < '3.12'", "a[b]", "a @ https://host/a.whl"])
def test_conda_has_no_markers_extras_and_addresses(requirement):
    with pytest.raises(ValueError, match="conda has no form"):
        conda_requirements._conda(requirement)


def test_the_cask_names_the_image_of_the_release(filled):
    cask = (filled / "homebrew" / "flowsep.rb").read_text(encoding="utf-8")
    address = re.search(r'url "(.+)"', cask)[1].replace("#{version}", FACTS.version)
    assert address == f"{FACTS.repository}/releases/download/v{FACTS.version}/{fill.artefacts(FACTS)['dmg']}"
    assert f'sha256 "{SUMS[fill.artefacts(FACTS)["dmg"]]}"' in cask


@pytest.mark.skipif(shutil.which("ruby") is None, reason="needs Ruby: apt-get install -y ruby")
def test_the_cask_is_ruby(filled):
    result = subprocess.run(
        ["ruby", "-c", filled / "homebrew" / "flowsep.rb"], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr


def test_the_flatpak_fetches_nothing_but_pinned_files(filled):
    manifest = documents(filled / "flatpak", "*.yaml")[f"{package_facts.IDENTIFIER}.yaml"]
    sources = [source for module in manifest["modules"] for source in module["sources"] if isinstance(source, dict)]
    for source in sources:
        assert "url" not in source or re.fullmatch("[0-9a-f]{64}", source["sha256"])
    assert any(source.get("sha256") == SUMS[fill.artefacts(FACTS)["wheel"]] for source in sources)
    assert not any(
        "index-url" in command for module in manifest["modules"] for command in module.get("build-commands", [])
    )


@pytest.mark.skipif(shutil.which("flatpak-builder") is None, reason="needs: apt-get install -y flatpak-builder")
def test_flatpak_builder_reads_the_manifest(filled):
    folder = filled / "flatpak"
    sources = folder / "python-sources.json"
    sources.write_text(
        '[{"type": "file", "url": "https://host/a.whl", "sha256": "' + "0" * 64 + '"}]', encoding="utf-8"
    )
    manifest = folder / f"{package_facts.IDENTIFIER}.yaml"
    result = subprocess.run(
        ["flatpak-builder", "--show-manifest", manifest], capture_output=True, text=True, cwd=folder, check=False
    )
    sources.unlink()
    assert result.returncode == 0, result.stderr
    assert "https://host/a.whl" in result.stdout


def report(address: str, sha256: str) -> dict:
    download = {"url": address, "archive_info": {"hashes": {"sha256": sha256}}}
    return {"install": [{"metadata": {"name": "six"}, "download_info": download}]}


def test_sources_of_a_flatpak_are_those_of_the_lock():
    lock = "six==1.17.0 \\\n    --hash=sha256:" + "1" * 64
    assert flatpak_sources.flatpak_sources(report("https://host/six.whl", "1" * 64), lock) == [
        {"type": "file", "url": "https://host/six.whl", "sha256": "1" * 64}
    ]
    with pytest.raises(ValueError, match="not in the lock"):
        flatpak_sources.flatpak_sources(report("https://host/six.whl", "2" * 64), lock)
    with pytest.raises(ValueError, match="fetched by https"):
        flatpak_sources.flatpak_sources(report("file:///six.whl", "1" * 64), lock)


@pytest.mark.skipif(shutil.which("appstreamcli") is None, reason="needs: apt-get install -y appstream")
def test_the_description_for_software_centres_is_valid(filled):
    file = next((filled / "linux").glob("*.metainfo.xml"))
    result = subprocess.run(["appstreamcli", "validate", "--no-net", file], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout
    assert ET.parse(file).find("id").text == package_facts.IDENTIFIER


@pytest.mark.parametrize("names", [(), ("onnxruntime", "onnxruntime-windowsml")])
def test_nothing_is_frozen_without_exactly_one_onnx_runtime(monkeypatch, names):
    monkeypatch.setattr(frozen_contents, "_is_installed", lambda name: name in names)
    with pytest.raises(SystemExit, match=f"here are {len(names)}"):
        frozen_contents.check_one_runtime()


def test_of_qt_and_scipy_only_what_is_used_is_frozen_and_all_of_flowsep(tmp_path):
    entries = [
        ("PyQt6/Qt6/lib/libQt6Quick.so.6", "x", "BINARY"), ("PyQt6/Qt6/lib/libQt6Gui.so.6", "x", "BINARY"),
        ("PyQt6\\Qt6\\bin\\Qt6Qml.dll", "x", "BINARY"), ("PyQt6/Qt6/translations/qtbase_de.qm", "x", "DATA"),
        ("PyQt6/Qt6/translations/qtbase_fr.qm", "x", "DATA"), ("scipy/fft/tests/data.npz", "x", "DATA"),
    ]  # fmt: skip
    names = [entry[0] for entry in frozen_contents.drop_unused(entries)]
    assert names == ["PyQt6/Qt6/lib/libQt6Gui.so.6", "PyQt6/Qt6/translations/qtbase_de.qm"]
    (tmp_path / "package" / "part").mkdir(parents=True)
    for file in ("package/__init__.py", "package/part/module.py", "package/part/data.json", "package/py.typed"):
        (tmp_path / file).touch()
    assert frozen_contents.own_modules(tmp_path) == ["package", "package.part.module"]
    assert frozen_contents.own_data(tmp_path) == [(str(tmp_path / "package/part/data.json"), "package/part")]


def test_the_version_of_a_windows_program_is_an_expression_of_its_structs():
    structs = {
        name: lambda *values, _name=name, **named: (_name, values, named)
        for name in (
            "VSVersionInfo",
            "FixedFileInfo",
            "StringFileInfo",
            "StringTable",
            "StringStruct",
            "VarFileInfo",
            "VarStruct",
        )
    }
    name, _, named = eval(windows_version.version_text(FACTS, "flowsep-panel"), structs)
    assert name == "VSVersionInfo"
    assert named["ffi"][2]["filevers"] == FACTS.numbers
    [(_, (_, texts), _)] = named["kids"][0][1][0]
    assert ("StringStruct", ("OriginalFilename", "flowsep-panel.exe"), {}) in texts


@pytest.mark.parametrize(
    ("version", "numbers"), [("1.2.3", (1, 2, 3, 0)), ("0.1.0rc2", (0, 1, 2, 0)), ("2.0", (2, 0, 0, 0))]
)
def test_windows_gets_four_numbers(version, numbers):
    facts = package_facts.PackageFacts(
        name="n", version=version, summary="", licence="", repository="", documentation=""
    )
    assert facts.numbers == numbers


def test_the_bundle_for_macos_opens_audio_films_and_sessions_and_asks_for_no_microphone():
    plist = plistlib.loads(plistlib.dumps(mac_bundle.INFO_PLIST))
    names = [kind["CFBundleTypeName"] for kind in plist["CFBundleDocumentTypes"]]
    assert names == ["Audio", "Video", "Session"]
    assert not [key for key in plist if "Usage" in key]
    entitlements = plistlib.loads((PACKAGING / "macos" / "entitlements.plist").read_bytes())
    assert not [key for key in entitlements if "audio-input" in key]


def test_icons_are_read_by_a_reader_of_others_in_every_size(tmp_path):
    image = pytest.importorskip(
        "PIL.Image", reason="needs Pillow, which comes with: pip install 'flowsep-plugin[plot]'"
    )
    pytest.importorskip("PyQt6", reason="needs: pip install 'flowsep-plugin[gui]'")
    files = flowsep_icons.draw_icons(ROOT / "ui" / "data" / "flowsep.svg", tmp_path)
    with image.open(files["ico"]) as icon:
        assert {width for width, _ in icon.info["sizes"]} == {16, 32, 48, 64, 128, 256}
        assert icon.convert("RGBA").getpixel((128, 40))[3] == 255
    with image.open(files["icns"]) as icon:
        assert {16, 32, 128, 256, 512} <= {width for width, _, _ in icon.info["sizes"]}
        assert icon.convert("RGBA").getpixel((0, 0))[3] == 0


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="needs: apt-get install -y shellcheck")
def test_scripts_of_packages_are_clean_shell():
    scripts = [*PACKAGING.rglob("*.sh"), PACKAGING / "appimage" / "AppRun"]
    result = subprocess.run(["shellcheck", *scripts], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout


def test_no_secret_is_in_the_script_that_signs():
    script = (PACKAGING / "macos" / "dmg.sh").read_text(encoding="utf-8")
    assert "$NOTARY_PASSWORD" in script
    assert not re.search(r"(PASSWORD|IDENTITY)=[\"']?\w", script)
