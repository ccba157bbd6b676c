"""What is due, and what an outcome means: keys, causes, waiting times, and the law on unknown outcomes.

Takes Approved only. A public post whose outcome is unknown is never created again by machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.model import MACHINE, Approved, Delivery, DeliveryState, Subject
from channels import Later, Outcome, Receipt, Refused, Unknown

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
    recipient: str | None
    message_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What an attempt's outcome makes of a delivery."""

    state: DeliveryState
    due_at: datetime | None = None
    counts: bool = True
    remote_id: str | None = None
    url: str | None = None
    error: str | None = None


def enqueue(
    approved: Approved,
    *,
    kind: str,
    public: bool,
    now: datetime,
    lifetime: timedelta,
    embargo: datetime | None = None,
) -> tuple[NewDelivery, ...]:
    """The rows for all parts of what was approved, due now or when an embargo ends.

    A post that nobody asked for becomes stale `lifetime` after that; only its first part expires: a thread that has
    begun is finished. Raises ValueError when the posts are no longer those that were approved: that is a bug, and
    nothing may leave.
    """
    if not approved.intact():
        raise ValueError(f"{approved.subject}: the posts are not those that were approved")
    subject = approved.subject
    due_at = max(now, embargo or now)
    stale = due_at + lifetime if approved.approver == MACHINE else None
    rows = []
    for post, payload_hash in zip(approved.posts, approved.hashes, strict=True):
        key = subject.key(post.part)
        rows.append(
            NewDelivery(
                key=key,
                subject=subject,
                part=post.part,
                parts=post.parts,
                kind=kind,
                public=public,
                payload_hash=payload_hash,
                due_at=due_at,
                not_after=stale if post.part == 1 else None,
                recipient=None,
                message_id=None if public else f"<{key.replace('/', '.')}@vestka.invalid>",
            )
        )
    return tuple(rows)


def settle(outcome: Outcome, delivery: Delivery, *, public: bool, now: datetime) -> Change:
    """What becomes of a delivery after one attempt, whose number is `delivery.attempts`."""
    match outcome:
        case Receipt():
            return Change(state=DeliveryState.SENT, remote_id=outcome.remote_id, url=outcome.url)
        case Refused():
            return Change(state=DeliveryState.FAILED, error=outcome.reason)
        case Later(seconds=float() | int() as seconds):
            # The platform named the time: waiting for it is no failed attempt.
            return Change(
                state=DeliveryState.DUE, due_at=now + timedelta(seconds=seconds), counts=False, error=outcome.reason
            )
        case Unknown() if public and delivery.action == "create":
            return Change(state=DeliveryState.UNKNOWN, error=outcome.reason)
        case Later() | Unknown():
            if delivery.attempts >= MAX_ATTEMPTS:
                return Change(
                    state=DeliveryState.FAILED, error=f"{delivery.attempts} attempts, the last: {outcome.reason}"
                )
            return Change(state=DeliveryState.DUE, due_at=now + wait(delivery.attempts), error=outcome.reason)


def orphaned(*, public: bool, action: str) -> DeliveryState:
    """What becomes of a delivery whose process died while it was being sent."""
    return DeliveryState.UNKNOWN if public and action == "create" else DeliveryState.DUE


def wait(attempts: int) -> timedelta:
    """How long to wait after so many failed attempts: doubling from half a minute to an hour."""
    return min(FIRST_WAIT * (1 << max(0, attempts - 1)), LONGEST_WAIT)


def is_quiet(minute: int, start: int, end: int) -> bool:
    """Whether a minute of the day (0 to 1439) lies in quiet hours that may span midnight."""
    return start <= minute < end if start <= end else minute >= start or minute < end
