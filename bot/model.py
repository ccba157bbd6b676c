"""The values that travel down the corridor, from a feed's bytes to a receipt.

Each is frozen and made by one room only; a room takes one and makes the next. Nothing here touches wire, disk or clock.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from channels import Action, Post

# --------------------------------------------------------------------------------------------------------------------
# feed: what came in


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of a feed as its document tells it, before anything is believed.

    `markup` is the fullest body that the document carries (HTML, or text when `is_html` is false). `published` is UTC,
    or None when the document gives no date or one whose zone cannot be trusted; `published_raw` is the date as written.
    `alternates` are (language, URL) pairs from `hreflang`, `attachments` are (text, URL) pairs of files that come with
    it. `digest` is the SHA-256 of all that the entry says, in hex. `fault` is the reason why this single entry must be
    quarantined, or None. `excerpt` says that the body is only the beginning of what the page says.
    """

    guid: str | None
    link: str | None
    title: str
    markup: str
    is_html: bool
    language: str | None
    published: datetime | None
    published_raw: str
    alternates: tuple[tuple[str, str], ...]
    digest: str
    fault: str | None = None
    attachments: tuple[tuple[str, str], ...] = ()
    excerpt: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A feed document that was accepted: its entries in document order.

    `doubt` says, for a person, why nothing of it may go out by itself although it is complete; None as a rule.
    """

    title: str
    language: str | None
    entries: tuple[Entry, ...]
    doubt: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """A page of the site, read: its title, its text, and the pages in other languages that it names (hreflang).

    `published` is UTC, or None when it states no date for machines, or several.
    """

    title: str
    blocks: tuple[Block, ...]
    alternates: tuple[tuple[str, str], ...] = ()
    published: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """Bytes or an entry that nothing may be made of; `reason` is one line for a person."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A complete HTTP answer with status 200: the decoded body and what must be remembered for the next request.

    `moved_to` is the address that only permanent redirects (301, 308) have led to, or None; `date` is what the other
    side's clock showed, in UTC, when it says so.
    """

    url: str
    body: bytes
    content_type: str
    etag: str | None
    last_modified: str | None
    moved_to: str | None = None
    date: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotModified:
    """HTTP 304: the site says that nothing changed since the validators that were sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchFailed:
    """No usable answer. `hostile` tells a wall that was hit (quarantine, alarm) from a network that is merely down.

    `status` is the HTTP status, when there was one; `retry_after` the number of seconds that the site asked for.
    """

    reason: str
    hostile: bool = False
    status: int | None = None
    retry_after: float | None = None


class BlockKind(StrEnum):
    """What a piece of a statement is."""

    PARAGRAPH = "paragraph"
    HEADING = "heading"
    ITEM = "item"
    QUOTATION = "quotation"
    TABLE = "table"
    IMAGE = "image"
    ATTACHMENT = "attachment"
    SIGNATORIES = "signatories"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One block of a statement: plain text, never markup.

    `ordinal` is the number that an ordered list draws before an item; it is not part of `text`. An image's text is its
    alternative text; `href` is the address of an attachment or image.
    """

    kind: BlockKind
    text: str
    ordinal: int | None = None
    href: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One page in one language, at one revision: an authored edition of a story.

    `number` is the statement's own row, `story` the number of the story that people see (`s12`), both 0 before they are
    stored. `first_seen` and `published` are UTC. `excerpt` says that the text is only the beginning of the page's.
    """

    source: str
    language: str
    url: str
    title: str
    blocks: tuple[Block, ...]
    first_seen: datetime
    published: datetime | None = None
    guid: str | None = None
    alternates: tuple[tuple[str, str], ...] = ()
    number: int = 0
    story: int = 0
    revision: int = 1
    excerpt: bool = False

    @property
    def text(self) -> str:
        """The blocks joined by a blank line: what every offset counts into, in code points."""
        return "\n\n".join(block.text for block in self.blocks)


class StoryState(StrEnum):
    """`baseline` was there before us, `open` is carried, `held` waits for a person, `skipped` was refused by one."""

    BASELINE = "baseline"
    OPEN = "open"
    HELD = "held"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What happened once, however many pages tell it: its authored editions, one a language.

    `revision` rises when any edition changes; `drafted` is the last revision that was judged; `reason` says why it
    is held. `words` are officers' own words by language, with their author. Before `embargo` nobody may see it; until
    `wait_until` the languages of `awaits` were left to editions of the site's own.
    """

    number: int
    revision: int
    drafted: int
    state: StoryState
    created: datetime
    not_before: datetime
    reason: str | None
    editions: tuple[Statement, ...]
    words: tuple[tuple[str, str, str], ...] = ()
    embargo: datetime | None = None
    wait_until: datetime | None = None
    awaits: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The subject of its posts, as in every key."""
        return f"s{self.number}"

    def edition(self, language: str) -> Statement | None:
        """The edition that the site itself wrote in a language."""
        return next((edition for edition in self.editions if edition.language == language), None)


