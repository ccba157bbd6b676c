"""What an officer may do about readers: take a list in, tell one what is stored, erase one. No list comes out."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot import app
from bot.errors import SettingsError, UsageError
from bot.pipeline.leaving import note_left, scrub
from bot.pipeline.sealing import newcomer
from bot.settings import Settings
from bot.store import Store, people, readers
from bot.subscribers.addresses import normalised
from bot.subscribers.choices import Choices, Pace, chosen
from bot.subscribers.sealing import Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What came of an import: what is said of it, and whether a line was wrong."""

    lines: tuple[str, ...]
    wrong: bool


async def take_in(settings: Settings, file: Path, *, person: str, dry_run: bool) -> Taken:
    """Readers of a CSV file (`address`, `language`, `pace`), each sealed as the pages seal. Raises UsageError."""
    one, seals = app.newsletter(settings), app.front(settings)
    if one is None:
        raise SettingsError("channels — there is no newsletter")
    lines, rows = _rows_of(file, one.languages)
    new = known = left = 0
    journal = app.erasures(settings).gone()
    store = await Store.open(settings.database_url())
    try:
        async with store.write() as c:
            for address, choices in rows:
                if seals.index(address) in journal:
                    left += 1  # they have left us: a list that others keep does not bring them back
                    continue
                made, _ = newcomer(seals, address, choices, app.clock())
                new += (added := await readers.add(c, made))
                known += not added
            counted = f"{new} taken in, {known} there already or barred, {left} have left us before, {len(lines)} wrong"
            await people.record(c, app.clock(), who=person, what="readers", detail=f"import: {counted}")
            if dry_run:
                await c.rollback()
    finally:
        await store.close()
    return Taken(lines=(*lines, counted), wrong=bool(lines))


def _rows_of(file: Path, languages: tuple[str, ...]) -> tuple[list[str], list[tuple[str, Choices]]]:
    """What is wrong, by line and without repeating it, and the readers of a CSV file. Raises UsageError."""
    wrong, rows = [], []
    try:
        with file.open(encoding="utf-8-sig", newline="") as source:
            table = csv.DictReader(source)
            if "address" not in {str(name).strip().lower() for name in table.fieldnames or ()}:
                raise UsageError(f"{file.name} has no column address; its first line is: address,language,pace")
            for number, row in enumerate(table, 2):
                try:
                    form = {str(key).strip().lower(): str(value or "").strip() for key, value in row.items()}
                    form |= {} if form.get("pace") else {"pace": Pace.EACH}
                    rows.append((normalised(form.get("address", "")), chosen(form, languages, discreet=False)))
                except ValueError as error:
                    wrong.append(f"line {number}: {error}")
    except (OSError, UnicodeError, csv.Error) as error:
        why = getattr(error, "strerror", None) or type(error).__name__
        raise UsageError(f"{file.name} cannot be read as CSV in UTF-8: {why}") from None
    return wrong, rows


async def stored_of(settings: Settings, address: str, *, person: str) -> dict[str, Any]:
    """All that is stored of one reader. Raises UsageError for nobody, SettingsError without the private key."""
    index = app.front(settings).index(_one_address(address))
    opener = app.opener(settings)
    store = await Store.open(settings.database_url())
    try:
        async with store.write() as c:
            row = await readers.of(c, index)
            if row is not None:
                await people.record(
                    c, app.clock(), who=person, what="readers", detail="export of one reader's own data"
                )
    finally:
        await store.close()
    if row is None:
        raise UsageError("nobody with this address is stored")
    try:
        values = opener.open(row["id"], "row", row["sealed"])
        if row["choices"] is not None:
            values |= opener.open(row["id"], "choices", row["choices"])
    except Sealed:
        raise SettingsError("secrets — reader_private_key is not the one to which this reader was sealed") from None
    return values | {"week": row["week"], "confirmed": row["until"] is None}


async def erase(settings: Settings, address: str, *, person: str) -> bool:
    """Erase one reader and note it in the journal; whether there was one."""
    index = app.front(settings).index(_one_address(address))
    store = await Store.open(settings.database_url())
    try:
        async with store.write() as c:
            gone = await readers.erase(c, [index])
            if gone:
                await note_left(c, app.erasures(settings), index)
                await people.record(c, app.clock(), who=person, what="readers", detail="one reader erased")
        await scrub(store)
    finally:
        await store.close()
    return gone > 0


def _one_address(address: str) -> str:
    try:
        return normalised(address)
    except ValueError:
        raise UsageError("this is no address of one mailbox") from None
