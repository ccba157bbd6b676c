"""Before a statement is public: what waits and why, its exact words everywhere, and how to edit, put off or skip it.

From the card to published: one tap where nothing speaks against it, else two (Publish; Yes).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.admin.screen import Key, Rows, Screen, Words, paged, parted, screen, turned
from bot.admin.screens.common import (
    ALL,
    BACK,
    LANGUAGES,
    ROUTINE,
    SEVERITIES,
    WHY,
    Row,
    cost,
    head,
    language,
    local,
    one_line,
    open_findings,
    reason_lines,
    reasons,
    size,
    some,
    trimmings,
    verdicts,
)
from bot.receipts import ORIGINS
from bot.views.cases import Case, Change, Place
from channels import Post

SKIP_REASONS = ("not for our channels", "already posted by hand", "something in it is wrong", "unsafe for a person")
EVENING, MORNING = 18, 9  # o'clock
SENTENCES_A_PAGE = 8
TITLE = -1  # as the ledger numbers a title; people count sentences from 1, and the title is 0


def review(case: Case, zone: ZoneInfo) -> Screen:
    """A statement that waits: why, what the guard says of each language, and the exact text of the first post."""
    keys = (
        (Key("✅ Publish", "pub"), Key("✏️ Edit", "edit")),
        (Key("⏰ Later", "late"), Key("🚫 Skip", "skip")),
        (ALL, WHY),
    )
    facts = head(case).line()
    facts.line("It waits for you:", "bold").join(some(reason_lines(case), "❓ Why"))
    if case.places:
        facts.line(verdicts(case))
    if case.embargo is not None:
        facts.line(f"Hidden until {local(case.embargo, zone)}")
    facts.join(_agreed(case)).line()
    place = next((one for one in case.held if one.posts), None)
    if place is None:
        return screen(facts.add(_nothing_to_show(case)), keys)
    first = place.posts[0]
    facts.add(f"{place.channel} · {place.language} · {size(first)}", "bold")
    facts.line(f" · part 1 of {first.parts}" if first.parts > 1 else "")
    whole = Words().join(facts).post(first, quoted=True).line().join(trimmings(first))
    if not whole.fits:
        whole = facts.add("It is too long to stand here whole: 👁 All channels shows every word.", "italic")
    return screen(whole, keys)


def _nothing_to_show(case: Case) -> str:
    if case.held:
        return "There is no post that could go out as it is. ✏️ Edit takes shorter words."
    return "Nothing is laid out yet: ✅ Publish lets it be summarised and checked."


def _agreed(case: Case) -> Words:
    if case.approvals == 1:
        return Words()
    who = ", ".join(case.approved_by)
    agreed = f"{who} {'has' if len(case.approved_by) == 1 else 'have'} agreed" if who else "nobody has agreed yet"
    return Words().line(f"{len(case.approved_by)} of {case.approvals}: {agreed}")


def needs_confirmation(case: Case) -> bool:
    """Whether Publish asks first: the guard, the story's history or its state speaks against it."""
    doubts = any(open_findings(place) for place in case.held)
    return doubts or case.state == "held" or any(not one.endswith(ROUTINE) for one in reasons(case))


def confirm_publish(case: Case, page: int = 0) -> Screen:
    """ "Publish although …": every reason that speaks against it, and where it would go."""
    where = ", ".join(dict.fromkeys(f"{one.channel} ({one.language})" for one in case.held)) or "all its channels"
    ask = head(case).line().line("Publish although:", "bold")
    return paged(
        [ask, *reason_lines(case), Words(f"It goes to {where}.")],
        page,
        ((Key("✅ Yes, publish", "yes", "pub"),), (BACK, WHY)),
        act="pub",
    )


# --------------------------------------------------------------------------------------------------------------------
# what it says


def all_channels(case: Case, page: int, zone: ZoneInfo) -> Screen:
    """One place a page: whose words, how long, what it costs, and the exact text of each part.

    A part that does not fit below these facts has a page of its own, which shows its text and nothing else.
    """
    changes = {(one.channel, one.language): one for one in case.changes}
    shown = [
        page
        for place in case.places
        for page in _place_pages(place, changes.get((place.channel, place.language)), zone)
    ]
    pages: list[tuple[Words, Rows]] = [
        (words, ((Key(label, "all", str(number)),),) if label else ()) for number, (words, label) in enumerate(shown)
    ]
    if not pages:
        pages = [(head(case).line().add(_nothing_to_show(case)), ())]
    return turned(pages, page, ((BACK, WHY),), act="all")


