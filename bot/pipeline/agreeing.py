"""Where the settings ask for two persons, an act waits for the second; whoever edited a story is none of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from bot.errors import UsageError
from bot.model import Story
from bot.pipeline.parts import Parts
from bot.store import gates, people

EDITING = ("edit", "write", "statement")


class Agreeing(Parts):
    """Agreement."""

    async def _agreed(
        self, c: Any, story: Story, act: str, shown: Iterable[str], person: str, now: datetime
    ) -> list[str]:
        """Nothing when enough persons have agreed to an act on exactly what was `shown`, else what is missing."""
        needed = self.settings.review.approvals
        if needed == 1:
            return []
        trail = await people.trail(c, story.name)
        if any(row["who"] == person and row["what"] in EDITING for row in trail):
            raise UsageError(f"{story.name}: you edited it, {person}; someone else must agree (review.approvals)")
        persons = await gates.agree(c, story.name, act, _digest(shown), person, now)
        if len(persons) >= needed:
            return []
        await people.record(
            c, now, who=person, what="agree", subject=story.name, revision=story.revision, detail=f"to {act}"
        )
        return [f"{story.name}: {person} agrees to {act} ({len(persons)} of {needed}); it waits for one more person"]

    async def agreed(self, c: Any, story: Story, act: str, shown: Iterable[str]) -> tuple[str, ...]:
        """Who has agreed to an act on exactly this so far."""
        return tuple(await gates.agreed(c, story.name, act, _digest(shown)))


def _digest(shown: Iterable[str]) -> str:
    """What an agreement is bound to."""
    return hashlib.sha256("\n".join(sorted(shown)).encode()).hexdigest()
