"""People's acts: they only write rows, and are safe beside a running service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import channels
from bot import review
from bot.errors import UsageError
from bot.model import (
    Cause,
    DeliveryState,
    Origin,
    Severity,
    Story,
    StoryState,
)
from bot.pipeline.correcting import chosen, shown
from bot.pipeline.corridor import summary_of
from bot.pipeline.witnessing import Witnessing
from bot.store import alarms, gates, intake, ledger, people
from bot.text import timing
from bot.translation import key

_SETTLED = {"sent": DeliveryState.SENT, "again": DeliveryState.DUE, "drop": DeliveryState.CANCELLED}


class Acting(Witnessing):
    """What a person may do."""

    async def publish(
        self,
        number: int,
        only: Sequence[str] = (),
        *,
        person: str,
        revision: int | None = None,
        dry_run: bool = False,
    ) -> list[str]:
        """Release what waits of a story, exactly as it was shown; one line for each thing that was done.

        `revision` is the one that the person has seen; it must be given when the site edited what was held before.
        """
        now = self.clock()
        async with self.store.write() as c:
            story = await self._undivided(c, number)
            await self._still_as_seen(c, story, revision)
            rows, seen = await self.waiting(c, story, only)
            if seen and not rows and only:
                raise UsageError(f"{story.name}: it waits as a whole, before it is laid out for any channel: name none")
            lines = [] if seen else await self._why_nothing(c, story, only)
            lines = lines or await self._agreed(c, story, "publish", seen, person, now)
            if not lines:
                released = self._release(c, story, rows, person, now) if rows else self._open(c, story, person, now)
                lines = await released
                for line in lines:
                    await people.record(
                        c, now, who=person, what="publish", subject=story.name, revision=story.revision, detail=line
                    )
            if dry_run:
                await c.rollback()
        return lines

    async def _open(self, c: Any, story: Story, person: str, now: datetime) -> list[str]:
        """Let a story that waits as a whole go on its way."""
        released = f"released by {person}" + (f" although: {story.reason}" if story.reason else "")
        await intake.save_story(c, story.number, state=StoryState.OPEN, reason=released, not_before=now)
        if story.drafted >= story.revision:
            await intake.raise_revision(c, story.number)  # it was judged before: judge it again
        return [f"{story.name}: released; it is summarised, checked and sent {self._from(story, now)}"]

    def _from(self, story: Story, now: datetime) -> str:
        """When a story that is released goes out: a release does not end an embargo."""
        if story.embargo is None or story.embargo <= now:
            return "with the next run"
        return f"when it is no longer hidden, {self.local(story.embargo)}; `vestka later {story.number} now` ends that"

    async def _still_as_seen(self, c: Any, story: Story, revision: int | None) -> None:
        edited = any(edition.revision > 1 for edition in story.editions)
        if revision is None and edited and await ledger.renditions(c, story.name, state="void"):
            raise UsageError(
                f"{story.name}: its text changed while it waited; look again (vestka explain {story.number}), "
                f"then: publish {story.number} --revision {story.revision}"
            )
        if revision is not None and revision != story.revision:
            raise UsageError(
                f"{story.name}: this text changed, look again: it is at revision {story.revision}, not {revision}"
            )

    async def waiting(
        self, c: Any, story: Story, only: Sequence[str] = ()
    ) -> tuple[list[Mapping[str, Any]], list[str]]:
        """What `publish` would release: renditions that are not public yet, and what a person sees of them (hashes).

        A story that waits as a whole has no renditions; what is seen of it is its revision.
        """
        if story.state is not StoryState.OPEN or story.drafted < story.revision:
            return [], [f"{story.name} r{story.revision} {story.state}"]
        rows = await ledger.renditions(c, story.name, state="held", revision=story.revision)
        changes = {row["id"] for row in await self.proposals(c, story)}
        rows = [row for row in rows if (not only or row["channel"] in only) and row["id"] not in changes]
        return rows, shown(rows)

    async def _why_nothing(self, c: Any, story: Story, only: Sequence[str]) -> list[str]:
        """Why nothing can be released: posts of it are public, and are corrected instead. Else raises UsageError."""
        rows = [row for row in await self.proposals(c, story) if not only or row["channel"] in only]
        if not rows:
            raise UsageError(f"{story.name}: nothing waits here" + (f" on {', '.join(only)}" if only else ""))
        why = f"not released: it was posted before; vestka correct {story.number} changes what is public"
        return [f"{story.name} {row['channel']} {row['language']}: {why}" for row in rows]

    async def _release(
        self, c: Any, story: Story, rows: Sequence[Mapping[str, Any]], person: str, now: datetime
    ) -> list[str]:
        lines = []
        for row in rows:
            place = f"{story.name} {row['channel']} {row['language']}"
            held = ledger.approved_of(row)
            approved = review.approve(held, person=person, now=now)
            if row["channel"] not in self.wires:
                lines.append(f"{place}: not released: the settings have no such channel that is switched on")
            elif forbidden := self.forbidden(held.posts, row["language"]):
                lines.append(f"{place}: not released: {forbidden}")
            elif approved is None:
                lines.append(f"{place}: not released: {' '.join(row['reasons'])}")
            elif await self._enqueue(c, story, approved, row["kind"], row["id"], now):
                await ledger.decide(c, row["id"], "approved", person, now)
                await self._remember(c, story, row, person, now)
                although = f" although: {' '.join(row['reasons'])}" if row["reasons"] else ""
                lines.append(f"{place}: released{although}")
            else:
                lines.append(f"{place}: not released: it was posted before, and a post is never made twice by itself")
        return lines

    async def _remember(self, c: Any, story: Story, row: Mapping[str, Any], person: str, now: datetime) -> None:
        """A machine's sentences that a person was asked about, and let go: they are approved wherever they come again.

        Those that nobody doubted were perhaps not read, and stay the machine's.
        """
        if row["origin"] != Origin.MACHINE:
            return
        asked = {one["sentence"] for one in row["findings"] if one["severity"] != Severity.NOTE}
        source, target = self.corridor.origin(story).language, row["language"]
        entries = [
            {"key": key(one["source"], source, target), "source_language": source, "language": target}
            | {"source": one["source"], "target": one["text"], "approver": person}
            | {"engine": one["engine"], "version": one["version"]}
            for one in row["sentences"]
            if one["index"] in asked and one["approver"] is None and one["text"]
        ]
        await people.remember(c, entries, now)

    async def skip(self, number: int, reason: str, *, person: str, dry_run: bool = False) -> list[str]:
        """A person refuses a story: nothing of it that waits goes out."""
        now = self.clock()
        async with self.store.write() as c:
            story = await self._undivided(c, number)
            await intake.save_story(c, number, state=StoryState.SKIPPED, reason=reason, drafted=story.revision)
            for row in await ledger.renditions(c, story.name, state="held"):
                await ledger.decide(c, row["id"], "skipped", person, now)
            rows = await ledger.deliveries(c, subject=story.name, state=DeliveryState.DUE)
            unsent = [row for row in rows if row["cause"] == Cause.AUTO or row["cause"].startswith(f"{Cause.REPOST}-")]
            for row in unsent:  # what changes or takes away something public is another matter, and goes on
                await ledger.resettle(c, row["id"], DeliveryState.CANCELLED, now, f"skipped by {person}")
            await people.record(c, now, who=person, what="skip", subject=story.name, detail=reason)
            if dry_run:
                await c.rollback()
        return [f"{story.name}: skipped; {len(unsent)} unsent posts cancelled"]

    async def later(self, number: int, when: str, *, person: str, dry_run: bool = False) -> list[str]:
        """An embargo: before `when` nobody sees the story, not even an engine of a third party; "now" ends it."""
        now = self.clock()
        moment = timing.moment(when, now, ZoneInfo(self.settings.project.timezone))
        if moment is None:
            raise UsageError(f'{when[:40]!r} is no time: say "18:00", "2026-11-23 18:00", "2h" or "now"')
        if moment <= now and when.strip().lower() != "now":
            raise UsageError(f'{when[:40]!r} has passed; to end an embargo say "now"')
        async with self.store.write() as c:
            story = await self._undivided(c, number)
            if moment > now and await ledger.posted(c, story.name):
                raise UsageError(f"{story.name}: it has been posted; what is public cannot be hidden")
            await intake.save_story(c, number, embargo=moment if moment > now else None)
            lifetime = self.settings.delivery.not_after
            waiting = await ledger.postpone(c, story.name, moment, lifetime)
            await people.record(c, now, who=person, what="later", subject=story.name, detail=self.local(moment))
            if dry_run:
                await c.rollback()
        if moment <= now:
            return [f"{story.name}: no longer hidden"]
        also = f"; {waiting} approved posts wait with it" if waiting else ""
        return [f"{story.name}: hidden until {self.local(moment)}{also}"]

    async def write(self, number: int, language: str, text: str, *, person: str, dry_run: bool = False) -> list[str]:
        """An officer's own words take the place of the summary in one language, guarded against the statement."""
        now = self.clock()
        async with self.store.write() as c:
            story = await self._undivided(c, number)
            if story.edition(language) is None:
                have = ", ".join(edition.language for edition in story.editions)
                raise UsageError(
                    f"{story.name}: the site has no {language} edition to hold these words against; it has {have}"
                )
            revision = await intake.add_words(c, number, language, text, person, now)
            await ledger.void_older(c, story.name, revision, "an officer wrote other words")
            await people.record(c, now, who=person, what="write", subject=story.name, detail=language)
            if dry_run:
                await c.rollback()
        return [f"{story.name}: your words in {language} are kept; {_when(story)}"]

    async def edit(
        self, number: int, language: str, sentence: int, text: str, *, person: str, dry_run: bool = False
    ) -> list[str]:
        """A person translates one sentence (0: the title) anew; it is remembered, the story is judged again."""
        now = self.clock()
        async with self.store.write() as c:
            story = await self._undivided(c, number)
            if language not in self.settings.project.languages:
                raise UsageError(f"{language!r} is none of {', '.join(self.settings.project.languages)}")
            if story.edition(language) is not None:
                raise UsageError(
                    f"{story.name}: the site itself wrote the {language} edition; use write for a summary of your own"
                )
            origin = self.corridor.origin(story)
            summary = summary_of(story, origin)
            sources = (summary.title, *(one.text for one in summary.sentences))
            if not 0 <= sentence < len(sources):
                raise UsageError(
                    f"{story.name}: there is no sentence {sentence}; 0 is the title, the last is {len(sources) - 1}"
                )
            await self._same_sentence(c, story, language, sentence, sources[sentence])
            pair = {"source_language": origin.language, "language": language, "source": sources[sentence]}
            await people.remember(
                c,
                [pair | {"key": key(sources[sentence], origin.language, language), "target": text, "approver": person}],
                now,
            )
            revision = await intake.raise_revision(c, number)
            await ledger.void_older(c, story.name, revision, "an officer translated a sentence anew")
            detail = f"{language}, sentence {sentence}"
            await people.record(c, now, who=person, what="edit", subject=story.name, detail=detail)
            if dry_run:
                await c.rollback()
        return [f"{story.name}: {detail} kept; {_when(story)}"]

    async def _same_sentence(self, c: Any, story: Story, language: str, sentence: int, source: str) -> None:
        """A translation belongs to the sentence that the person saw, not to one that stands in its place by now."""
        shown = await ledger.renditions(c, story.name, language=language)
        seen = {one["index"] + 1: one["source"] for one in shown[-1]["sentences"]} if shown else {sentence: source}
        if seen.get(sentence) != source:
            raise UsageError(
                f"{story.name}: sentence {sentence} is another one since the page was edited; run once, then look "
                f"again: vestka explain {story.number}"
            )

    async def repost(
        self,
        number: int,
        only: Sequence[str] = (),
        languages: Sequence[str] = (),
        *,
        nonce: str,
        person: str,
        dry_run: bool = False,
    ) -> list[str]:
        """Post once more what was approved of a story's newest text; the same nonce posts once."""
        now = self.clock()
        cause = f"{Cause.REPOST}-{nonce}"
        async with self.store.write() as c:
            story = await self._undivided(c, number)
            rows = await self.to_repost(c, story, only, languages, but=cause)
            if not rows:
                raise UsageError(f"{story.name}: its newest text was not approved there; see `vestka show {number}`")
            lines = await self._agreed(c, story, "repost", shown(rows), person, now)
            if not lines:
                await gates.settle_agreement(c, story.name, "repost")
                lines = [await self._repost(c, story, row, cause, person, now) for row in rows]
                detail = "; ".join(lines)
                await people.record(
                    c, now, who=person, what="repost", subject=story.name, revision=story.revision, detail=detail
                )
            if dry_run:
                await c.rollback()
        return lines

    async def to_repost(
        self, c: Any, story: Story, only: Sequence[str] = (), languages: Sequence[str] = (), *, but: str = ""
    ) -> list[Mapping[str, Any]]:
        """The renditions that a repost would send: of each place the newest, where that was approved.

        What a person has refused or withdrawn since is not sent again before someone publishes it.
        """
        if story.state is StoryState.SKIPPED:
            raise UsageError(f"{story.name}: {story.reason or 'skipped'}; vestka publish {story.number} comes first")
        if story.state is StoryState.OPEN and story.drafted < story.revision:
            raise UsageError(f"{story.name}: its text has just changed and is not checked yet; try again in a while")
        newest: dict[tuple[str, str], Mapping[str, Any]] = {}
        for row in await ledger.renditions(c, story.name):
            if row["cause"] != but and row["state"] != "void" and not row["cause"].startswith(Cause.RETRACT):
                newest[row["channel"], row["language"]] = row
        rows = [row for row in newest.values() if row["state"] == "approved" and row["channel"] in self.wires]
        return chosen(rows, only, languages)

    async def _repost(
        self, c: Any, story: Story, row: Mapping[str, Any], cause: str, person: str, now: datetime
    ) -> str:
        held = ledger.approved_of(row)
        place = f"{held.subject.name} {held.subject.channel} {held.subject.language}"
        if forbidden := self.forbidden(held.posts, held.subject.language):
            return f"{place}: not posted again: {forbidden}"
        last = await ledger.deliveries(
            c,
            subject=held.subject.name,
            channel=held.subject.channel,
            language=held.subject.language,
            state=DeliveryState.SENT,
        )
        when = f"; last posted {self.local(last[-1]['sent_at'])}" if last else ""
        asked = replace(held, subject=replace(held.subject, cause=cause))
        approved = review.approve(asked, person=person, now=now)
        assert approved is not None  # an approved rendition has posts
        rendition = await ledger.copy_rendition(c, row, approved, now)
        if rendition is None:
            return f"{place}: asked for before, posted once"
        there = await self.standing(c, story)
        earlier = (one for one in there if (one.channel, one.language) == (row["channel"], row["language"]))
        await self._enqueue(c, story, approved, row["kind"], rendition, now, next(earlier, None))
        return f"{place}: goes out again{when}"

    async def resolve(
        self, delivery_key: str, verdict: str, *, person: str, url: str | None = None, dry_run: bool = False
    ) -> list[str]:
        """A person settles an unknown outcome: it is there (`sent`, at `url`), send it `again`, or `drop` it.

        Or the part of a thread that was refused, while those before it are out: finish it (`again`), or leave it.
        """
        now = self.clock()
        async with self.store.write() as c:
            rows = await ledger.deliveries(c, key=delivery_key, state=DeliveryState.UNKNOWN)
            broken = await ledger.broken_threads(c, key=delivery_key)
            if not rows and not broken:
                raise UsageError(f"{delivery_key}: no such post has an unknown outcome; see `vestka queue`")
            row = (rows or broken)[0]
            if broken and verdict == "sent":
                raise UsageError(f"{delivery_key}: the platform has refused it; say again or drop")
            story = await self._story(c, int(row["subject"].removeprefix("s")))
            if verdict == "again" and story.state is StoryState.SKIPPED:
                raise UsageError(f"{delivery_key}: {story.reason or 'skipped'}; it is not sent again: drop it")
            error = f"settled by {person}: {verdict}"
            if verdict == "sent":
                remote_id = await self._found(c, row, url) if url else None
                if remote_id is None and row["part"] < row["parts"] and channels.abilities(row["kind"]).looks:
                    raise UsageError(f"{delivery_key}: give its address, which the next part answers")
                await self.settle_sent(c, row, story, now, url=url, remote_id=remote_id)
            elif verdict == "again" and broken:
                await ledger.revive(c, row["id"], now)
            else:
                state = DeliveryState.DUE if verdict == "again" else DeliveryState.CANCELLED
                await ledger.resettle(c, row["id"], state, now, error)
            await alarms.clear(c, f"unknown/{delivery_key}", now)
            await people.record(
                c, now, who=person, what="resolve", subject=row["subject"], detail=f"{delivery_key}: {verdict}"
            )
            if dry_run:
                await c.rollback()
        return [f"{delivery_key}: {_SETTLED[verdict].value}"]

    async def _found(self, c: Any, row: Mapping[str, Any], url: str) -> str | None:
        """The id of the post that a person has found. Raises UsageError when it is not this channel's, or another's."""
        channel = self.settings.channels.get(row["channel"])
        if channel is None or channel.kind != row["kind"]:
            return None
        can = channels.abilities(row["kind"])
        remote_id = can.remote_id(channel, url)
        if remote_id is None and (can.edits or can.deletes):
            raise UsageError(f"this is no address of a post on {row['channel']}; give that, or none")
        taken = await ledger.deliveries(c, channel=row["channel"], remote_id=remote_id) if remote_id else []
        if others := [one["key"] for one in taken if one["id"] != row["id"] and one["place"] == row["place"]]:
            raise UsageError(f"that is the post of {others[0]}; look for the address of this one")
        return remote_id


def _when(story: Story) -> str:
    """What follows from an act on a story."""
    if story.state is StoryState.OPEN:
        return "the edition is checked again with the next run"
    return f"nothing is sent: the story is {story.state}; release it with publish"
