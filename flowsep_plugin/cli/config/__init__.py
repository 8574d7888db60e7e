"""`flowsep config`, and the values of options that come from settings or the environment."""
