"""settings.toml < credential files < environment, validated into one frozen value; a wrong key is one clear line.

The types here are the only list of keys: `vestka settings` and the shipped settings.toml are printed from them.
"""

from __future__ import annotations

import difflib
import ipaddress
import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from datetime import time, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, PydanticUndefined
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings import SettingsError as EnvironmentFault

import channels
from bot.errors import SettingsError
from bot.model import CONSOLE, MACHINE
from bot.text import glossary

LANGUAGES = ("be", "ru", "en", "uk", "pl")
Language = Literal["be", "ru", "en", "uk", "pl"]
BUILT_IN = ("memory", "fxtranslate")  # what a chain may name without a table of its own
DRAFT = "draft"  # "fxtranslate:draft" in a chain
NAME = re.compile(r"[a-z0-9][a-z0-9-]*\Z")
SECRET_KEY = re.compile(r"(?:^|_)(?:token|password|passwd|secret|api_key|private_key)(?:$|_)")
SECRET_VALUE = re.compile(r"\d{6,12}:[\w-]{30,}")  # a Telegram bot token
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
LONGEST = timedelta(days=3650)  # a date and a duration are added up without leaving the calendar
SHOWN_CHARACTERS = 60  # of a value, in a message


def _shown(value: object) -> str:
    """A value as a message shows it: quoted, so that it cannot break the line, not at any length, and no password."""
    text = re.sub(r"(?<=://)[^/\s]*@", "…@", repr(value))
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"


def _place(steps: Iterable[object]) -> str:
    """The path of a key; a key that is no plain word is quoted."""
    return ".".join(step if re.fullmatch(r"[\w-]{1,60}", step) else _shown(step) for step in map(str, steps))


def _duration(value: object) -> object:
    if isinstance(value, str):
        match = re.fullmatch(r"(\d+)\s*([smhd])", value)
        if match is None:
            raise ValueError('should be a duration such as "30s", "5m", "24h" or "7d"')
        # Python reads no number of more than 4300 digits, and a timedelta is not endless.
        seconds = int(match[1]) * UNITS[match[2]] if len(match[1]) < 12 else None
        if seconds is None or seconds > LONGEST.total_seconds():
            raise ValueError(f"should be at most {_duration_text(LONGEST)}")
        return timedelta(seconds=seconds)
    return value


def _bounded(value: timedelta) -> timedelta:
    if not timedelta() <= value <= LONGEST:
        raise ValueError(f"should be between 0s and {_duration_text(LONGEST)}")
    return value


def _duration_text(value: timedelta) -> str:
    seconds = int(value.total_seconds())
    unit = next(unit for unit in ("d", "h", "m", "s") if seconds % UNITS[unit] == 0)
    return f"{seconds // UNITS[unit]}{unit}" if seconds else "0s"


Duration = Annotated[
    timedelta,
    BeforeValidator(_duration),
    AfterValidator(_bounded),
    PlainSerializer(_duration_text, return_type=str),
]


