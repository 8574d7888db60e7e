"""Build what is published, describe and audit what it needs, and try it in an environment of its own."""
