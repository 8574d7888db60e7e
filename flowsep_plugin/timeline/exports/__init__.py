"""Files for other programs beside a session: stem sets, labels, presence tables, MIDI tempo maps."""
