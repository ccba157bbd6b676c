"""What the admins' screens have in common: how a story is headed, a place named, a moment, a price and a state told."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from bot.admin.screen import MOST_ENTITIES, Key, Rows, Words, units
from bot.model import EditKind
from bot.views.cases import Case, Place
from channels import Post

Row = Mapping[str, Any]

# Every act that a button may ask for, and its argument. The desk answers each; no screen has any other.
ACTS = {
    "pub": "publish what waits; it asks first where something speaks against it · page of that question",
    "yes": "do what the screen asks · which act: pub, rep, retr, redo, red, new",
    "edit": "for which language",
    "lang": "the sentences of a language · be, or be.1 for its second page",
    "sent": "ask for a sentence's translation · be.3, where 0 is the title",
    "own": "ask for own words · language",
    "late": "when; with an argument: put it off · see `later_words`",
    "skip": "why not; with an argument: skip it · number of the reason in SKIP_REASONS, from 1",
    "all": "every channel with its exact text · page",
    "why": "what the guard says, sentence by sentence · page",
    "back": "the card's first screen, as it is now · page",
    "rep": "ask before posting it once more · page",
    "retr": "why it is taken back; or asks, with a reason · its number in RETRACT_REASONS from 1, or 1.page",
    "chg": "what changed on the site after publishing · page",
    "cor": "correct what is public · tag of the place, or all",
    "leav": "leave what is public as it is",
    "here": "it was posted",
    "redo": "ask before it is sent again",
    "drop": "it was not posted, and shall not be",
    "one": "redact this one · tag of the place",
    "red": "the posts that name a person · page",
    "show": "a story · its number, or .page of the story of this card",
    "expl": "the whole history of the story of this card · page",
    "que": "what waits · page",
    "last": "the last statements · page",
    "stat": "how it goes · page",
    "aud": "who did what · page",
    "doc": "what the doctor says · page",
    "revs": "who may decide · page",
    "help": "the commands · page",
    "alrm": "what is wrong · page",
    "dig": "the day in figures · page",
    "new": "a text that was handed in · page",
}
LANGUAGES = {"be": "Belarusian", "ru": "Russian", "en": "English", "uk": "Ukrainian", "pl": "Polish"}
MARKS = {
    "sent": "✓",
    "approved": "✓",
    "due": "…",
    "sending": "…",
    "held": "✋",
    "unknown": "?",
    "failed": "✗",
    "expired": "✗",
    "cancelled": "–",
    "void": "–",
    "skipped": "–",
    "ok": "✓",
    "warn": "!",
    "fail": "✗",
}
WAYS = {
    "edit": "edit",
    "answer": "answer",
    "delete": "delete",
    "mark": "mark as withdrawn",
    "mail": "letter",
    "post": "new post",
}
EDITS = {
    EditKind.NOTHING: "nothing that a reader sees",
    EditKind.TYPOGRAPHY: "typography only",
    EditKind.WORDING: "other words, no fact",
    EditKind.FACT: "a FACT: number, date, name, “not” or quotation",
    EditKind.WITHDRAWAL: "the site has withdrawn it",
}
SEVERITIES = {"hold": "⛔", "look": "⚠", "note": "ℹ"}
# Reasons that speak against no word of a post: the house's own rules.
ROUTINE = ("(review.policy).", "(review.release).")

TITLE_CHARACTERS = 200
REASON_UNITS = 2_000
BACK = Key("« Back", "back")
ALL = Key("👁 All channels", "all")
WHY = Key("❓ Why", "why")


def one_line(text: str) -> str:
    """A text that cannot pass for several lines of ours."""
    return re.sub(r"\s*[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]\s*", " ", text).strip()


def shortened(text: str, characters: int = TITLE_CHARACTERS) -> str:
    """One line of at most so many characters: whole words, and "…" where there were more."""
    line = one_line(text)
    if len(line) <= characters:
        return line
    return f"{line[:characters].rpartition(' ')[0] or line[:characters]} …"


def local(moment: datetime | None, zone: ZoneInfo) -> str:
    """A moment as people here read it."""
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}" if moment is not None else "—"


def cost(price: str) -> str:
    """A price in US dollars, as `channels.Channel.cost` counts it."""
    return f"${Decimal(price):f}" if Decimal(price) else "free"


def size(post: Post) -> str:
    """`268 / 4,096`, in the channel's own unit."""
    return f"{post.length:,} / {post.limit:,}"


