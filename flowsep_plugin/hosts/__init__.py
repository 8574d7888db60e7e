"""Integrations with DAWs: session files, REAPER, Ardour, Audacity, MIDI, and the desktop's menu."""