class Section(BaseModel):
    """A table of settings.toml: unknown keys are refused, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Project(Section):
    """Who speaks, in which languages, and where the state is kept."""

    name: str = Field("Our organisation", description="The organisation's name, as readers see it.")
    timezone: str = Field("Europe/Warsaw", description="The zone in which people read times (IANA name).")
    languages: tuple[Language, ...] = Field(
        ("be", "ru", "en"), min_length=1, description="Languages, best source for a translation first."
    )
    database: str = Field(
        "", description='SQLAlchemy address of the ledger, e.g. "sqlite:///var/vestka.db"; "" = the state folder.'
    )
    templates: str = Field("", description='Folder of own templates, "" = those that Vestka ships.')

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            raise ValueError(f"no time zone is named {_shown(value)}; try Europe/Warsaw or Europe/Vilnius") from None
        return value

    @field_validator("database")
    @classmethod
    def _kept(cls, value: str) -> str:
        # What lives in memory is forgotten when the command ends: the next one would post everything once more.
        if value.startswith("sqlite:") and not re.match(r"sqlite:///(?!\?|$|.*(?::memory:|mode=memory))", value):
            raise ValueError('the ledger needs a file: "sqlite:///" and its path, e.g. "sqlite:///var/vestka.db"')
        return value


class Source(Section):
    """Where statements come from: a feed or a page that is watched, or the people themselves."""

    kind: Literal["feed", "page", "manual"] = Field(
        "feed",
        description='"feed": RSS, RDF, Atom or JSON Feed; "page": a list of articles, newest first, on a site without '
        'a feed; "manual": what an officer hands in by /statement; no urls.',
    )
    urls: tuple[str, ...] = Field((), description="The feed's or the page's address, then its mirrors, tried in turn.")
    items: str = Field(
        "", description='For a page: the CSS selector of one entry of its list, e.g. "main article"; "" = recognised.'
    )
    language: Language = Field(description="The language that its statements are written in.")
    every: Duration = Field(timedelta(minutes=5), description="Time between two polls.")
    settle: Duration = Field(
        timedelta(minutes=5), description="How long a text must stand unchanged before it goes out."
    )
    burst: int = Field(5, ge=1, description="More new statements than this in one poll wait for a person.")
    max_age: Duration = Field(timedelta(days=7), description="A statement dated earlier than this waits for a person.")
    check_links: bool = Field(True, description="Hold a statement whose page answers 404 or 410.")
    first_run: Literal["mark-seen", "publish"] = Field(
        "mark-seen",
        description='First poll: "mark-seen" posts nothing; "publish" posts all, whatever burst and age say.',
    )
    proxy: str = Field(
        "", description='Ask through a proxy: "socks5://127.0.0.1:9050" (Tor) or "http://…"; "" = directly.'
    )
    allow_private: bool = Field(False, description="Let the fetcher dial private addresses; for tests only.")

    @model_validator(mode="after")
    def _addressed(self) -> Self:
        if self.kind != "manual" and not self.urls:
            raise ValueError(f"urls is missing: a {self.kind} has an address")
        if self.kind != "page" and self.items:
            raise ValueError('items: only a page has them; set kind = "page" or leave it out')
        if self.kind == "manual" and self.urls:
            raise ValueError("urls: what people hand in has no address; leave it out")
        return self

    @field_validator("items")
    @classmethod
    def _selector(cls, value: str) -> str:
        from cssselect import HTMLTranslator, SelectorError

        try:
            HTMLTranslator().css_to_xpath(value or "*")
        except SelectorError as error:
            raise ValueError(f"{_shown(value)} is not a CSS selector such as main article: {error}") from None
        return value

    @field_validator("proxy")
    @classmethod
    def _proxy(cls, value: str) -> str:
        if value and not re.match(r"(?:http|socks5h?)://[^/@\s]+:\d{1,5}/?\Z", value):
            raise ValueError(f"{_shown(value)} is not a proxy such as socks5://127.0.0.1:9050 or http://127.0.0.1:8118")
        return value

    @field_validator("urls")
    @classmethod
    def _http(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for url in value:
            if not re.match(r"https?://[^/\s]+", url):
                raise ValueError(f"{_shown(url)} is not an http(s) address")
            if "@" in url.split("/")[2]:
                raise ValueError("an address must not carry a user name or a password")  # nor be repeated here
        return value


class Links(Section):
    """What is known of the site's addresses."""

    aliases: dict[str, str] = Field(
        default_factory=dict, description='Other host names of the same site: {"mirror.example.org" = "example.org"}.'
    )


def _check_pair(pair: str) -> None:
    left, _, right = pair.partition("-")
    if left not in LANGUAGES or right not in LANGUAGES or left == right:
        raise ValueError(f'{_shown(pair)} is not a pair such as "be-ru"')