class EditKind(StrEnum):
    """What an edit means, the gravest last: `fact` touches a number, date, name, negation or quotation."""

    NOTHING = "nothing"
    TYPOGRAPHY = "typography"
    WORDING = "wording"
    FACT = "fact"
    WITHDRAWAL = "withdrawal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What happened to a text between two looks at it. Made by `bot.revisions`.

    `gone` and `come` are the facts that stood only in the former and only in the newer text, as written there. `diff`
    is the word diff: ("=", "-" or "+", words) in reading order.
    """

    kind: EditKind
    gone: tuple[str, ...] = ()
    come: tuple[str, ...] = ()
    diff: tuple[tuple[str, str], ...] = ()


# --------------------------------------------------------------------------------------------------------------------
# summary


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """One whole sentence of the source: `text == statement.text[start:end]`.

    `block` is the index of its block. `ordinal` is the drawn number when it opens an ordered item. `enumeration` names
    the list that it belongs to (its items stand or fall together). `follows` says that it cannot be understood without
    the sentence before it.
    """

    text: str
    start: int
    end: int
    block: int
    kind: BlockKind = BlockKind.PARAGRAPH
    ordinal: int | None = None
    enumeration: int | None = None
    follows: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A subset of a summary's sentences that fits `characters`; `sentences` are indices into `Summary.sentences`.

    `announced` holds (index of the sentence after which the label stands, number of items) for each enumeration that is
    announced by its count instead of being quoted.
    """

    characters: int
    sentences: tuple[int, ...]
    announced: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """One ranking of a statement's sentences, as nested cuts, smallest first.

    `sentences` are those of the longest cut, in source order. A `written` summary is an officer's own words: its
    offsets count into those words, not into the statement.
    """

    language: str
    title: str
    sentences: tuple[Sentence, ...]
    cuts: tuple[Cut, ...]
    written: bool = False

    def dependants(self, index: int) -> frozenset[int]:
        """The sentences that cannot stay when sentence `index` is left out, itself among them."""
        gone = {index}
        enumeration = self.sentences[index].enumeration
        if enumeration is not None:
            gone |= {i for i, sentence in enumerate(self.sentences) if sentence.enumeration == enumeration}
        for i, sentence in enumerate(self.sentences):
            if sentence.follows and i - 1 in gone:
                gone.add(i)
        return frozenset(gone)


# --------------------------------------------------------------------------------------------------------------------
# translation


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One engine's sentence. `approver` is the person who approved this very pair, else None.

    `draft` marks an engine whose text always waits for a person.
    """

    text: str
    engine: str
    version: str
    approver: str | None = None
    draft: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TranslatedSentence:
    """A source sentence and its candidates in chain order; none when no engine has answered for it.

    `opinion` is the sentence of the engine that the settings name for a second opinion on every sentence.
    """

    source: str
    candidates: tuple[Candidate, ...]
    opinion: Candidate | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Translation:
    """The title and, index by index, each sentence of a summary, in one other language."""

    source_language: str
    language: str
    title: TranslatedSentence
    sentences: tuple[TranslatedSentence, ...]


# --------------------------------------------------------------------------------------------------------------------
# guard


class Severity(StrEnum):
    """`hold` and `look` stop a text until they are settled; a `note` is only written down."""

    NOTE = "note"
    LOOK = "look"
    HOLD = "hold"


class Kind(StrEnum):
    """What a finding is about."""

    EMPTY = "empty"
    NUMBER = "number"
    DATE = "date"
    NAME = "name"
    NEGATION = "negation"
    QUOTATION = "quotation"
    LINK = "link"
    LAW = "law"
    LANGUAGE = "language"
    LENGTH = "length"
    OMISSION = "omission"
    DRAFT = "draft"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One doubt about one sentence pair. Spans are (start, end) in code points of the source and target sentence.

    `sentence` is the index into the summary (-1: the title); `message` is one sentence for a layman.
    """

    kind: Kind
    severity: Severity
    message: str
    expected: str = ""
    found: str = ""
    source_spans: tuple[tuple[int, int], ...] = ()
    target_spans: tuple[tuple[int, int], ...] = ()
    sentence: int = -1


