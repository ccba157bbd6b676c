"""What is due, and what an outcome means: keys, causes, waiting times, and the law on unknown outcomes.

Takes Approved only. A public post whose outcome is unknown is never created again by machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from bot.model import MACHINE, Approved, Cause, Delivery, DeliveryState, PublicPost, Subject
from channels import Action, Budget, Later, Moved, Outcome, Pace, Post, Receipt, Refused, Unknown

MAX_ATTEMPTS = 10
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
LEASE = timedelta(minutes=15)  # outlasts the longest send: an SMTP reply may take 10 minutes (RFC 5321 4.5.3.2.6)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDelivery:
    """A row that is to be written into the outbox, in the transaction that decides it."""

    key: str
    subject: Subject
    part: int
    parts: int
    kind: str
    public: bool
    payload_hash: str
    due_at: datetime
    not_after: datetime | None
    recipient: str | None = None
    message_id: str | None = None
    action: Action = "create"
    target: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What an attempt's outcome makes of a delivery.

    `action`: it is done another way from now on. `stops`: why nothing more goes to this channel until someone has
    mended it. `pauses`: until when the platform wants to be left alone. `place`: where the destination is by now.
    """

    state: DeliveryState
    due_at: datetime | None = None
    counts: bool = True
    remote_id: str | None = None
    url: str | None = None
    error: str | None = None
    action: Action | None = None
    stops: str | None = None
    pauses: datetime | None = None
    place: str | None = None


def enqueue(
    approved: Approved,
    *,
    kind: str,
    public: bool,
    now: datetime,
    lifetime: timedelta,
    embargo: datetime | None = None,
    earlier: PublicPost | None = None,
) -> tuple[NewDelivery, ...]:
    """The rows for all parts of what was approved, due now or when an embargo ends; an answer to an `earlier` post.

    A post that nobody asked for becomes stale `lifetime` after that; only its first part expires: a thread that has
    begun is finished. Raises ValueError when the posts are no longer those that were approved: that is a bug, and
    nothing may leave.
    """
    _sure(approved)
    due_at = max(now, embargo or now)
    stale = due_at + lifetime if approved.approver == MACHINE else None
    target = earlier.parts[0].remote_id if earlier is not None else None
    rows = (_row(approved, post, kind=kind, public=public, due_at=due_at) for post in approved.posts)
    return tuple(replace(row, not_after=stale, target=target) if row.part == 1 else row for row in rows)


def amend(
    approved: Approved, standing: PublicPost, *, kind: str, public: bool, edits: bool, deletes: bool, now: datetime
) -> tuple[NewDelivery, ...]:
    """The rows that make a public post say what was approved: part by part where the platform `edits`, else an answer.

    A part that the new text has more of is added to the post, one that it has no more is taken away (or left, where the
    platform does not delete).
    """
    _sure(approved)
    rows = [_row(approved, post, kind=kind, public=public, due_at=now) for post in approved.posts]
    if not edits:
        return tuple(replace(row, target=standing.parts[0].remote_id) if row.part == 1 else row for row in rows)
    there = {part.part: part.remote_id for part in standing.parts}
    made = [replace(row, action="edit", target=there[row.part]) if row.part in there else row for row in rows]
    surplus = [part for part in standing.parts if part.part > len(rows)] if deletes else []
    last = approved.posts[-1]
    for part in surplus:
        row = _row(approved, replace(last, part=part.part), kind=kind, public=public, due_at=now)
        made.append(replace(row, payload_hash=approved.hashes[-1], action="delete", target=part.remote_id))
    return tuple(made)


def withdraw(
    approved: Approved, standing: PublicPost, *, kind: str, public: bool, edits: bool, deletes: bool, now: datetime
) -> tuple[NewDelivery, ...]:
    """The rows that take a public post away, part by part; what cannot be deleted is marked by the approved notice."""
    _sure(approved)
    action: Action = "delete" if deletes else "edit" if edits else "create"
    rows = []
    for part, post in zip(standing.parts, approved.posts, strict=True):
        row = _row(approved, post, kind=kind, public=public, due_at=now)
        rows.append(replace(row, action=action, target=part.remote_id))
    return tuple(rows if action != "create" else rows[:1])


def _sure(approved: Approved) -> None:
    if not approved.intact():
        raise ValueError(f"{approved.subject}: the posts are not those that were approved")


def _row(approved: Approved, post: Post, *, kind: str, public: bool, due_at: datetime) -> NewDelivery:
    key = approved.subject.key(post.part)
    return NewDelivery(
        key=key,
        subject=approved.subject,
        part=post.part,
        parts=post.parts,
        kind=kind,
        public=public,
        payload_hash=post.hash,
        due_at=due_at,
        not_after=None,
        message_id=None if public else f"<{key.replace('/', '.')}@vestka.invalid>",
    )


