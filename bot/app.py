"""The composition root: the only place that knows concrete classes, files and clocks, and puts the house together."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import random
import re
import secrets
import signal
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

import channels
from bot import logs
from bot.alerts.ways import File, Mail, Terminal, Way
from bot.errors import SettingsError, StoreError, TemporaryError
from bot.feed import Fetcher
from bot.pipeline import Corridor, Pipeline, StoreMemory
from bot.pipeline.corridor import StoreUses
from bot.pipeline.issuing import Issuing
from bot.pipeline.leaving import forget_the_gone
from bot.pipeline.lettering import Lettering
from bot.pipeline.mailing import Mailing
from bot.pipeline.returning import Returning
from bot.rendering import Templates, quietly
from bot.schedule import Leadership, Service
from bot.settings import (
    SECRET_VALUE,
    ChatEngine,
    CTranslate2Engine,
    DeepLEngine,
    EngineSettings,
    GoogleEngine,
    Settings,
    read_glossary,
)
from bot.store import Store
from bot.subscribers.erasures import Erasures
from bot.subscribers.letters import Letter
from bot.subscribers.sealing import Front, Opener
from bot.translation import Engine, Memory
from bot.translation.chat import Chat
from bot.translation.ctranslate2 import CTranslate2
from bot.translation.deepl import DeepL
from bot.translation.fxtranslate import FxTranslate
from bot.translation.google import Google
from bot.translation.remote import Remote, Terms, Uses
from channels import ChannelSettings, Outcome, Refused, Wire
from channels.newsletter import Settings as NewsletterSettings
from channels.newsletter import press as printing
from channels.newsletter.mailbox import Mailbox, Unreadable
from channels.newsletter.personal import personal
from channels.newsletter.press import Press
from channels.newsletter.relay import Relay
from channels.rehearsal import Rehearsal

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from bot.admin.desk import Desk, Doctor

Made = TypeVar("Made")
BOT_API = "https://api.telegram.org"
READY_SECONDS = 5.0  # for all services to say which languages they have, before the service starts
JITTER = 0.1  # of a pause between two polls: many installations must not ask a site at the same second

log = logging.getLogger("vestka")


def clock() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


def shipped(name: str) -> Path:
    """A file or folder that Vestka ships: packed inside `bot` when installed, beside it in a checkout."""
    packed = Path(__file__).parent / name
    return packed if packed.exists() else Path(__file__).parent.parent / name


def read_templates(settings: Settings) -> Templates:
    """All templates and catalogues of the settings' folder, checked with a sample. Raises SettingsError."""
    folder = settings.path(settings.project.templates) if settings.project.templates else shipped("templates")
    if not folder.is_dir():
        raise SettingsError(f"project.templates — {folder} is no folder")
    kinds = {one.kind for one in settings.channels.values()}
    sources = {
        f"{kind}/{file.name}": file.read_text(encoding="utf-8")
        for kind in kinds
        for file in folder.glob(f"{kind}/*.j2")
    }
    catalogues = {
        file.parent.parent.name: file.read_text(encoding="utf-8")
        for file in folder.glob("locale/*/LC_MESSAGES/vestka.po")
    }
    templates = Templates(sources, catalogues)
    templates.check(kinds, {language for one in settings.channels.values() for language in one.languages_served()})
    return templates


def read_web_templates(settings: Settings) -> dict[str, str]:
    """The sources of the pages, by file name."""
    folder = settings.path(settings.project.templates) if settings.project.templates else shipped("templates")
    return {file.name: file.read_text(encoding="utf-8") for file in (folder / "web").iterdir() if file.is_file()}


def engines(settings: Settings, uses: Uses | None = None) -> dict[str, Engine]:
    """Every engine that a chain may name; none loads or dials anything before it is asked.

    `uses` counts the characters that services are given; without it they are given none.
    """
    own: dict[str, Engine] = {FxTranslate.name: FxTranslate(models_folder(settings))}
    return own | {name: _engine(settings, name, one, uses) for name, one in settings.engines.items()}


def _engine(settings: Settings, name: str, one: EngineSettings, uses: Uses | None) -> Engine:
    """One engine of the settings' own table."""
    if isinstance(one, CTranslate2Engine):
        return CTranslate2(name, settings.path(one.folder), one.pairs)
    secret = engine_secret(name, one)
    terms = Terms(
        secret=lambda: settings.secret(secret),
        secret_name=secret,
        timeout=one.timeout.total_seconds(),
        budget=one.budget,
        uses=uses,
        clock=clock,
    )
    match one:
        case DeepLEngine():
            return DeepL(name, one.base_url, terms)
        case GoogleEngine():
            return Google(name, one.base_url, terms, project=one.project, region=one.region, model=one.model)
        case ChatEngine():
            return Chat(name, one.base_url, terms, model=one.model, privacy="self-hosted" if one.own else "third-party")


