"""In, first half: ask a source, its mirrors in turn, and judge the answer: nothing new, down, hostile, moved, read."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from bot.feed import identity, parse, parse_list
from bot.model import Document, Fetched, FetchFailed, NotModified, Quarantined
from bot.pipeline.rereading import Rereading
from bot.pipeline.taking import Polled
from bot.settings import Source
from bot.store import alarms, intake, people

FULL = timedelta(days=1)  # so often a source is asked without validators: some sites' ETags never change
FAILURES = 3  # in a row, or …
OUTAGE = timedelta(hours=1)  # … so long without an answer: someone is told
LONGEST_WAIT = timedelta(hours=1)  # between two polls of a source that fails …
LONGEST_REST = timedelta(days=1)  # … or that asks for a rest: a mistake in Retry-After must not end the watch


async def document_of(source: Source, got: Fetched, aliases: Mapping[str, str]) -> Document | Quarantined:
    """What the feed of a source says, or its page that lists articles; `aliases` are the hosts in the settings."""
    if source.kind == "feed":
        return await parse(got.body, content_type=got.content_type, url=got.url, script=source.language)
    return await parse_list(
        got.body,
        content_type=got.content_type,
        url=got.url,
        hosts=identity.names(source.urls, aliases=aliases),
        items=source.items,
        script=source.language,
    )


class Watching(Rereading):
    """Asking the sources."""

    async def to_poll(self) -> list[str]:
        """The sources whose time to be asked has come; one that said it is gone is not asked again by itself."""
        now = self.clock()
        async with self.store.read() as c:
            rows = {name: await intake.source_row(c, name) for name in self.settings.watched}
        return [name for name, row in rows.items() if self._is_time(name, row, now)]

    def _is_gone(self, name: str, row: Mapping[str, Any]) -> bool:
        """Whether a source has said that it is gone for good, at the addresses that it has now."""
        return row.get("gone") == list(self.settings.sources[name].urls)

    def _is_time(self, name: str, row: Mapping[str, Any], now: datetime) -> bool:
        """Whether to ask a source: its time has come, or lies so far off that the clock must have been put back."""
        source = self.settings.sources[name]
        if self._is_gone(name, row):
            return False
        longest = max(2 * source.every, LONGEST_REST + LONGEST_WAIT) if row.get("fails") else 2 * source.every
        next_poll = row.get("next_poll") or now
        return next_poll <= now or next_poll > now + longest

    async def poll_soon(self, only: list[str]) -> None:
        """A person wants these sources to be asked now, also one that has said it is gone."""
        async with self.store.write() as c:
            for name in only:
                await intake.save_source(c, name, next_poll=None, gone=None)

    async def poll(self, name: str) -> Polled:
        """Ask one source what is new, its mirrors in turn, and take in what it says."""
        async with self.store.read() as c:
            row = await intake.source_row(c, name)
        if self._is_gone(name, row):
            return Polled(source=name, outcome=str(row["last_error"]), failed=True)
        full = row.get("last_full") is None or self.clock() - row["last_full"] >= FULL
        answer, url = await self._ask(name, row, full)
        now = self.clock()
        match answer:
            case NotModified():
                return await self._nothing_new(name, row, {}, now)
            case FetchFailed():
                return await self._failed(name, row, answer, now)
            case Fetched():
                if full:
                    row = {**row, "last_full": now}
                return await self._read(name, url, row, answer, now)

    async def _ask(
        self, name: str, row: Mapping[str, Any], full: bool
    ) -> tuple[Fetched | NotModified | FetchFailed, str]:
        """The first usable answer of the source's addresses, and the address that gave it."""
        source = self.settings.sources[name]
        failures: list[FetchFailed] = []
        for url in source.urls:
            ours = row.get("validated_url") == url and not full  # a mirror's validators say nothing about another
            answer = await self.fetcher.fetch(
                url,
                etag=row.get("etag") if ours else None,
                last_modified=row.get("last_modified") if ours else None,
                allow_private=source.allow_private,
                proxy=source.proxy or None,
            )
            if isinstance(answer, Fetched) and answer.moved_to and not self.is_own(source, answer.moved_to):
                where = urlsplit(answer.moved_to).hostname
                reason = f"the feed has moved for good to another site, {where}; it is not read until that is confirmed"
                answer = FetchFailed(reason=reason)
            if not isinstance(answer, FetchFailed):
                return answer, url
            failures.append(answer)
        if len(failures) == 1:
            return failures[0], source.urls[0]
        hosts = [urlsplit(url).hostname for url in source.urls]
        reasons = "; ".join(f"{host}: {one.reason}" for host, one in zip(hosts, failures, strict=True))
        gone = all(one.status == 410 for one in failures)
        worst = FetchFailed(
            reason=reasons,
            hostile=all(one.hostile for one in failures),
            status=410 if gone else None,
            retry_after=min((one.retry_after for one in failures if one.retry_after is not None), default=None),
        )
        return worst, source.urls[0]

    async def _nothing_new(self, name: str, row: Mapping[str, Any], values: Mapping[str, Any], now: datetime) -> Polled:
        async with self.store.write() as c:
            await self._well(c, name, row, now, **values)
        return Polled(source=name, outcome="nothing new")

    async def _failed(self, name: str, row: Mapping[str, Any], answer: FetchFailed, now: datetime) -> Polled:
        async with self.store.write() as c:
            await self._unwell(c, name, row, answer, now)
            if answer.hostile:
                await self._quarantine_document(c, name, answer.reason, answer.reason.encode(), now)
        quarantined = (answer.reason,) if answer.hostile else ()
        return Polled(source=name, outcome=answer.reason, quarantined=quarantined, failed=True)

    async def _unwell(self, c: Any, name: str, row: Mapping[str, Any], answer: FetchFailed, now: datetime) -> None:
        """The source gave nothing usable: ask less often, and tell someone when it lasts."""
        fails = row.get("fails", 0) + 1
        wait = min(self.settings.sources[name].every * 2 ** min(fails - 1, 20), LONGEST_WAIT)
        wait = max(wait, self.settings.sources[name].every) * (1 + self.jitter())
        if answer.retry_after is not None:
            wait = max(wait, min(timedelta(seconds=answer.retry_after), LONGEST_REST))
        gone = list(self.settings.sources[name].urls) if answer.status == 410 else None
        await intake.save_source(c, name, fails=fails, last_error=answer.reason, next_poll=now + wait, gone=gone)
        last = row.get("last_ok")
        if gone is not None:
            text = f"The source {name} says that its feed is gone for good (410); it is not asked again."
            cure = (
                f"Find its new address and change sources.{name}.urls; vestka poll {name} asks the old one once more."
            )
            await alarms.raise_lasting(c, f"outage/{name}", text, cure, now)
        elif fails >= FAILURES or (last is not None and now - last >= OUTAGE):
            since = f"since {self.local(last)}" if last else "and never could be"
            text = f"The source {name} cannot be read {since}: {answer.reason}."
            known = "anti-bot" in answer.reason  # it names its own cure
            cure = "" if known else f"Look at the site; if it has moved, change sources.{name}.urls."
            await alarms.raise_lasting(c, f"outage/{name}", text, cure, now)

    async def _read(self, name: str, url: str, row: Mapping[str, Any], got: Fetched, now: datetime) -> Polled:
        body_hash = hashlib.sha256(got.body).hexdigest()
        remembered = {
            "etag": got.etag,
            "last_modified": got.last_modified,
            "validated_url": url,
            "body_hash": body_hash,
            "last_full": row.get("last_full"),
        }
        if got.moved_to is not None:
            await self._moved(name, url, got.moved_to, now)
        if row.get("body_hash") == body_hash:
            return await self._nothing_new(name, row, remembered, now)
        document = await document_of(self.settings.sources[name], got, self.settings.links.aliases)
        if isinstance(document, Quarantined):
            async with self.store.write() as c:
                await self._unwell(c, name, row, FetchFailed(reason=document.reason), now)
                await self._quarantine_document(c, name, document.reason, got.body, now)
            return Polled(source=name, outcome=document.reason, quarantined=(document.reason,), failed=True)
        return await self.take_in(name, document, got.url, remembered, now)

    async def _moved(self, name: str, url: str, moved_to: str, now: datetime) -> None:
        """A feed that has moved for good within its own site is read there; someone should write down its address."""
        text = f"The feed of {name} has moved for good from {url} to {moved_to}."
        cure = f"Put the new address into sources.{name}.urls."
        async with self.store.write() as c:
            await alarms.raise_event(c, f"moved/{name}/{moved_to}", text, cure, now)

    async def _quarantine_document(self, c: Any, name: str, reason: str, raw: bytes, now: datetime) -> None:
        """Put a whole document aside: one alarm for each kind of fault until the source is well again."""
        if not await intake.add_quarantine(c, name, reason, raw, now):
            return
        await people.record(c, now, who="feed", what="quarantined", detail=f"{name}: {reason}")
        fault = re.sub(r"\d+", "#", reason)
        text = f"What the source {name} sent was put aside, and nothing was made of it: {reason}."
        cure = "Nothing is lost: it is read again at the next poll; if it stays, tell the site's administrator."
        if self.settings.sources[name].kind == "page":
            cure = f"Look at the page; when it has changed its look, set sources.{name}.items, and ask vestka doctor."
        await alarms.raise_lasting(c, f"document/{name}/{fault}", text, cure, now)
