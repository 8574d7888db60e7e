"""Remove one sound from a recording: `python remove_a_sound.py field.wav "wind noise"`."""

import sys

from pedalboard.io import AudioFile

from flowsep_plugin.bridge import FlowSep

path, query, *model = sys.argv[1:]

with AudioFile(path) as f:
    audio, rate = f.read(f.frames), f.samplerate

flowsep = FlowSep(query, model=model[0] if model else "default")
flowsep(audio, rate)

with AudioFile("without.wav", "w", rate, audio.shape[0], bit_depth=24) as f:
    f.write(flowsep.residual)
print(f"without.wav is {path} without {query!r}")