def _place_pages(place: Place, change: Change | None, zone: ZoneInfo) -> list[tuple[Words, str]]:
    """The pages of one place, those of an exact text alone with a label for their key."""
    posts = change.posts if change is not None else place.posts
    facts = Words().line(f"{place.channel} · {language(place.language)}", "bold")
    facts.line(ORIGINS.get(place.origin, place.origin))
    facts.line(f"{place.state}{f' {local(place.sent_at, zone)}' if place.sent_at else ''} · {cost(place.price)}")
    if change is not None:
        facts.line("As it would read when it is corrected:")
    if not posts:
        return [(facts.add("There is no post that could go out here."), "")]
    whole = Words().join(facts)
    for post in posts:
        whole.line().line(_part(post)).post(post, quoted=True).line().join(trimmings(post))
    if whole.fits:
        return [(whole, "")]
    for post in posts:
        facts.line().line(f"{_part(post)}: its text has a page of its own").join(trimmings(post))
    bare = [(one, f"{place.channel} · {_part(post)}") for post in posts for one in parted([Words().post(post)])]
    return [*((one, "") for one in parted([facts])), *bare]


def _part(post: Post) -> str:
    return f"Part {post.part} of {post.parts} · {size(post)}" if post.parts > 1 else size(post)


def why(case: Case, page: int = 0) -> Screen:
    """For each language: the sentences that the guard doubts, source beside translation, then all the others."""
    first = Words().line(one_line(case.title) or "Without a title", "bold").line(f"s{case.number} · {verdicts(case)}")
    blocks = [first, *reason_lines(case)]
    for code in dict.fromkeys(place.language for place in case.places):
        places = [place for place in case.places if place.language == code]
        blocks.append(Words().add(f"{language(code)}: {ORIGINS.get(places[0].origin, places[0].origin)}", "bold"))
        blocks += _sentences(places)
    return paged(blocks, page, ((BACK, ALL),), act="why")


def _sentences(places: Sequence[Place]) -> list[Words]:
    """Sentence by sentence, those with findings first."""
    rows: dict[int, Row] = {row["index"]: row for place in places for row in place.sentences}
    doubts: dict[int, dict[str, Row]] = {}
    for one in (one for place in places for one in place.findings):
        doubts.setdefault(one["sentence"], {}).setdefault(one["message"], one)
    worst = sorted(doubts, key=lambda index: (min(map(_rank, doubts[index].values())), index))
    return [
        _pair(index, rows.get(index), list(doubts.get(index, {}).values()))
        for index in (*worst, *(index for index in sorted(rows) if index not in doubts))
    ]


def _rank(finding: Row) -> int:
    return list(SEVERITIES).index(finding["severity"])


def _pair(index: int, row: Row | None, doubts: Sequence[Row]) -> Words:
    """One sentence: what is doubted, what it was made from, what it says, and who wrote it."""
    words = Words().line(_name(index).capitalize(), "bold")
    for one in doubts:
        words.line(f"{SEVERITIES[one['severity']]} {one_line(one['message'])}")
        if one["expected"] or one["found"]:
            words.add("expected: ").add(one_line(one["expected"]) or "nothing", "bold")
            words.add(" · found: ").line(one_line(one["found"]) or "nothing", "bold")
    if row is None:
        return words
    if row["source"] != row["text"]:
        words.line(one_line(row["source"]), "blockquote").line("↓")
    return words.line(one_line(row["text"]), "blockquote").add(_author(row), "italic")


def _author(row: Row) -> str:
    if row["approver"]:
        return f"approved by {row['approver']}"
    return f"{row['engine'] or 'nobody'} {row['version'] or ''}".strip()


def _name(index: int) -> str:
    return "the title" if index == TITLE else f"sentence {index + 1}"


# --------------------------------------------------------------------------------------------------------------------
# another time, never, other words


def later(case: Case, now: datetime, zone: ZoneInfo) -> Screen:
    """When it is to be looked at again; until then nobody sees it."""
    spans = (Key("In 1 h", "late", "1h"), Key("In 3 h", "late", "3h"))
    hours = tuple(_at(hour, now.astimezone(zone)) for hour in (EVENING, MORNING))
    words = head(case).line().line("Until when shall it wait?", "bold").line("Or send another time:")
    words.line(f"/later {case.number} 18:00", "code")
    return screen(words, (spans, hours, (BACK,)))


def _at(hour: int, here: datetime) -> Key:
    """The next time that a clock here shows this hour; the argument is that very minute, whenever it is pressed."""
    then = here.replace(hour=hour, minute=0, second=0, microsecond=0)
    then = then if then > here else then + timedelta(days=1)
    day = "Today" if then.date() == here.date() else "Tomorrow"
    return Key(f"{day} {hour:02}:00", "late", f"t{int(then.timestamp()) // 60:x}")


