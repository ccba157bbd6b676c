"""Who has left, by keyed hash, in a file beside neither database nor backup: a restored copy forgets them again.

Each line is "-" or "+" and the hash: who left, and who came back by confirming. The database remembers how long the
journal was when it was last written to; what is longer now, a restored copy does not know of.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

_LINE = re.compile(r"([-+])([0-9a-f]{64})")
MARK = "erasures"  # the key under which the database remembers the journal's length


class Erasures:
    """The journal; several processes may add to it, each line at once."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def left(self, index: str) -> int:
        """Somebody has left; on the disk before this returns the journal's length. Raises OSError."""
        return self._add("-", index)

    def came(self, index: str) -> int:
        """Somebody has confirmed, perhaps once more; as `left`."""
        return self._add("+", index)

    def _add(self, sign: str, index: str) -> int:
        # A line that a crash has torn off ends before the next one begins.
        line = f"\n{sign}{index}\n".encode("ascii")
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            if os.write(descriptor, line) != len(line):
                raise OSError(f"{self._file.name} could not be written whole")
            os.fsync(descriptor)
            return os.fstat(descriptor).st_size
        finally:
            os.close(descriptor)

    def length(self) -> int:
        """How long the journal is, in bytes."""
        return self._file.stat().st_size if self._file.exists() else 0

    def gone(self, since: int = 0) -> frozenset[str]:
        """The hashes of everybody who has left and not come back, by what was written behind a length."""
        if not self._file.exists():
            return frozenset()
        with self._file.open("rb") as journal:
            journal.seek(since)
            lines = journal.read().decode("ascii", "replace").splitlines()
        last = {found[2]: found[1] for line in lines if (found := _LINE.fullmatch(line))}
        return frozenset(index for index, sign in last.items() if sign == "-")