def engine_secret(name: str, one: EngineSettings) -> str:
    """What the secret of an engine is called."""
    return f"{name.replace('-', '_')}_{'service_account' if isinstance(one, GoogleEngine) else 'api_key'}"


def chained(walked: Corridor) -> list[Engine]:
    """The engines that some chain or second opinion names, each once."""
    pairs = (pair.split("-") for pair in walked.settings.translation.chain)
    names = {name for source, target in pairs for name, _ in walked.settings.chain(source, target)}
    names |= set(walked.settings.translation.second_opinion.values())
    return [engine for name, engine in walked.engines.items() if name in names]


async def ask_engines(made: Iterable[Engine]) -> Mapping[str, str]:
    """Have each service say which languages it has; engine -> why that cannot be told, of those where it cannot.

    What does not answer in time keeps the languages that it is believed to have: no start fails by it.
    """

    async def one(engine: Remote) -> str:
        try:
            async with asyncio.timeout(READY_SECONDS):
                failed = await engine.prepare()
        except TimeoutError:
            return f"{engine.host} did not answer within {READY_SECONDS:g} s"
        return failed.reason if failed is not None else ""

    asked = [engine for engine in made if isinstance(engine, Remote)]
    reasons = await asyncio.gather(*map(one, asked))
    return {engine.name: reason for engine, reason in zip(asked, reasons, strict=True) if reason}


def models_folder(settings: Settings) -> Path:
    """Where the local engine's models lie."""
    return settings.state_folder() / "models"


def corridor(settings: Settings, memory: Memory, *more_glossary: str, uses: Uses | None = None) -> Corridor:
    """The corridor for some settings. Raises SettingsError for an engine that does not exist."""
    made = engines(settings, uses)
    for pair in settings.translation.chain:
        for name, _ in settings.chain(*pair.split("-")):
            if name != "memory" and name not in made:
                known = ", ".join(("memory", *made))
                raise SettingsError(f"translation.chain.{pair} — no engine is called {name!r}; there is: {known}")
    for pair, name in settings.translation.second_opinion.items():
        if name not in made:
            known = ", ".join(made)
            raise SettingsError(f"translation.second_opinion.{pair} — no engine is called {name!r}; there is: {known}")
    return Corridor(
        settings=settings,
        templates=read_templates(settings),
        glossary=read_glossary(settings, *more_glossary),
        engines=made,
        memory=memory,
    )


def wires(settings: Settings) -> dict[str, Wire]:
    """The wire of each channel that is switched on. Raises SettingsError where one cannot send."""
    made = {name: one for name, one in settings.channels.items() if one.enabled}
    if settings.delivery.wire == "live":
        for name, one in made.items():
            if isinstance(one, NewsletterSettings):
                _check_newsletter(settings, name, one)
        # The newsletter's own wire writes into the ledger, which the house opens later.
        own = {name: one for name, one in made.items() if not isinstance(one, NewsletterSettings)}
        return {name: _dialled(settings, name, one) for name, one in own.items()}
    folder = settings.path(settings.delivery.folder)
    return {
        name: Rehearsal(folder, kind=one.kind, channel=channels.load(one.kind), settings=one)
        for name, one in made.items()
    }


def _check_newsletter(settings: Settings, name: str, one: NewsletterSettings) -> None:
    """Raises SettingsError for what a newsletter needs to reach its readers and has not."""
    lacking = [
        (not one.relays, f"channels.{name}.relays — names no server that takes mail"),
        (not settings.web.public_url, "web.public_url — is missing, and readers could not leave"),
        (
            not settings.secret("reader_private_key"),
            "secrets — reader_private_key is missing, and no reader is known: `vestka subscribers keys` makes it",
        ),
        ("from_" not in one.model_fields_set, f"channels.{name}.from — is missing: whom the letters come from"),
        (
            bool(one.smtp_user) and not settings.secret("newsletter_smtp_password"),
            f"channels.{name}.smtp_user — needs the secret newsletter_smtp_password",
        ),
        (
            bool(one.imap) and not (one.imap_user and settings.secret("newsletter_imap_password")),
            f"channels.{name}.imap — needs imap_user and the secret newsletter_imap_password",
        ),
    ]
    for lacks, what in lacking:
        if lacks:
            cure = f'write enabled = false into channels.{name}, or keep delivery.wire = "rehearsal"'
            raise SettingsError(f"{what}; set it, {cure}")