def later_words(arg: str, zone: ZoneInfo) -> str:
    """The time that a key of `later` stands for, as `bot.text.timing.moment` reads it."""
    if not arg.startswith("t"):
        return arg
    return datetime.fromtimestamp(int(arg[1:], 16) * 60, zone).isoformat()


def confirm_skip(case: Case) -> Screen:
    """Why it is not to be posted at all; the reason is the confirmation."""
    words = head(case).line().line("Why shall it not be posted?", "bold").line("Or send your own reason:")
    words.line(f"/skip {case.number} reason", "code")
    rows = tuple((Key(reason.capitalize(), "skip", str(n)),) for n, reason in enumerate(SKIP_REASONS, 1))
    return screen(words, (*rows, (BACK,)))


def edit_languages(case: Case) -> Screen:
    """In which language something is to be changed."""
    words = head(case).line().line("Which language shall be edited?", "bold").line(verdicts(case))
    codes = dict.fromkeys(place.language for place in case.places) or LANGUAGES
    return screen(words, (*((Key(language(code), "lang", code),) for code in codes), (BACK,)))


def edit_sentences(case: Case, language: str, page: int = 0) -> Screen:
    """The sentences of one language by their numbers, as they read now; a key for each, and one for own words."""
    places = [place for place in case.places if place.language == language]
    rows = {row["index"]: row for place in places for row in place.sentences}
    doubted = {index for place in places for index, _ in open_findings(place)}
    pages: list[tuple[Words, Rows]] = []
    words = _which(language)
    keys: tuple[Key, ...] = ()
    for index in sorted(rows):
        shown = (
            Words().add("⚠ " if index in doubted else "").add(f"{index + 1}. " if index != TITLE else "Title. ", "bold")
        )
        shown.line(one_line(rows[index]["text"]))
        key = Key("Title" if index == TITLE else str(index + 1), "sent", f"{language}.{index + 1}")
        if keys and (len(keys) == SENTENCES_A_PAGE or not Words().join(words).join(shown).fits):
            pages += _keyed(words, keys)
            words, keys = _which(language), ()
        words.join(shown)
        keys = (*keys, key)
    pages += _keyed(words, keys)
    own = (Key("✍️ Own words for all of it", "own", language),)
    return turned(pages, page, (own, (Key("« Back", "edit"),)), act="lang", arg=f"{language}.")


def _which(code: str) -> Words:
    return Words().line(f"{language(code)}: which sentence?", "bold").line()


def _keyed(words: Words, keys: tuple[Key, ...]) -> list[tuple[Words, Rows]]:
    """The pages of one group of sentences: one, unless a sentence is as long as a message."""
    rows = tuple(keys[at : at + 4] for at in range(0, len(keys), 4))
    return [(one, rows) for one in parted([words])]


def ask_translation(case: Case, code: str, sentence: int) -> Screen:
    """Asks for a sentence in other words (an answer to this message); `sentence` as people count: 0 is the title."""
    rows = [
        row
        for place in case.places
        if place.language == code
        for row in place.sentences
        if row["index"] == sentence - 1
    ]
    if not rows:
        return gone(f"s{case.number} has no such sentence in {language(code)}. Look again.")
    start = Words().line(f"s{case.number} · {language(code)}: {_name(sentence - 1)}", "bold")
    end = Words("Answer this message with the sentence as it should read.")
    whole = Words().join(start).line().line("From:").line(one_line(rows[0]["source"]), "blockquote")
    whole.line("Now (tap to copy):").line(one_line(rows[0]["text"]), "code").line().join(end)
    if not whole.fits:
        whole = start.line("It is too long to stand here: /explain shows it whole.").line().join(end)
    return screen(whole)


def ask_words(case: Case, code: str) -> Screen:
    """Asks for own words in one language (an answer to this message), showing what they replace."""
    rows = {row["index"]: row for place in case.places if place.language == code for row in place.sentences}
    start = head(case).line().line(f"Your own words in {language(code)}", "bold")
    end = Words("Answer this message with the whole text. It is checked against the statement before it goes out.")
    whole = Words().join(start)
    for index in sorted(rows):
        if index != TITLE:
            source, text = one_line(rows[index]["source"]), one_line(rows[index]["text"])
            whole.line(source, "blockquote").line(text if text != source else "")
    whole.line().join(end)
    return screen(whole if whole.fits else start.line().join(end))


def gone(text: str = "This text changed, look again.") -> Screen:
    """What a button of an older text, or of a screen that was used, answers."""
    return screen(Words().add(text), ((Key("👁 Look again", "back"),),))
