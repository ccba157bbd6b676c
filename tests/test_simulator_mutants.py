"""Does the simulator find what it looks for? Each test breaks one law of Vestka and sees that the simulator says so."""

import __future__

import inspect
import os
import tempfile
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from bot import delivery, outbox
from bot.model import DeliveryState
from bot.pipeline import Pipeline
from bot.pipeline.correcting import Correcting
from bot.store import intake, ledger
from channels import Envelope, Receipt
from tests.simulator import History, Machine, step

ONCE = History((step("once"),))
EDIT = History((step("once"), step("serve", "edited"), step("once")))


@contextmanager
def machine(**more: Any) -> Iterator[Machine]:
    """A machine of one's own: what a mutant does to it concerns no other test."""
    memory = Path("/dev/shm")
    with (
        tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder,
        Machine(Path(folder), **more) as made,
    ):
        yield made


def mutant(function: Callable[..., Any], *changes: tuple[str, str]) -> Any:
    """A function as it would be with other words in its source; each of the words must be there."""
    source = textwrap.dedent(inspect.getsource(function))
    for old, new in changes:
        assert old in source, f"{function.__name__} no longer says {old!r}: this mutant needs another wound"
        source = source.replace(old, new)
    made: dict[str, Any] = {}
    flags = __future__.annotations.compiler_flag
    exec(compile(source, "mutant", "exec", flags), function.__globals__, made)  # noqa: S102  # our own source
    return made[function.__name__]


def swept(history: History = ONCE, **more: Any) -> str:
    """What the simulator says when each process of a history dies at each of its awaits."""
    with machine(**more) as made:
        return "\n".join(made.sweep(history).broken)


def walked(*histories: History, **more: Any) -> str:
    """What the simulator says of histories."""
    with machine(**more) as made:
        return "\n".join(line for history in histories for line in made.run(history))


def test_a_retry_of_an_unknown_outcome_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the machine posted again what may already be there, this check would find the doubled post."""
    changed = mutant(outbox.settle, ('case Unknown() if public and delivery.action == "create":', "case None:"))
    monkeypatch.setattr(outbox, "settle", changed)
    for channel in ("telegram-en", "x-be"):
        assert "was posted 2 times" in walked(History((step("once"),), {channel: ["lost"]}))


def test_an_outcome_written_before_the_sending_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the machine called a post sent before it had sent it, this check would find the post that nobody has."""

    async def hasty(ledger: Any, channel: str, wire: Any, *, clock: Any, silent: Any) -> int:
        while claimed := await ledger.claim(channel, clock()):
            row = claimed.delivery
            await ledger.settle(row, Receipt(remote_id="7", url=None, wire="live"), clock())
            await wire.send(row.post, Envelope(key=row.key, channel=channel, language="be", date=row.created))
        return 0

    monkeypatch.setattr(delivery, "work_off", hasty)
    assert "is called sent, and nobody has it" in swept()


def test_a_sending_that_is_not_written_down_first_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """If a post left before the ledger said so, this check would find the post that a crash then doubles."""
    claim, settle = Pipeline.claim, Pipeline.settle

    async def peek(self: Pipeline, channel: str, now: Any) -> Any:
        class Undone(Exception):
            pass

        found = None
        try:
            async with self.store.write() as c:
                if one := await ledger.next_due(c, channel, wire="live", now=now):
                    found = await ledger.begin(c, one, owner=self.owner, now=now, lease_until=now + outbox.LEASE)
                raise Undone
        except Undone:
            return found

    async def late(self: Pipeline, row: Any, outcome: Any, now: Any) -> None:
        await claim(self, row.subject.channel, now)
        await settle(self, row, outcome, now)

    monkeypatch.setattr(Pipeline, "claim", peek)
    monkeypatch.setattr(Pipeline, "settle", late)
    assert "it left before the ledger said that it is being sent" in walked(ONCE)
    monkeypatch.setattr(Machine, "witness", lambda *_: None)
    assert "I3" in swept()


def test_a_post_that_goes_back_into_the_queue_after_a_crash_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """If a restart sent again what the dead process may have sent, this check would find the doubled post."""
    monkeypatch.setattr(outbox, "orphaned", lambda **_: DeliveryState.DUE)
    found = swept()
    assert "telegram-en/en/1/auto was posted 2 times" in found and "x-be/be/1/auto was posted 2 times" in found


def test_a_feed_remembered_before_its_statements_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """If Vestka noted "seen" before it had kept the statements, this check would find the one that a crash loses."""
    take_in = Pipeline.take_in

    async def hasty(self: Pipeline, name: str, document: Any, url: str, remembered: Any, now: Any) -> Any:
        async with self.store.write() as c:
            await intake.save_source(c, name, **remembered)
        return await take_in(self, name, document, url, remembered, now)

    monkeypatch.setattr(Pipeline, "take_in", hasty)
    assert "lost: first was on the site, and the ledger does not know it" in swept()


