"""The sound streams of a video in words."""

from flowsep_ui.studio.texts import number, translate

from flowsep_plugin.media.container import AudioStream


def stream_text(stream: AudioStream) -> str:
    """Return a stream in words, such as "2 · deu · Commentary · AAC · 2 channels · default"."""
    count = stream.channels
    channels = translate("Streams", "1 channel") if count == 1 else translate("Streams", "{0} channels").format(count)
    rate = translate("Streams", "{0} kHz").format(number(stream.rate / 1000, 0 if stream.rate % 1000 == 0 else 1))
    default = translate("Streams", "default") if stream.default else ""
    facts = (stream.choice, stream.language, stream.title, stream.codec.upper(), channels, rate, default)
    return " · ".join(filter(None, facts))
