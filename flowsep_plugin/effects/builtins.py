"""Pedalboard's own effects: a table of their parameters, with the ranges and units that their signatures leave out.

A test compares names, defaults and choices with the installed Pedalboard, and sets every parameter to both ends of its
range. Left out: containers (Chain, Mix, Pedalboard) and abstract or test classes.
"""

from typing import Final

from .chain import ParameterValue
from .info import EffectInfo, ParameterInfo

_QUALITIES: Final = (
    "ZeroOrderHold", "Linear", "CatmullRom", "Lagrange", "WindowedSinc", "WindowedSinc8", "WindowedSinc16",
    "WindowedSinc32", "WindowedSinc64", "WindowedSinc128", "WindowedSinc256",
)  # fmt: skip
_LADDER_MODES: Final = ("LPF12", "HPF12", "BPF12", "LPF24", "HPF24", "BPF24")


def _number(
    name: str, label: str, unit: str, low: float, high: float, default: float, *, octaves: bool = False
) -> ParameterInfo:
    return ParameterInfo(
        name=name, label=label, kind="number", unit=unit, low=low, high=high, default=default, is_logarithmic=octaves
    )


def _share(name: str, label: str, default: float) -> ParameterInfo:
    return _number(name, label, "", 0.0, 1.0, default)


def _hertz(name: str, label: str, default: float) -> ParameterInfo:
    return _number(name, label, "Hz", 20.0, 20_000.0, default, octaves=True)


def _choice(name: str, label: str, choices: tuple[str, ...], default: str) -> ParameterInfo:
    return ParameterInfo(name=name, label=label, kind="choice", choices=choices, default=default)


def _switch(name: str, label: str) -> ParameterInfo:
    return ParameterInfo(name=name, label=label, kind="switch", default=False)


def _file(name: str, label: str) -> ParameterInfo:
    return ParameterInfo(name=name, label=label, kind="file", default="")


def _effect(name: str, category: str, summary: str, *parameters: ParameterInfo, memory_s: float = 0.1) -> EffectInfo:
    return EffectInfo(
        name=name, category=category, summary=summary, parameters=parameters, vendor="Pedalboard", memory_s=memory_s
    )


_THRESHOLD: Final = ("threshold_db", "Threshold", "dB")
_ATTACK: Final = _number("attack_ms", "Attack", "ms", 0.1, 500.0, 1.0, octaves=True)
_RELEASE: Final = _number("release_ms", "Release", "ms", 1.0, 3000.0, 100.0, octaves=True)
_EQ: Final = (
    _hertz("cutoff_frequency_hz", "Frequency", 440.0),
    _number("gain_db", "Gain", "dB", -24.0, 24.0, 0.0),
    _number("q", "Q", "", 0.1, 18.0, 0.7071067690849304, octaves=True),
)

