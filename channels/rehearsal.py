"""The stand-in wire of every channel: writes down exactly what would have been sent, and sends nothing.

It is the demo, the safety switch of a new installation, and the fake in tests.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from channels import Channel, Checkup, Envelope, Later, Outcome, Post, Receipt, Refused

CALLS = "calls.jsonl"

_WORD = r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,62}[A-Za-z0-9_-])?"
_KEY = re.compile(
    rf"(?P<subject>[sd][0-9]+)/(?P<revision>r[0-9]+)/(?P<channel>{_WORD})/(?P<language>{_WORD})/(?P<part>[0-9]+)"
    rf"/(?P<cause>{_WORD})(?:/(?P<recipient>{_WORD}))?"
)


class Rehearsal:
    """A Wire that writes into `folder`: one line a call in calls.jsonl, one file a post in the channel's own folder.

    `kind` and `channel` are the channel's kind and module, `settings` those of the channel whose posts come here.
    """

    def __init__(self, folder: Path, *, kind: str, channel: Channel, settings: Any) -> None:
        self.folder = folder
        self.kind = kind
        self.channel = channel
        self.settings = settings

    async def send(self, post: Post, envelope: Envelope) -> Outcome:
        """Write the call down. Later when the disk does not take it; Refused when the key or the mail is not sound."""
        key = _KEY.fullmatch(envelope.key)
        if key is None or key["channel"] != envelope.channel:
            return Refused(reason=f"{envelope.key!r} cannot be the name of a file")
        try:
            extra = self.channel.specimen(post, envelope, self.settings)
        except ValueError as error:
            return Refused(reason=str(error))
        call = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "key": envelope.key,
            "channel": envelope.channel,
            "kind": self.kind,
            "language": envelope.language,
            "action": envelope.action,
            "part": post.part,
            "parts": post.parts,
            "length": post.length,
            "limit": post.limit,
            "payload": post.payload(),
        }
        name = "{subject}-{revision}-{language}-{part}-{cause}".format(**key.groupdict())
        try:
            self._keep(key["channel"], name, json.dumps(call, ensure_ascii=False, indent=2) + "\n", extra)
            _append(self.folder / CALLS, (json.dumps(call, ensure_ascii=False) + "\n").encode())
        except OSError as error:
            return Later(reason=f"the rehearsal cannot write to {self.folder}: {error.strerror or error}")
        number = hashlib.sha256(envelope.key.encode()).hexdigest()[:16]
        return Receipt(remote_id=f"rehearsal-{number}", url=None, wire="rehearsal")

    async def check(self, *, test: bool) -> Sequence[Checkup]:
        """Nothing that could fail is dialled."""
        return ()

    async def close(self) -> None:
        """There is nothing to let go of."""

    def _keep(self, channel: str, name: str, text: str, extra: tuple[str, bytes] | None) -> None:
        """The post's own file and, beside it, the specimen. Written before the line that stands for the sending."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        own = self.folder / channel
        own.mkdir(mode=0o700, exist_ok=True)
        if extra is not None:
            suffix, data = extra
            _replace(own / f"{name}{suffix}", data)
        _replace(own / f"{name}.json", text.encode())


def _replace(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(data)
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise


def _append(path: Path, line: bytes) -> None:
    """Add one line; half a line, of a disk that is full or of a process that was killed over it, is taken back.

    A kill can end a long write in its midst: its key was not written down as sent, and is no call.
    """
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        before = os.fstat(file).st_size
        if before and os.pread(file, 1, before - 1) != b"\n":
            before = path.read_bytes().rfind(b"\n") + 1
            os.ftruncate(file, before)
        if os.write(file, line) < len(line):
            os.ftruncate(file, before)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    finally:
        os.close(file)