class TranslationSettings(Section):
    """Who translates, and by which words."""

    chain: dict[str, tuple[str, ...]] = Field(
        default_factory=dict,
        description='Engines per pair, best first: {"be-en" = ["memory", "fxtranslate:draft"]}; absent pairs use '
        'memory. What an engine marked ":draft" writes waits for a person.',
    )
    second_opinion: dict[str, str] = Field(
        default_factory=dict,
        description="The engine that also translates every sentence of a pair, to be compared: "
        '{"be-en" = "fxtranslate"}; absent = none, and whatever the guard doubts waits for a person.',
    )
    glossary: str = Field("", description='TOML file of people and places, "" = the shipped one alone.')
    wait_for_editions: Duration = Field(
        timedelta(hours=2),
        description="How long a language that the site writes itself (it has a source) is waited for, before a "
        "translation takes its place; counted from the first edition's date.",
    )

    @field_validator("chain", "second_opinion")
    @classmethod
    def _pairs(cls, value: dict[str, Any]) -> dict[str, Any]:
        for pair in value:
            _check_pair(pair)
        return value

    @field_validator("chain")
    @classmethod
    def _marks(cls, value: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        for name in (name for names in value.values() for name in names):
            engine, colon, mark = name.partition(":")
            if colon and (mark != DRAFT or engine == "memory"):
                raise ValueError(
                    f'{_shown(name)}: after a colon stands only "{DRAFT}", for an engine: "fxtranslate:{DRAFT}"'
                )
        return value


def _address(value: str) -> str:
    """An address that a secret and unpublished text may be sent to, or "" for the service's own."""
    try:
        parts = urlsplit(value)
        good = parts.scheme in ("https", "http") and bool(parts.hostname) and parts.username is None
        good = good and not (parts.query or parts.fragment or parts.port == 0)
    except ValueError:
        good = False
    if value and not good:
        raise ValueError("should be an address such as https://api.example.org/v1, without a password or a question")
    if value.startswith("http:") and not _is_own(value):
        raise ValueError("should begin with https://; http:// is for a server of your own (localhost, 10.0.0.7)")
    return value


def _is_own(url: str) -> bool:
    """Whether an address is on this machine or in a private network, by its form alone: a name may be anyone's.

    RFC 1918, RFC 4193, RFC 6761 (localhost); a name without a dot is that of a container or of a machine nearby.
    """
    host = (urlsplit(url).hostname or "").rstrip(".")
    try:
        number = ipaddress.ip_address(host)
    except ValueError:
        return bool(host) and ("." not in host or host.endswith(".localhost"))
    return number.is_loopback or number.is_private


def _like(pattern: str, what: str) -> AfterValidator:
    """A check of a text's form that says in words what it should be."""

    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(f"should be {what}")
        return value

    return AfterValidator(check)


Address = Annotated[str, AfterValidator(_address)]


class _Service(Section):
    """What is told of every engine that is asked by HTTP."""

    budget: int = Field(
        0, ge=0, description="Characters a month (UTC) after which it is asked no more; 0 = no limit of ours."
    )
    timeout: Duration = Field(timedelta(seconds=30), description="How long one request may take in all.")

    @field_validator("timeout")
    @classmethod
    def _some(cls, value: timedelta) -> timedelta:
        if not value:
            raise ValueError("should be at least 1s")
        return value


class CTranslate2Engine(Section):
    """CTranslate2, on this machine: a folder with OPUS-MT, or NLLB-200 (CC-BY-NC-4.0: not for commercial use)."""

    kind: Literal["ctranslate2"]
    folder: str = Field(min_length=1, description="Where model.bin lies with its SentencePiece models.")
    pairs: tuple[str, ...] = Field(
        (), description='What the model translates: ["be-en"]; OPUS-MT needs it, NLLB knows every pair without.'
    )

    @field_validator("pairs")
    @classmethod
    def _pairs(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for pair in value:
            _check_pair(pair)
        return value


class DeepLEngine(_Service):
    """DeepL: a third party reads the text; the key is the secret NAME_api_key."""

    kind: Literal["deepl"]
    base_url: Address = Field("", description='Another server that speaks its API; "" = DeepL, by the kind of key.')


class GoogleEngine(_Service):
    """Google Cloud Translation v3: a third party reads the text; the account is the secret NAME_service_account."""

    kind: Literal["google"]
    project: Annotated[str, _like(r"[a-z0-9][a-z0-9.:-]{1,62}", "the id of a project, such as our-project-17")] = Field(
        description="The project's id."
    )
    region: Annotated[str, _like(r"[a-z0-9-]{2,40}", 'a region, such as "global"')] = Field(
        "global", description="Where it is translated."
    )
    model: Annotated[str, _like(r"[\w./-]{0,100}", 'a model, such as "general/nmt"')] = Field(
        "", description='E.g. "general/translation-llm"; "" = "general/nmt".'
    )
    base_url: Address = Field(
        "", description='Another address of it, e.g. "https://translation-eu.googleapis.com"; "" = the usual one.'
    )


class ChatEngine(_Service):
    """A language model behind an OpenAI-compatible endpoint; its key, where it wants one: the secret NAME_api_key."""

    kind: Literal["chat"]
    base_url: Address = Field(
        min_length=1, description='Up to /v1, e.g. "http://127.0.0.1:11434/v1" (Ollama); elsewhere a third party reads.'
    )
    model: str = Field(min_length=1, description="The model's name there.")
    timeout: Duration = Field(timedelta(minutes=2), description="How long one request may take in all.")

    @property
    def own(self) -> bool:
        """Whether the server is one's own: on this machine or in a private network."""
        return _is_own(self.base_url)


EngineSettings = CTranslate2Engine | DeepLEngine | GoogleEngine | ChatEngine
ENGINES: dict[str, type[Section]] = {
    "ctranslate2": CTranslate2Engine, "deepl": DeepLEngine, "google": GoogleEngine, "chat": ChatEngine,
}  # fmt: skip


class Review(Section):
    """What a person sees before it goes out."""

    policy: Literal["always", "when_flagged", "never"] = Field(
        "when_flagged",
        description='What waits for a person: everything, what the guard doubts, or (never) only a "hold".',
    )
    release: Literal["as_ready", "together"] = Field(
        "as_ready", description="Post each language when it is clear, or all together when the last one is."
    )
    approvals: int = Field(
        1, ge=1, le=2, description="How many persons must agree to a post; with 2, whoever edited it is none of them."
    )
    reviewers: dict[str, int] = Field(
        default_factory=dict, description="Who may decide, by numeric Telegram id: {alena = 111111111}."
    )
    owners: tuple[str, ...] = Field((), description="Those of them who may also use /doctor, /reviewers and /redact.")
    chat: int | None = Field(
        None, description="Numeric id of the chat where held statements are shown; absent = each reviewer's own."
    )
    expire_after: Duration = Field(
        timedelta(hours=24), description="How long the buttons of a message work; what waits goes on waiting."
    )

    @field_validator("reviewers")
    @classmethod
    def _persons(cls, value: dict[str, int]) -> dict[str, int]:
        for name, number in value.items():
            if not re.fullmatch(r"[a-z][a-z0-9_-]{0,31}", name) or name in (MACHINE, CONSOLE):
                raise ValueError(f"{_shown(name)}: a person's name here has small Latin letters, digits, - and _")
            # Real people only: 777000 is Telegram itself, 1087968824 an anonymous administrator, 136817688 a channel.
            if not 0 < number < 1 << 52 or number in (777000, 1087968824, 136817688):
                raise ValueError(f"{_shown(name)}: {number} is no person's numeric id; @userinfobot tells it")
        if len(set(value.values())) < len(value):
            raise ValueError("two names have the same id")
        return value

    @model_validator(mode="after")
    def _among_them(self) -> Self:
        for name in self.owners:
            if name not in self.reviewers:
                raise ValueError(f"owners: {_shown(name)} is none of the reviewers")
        if len(self.reviewers) == 1 and self.approvals == 2:
            raise ValueError("approvals: two persons cannot agree where there is one reviewer")
        return self


class DeliverySettings(Section):
    """How posts leave."""

    wire: Literal["rehearsal", "live"] = Field(
        "rehearsal", description='"rehearsal" writes down what would be sent; "live" sends.'
    )
    folder: str = Field("rehearsal", description="Where a rehearsal writes.")
    not_after: Duration = Field(timedelta(hours=24), description="An automatic post older than this is no longer sent.")


class WebSettings(Section):
    """The pages for readers (`vestka run --role web`): subscribing, and deciding for oneself afterwards."""

    listen: str = Field(
        "127.0.0.1:8080", pattern=r"^\S+:\d+$", description="Where they are served; a proxy with TLS stands before it."
    )
    public_url: str = Field(
        "",
        pattern=r"^(https://[^/\s]+|http://(127\.0\.0\.1|localhost)(:\d+)?)?$",
        description='How readers reach them, e.g. "https://news.example.org"; "" = there are none.',
    )


class Privacy(Section):
    """What is kept of readers, and for how long."""

    keep_unconfirmed: Duration = Field(
        timedelta(hours=48), description="How long an address that nobody has confirmed is kept, sealed."
    )
    erasures: str = Field(
        "",
        description='The journal of who has left, by keyed hash; keep it outside backups. "" = beside the lock file.',
    )


class Alerts(Section):
    """Who is told when something is wrong; a file beside the database and the terminal are told always."""

    chat: int | None = Field(
        None, description="Numeric id of the Telegram chat that is told; absent = each owner's own chat."
    )
    digest: time | None = Field(
        None, description='When the chat hears what was posted, waits and failed, e.g. "09:00"; absent = never.'
    )
    email: str = Field("", description='Address of the person in charge; "" = no mail. Needs smtp.')
    smtp: str = Field("", description='Submission server for these mails, e.g. "mail.example.org:587".')
    smtp_user: str = Field("", description="Login name; the password is the secret smtp_password.")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description='How the connection is encrypted; "none" only for a server on this machine.'
    )

    @field_validator("email")
    @classmethod
    def _address(cls, value: str) -> str:
        if value and not re.fullmatch(r"[!-?A-~]{1,64}@[a-z0-9.-]{1,190}", value, re.IGNORECASE):
            raise ValueError("should be one plain address, such as editor@example.org")
        return value

    @field_validator("smtp")
    @classmethod
    def _server(cls, value: str) -> str:
        if value and not re.fullmatch(r"[A-Za-z0-9.-]{1,250}:\d{1,5}", value):
            raise ValueError("should be a host and a port, such as mail.example.org:587")
        return value

    @model_validator(mode="after")
    def _both(self) -> Self:
        if self.email and not self.smtp:
            raise ValueError("smtp is missing: a mail needs a server that takes it, such as mail.example.org:587")
        return self


class QuietHours(Section):
    """Hours (in `project.timezone`) in which posts make no sound."""

    from_: time | None = Field(None, alias="from", description='Beginning, e.g. "22:00"; absent = no quiet hours.')
    to: time | None = Field(None, description='End, e.g. "08:00".')


class Settings(BaseSettings):
    """All of settings.toml."""

    model_config = SettingsConfigDict(
        extra="forbid", frozen=True, env_prefix="VESTKA_", env_nested_delimiter="__", populate_by_name=True
    )

    project: Project = Project()
    sources: dict[str, Source] = Field(default_factory=dict)
    links: Links = Links()
    translation: TranslationSettings = TranslationSettings()
    engines: dict[str, Annotated[EngineSettings, Field(discriminator="kind")]] = Field(default_factory=dict)
    review: Review = Review()
    delivery: DeliverySettings = DeliverySettings()
    quiet_hours: QuietHours = QuietHours()
    alerts: Alerts = Alerts()
    web: WebSettings = WebSettings()
    privacy: Privacy = Privacy()
    channels: dict[str, Any] = Field(default_factory=dict)

    _folder: Path = Path()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the file."""
        return env_settings, init_settings

    @field_validator("engines")
    @classmethod
    def _other_names(cls, value: dict[str, Any]) -> dict[str, Any]:
        for name in value:
            if name in BUILT_IN:
                raise ValueError(f"{_shown(name)} is there already; give this engine another name")
        return value

    @field_validator("sources", "engines", "channels")
    @classmethod
    def _names(cls, value: dict[str, Any]) -> dict[str, Any]:
        for name in value:
            if not NAME.match(name):
                raise ValueError(f"{_shown(name)}: a name has small letters, digits and hyphens only")
        return value

    @property
    def watched(self) -> dict[str, Source]:
        """The sources that are asked what is new."""
        return {name: one for name, one in self.sources.items() if one.kind != "manual"}

    @property
    def folder(self) -> Path:
        """The folder of settings.toml: relative paths count from here."""
        return self._folder

    def path(self, value: str) -> Path:
        """A path of the settings, absolute."""
        return (self._folder / value).resolve()

    def state_folder(self) -> Path:
        """Where the database and its lock live: $STATE_DIRECTORY, $XDG_STATE_HOME/vestka, or `var` beside settings."""
        if state := os.environ.get("STATE_DIRECTORY"):
            return Path(state)
        if state := os.environ.get("XDG_STATE_HOME"):
            return Path(state) / "vestka"
        return self.path("var")

    def database_url(self) -> str:
        """The ledger's SQLAlchemy address; an SQLite path counts from the folder of settings.toml."""
        if not self.project.database:
            return f"sqlite:///{self.state_folder() / 'vestka.db'}"
        if self.project.database.startswith("sqlite:///"):
            return f"sqlite:///{self.path(self.project.database.removeprefix('sqlite:///'))}"
        return self.project.database

    def secret(self, name: str) -> str:
        """A secret by its name: $VESTKA_NAME, else the file of that name; "" when there is none. Never kept.

        Files are looked for in $CREDENTIALS_DIRECTORY (systemd), /run/secrets (containers) and `secrets` beside the
        settings. Raises SettingsError for a file that others can read.
        """
        if value := os.environ.get(f"VESTKA_{name.upper()}"):
            return value.strip()
        folders = [Path(folder) for folder in (os.environ.get("CREDENTIALS_DIRECTORY"), "/run/secrets") if folder]
        for folder in (*folders, own := self.path("secrets")):
            file = folder / name
            try:
                if folder == own and file.stat().st_mode & 0o077:
                    raise SettingsError(f"secrets/{name} — others can read it: chmod 600 {file}")
                return file.read_text(encoding="utf-8").strip()
            except (FileNotFoundError, NotADirectoryError):
                continue
            except (OSError, UnicodeDecodeError) as error:
                raise SettingsError(f"{file} — cannot be read: {type(error).__name__}") from None
        return ""

    def chain(self, source: str, target: str) -> tuple[tuple[str, bool], ...]:
        """The names of the engines for one pair, best first, and whether the settings mark them as writing drafts."""
        names = self.translation.chain.get(f"{source}-{target}", ("memory",))
        return tuple((name.removesuffix(f":{DRAFT}"), name.endswith(f":{DRAFT}")) for name in names)


def load(file: Path) -> Settings:
    """Read and validate one settings file, its channels by their own types.

    Raises SettingsError with one line: the key path, the fault, and the likely meaning or the cure.
    """
    try:
        raw = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingsError(
            f"{file}: there is no such file; `vestka init` writes one, `vestka demo` shows how it looks"
        ) from None
    except RecursionError:
        raise SettingsError(f"{file}: lists or tables stand too deep inside one another") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise SettingsError(f"{file}: {' '.join(str(error).split())}") from None
    return build(raw, file.resolve().parent)


def build(raw: Mapping[str, Any], folder: Path) -> Settings:
    """Validate settings that were read elsewhere; `folder` is where relative paths count from. Raises SettingsError."""
    _refuse_secrets(raw, ())
    try:
        settings = Settings(**{str(key): value for key, value in raw.items()})
    except ValidationError as error:
        raise SettingsError(_line(error.errors()[0], (), raw)) from None
    except EnvironmentFault as error:
        raise SettingsError(f"VESTKA_… in the environment — {error}; a table is written there as JSON") from None
    made = {name: _channel(name, value) for name, value in settings.channels.items()}
    _refuse_twins(made)
    settings = settings.model_copy(update={"channels": made})
    settings._folder = folder
    return settings


def _channel(name: str, value: Any) -> channels.ChannelSettings:
    where = ("channels", name)
    if not isinstance(value, dict):
        raise SettingsError(f"channels.{name} — should be a table: [channels.{name}]")
    kind = value.get("kind")
    if kind not in channels.names():
        near = difflib.get_close_matches(str(kind), channels.names(), 1)
        hint = f'; did you mean "{near[0]}"?' if near else f"; there are: {', '.join(channels.names())}"
        raise SettingsError(f"channels.{name}.kind — no channel kind is called {_shown(kind)}{hint}")
    try:
        return channels.load(kind).Settings.model_validate(value)
    except ValidationError as error:
        raise SettingsError(_line(error.errors()[0], where, value, channels.load(kind).Settings)) from None


def _refuse_twins(made: Mapping[str, channels.ChannelSettings]) -> None:
    """Two channels that lead to one place in one language would post everything twice. Raises SettingsError."""
    seen: dict[tuple[str, str, str], str] = {}
    for name, one in made.items():
        place = channels.abilities(one.kind).place(one) if one.enabled else ""
        for language in one.languages_served() if place else ():
            other = seen.setdefault((one.kind, place, language), name)
            if other != name:
                raise SettingsError(f"channels.{name} — leads to the same place as channels.{other}, in {language} too")


def _refuse_secrets(value: object, where: tuple[str, ...]) -> None:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if SECRET_KEY.search(str(key).lower()) and inner:
                name = _place(
                    (f"{where[1].replace('-', '_')}_{key}" if len(where) > 1 and where[0] == "engines" else key,)
                )
                raise SettingsError(
                    f"{_place((*where, key))} — a secret is never in the settings: put it into a file "
                    f"of mode 0600 in secrets/, or into the environment as VESTKA_{name.upper()}"
                )
            _refuse_secrets(inner, (*where, str(key)))
    elif isinstance(value, list):
        for inner in value:
            _refuse_secrets(inner, where)
    elif isinstance(value, str) and SECRET_VALUE.search(value):
        raise SettingsError(
            f"{_place(where)} — this looks like a bot token; a secret is never in the settings: put it into the file "
            "secrets/telegram_token (mode 0600), or into VESTKA_TELEGRAM_TOKEN"
        )


def _line(
    error: ErrorDetails, where: tuple[str, ...], raw: Mapping[str, Any], model: type[BaseModel] = Settings
) -> str:
    """One line for one wrong key: its path, the fault, what was found, and the nearest known key."""
    location = [str(step) for step in error["loc"]]
    beside = location
    if location[:1] == ["engines"] and len(location) > 2:  # pydantic puts the kind into the path of a key
        model, beside = ENGINES[location.pop(2)], location[2:]
    path = _place((*where, *location))
    if error["type"] == "extra_forbidden":
        known = _keys_beside(model, beside)
        near = difflib.get_close_matches(location[-1], known, 1)
        hint = f'did you mean "{near[0]}"?' if near else f"known here: {', '.join(known)}"
        return f"{path} — unknown key; {hint}"
    if error["type"] == "missing":
        return f"{path} — is missing"
    if error["type"] in ("union_tag_invalid", "union_tag_not_found"):
        kind = error["input"].get("kind", "")
        near = difflib.get_close_matches(str(kind), ENGINES, 1)
        hint = f'did you mean "{near[0]}"?' if near else f"there are: {', '.join(ENGINES)}"
        return f"{path}.kind — no kind of engine is called {_shown(kind)}; {hint}"
    message = error["msg"].removeprefix("Value error, ")
    found = error["input"]
    said = f", got {_shown(found)}" if isinstance(found, str | int | float) and _shown(found) not in message else ""
    return f"{path} — {message}{said}"


def _keys_beside(model: type[BaseModel], location: list[str]) -> list[str]:
    for step in location[:-1]:
        field = model.model_fields.get(step)
        if field is None:
            continue  # the name of a source: its fields are those of the model that we already have
        inner = _section_of(field)
        if inner is not None:
            model = inner
    return [field.alias or name for name, field in model.model_fields.items()]


def _section_of(field: FieldInfo) -> type[BaseModel] | None:
    """The table type behind a field: of the field itself, or of the values of a table of tables."""
    candidates = [field.annotation, *getattr(field.annotation, "__args__", ())]
    return next((one for one in candidates if isinstance(one, type) and issubclass(one, BaseModel)), None)


def shipped_glossary(*more: str) -> glossary.Glossary:
    """The shipped people and places, with more TOML texts of the same form. Raises SettingsError."""
    return glossary.parse((Path(glossary.__file__).parent / "glossary.toml").read_text(encoding="utf-8"), *more)


def read_glossary(settings: Settings, *more: str) -> glossary.Glossary:
    """The shipped glossary with the installation's own. Raises SettingsError."""
    texts = list(more)
    if settings.translation.glossary:
        file = settings.path(settings.translation.glossary)
        try:
            texts.append(file.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"translation.glossary — {file}: {error}") from None
    return shipped_glossary(*texts)


# --------------------------------------------------------------------------------------------------------------------
# the keys as people read them


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_toml(inner) for inner in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_toml(str(key))} = {_toml(inner)}" for key, inner in value.items()) + "}"
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "…  (no default)"
    value = field.get_default(call_default_factory=True)
    if value is None or value is PydanticUndefined:
        return "…  (absent)"
    return _toml(_duration_text(value) if isinstance(value, timedelta) else value)


