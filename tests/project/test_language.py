"""The language checks: for each rule a source that breaks it and one that does not."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT))

from scripts.language import report, rules, words  # noqa: E402
from scripts.language.source import Module, array_types  # noqa: E402

ALIAS = "from numpy.typing import NDArray\nSamples = NDArray[float]\n"


def module(source: str, path: str = "ui/a.py") -> Module:
    return Module.parse(path, source)


def texts(rule: rules.Rule, *sources: str) -> list[str]:
    modules = [module(source, f"ui/m{number}.py") for number, source in enumerate(sources)]
    return [finding.text for finding in rule(modules)]


@pytest.mark.parametrize(
    "source",
    [
        "found = 1",
        "_found = 1",
        "found, other = 1, 2",
        "for found in (): pass",
        "with open('a') as found: pass",
        "if (found := 1): pass",
        "[found for found in ()]",
        "def look(found): pass",
        "def look(*, found=1): pass",
        "class A:\n    found: int",
        "def start(self):\n    self._found = 1",
        "try: pass\nexcept OSError as found: pass",
        "match 1:\n    case found: pass",
        "import os as found",
    ],
)
def test_a_participle_counts_wherever_it_is_bound(source):
    assert texts(rules.participles, source) == ["found"]


@pytest.mark.parametrize("source", ["padded_window = found_labels = expected = left = 1", "print(found)", "found()"])
def test_compounds_field_terms_and_uses_of_a_participle_do_not_count(source):
    assert texts(rules.participles, source) == []


@pytest.mark.parametrize("source", ["log_odds = 1", "class Doings: pass", "def hand_over(): pass", "self._desk = 1"])
def test_a_retired_word_is_refused_as_binding_and_definition(source):
    assert len(texts(rules.retired, source)) == 1


def test_a_retired_word_comes_with_its_replacement():
    assert texts(rules.retired, "class Doings: pass") == ["Doings; write instead: WindowActions"]


def test_a_module_named_by_a_retired_word_is_refused():
    assert [finding.line for finding in rules.retired([module("", "ui/doings.py")])] == [1]


def test_a_retired_word_may_be_part_of_a_name():
    assert texts(rules.retired, "log_odds_ratio = 1\nclass DoingsOfWindow: pass") == []


@pytest.mark.parametrize(("path", "refused"), [("ui/a.py", False), ("export/a.py", True)])
def test_a_word_is_allowed_under_its_exception(path, refused):
    assert words.parse("rest | residual | except ui/")["rest"].is_refused_in(path) is refused


@pytest.mark.parametrize(("path", "refused"), [("ui/a.py", True), ("export/a.py", False)])
def test_a_word_is_refused_only_in_its_scope(path, refused):
    assert words.parse("Stage | DocumentView | only ui/ training/")["Stage"].is_refused_in(path) is refused


def test_a_malformed_scope_in_the_word_list_is_an_error():
    with pytest.raises(ValueError, match="'under ui/'"):
        words.parse("Stage | DocumentView | under ui/")


def test_every_word_of_the_list_has_a_replacement():
    assert [word for word, row in words.retired_words().items() if not row.replacement] == []


def test_a_public_type_in_two_modules_has_two_owners():
    assert texts(rules.owners, "class Row: pass", "Row = dict[str, str]") == ["Row", "Row"]


def test_private_types_and_types_in_one_module_have_one_owner():
    assert texts(rules.owners, "class _Row: pass\nclass A: pass", "class _Row: pass\nA_B = list[int]") == []


@pytest.mark.parametrize(("files", "crowded"), [(20, []), (21, ["ui"])])
def test_a_folder_is_crowded_above_twenty_files(files, crowded):
    modules = [module("", f"ui/m{number}.py") for number in range(files)]
    assert [finding.path for finding in rules.folders(modules)] == crowded


@pytest.mark.parametrize("rule", [rules.short, rules.short_public])
def test_a_docstring_of_four_words_is_too_short(rule):
    assert texts(rule, 'def start():\n    """Start all the threads."""') == ['start: "Start all the threads."']


@pytest.mark.parametrize("rule", [rules.short, rules.short_public])
@pytest.mark.parametrize("source", ['def start():\n    """Start all the worker threads."""', "def start(): pass"])
def test_five_words_are_enough_and_a_missing_docstring_is_not_counted(rule, source):
    assert texts(rule, source) == []


@pytest.mark.parametrize(
    "source",
    [
        'def _start():\n    """Start it."""',
        'class _A:\n    def start(self):\n        """Start it."""',
        'def outer():\n    def start():\n        """Start it."""',
    ],
)
def test_a_short_docstring_of_a_private_name_counts_and_is_not_refused(source):
    assert len(texts(rules.short, source)) == 1
    assert texts(rules.short_public, source) == []


@pytest.mark.parametrize("start", ["What is shown", "Who waits", "Where stems go"])
def test_a_docstring_that_begins_with_a_relative_is_headless(start):
    assert len(texts(rules.headless, f'"""{start} in a window."""')) == 1


def test_a_docstring_that_begins_with_a_verb_or_whether_is_not_headless():
    assert texts(rules.headless, '"""Whether it runs."""', '"""Return what is shown."""') == []


@pytest.mark.parametrize(
    "signature",
    ["x: Samples", "x: 'Samples | None'", "*, x: NDArray", "x: np.ndarray", "x: list[torch.Tensor]", "*x: Samples"],
)
def test_an_array_function_has_to_give_a_shape(signature):
    assert len(texts(rules.shapes, f'{ALIAS}def gain({signature}):\n    """Make it louder, in place."""')) == 1


def test_an_array_that_is_returned_needs_a_shape_too():
    assert len(texts(rules.shapes, f'{ALIAS}def noise() -> Samples:\n    """Make white noise."""')) == 1


@pytest.mark.parametrize(
    "shape", ["(channels, frames)", "(n,)", "(..., frames, bands)", "(n // 2 + 1, *rest)", "scalar", "same shape"]
)
def test_a_shape_in_the_docstring_is_enough(shape):
    assert texts(rules.shapes, f'{ALIAS}def gain(x: Samples):\n    """Make `{shape}` louder."""') == []


def test_a_shape_in_the_docstring_of_the_class_is_enough():
    source = (
        f'{ALIAS}class A:\n    """Takes `(channels, frames)`."""\n    def gain(self, x: Samples):\n        """Gain."""'
    )
    assert texts(rules.shapes, source) == []


@pytest.mark.parametrize(
    "signature", ["def _gain(x: Samples)", "def gain(x: Callable[[Samples], None])", "def gain(x: Literal['Samples'])"]
)
def test_private_functions_and_functions_without_arrays_need_no_shape(signature):
    assert texts(rules.shapes, f'{ALIAS}{signature}:\n    """Make it louder."""') == []


def test_prose_in_parentheses_is_not_a_shape():
    assert len(texts(rules.shapes, f'{ALIAS}def gain(x: Samples):\n    """Gain (if any, that is)."""')) == 1


def test_aliases_of_arrays_in_other_modules_are_array_types():
    assert "Samples" in array_types([module(ALIAS), module("from a import Samples")])


def test_a_function_that_raises_has_to_say_so():
    findings = texts(
        rules.raises, 'def load():\n    """Load the file."""\n    if 1:\n        raise errors.MediaError("a")'
    )
    assert findings == ["load: say in the docstring when it raises MediaError"]


@pytest.mark.parametrize(
    "source",
    [
        'def load():\n    """Load. Raises MediaError."""\n    raise MediaError("a")',
        'def _load():\n    """Load."""\n    raise MediaError("a")',
        'def load():\n    """Load."""\n    raise',
        'def load():\n    """Load."""\n    raise AssertionError("a")',
        'def load():\n    """Load."""\n    def inner():\n        raise MediaError("a")',
    ],
)
def test_functions_that_say_it_or_let_errors_pass_are_fine(source):
    assert texts(rules.raises, source) == []


def test_a_command_does_not_list_errors_in_its_help_text():
    source = 'def load():\n    """Load the file."""\n    raise UsageError("a")'
    assert list(rules.raises([module(source, "ui/cli/files.py"), module(source, "ui/cli.py")])) == []


@pytest.mark.parametrize(
    "message", ["{x} is no receipt", "windows are no multiple of 4", "the format {x} is not known", "mend the file"]
)
def test_a_message_in_translated_english_is_refused(message):
    assert len(texts(rules.messages, f'raise UsageError(f"{message}")')) == 1


@pytest.mark.parametrize(
    "message", ["there is no job {x}", "There are no stems", "it is no longer there", "{x} has no end", "we recommend"]
)
def test_a_message_in_plain_english_passes(message):
    assert texts(rules.messages, f'raise UsageError(f"{message}")') == []


def test_text_that_is_not_raised_is_not_a_message():
    assert texts(rules.messages, 'print("this is no receipt")') == []


def test_a_broken_rule_is_a_line_with_file_line_kind_and_text():
    lines = report.broken([module("\nclass Doings: pass")], report.CHECKED)
    assert lines == ["ui/a.py:2: retired: Doings; write instead: WindowActions"]


@pytest.mark.parametrize(
    "source",
    [
        "made = 1  # language: the host's own name",
        'def start():  # language: overrides\n    """Start."""',
        'def start():\n    """Start."""  # language: overrides',
        'def start():\n    """Start\n\n    it."""  # language: overrides',
        'raise UsageError(\n    "this is no receipt",\n)  # language: quoted',
    ],
)
def test_a_reason_on_the_line_allows_it(source):
    assert report.broken([module(source)], report.CHECKED) == []


@pytest.mark.parametrize("comment", ["# language:", "# noqa", "or '# language: a string'"])
def test_a_comment_without_a_reason_does_not_allow_it(comment):
    assert len(report.broken([module(f"made = 1 {comment}")], report.CHECKED)) == 1


@pytest.mark.parametrize(("folder", "lines"), [("ui", 1), ("ui/a.py", 1), ("u", 0), ("export", 0)])
def test_a_check_reports_only_the_paths_it_is_asked_for(folder, lines):
    assert len(report.broken([module("made = 1")], report.CHECKED, [folder])) == lines


def test_the_table_has_a_row_for_each_kind_and_a_column_for_each_package():
    header, *rows = report.table([module("made = 1"), module("made = made_too = 2", "tests/a.py")])
    assert header.split() == [*report.PACKAGES, "total", "tests"]
    assert len(rows) == len(report.KINDS)
    assert rows[0].split()[-6:] == ["0", "1", "0", "0", "1", "1"]


def test_a_name_with_two_owners_counts_once():
    modules = [module("class Row: pass", "ui/a.py"), module("class Row: pass", "export/a.py")]
    row = next(line for line in report.table(modules) if line.startswith("type names"))
    assert row.split()[-5:] == ["0", "1", "1", "0", "1"]


def test_a_list_names_the_places():
    assert report.listing([module("\nmade = 1")], "participles") == ["ui/a.py:2: made"]


@pytest.mark.parametrize("arguments", [["counts", "--list", "folders"], ["check", "--kind", "headless", "scripts"]])
def test_the_commands_run_on_this_repository(arguments):
    command = [sys.executable, "-m", "scripts.language", *arguments]
    assert subprocess.run(command, cwd=ROOT, capture_output=True, check=False).returncode == 0
