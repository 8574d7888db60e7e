"""The catalog of effects: Pedalboard's own against the installed Pedalboard, and chains against the catalog."""

import json
import re
import subprocess
import sys

import pytest

from flowsep_plugin.effects import EffectChain, EffectSlot, builtin_effects, check_chain, find_plugins
from flowsep_plugin.effects.builtins import default_parameters
from flowsep_plugin.effects.info import EffectInfo
from flowsep_plugin.errors import MediaError, UsageError

pedalboard = pytest.importorskip("pedalboard")

NO_EFFECTS = {"Pedalboard", "Chain", "Mix", "PluginContainer", "ExternalPlugin", "VST3Plugin", "IIRFilter"}
"""Containers, abstract classes, and the class of plug-ins."""

INFOS = {info.name: info for info in builtin_effects()}


def signature(name):
    """Return parameter -> default, as text, of a class of Pedalboard."""
    line = getattr(pedalboard, name).__init__.__doc__.splitlines()[0]
    pairs = re.findall(r"(\w+): [^=,]*(?:\[[^\]]*\][^=,]*)? = (<[^>]*>|[^,)]*)", line)
    return {name: re.sub(r"<\w+\.(\w+): \d+>", r"\1", default) for name, default in pairs}


def test_every_effect_of_pedalboard_is_in_the_catalog():
    own = {
        value.__name__
        for value in vars(pedalboard).values()
        if isinstance(value, type) and issubclass(value, pedalboard.Plugin) and value is not pedalboard.Plugin
    }
    assert own - NO_EFFECTS == set(INFOS)


@pytest.mark.parametrize("name", sorted(set(INFOS) - {"Convolution"}))
def test_names_and_defaults_are_those_of_the_signature(name):
    expected = {key: str(value) for key, value in default_parameters(INFOS[name]).items()}
    ours = {key: value if not re.fullmatch(r"-?[\d.]+", value) else float(value) for key, value in expected.items()}
    theirs = {
        key: value if not re.fullmatch(r"-?[\d.]+", value) else float(value) for key, value in signature(name).items()
    }
    assert ours == theirs


def ends(parameter):
    """Return the values at both ends of the range of `parameter`, or all its choices."""
    if parameter.kind == "number":
        return (parameter.low, parameter.high)
    return (True, False) if parameter.kind == "switch" else parameter.choices


@pytest.mark.parametrize(
    ("name", "parameter", "value"),
    [
        (info.name, parameter, value)
        for info in INFOS.values()
        for parameter in info.parameters
        for value in ends(parameter)
    ],
    ids=lambda item: getattr(item, "name", str(item)),
)
def test_the_effect_accepts_both_ends_of_each_range(name, parameter, value):
    import numpy as np

    from flowsep_plugin.effects.loading import factory_of

    if name == "Convolution":
        effect = pedalboard.Convolution(np.ones((1, 8), np.float32), sample_rate=48_000)
        setattr(effect, parameter.name, value)
    else:
        effect = factory_of(EffectSlot(effect=name, parameters={parameter.name: value}))()
    output = effect.process(np.zeros((2, 4096), np.float32), 48_000.0)
    assert np.isfinite(output).all()


@pytest.mark.parametrize(
    ("slot", "message"),
    [
        (EffectSlot(effect="Reverp"), "no effect 'Reverp'; did you mean 'Reverb'"),
        (
            EffectSlot(effect="Reverb", parameters={"roomsize": 1.0}),
            "no parameter 'roomsize'; did you mean 'room_size'",
        ),
        (EffectSlot(effect="Reverb", parameters={"room_size": 1.5}), "room_size must be 0 to 1, not 1.5"),
        (EffectSlot(effect="Gain", parameters={"gain_db": "loud"}), "gain_db must be -60 to 36 dB, not 'loud'"),
        (EffectSlot(effect="LadderFilter", parameters={"mode": "LPF13"}), "mode must be one of LPF12"),
        (EffectSlot(effect="BrickwallLimiter", parameters={"true_peak": 1.0}), "true_peak must be true or false"),
    ],
)
def test_a_chain_that_does_not_fit_is_refused_with_the_way_out(slot, message):
    with pytest.raises(UsageError, match=re.escape(message)):
        check_chain(EffectChain((slot,)))


