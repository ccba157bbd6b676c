"""An issue to its readers: they are gathered once, and each is served once, whatever is killed on the way.

Rows are opened here alone. A mail that may have gone out goes again as the same mail, byte for byte.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from bot import outbox
from bot.errors import TemporaryError
from bot.model import MACHINE
from bot.pipeline.leaving import scrub
from bot.pipeline.returning import heed
from bot.store import Store, alarms, gates, ledger, mails, people
from bot.store.mails import Settled
from bot.subscribers.bounces import Meaning, meaning
from bot.subscribers.choices import Choices, restored
from bot.subscribers.erasures import Erasures
from bot.subscribers.sealing import Opener, Sealed
from channels import Bounced, Later, Outcome, Post, Receipt, Refused, Unknown

AT_ONCE = 200  # readers whose rows are opened before they are written down
SOONEST = timedelta(minutes=5)  # until a mail that was put off is tried again: greylisting needs as long
SWEEP = timedelta(hours=1)
KEPT = timedelta(days=60)  # for so long it is known who got what: to put it right, and to believe what comes back
MOST_DOUBTFUL = 3  # tries of a mail whose outcome nobody knows
FEW = 5  # refusals, below which no share of them says anything
BUSY_SECONDS = 1.0  # between two tries to write down what became of mails
WRONG_KEY = "no row of an issue can be read"
RELAYS = "mail/relays"  # the keys of alarms
KEYS = "mail/keys"


class Sheet(Protocol):
    """One issue in one language, laid out; each reader's mail is made of it."""

    def mail(self, address: str, word: str, token: str, answers: str) -> Any:
        """One reader's mail; `token` names it, `answers` the one that it puts right, "" for none.

        Raises ValueError when it would not arrive as it was laid out.
        """
        ...


class Press(Protocol):
    """Who lays issues out and hands mails over; `batch` of them at a time."""

    batch: int

    def sheet(
        self, post: Post, *, channel: str, language: str, date: datetime, leave: str, quiet: tuple[str, str] | None
    ) -> Sheet:
        """The sheet of an issue; `quiet` are subject and foot of discreet letters."""
        ...

    async def hand_over(self, mails: Sequence[Any]) -> list[Outcome]:
        """Hand some mails over; the outcome of each. Later with seconds: no relay can be reached."""
        ...

    def close(self) -> None:
        """Let go of the connections."""
        ...