def settle(
    outcome: Outcome, delivery: Delivery, *, public: bool, edits: bool = False, deletes: bool = False, now: datetime
) -> Change:
    """What becomes of a delivery after one attempt, whose number is `delivery.attempts`.

    `edits` and `deletes` say what the platform can do to a post: one that cannot be deleted any more is marked.
    """
    match outcome:
        case Receipt():
            return Change(state=DeliveryState.SENT, remote_id=outcome.remote_id or None, url=outcome.url)
        case Refused(lasting=True):
            # Certainly not sent, and no fault of this post: it waits until the channel is mended.
            return Change(state=DeliveryState.DUE, due_at=now, counts=False, error=outcome.reason, stops=outcome.reason)
        case Refused(impossible=True) if (other := _another_way(delivery, edits, deletes)) is not None:
            return Change(state=DeliveryState.DUE, due_at=now, error=outcome.reason, action=other)
        case Refused():
            return Change(state=DeliveryState.FAILED, error=outcome.reason)
        case Later(seconds=float() | int() as seconds):
            # The platform named the time: waiting for it is no failed attempt.
            then = now + timedelta(seconds=seconds)
            return Change(state=DeliveryState.DUE, due_at=then, counts=False, error=outcome.reason, pauses=then)
        case Moved() if delivery.attempts < MAX_ATTEMPTS:
            return Change(state=DeliveryState.DUE, due_at=now, error=outcome.reason, place=outcome.place)
        case Unknown() if public and delivery.action == "create":
            return Change(state=DeliveryState.UNKNOWN, error=outcome.reason)
        case Later() | Unknown() | Moved():
            if delivery.attempts >= MAX_ATTEMPTS:
                return Change(
                    state=DeliveryState.FAILED, error=f"{delivery.attempts} attempts, the last: {outcome.reason}"
                )
            return Change(state=DeliveryState.DUE, due_at=now + wait(delivery.attempts), error=outcome.reason)


def _another_way(delivery: Delivery, edits: bool, deletes: bool) -> Action | None:
    """What is done when the platform will not do it so: what it cannot delete is marked, or answered.

    A part that a correction has no more words for is not marked with those of another, and where a name must go, no
    answer points at it.
    """
    cause = delivery.subject.cause
    if cause.startswith(f"{Cause.REDACT}-"):
        return "delete" if delivery.action == "edit" and deletes else None
    retracts = cause.startswith(f"{Cause.RETRACT}-")
    if delivery.action == "delete" and retracts and edits:
        return "edit"
    answers = delivery.part == 1 if retracts else delivery.action == "edit"
    return "create" if answers and delivery.action != "create" else None


def orphaned(*, public: bool, action: str) -> DeliveryState:
    """What becomes of a delivery whose process died while it was being sent."""
    return DeliveryState.UNKNOWN if public and action == "create" else DeliveryState.DUE


def wait(attempts: int) -> timedelta:
    """How long to wait after so many failed attempts: doubling from half a minute to an hour."""
    return min(FIRST_WAIT * (1 << max(0, attempts - 1)), LONGEST_WAIT)


def pace_wait(full_at: datetime | None, pace: Pace, now: datetime) -> timedelta:
    """How long the next call must wait, by the generic cell rate algorithm; `full_at` is what `pace_spent` gave."""
    early = timedelta(seconds=pace.seconds * (pace.burst - 1))
    return max(timedelta(), (full_at or now) - early - now)


def pace_spent(full_at: datetime | None, pace: Pace, now: datetime) -> datetime:
    """What is remembered of a pace once a call is made at `now`."""
    return max(full_at or now, now) + timedelta(seconds=pace.seconds)


def affords(budget: Budget, spent: tuple[Decimal, int], wanted: Sequence[Decimal]) -> bool:
    """Whether calls that take the `wanted` dollars, each a post, stay within a month's budget after what is `spent`:
    dollars and posts."""
    dollars, posts = spent[0] + sum(wanted, Decimal(0)), spent[1] + len(wanted)
    return (budget.dollars is None or dollars <= budget.dollars) and (budget.posts is None or posts <= budget.posts)


def month_begins(now: datetime) -> datetime:
    """The first moment of the calendar month of a moment, in UTC."""
    return now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def look_due(ended: datetime, looks: Sequence[float], done: int, now: datetime) -> bool:
    """Whether it is time to look once more for a post of unknown outcome, `done` looks after its attempt ended."""
    return done < len(looks) and now >= ended + timedelta(seconds=looks[done])


def is_quiet(minute: int, start: int, end: int) -> bool:
    """Whether a minute of the day (0 to 1439) lies in quiet hours that may span midnight."""
    return start <= minute < end if start <= end else minute >= start or minute < end
