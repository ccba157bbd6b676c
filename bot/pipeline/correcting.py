"""What is public already: corrected, withdrawn, or freed of a name. By a person's word only, and one way for all kinds.

Where a platform can change or delete a post, that is done; where it cannot, the post is answered or marked.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal

import channels
from bot import outbox, review
from bot.errors import UsageError
from bot.model import Approved, Cause, DeliveryState, Held, PublicPost, Story, StoryState, Subject
from bot.pipeline.agreeing import Agreeing
from bot.pipeline.issuing import overtake
from bot.pipeline.joining import Joining
from bot.store import gates, intake, ledger, mails, people
from channels import Post

Row = Mapping[str, Any]


class Correcting(Joining, Agreeing):
    """Corrections and withdrawals."""

    async def standing(self, c: Any, story: Story) -> list[PublicPost]:
        """What is public of a story now and can be reached by the settings' channels, the newest first."""
        return [one for one in reversed(await self._public(c, story)) if await self._reaches(c, one)]

    async def _public(self, c: Any, story: Story) -> list[PublicPost]:
        return await ledger.public_posts(c, await ledger.subjects(c, story.name), self.settings.delivery.wire)

    async def _reaches(self, c: Any, post: PublicPost) -> bool:
        """Whether a channel is switched on and still leads to where a post of it stands."""
        return post.channel in self.wires and post.place == await self.leads_to(c, post.channel)

    async def proposals(self, c: Any, story: Story) -> list[Row]:
        """The corrections that wait: renditions of the newest text that are held because a post of it is public."""
        held = await ledger.renditions(c, story.name, state="held", revision=story.revision)
        return [row for row in held if row["corrected"] is not None]

    async def correct(
        self,
        number: int,
        only: Sequence[str] = (),
        languages: Sequence[str] = (),
        *,
        nonce: str,
        person: str,
        revision: int | None = None,
        dry_run: bool = False,
    ) -> list[str]:
        """Make public posts say what the story's newest text says, exactly as it was shown; one line for each place.

        `revision` is the one that the person has seen. The same nonce corrects once.
        """
        now = self.clock()
        cause = f"{Cause.CORRECT}-{nonce}"
        async with self.store.write() as c:
            story = await self._undivided(c, number)
            if revision is not None and revision != story.revision:
                raise UsageError(f"{story.name}: this text changed, look again: it is at revision {story.revision}")
            if await ledger.renditions(c, story.name, cause=cause):
                return [f"{story.name}: asked for before, corrected once"]
            rows = chosen(await self.proposals(c, story), only, languages)
            if not rows:
                raise UsageError(f"{story.name}: no correction of it waits{_where(only)}; see `vestka show {number}`")
            lines = await self._agreed(c, story, "correct", shown(rows), person, now)
            if not lines:
                there = await self.standing(c, story)
                lines = [await self._correct(c, row, there, cause, person, now) for row in rows]
                await self._say(c, story, "correct", lines, person, now)
            if dry_run:
                await c.rollback()
        return lines

    async def _correct(
        self, c: Any, row: Row, there: Sequence[PublicPost], cause: str, person: str, now: datetime
    ) -> str:
        """Correct every public post of one place."""
        place = f"{row['subject']} {row['channel']} {row['language']}"
        posts = [one for one in there if (one.channel, one.language) == (row["channel"], row["language"])]
        edits = channels.abilities(row["kind"]).edits
        # What was answered is not answered again; where nothing can be edited, there is one answer, to the newest.
        posts = [one for one in posts if not one.answered] if edits else posts[:1]
        held = ledger.approved_of(row)
        if not posts:
            return f"{place}: not corrected: nothing is known to be public there; see `vestka queue`"
        if not held.posts:
            return f"{place}: not corrected: {' '.join(row['reasons'])}"
        if forbidden := self.forbidden(held.posts, row["language"]):
            return f"{place}: not corrected: {forbidden}"
        done = 0
        for index, standing in enumerate(posts, 1):
            named = replace(held, subject=replace(held.subject, cause=cause if index == 1 else f"{cause}.{index}"))
            approved = _approved(named, person, now)
            done += await self._amend(c, row, approved, standing, now)
        await ledger.decide(c, row["id"], "approved", person, now)
        how = "edited" if edits else "answered" if channels.load(row["kind"]).public else "followed by a letter"
        return f"{place}: its post is {how}" + (f" ({done} posts)" if done > 1 else "")

    async def _amend(self, c: Any, row: Row, approved: Approved, standing: PublicPost, now: datetime) -> bool:
        """Write the rows that make one public post say what was approved."""
        kind = row["kind"]
        can, public = channels.abilities(kind), channels.load(kind).public
        rendition = await ledger.copy_rendition(c, row, approved, now)
        if rendition is None:
            return False
        rows = outbox.amend(approved, standing, kind=kind, public=public, edits=can.edits, deletes=can.deletes, now=now)
        if not public:
            await overtake(c, self.corridor, approved.subject, rendition, now)
        return await self._book(c, rows, rendition, standing.channel, now)

    # ---- withdrawing

    async def retract(
        self,
        number: int,
        only: Sequence[str] = (),
        languages: Sequence[str] = (),
        *,
        nonce: str,
        reason: str = "",
        person: str,
        dry_run: bool = False,
    ) -> list[str]:
        """Take away what is public of a story, and let nothing more of it out; one line for each post.

        What cannot be deleted is marked as withdrawn. One person is enough: harm to someone may not wait for a second.
        """
        now = self.clock()
        cause = f"{Cause.RETRACT}-{nonce}"
        async with self.store.write() as c:
            story = await self._story(c, number)
            if await ledger.renditions(c, story.name, cause=cause):
                return [f"{story.name}: asked for before, withdrawn once"]
            there = await self.to_withdraw(c, story, only, languages)
            lines = [
                await self._withdraw(c, story, one, cause if index == 1 else f"{cause}.{index}", person, now)
                for index, one in enumerate(there, 1)
            ]
            beyond = await self._beyond(c, story, only, languages)
            if not only and not languages:
                lines.append(await self._close(c, story, reason, person, now))
            elif not lines and not beyond:
                raise UsageError(f"{story.name}: nothing of it is public{_where(only)}; see `vestka show {number}`")
            for one in there:
                why = f"withdrawn by {person}"
                await ledger.cancel_waiting(c, story.name, why, one.channel, one.language)
            lines += beyond
            await self._say(c, story, "retract", [*lines, *([reason] if reason else [])], person, now)
            if dry_run:
                await c.rollback()
        return lines

    async def _beyond(self, c: Any, story: Story, only: Sequence[str], languages: Sequence[str]) -> list[str]:
        """What may be public and cannot be taken away by us: a person must look."""
        lines = []
        for row in await ledger.deliveries(c, subject=story.name, action="create", wire=self.settings.delivery.wire):
            if (only and row["channel"] not in only) or (languages and row["language"] not in languages):
                continue
            if row["state"] == DeliveryState.UNKNOWN:
                lines.append(f"{row['key']}: nobody knows whether it was posted; look, then resolve it")
            elif row["state"] == DeliveryState.SENDING:
                lines.append(f"{row['key']}: is on its way just now; withdraw once more in a minute")
            elif row["state"] == DeliveryState.SENT and row["remote_id"] is None:
                lines.append(f"{row['key']}: is public, and nobody has said where; delete it by hand")
        for post in await self._public(c, story):
            if not await self._reaches(c, post) and (not only or post.channel in only):
                where = f" ({post.place})" if post.place else ""
                why = (
                    "its channel is switched off"
                    if post.channel not in self.wires
                    else "its channel leads elsewhere now"
                )
                lines.append(f"{post.subject} {post.channel}{where}: {why}; delete its post by hand{_at(post)}")
        return lines

    async def _close(self, c: Any, story: Story, reason: str, person: str, now: datetime) -> str:
        """Nothing more of a story goes out."""
        why = f"withdrawn by {person}" + (f": {reason}" if reason else "")
        await intake.save_story(c, story.number, state=StoryState.SKIPPED, reason=why, drafted=story.revision)
        for row in await ledger.renditions(c, story.name, state="held"):
            await ledger.decide(c, row["id"], "skipped", person, now)
        waiting = await ledger.cancel_waiting(c, story.name, why)
        return f"{story.name}: withdrawn; {waiting} posts that had not gone out are cancelled"

    async def to_withdraw(
        self, c: Any, story: Story, only: Sequence[str] = (), languages: Sequence[str] = ()
    ) -> list[PublicPost]:
        """What a retraction takes away: every post where the platform can change one, else it answers the newest."""
        seen: set[tuple[str, str]] = set()
        made = []
        for one in await self.standing(c, story):
            if (only and one.channel not in only) or (languages and one.language not in languages):
                continue
            can = channels.abilities(one.kind)
            if can.edits or can.deletes or (one.channel, one.language) not in seen:
                made.append(one)
            seen.add((one.channel, one.language))
        return made

    async def _withdraw(self, c: Any, story: Story, post: PublicPost, cause: str, person: str, now: datetime) -> str:
        """Write the rows that take one public post away."""
        can, public = channels.abilities(post.kind), channels.load(post.kind).public
        place = Subject(
            name=story.name, revision=story.revision, channel=post.channel, language=post.language, cause=cause
        )
        notice = self.corridor.notice(post.channel, post.language, now, len(post.parts))
        approved = _approved(Held(subject=place, posts=notice, reasons=()), person, now)
        row = await ledger.rendition_of(c, post.rendition)
        rendition = await ledger.copy_rendition(c, row, approved, now)
        assert rendition is not None  # the cause is new: `retract` has looked
        rows = outbox.withdraw(
            approved, post, kind=post.kind, public=public, edits=can.edits, deletes=can.deletes, now=now
        )
        if not public:
            await overtake(c, self.corridor, place, None, now)
        await self._book(c, rows, rendition, post.channel, now)
        how = "deleted" if can.deletes else "marked as withdrawn" if can.edits else "answered with a notice"
        how = how if public else "followed by a letter that withdraws it"
        return f"{story.name} {post.channel} {post.language}: its post is {how}{_at(post)}"

    # ---- names

    async def naming(self, c: Any, name: str) -> list[tuple[Row, PublicPost, tuple[Post, ...]]]:
        """Every public post that names a person: its rendition, the post, and its parts without the name."""
        found = []
        stories = [subject for subject in await ledger.every_subject(c) if subject.startswith("s")]
        for one in await ledger.public_posts(c, stories, self.settings.delivery.wire):
            row = await ledger.rendition_of(c, one.rendition)
            posts = ledger.approved_of(row).posts
            freed = self.corridor.without(posts, [name], row["kind"], row["language"])
            if freed != posts:
                found.append((row, one, freed))
        return found

    async def redact(
        self, name: str, *, keys: Collection[str] = (), nonce: str, person: str, dry_run: bool = False
    ) -> list[str]:
        """Free public posts of a person's name: all that name them, or those of `keys` ("12/telegram-be/be").

        Where a platform cannot change a post it is deleted; where it can do neither, that is said. From now on the name
        stays out of whatever is made of these stories, and what waits of them is laid out anew.
        """
        now = self.clock()
        async with self.store.write() as c:
            lines, named = [], []
            for row, post, posts in await self.naming(c, name):
                named.append(row["subject"])
                if not keys or place_of(row) in keys:
                    lines.append(await self._redact(c, row, post, posts, nonce, person, now))
            waiting = await ledger.deliveries(c, state=DeliveryState.DUE, action="create")
            for one in waiting:
                row = await ledger.rendition_of(c, one["rendition_id"])
                posts = ledger.approved_of(row).posts
                if not row["subject"].startswith("s"):
                    continue  # it is laid out anew when it goes out, without the names that were taken out
                if self.corridor.without(posts, [name], row["kind"], row["language"]) != posts:
                    named.append(row["subject"])
                    await ledger.resettle(
                        c, one["id"], DeliveryState.CANCELLED, now, f"a name was taken out by {person}"
                    )
                    lines.append(f"{one['key']}: had not gone out, and is cancelled")
            lines += await self._redact_under_way(c, name, nonce, person, now)
            if not lines:
                raise UsageError("no public post names this person")  # and the name is not repeated in any log
            for subject in dict.fromkeys(one for one in named if one.startswith("s")):
                await gates.withhold(c, subject, name)
                await intake.raise_revision(c, int(subject.removeprefix("s")))
            if dry_run:
                await c.rollback()
        return lines

    async def _redact_under_way(self, c: Any, name: str, nonce: str, person: str, now: datetime) -> list[str]:
        """What of the newsletter is still going out goes on without the name."""
        lines = []
        for issue in [*await mails.in_state(c, "gathering"), *await mails.in_state(c, "sending")]:
            row = await ledger.rendition_of(c, issue["rendition_id"])
            held = ledger.approved_of(row)
            posts = self.corridor.without(held.posts, [name], row["kind"], row["language"])
            if posts == held.posts:
                continue
            subject = replace(held.subject, cause=f"{Cause.REDACT}-{nonce}-issue-{issue['id']}")
            approved = _approved(replace(held, subject=subject, posts=posts), person, now)
            rendition = await ledger.copy_rendition(c, row, approved, now)
            assert rendition is not None  # each issue once
            await mails.exchange(c, issue["id"], rendition)
            lines.append(f"{issue['key']}: what has not gone out goes on without the name")
        return lines

    async def _redact(
        self, c: Any, row: Row, post: PublicPost, posts: tuple[Post, ...], nonce: str, person: str, now: datetime
    ) -> str:
        story = await self._story(c, int(row["subject"].removeprefix("s")))
        what = f"{story.name} {post.channel} {post.language}"
        cause = f"{Cause.REDACT}-{nonce}-{post.rendition}"
        way = freed_by(row["kind"], posts) if await self._reaches(c, post) else None
        if way == "edit":
            subject = replace(ledger.approved_of(row).subject, cause=cause)
            approved = _approved(Held(subject=subject, posts=posts, reasons=()), person, now)
            done = await self._amend(c, row, approved, post, now)
            line = f"{what}: the name is taken out{_at(post)}" if done else f"{what}: asked for before, done once"
        elif way == "delete":
            line = await self._withdraw(c, story, post, f"{Cause.RETRACT}-{nonce}-{post.rendition}", person, now)
        else:
            line = f"{what}: cannot be changed by us{_at(post)}"
        await self._say(c, story, "redact", [line], person, now)
        return line

    async def _say(self, c: Any, story: Story, what: str, lines: Sequence[str], person: str, now: datetime) -> None:
        await people.record(
            c, now, who=person, what=what, subject=story.name, revision=story.revision, detail="; ".join(lines)
        )