def _dialled(settings: Settings, name: str, one: ChannelSettings) -> Wire:
    """The live wire of one channel; it dials when it sends."""
    dial = channels.abilities(one.kind).dial
    if dial is None:
        raise SettingsError(
            f"channels.{name} — {one.kind} cannot send in this version: write enabled = false there, or keep "
            'delivery.wire = "rehearsal"'
        )
    try:
        return dial(one, settings.secret)
    except ValueError as error:
        key, _, what = str(error).partition(": ")
        place = f"channels.{name}.{key}" if key in type(one).model_fields else f"channels.{name} — {key}"
        raise SettingsError(f'{place} — {what}; or keep delivery.wire = "rehearsal"') from None


# ---- readers


def newsletter(settings: Settings) -> NewsletterSettings | None:
    """The newsletter, where there is one: its readers are served even while none of its statements is sent."""
    return next((one for one in settings.channels.values() if isinstance(one, NewsletterSettings)), None)


def front(settings: Settings) -> Front:
    """What seals readers. Raises SettingsError when a key is missing or none."""
    public, index = (secret_of(settings, name) for name in ("reader_public_key", "reader_index_key"))
    return made_of("reader_public_key or reader_index_key", lambda: Front.of(public, index))


def secret_of(settings: Settings, name: str) -> str:
    """A key of the readers' that must be there. Raises SettingsError."""
    if not (value := settings.secret(name)):
        raise SettingsError(f"secrets — {name} is missing: `vestka subscribers keys` makes the three")
    return value


def made_of(name: str, make: Callable[[], Made]) -> Made:
    """What is made of a key. Raises SettingsError for what is none."""
    try:
        return make()
    except ValueError as error:
        raise SettingsError(f"secrets — {name}: {error}") from None


def erasures(settings: Settings) -> Erasures:
    """The journal of who has left."""
    own = settings.privacy.erasures
    return Erasures(settings.path(own) if own else lock_folder(settings) / "erasures.log")


class ByPress:
    """`Courier`: lays a letter out and hands it over by the newsletter's press."""

    def __init__(self, settings: NewsletterSettings, press: Press) -> None:
        self._settings, self._press = settings, press

    async def carry(self, letter: Letter, message_id: str, date: datetime) -> Outcome:
        """One letter."""
        if letter.discreet and not self._settings.discreet_from:
            what = "discreet_from is not set any more, and who asked for discreet letters is not written to by name"
            return Refused(reason=what, lasting=True)
        sender = self._settings.discreet_sender if letter.discreet else self._settings.sender
        data = personal(
            letter.paragraphs,
            subject=letter.subject,
            language=letter.language,
            sender=sender,
            to=letter.to,
            message_id=message_id,
            date=date,
            plain=letter.discreet,
        )
        mail = printing.Mail(data=data, sender=sender[1], recipient=letter.to, message_id=message_id)
        (outcome,) = await self._press.hand_over([mail])
        self._press.close()
        return outcome


def relays(one: NewsletterSettings, settings: Settings) -> list[Relay]:
    """The newsletter's relays, the first to be tried first."""
    password = settings.secret("newsletter_smtp_password")
    return [Relay(each, security=one.smtp_security, user=one.smtp_user, password=password) for each in one.relays]


def press(settings: Settings) -> Press | None:
    """Who hands mail over for the newsletter; none without pages, relays or the private key, nor in a rehearsal."""
    one, private = newsletter(settings), settings.secret("reader_private_key")
    if one is None or not one.relays or not private or settings.delivery.wire != "live" or not settings.web.public_url:
        return None
    return Press(one, relays(one, settings))


def lettering(settings: Settings, store: Store, templates: Templates, by: Press | None) -> Lettering | None:
    """The writer of letters to single readers, by a press. Raises SettingsError for a key that is none."""
    one = newsletter(settings)
    if one is None or by is None:
        return None
    return Lettering(
        store=store,
        opener=opener(settings),
        courier=ByPress(one, by),
        erasures=erasures(settings),
        catalogue=templates.catalogue,
        organisation=settings.project.name,
        public_url=settings.web.public_url,
        clock=clock,
    )


def mailing(settings: Settings, store: Store, walked: Corridor, by: Press | None) -> Mailing | None:
    """The sender of the newsletter's issues, by a press. Raises SettingsError for a key that is none."""
    if by is None:
        return None
    return Mailing(
        store=store,
        opener=opener(settings),
        press=by,
        erasures=erasures(settings),
        quiet=lambda language, moment: quietly(walked.templates, language, walked.day(moment)),
        public_url=settings.web.public_url,
        clock=clock,
    )


