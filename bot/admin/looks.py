"""What a message shows, by its row: the values that its screen needs are read from the views, and laid out.

A row says which screen (`at`: an act of `screens.ACTS` and its argument) and what it is about; it holds no copy of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot import views
from bot.admin import screens
from bot.admin.access import Access
from bot.admin.buttons import figure
from bot.admin.screen import Key, Rows, Screen, Words, screen
from bot.errors import UsageError
from bot.model import DeliveryState, StoryState
from bot.pipeline import Pipeline
from bot.store import ledger, people
from bot.store.cards import Card
from bot.summary import of_text
from bot.text import sentences
from bot.views import cases
from bot.views.cases import Case, Change, Place

NEWEST = 40  # stories that /latest turns over
LEFT = "leave"  # in the audit trail: a person lets public posts stand though the site has changed


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A screen, the revision of the story that it shows (0: of none), and whether it is the message's last.

    `seen` is what waited when it was drawn, as of `seen`: whoever presses a button has decided on nothing else.
    """

    screen: Screen
    revision: int = 0
    seen: Mapping[str, str] = field(default_factory=dict)
    last: bool = False


class Looks:
    """Rows of messages -> screens."""

    def __init__(self, pipeline: Pipeline, access: Access, doctor: Callable[[], Awaitable[Sequence[Any]]]) -> None:
        """Take the house, who is who, and what examines the installation."""
        self._pipeline, self._access, self._doctor = pipeline, access, doctor
        self._zone = ZoneInfo(pipeline.settings.project.timezone)
        self._would_be: dict[int, tuple[int, tuple[Place, ...]]] = {}  # story -> revision, as it would be laid out

    async def look(self, card: Card) -> Look:
        """What a message shows now. Raises UsageError when what it is about is not there."""
        act, arg = card.body["at"]
        if act in self._of_stories:
            case = await self.case(card)
            made = self._of_stories[act](self, card, case, arg)
            shown = made if isinstance(made, Screen) else await made
            return Look(screen=shown, revision=case.revision, seen=seen(case))
        return await self._of_house[act](self, card, arg)

    async def case(self, card: Card) -> Case:
        """The story of a message, as far as the message is about it. Raises UsageError."""
        case = await self._laid_out(await cases.case(self._pipeline, story_of(card)))
        only = card.body.get("only")
        if not only:
            return case
        return replace(
            case,
            places=tuple(one for one in case.places if one.channel in only),
            changes=tuple(one for one in case.changes if one.channel in only),
        )

    async def _laid_out(self, case: Case) -> Case:
        """A story that waits as a whole is shown as it would read; that is asked of the engines once a revision."""
        if case.places or case.state != StoryState.HELD:
            return case
        if self._would_be.get(case.number, (0, ()))[0] != case.revision:
            made = await cases.previewed(self._pipeline, case)
            self._would_be[case.number] = (case.revision, made.places)
        return replace(case, places=self._would_be[case.number][1])

    async def offers(self, card: Card, act: str) -> list[cases.Offer]:
        """What a repost or a withdrawal would do. Raises UsageError."""
        plan = cases.repost_plan if act == "rep" else cases.retract_plan
        return await plan(self._pipeline, story_of(card), card.body.get("only", ()), card.body.get("languages", ()))

    async def redactions(self, card: Card) -> list[cases.Redaction]:
        """The public posts that bear the name of a message."""
        return await cases.redactions(self._pipeline, card.body["name"])

    def said(self, lines: Sequence[str], number: int = 0) -> Look:
        """Lines that answer a person; a key leads on to the story that they are about."""
        return Look(screen=_lines(lines, ((Key(f"👁 s{number}", "show", str(number)),),) if number else ()))

    # ---- of a story

    async def _card(self, card: Card, case: Case, arg: str) -> Screen:
        """The first screen of a message that the ledger has asked for."""
        if card.kind == "unknown" and (place := await self._place(card, case)) is not None:
            return screens.unknown(place, case, _page(arg))
        if card.kind == "changed" and case.changes and not await self._left(case):
            return screens.changed(case, self._zone, _page(arg))
        if card.kind in ("review", "view") and waits(case):
            return screens.review(case, self._zone)
        who, when = await self._released(case)
        return screens.receipt(case, self._zone, who, when, _page(arg))

    async def _place(self, card: Card, case: Case) -> Place | None:
        """The place of a post whose outcome is unknown, or whose thread broke off; None when it has been settled."""
        async with self._pipeline.store.read() as c:
            rows = await ledger.deliveries(c, key=card.subject, state=DeliveryState.UNKNOWN)
            rows += await ledger.broken_threads(c, key=card.subject)
        if not rows:
            return None
        row = rows[0]
        places = (one for one in case.places if (one.channel, one.language) == (row["channel"], row["language"]))
        found = next(places, None)
        return None if found is None else replace(found, key=card.subject, state=row["state"], error=row["error"])

    async def _left(self, case: Case) -> bool:
        """Whether a person has said that what is public shall stand although the site has changed."""
        async with self._pipeline.store.read() as c:
            trail = await people.trail(c, f"s{case.number}")
        return any(act["what"] == LEFT and act["revision"] == case.revision for act in trail)

    async def _released(self, case: Case) -> tuple[str, datetime | None]:
        """Who has released a story last, and when; nobody when it went out by itself."""
        async with self._pipeline.store.read() as c:
            trail = await people.trail(c, f"s{case.number}")
        acts = [act for act in trail if act["what"] == "publish"]
        return (acts[-1]["who"], acts[-1]["at"]) if acts else ("", None)

    async def _again(self, card: Card, case: Case, arg: str) -> Screen:
        place = await self._place(card, case)
        return screens.confirm_again(place, case, _page(arg)) if place else await self._card(card, case, "")

    async def _gone(self, card: Card, case: Case, arg: str) -> Screen:
        place = await self._place(card, case)
        return screens.confirm_gone(place, case, _page(arg)) if place else await self._card(card, case, "")

    async def _repost(self, card: Card, case: Case, arg: str) -> Screen:
        return screens.repost(case, await self.offers(card, "rep"), self._zone, _page(arg))

    async def _retract(self, card: Card, case: Case, arg: str) -> Screen:
        if not arg:
            return screens.why_retract(case)
        offers = await self.offers(card, "retr")
        return screens.retract(case, offers, reason_of(card), self._zone, _page(arg.partition(".")[2]))

    async def _explain(self, card: Card, case: Case, arg: str) -> Screen:
        return screens.explain(await views.explanation(self._pipeline, case.number), _page(arg), self._zone)

    def _sentences(self, card: Card, case: Case, arg: str) -> Screen:
        language, _, page = arg.partition(".")
        return screens.edit_sentences(case, language, _page(page))

    def _ask(self, card: Card, case: Case, arg: str) -> Screen:
        """The question for a sentence; raises UsageError when there is no such sentence."""
        language, _, number = arg.partition(".")
        asked = screens.ask_translation(case, language, _page(number))
        if asked.rows:
            raise UsageError(asked.text)
        return asked

    _of_stories: Mapping[str, Callable[[Looks, Card, Case, str], Any]] = {
        "card": _card,
        "all": lambda self, card, case, arg: screens.all_channels(case, _page(arg), self._zone),
        "why": lambda self, card, case, arg: screens.why(case, _page(arg)),
        "pub": lambda self, card, case, arg: screens.confirm_publish(case, _page(arg)),
        "edit": lambda self, card, case, arg: screens.edit_languages(case),
        "lang": _sentences,
        "sent": _ask,
        "own": lambda self, card, case, arg: screens.ask_words(case, arg),
        "late": lambda self, card, case, arg: screens.later(case, self._pipeline.clock(), self._zone),
        "skip": lambda self, card, case, arg: screens.confirm_skip(case),
        "rep": _repost,
        "retr": _retract,
        "chg": lambda self, card, case, arg: screens.changed(case, self._zone, _page(arg)),
        "redo": _again,
        "gone": _gone,
        "show": lambda self, card, case, arg: screens.show(case, self._zone, _page(arg.partition(".")[2])),
        "expl": _explain,
    }

    # ---- of the house

    async def _queue(self, card: Card, arg: str) -> Look:
        return Look(screen=screens.queue(await views.waiting(self._pipeline), _page(arg), self._zone))

    async def _latest(self, card: Card, arg: str) -> Look:
        return Look(screen=screens.latest(await cases.latest(self._pipeline, NEWEST), _page(arg)))

    async def _status(self, card: Card, arg: str) -> Look:
        return Look(screen=screens.status(await views.status(self._pipeline), self._zone, _page(arg)))

    async def _audit(self, card: Card, arg: str) -> Look:
        rows, broken = await views.audit_trail(self._pipeline)
        if broken is not None:
            told = (
                f"Line {broken} of the audit trail was changed after it was written: somebody has touched the ledger."
            )
            return Look(screen=_lines([told]))
        return Look(screen=screens.audit(rows, _page(arg), self._zone))

    async def _checks(self, card: Card, arg: str) -> Look:
        return Look(screen=screens.doctor(await self._doctor(), _page(arg)))

    async def _reviewers(self, card: Card, arg: str) -> Look:
        return Look(screen=screens.reviewers(self._access.rows(), _page(arg)))

    async def _help(self, card: Card, arg: str) -> Look:
        role = self._access.role(card.person) if card.person else "reviewer"
        return Look(screen=screens.help_(role, _page(arg)))

    async def _digest(self, card: Card, arg: str) -> Look:
        since = datetime.fromisoformat(card.body["since"])
        return Look(screen=screens.digest(await cases.digest(self._pipeline, since), self._zone, _page(arg)))

    async def _redact(self, card: Card, arg: str) -> Look:
        found = await self.redactions(card)
        return Look(screen=screens.redact(card.body["name"], found, self._zone, _page(arg)))

    async def _new(self, card: Card, arg: str) -> Look:
        """Asks whether a text is a statement. Raises UsageError when nothing can be made of it."""
        text = card.body["text"]
        _, statement = self._pipeline.handed(text, card.body.get("language"))
        read = of_text(text, statement.language)
        count = sum(len(sentences.split(text[piece.start : piece.end], statement.language)) for piece in read.pieces)
        return Look(screen=screens.statement(statement.title, count, statement.language, len(text)))

    async def _said(self, card: Card, arg: str) -> Look:
        return self.said(card.body["lines"], int(arg or 0))

    async def _over(self, card: Card, arg: str) -> Look:
        return Look(screen=_lines(["Nothing was done."]), last=True)

    async def _asked(self, card: Card, arg: str) -> Look:
        return Look(screen=_lines(card.body["lines"]))

    _of_house: Mapping[str, Callable[[Looks, Card, str], Awaitable[Look]]] = {
        "que": _queue,
        "last": _latest,
        "stat": _status,
        "aud": _audit,
        "doc": _checks,
        "revs": _reviewers,
        "help": _help,
        "dig": _digest,
        "red": _redact,
        "new": _new,
        "said": _said,
        "over": _over,
        "asked": _asked,
    }


