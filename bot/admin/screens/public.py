"""After a statement is public: what went where, what the site changed since, and how to correct, repeat or withdraw it.

A correction takes one tap (the screen shows the difference), all else two: what would be done is shown and asked once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.admin.screen import Key, Rows, Screen, Words, leads_out, paged, parted, screen, turned
from bot.admin.screens.common import (
    ALL,
    BACK,
    EDITS,
    MARKS,
    WAYS,
    WHY,
    cost,
    head,
    language,
    local,
    one_line,
    shortened,
    size,
    tag,
)
from bot.views.cases import Case, Change, Offer, Place, Redaction

RETRACT_REASONS = ("it is wrong", "the site has withdrawn it", "unsafe for a person", "posted by mistake")
CANCEL = Key("Cancel", "back")
CONTEXT = 6  # words that are shown on each side of a change


def receipt(case: Case, zone: ZoneInfo, by: str = "", at: datetime | None = None, page: int = 0) -> Screen:
    """What became of it: `by` whom and when (`at`) it was released, and each place with its link or what is wrong."""
    who = Words()
    if by:
        who.line(f"Released by {by}{f', {local(at, zone)}' if at else ''}")
    lines = [_place_line(place, zone) for place in case.places]
    keys: Rows = ((Key("🔁 Repost", "rep"), Key("🗑 Retract", "retr")), (ALL, WHY))
    return paged([head(case).join(who), *lines], page, keys, act="back")


def _place_line(place: Place, zone: ZoneInfo) -> Words:
    """One place on two or three lines: its state, its link, and what is wrong."""
    words = Words().add(f"{MARKS.get(place.state, '·')} ").add(f"{place.channel} · {place.language}", "bold")
    words.add(f" · {place.state}").line(f" {local(place.sent_at, zone)}" if place.sent_at else "")
    if place.url:
        words.line("Open the post", url=place.url) if leads_out(place.url) else words.line(place.url)
    if place.error:
        words.line(one_line(place.error), "italic")
    if place.state == "unknown":
        words.line("Nobody knows whether it was posted: look there.")
    return words


# --------------------------------------------------------------------------------------------------------------------
# the source has changed


def changed(case: Case, zone: ZoneInfo, page: int = 0) -> Screen:
    """What the site changed after publishing: for each place the class of the edit and the difference word by word."""
    blocks = [Words().line("Source changed after publishing", "bold").join(head(case))]
    if case.approvals > 1 and case.approved_by:
        blocks[0].line(f"{len(case.approved_by)} of {case.approvals} agree: {', '.join(case.approved_by)}")
    places = {(one.channel, one.language): one for one in case.places}
    blocks += [_change(one, places.get((one.channel, one.language)), zone) for one in case.changes]
    rows: list[tuple[Key, ...]] = [(_correct(one),) for one in case.changes]
    if len(case.changes) > 1:
        rows.append((Key("Correct all", "cor", "all"),))
    return paged(blocks, page, (*rows, (Key("Leave it", "leav"),), (ALL, WHY)), act="chg")


def _correct(change: Change) -> Key:
    place = f"{change.channel} ({change.language})"
    return Key(
        f"Correct {place}: {WAYS[change.way]}, {cost(change.price)}", "cor", tag(change.channel, change.language)
    )


def _change(change: Change, place: Place | None, zone: ZoneInfo) -> Words:
    words = Words().add(f"{change.channel} · {change.language}", "bold")
    words.line(f" · {local(place.sent_at, zone)}" if place and place.sent_at else "")
    words.add("Changed: ").line(EDITS[change.kind], "bold").line(one_line(change.words))
    return words.join(difference(change.diff))


def difference(diff: Sequence[tuple[str, str]]) -> Words:
    """The word diff: what went struck out, what came underlined; of what stayed, the words beside a change."""
    words = Words()
    for number, (sign, text) in enumerate(diff):
        if sign == "-":
            words.add(text, "strikethrough")
        elif sign == "+":
            words.add(text, "underline")
        else:
            words.add(_context(text, first=number == 0, last=number == len(diff) - 1))
        words.text += " "
    return words


def _context(text: str, *, first: bool, last: bool) -> str:
    near = text.split(" ")
    if len(near) <= 2 * CONTEXT:
        return text
    before = [] if first else near[:CONTEXT]
    after = [] if last else near[-CONTEXT:]
    return " ".join([*before, "…", *after])


# --------------------------------------------------------------------------------------------------------------------
# nobody knows


def unknown(place: Place, case: Case, page: int = 0) -> Screen:
    """A post whose outcome nobody knows, or a thread that broke off: what is known, the exact text, where to look."""
    if place.state == "failed":
        return _broken(place, case, page)
    words = Words().line("Nobody knows whether this was posted.", "bold").line("Look at the channel first.").line()
    keys = ((Key("✓ It is there", "here"), Key("🔁 Send again", "redo")), (Key("✗ Drop it", "drop"),))
    return _known(words, place, case, page, keys)


def _broken(place: Place, case: Case, page: int) -> Screen:
    """Half of a text is public: it is finished, taken down, or left as it is."""
    words = Words().line("This thread broke off: a part of it was refused.", "bold")
    words.line("Those before it are public.").line()
    keys = ((Key("▶ Finish it", "redo"), Key("🗑 Take it down", "gone")), (Key("✗ Leave it", "drop"),))
    return _known(words, place, case, page, keys)


def _known(words: Words, place: Place, case: Case, page: int, keys: Rows) -> Screen:
    words.line(f"{place.channel} · {language(place.language)} · s{case.number}").line(shortened(case.title))
    words.line(one_line(place.error or ""), "italic").add(place.key or "", "code")
    pages = _with_texts(words, place)
    there = ((Key("Open the channel", "", url=place.url),),) if place.url and leads_out(place.url) else ()
    return turned(pages, page, (*there, *keys), act="back")


def confirm_again(place: Place, case: Case, page: int = 0) -> Screen:
    """Asks once more before what may be there is sent a second time, or a thread is gone on with."""
    if place.state == "failed":
        words = Words().line("Go on with the thread from here?", "bold").line()
        return _sure(words, place, case, page, Key("▶ Yes, finish it", "yes", "redo"), "redo")
    words = Words().line("Send it again?", "bold")
    words.line(f"If it is on {place.channel} after all, readers see it twice.").line()
    return _sure(words, place, case, page, Key("Yes, it is not there: send it", "yes", "redo"), "redo")


def confirm_gone(place: Place, case: Case, page: int = 0) -> Screen:
    """Asks once more before the begun part of a thread is taken down."""
    words = Words().line("Take down what is public of this thread?", "bold").line()
    return _sure(words, place, case, page, Key("🗑 Yes, take it down", "yes", "gone"), "gone")


def _sure(words: Words, place: Place, case: Case, page: int, yes: Key, act: str) -> Screen:
    words.add(f"{place.channel} · {language(place.language)} · s{case.number}")
    return turned(_with_texts(words, place), page, ((yes,), (CANCEL,)), act=act)


def _with_texts(words: Words, place: Place) -> list[tuple[Words, Rows]]:
    """Facts and exact texts on one page, else each exact text on a page of its own."""
    whole = Words().join(words)
    for post in place.posts:
        whole.line().line().line(size(post)).post(post, quoted=True)
    blocks = [Words().post(post) for post in place.posts]
    pages = [whole] if whole.fits else [*parted([words]), *(one for block in blocks for one in parted([block]))]
    return [(one, ()) for one in pages]


# --------------------------------------------------------------------------------------------------------------------
# once more, taken back, without a name


def repost(case: Case, offers: Sequence[Offer], zone: ZoneInfo, page: int = 0) -> Screen:
    """What would be posted once more, and when it last was."""
    start = head(case).line().line("Post it again?", "bold").line("Readers will see it twice.")
    blocks = [start, *(_offer(one, zone) for one in offers)]
    return paged(blocks, page, ((Key("🔁 Yes, post it again", "yes", "rep"),), (CANCEL,)), act="rep")


def why_retract(case: Case) -> Screen:
    """Asks why it is to be taken back; readers of an answer or a letter are told so."""
    words = head(case).line().line("Why shall it be taken back?", "bold").line("Or send your own reason:")
    words.line(f"/retract {case.number} reason", "code")
    rows = tuple((Key(reason.capitalize(), "retr", str(n)),) for n, reason in enumerate(RETRACT_REASONS, 1))
    return screen(words, (*rows, (BACK,)))


def retract(case: Case, offers: Sequence[Offer], reason: str, zone: ZoneInfo, page: int = 0) -> Screen:
    """What would be withdrawn, where and how."""
    start = head(case).line().line("Take it back?", "bold").add("Reason: ").line(one_line(reason))
    if not offers:
        start.line("Nothing of it is public.")
    blocks = [start, *(_offer(one, zone) for one in offers)]
    arg = f"{RETRACT_REASONS.index(reason) + 1}." if reason in RETRACT_REASONS else "."
    keys = ((Key("🗑 Yes, take it back", "yes", "retr"),), (CANCEL,)) if offers else ((CANCEL,),)
    return paged(blocks, page, keys, act="retr", arg=arg)


def _offer(offer: Offer, zone: ZoneInfo) -> Words:
    words = (
        Words().add(f"{offer.channel} · {offer.language}", "bold").line(f" · {WAYS[offer.way]} · {cost(offer.price)}")
    )
    words.add(f"last posted {local(offer.sent_at, zone)}" if offer.sent_at else "not posted yet")
    if offer.url:
        words.add(" · ").add("open", url=offer.url)
    return words.line()


def redact(name: str, found: Sequence[Redaction], zone: ZoneInfo, page: int = 0) -> Screen:
    """Each public post that names a person, one a page: as it is, as it would be, and where nothing can be done."""
    if not found:
        return screen(Words().add(one_line(name), "bold").add(": no public post has this name."), ((CANCEL,),))
    pages: list[tuple[Words, Rows]] = []
    for number, one in enumerate(found, 1):
        words = Words().add(one_line(name), "bold").line(f" · {number} of {len(found)}")
        words.line(shortened(one.title)).add(f"s{one.story} · {one.channel} · {one.language}")
        words.line(f" · {local(one.sent_at, zone)}" if one.sent_at else "")
        if one.url:
            words.line("Open the post", url=one.url)
        words.line().line("Now:", "bold").line(one.before, "blockquote").line()
        if one.way is None:
            words.line("Nothing can be done there: ask whoever runs it.", "bold")
        elif one.way == "edit":
            words.line("It would say:", "bold").line(one.after, "blockquote")
        else:
            words.line(f"It would go: {WAYS[one.way]}.", "bold")
        can = one.way is not None
        own: Rows = ((Key("Change this one", "one", tag(one.channel, one.language, one.story)),),) if can else ()
        pages += [(shown, own) for shown in parted([words])]
    able = sum(one.way is not None for one in found)
    every = ((Key(f"Change all {able}", "yes", "red"),),) if able else ()
    return turned(pages, page, (*every, (CANCEL,)), act="red")
