"""Mouse, wheel and keyboard on the timeline view."""
