"""What may leave, and what an outcome means: the law on unknown outcomes, kept by values alone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot import outbox, review
from bot.model import (
    Approved,
    Block,
    BlockKind,
    Checked,
    CheckedSentence,
    Delivery,
    DeliveryState,
    Finding,
    Held,
    Kind,
    Origin,
    Severity,
    Statement,
    Subject,
    Summary,
)
from channels import Action, Later, Moved, Outcome, Pace, Post, Receipt, Refused, TooLong, Unknown

NOW = datetime(2026, 7, 1, 9, tzinfo=UTC)
SUBJECT = Subject(name="s1", revision=1, channel="telegram-be", language="be")
POSTS = (
    Post(part=1, parts=2, text="Першая частка", length=13, limit=280),
    Post(part=2, parts=2, text="Другая частка", length=13, limit=280),
)


def checked(*findings: Finding) -> Checked:
    """An examined edition of one sentence."""
    statement = Statement(
        source="site",
        language="be",
        url="https://example.invalid/1",
        title="Заява",
        blocks=(Block(kind=BlockKind.PARAGRAPH, text="Тэкст."),),
        first_seen=NOW,
    )
    title = CheckedSentence(source="Заява", text="Заява", engine="", version="", findings=findings)
    summary = Summary(language="be", title="Заява", sentences=(), cuts=())
    return Checked(
        statement=statement, summary=summary, language="be", origin=Origin.ORIGINAL, title=title, sentences=()
    )


def finding(severity: Severity) -> Finding:
    """One doubt."""
    return Finding(kind=Kind.NUMBER, severity=severity, message="The source says 17; the translation says 71.")


def approved() -> Approved:
    """Two parts that may leave."""
    decision = review.judge(SUBJECT, checked(), POSTS, policy="when_flagged", now=NOW)
    assert isinstance(decision, Approved)
    return decision


def delivery(**values: object) -> Delivery:
    """A row that is being sent."""
    base = Delivery(
        number=1,
        key=SUBJECT.key(1),
        subject=SUBJECT,
        part=1,
        parts=1,
        kind="telegram",
        action="create",
        state=DeliveryState.SENDING,
        post=POSTS[0],
        public=True,
        attempts=1,
        created=NOW,
        due_at=NOW,
        not_after=None,
    )
    return replace(base, **values)  # type: ignore[arg-type]  # a test's shorthand


@pytest.mark.parametrize("severity", [Severity.LOOK, Severity.HOLD])
def test_whatever_the_guard_doubts_waits_for_a_person(severity: Severity) -> None:
    """A doubt stops a post, and the reason is told in the guard's own sentence."""
    decision = review.judge(SUBJECT, checked(finding(severity)), POSTS, policy="when_flagged", now=NOW)
    assert isinstance(decision, Held) and "71" in decision.reasons[0]


def test_a_note_stops_nothing() -> None:
    """What the guard only notes goes out by itself."""
    decision = review.judge(SUBJECT, checked(finding(Severity.NOTE)), POSTS, policy="when_flagged", now=NOW)
    assert isinstance(decision, Approved) and decision.approver == "vestka"


def test_the_policy_decides_who_must_look() -> None:
    """ "always" stops even the clean, "never" lets a "look" pass but no "hold"."""
    assert isinstance(review.judge(SUBJECT, checked(), POSTS, policy="always", now=NOW), Held)
    look, hold = checked(finding(Severity.LOOK)), checked(finding(Severity.HOLD))
    assert isinstance(review.judge(SUBJECT, look, POSTS, policy="never", now=NOW), Approved)
    assert isinstance(review.judge(SUBJECT, hold, POSTS, policy="never", now=NOW), Held)


def test_what_does_not_fit_is_told_with_the_figures_and_cannot_be_released() -> None:
    """A post that is too long even in its shortest form waits, says by how much, and no tap can send it."""
    decision = review.judge(
        SUBJECT, checked(), TooLong(length=5120, limit=4096, unit="characters"), policy="when_flagged", now=NOW
    )
    assert isinstance(decision, Held) and "5,120 of 4,096 characters" in decision.reasons[0]
    assert review.approve(decision, person="alena", now=NOW) is None


