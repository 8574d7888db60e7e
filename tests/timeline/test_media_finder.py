"""Media that are not where the session says: found in other folders by name and length."""

from pathlib import Path

from session_makers import sparse_wave

from flowsep_plugin.timeline.media_finder import MediaFinder


def test_a_missing_file_is_found_by_name_in_any_case_and_by_length(tmp_path: Path) -> None:
    for folder, frames in (("one", 100), ("two", 200)):
        (tmp_path / folder).mkdir()
        sparse_wave(tmp_path / folder / "Take.WAV", 48_000, frames)
    finder = MediaFinder([tmp_path])
    missing = Path("/Volumes/Old/take.wav")
    assert finder(missing, 200).path == tmp_path / "two" / "Take.WAV"
    assert finder.relinked == {missing: tmp_path / "two" / "Take.WAV"}
    assert not finder(missing, 300).is_online


def test_of_several_files_of_one_name_the_one_in_a_folder_of_the_same_name_is_taken(tmp_path: Path) -> None:
    for folder in ("a", "reel 2"):
        (tmp_path / folder).mkdir()
        sparse_wave(tmp_path / folder / "take.wav", 48_000, 100)
    assert MediaFinder([tmp_path])(Path("C:\\Session\\Reel 2\\take.wav")).path.parent.name == "reel 2"


def test_a_file_in_its_place_is_taken_whatever_the_folders_hold(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    for folder in (tmp_path, tmp_path / "elsewhere"):
        sparse_wave(folder / "take.wav", 48_000, 100)
    assert MediaFinder([tmp_path / "elsewhere"])(tmp_path / "take.wav").path == tmp_path / "take.wav"


def test_of_files_that_fit_equally_none_is_taken(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        sparse_wave(tmp_path / folder / "take.wav", 48_000, 100)
    finder, missing = MediaFinder([tmp_path]), Path("/old/take.wav")
    assert not finder(missing).is_online
    assert finder.ambiguous == {missing: (tmp_path / "a" / "take.wav", tmp_path / "b" / "take.wav")}
    assert finder.relinked == {}
    assert finder.missing == {missing: None}


def test_a_file_counts_once_although_its_folder_is_named_twice(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    sparse_wave(tmp_path / "a" / "take.wav", 48_000, 100)
    finder = MediaFinder([tmp_path / "a", tmp_path, tmp_path / "a"])
    assert finder(Path("/old/take.wav")).is_online
    assert [len(finder.found_in(folder)) for folder in (tmp_path / "a", tmp_path)] == [1, 0]


def test_a_name_that_macos_decomposed_is_found(tmp_path: Path) -> None:
    sparse_wave(tmp_path / "Ta\u0308ke.wav", 48_000, 100)
    assert MediaFinder([tmp_path])(Path("/old/täke.wav")).is_online


def test_the_lengths_of_missing_files_are_kept_for_a_search_elsewhere() -> None:
    finder = MediaFinder()
    finder(Path("/old/take.wav"), 7)
    assert finder.missing == {Path("/old/take.wav"): 7}
