"""Who may do what: people are known by numeric id alone, everything that is not allowed is refused in silence.

What was refused stands in the audit trail, without ids, and once an hour for each kind: a stranger must not fill it.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from bot.errors import UsageError
from bot.settings import Review
from bot.store import Store, gates, people

STRANGER = "a stranger"
ACTS = 30  # acts of one person a minute: more is no person's hand
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


class Access:
    """The reviewers and owners of the settings, and those of them whom an owner has blocked since."""

    def __init__(self, review: Review, store: Store, clock: Callable[[], datetime]) -> None:
        """Take who is who from the settings; `load` reads who is blocked."""
        self._review, self._store, self._clock = review, store, clock
        self._names = {number: name for name, number in review.reviewers.items()}
        self.blocked: frozenset[str] = frozenset()
        self._acts: dict[str, deque[datetime]] = {}
        self._told: dict[str, datetime] = {}

    async def load(self) -> None:
        """Read who is blocked."""
        async with self._store.read() as c:
            self.blocked = frozenset(json.loads(await gates.value(c, "desk/blocked") or "[]"))

    @property
    def reviewers(self) -> tuple[str, ...]:
        """Those who may decide now."""
        return tuple(name for name in self._review.reviewers if name not in self.blocked)

    @property
    def owners(self) -> tuple[str, ...]:
        """Those of them who may do everything."""
        return tuple(name for name in self.reviewers if name in self._review.owners)

    def ids(self) -> list[int]:
        """The numeric ids of those who may decide now."""
        return [self._review.reviewers[name] for name in self.reviewers]

    def name_of(self, number: int) -> str | None:
        """The reviewer with this numeric id; None for a stranger, and for whoever is blocked."""
        name = self._names.get(number)
        return None if name in self.blocked else name

    def known_as(self, number: int) -> str:
        """How the audit trail calls whoever has this numeric id."""
        return self._names.get(number, STRANGER)

    def chat_id(self, chat: str) -> int:
        """The numeric id of a chat as a card names it: a reviewer's own, or that of a group."""
        return self._review.reviewers[chat] if chat in self._review.reviewers else int(chat)

    def is_person(self, chat: str) -> bool:
        """Whether a card's chat is somebody's own."""
        return chat in self._review.reviewers

    def role(self, name: str) -> str:
        """ "owner" or "reviewer"."""
        return "owner" if name in self._review.owners else "reviewer"

    def rows(self) -> list[dict[str, object]]:
        """Everyone of the settings: {name, id, owner, blocked}."""
        return [
            {"name": name, "id": number, "owner": name in self._review.owners, "blocked": name in self.blocked}
            for name, number in self._review.reviewers.items()
        ]

    async def block(self, name: str, *, person: str) -> list[str]:
        """From now on this person may do nothing, and their buttons are dead. Raises UsageError."""
        if name == person or name not in self._review.reviewers:
            raise UsageError(f"{name[:40]!r} is no other reviewer; there are {', '.join(self._review.reviewers)}")
        await self._keep(self.blocked | {name}, "block", name, person)
        return [f"{name} may do nothing any more; take them out of review.reviewers in the settings too"]

    async def unblock(self, name: str, *, person: str) -> list[str]:
        """This person may decide again. Raises UsageError."""
        if name not in self.blocked:
            raise UsageError(f"{name[:40]!r} is not blocked")
        await self._keep(self.blocked - {name}, "unblock", name, person)
        return [f"{name} may decide again"]

    async def _keep(self, blocked: frozenset[str], what: str, name: str, person: str) -> None:
        async with self._store.write() as c:
            await gates.save_value(c, "desk/blocked", json.dumps(sorted(blocked)))
            if name in blocked:
                await gates.take_back(c, name)  # to whatever they have agreed so far
            await people.record(c, self._clock(), who=person, what=what, detail=name)
        self.blocked = blocked

    async def in_time(self, name: str) -> bool:
        """Whether this person's next act comes at a person's pace; if so it is counted."""
        now = self._clock()
        acts = self._acts.setdefault(name, deque(maxlen=ACTS))
        if len(acts) == ACTS and now - acts[0] < MINUTE:
            await self.refuse(name, f"more than {ACTS} acts a minute")
            return False
        acts.append(now)
        return True

    async def refuse(self, who: str, what: str) -> None:
        """Write down, at most once an hour for each kind, that something was refused."""
        now = self._clock()
        kind = f"{who}: {what}"
        if (last := self._told.get(kind)) is not None and timedelta() <= now - last < HOUR:
            return
        async with self._store.write() as c:
            await people.record(c, now, who=who, what="refused", detail=what)
        self._told[kind] = now


def chats_of(group: int | None, names: Sequence[str]) -> tuple[str, ...]:
    """The chats for a message to all of them: the group of the settings, else the own chat of each, by name."""
    return tuple(names) if group is None else (str(group),)
