"""Links to programs that hold the timeline: session files, REAPER, MIDI."""
