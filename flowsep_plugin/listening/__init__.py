"""Find out which sounds are in a clip, without queries: what, when, how loud and how sure."""