def test_a_ledger_that_forgets_what_was_posted_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """If nothing stopped a second automatic post of a story, this check would find it after the first edit."""

    async def nothing(*_: Any, **__: Any) -> set[Any]:
        return set()

    monkeypatch.setattr(ledger, "posted", nothing)
    assert "was posted by itself 2 times" in walked(EDIT, ledger_changes="drop index uq_delivery_automatic")
    assert "was posted" not in walked(EDIT)  # the database itself keeps the law


def test_a_late_answer_that_overwrites_the_ledger_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """If a process that was thought dead could still write into the ledger, this check would find what it undoes."""
    fences = ("delivery.c.owner == owner,", "delivery.c.attempts == n,", "delivery.c.state == DeliveryState.SENDING,")
    monkeypatch.setattr(ledger, "settle", mutant(ledger.settle, *((fence, "") for fence in fences)))
    overlap = (step("overlap", "again"),)
    assert "I7" in walked(History(overlap, {"telegram-en": ["silent"]}), History(overlap, {"newsletter": ["wait"]}))


def test_a_decision_without_its_rows_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """If a decision and its posts were written down one after the other, this check would find the lost posts."""
    draft, enqueue = Pipeline.draft, ledger.enqueue

    async def parted(self: Pipeline, number: int) -> None:
        later: list[tuple[Any, Any]] = []

        async def note(_: Any, *words: Any, **more: Any) -> bool:
            later.append((words, more))
            return True

        with patch.object(ledger, "enqueue", note):
            await draft(self, number)
        async with self.store.write() as c:
            for words, more in later:
                await enqueue(c, *words, **more)

    monkeypatch.setattr(Pipeline, "draft", parted)
    assert "I1: s1/1/telegram-en/auto is approved and has 0 rows for 1 parts" in swept()


def test_a_doubled_tap_that_posts_twice_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the same confirmation, tapped twice, posted twice, this check would find the second post."""
    repost, numbers = Pipeline.repost, count()

    async def forgetful(self: Pipeline, *words: Any, nonce: str, **more: Any) -> Any:
        return await repost(self, *words, nonce=f"{nonce}{next(numbers)}", **more)

    monkeypatch.setattr(Pipeline, "repost", forgetful)
    assert "was posted again 2 times" in walked(History((step("once"), *[step("repost", 1, "a")] * 2)))


def test_a_thread_that_goes_on_over_a_gap_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the second post of a thread did not wait for the first, this check would find it standing alone."""
    monkeypatch.setattr(ledger, "next_due", mutant(ledger.next_due, (", ~unsent)", ")")))
    assert "it left before the part before it was sent" in walked(History((step("once"),), {"x-be": ["wait"]}))


def test_other_words_than_the_approved_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """If a post were changed between its approval and its sending, this check would find the false words."""
    restore = ledger.restore_post

    def forged(values: Any) -> Any:
        return replace(restore(values), text="Усё добра.")

    monkeypatch.setattr(ledger, "restore_post", forged)
    monkeypatch.setattr(ledger, "next_due", mutant(ledger.next_due, ('post.hash != row["payload_hash"]', "False")))
    assert "other words left than were approved" in walked(ONCE)


# --------------------------------------------------------------------------------------------------------------------
# what is public already, and what keeps posts back

HOSTILE = bool(os.environ.get("VESTKA_HOSTILE"))
TELEGRAM = "telegram-en"
CHANGED = (step("once"), step("serve", "edited"), step("once"))
CORRECTED = (*CHANGED, step("correct", 1, "a"), step("once"))
COPIES = (step("once"), step("repost", 1, "r"), step("once"), *CORRECTED[1:])
WITHDRAWN = (step("once"), step("retract", 1, "a"), step("once"))
HERE = (step("once"), step("retract", 1, "a", TELEGRAM), step("once"), *CHANGED[1:])
PAUSED = (step("pause", None, None), step("once"))
BY_HAND = (step("pause", TELEGRAM, None), step("once"), step("hand_posted", TELEGRAM, 1))
BEFORE = (step("hand_posted", TELEGRAM, 1), step("serve", "edited"), step("once"))

HISTORIES = {
    "unknown": History(CORRECTED, {TELEGRAM: ["ok", "ok", "lost"]}),
    "crash": History((*CORRECTED[:-1], step("once", crash=9), step("once"))),
    "answer": History(CORRECTED, {TELEGRAM: ["ok", "ok", "never", "lost"]}),
    "notice": History(WITHDRAWN, {TELEGRAM: ["ok", "never", "never", "lost"]}),
    "here": History(HERE),
    "copies": History(COPIES),
    "withdrawn copies": History((step("once"), step("repost", 1, "r"), *WITHDRAWN)),
    "waiting": History(WITHDRAWN[:2], {TELEGRAM: ["wait"]}),
    "paused": History(PAUSED),
    "stopped": History((step("once"),), {TELEGRAM: ["mend"]}),
    "moved": History((step("once"),), {TELEGRAM: ["moved"]}),
    "by hand": History((*BY_HAND, step("resume", TELEGRAM))),
    "by hand, tried": History((step("once"), step("hand_posted", TELEGRAM, 1)), {TELEGRAM: ["wait"]}),
    "by hand before": History((PAUSED[0], *BY_HAND[1:], *BEFORE[1:], step("resume", None))),
}