def test_all_languages_wait_for_the_last_one_when_so_set() -> None:
    """With release = "together", one language that waits holds the others, which say for whom they wait."""
    other = replace(SUBJECT, language="ru", channel="telegram-ru")
    held = review.judge(other, checked(finding(Severity.HOLD)), POSTS, policy="when_flagged", now=NOW)
    waiting = review.together([approved(), held])
    assert all(isinstance(one, Held) for one in waiting)
    assert isinstance(waiting[0], Held) and "ru" in waiting[0].reasons[0]
    assert review.together([approved()]) == (approved(),)


def test_any_change_voids_an_approval() -> None:
    """A letter that changes between approval and the outbox stops everything: that is a bug, and nothing may leave."""
    changed = replace(approved(), posts=(replace(POSTS[0], text="Першая часткя"), POSTS[1]))
    with pytest.raises(ValueError, match="not those that were approved"):
        outbox.enqueue(changed, kind="telegram", public=True, now=NOW, lifetime=timedelta(hours=24))


def test_every_part_has_its_own_key_and_an_automatic_post_its_hour() -> None:
    """Each part has its own name; what nobody asked for becomes stale, but a thread that has begun is finished."""
    rows = outbox.enqueue(approved(), kind="x", public=True, now=NOW, lifetime=timedelta(hours=24))
    assert [row.key for row in rows] == ["s1/r1/telegram-be/be/1/auto", "s1/r1/telegram-be/be/2/auto"]
    assert [row.not_after for row in rows] == [NOW + timedelta(hours=24), None]
    asked = replace(approved(), approver="alena")
    rows = outbox.enqueue(asked, kind="x", public=True, now=NOW, lifetime=timedelta(hours=24))
    assert all(row.not_after is None for row in rows)


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (Receipt(remote_id="7", url=None, wire="live"), DeliveryState.SENT),
        (Refused(reason="no rights"), DeliveryState.FAILED),
        (Later(reason="flood", seconds=300), DeliveryState.DUE),
        (Later(reason="connection refused"), DeliveryState.DUE),
        (Unknown(reason="no answer"), DeliveryState.UNKNOWN),
    ],
)
def test_an_outcome_means_one_thing(outcome: Outcome, state: DeliveryState) -> None:
    """A public post of unknown outcome is never due again by itself; what was certainly not sent is."""
    assert outbox.settle(outcome, delivery(), public=True, now=NOW).state is state


def test_a_post_that_is_there_though_nobody_says_where_has_no_address() -> None:
    """What counts as sent without a number is never deleted or answered by a number that is none."""
    change = outbox.settle(Receipt(remote_id="", url=None, wire="live"), delivery(), public=True, now=NOW)
    assert change.state is DeliveryState.SENT and change.remote_id is None


def test_a_platform_that_names_the_time_is_obeyed_to_the_second() -> None:
    """When a platform says "in five minutes", we wait five minutes, and it counts as no failed attempt."""
    change = outbox.settle(Later(reason="flood", seconds=300), delivery(attempts=99), public=True, now=NOW)
    assert (change.due_at, change.counts) == (NOW + timedelta(seconds=300), False)


def test_a_mail_of_unknown_outcome_is_sent_again() -> None:
    """A mail may be repeated, because its identifier stays the same; so may an edit or a deletion."""
    unknown = Unknown(reason="no answer after the dot")
    assert outbox.settle(unknown, delivery(public=False), public=False, now=NOW).state is DeliveryState.DUE
    assert outbox.settle(unknown, delivery(action="delete"), public=True, now=NOW).state is DeliveryState.DUE


def test_waiting_grows_and_ends() -> None:
    """A relay that is down is asked less and less often, and after ten attempts a person is told."""
    waits = [outbox.wait(n) for n in range(1, 12)]
    assert waits[0] == timedelta(seconds=30) and waits[-1] == timedelta(hours=1) and waits == sorted(waits)
    last = outbox.settle(Later(reason="down"), delivery(attempts=outbox.MAX_ATTEMPTS), public=True, now=NOW)
    assert last.state is DeliveryState.FAILED and "down" in str(last.error)


IMPOSSIBLE = Refused(reason="too old", impossible=True)


