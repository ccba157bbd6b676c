"""Stretches of a sentence that may never be parted: a number and its noun, a quotation, an address, initials and a surname."""

from __future__ import annotations


def unbreakable(text: str, language: str) -> tuple[tuple[int, int], ...]:
    """(start, end) spans in code points, in order and without overlap, that no line or part may end inside."""
    return ()