def mailbox(settings: Settings) -> Mailbox | None:
    """Where mail comes back, where the settings say so."""
    one = newsletter(settings)
    if one is None or not one.imap:
        return None
    senders = [one.sender[1], *[one.discreet_sender[1]] * bool(one.discreet_from)]
    return Mailbox(one.imap, user=one.imap_user, password=settings.secret("newsletter_imap_password"), senders=senders)


def returning(settings: Settings, store: Store, by: Press | None) -> Returning | None:
    """The reader of what comes back; none without a press or a mailbox. Raises SettingsError for a key that is none."""
    box = mailbox(settings)
    if by is None or box is None:
        return None
    return Returning(
        store=store,
        opener=opener(settings),
        mailbox=box,
        unreadable=Unreadable,
        erasures=erasures(settings),
        clock=clock,
    )


def opener(settings: Settings) -> Opener:
    """What opens readers' rows. Raises SettingsError when the key is missing or none."""
    made = made_of("reader_private_key", lambda: Opener.of(secret_of(settings, "reader_private_key")))
    public = settings.secret("reader_public_key")
    if public and not made_of("reader_public_key", lambda: made.belongs_to(public)):
        raise SettingsError(
            "secrets — reader_private_key does not belong to reader_public_key: put back, from your copy, the one with "
            "which your readers were sealed"
        )
    return made


@asynccontextmanager
async def readers_pages(settings: Settings) -> AsyncIterator[Starlette]:
    """The pages for readers, over an open database. Raises SettingsError when something of them is not set."""
    from bot.web import readers as pages

    one = newsletter(settings)
    if one is None or not settings.web.public_url:
        raise SettingsError("web.public_url — the pages need it, and a channel of kind newsletter")
    templates, seals = read_templates(settings), front(settings)
    store = await Store.open(settings.database_url())
    try:
        await forget_the_gone(store, erasures(settings))
        house_ = pages.House(
            store=store,
            front=seals,
            erasures=erasures(settings),
            sources=read_web_templates(settings),
            words={language: templates.catalogue(language) for language in one.languages},
            organisation=settings.project.name,
            public_url=settings.web.public_url,
            discreet=bool(one.discreet_from),
            keep=settings.privacy.keep_unconfirmed,
            clock=clock,
        )
        yield pages.Pages(house_).app()
    finally:
        await store.close()


async def serve_pages(settings: Settings, *, started: Callable[[str], None]) -> None:
    """The pages for readers, until SIGTERM or SIGINT; `started` is told where they are."""
    from bot.web.serving import served

    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for one in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(one, stop.set)
    logs.configure()
    host, _, port = settings.web.listen.rpartition(":")
    async with readers_pages(settings) as application, served(application, host.strip("[]"), int(port)) as at:
        started(f"http://{host}:{at}/")
        await stop.wait()


