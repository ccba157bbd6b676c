"""Who has left, by keyed hash, in a file beside neither database nor backup: a restored copy forgets them again.

Each line is "-" or "+" and the hash: who left, and who came back by confirming. The last line of a hash counts.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

_LINE = re.compile(r"([-+])([0-9a-f]{64})")


class Erasures:
    """The journal; several processes may add to it, each line at once."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def left(self, index: str) -> None:
        """Somebody has left; on the disk before this returns. Raises OSError."""
        self._add("-", index)

    def came(self, index: str) -> None:
        """Somebody has confirmed, perhaps once more. Raises OSError."""
        self._add("+", index)

    def _add(self, sign: str, index: str) -> None:
        descriptor = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, f"{sign}{index}\n".encode("ascii"))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def gone(self) -> frozenset[str]:
        """The hashes of everybody who has left and not come back. A line that was torn off says nothing."""
        try:
            lines = self._file.read_text(encoding="ascii", errors="replace").splitlines()
        except FileNotFoundError:
            return frozenset()
        last = {found[2]: found[1] for line in lines if (found := _LINE.fullmatch(line))}
        return frozenset(index for index, sign in last.items() if sign == "-")