def test_a_chain_file_gives_the_chain_back(tmp_path):
    chain = EffectChain((
        EffectSlot(effect="Reverb", parameters={"wet_level": 0.2}),
        EffectSlot(effect="Hall", path=tmp_path / "Hall.vst3", enabled=False, state="AAAA"),
    ))  # fmt: skip
    chain.save(tmp_path / "chain.json")
    assert EffectChain.load(tmp_path / "chain.json") == chain


def test_plugins_of_a_chain_file_may_be_named_relative_to_it(tmp_path):
    (tmp_path / "chain.json").write_text(
        '{"format": "flowsep effects", "version": 1, "effects": [{"effect": "Hall", "path": "fx/Hall.vst3"}]}'
    )
    assert EffectChain.load(tmp_path / "chain.json").slots[0].path == tmp_path / "fx/Hall.vst3"


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("{", MediaError, "cannot be read as JSON"),
        ("[" * 100_000, MediaError, "nested more than"),
        ("[]", UsageError, "the key 'format' must be"),
        ('{"format": "flowsep effects", "version": 9}', UsageError, "version 9"),
    ],
)
def test_a_damaged_chain_file_is_named(tmp_path, text, error, message):
    (tmp_path / "chain.json").write_text(text)
    with pytest.raises(error, match=rf"chain\.json.*{message}"):
        EffectChain.load(tmp_path / "chain.json")


@pytest.mark.parametrize(
    ("key", "value"), [("path", "5"), ("path", '""'), ("path", '"a\\u0000b"'), ("state", "[1]"), ("enabled", '"no"')]
)
def test_an_effect_with_a_value_of_another_type_is_named(tmp_path, key, value):
    text = f'{{"format": "flowsep effects", "version": 1, "effects": [{{"effect": "Hall", "{key}": {value}}}]}}'
    (tmp_path / "chain.json").write_text(text)
    with pytest.raises(UsageError, match=rf"effect 1 of the chain: '{key}' must"):
        EffectChain.load(tmp_path / "chain.json")


def test_plugins_are_listed_by_name_and_not_from_inside_their_bundles(tmp_path):
    inner = tmp_path / "Vendor/Hall.vst3/Contents/x86_64-linux"
    inner.mkdir(parents=True)
    (inner / "Hall.so").touch()
    (tmp_path / "Room.vst3").touch()
    (tmp_path / "readme.txt").touch()
    assert [path.name for path in find_plugins([tmp_path, tmp_path / "missing"])] == ["Hall.vst3", "Room.vst3"]


def test_the_catalog_does_not_load_pedalboard():
    code = (
        "import sys; from flowsep_plugin.effects import builtin_effects, find_plugins, check_chain, EffectHost;"
        "builtin_effects(); find_plugins(); sys.exit('pedalboard' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    "change",
    [{"effects": 5}, {"effects": [{}]}, {"effects": [{"name": 5, "parameters": [], "path": None}]}, {"reason": 5},
     {"effects": [{"name": "a", "category": "b", "parameters": [{"name": "c", "deep": 1}], "path": None}]}],
)  # fmt: skip
def test_damaged_facts_about_a_plugin_are_no_facts(scan_cache, tmp_path, change):
    plugin = tmp_path / "Hall.vst3"
    plugin.touch()
    facts = EffectInfo(name="Hall", category="Reverb", path=plugin)
    scan_cache._write(plugin, {"effects": [facts.as_json()]})
    (file,) = (tmp_path / "scans").iterdir()
    assert scan_cache.cached(plugin) == (facts,)
    file.write_text(json.dumps({**json.loads(file.read_text()), **change}))
    assert scan_cache.cached(plugin) == ()
    assert scan_cache.reason(plugin) is None
    file.write_text("[" * 100_000)
    assert scan_cache.cached(plugin) == ()
