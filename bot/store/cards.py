"""The admins' messages with buttons, one row each.

A row is the state of its message; what stands in a chat only shows it. A person's own chat is kept by their name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.schema import card, delivery, event, rendition, story

KEPT = timedelta(days=7)  # how long a closed row is kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One row. `chat` is a person's name, or a group's numeric id; `message` is None until it was sent.

    `subject` is a story (`s12`), the key of a delivery, or what else the message is about; `body` says which of its
    screens it shows. `used`: its `nonce` has been acted upon. `shown` is the hash of what the message says by now.
    """

    id: int
    kind: str
    subject: str
    revision: int
    chat: str
    message: int | None
    nonce: str
    used: bool
    state: str
    person: str | None
    body: Mapping[str, Any]
    shown: str | None
    created: datetime
    expires: datetime | None

    @property
    def open(self) -> bool:
        """Whether its buttons still mean something."""
        return self.state == "open"


async def add(c: AsyncConnection, *, now: datetime, **values: Any) -> Card:
    """A new open row; `values` are the fields of `Card` that differ from an empty one."""
    whole: dict[str, Any] = {
        "revision": 0,
        "message": None,
        "used": False,
        "person": None,
        "body": {},
        "shown": None,
        "expires": None,
    }
    whole |= {"state": "open", "created": now} | values
    made = await c.execute(sa.insert(card).values(**whole))
    assert made.inserted_primary_key is not None  # a row has just been made
    return Card(id=made.inserted_primary_key[0], **whole)


async def find(c: AsyncConnection, number: int) -> Card | None:
    """One row by its number."""
    row = (await c.execute(sa.select(card).where(card.c.id == number))).mappings().first()
    return None if row is None else Card(**row)


async def prompt(c: AsyncConnection, chat: str, message: int) -> Card | None:
    """The open question whose message was answered."""
    query = sa.select(card).where(
        card.c.kind == "ask", card.c.chat == chat, card.c.message == message, card.c.state == "open"
    )
    row = (await c.execute(query)).mappings().first()
    return None if row is None else Card(**row)


async def standing(c: AsyncConnection) -> list[Card]:
    """Every open row, oldest first."""
    query = sa.select(card).where(card.c.state == "open").order_by(card.c.id)
    return [Card(**row) for row in (await c.execute(query)).mappings()]


async def change(c: AsyncConnection, number: int, **values: Any) -> None:
    """Set fields of one row."""
    await c.execute(sa.update(card).where(card.c.id == number).values(**values))


async def use(c: AsyncConnection, number: int, nonce: str, mark: str) -> bool:
    """Use a row's nonce up: True for the first who comes, and again for the same `mark` (the update that came twice).

    The mark tells a tap that was cut off half-way, and is delivered once more, from a second tap.
    """
    first = await c.execute(
        sa.update(card)
        .where(card.c.id == number, card.c.nonce == nonce, card.c.state == "open", card.c.used.is_(False))
        .values(used=True)
    )
    row = await find(c, number)
    if row is None or row.nonce != nonce or not row.open:
        return False
    if first.rowcount == 0:
        return row.body.get("mark") == mark
    await change(c, number, body={**row.body, "mark": mark})
    return True


async def sweep(c: AsyncConnection, kinds: Sequence[str], now: datetime) -> None:
    """Forget rows that were closed long ago, and the expired ones but for these kinds."""
    old = sa.and_(card.c.state == "closed", card.c.created < now - KEPT)
    over = sa.and_(card.c.expires < now, card.c.kind.not_in(kinds))
    await c.execute(sa.delete(card).where(sa.or_(old, over)))


async def pulse(c: AsyncConnection) -> str:
    """A word that changes whenever anything does that a message could show: cheap, so that all else can be spared."""
    acts = await c.scalar(sa.select(sa.func.max(event.c.id)))
    seen = (await c.execute(sa.select(sa.func.sum(story.c.revision), sa.func.sum(story.c.drafted)))).one()
    made = await c.scalar(sa.select(sa.func.max(rendition.c.id)))
    states = await c.execute(
        sa.select(delivery.c.state, sa.func.count()).group_by(delivery.c.state).order_by(delivery.c.state)
    )
    return repr((acts, tuple(seen), made, [tuple(row) for row in states]))