@pytest.mark.parametrize(
    ("cause", "action", "part", "edits", "other"),
    [
        ("retract-1", "delete", 1, True, "edit"),
        ("retract-1", "delete", 2, True, "edit"),
        ("retract-1", "delete", 1, False, "create"),
        ("retract-1", "delete", 2, False, None),
        ("retract-1", "edit", 1, True, "create"),
        ("retract-1", "edit", 2, True, None),
        ("correct-1", "edit", 2, True, "create"),
        ("correct-1", "delete", 2, True, None),
        ("correct-1", "create", 1, True, None),
    ],
)
def test_what_a_platform_no_longer_does_is_done_another_way(
    cause: str, action: Action, part: int, edits: bool, other: str | None
) -> None:
    """What cannot be deleted is marked, what cannot be edited is answered once; a surplus part gets no other words."""
    row = delivery(subject=replace(SUBJECT, cause=cause), action=action, part=part)
    change = outbox.settle(IMPOSSIBLE, row, public=True, edits=edits, now=NOW)
    assert (change.state, change.action) == (DeliveryState.DUE if other else DeliveryState.FAILED, other)


def test_a_refusal_of_the_whole_channel_is_not_the_fault_of_one_post() -> None:
    """When a platform takes nothing until someone mends it, the post waits, and the channel is stopped."""
    change = outbox.settle(Refused(reason="removed", lasting=True), delivery(), public=True, now=NOW)
    assert (change.state, change.counts, change.stops) == (DeliveryState.DUE, False, "removed")


def test_a_destination_that_moves_for_ever_is_given_up() -> None:
    """A post goes to the new place of its channel at once, but does not follow it round and round."""
    moved = Moved(reason="moved", place="-1007")
    change = outbox.settle(moved, delivery(attempts=1), public=True, now=NOW)
    assert (change.state, change.due_at, change.place) == (DeliveryState.DUE, NOW, "-1007")
    assert outbox.settle(moved, delivery(attempts=10), public=True, now=NOW).state is DeliveryState.FAILED


def test_a_pace_lets_a_burst_through_and_then_one_at_a_time() -> None:
    """A platform is asked as fast as it allows, at once for a few posts and evenly after them."""
    pace = Pace(name="chat", seconds=3.0, burst=20)
    full_at, now, waits = None, NOW, []
    for _ in range(22):
        wait = outbox.pace_wait(full_at, pace, now)
        waits.append(wait.total_seconds())
        now += wait
        full_at = outbox.pace_spent(full_at, pace, now)
    assert waits == [0.0] * 20 + [3.0, 3.0]
    assert outbox.pace_wait(full_at, pace, now + timedelta(minutes=2)) == timedelta()


def test_what_a_dead_process_was_sending() -> None:
    """After a crash a public post is unknown and a mail is due again."""
    assert outbox.orphaned(public=True, action="create") is DeliveryState.UNKNOWN
    assert outbox.orphaned(public=False, action="create") is DeliveryState.DUE
    assert outbox.orphaned(public=True, action="edit") is DeliveryState.DUE


@pytest.mark.parametrize(
    ("minute", "quiet"), [(23 * 60, True), (0, True), (7 * 60 + 59, True), (8 * 60, False), (21 * 60 + 59, False)]
)
def test_quiet_hours_may_span_midnight(minute: int, quiet: bool) -> None:
    """From ten in the evening to eight in the morning, posts make no sound."""
    assert outbox.is_quiet(minute, 22 * 60, 8 * 60) is quiet
    assert outbox.is_quiet(12 * 60, 12 * 60, 14 * 60) and not outbox.is_quiet(14 * 60, 12 * 60, 14 * 60)


def test_a_letter_of_several_is_approved_only_of_what_was_approved() -> None:
    """An item that is no longer the one that was approved makes no letter, and neither does no item at all."""
    whole, digest = approved(), replace(SUBJECT, name="d1")
    assert review.gathered(digest, [whole], POSTS[0], NOW).intact()
    changed = replace(whole, posts=(replace(POSTS[0], text="Іншая частка"), POSTS[1]))
    for items in ([whole, changed], []):
        with pytest.raises(ValueError, match="d1"):
            review.gathered(digest, items, POSTS[0], NOW)