def shown(rows: Sequence[Row]) -> list[str]:
    """What a person sees of renditions, for whoever else must agree to the same."""
    return [f"{row['channel']} {row['language']} {row['hashes']}" for row in rows]


def said(posts: Sequence[Post]) -> str:
    """The words of a post, all its parts, without the numbers that the parts of a thread bear."""
    return "\n\n".join(post.text.removesuffix(f"{post.part}/{post.parts}").rstrip() for post in posts)


def freed_by(kind: str, posts: Sequence[Post]) -> Literal["edit", "delete"] | None:
    """How a public post is freed of a name; the word in its place may make it too long to be edited."""
    can = channels.abilities(kind)
    if can.edits and all(post.length <= post.limit for post in posts):
        return "edit"
    return "delete" if can.deletes else None


def place_of(row: Row) -> str:
    """How a person names one post among those that bear a name."""
    return f"{row['subject'].removeprefix('s')}/{row['channel']}/{row['language']}"


def chosen(rows: Sequence[Row], only: Sequence[str], languages: Sequence[str]) -> list[Row]:
    """The renditions for some channels and languages; none named are all."""
    return [
        row for row in rows if (not only or row["channel"] in only) and (not languages or row["language"] in languages)
    ]


def _where(only: Sequence[str]) -> str:
    return f" on {', '.join(only)}" if only else ""


def _at(post: PublicPost) -> str:
    url = post.parts[0].url
    return f" ({url})" if url else ""


def _approved(held: Held, person: str, now: datetime) -> Approved:
    approved = review.approve(held, person=person, now=now)
    assert approved is not None  # there are posts
    return approved
