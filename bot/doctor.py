"""`vestka doctor`: looks at an installation and says, line by line, what is well, what is not, and its cure.

Each check is bounded in time and stands alone: whatever happens in one is a line of its own, and the others go on.
It changes nothing: no migration, no poll, no post; `--live` sends a test mail and posts to the test destinations.
"""

from __future__ import annotations

import asyncio
import email
import email.errors
import errno
import fcntl
import os
import shutil
import sqlite3
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from importlib.metadata import packages_distributions
from itertools import permutations
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import channels
from bot import app
from bot.errors import SettingsError, VestkaError
from bot.feed import Fetcher, body, clean, discover, identity, parse
from bot.model import (
    Block,
    BlockKind,
    Document,
    Fetched,
    FetchFailed,
    NotModified,
    Quarantined,
    Statement,
    Story,
    StoryState,
)
from bot.pipeline import Corridor, document_of
from bot.settings import Settings, Source, load
from bot.store import HEAD, Store, alarms, level, uses
from bot.text import letters
from bot.translation import Engine, FileMemory, coverage, models
from bot.translation.ctranslate2 import CTranslate2
from bot.translation.fxtranslate import FxTranslate
from bot.translation.remote import Remote
from channels import Draft, Envelope, TooLong
from channels.newsletter.issue import LEAVE

State = Literal["ok", "warn", "fail"]

