"""What may leave: the guard's findings, the house's policy and a person's word become Approved or Held.

The only maker of `Approved`, which is bound to the exact posts by their hashes.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Literal

from rapidfuzz.distance import LCSseq

from bot.model import MACHINE, Approved, Checked, Held, Severity, Subject
from channels import Post, TooLong

Policy = Literal["always", "when_flagged", "never"]


def judge(
    subject: Subject, checked: Checked, posts: tuple[Post, ...] | TooLong, *, policy: Policy, now: datetime
) -> Approved | Held:
    """Decide whether posts go out by themselves; what does not says why, in sentences for a layman."""
    if isinstance(posts, TooLong):
        reason = f"It does not fit: {posts.length:,} of {posts.limit:,} {posts.unit}, in its shortest form."
        return Held(subject=subject, posts=(), reasons=(reason,))
    stops = [finding for finding in checked.open_findings if policy != "never" or finding.severity is Severity.HOLD]
    reasons = list(dict.fromkeys(finding.message for finding in stops))
    if policy == "always" and not reasons:
        reasons = ["Every post waits for a person here (review.policy)."]
    if reasons:
        return Held(subject=subject, posts=posts, reasons=tuple(reasons))
    return _approve(subject, posts, MACHINE, now)


def approve(held: Held, *, person: str, now: datetime) -> Approved | None:
    """A person releases what was held, exactly as it was shown; None when there is nothing that could be posted."""
    return _approve(held.subject, held.posts, person, now) if held.posts else None


def gathered(subject: Subject, items: Sequence[Approved], post: Post, now: datetime) -> Approved:
    """Several approved posts as one: no person need look once more. Raises ValueError when one of them was changed."""
    if not (items and all(item.intact() for item in items)):
        raise ValueError(f"{subject}: an item is not the one that was approved")
    return _approve(subject, (post,), MACHINE, now)


def together(decisions: Sequence[Approved | Held]) -> tuple[Approved | Held, ...]:
    """All or none: while one edition waits, the others wait for it and say so."""
    waiting = sorted({decision.subject.language for decision in decisions if isinstance(decision, Held)})
    if not waiting:
        return tuple(decisions)
    reason = f"It goes out together with the edition in: {', '.join(waiting)} (review.release)."
    return tuple(
        decision
        if isinstance(decision, Held)
        else Held(subject=decision.subject, posts=decision.posts, reasons=(reason,))
        for decision in decisions
    )


def held_for(decision: Approved | Held, reason: str, posts: tuple[Post, ...] | None = None) -> Held:
    """What the corridor's history stops, whatever the guard says: nothing of it is sent by itself.

    `posts` are what a person may release instead: the same words, marked as a correction.
    """
    reasons = decision.reasons if isinstance(decision, Held) else ()
    return Held(subject=decision.subject, posts=decision.posts if posts is None else posts, reasons=(reason, *reasons))


SAME = 0.8  # of the words of the shorter text, in their order: two people telling the same event share fewer
FEWEST = 8  # words; shorter texts share so many by chance


def same_post(text: str, links: Collection[str], other: str, other_links: Collection[str]) -> bool:
    """Whether two posts tell readers the same thing: they lead to one page, or have nearly the same words.

    `links` are addresses in a form in which equal pages are equal; that of a site's front page tells nothing.
    """
    if set(links) & set(other_links):
        return True
    words, others = (re.findall(r"\w+", one.casefold()) for one in (text, other))
    shorter = min(len(words), len(others))
    return shorter >= FEWEST and LCSseq.similarity(words, others) >= SAME * shorter


def _approve(subject: Subject, posts: tuple[Post, ...], approver: str, now: datetime) -> Approved:
    return Approved(subject=subject, posts=posts, hashes=tuple(post.hash for post in posts), approver=approver, at=now)