BUILTIN_EFFECTS: Final[tuple[EffectInfo, ...]] = (
    _effect("Gain", "level", "Louder or softer.", _number("gain_db", "Gain", "dB", -60.0, 36.0, 1.0), memory_s=0.0),
    _effect("Invert", "level", "Flips the polarity.", memory_s=0.0),
    _effect(
        "Compressor", "dynamics", "Turns loud passages down.",
        _number(*_THRESHOLD, -80.0, 0.0, 0.0), _number("ratio", "Ratio", ": 1", 1.0, 20.0, 1.0, octaves=True),
        _ATTACK, _RELEASE, memory_s=1.0,
    ),
    _effect(
        "NoiseGate", "dynamics", "Turns soft passages down.",
        _number(*_THRESHOLD, -100.0, 0.0, -100.0), _number("ratio", "Ratio", ": 1", 1.0, 100.0, 10.0, octaves=True),
        _ATTACK, _RELEASE, memory_s=1.0,
    ),
    _effect(
        "Limiter", "dynamics", "Louder, with make-up gain; clips at 0 dBFS.",
        _number(*_THRESHOLD, -40.0, 0.0, -10.0), _RELEASE, memory_s=1.0,
    ),
    _effect(
        "BrickwallLimiter", "dynamics", "Holds peaks under a ceiling, looking ahead.",
        _number("ceiling_db", "Ceiling", "dB", -24.0, 0.0, -1.0), _RELEASE,
        _number("lookahead_ms", "Look-ahead", "ms", 0.1, 20.0, 5.0), _switch("true_peak", "True peak"), memory_s=1.0,
    ),
    _effect("HighpassFilter", "filter", "6 dB per octave off the lows.", _hertz("cutoff_frequency_hz", "Cutoff", 50.0)),
    _effect("LowpassFilter", "filter", "6 dB per octave off the highs.", _hertz("cutoff_frequency_hz", "Cutoff", 50.0)),
    _effect("LowShelfFilter", "filter", "Lifts or lowers the lows.", *_EQ),
    _effect("HighShelfFilter", "filter", "Lifts or lowers the highs.", *_EQ),
    _effect("PeakFilter", "filter", "Lifts or lowers a band.", *_EQ),
    _effect(
        "LadderFilter", "filter", "The filter of analogue synthesizers.",
        _choice("mode", "Mode", _LADDER_MODES, "LPF12"), _hertz("cutoff_hz", "Cutoff", 200.0),
        _share("resonance", "Resonance", 0.0), _number("drive", "Drive", "", 1.0, 20.0, 1.0, octaves=True),
        memory_s=0.5,
    ),
    _effect(
        "Reverb", "space", "A room, after Freeverb.",
        _share("room_size", "Room size", 0.5), _share("damping", "Damping", 0.5), _share("wet_level", "Wet", 0.33),
        _share("dry_level", "Dry", 0.4), _share("width", "Width", 1.0), _share("freeze_mode", "Freeze", 0.0),
        memory_s=3.0,
    ),
    _effect(
        "Convolution", "space", "A room or loudspeaker, from its impulse response.",
        _file("impulse_response_filename", "Impulse response"), _share("mix", "Mix", 1.0), memory_s=3.0,
    ),
    _effect(
        "Delay", "space", "Echoes.",
        _number("delay_seconds", "Time", "s", 0.001, 10.0, 0.5, octaves=True),
        _share("feedback", "Feedback", 0.0), _share("mix", "Mix", 0.5), memory_s=3.0,
    ),
    _effect(
        "Chorus", "modulation", "Several voices, slightly apart.",
        _number("rate_hz", "Rate", "Hz", 0.01, 99.0, 1.0, octaves=True), _share("depth", "Depth", 0.25),
        _number("centre_delay_ms", "Delay", "ms", 1.0, 100.0, 7.0, octaves=True),
        _number("feedback", "Feedback", "", -0.95, 0.95, 0.0), _share("mix", "Mix", 0.5), memory_s=0.5,
    ),
    _effect(
        "Phaser", "modulation", "Notches that sweep through the spectrum.",
        _number("rate_hz", "Rate", "Hz", 0.01, 99.0, 1.0, octaves=True), _share("depth", "Depth", 0.5),
        _hertz("centre_frequency_hz", "Centre", 1300.0), _number("feedback", "Feedback", "", -0.95, 0.95, 0.0),
        _share("mix", "Mix", 0.5), memory_s=0.5,
    ),
    _effect("PitchShift", "pitch", "Higher or lower at the same length.",
            _number("semitones", "Semitones", "st", -24.0, 24.0, 0.0), memory_s=0.0),
    _effect("Distortion", "colour", "Soft saturation.", 
            _number("drive_db", "Drive", "dB", 0.0, 60.0, 25.0), memory_s=0.0),
    _effect("Clipping", "colour", "Hard clipping.", _number(*_THRESHOLD, -60.0, 0.0, -6.0), memory_s=0.0),
    _effect("Bitcrush", "colour", "Fewer bits.", _number("bit_depth", "Bits", "bit", 1.0, 32.0, 8.0), memory_s=0.0),
    _effect(
        "Resample", "colour", "A lower sample rate.",
        _number("target_sample_rate", "Rate", "Hz", 1000.0, 48_000.0, 8000.0, octaves=True),
        _choice("quality", "Quality", _QUALITIES, "WindowedSinc32"),
    ),
    _effect(
        "MP3Compressor", "colour", "The sound of MP3, at 8 to 48 kHz.",
        _number("vbr_quality", "Compression", "", 0.1, 9.9, 2.0), memory_s=0.5,
    ),
    _effect(
        "GSMFullRateCompressor", "colour", "The sound of an old mobile phone.",
        _choice("quality", "Quality", _QUALITIES, "WindowedSinc8"), memory_s=0.0,
    ),
)  # fmt: skip
"""Grouped by category, in the order in which a menu shows them."""


def default_parameters(info: EffectInfo) -> dict[str, ParameterValue]:
    """Return every parameter of `info` at its default."""
    return {parameter.name: parameter.default for parameter in info.parameters}
