"""The ground: one file or folder a channel kind, each with its Settings, its limits, a pure `compose` and its wire.

Nothing here imports `bot`; channels are strangers to each other. Heavy libraries are imported by a wire, when it dials.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict, Field

# --------------------------------------------------------------------------------------------------------------------
# what goes into a channel


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One whole sentence; `unbreakable` are (start, end) code point spans that no part may end inside."""

    text: str
    unbreakable: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """A picture that goes with the post; `alt` says in words what it shows, `digest` is the SHA-256 (hex) of its file.

    A wire refuses a file that is no longer the one that was approved.
    """

    path: str
    alt: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A button under a post. It leads to an address and nowhere else: any other would tell us who has pressed it."""

    text: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An edition laid out for one channel kind: what `compose` turns into posts, or refuses with the figures.

    `rendered` holds the outcome of each template of the kind's folder by its plain name (`post.html`, `post.txt`,
    `subject.txt`): what a template says is what is posted. `sentences` tell where a text may not be parted.
    """

    language: str
    title: str
    sentences: tuple[Line, ...]
    link: str
    rendered: Mapping[str, str]
    media: tuple[Media, ...] = ()


# --------------------------------------------------------------------------------------------------------------------
# what comes out


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """A stretch of formatted text; offset and length count UTF-16 code units, as Telegram's MessageEntity does.

    https://core.telegram.org/bots/api#messageentity
    """

    type: str
    offset: int
    length: int
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One part of a post, frozen: exactly what will be sent.

    `length` and `limit` are in the channel's own unit. `payload()` is all that a reader will see; the reply id,
    silence, Message-ID, date and the reader's token belong to the `Envelope`. `variants` are other layouts of the same
    words, (name, text) each, which some readers get instead.
    """

    part: int
    parts: int
    text: str
    length: int
    limit: int
    entities: tuple[Entity, ...] = ()
    subject: str | None = None
    html: str | None = None
    media: tuple[Media, ...] = ()
    buttons: tuple[Button, ...] = ()
    variants: tuple[tuple[str, str], ...] = ()

    def payload(self) -> dict[str, Any]:
        """The text, entities, media, buttons, subject and HTML as JSON values; absent things are left out."""
        values: dict[str, Any] = {"text": self.text}
        if self.entities:
            values["entities"] = [{k: v for k, v in asdict(one).items() if v is not None} for one in self.entities]
        if self.subject is not None:
            values["subject"] = self.subject
        if self.html is not None:
            values["html"] = self.html
        if self.media:
            values["media"] = [asdict(one) for one in self.media]
        if self.buttons:
            values["buttons"] = [asdict(one) for one in self.buttons]
        if self.variants:
            values["variants"] = dict(self.variants)
        return values

    @property
    def hash(self) -> str:
        """SHA-256 (hex) of the payload: what an approval is bound to."""
        text = json.dumps(self.payload(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class TooLong:
    """`compose` refuses: the figures say by how much it does not fit. `unit` reads "weighted characters", "posts" …"""

    length: int
    limit: int
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Length:
    """What one text counts on a channel, in the channel's unit."""

    length: int
    limit: int

    @property
    def fits(self) -> bool:
        """Whether the channel takes the text as one part."""
        return 0 < self.length <= self.limit


# --------------------------------------------------------------------------------------------------------------------
# the wire