SECONDS = 90.0  # for any one check: two fetches of a source, or one mail, and what is done with it
QUICK_SECONDS = 20.0  # for SQLite's look at a whole file; 1 GB takes about 3
DRIFT = timedelta(seconds=60)
WRONG_TIME = timedelta(minutes=10)  # settle times, embargoes and quiet hours would be visibly off
OLD = timedelta(days=60)  # a feed without anything newer is perhaps not the feed that people read
LOW_BYTES, NO_BYTES = 1_000_000_000, 100_000_000
# https://www.sqlite.org/wal.html: "WAL does not work over a network filesystem"
NETWORK_SYSTEMS = ("nfs", "cifs", "smb", "9p", "afs", "ceph", "glusterfs", "fuse.sshfs", "fuse.rclone")
BOMB_ENTITIES = 100_000
INJECTION = "=?utf-8?q?=0D=0ABcc:_v@x?="
SPACES = "№5 Заява " + "чалавек чалавек 1 250 маем " * 5 + "канец"
SAMPLE = {
    "be": ("Узор заявы", "Гэта ўзор: 17 чалавек чакаюць суда ў Мройску."),
    "ru": ("Образец заявления", "Это образец: 17 человек ждут суда в Мройске."),
    "en": ("A sample statement", "This is a sample: 17 people await trial in Mroisk."),
    "uk": ("Зразок заяви", "Це зразок: 17 людей чекають на суд у Мройську."),
    "pl": ("Wzór oświadczenia", "To jest wzór: 17 osób czeka na proces w Mrojsku."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One line: its state, what was looked at, and the cure ("" where there is nothing to do)."""

    state: State
    what: str
    cure: str = ""


def ok(what: str) -> Check:
    """All is well with this."""
    return Check(state="ok", what=what)


def warn(what: str, cure: str) -> Check:
    """It works, and somebody should know."""
    return Check(state="warn", what=what, cure=cure)


def fail(what: str, cure: str) -> Check:
    """It does not work."""
    return Check(state="fail", what=what, cure=cure)


async def examine(file: Path, *, live: bool) -> list[Check]:
    """Every check of an installation, in the order in which a person would mend things. Never raises."""
    try:
        settings = load(file)
    except SettingsError as error:
        lines = [fail(f"settings: {error}", "vestka settings prints every key; vestka init asks and writes a new file")]
        return lines + await _all(_of_machine())
    lines = [ok(f"settings: {file}, wire: {settings.delivery.wire}")]
    return lines + await _all([*_of_installation(settings, live), *_of_machine()])


Step = tuple[str, Callable[[], Awaitable[list[Check]]]]


def _of_installation(settings: Settings, live: bool) -> list[Step]:
    """The checks that need the settings, each with its name."""
    return [
        ("sources", lambda: sources(settings)),
        ("templates", lambda: templates(settings)),
        ("channels", lambda: places(settings)),
        ("secrets", lambda: secrets(settings)),
        ("wires", lambda: wires(settings, live)),
        ("desk", lambda: desk(settings)),
        ("readers", lambda: readers(settings)),
        ("domains", lambda: domains(settings)),
        ("languages", lambda: languages(settings)),
        ("database", lambda: database(settings)),
        ("alarms", lambda: telling(settings, live)),
        ("service", lambda: service(settings)),
    ]


def _of_machine() -> list[Step]:
    """The checks that need nothing but this machine."""
    return [("time zones", zones), ("parser", parser), ("mail", mail), ("packages", packages)]


async def _all(steps: Sequence[Step]) -> list[Check]:
    lines: list[Check] = []
    told: set[str] = set()
    for name, step in steps:
        for line in await _bounded(name, step):
            reason = line.what.partition(": ")[2]
            if line.state != "fail" or reason not in told:  # one broken template stops several checks
                lines.append(line)
                told.add(reason)
    return lines


async def _bounded(name: str, step: Callable[[], Awaitable[list[Check]]]) -> list[Check]:
    """The lines of one check, within its time; what is raised in it becomes its line."""
    try:
        async with asyncio.timeout(SECONDS):
            return await step()
    except TimeoutError:
        return [fail(f"{name}: not done within {SECONDS:g} s", "see what is slow: the network, the disk or the server")]
    except VestkaError as error:
        return [fail(f"{name}: {error}", "mend what this line names, then run vestka doctor again")]
    except Exception as error:  # noqa: BLE001  # one broken check must not hide what the others have found
        where = error.__traceback__
        while where is not None and where.tb_next is not None:
            where = where.tb_next
        line = f"{Path(where.tb_frame.f_code.co_filename).name}, line {where.tb_lineno}" if where else "no place"
        return [fail(f"{name}: the check itself broke: {type(error).__name__} in {line}", "report it: it is a bug")]


# --------------------------------------------------------------------------------------------------------------------
# sources, and the clock by them


async def sources(settings: Settings) -> list[Check]:
    """Each address of each source, asked once as the service would, and the clock by what the sites say."""
    try:
        app.check_sources(settings)
    except SettingsError as error:
        return [fail(str(error), "put the feed's address under [sources.NAME] in the settings")]
    drifts: list[tuple[timedelta, str]] = []
    async with Fetcher() as fetcher:
        looked = await asyncio.gather(
            *(_source(fetcher, settings, name, source, drifts) for name, source in settings.watched.items())
        )
    return [line for lines in looked for line in lines] + [clock(drifts)]


async def _source(
    fetcher: Fetcher, settings: Settings, name: str, source: Source, drifts: list[tuple[timedelta, str]]
) -> list[Check]:
    """One source: its addresses side by side; a mirror that fails is no failure while another one answers."""
    answers = await asyncio.gather(*(_ask(fetcher, source, url, drifts) for url in source.urls))
    lines: list[Check] = []
    well = False
    for url, answer in zip(source.urls, answers, strict=True):
        shown = f"source {name}: {url}"
        if not isinstance(answer, Fetched):
            reason = answer.reason if isinstance(answer, FetchFailed) else "it answers 304 to a first request"
            lines.append(fail(f"{shown}: {reason}", f"look at the site; if it has moved, change sources.{name}.urls"))
            continue
        document = await document_of(source, answer, settings.links.aliases)
        if isinstance(document, Quarantined):
            cure = f"tell the site's administrator, or change sources.{name}.urls; vestka try {url} shows more"
            if source.kind == "page":
                cure = f"see whether it is the right page; set sources.{name}.items, or change sources.{name}.urls"
            lines.append(fail(f"{shown}: {document.reason}", cure))
            continue
        found = _listed(settings, name, source, shown, answer) if source.kind == "page" else []
        found += _read(settings, name, source, shown, answer, document)
        well = well or all(line.state != "fail" for line in found)
        lines += found
    return [
        Check(state="warn", what=line.what, cure=line.cure) if well and line.state == "fail" else line for line in lines
    ]


async def _ask(
    fetcher: Fetcher, source: Source, url: str, drifts: list[tuple[timedelta, str]]
) -> Fetched | NotModified | FetchFailed:
    answer = await fetcher.fetch(url, allow_private=source.allow_private, proxy=source.proxy or None)
    if isinstance(answer, Fetched) and answer.date is not None:
        drifts.append((app.clock() - answer.date, identity.host(answer.url)))
    return answer


def _listed(settings: Settings, name: str, source: Source, shown: str, answer: Fetched) -> list[Check]:
    """What would be better than a page, or makes its entries look new."""
    lines = []
    if feed := discover(answer.body, answer.url):
        cure = f'set sources.{name}.urls to it, without kind = "page": a feed says more of each statement'
        lines.append(warn(f"{shown}: this page has a feed: {feed}", cure))
    first, *mirrors = (identity.host(url, aliases=settings.links.aliases) for url in source.urls)
    for mirror in sorted(set(mirrors) - {first}):
        cure = f'add it to links.aliases: {{"{mirror}" = "{first}"}}'
        lines.append(warn(f"{shown}: on its mirror {mirror} every entry looks like a new one", cure))
    return lines


def _read(
    settings: Settings, name: str, source: Source, shown: str, answer: Fetched, document: Document
) -> list[Check]:
    """What a feed or a list that was read tells of itself."""
    lines = []
    if answer.moved_to is not None:
        aliases = settings.links.aliases
        own = {identity.host(url, aliases=aliases) for url in source.urls}
        there = identity.host(answer.moved_to, aliases=aliases)
        cure = f"when that is right, put {answer.moved_to} into sources.{name}.urls"
        if there not in own:  # the service does not follow there either
            return [fail(f"{shown}: the feed has moved for good to another site, {there}; it is not read", cure)]
        lines.append(warn(f"{shown}: the feed has moved for good to {answer.moved_to}", cure))
    if document.doubt:
        lines.append(warn(f"{shown}: {document.doubt}", "tell the site's administrator"))
    texts = [_text(entry, answer.url) for entry in document.entries]
    told = letters.language_of("\n".join(texts))
    if told is not None and told != source.language:
        cure = f"if that is right, set sources.{name}.language to {told}"
        lines.append(warn(f"{shown}: set to {source.language}, but its letters look like {told}", cure))
    dates = [entry.published for entry in document.entries if entry.published is not None]
    age = app.clock() - max(dates) if dates else None
    count = len(document.entries)
    said = f"{shown}: {count} statement{'s' * (count != 1)}, language {source.language}"
    if count == 0:
        lines.append(warn(f"{shown}: a feed without any statement", "nothing, if the site is new; else look at it"))
    elif age is None and source.kind == "page":
        lines.append(ok(f"{said}, none of them dated"))
    elif age is None:
        lines.append(warn(f"{said}, none with a date that can be read", "ask the site for dates; order is kept anyway"))
    elif age > OLD:
        lines.append(warn(f"{said}, the newest {age.days} days old", "see whether the site publishes elsewhere by now"))
    else:
        lines.append(ok(f"{said}, the newest {_age(age)} old"))
    return lines


def _text(entry: Any, url: str) -> str:
    blocks = body(entry, url)
    rest = "" if isinstance(blocks, Quarantined) else "\n".join(block.text for block in blocks)
    return f"{clean.plain(entry.title)}\n{rest}"


def _age(age: timedelta) -> str:
    return f"{age.days} days" if age.days > 1 else f"{max(0, int(age.total_seconds() // 3600))} hours"


def clock(drifts: Sequence[tuple[timedelta, str]]) -> Check:
    """This machine's clock beside those of the sites: the nearest one counts, as a cache may show an older date."""
    if not drifts:
        return warn("clock: no site said what time it is", "compare it yourself: date -u")
    drift, host = min(drifts, key=lambda one: abs(one[0]))
    if abs(drift) <= DRIFT:
        return ok(f"clock: within {DRIFT.total_seconds():g} s of {host}")
    direction = "ahead of" if drift > timedelta() else "behind"
    what = f"clock: {abs(drift).total_seconds():.0f} s {direction} {host}"
    cure = "set it, and keep it right: timedatectl set-ntp true"
    return fail(what, cure) if abs(drift) > WRONG_TIME else warn(what, cure)


# --------------------------------------------------------------------------------------------------------------------
# templates, channels, secrets


async def templates(settings: Settings) -> list[Check]:
    """Every template laid out with samples in each language."""
    app.read_templates(settings)
    kinds = sorted({one.kind for one in settings.channels.values()})
    served = sorted({language for one in settings.channels.values() for language in one.languages_served()})
    return [ok(f"templates: {', '.join(kinds)} in {', '.join(served)}")] if kinds else []


async def places(settings: Settings) -> list[Check]:
    """A sample statement on each channel, by its own settings, and whether the wire can be had."""
    walked = app.corridor(settings, FileMemory())
    if not walked.destinations():
        return [fail("channels: there is none that is switched on", "add one: [channels.telegram-be]")]
    lines: list[Check] = []
    try:
        app.wires(settings)
    except SettingsError as error:
        lines.append(fail(str(error), 'set delivery.wire = "rehearsal"'))
    for name, one, language in walked.destinations():
        lines.append(await _place(walked, name, one, language))
        if getattr(one, "chat", None) == "":
            needed = fail if settings.delivery.wire == "live" else warn
            lines.append(
                needed(f"channel {name}: it has no chat yet: rehearsed only", f'set channels.{name}.chat = "@name"')
            )
    return lines


async def _place(walked: Corridor, name: str, one: Any, language: str) -> Check:
    now = app.clock()
    checked = await walked.edition(_sample(language, now), language, now)
    posts = walked.lay_out(checked, one)
    if isinstance(posts, TooLong):
        cure = f"shorten templates/{one.kind} or project.name"
        return fail(f"channel {name}, {language}: a short sample does not fit: {posts.length} of {posts.limit}", cure)
    return ok(f"channel {name}, {language}: a sample fits, {posts[0].length:,} / {posts[0].limit:,}")


def _sample(language: str, now: datetime) -> Story:
    title, text = SAMPLE.get(language, SAMPLE["en"])
    statement = Statement(
        source="doctor",
        language=language,
        url="https://example.invalid/sample",
        title=title,
        blocks=(Block(kind=BlockKind.PARAGRAPH, text=text),),
        first_seen=now,
    )
    return Story(
        number=1, revision=1, drafted=0, state=StoryState.OPEN, created=now, not_before=now, reason=None,
        editions=(statement,),
    )  # fmt: skip


async def secrets(settings: Settings) -> list[Check]:
    """Whether the secrets that live wires need are there; nothing of them is shown."""
    lines = []
    needed = fail if settings.delivery.wire == "live" else warn
    made = [one for one in settings.channels.values() if one.enabled]
    for name in sorted({name for one in made for name in channels.abilities(one.kind).secrets(one)}):
        try:
            there = bool(settings.secret(name))
        except SettingsError as error:
            lines.append(fail(str(error), "let only its owner read it"))
            continue
        cure = f"put it into secrets/{name} with mode 0600; a rehearsal does without"
        lines.append(ok(f"secret {name}: there") if there else needed(f"secret {name}: missing", cure))
    return lines


async def wires(settings: Settings, live: bool) -> list[Check]:
    """What each platform says of our access to it, before and after going live; `live` posts to test destinations."""
    lines = []
    for name, one in settings.channels.items():
        can = channels.abilities(one.kind)
        if not one.enabled or can.dial is None or not all(map(settings.secret, can.secrets(one))):
            continue  # the lines above say which secret is missing
        try:
            wire = can.dial(one, settings.secret)
        except ValueError as error:
            lines.append(Check(state=_grave(settings), what=f"{name}: {error}", cure=f"see [channels.{name}]"))
            continue
        try:
            for found in await wire.check(test=live):
                state = _grave(settings) if found.state == "fail" else found.state
                lines.append(Check(state=state, what=f"{name}: {found.what}", cure=found.cure))
        finally:
            await wire.close()
    return lines


def _grave(settings: Settings) -> State:
    """What would fail when posts were sent: a rehearsal does without it."""
    return "fail" if settings.delivery.wire == "live" else "warn"


async def desk(settings: Settings) -> list[Check]:
    """Whether those who decide can be reached."""
    review = settings.review
    if not review.reviewers:
        cure = "set review.reviewers = {name = numeric id}; until then use the commands of vestka"
        return [warn("review: nobody is asked by Telegram about what waits", cure)]
    if not settings.secret("telegram_token"):
        return [fail("review: the bot has no token", "put it into secrets/telegram_token with mode 0600")]
    several = f"{review.approvals} must agree" if review.approvals > 1 else "one is enough"
    lines = [ok(f"review: {', '.join(review.reviewers)} may decide; {several}")]
    if not review.owners:
        lines.append(warn("review: nobody may use /doctor, /reviewers and /redact", "set review.owners"))
    return lines


async def readers(settings: Settings) -> list[Check]:
    """Whether readers can subscribe and be written to: keys, pages and relays."""
    one = app.newsletter(settings)
    if one is None or not (one.relays or settings.web.public_url):
        return []
    lines = []
    if not settings.web.public_url:
        lines.append(warn("newsletter: there are no pages on which to subscribe", "set web.public_url"))
    try:
        app.front(settings)
        lines.append(ok("newsletter: the keys with which readers are sealed are there"))
    except SettingsError as error:
        lines.append(fail(f"newsletter: {error}", "vestka subscribers keys makes the three"))
    ours = one.sender[1].rpartition("@")[2]
    if one.discreet_from and settings.web.public_url.endswith(ours):
        what = f"newsletter: discreet letters bear web.public_url, which names {ours}"
        lines.append(warn(what, "let readers reach the pages by a name that says nothing"))
    if settings.secret("reader_private_key"):
        what = "newsletter: this machine can open readers' rows"
        lines.append(warn(what, "serve the pages on another, which has the public and the index key only"))
    for relay in app.relays(one, settings):
        well, what = await relay.check()
        cure = "see relays, smtp_user and smtp_security of the newsletter, and the secret newsletter_smtp_password"
        lines.append(ok(f"newsletter: {what}") if well else fail(f"newsletter: {what}", cure))
    box = app.mailbox(settings)
    if box is None:
        what = "newsletter: what comes back is not read, and letters to addresses that are gone are never given up"
        lines.append(warn(what, "set imap and imap_user of the newsletter, and the secret newsletter_imap_password"))
    elif (why := await box.check()) is not None:
        lines.append(fail(f"newsletter: {why}", "see imap, imap_user and the secret newsletter_imap_password"))
    else:
        lines.append(ok(f"newsletter: {box.host} shows what comes back"))
    return lines


async def domains(settings: Settings) -> list[Check]:
    """Whether other mail servers are told who may send in the names of the newsletter's senders."""
    from channels.newsletter.domain import records

    one = app.newsletter(settings)
    if one is None or not one.relays:
        return []
    senders = [one.sender, *[one.discreet_sender] * bool(one.discreet_from)]
    names = dict.fromkeys(address.rpartition("@")[2].lower() for _, address in senders)
    return [
        Check(state=line.state, what=f"newsletter: {line.what}", cure=line.cure)
        for name in names
        async for line in records(name, one.dkim_selector)
    ]


# --------------------------------------------------------------------------------------------------------------------
# languages and engines


async def languages(settings: Settings) -> list[Check]:
    """For each language of the site and each language of a channel: who translates, or that nobody does."""
    walked = app.corridor(settings, FileMemory())
    written = {source.language for source in settings.sources.values()} or set(settings.project.languages)
    wanted = {language for _, _, language in walked.destinations()} or set(settings.project.languages)
    try:
        lines = await _engines(settings, walked)
        for pair, first in coverage(sorted(written | wanted), walked.chain):
            source, target = pair.split("-")
            if source in written and target in wanted:
                lines += await _pair(settings, walked.chain(source, target), source, target, served=first is not None)
        return lines
    finally:
        for engine in walked.engines.values():
            await engine.close()


async def _pair(settings: Settings, chain: Sequence[Engine], source: str, target: str, *, served: bool) -> list[Check]:
    arrow = f"languages {source}→{target}"
    names = [f"{one.name} ({_kind(one, source, target)})" for one in chain if one.supports(source, target)]
    idle = [one.name for one in chain if not one.supports(source, target)]
    fetch = f"vestka models fetch {source}-{target}"
    if not served:
        chained = "" if idle else f'translation.chain.{source}-{target} = ["memory", "fxtranslate:draft"] and '
        cure = f"{chained}{fetch}, where there is a model (vestka models list); else people translate"
        what = "only people's memory; what nobody has translated goes out as the original, labelled"
        return [warn(f"{arrow}: {what}", cure)]
    lines = [ok(f"{arrow}: {', '.join(('memory', *names))}")]
    chain_key = f"translation.chain.{source}-{target}"
    for name in idle:
        own = name == FxTranslate.name
        what = "has no model for it" if own else "does not translate it"
        lines.append(warn(f"{arrow}: {name} {what}", fetch if own else f"take it out of {chain_key}"))
    return lines + await asyncio.to_thread(_damaged, app.models_folder(settings), source, target)


async def _engines(settings: Settings, walked: Corridor) -> list[Check]:
    """Each engine of the settings' own table: who sees the text, what it can do, and what it was given this month."""
    made = [walked.engines[name] for name in settings.engines]
    reasons = dict(await app.ask_engines(made))
    for one in made:
        if isinstance(one, CTranslate2) and (failed := await one.prepare()) is not None:
            reasons[one.name] = failed.reason
    used = await _used(settings) if made else {}
    lines = []
    for one in made:
        kind = settings.engines[one.name].kind
        if one.name in reasons:
            cure = "mend what this line names; until then a chain goes on without it"
            lines.append(warn(f"engine {one.name} ({kind}): {reasons[one.name]}", cure))
            continue
        pairs = [f"{a}→{b}" for a, b in permutations(settings.project.languages, 2) if one.supports(a, b)]
        said = [_seen(one), ", ".join(pairs) or "none of this project's pairs"]
        if isinstance(one, Remote):
            limit = f" of {one.terms.budget:,}" if one.terms.budget else ""
            said.append(f"{used.get(one.name, 0):,}{limit} characters this month")
        elif isinstance(one, CTranslate2) and one.layout == "NLLB":
            said.append("NLLB's weights are CC-BY-NC-4.0: not for commercial use")
        lines.append(ok(f"engine {one.name} ({kind}): {'; '.join(said)}"))
    return lines


async def _used(settings: Settings) -> dict[str, int]:
    """The characters that each engine was given this month; nothing is made and nothing is migrated."""
    url = settings.database_url()
    file = Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:///") else None
    if (file is not None and not file.exists()) or await level(url) != HEAD:
        return {}
    store = await Store.open(url)
    try:
        async with store.read() as c:
            return await uses.used(c, uses.month_of(app.clock()))
    finally:
        await store.close()


def _kind(engine: Engine, source: str, target: str) -> str:
    """Who sees the text, and whether every sentence waits for a person."""
    return f"draft, {_seen(engine)}" if engine.drafts(source, target) else _seen(engine)


def _seen(engine: Engine) -> str:
    """Who sees the text."""
    return {"local": "on this machine", "self-hosted": "on a server of yours"}.get(
        engine.privacy, "a third party reads"
    )


def _damaged(folder: Path, source: str, target: str) -> list[Check]:
    """The models on the way that are no longer what was fetched: they would translate into nothing, without a word."""
    lines = []
    for leg in models.legs(source, target, lambda pair: models.installed(folder, pair) is not None):
        model = models.installed(folder, leg)
        try:
            if model is not None:
                models.read(folder, model)
        except ValueError as error:
            lines.append(fail(f"model {leg}: {error}", f"vestka models fetch {leg}"))
    return lines


# --------------------------------------------------------------------------------------------------------------------
# the database


async def database(settings: Settings) -> list[Check]:
    """The ledger as it stands: nothing is made and nothing is migrated."""
    url = settings.database_url()
    file = Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:///") else None
    folder = app.lock_folder(settings)
    lines = _folder(folder)
    if file is not None:
        lines += _system(folder)
        if not file.exists():
            return [*lines, ok("database: none yet; the first run makes it")]
        lines += await asyncio.to_thread(_sqlite, file)
        if any(line.state == "fail" for line in lines):
            return lines
    found = await level(url)
    if found is None:
        return [*lines, ok("database: empty; the first run fills it")]
    if found < HEAD:
        cure = "make a copy of it; the next command brings it up to date"
        return [*lines, warn(f"database: schema {found}, this Vestka has {HEAD}", cure)]
    standing = await _standing(url)  # raises for one that a newer Vestka has made
    return [*lines, ok(f"database: opens, schema {found}"), *standing]


async def _standing(url: str) -> list[Check]:
    """The alarms that stand, each with its own cure."""
    store = await Store.open(url)
    try:
        async with store.read() as c:
            return [warn(f"alarm: {one.text}", one.cure) for one in await alarms.standing(c)]
    finally:
        await store.close()


def _folder(folder: Path) -> list[Check]:
    """The state folder, or the nearest one above it that exists: writable, with room, and for its owner alone."""
    there = next(one for one in (folder, *folder.parents) if one.exists())
    lines = []
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        return [
            fail(f"state folder: {there} cannot be written to", f"sudo chown $(id -u) {there}; chmod u+rwx {there}")
        ]
    free = shutil.disk_usage(there).free
    what = f"disk: {free / 1e9:.1f} GB free for {folder}"
    if free < LOW_BYTES:
        cure = "make room: a ledger that cannot be written stops everything"
        lines.append(fail(what, cure) if free < NO_BYTES else warn(what, cure))
    else:
        lines.append(ok(what))
    if folder.exists() and folder.stat().st_mode & 0o077:
        lines.append(warn(f"state folder: others can look into {folder}", f"chmod 700 {folder}"))
    return lines


def _system(folder: Path, mounts: Path = Path("/proc/self/mounts")) -> list[Check]:
    """Whether SQLite's WAL works there; where nobody can be asked, nothing is said."""
    try:
        rows = [line.split(" ")[1:3] for line in mounts.read_text(encoding="utf-8", errors="replace").splitlines()]
    except OSError:
        return []
    above = {str(one) for one in (folder, *folder.parents)}
    named = [(point.replace("\\040", " "), kind) for point, kind in rows]
    kind = max(((len(point), n, kind) for n, (point, kind) in enumerate(named) if point in above), default=(0, 0, ""))[
        2
    ]
    if kind.startswith(NETWORK_SYSTEMS):
        cure = "move it to a local disk by project.database, or use PostgreSQL"
        return [fail(f"database: {folder} is on a network file system ({kind}), where SQLite loses data", cure)]
    return []


def _sqlite(file: Path) -> list[Check]:
    """What only SQLite can tell of its file: whether it is whole, its journal, and who can read it."""
    lines = []
    if file.stat().st_mode & 0o077:
        lines.append(fail(f"database: others can read {file}", f"chmod 600 {file}"))
    until = time.monotonic() + QUICK_SECONDS
    try:
        connection = sqlite3.connect(f"{file.absolute().as_uri()}?mode=rw", uri=True, timeout=QUICK_SECONDS)
        try:
            journal = connection.execute("PRAGMA journal_mode").fetchone()[0]
            connection.set_progress_handler(lambda: time.monotonic() > until, 100_000)
            found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        finally:
            connection.close()
    except sqlite3.OperationalError as error:
        if getattr(error, "sqlite_errorcode", 0) != sqlite3.SQLITE_INTERRUPT:
            return [*lines, fail(f"database: {file} cannot be read: {error}", "see who else uses it, and its rights")]
        cure = "nothing; for a full look: sqlite3 FILE 'PRAGMA integrity_check'"
        return [*lines, warn(f"database: too large to be read through within {QUICK_SECONDS:g} s", cure)]
    except sqlite3.DatabaseError as error:
        return [*lines, fail(f"database: {file} is damaged: {error}", "stop Vestka and put back the last backup")]
    if found != "ok":
        lines.append(fail(f"database: {file} is damaged: {found}", "stop Vestka and put back the last backup"))
    if journal != "wal":
        lines.append(warn(f"database: its journal is {journal}, not wal", "nothing: the next command changes it"))
    return lines


# --------------------------------------------------------------------------------------------------------------------
# alarms and the service


async def telling(settings: Settings, live: bool) -> list[Check]:
    """The ways by which people are told; `live` sends one mail by the one that is set."""
    ways = app.ways(settings)
    file = app.lock_folder(settings) / "alarms.log"
    if file.exists() and not os.access(file, os.W_OK):
        return [fail(f"alarms: {file} cannot be written to", f"chmod u+w {file}")]
    lines = [ok(f"alarms: written to {file}")]
    mail_way = next((way for way in ways if way.name == "mail"), None)
    if mail_way is None:
        return [*lines, warn("alarms: nobody is mailed when something is wrong", "set alerts.email and alerts.smtp")]
    if settings.alerts.smtp_user and not settings.secret("smtp_password"):
        cure = "put it into secrets/smtp_password with mode 0600"
        return [*lines, fail("alarms: smtp_user is set, but the secret smtp_password is missing", cure)]
    if not live:
        return [*lines, ok("alarms: mailed too; vestka doctor --live sends one for a test")]
    trouble = await mail_way.tell(["A test by vestka doctor --live: alarms arrive here."], app.clock())
    if trouble is not None:
        return [*lines, fail(f"alarms: {trouble}", "look at [alerts] in the settings and at secrets/smtp_password")]
    return [*lines, ok("alarms: a test mail was taken by the server; see that it arrives")]


async def service(settings: Settings) -> list[Check]:
    """Whether a service is at work on this state folder, by its lock; with PostgreSQL it may be on another machine."""
    if not settings.database_url().startswith("sqlite:"):
        return []
    file = app.lock_folder(settings) / "vestka.lock"
    try:
        descriptor = os.open(file, os.O_RDONLY)
    except FileNotFoundError:
        held = False
    else:
        try:
            # Shared and given back at once: an exclusive one could send away a service that is just starting.
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
            held = False
        except OSError as error:
            if error.errno not in (errno.EWOULDBLOCK, errno.EACCES):
                raise
            held = True
        finally:
            os.close(descriptor)
    if held:
        return [ok("service: one is at work here")]
    return [warn("service: none is at work; nothing is watched just now", "vestka run, or vestka once now and then")]


# --------------------------------------------------------------------------------------------------------------------
# the machine


async def zones() -> list[Check]:
    """Whether times can be told in people's own zone."""
    try:
        datetime.now(ZoneInfo("Europe/Vilnius"))
    except (KeyError, OSError, ValueError):
        return [fail("time zones: their data is missing", "pip install tzdata")]
    return [ok("time zones: known")]


async def parser() -> list[Check]:
    """The parser and a feed that crashes it where nothing guards it (CVE-2024-8176: a chain of entities)."""
    import pyexpat

    chain = "".join(f'<!ENTITY e{n} "&e{n - 1};">' for n in range(1, BOMB_ENTITIES))
    bomb = f'<!DOCTYPE rss [<!ENTITY e0 "x">{chain}]><rss version="2.0"><channel><title>&e{BOMB_ENTITIES - 1};</title>'
    answer = await parse(f"{bomb}</channel></rss>".encode(), content_type="application/xml", url="https://x.invalid/")
    if isinstance(answer, Quarantined) and "DOCTYPE" in answer.reason:
        return [ok(f"parser: {pyexpat.EXPAT_VERSION}; a feed that would crash it is refused unread")]
    got = answer.reason if isinstance(answer, Quarantined) else "it was read as a feed"
    return [fail(f"parser: {pyexpat.EXPAT_VERSION}; a hostile feed was not refused: {got}", "update Vestka")]


async def mail() -> list[Check]:
    """The newsletter's mail, with a title that Python before 3.13 turns into a header, and one that it glues."""
    kind = channels.load("newsletter")
    settings = kind.Settings.model_validate({"kind": "newsletter", "languages": ["be"]})
    key = Envelope(key="doctor", channel="newsletter", language="be", date=datetime(2020, 1, 1, tzinfo=UTC))
    for title in (INJECTION, SPACES):
        link = f'<mjml><mj-body><mj-raw><a href="{LEAVE}">x</a></mj-raw></mj-body></mjml>'
        rendered = {"subject.txt": title, "post.txt": LEAVE, "post.mjml": link, "discreet.txt": "x"}
        draft = Draft(language="be", title=title, sentences=(), link="", rendered=rendered)
        posts = kind.compose(draft, settings)
        assert not isinstance(posts, TooLong)
        try:
            made = kind.specimen(posts[0], key, settings)
        except ValueError as error:
            return [fail(f"mail: a title would damage the newsletter: {error}", "update Vestka; send no newsletter")]
        if made is None or "Bcc" in email.message_from_bytes(made[1]):
            return [fail("mail: a title can become a header of its own", "update Vestka; send no newsletter")]
    python = ".".join(map(str, sys.version_info[:3]))
    own = "has the fault itself, and is not used for it" if _python_injects() else "is sound"
    return [ok(f"mail: a title cannot become a header, and keeps its spaces; Python {python}'s own mail writer {own}")]


def _python_injects() -> bool:
    """Whether this Python makes a header of an encoded line break (CVE-2024-6923)."""
    message = EmailMessage(policy=SMTP)
    message["Subject"] = INJECTION
    try:
        return "Bcc" in email.message_from_bytes(message.as_bytes())
    except (ValueError, email.errors.MessageError):
        return False  # it refuses to write such a header


async def packages() -> list[Check]:
    """`bot` and `channels` are common names: another package's would be imported in the place of ours."""
    owners = packages_distributions()
    strangers = {name for room in ("bot", "channels") for name in owners.get(room, ()) if name != "vestka"}
    ground = Path(str(channels.__file__)).parent
    if ground.parent != Path(app.__file__).parent.parent:
        strangers.add(f"what lies in {ground}")
    if strangers:
        cure = "install Vestka in an environment of its own: ./run makes one"
        return [fail(f"packages: {', '.join(sorted(strangers))} owns the name bot or channels too", cure)]
    return [ok("packages: the names bot and channels are Vestka's alone")]
