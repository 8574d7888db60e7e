"""What the panel is about, without Qt: sounds, takes, stems, selection, undo, autosave."""