def story_of(card: Card) -> int:
    """The number of the story that a message is about. Raises UsageError when it is about none."""
    name = card.subject.partition("/")[0]
    if not name.startswith("s"):
        raise UsageError("this message is about no story")
    return int(name[1:])


def reason_of(card: Card) -> str:
    """The reason for a withdrawal: one of those that were offered, else the person's own."""
    chosen = figure(card.body["at"][1].partition(".")[0]) or 0
    if 0 < chosen <= len(screens.RETRACT_REASONS):
        return screens.RETRACT_REASONS[chosen - 1]
    return str(card.body.get("reason", ""))


def seen(case: Case) -> dict[str, str]:
    """Hash of a place and its exact posts -> its channel, wherever something waits for a person.

    A story that waits as a whole is released as such: its revision says what was seen of it.
    """
    held = case.held if case.state == StoryState.OPEN else ()
    waiting: tuple[Place | Change, ...] = (*held, *case.changes)
    made = {}
    for one in waiting:
        words = "\n".join((one.channel, one.language, *(post.hash for post in one.posts)))
        made[hashlib.sha256(words.encode()).hexdigest()[:16]] = one.channel
    return made


def waits(case: Case) -> bool:
    """Whether a story, or a post of it that is not public yet, waits for a person."""
    return bool(case.held) or case.state == StoryState.HELD


def _page(arg: str) -> int:
    """A page, from 0. What is no number is the first: it may stand behind a command, where people write it."""
    return figure(arg) or 0


def _lines(lines: Sequence[str], rows: Rows = ()) -> Screen:
    """Short lines, as many as one message takes."""
    words = Words()
    for line in lines:
        longer = Words().join(words).line(" ".join(line.split()))
        if not longer.fits:
            break
        words = longer
    return screen(words if words.text else Words("Done."), rows)
