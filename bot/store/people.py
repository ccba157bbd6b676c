"""What people have said: approved sentences (the memory), and the audit trail, each row chained to the one before."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.schema import event, memory


async def recall(c: AsyncConnection, keys: Sequence[str]) -> dict[str, tuple[str, str, str, str]]:
    """key -> (approved sentence, its approver, engine and version that wrote it, "" for people's own words)."""
    columns = (memory.c.key, memory.c.target, memory.c.approver, memory.c.engine, memory.c.version)
    rows = await c.execute(sa.select(*columns).where(memory.c.key.in_(keys)))
    return {key: (target, approver, engine, version) for key, target, approver, engine, version in rows}


async def remember(c: AsyncConnection, entries: Iterable[Mapping[str, Any]], now: datetime) -> None:
    """Keep approved sentences: key, source_language, language, source, target, approver; the newest word counts.

    `engine` and `version` say which machine wrote what a person approved; without them the words are the person's own.
    """
    for entry in entries:
        words = {"engine": "", "version": ""} | dict(entry) | {"at": now}
        changed = await c.execute(sa.update(memory).where(memory.c.key == entry["key"]).values(**words))
        if changed.rowcount == 0:
            await c.execute(sa.insert(memory).values(**words))


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One line of the audit trail."""

    who: str
    what: str
    subject: str | None = None
    revision: int | None = None
    detail: str = ""


async def record(c: AsyncConnection, now: datetime, **values: Any) -> None:
    """Write one act (the fields of `Act`) into the audit trail, in the transaction of the act itself."""
    await record_all(c, now, [Act(**values)])


async def record_all(c: AsyncConnection, now: datetime, acts: Sequence[Act]) -> None:
    """Write acts into the audit trail, in their order."""
    if not acts:
        return
    last = await c.execute(sa.select(event.c.chain).order_by(event.c.id.desc()).limit(1))
    chain = last.scalar() or ""
    rows = []
    for act in acts:
        values = asdict(act)
        chain = _link(chain, now, values)
        rows.append(values | {"at": now, "chain": chain})
    await c.execute(sa.insert(event), rows)


async def trail(c: AsyncConnection, subject: str | None = None) -> list[Mapping[str, Any]]:
    """The audit trail, oldest first; of one subject or of all."""
    query = sa.select(event).order_by(event.c.id)
    if subject is not None:
        query = query.where(event.c.subject == subject)
    return [dict(row) for row in (await c.execute(query)).mappings()]


async def first_break(c: AsyncConnection) -> int | None:
    """The number of the first line of the trail that does not follow from the one before it; None when all do."""
    chain = ""
    for row in await trail(c):
        values = {key: row[key] for key in ("who", "what", "subject", "revision", "detail")}
        if row["chain"] != _link(chain, row["at"], values):
            return int(row["id"])
        chain = row["chain"]
    return None


def _link(before: str, at: datetime, values: Mapping[str, Any]) -> str:
    words = [before, at.isoformat(), *(str(values[key]) for key in sorted(values))]
    return hashlib.sha256("\x1f".join(words).encode()).hexdigest()