def _keys(model: type[BaseModel], skip: tuple[str, ...] = ()) -> Iterator[str]:
    for name, field in model.model_fields.items():
        if name in skip:
            continue
        yield f"# {str(field.description)[0].upper()}{str(field.description)[1:].rstrip('.')}."
        yield f"#{field.alias or name} = {_default(field)}"


def reference() -> str:
    """Every key with its meaning and default, as a settings.toml in which all is commented out; made from the types."""
    out = [
        "# Vestka's settings: every key with its meaning and default. Take away the # before what you change.",
        "# A secret is never in this file. Relative paths count from this file's folder.",
    ]
    for name, field in Settings.model_fields.items():
        section = _section_of(field)
        if name == "engines":
            for kind, made in ENGINES.items():
                out += ["", f"# {(made.__doc__ or '').strip().splitlines()[0]}", f"#[engines.{kind}-…]"]
                out += [f'#kind = "{kind}"', *_keys(made, skip=("kind",))]
            continue
        if name == "channels":
            for kind in channels.names():
                model = channels.load(kind).Settings
                out += ["", f"# {(model.__doc__ or '').strip().splitlines()[0]}", f"#[channels.{kind}-…]"]
                out += [f'#kind = "{kind}"', *_keys(model, skip=("kind",))]
            continue
        assert section is not None  # every other field of Settings is a table
        title = f"{name}.NAME" if name == "sources" else name
        out += ["", f"# {(section.__doc__ or '').strip().splitlines()[0]}", f"#[{title}]", *_keys(section)]
    return "\n".join(out) + "\n"
