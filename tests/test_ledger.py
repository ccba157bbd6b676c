"""The ledger under way: who may send what and when, and what a crash leaves behind; on SQLite and on PostgreSQL."""

from datetime import datetime, timedelta

import pytest

from bot import outbox, review
from bot.delivery import work_off
from bot.model import Approved, Claimed, Delivery, DeliveryState, Subject
from bot.store import Store, ledger
from channels import Envelope, Later, Outcome, Post, Receipt, Refused, Unknown
from tests.test_outbox import NOW, checked

POSTS = tuple(Post(part=n, parts=3, text=f"Частка {n}", length=8, limit=280) for n in (1, 2, 3))
SENT = Receipt(remote_id="7", url=None, wire="rehearsal")


async def approve(store: Store, channel: str = "x-en", *, public: bool = True, wire: str = "rehearsal") -> None:
    """A thread of three parts, approved and in the outbox."""
    subject = Subject(name="s1", revision=1, channel=channel, language="en")
    decision = review.judge(subject, checked(), POSTS, policy="when_flagged", now=NOW)
    assert isinstance(decision, Approved)
    async with store.write() as c:
        number = await ledger.save_rendition(c, decision, checked(), "x", NOW)
        rows = outbox.enqueue(decision, kind="x", public=public, now=NOW, lifetime=timedelta(hours=24))
        assert await ledger.enqueue(c, rows, number, wire=wire, now=NOW)


class Book:
    """The ledger as a process sees it: `delivery.Ledger` for one owner."""

    def __init__(self, store: Store, owner: str = "me", wire: str = "rehearsal") -> None:
        self.store = store
        self.owner = owner
        self.wire = wire

    async def claim(self, channel: str, now: datetime) -> Claimed | None:
        """The next due row."""
        async with self.store.write() as c:
            await ledger.expire(c, channel, wire=self.wire, now=now)
            one = await ledger.next_due(c, channel, wire=self.wire, now=now)
            if one is None:
                return None
            return await ledger.begin(c, one, owner=self.owner, now=now, lease_until=now + outbox.LEASE)

    async def settle(self, row: Delivery, outcome: Outcome, now: datetime) -> None:
        """Its outcome."""
        assert await self.write_down(row, outcome, now)

    async def write_down(self, row: Delivery, outcome: Outcome, now: datetime) -> bool:
        """Its outcome; whether the ledger took it."""
        change = outbox.settle(outcome, row, public=row.public, now=now)
        async with self.store.write() as c:
            return await ledger.settle(c, row.number, row.attempts, self.owner, now, outcome="x", change=change)

    async def states(self) -> list[str]:
        """The states of all rows, in order."""
        async with self.store.read() as c:
            return [row["state"] for row in await ledger.deliveries(c)]


class Wire:
    """A wire that answers what it was told to, and looks into the ledger while it sends."""

    def __init__(self, book: Book, *answers: Outcome) -> None:
        self.book = book
        self.answers = list(answers)
        self.seen: list[tuple[str, str | None, str]] = []

    async def send(self, post: Post, envelope: Envelope) -> Outcome:
        """One call."""
        part = int(envelope.key.split("/")[4])
        self.seen.append((post.text, envelope.reply_to, (await self.book.states())[part - 1]))
        return self.answers.pop(0) if self.answers else SENT


async def run(book: Book, wire: Wire, now: datetime = NOW) -> int:
    """Everything that is due."""
    return await work_off(book, "x-en", wire, clock=lambda: now, silent=lambda _: False)


async def test_an_attempt_is_written_down_before_a_byte_leaves(store: Store) -> None:
    """While a part is on its way, the ledger already says so; each part answers the one before it."""
    await approve(store)
    book = Book(store)
    wire = Wire(book)
    assert await run(book, wire) == 3
    assert wire.seen == [("Частка 1", None, "sending"), ("Частка 2", "7", "sending"), ("Частка 3", "7", "sending")]
    assert await book.states() == ["sent"] * 3


@pytest.mark.parametrize("outcome", [Unknown(reason="no answer"), Later(reason="flood", seconds=60.0)])
async def test_a_part_waits_for_the_part_before_it(store: Store, outcome: Outcome) -> None:
    """A thread never goes on over a gap: the second part waits until the first is known to be there."""
    await approve(store)
    book = Book(store)
    assert await run(book, Wire(book, outcome)) == 1
    assert (await book.states())[1:] == ["due", "due"]
    assert await run(book, Wire(book)) == 0


