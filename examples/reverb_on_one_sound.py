"""Put a reverb on one sound of a mix and none on the others: `python reverb_on_one_sound.py mix.wav "a snare drum"`.

The delay of the boards is removed, so the stem stays in time with the mix and can be added to the residual.
"""

import sys

from pedalboard import Compressor, HighpassFilter, Pedalboard, Reverb
from pedalboard.io import AudioFile

from flowsep_plugin.bridge import FlowSep

path, query, *model = sys.argv[1:]

room = Pedalboard([HighpassFilter(150), Compressor(-24, 3), Reverb(room_size=0.6, wet_level=0.4)])
snare = FlowSep(query, post=room, model=model[0] if model else "default")

with AudioFile(path) as f:
    audio, rate = f.read(f.frames), f.samplerate

wet = snare(audio, rate) + snare.residual

with AudioFile("wet.wav", "w", rate, audio.shape[0], bit_depth=24) as f:
    f.write(wet)
print(f"wet.wav is {path} with {query!r} in a room")