def language(code: str) -> str:
    """A language's English name."""
    return LANGUAGES.get(code, code)


def tag(*place: object) -> str:
    """Six letters that stand for a place (channel, language[, story]) in a button, whatever else is listed there."""
    found = hashlib.sha256("\n".join(map(str, place)).encode()).digest()
    return base64.b32encode(found)[:6].decode().lower()


def head(case: Case) -> Words:
    """The title, the story's name and revision, and the way to the statement."""
    words = Words().line(shortened(case.title) or "Without a title", "bold")
    words.add(f"s{case.number} · revision {case.revision}")
    if case.url:
        words.add(" · ").add("Open the statement", url=case.url)
    return words.line()


def open_findings(place: Place) -> dict[tuple[int, str], Row]:
    """What the guard holds against a place, each thing once."""
    return {(one["sentence"], one["message"]): one for one in place.findings if one["severity"] != "note"}


def verdicts(case: Case) -> str:
    """`be ✅ · ru ⚠ 1 · en ✅`: how many things the guard doubts in each language."""
    found: dict[str, dict[tuple[int, str], Row]] = {}
    for place in case.places:
        found.setdefault(place.language, {}).update(open_findings(place))
    return " · ".join(f"{code} ⚠ {len(doubts)}" if doubts else f"{code} ✅" for code, doubts in found.items())


def reasons(case: Case) -> dict[str, list[str]]:
    """Why it waits, each reason once, with the channels that it stops; none means: all of the story."""
    found: dict[str, list[str]] = {case.reason: []} if case.reason and case.state == "held" else {}
    for place in case.held:
        for reason in place.reasons:
            found.setdefault(reason, []).append(place.channel)
    everywhere = list(dict.fromkeys(place.channel for place in case.held))
    return {why: [] if list(dict.fromkeys(on)) == everywhere else list(dict.fromkeys(on)) for why, on in found.items()}


def reason_lines(case: Case) -> list[Words]:
    """Each reason as a line of its own."""
    return [
        Words().add(f"• {one_line(why)}").add(f" ({', '.join(on)})" if on else "") for why, on in reasons(case).items()
    ]


def some(lines: Sequence[Words], rest: str) -> Words:
    """As many of the lines as leave room for a post, and how many more `rest` shows."""
    words = Words()
    for shown, line in enumerate(lines):
        longer = Words().join(words).join(line).line()
        if units(longer.text) > REASON_UNITS or len(longer.marks) > MOST_ENTITIES // 3:
            return words.line(f"… and {len(lines) - shown} more: {rest}")
        words = longer
    return words


def fields(lines: Iterable[tuple[str, str]]) -> Words:
    """Lines `name: value`, those without a value left out."""
    words = Words()
    for name, value in lines:
        if value:
            words.add(f"{name}: ").line(one_line(value))
    return words


def trimmings(post: Post) -> Words:
    """What goes out with a post beside its text: a letter's subject, pictures, buttons."""
    words = Words()
    if post.subject is not None:
        words.add("Subject: ").line(post.subject)
    for picture in post.media:
        words.add("🖼 Picture: ").line(one_line(picture.alt) or "without a description")
    for button in post.buttons:
        words.add("🔘 Button: ").add(one_line(button.text)).add(" → ").line(button.url)
    return words


def story_keys(names: Iterable[str]) -> Rows:
    """A key for each story that a page names (`s12`), four in a row."""
    keys = [Key(name, "show", name[1:]) for name in dict.fromkeys(names) if re.fullmatch(r"s\d{1,9}", name)]
    return tuple(tuple(keys[at : at + 4]) for at in range(0, len(keys), 4))