@pytest.fixture(scope="module")
def shared() -> Iterator[Machine]:
    """A machine for wounds of the product alone: each history starts on an empty ledger."""
    with machine() as made:
        yield made


SETTLE = 'case Unknown() if public and delivery.action == "create":'
TRIED = 'if any(row["state"] != DeliveryState.DUE for row in rows) or (await c.execute(tried)).first():'
WOUNDS = {
    "an edit of unknown outcome is left to a person": (
        (outbox, "settle", (SETTLE, "case Unknown() if public:")),
        "unknown",
        "C1",
    ),
    "an edit that a crash interrupted is left to a person": (
        (outbox, "orphaned", ('public and action == "create"', "public")),
        "crash",
        "C1",
    ),
    "an answer that may be there is posted again": (
        (outbox, "settle", (SETTLE, SETTLE.replace(":", ' and delivery.subject.cause == "auto":'))),
        "answer",
        "I3",
    ),
    "a notice that may be there is posted again": (
        (outbox, "settle", (SETTLE, SETTLE.replace(":", ' and delivery.subject.cause == "auto":'))),
        "notice",
        "I3",
    ),
    "a correction reaches the newest copy alone": (
        (Correcting, "_correct", ("[one for one in posts if not one.answered] if edits else posts[:1]", "posts[:1]")),
        "copies",
        "C3",
    ),
    "a withdrawal reaches the newest copy alone": (
        (Correcting, "to_withdraw", ("can.edits or can.deletes or ", "")),
        "withdrawn copies",
        "W2",
    ),
    "what waits of a withdrawn story goes out": (
        (Correcting, "_close", ("await ledger.cancel_waiting(c, story.name, why)", "0")),
        "waiting",
        "W1",
    ),
    "a pause is ignored": (
        (Pipeline, "claim", ("await gates.paused(c, channel, now)", "[]")),
        "paused",
        "P1",
    ),
    "what was tried is held back": ((ledger, "hold_back", (TRIED, "if False:")), "by hand, tried", "a bug"),
    "what was posted by hand is not looked at in the outbox": (
        (Pipeline, "hand_posted", ("if said and", "if False and said and")),
        "by hand",
        "H1",
    ),
    "what was posted by hand is not looked at by the judge": (
        (Pipeline, "_write_down", ("if by_hand := await", "if False and await")),
        "by hand before",
        "H1",
    ),
}


@pytest.mark.parametrize("name", sorted(WOUNDS))
def test_a_wound_to_what_is_public_or_kept_back_is_found(
    shared: Machine, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """If corrections, withdrawals, pauses or posts by hand were not done as promised, this check would find it."""
    (place, function, *changes), history, said = WOUNDS[name]
    monkeypatch.setattr(place, function, mutant(getattr(place, function), *changes))
    assert said in "\n".join(shared.run(HISTORIES[history]))


def test_a_place_that_is_forgotten_with_its_withdrawn_post_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """If a withdrawn post counted as never posted, this check would find the one that comes back with an edit."""
    wound = ('delivery.c.action == "create",\n', 'delivery.c.channel != "telegram-en",\n')
    monkeypatch.setattr(ledger, "posted", mutant(ledger.posted, wound))
    assert "W1" in walked(History(HERE), ledger_changes="drop index uq_delivery_automatic")


@pytest.mark.parametrize("name", sorted(HISTORIES) if HOSTILE else ["by hand, tried", "copies", "crash"])
def test_the_histories_of_those_wounds_are_clean_when_nothing_is_wounded(shared: Machine, name: str) -> None:
    """What is found is the wound: unharmed, Vestka keeps every promise in the same histories."""
    assert shared.run(HISTORIES[name]) == []


def test_the_shipped_laws_pass_the_same_histories() -> None:
    """What these tests find is the wound, not the simulator's own doing: unharmed, the same histories are clean."""
    answers = ({"telegram-en": ["lost"]}, {"x-be": ["lost"]}, {"x-be": ["wait"]})
    overlap = (step("overlap", "again"),)
    late = [History(overlap, {"telegram-en": ["silent"]}), History(overlap, {"newsletter": ["wait"]})]
    tapped = History((step("once"), *[step("repost", 1, "a")] * 2))
    assert walked(*(History((step("once"),), one) for one in answers), EDIT, tapped, *late) == ""
    assert swept() == ""