Action = Literal["create", "edit", "delete"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What surrounds a post on its way, fixed no later than enqueue (`reply_to` when the parent is sent).

    `date` is UTC. `recipient` is an opaque row, never an address. `reply_to` is the remote id of the part before this
    one, or of the story's earlier post here; `corrects`: which this one puts right. `remote_id` is that of the post
    which is edited or deleted. `place` is where the platform has said that this destination is by now, when that
    differs from the settings. `tried`: since when an earlier try of this very post may be out, though a person has
    looked and wants it sent again; `known` are the remote ids that are other posts of ours.
    """

    key: str
    channel: str
    language: str
    date: datetime
    action: Action = "create"
    reply_to: str | None = None
    corrects: bool = False
    remote_id: str | None = None
    tried: datetime | None = None
    known: frozenset[str] = frozenset()
    silent: bool = False
    message_id: str | None = None
    recipient: str | None = None
    place: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The platform took it, or shows already what was asked of it; `remote_id` is "" where it does not say which."""

    remote_id: str
    url: str | None
    wire: Literal["live", "rehearsal"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The platform did not take it and will not take it as it is.

    `lasting`: it will take nothing here until a person has mended something. `impossible`: this very post can no longer
    be edited or deleted, though it is there; another way may do (an answer to it).
    """

    reason: str
    lasting: bool = False
    impossible: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounced(Refused):
    """A mail server did not take it for this reader; `status` says why (RFC 3463, "5.1.1"), "" when it does not say."""

    status: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """It was certainly not sent; wait exactly `seconds` (None: the outbox's own back-off)."""

    reason: str
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """Bytes left and no outcome is known; a public post is then never created again by machine."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """It was certainly not sent, for the destination is elsewhere by now: at `place`."""

    reason: str
    place: str


Outcome = Receipt | Refused | Later | Unknown | Moved


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkup:
    """One line of what a wire says of itself: its state, what was looked at, and the cure ("" when there is none)."""

    state: Literal["ok", "warn", "fail"]
    what: str
    cure: str = ""


class Wire(Protocol):
    """The one place of a channel that touches the network. Expected failures are values; only bugs raise."""

    async def send(self, post: Post, envelope: Envelope) -> Outcome:
        """Create, edit or delete, as `envelope.action` says."""
        ...

    async def check(self, *, test: bool) -> Sequence[Checkup]:
        """Whether it would work, without posting anything; `test`: also post to the test destination, where one is."""
        ...

    async def close(self) -> None:
        """Let go of its connections."""
        ...


def approved_picture(media: Media, platform: str, largest: int) -> bytes | Refused:
    """Return the bytes of the picture, or why none goes: not readable, not the approved one, over `largest` bytes."""
    name = Path(media.path).name
    try:
        data = Path(media.path).read_bytes()
    except OSError as error:
        return Refused(reason=f"the picture {name} cannot be read: {error.strerror}")
    if hashlib.sha256(data).hexdigest() != media.digest:
        return Refused(reason=f"the picture {name} is no longer the one that was approved")
    if len(data) > largest:
        return Refused(reason=f"the picture {name} has {len(data)} bytes; {platform} takes {largest}")
    return data


@runtime_checkable
class Witness(Wire, Protocol):
    """A wire that can look whether a post is there, after nobody knew what became of it."""

    async def find(self, post: Post, since: datetime, known: frozenset[str]) -> Receipt | None:
        """The post that says exactly this, was made since then and is none of the `known` ids. None proves nothing."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast a platform may be asked: one call every `seconds` in the long run, at most `burst` of them at once.

    Destinations that share a `name` share the pace.
    """

    name: str
    seconds: float
    burst: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What a channel may spend in a calendar month (UTC): US dollars, and created posts; None: no limit of ours."""

    dollars: Decimal | None
    posts: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """When several posts go out as one: each day, or on one `day` (0 is Monday), `at` an hour of the project's zone."""

    name: str
    day: int | None
    at: time


@dataclass(frozen=True, slots=True, kw_only=True)
class Abilities:
    """What a channel kind can do beyond composing; one that says nothing of it is rehearsed only.

    `edits`, `deletes`: whether a post that is out can be changed or taken away. `secrets(settings)`: the names of what
    its live wire dials with. `dial(settings, secret)` makes that wire, `secret` giving a secret by its name ("" when it
    is missing). `paces(settings)`: how fast it may be asked. `place(settings)`: where it posts; an id of a post means
    nothing elsewhere. `remote_id(settings, url)`: the id of the post at an address, None when it is not in this place.
    `looks`: how many seconds after an unknown outcome its wire, a `Witness`, looks for the post. `fee(settings, action,
    post)`: what one call takes, in US dollars. `budget(settings)`: what it may spend in a month. `rhythms(settings)`:
    when several posts go out as one there, which `digest(posts, rendered frame, settings)` makes: the post, and how
    many of them it holds.
    """

    edits: bool = False
    deletes: bool = False
    looks: tuple[float, ...] = ()
    secrets: Callable[[Any], tuple[str, ...]] = lambda _settings: ()
    dial: Callable[[Any, Callable[[str], str]], Wire] | None = None
    paces: Callable[[Any], tuple[Pace, ...]] = lambda _settings: ()
    place: Callable[[Any], str] = lambda _settings: ""
    remote_id: Callable[[Any, str], str | None] = lambda _settings, _url: None
    fee: Callable[[Any, Action, Post], Decimal] = lambda _settings, _action, _post: Decimal(0)
    budget: Callable[[Any], Budget] = lambda _settings: Budget(dollars=None, posts=None)
    rhythms: Callable[[Any], tuple[Rhythm, ...]] = lambda _settings: ()
    digest: Callable[[Sequence[Post], Mapping[str, str], Any], tuple[Post, int]] | None = None


# --------------------------------------------------------------------------------------------------------------------
# a channel kind


class ChannelSettings(BaseModel):
    """The keys that every channel has; a kind's `Settings` adds its own. Unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str
    text: Literal["auto", "summary"] = Field(
        "auto", description='"auto": the site\'s own edition in full where it fits; "summary": always the summary'
    )
    enabled: bool = Field(True, description="whether anything is posted here")

    def languages_served(self) -> tuple[str, ...]:
        """The languages in which this channel posts."""
        raise NotImplementedError


class Channel(Protocol):
    """What a module `channels.KIND` offers. `public` tells a post that cannot be taken back from mail.

    It may also have `abilities` (see `Abilities`).
    """

    Settings: type[ChannelSettings]
    public: bool

    def compose(self, draft: Draft, settings: Any) -> tuple[Post, ...] | TooLong:
        """Lay the draft out in parts of this platform, or refuse with the figures; nothing is ever cut off."""
        ...

    def length(self, text: str) -> Length:
        """What one text counts here."""
        ...

    def cost(self, posts: tuple[Post, ...], settings: Any) -> Decimal:
        """What the platform takes for these posts, in US dollars."""
        ...

    def specimen(self, post: Post, envelope: Envelope, settings: Any) -> tuple[str, bytes] | None:
        """(file suffix, bytes) of what would really leave, for a rehearsal; None when the payload says it all."""
        ...


def names() -> tuple[str, ...]:
    """The channel kinds that are installed: every module of this package but the rehearsal wire."""
    return tuple(sorted(found.name for found in pkgutil.iter_modules(__path__) if found.name != "rehearsal"))


def load(kind: str) -> Channel:
    """The module of one channel kind. Raises KeyError for a kind that is not installed."""
    if kind not in names():
        raise KeyError(kind)
    return importlib.import_module(f"{__name__}.{kind}")


def abilities(kind: str) -> Abilities:
    """What a channel kind can do beyond composing. Raises KeyError for a kind that is not installed."""
    found = getattr(load(kind), "abilities", Abilities())
    assert isinstance(found, Abilities)
    return found