async def test_waiting_is_as_long_as_told(store: Store) -> None:
    """A platform that asks for a minute gets its minute, and then the thread goes on by itself."""
    await approve(store)
    book = Book(store)
    await run(book, Wire(book, Later(reason="flood", seconds=60.0)))
    assert await run(book, Wire(book), NOW + timedelta(seconds=59)) == 0
    assert await run(book, Wire(book), NOW + timedelta(seconds=60)) == 3


async def test_a_late_answer_of_another_owner_changes_nothing(store: Store) -> None:
    """A process that was thought dead cannot overwrite what was settled in the meantime."""
    await approve(store)
    old, new = Book(store, "old"), Book(store, "new")
    claimed = await old.claim("x-en", NOW)
    assert claimed is not None
    async with store.write() as c:
        await ledger.resettle(c, claimed.delivery.number, DeliveryState.DUE, NOW, None)
    again = await new.claim("x-en", NOW)
    assert again is not None and again.delivery.key == claimed.delivery.key
    assert not await old.write_down(claimed.delivery, Unknown(reason="late"), NOW)
    assert await new.write_down(again.delivery, SENT, NOW)
    assert not await new.write_down(again.delivery, Unknown(reason="twice"), NOW)


async def test_two_processes_never_take_the_same_post(store: Store) -> None:
    """What one process is sending, another does not see as due."""
    await approve(store)
    assert await Book(store, "one").claim("x-en", NOW) is not None
    assert await Book(store, "two").claim("x-en", NOW) is None


async def test_a_stale_automatic_post_is_not_sent(store: Store) -> None:
    """An automatic post that could not go out for a day is no longer news: it expires and says so."""
    await approve(store)
    book = Book(store)
    assert await run(book, Wire(book), NOW + timedelta(hours=25)) == 0
    assert await book.states() == ["expired", "cancelled", "cancelled"]


async def test_a_thread_that_has_begun_is_finished_however_late(store: Store) -> None:
    """A thread does not end in its middle because a day has passed."""
    await approve(store)
    book = Book(store)
    await run(book, Wire(book, SENT, Later(reason="flood", seconds=60.0)))
    assert await run(book, Wire(book), NOW + timedelta(hours=48)) == 2


async def test_what_follows_a_part_that_will_never_come_is_given_up(store: Store) -> None:
    """When a part of a thread is refused for good, the parts behind it are not sent and do not wait for ever."""
    await approve(store)
    book = Book(store)
    await run(book, Wire(book, SENT, Refused(reason="no rights")))
    assert await book.states() == ["sent", "failed", "cancelled"]


async def test_going_live_does_not_send_what_was_rehearsed(store: Store) -> None:
    """Switching to the live wire cancels what was only rehearsed and is still waiting."""
    await approve(store)
    live = Book(store, wire="live")
    assert await run(live, Wire(live)) == 0
    async with store.write() as c:
        await ledger.cancel_rehearsed(c, "rehearsal")
    assert await live.states() == ["due"] * 3
    async with store.write() as c:
        await ledger.cancel_rehearsed(c, "live")
    assert await live.states() == ["cancelled"] * 3


async def test_what_is_approved_again_is_refused(store: Store) -> None:
    """Once any part of an automatic post is out, the ledger takes no second one, at whatever revision."""
    await approve(store)
    book = Book(store)
    await run(book, Wire(book, SENT, Unknown(reason="no answer")))
    subject = Subject(name="s1", revision=2, channel="x-en", language="en")
    decision = review.judge(subject, checked(), POSTS, policy="when_flagged", now=NOW)
    assert isinstance(decision, Approved)
    async with store.write() as c:
        number = await ledger.save_rendition(c, decision, checked(), "x", NOW)
        rows = outbox.enqueue(decision, kind="x", public=True, now=NOW, lifetime=timedelta(hours=24))
        assert not await ledger.enqueue(c, rows, number, wire="rehearsal", now=NOW)


async def test_an_edit_before_sending_replaces_what_waits(store: Store) -> None:
    """A newer text cancels the older one that has not begun to go out; a thread that has begun is finished."""
    await approve(store)
    book = Book(store)
    async with store.write() as c:
        await ledger.void_older(c, "s1", 2)
    assert await book.states() == ["cancelled"] * 3
    await approve(store, "x-two")
    await work_off(book, "x-two", Wire(book, SENT, Later(reason="flood", seconds=60.0)), clock=lambda: NOW, silent=bool)
    async with store.write() as c:
        await ledger.void_older(c, "s1", 2)
    assert (await book.states())[3:] == ["sent", "due", "due"]