@dataclass(slots=True, kw_only=True)
class Mailing:
    """The sender of issues. `quiet(language, date)` are the subject and the foot of discreet letters."""

    store: Store
    opener: Opener
    press: Press
    erasures: Erasures
    quiet: Callable[[str, datetime], tuple[str, str]]
    public_url: str
    clock: Callable[[], datetime]
    sheets: dict[tuple[int, int, bool], Sheet] = field(default_factory=dict)
    swept: datetime | None = None
    unsettled: bool = False  # mails are marked as being sent
    waits: bool = False  # an issue whose readers are to be gathered

    async def recover(self) -> int:
        """What a dead process was sending is due again; how many mails."""
        async with self.store.write() as c:
            found = await mails.recover(c, self.clock())
        self.unsettled = False
        return found

    async def work(self, closing: Callable[[], bool] = lambda: False) -> int:
        """Gather and send all that is due, until `closing`; how many mails have gone out."""
        await self._sweep()
        async with self.store.read() as c:
            if not await mails.under_way(c):
                return 0
        if self.unsettled:
            await self.recover()  # of a batch that broke off, in whatever way
        sent, done, reached = 0, list[Settled](), True
        try:
            await self._gather_all()
            while batch := await self._noted(done, closing() or not reached):
                done = []
                if self.waits:  # a correction does not wait until a long issue is through
                    await self._gather_all()
                done, reached = await self._send(batch)
                sent += sum(one.state == mails.SENT for one in done)
        except Sealed as error:
            async with self.store.write() as c:
                await self._unreadable(c, error)
        finally:
            self.press.close()
            self.sheets.clear()
        await self._finish()
        return sent

    # ---- gathering

    async def _gather_all(self) -> None:
        async with self.store.read() as c:
            issues = await mails.in_state(c, "gathering")
        for issue in issues:
            await self._gather(issue)

    async def _gather(self, issue: Mapping[str, Any]) -> None:
        """Freeze who gets an issue: everybody who wants it now, or whoever was told what it puts right."""
        cursor: str | None = issue["cursor"]
        while cursor is not None:
            damaged = False
            async with self.store.read() as c:
                if issue["pace"] is None:
                    rows = await mails.told_after(c, issue["id"], cursor, AT_ONCE)
                else:
                    rows = await mails.readers_after(c, cursor, AT_ONCE)
            if issue["pace"] is None:
                told = {id.partition(" ")[0]: token for token, id in self._revealed(rows).items()}
                ids = [f"{id} {token}" for id, token in told.items()]
                if rows and not ids:
                    raise Sealed(WRONG_KEY)
                last = f"{rows[-1]['issue_id']}/{rows[-1]['token']}" if rows else ""
            else:
                wanting = [(row["id"], self._wants(row, issue)) for row in rows]
                if rows and all(wants is None for _, wants in wanting):
                    raise Sealed(WRONG_KEY)  # the issue waits for the right one
                damaged = any(wants is None for _, wants in wanting)
                ids = [id for id, wants in wanting if wants]
                last = rows[-1]["id"] if rows else ""
            cursor = last if len(rows) == AT_ONCE else None
            tokens = {self.opener.token(issue["key"], id.partition(" ")[0]): id for id in ids}
            made = [(token, self.opener.hide(token, id)) for token, id in tokens.items()]
            async with self.store.write() as c:
                await mails.gather(c, issue["id"], made, cursor, self.clock())
                if damaged:
                    await self._unreadable(c, Sealed("single rows are damaged"))

    def _wants(self, row: Mapping[str, Any], issue: Mapping[str, Any]) -> bool | None:
        """Whether a reader has chosen this language and pace; None for a row that cannot be opened."""
        try:
            choices = self._choices(row)
        except Sealed:
            return None
        return (choices.language, choices.pace.value) == (issue["language"], issue["pace"])

    def _choices(self, row: Mapping[str, Any]) -> Choices:
        """A reader's newest choices; those of the form where the pages have written nonsense since. Raises Sealed."""
        if row["choices"] is not None:
            with suppress(ValueError):
                return restored(self.opener.open(row["id"], "choices", row["choices"]))
        try:
            return restored(self.opener.open(row["id"], "row", row["sealed"]))
        except ValueError as error:
            raise Sealed(str(error)) from None

    async def _unreadable(self, c: Any, error: Sealed) -> None:
        text = f"Readers' rows cannot be opened, and they get no letter: {error}."
        cure = "Put back the reader_private_key with which they subscribed."
        await alarms.raise_lasting(c, KEYS, text, cure, self.clock())

    # ---- sending

    async def _noted(self, done: Sequence[Settled], ending: bool) -> list[Mapping[str, Any]]:
        """`_next`, however long the database is busy: only we know what became of mails."""
        while True:
            try:
                batch = await self._next(done, ending)
            except TemporaryError:
                if not done:
                    raise
                await asyncio.sleep(BUSY_SECONDS)
            except Exception:  # raised again: the next batch is broken, and what became of the last is not forgotten
                if done:
                    async with self.store.write() as c:
                        await mails.settle(c, done)
                raise
            else:
                self.unsettled = bool(batch)
                return batch

    async def _next(self, done: Sequence[Settled], ending: bool) -> list[Mapping[str, Any]]:
        """Write down what became of the last mails, and mark the next, in one transaction; none when it is `ending`."""
        now = self.clock()
        async with self.store.write() as c:
            await mails.settle(c, done)
            if ending:
                return []
            rows, self.waits = await mails.claim(c, now, self.press.batch)
            if not rows:
                return []
            ids = self._revealed(rows)
            if not ids:
                await mails.settle(c, [self._again(row, SOONEST, WRONG_KEY) for row in rows])
                await self._unreadable(c, Sealed(WRONG_KEY))
                return []
            known = await mails.readers_of(c, {id.partition(" ")[0] for id in ids.values()})
        made: list[Mapping[str, Any]] = []
        for row in rows:
            id, _, answers = ids.get(row["token"], "").partition(" ")
            made.append({**row, "reader": known.get(id), "answers": answers})
        return made

    def _revealed(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
        """Token -> reader of some rows, and behind a space the token of the mail that theirs answers, if any.

        A row that is damaged has none; when all are, it is the key.
        """
        ids: dict[str, str] = {}
        for row in rows:
            with suppress(Sealed):
                ids[row["token"]] = self.opener.reveal(row["token"], row["who"])
        return ids

    async def _send(self, batch: Sequence[Mapping[str, Any]]) -> tuple[list[Settled], bool]:
        """Hand a batch over; what became of each mail, and whether any relay takes mail at all."""
        ready: list[tuple[Mapping[str, Any], Any]] = []
        done: list[Settled] = []
        for row in batch:
            made = await self._made(row)
            if isinstance(made, Settled):
                done.append(made)
            else:
                ready.append((row, made))
        outcomes = await self.press.hand_over([mail for _, mail in ready])
        if (reason := _brake(outcomes)) is not None:
            # So many at once are no readers' fault: nobody is counted out, and a person must look.
            await self._stop(batch[0]["channel"], reason)
            outcomes = [
                Refused(reason=one.reason, lasting=True) if isinstance(one, Bounced) else one for one in outcomes
            ]
        for (row, _), one in zip(ready, outcomes, strict=True):
            try:
                done.append(await self._settled(row, one))
            except (OSError, TemporaryError) as error:
                # What follows from a refusal could not be written down: it is asked for once more.
                done.append(self._again(row, SOONEST, f"{type(error).__name__} after a refusal"))
        return done, not any(isinstance(one, Later) and one.seconds is not None for one in outcomes)

    async def _made(self, row: Mapping[str, Any]) -> Any | Settled:
        """One reader's mail; or what becomes of the row, when there is none to send."""
        reader = row["reader"]
        if reader is None:
            return self._over(row, mails.CANCELLED, "the reader has left, or the row is damaged")
        try:
            values = self.opener.open(reader["id"], "row", reader["sealed"])
            newer = reader["choices"] is not None
            sheet = await self._sheet(row, (self._choices(reader) if newer else restored(values)).discreet)
            return sheet.mail(values["address"], values["word"], row["token"], row["answers"])
        except Sealed as error:
            async with self.store.write() as c:
                await self._unreadable(c, error)
            return self._again(row, timedelta(hours=1), str(error))
        except ValueError as error:
            text = (
                f"Some mails of {row['channel']} in {row['language']} would not arrive as they were laid out: {error}"
            )
            cure = "They wait, for a week at most, until that is mended."
            await self._tell(f"mail/unsound/{row['issue_id']}", f"{text}.", cure)
            return self._again(row, timedelta(hours=1), f"it would not arrive as it was laid out: {error}")

    async def _sheet(self, row: Mapping[str, Any], discreet: bool) -> Sheet:
        """The sheet of what goes out to readers of one kind, laid out once. Raises ValueError."""
        key = (row["issue_id"], row["rendition"], discreet)
        if key not in self.sheets:
            async with self.store.read() as c:
                (post,) = ledger.approved_of(await ledger.rendition_of(c, row["rendition"])).posts
            language, moment = row["language"], row["date"]
            self.sheets[key] = self.press.sheet(
                post,
                channel=row["channel"],
                language=language,
                date=moment,
                leave=f"{self.public_url.rstrip('/')}/{language}/u/",
                quiet=self.quiet(language, moment) if discreet else None,
            )
        return self.sheets[key]

    # ---- what became of a mail

    def _over(self, row: Mapping[str, Any], state: str, error: str | None = None) -> Settled:
        """Its last word; how it went is kept with the words that went out, if any did."""
        kept = row["rendition"] if state == mails.SENT else row["rendition_id"]
        return Settled(
            issue=row["issue_id"],
            token=row["token"],
            state=state,
            due_at=row["due_at"],
            attempts=row["attempts"] + 1,
            kept=kept,
            error=error,
        )

    def _again(
        self, row: Mapping[str, Any], pause: timedelta, error: str, *, counts: bool = False, doubt: bool = False
    ) -> Settled:
        """It is due again; a mail that may have gone out (`doubt`, now or before) keeps its words."""
        attempts = 1 if doubt and row["rendition_id"] is None else row["attempts"] + (1 if counts else 0)
        return Settled(
            issue=row["issue_id"],
            token=row["token"],
            state=mails.DUE,
            due_at=self.clock() + pause,
            attempts=attempts,
            kept=row["rendition"] if doubt else row["rendition_id"],
            error=error,
        )

    async def _settled(self, row: Mapping[str, Any], outcome: Outcome) -> Settled:
        """What an outcome makes of a row, and of its reader."""
        wait = max(SOONEST, outbox.wait(row["attempts"] + 1))
        match outcome:
            case Receipt():
                return self._over(row, mails.SENT)
            case Bounced():
                async with self.store.write() as c:
                    about = await heed(c, row["reader"], outcome.status, self.erasures, self.clock())
                await scrub(self.store)
                if about is Meaning.OURS and row["attempts"] + 1 < outbox.MAX_ATTEMPTS:
                    return self._again(row, wait, outcome.reason, counts=True)
                return self._over(row, mails.FAILED, outcome.status or outcome.reason)
            case Refused(lasting=True):
                await self._stop(row["channel"], outcome.reason)
                return self._again(row, timedelta(), outcome.reason)
            case Later(seconds=float() | int() as seconds):
                await self._unreached(outcome.reason)
                return self._again(row, timedelta(seconds=seconds), outcome.reason)
            case Unknown() if row["rendition_id"] is not None and row["attempts"] + 1 >= MOST_DOUBTFUL:
                text = f"Of some mails of {row['channel']} nobody knows whether they arrived: {outcome.reason}."
                cure = f"They were tried {MOST_DOUBTFUL} times and are not sent again. The relay's own log may tell."
                await self._tell(f"mail/doubt/{row['issue_id']}", text, cure)
                return self._over(row, mails.SENT, mails.DOUBT)
            case Unknown():
                return self._again(row, wait, outcome.reason, counts=True, doubt=True)
            case _:
                return self._again(row, wait, outcome.reason, counts=True)

    async def _tell(self, key: str, text: str, cure: str) -> None:
        now = self.clock()
        async with self.store.write() as c:
            await alarms.raise_event(c, key, text, cure, now)

    async def _stop(self, channel: str, reason: str) -> None:
        """Nothing more goes to any reader until somebody has mended it."""
        now = self.clock()
        async with self.store.write() as c:
            await gates.set_pause(c, channel, None, reason, MACHINE, now)
            text = f"No mail is sent by {channel} until this is mended: {reason}"
            await alarms.raise_lasting(c, f"stopped/{channel}", text, f"Then: vestka resume {channel}", now)

    async def _unreached(self, reason: str) -> None:
        now = self.clock()
        async with self.store.write() as c:
            text = f"No relay takes the newsletter: {reason}. It is tried again and again; nothing is lost."
            await alarms.raise_lasting(c, RELAYS, text, "See `vestka doctor`.", now)

    # ---- the end of an issue

    async def _sweep(self) -> None:
        """Give up what is too late, and forget who got what long ago; once an hour is enough."""
        now = self.clock()
        if self.swept is not None and abs(now - self.swept) < SWEEP:
            return
        async with self.store.write() as c:
            if late := await mails.expire(c, now):
                text = f"{late} mails of the newsletter have not gone out in time, and never will."
                await alarms.raise_event(c, f"mail/expired/{now:%Y-%m-%d}", text, "See `vestka audit`.", now)
            await mails.forget(c, now - KEPT)
        self.swept = now

    async def _finish(self) -> None:
        """Note in the trail how issues went that have come to their end, by number only."""
        now = self.clock()
        async with self.store.write() as c:
            for issue, counts in await mails.finish(c):
                said = ", ".join(f"{count:,} {state}" for state, count in sorted(counts.items())) or "no reader"
                subject = issue["key"].split("/")[0]
                await people.record(
                    c, now, who=MACHINE, what="mailed", subject=subject, detail=f"{issue['key']}: {said}"
                )
                if counts.get(mails.SENT):
                    await alarms.clear(c, RELAYS, now)
                    await alarms.clear(c, KEYS, now)
                lost = counts.get(mails.FAILED, 0)
                if lost >= FEW and lost * 20 > sum(counts.values()):
                    text = f"{lost:,} of {sum(counts.values()):,} mails of {issue['key']} were refused."
                    await alarms.raise_event(c, f"mail/lost/{issue['key']}", text, "See `vestka doctor`.", now)


def _brake(outcomes: Sequence[Outcome]) -> str | None:
    """Why nothing more should be sent for now: most of a batch was refused, and not for addresses that are gone."""
    refused = [one for one in outcomes if isinstance(one, Bounced) and meaning(one.status) is not Meaning.GONE]
    if len(refused) < FEW or len(refused) * 2 <= len(outcomes):
        return None
    return f"{len(refused)} of {len(outcomes)} mails were refused: {refused[0].reason} {refused[0].status}".rstrip()