@contextmanager
def only_one(settings: Settings) -> Iterator[None]:
    """Hold the lock of the one process that works on a state folder. Raises TemporaryError while another holds it."""
    folder = lock_folder(settings)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(folder / "vestka.lock", os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as error:
        raise StoreError(f"{folder} — the state folder cannot be written: {error.strerror}") from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise TemporaryError(f"another Vestka is at work on {folder}; it carries on, this one ends") from None
    finally:
        os.close(descriptor)


class _Always:
    """Leadership where no second process can be: the lock file keeps it out."""

    async def held(self) -> bool:
        """Always."""
        return True


@asynccontextmanager
async def leadership(settings: Settings, *, follow: bool = False) -> AsyncIterator[Leadership]:
    """The right to poll, judge and sweep. Raises TemporaryError when another process has it, unless `follow`.

    A follower sends, and leads when the leader goes; on SQLite there is none.
    """
    if settings.database_url().startswith("sqlite:"):
        with only_one(settings):
            yield _Always()
        return
    from bot.store.leader import Leader

    leader = Leader(settings.database_url())
    try:
        if not await leader.held() and not follow:
            raise TemporaryError("another Vestka leads on this database; it carries on, this one ends")
        yield leader
    finally:
        await leader.leave()


async def serve(
    settings: Settings, *, follow: bool, doctor: Doctor, started: Callable[[], None] = lambda: None
) -> None:
    """The service, until SIGTERM or SIGINT; `started` is called when nothing more stands in its way.

    `doctor` examines the installation for whoever asks by chat. Raises SettingsError when there is nothing to watch.
    """
    check_sources(settings)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    ends = (signal.SIGTERM, signal.SIGINT)
    for one in ends:
        signal.signal(one, lambda *_: loop.call_soon_threadsafe(stop.set))
    logs.configure()
    try:
        async with (
            leadership(settings, follow=follow) as leads,
            house(settings) as pipeline,
            desk(settings, pipeline, doctor) as those_who_decide,
        ):
            for name, reason in (await ask_engines(chained(pipeline.corridor))).items():
                log.warning("engine %s: %s", name, reason)
            started()
            await Service(pipeline, leads, those_who_decide).run(stop)
    finally:
        # The loop, and Python when it ends, would give them back their default: a second signal would be our exit code.
        for one in ends:
            signal.signal(one, signal.SIG_IGN)


@asynccontextmanager
async def desk(settings: Settings, pipeline: Pipeline, doctor: Doctor) -> AsyncIterator[Desk | None]:
    """The admins' bot, where the settings name reviewers. Raises SettingsError when it has no token."""
    if not settings.review.reviewers:
        yield None
        return
    token = settings.secret("telegram_token")
    if not SECRET_VALUE.fullmatch(token):
        what = "is no token of a bot" if token else "is missing"
        raise SettingsError(f"review.reviewers — the secret telegram_token {what}; @BotFather gives it")
    from bot.admin.desk import Desk

    servers = (getattr(one, "api_base", None) for one in settings.channels.values() if one.kind == "telegram")
    made = Desk(pipeline, next((one for one in servers if one), BOT_API), token, doctor)
    pipeline.ways = (*pipeline.ways, made.way)
    try:
        yield made
    finally:
        await made.close()


def check_sources(settings: Settings) -> None:
    """Raises SettingsError when there is no source but the example that no organisation publishes at."""
    hosts = {urlsplit(url).hostname or "" for source in settings.watched.values() for url in source.urls}
    by_hand = len(settings.watched) < len(settings.sources)
    if not by_hand and all(re.fullmatch(r"(?:.*\.)?(?:example(?:\.(?:com|net|org))?|invalid)", host) for host in hosts):
        what = "there is only the example" if hosts else "there is none"
        raise SettingsError(
            f"sources — {what}: nothing is watched. `vestka init` asks for yours; `vestka demo` shows how it looks"
        )


def ways(settings: Settings) -> tuple[Way, ...]:
    """The ways by which people are told what is wrong. Raises SettingsError when a secret cannot be read."""
    made: list[Way] = [Terminal(), File(lock_folder(settings) / "alarms.log")]
    if settings.alerts.email:
        host, _, port = settings.alerts.smtp.rpartition(":")
        made.append(
            Mail(
                host=host,
                port=int(port),
                security=settings.alerts.smtp_security,
                user=settings.alerts.smtp_user,
                password=settings.secret("smtp_password"),
                to=settings.alerts.email,
            )
        )
    return tuple(made)


def lock_folder(settings: Settings) -> Path:
    """Where lock and alarms lie: beside an SQLite database, never that file itself: closing it drops SQLite's locks."""
    url = settings.database_url()
    return Path(url.removeprefix("sqlite:///")).parent if url.startswith("sqlite:///") else settings.state_folder()


@asynccontextmanager
async def house(settings: Settings, *more_glossary: str) -> AsyncIterator[Pipeline]:
    """Everything, put together and taken apart again."""
    made = wires(settings)
    store = await Store.open(settings.database_url())
    try:
        walked = corridor(settings, StoreMemory(store), *more_glossary, uses=StoreUses(store, clock))
        by = press(settings)
        if by is not None:
            issuing = Issuing(store=store, corridor=walked, clock=clock)
            made |= {
                name: issuing
                for name, one in settings.channels.items()
                if isinstance(one, NewsletterSettings) and one.enabled
            }
        try:
            async with Fetcher() as fetcher:
                yield Pipeline(
                    walked,
                    store=store,
                    fetcher=fetcher,
                    wires=made,
                    clock=clock,
                    owner=f"{os.getpid()}-{secrets.token_hex(4)}",
                    ways=ways(settings),
                    jitter=lambda: random.uniform(-JITTER, JITTER),
                    alone=settings.database_url().startswith("sqlite:"),
                    lettering=lettering(settings, store, walked.templates, by),
                    mailing=mailing(settings, store, walked, by),
                    returning=returning(settings, store, by),
                )
        finally:
            for engine in walked.engines.values():
                await engine.close()
            for wire in made.values():
                await wire.close()
    finally:
        await store.close()
