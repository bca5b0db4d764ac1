"""Puts `tests/` on the path, so that every area can use the helpers beside this file."""