class Origin(StrEnum):
    """Who made the words, as every post says of itself."""

    ORIGINAL = "original"
    PEOPLE = "people"
    MACHINE = "machine"
    EDITED = "edited"
    UNTRANSLATED = "untranslated"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedSentence:
    """The words that were picked for one sentence, where they come from, and every finding about them."""

    source: str
    text: str
    engine: str
    version: str
    approver: str | None = None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """An edition of a story that the guard has examined; examined, not clean: `open_findings` says what still stops it.

    Made by `bot.guard` only. `statement` is the authored edition that the words come from, `language` that of the place
    which they are for. `title` and `sentences` (index by index those of `summary`) are the words; what is in `left_out`
    is in no cut. `wanting` names the sentences (-1: the title) for which another engine is worth asking.
    """

    statement: Statement
    summary: Summary
    language: str
    origin: Origin
    title: CheckedSentence
    sentences: tuple[CheckedSentence, ...]
    left_out: frozenset[int] = frozenset()
    wanting: tuple[int, ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings, the title's first; those of sentences that were left out are no longer of interest."""
        kept = (sentence.findings for i, sentence in enumerate(self.sentences) if i not in self.left_out)
        return tuple(finding for findings in (self.title.findings, *kept) for finding in findings)

    @property
    def open_findings(self) -> tuple[Finding, ...]:
        """The findings that stop it."""
        return tuple(finding for finding in self.findings if finding.severity is not Severity.NOTE)

    @property
    def cuts(self) -> tuple[Cut, ...]:
        """The summary's cuts, smallest first, without what was left out."""
        return tuple(
            replace(
                cut,
                sentences=tuple(i for i in cut.sentences if i not in self.left_out),
                announced=tuple(pair for pair in cut.announced if pair[0] not in self.left_out),
            )
            for cut in self.summary.cuts
        )


# --------------------------------------------------------------------------------------------------------------------
# review, outbox, receipts


MACHINE = "vestka"  # the approver of what goes out by itself, and the actor of what no person did
CONSOLE = "console"  # whoever types a command and gives no name
MEMORY = "memory"  # the "engine" of people's own words


class Cause(StrEnum):
    """Why a post is made; all but `auto` carry the nonce of the act that asked for it."""

    AUTO = "auto"
    REPOST = "repost"
    CORRECT = "correct"
    RETRACT = "retract"
    REDACT = "redact"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a post is about and for whom: the part of its key that all its parts share.

    `name` is `s12` (a story) or `d3` (a digest); `cause` is `auto` or `repost-ID`, `correct-ID`, `retract-ID`.
    """

    name: str
    revision: int
    channel: str
    language: str
    cause: str = Cause.AUTO.value

    def key(self, part: int, recipient: str | None = None) -> str:
        """The delivery key: unique in the ledger, and what a wire shows for a call."""
        words = [self.name, f"r{self.revision}", self.channel, self.language, str(part), self.cause]
        return "/".join(words if recipient is None else [*words, recipient])


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Posts that wait for a person, and why: `reasons` are sentences for a layman."""

    subject: Subject
    posts: tuple[Post, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    """Posts that may leave, bound to their payload hashes; made by `bot.review` only.

    `approver` is the person's name, or "vestka" when the settings let a clean edition go out by itself.
    """

    subject: Subject
    posts: tuple[Post, ...]
    hashes: tuple[str, ...]
    approver: str
    at: datetime

    def intact(self) -> bool:
        """Whether the posts are still those that were approved; any change voids an approval."""
        return tuple(post.hash for post in self.posts) == self.hashes


class DeliveryState(StrEnum):
    """Where a delivery stands: due -> sending -> sent | due | unknown | failed; due -> cancelled | expired."""

    DUE = "due"
    SENDING = "sending"
    SENT = "sent"
    UNKNOWN = "unknown"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One row of the ledger: one part of one post for one place, and what became of it.

    `target` is the remote id of the post that is edited, deleted or answered.
    """

    number: int
    key: str
    subject: Subject
    part: int
    parts: int
    kind: str
    action: Action
    state: DeliveryState
    post: Post
    public: bool
    attempts: int
    created: datetime
    due_at: datetime
    not_after: datetime | None
    recipient: str | None = None
    message_id: str | None = None
    target: str | None = None
    remote_id: str | None = None
    url: str | None = None
    wire: str | None = None
    sent_at: datetime | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A delivery that is ours to make. `reply_to` is what it answers, and `corrects` whether it puts that right.

    `tried`, `known` and `place`: see `channels.Envelope`.
    """

    delivery: Delivery
    reply_to: str | None = None
    corrects: bool = False
    tried: datetime | None = None
    known: frozenset[str] = frozenset()
    place: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicPart:
    """One part of a post that stands in public: its id on the platform and its address there."""

    part: int
    remote_id: str
    url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicPost:
    """A post that stands in public: its parts, first to last, and the rendition whose words it shows.

    `place` is what its channel led to when it was made. `answered`: a correction has been posted as an answer to it.
    """

    subject: str
    channel: str
    language: str
    kind: str
    place: str
    rendition: int
    sent_at: datetime
    parts: tuple[PublicPart, ...]
    answered: bool = False


# --------------------------------------------------------------------------------------------------------------------
# alerts


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """Something that someone must be told, with its cure, in words for a layman.

    A `lasting` one stands until it is `cleared`, and its end is told too; any other is an event that is told once.
    """

    number: int
    key: str
    text: str
    cure: str
    lasting: bool
    raised: datetime
    cleared: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """When one way of telling last told of an alarm, and whether that was its end."""

    at: datetime
    end: bool
