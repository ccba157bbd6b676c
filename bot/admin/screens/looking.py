"""What people look up: the queue, a story, how it goes, who did what; and what the bot says by itself.

Each is read from `bot.views`; nothing here decides or sends anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from bot.admin.screen import Key, Rows, Screen, Words, paged, parted, screen, turned
from bot.admin.screens.common import (
    ALL,
    BACK,
    MARKS,
    SEVERITIES,
    WHY,
    Row,
    fields,
    head,
    language,
    local,
    one_line,
    shortened,
    story_keys,
)
from bot.admin.screens.public import _place_line
from bot.receipts import ORIGINS
from bot.views.cases import Case

STORIES_A_PAGE = 8
Item = tuple[Words, str]  # what is shown, and the story that it belongs to ("" = none)


def queue(waiting: Mapping[str, Sequence[Row]], page: int, zone: ZoneInfo) -> Screen:
    """What waits or was lost (`views.waiting`), the urgent first, each story with a key of its own."""
    groups: tuple[tuple[str, str, Callable[[Row], Item]], ...] = (
        ("unknown", "? Outcome unknown: look at the channel", lambda row: _sent(row, row["error"])),
        ("held", "✋ Waits for you", lambda row: _told(row, f"{row['channel']} · {row['language']}", row["reasons"])),
        ("stories", "✋ Whole statements", lambda row: _told(row, "", [row["reason"] or ""])),
        ("later", "⏳ Waits by itself", lambda row: _told(row, f"until {local(row['until'], zone)}", [row["why"]])),
        ("due", "… In the outbox", lambda row: _sent(row, f"{local(row['due_at'], zone)} {row['error'] or ''}")),
        ("lost", "✗ Not sent, and will not be", lambda row: _sent(row, row["error"])),
        ("quarantine", "☣ In quarantine", lambda row: (Words().add(_quarantined(row)), "")),
    )
    items: list[Item] = []
    for name, title, show in groups:
        if waiting[name]:
            items.append((Words().add(f"{title} ({len(waiting[name])})", "bold"), ""))
            items += map(show, waiting[name])
    return _listed(items or [(Words().add("Nothing waits."), "")], page, act="que")


def _told(row: Row, where: str, why: Sequence[str]) -> Item:
    """A story: its title, where and why it waits."""
    words = _titled(row["story"], row["title"])
    for line in (where, *why):
        words.line(one_line(line)) if line else None
    return words, row["story"]


def _sent(row: Row, why: str | None) -> Item:
    """A delivery: its story, its key and what is known."""
    story = row["key"].partition("/")[0]
    words = _titled(story, row.get("title")).line(f"{MARKS[row['state']]} {row['channel']} · {row['language']}")
    return words.add(row["key"], "code").line().line(one_line(why or "")), story


def _titled(story: str, title: str | None) -> Words:
    words = Words().add(shortened(title or "Without a title"), "bold").add(" · ")
    return words.line(f"/show {story[1:]}" if story.startswith("s") else story, "code")


def _quarantined(row: Row) -> str:
    return f"{row['source']} ({row['times']}×): {one_line(row['reason'])}"


def _listed(items: Sequence[Item], page: int, *, act: str) -> Screen:
    """Items on pages of a handful, with a key for each story of the page."""
    pages: list[tuple[Words, Rows]] = []
    shown: list[Item] = []
    for item in items:
        stories = {story for _, story in (*shown, item) if story}
        if shown and (len(stories) > STORIES_A_PAGE or len(parted([words for words, _ in (*shown, item)])) > 1):
            pages += _with_keys(shown)
            shown = []
        shown.append(item)
    return turned([*pages, *_with_keys(shown)], page, (), act=act)


def _with_keys(items: Sequence[Item]) -> list[tuple[Words, Rows]]:
    keys = story_keys(story for _, story in items)
    return [(one, keys) for one in parted([words for words, _ in items])]


def latest(rows: Sequence[Row], page: int = 0) -> Screen:
    """The newest statements (`views.cases.latest`) and where each stands."""
    items = []
    for row in rows:
        words = _titled(row["story"], row["title"]).line(row["state"])
        for line in row["lines"]:
            words.line(f"{MARKS.get(line.state, '·')} {line.channel} · {line.language} · {line.state}")
        items.append((words, row["story"]))
    return _listed(items or [(Words().add("Nothing has come in yet."), "")], page, act="last")


def show(case: Case, zone: ZoneInfo, page: int = 0) -> Screen:
    """A story: where each of its posts stands, and what may be done."""
    start = head(case).line(case.state)
    if case.reason:
        start.line(one_line(case.reason))
    if case.embargo is not None:
        start.line(f"Hidden until {local(case.embargo, zone)}")
    rows: list[tuple[Key, ...]] = []
    if case.held or case.state == "held":
        rows.append((Key("✅ Publish", "pub"), Key("✏️ Edit", "edit")))
        rows.append((Key("⏰ Later", "late"), Key("🚫 Skip", "skip")))
    if case.changes:
        rows.append((Key("🆕 What changed", "chg"),))
    if any(place.state == "sent" for place in case.places):
        rows.append((Key("🔁 Repost", "rep"), Key("🗑 Retract", "retr")))
    blocks = [start, *(_place_line(place, zone) for place in case.places)]
    return paged(blocks, page, (*rows, (ALL, WHY), (Key("🧾 Whole history", "expl"),)), act="show", arg=".")


def status(view: Mapping[str, Sequence[Row]], zone: ZoneInfo, page: int = 0) -> Screen:
    """How it goes (`views.status`): what is wrong first, then each channel, then each source."""
    blocks = []
    for row in view["alarms"]:
        wrong = Words().add("✗ ").line(one_line(row["text"]), "bold").line(f"since {local(row['since'], zone)}")
        blocks.append(wrong.add(one_line(row["cure"])))
    blocks = blocks or [Words().add("✓ Nothing is wrong.", "bold")]
    for row in view["channels"]:
        counts = [f"{name} {row[name]}" for name in ("sent", "due", "held", "unknown", "failed") if row[name]]
        words = Words().line(row["channel"], "bold").line(" · ".join(counts) or "nothing yet")
        if row["spent"]:
            words.line(row["spent"])
        blocks.append(words.add(f"last post {local(row['last_sent'], zone)}"))
    for row in view["sources"]:
        words = Words().add(f"{'✗' if row['fails'] else '✓' if row['last_ok'] else '·'} ").line(row["source"], "bold")
        words.line(f"read {local(row['last_ok'], zone)}").line(f"news {local(row['last_changed'], zone)}")
        words.add(f"next {local(row['next_poll'], zone)}")
        if row["fails"]:
            words.line().add(f"failed {row['fails']}×: {one_line(row['last_error'] or '')}", "italic")
        blocks.append(words)
    return paged(blocks, page, (), act="stat")


def audit(rows: Sequence[Row], page: int, zone: ZoneInfo) -> Screen:
    """Who did what (`views.audit_trail`), the newest first."""
    blocks = [_act(row, zone) for row in reversed(rows)]
    return paged(blocks or [Words().add("Nobody has done anything yet.")], page, (), act="aud")


def _act(row: Row, zone: ZoneInfo) -> Words:
    words = Words().add(f"{local(row['at'], zone)} · ").add(row["who"], "bold").add(f" · {row['what']}")
    words.line(f" · {row['subject']}" if row["subject"] else "")
    return words.add(one_line(row["detail"] or ""))


def explain(view: Row, page: int, zone: ZoneInfo) -> Screen:
    """The whole history of a story (`views.explanation`): places, sentences, attempts, acts."""
    start = Words().line(f"{view['story']} · revision {view['revision']} · {view['state']}", "bold")
    blocks = [start.add(one_line(view["reason"] or ""))]
    for row in view["posts"]:
        words = Words().add(f"{MARKS.get(row['state'], '·')} {row['channel']} · {row['language']}", "bold")
        words.line(f" · r{row['revision']} · {row['cause']} · {row['state']}")
        for reason in row["reasons"]:
            words.line(f"• {one_line(reason)}")
        blocks.append(words)
    for edition in view["editions"]:
        blocks += _edition(edition)
    for key, tries in view["attempts"].items():
        words = Words().line(key, "code")
        for one in tries:
            words.line(f"{local(one['started'], zone)} · {one['outcome'] or 'no answer'}")
            words.line(one_line(one["detail"] or ""))
        blocks.append(words)
    return paged([*blocks, *(_act(row, zone) for row in view["acts"])], page, ((BACK,),), act="expl")


def _edition(edition: Row) -> list[Words]:
    origin = ORIGINS.get(edition["origin"], edition["origin"])
    blocks = [Words().add(f"{language(edition['language'])} r{edition['revision']}: {origin}", "bold")]
    for one in edition["sentences"]:
        words = Words().line(f"Sentence {one['number']}" if one["number"] else "The title", "bold")
        if one["source"] != one["text"]:
            words.line(one_line(one["source"]), "blockquote").line("↓")
        words.line(one_line(one["text"]), "blockquote").add(one["approver"] or one["engine"] or "nobody", "italic")
        blocks.append(words)
    for one in edition["findings"]:
        words = Words().line(f"{SEVERITIES[one['severity']]} Sentence {one['number']}: {one_line(one['message'])}")
        blocks.append(words.join(fields((("expected", one["expected"]), ("found", one["found"])))))
    return blocks


# --------------------------------------------------------------------------------------------------------------------
# the house


def doctor(checks: Sequence[Any], page: int = 0) -> Screen:
    """What the doctor says (`bot.doctor.Check`): what is wrong first, each with its cure."""
    ranked = sorted(checks, key=lambda one: ("fail", "warn", "ok").index(one.state))
    blocks = []
    for one in ranked:
        words = Words().add(f"{MARKS[one.state]} ").line(one_line(one.what), None if one.state == "ok" else "bold")
        blocks.append(words.line(f"→ {one_line(one.cure)}") if one.cure else words)
    return paged(blocks or [Words().add("Nothing was looked at.")], page, (), act="doc")


def reviewers(rows: Sequence[Row], page: int = 0) -> Screen:
    """Who may decide: rows of {name, id, owner, blocked}."""
    blocks = []
    for row in rows:
        words = Words().add(row["name"], "bold").add(" · owner" if row["owner"] else "")
        blocks.append(words.line(" · BLOCKED" if row["blocked"] else "").line(str(row["id"]), "code"))
    return paged(blocks or [Words().add("Nobody is named in review.reviewers.")], page, (), act="revs")


# What stands behind a command; those that need nothing more can be tapped, the others are copied by a tap.
HELP = (
    ("/queue", "", "what waits for a person"),
    ("/latest", "", "the newest statements"),
    ("/show", "12", "a story, where it stands"),
    ("/preview", "12", "its posts on every channel"),
    ("/publish", "12", "release it"),
    ("/edit", "12 be 3", "translate sentence 3 anew"),
    ("/write", "12 be", "your own words"),
    ("/later", "12 18:00", "hide it until then"),
    ("/skip", "12 reason", "it does not go out"),
    ("/repost", "12 telegram-be", "post it once more"),
    ("/correct", "12", "carry a change into the posts"),
    ("/retract", "12 reason", "withdraw what was posted"),
    ("/explain", "12", "why it was posted or not"),
    ("/statement", "", "hand in a text"),
    ("/pause", "telegram-be 2h", "send nothing there"),
    ("/resume", "telegram-be", "send again"),
    ("/poll", "", "ask the sources now"),
    ("/status", "", "how it goes"),
    ("/audit", "", "who did what"),
)
OWNERS = (
    ("/doctor", "", "what is well and what is not"),
    ("/reviewers", "", "who may decide"),
    ("/redact", "name", "take a name out of what was posted"),
)


def help_(role: str, page: int = 0) -> Screen:
    """The commands of a "reviewer", or of an "owner", who has some more."""
    words = Words()
    for command, example, meaning in (*HELP, *(OWNERS if role == "owner" else ())):
        (words.add(f"{command} {example}", "code") if example else words.command(command)).line().line(f"  {meaning}")
    return paged([words], page, (), act="help")


def alarms(lines: Sequence[str], page: int = 0) -> Screen | None:
    """What someone must be told, in as few messages as it fits in; None when there is no such page."""
    blocks = [Words().line("Vestka needs you", "bold"), *(Words().add(f"• {one_line(line)}") for line in lines)]
    pages = parted(blocks)
    return screen(pages[page]) if page < len(pages) else None


def digest(view: Mapping[str, Any], zone: ZoneInfo, page: int = 0) -> Screen:
    """The day (`views.cases.digest`): what was posted and where, and in figures what waits, failed or is unknown."""
    figures = [f"{name} {view[name]}" for name in ("unknown", "failed", "waiting") if view[name]]
    start = Words().line("The last day", "bold").line(" · ".join(figures) or "Nothing waits, nothing failed.")
    if figures:
        start.command("/queue")
    titles: dict[str, list[tuple[str, str | None]]] = {}
    for title, channel, url in view["posted"]:
        titles.setdefault(title, []).append((channel, url))
    blocks = [start]
    for title, places in titles.items():
        words = Words().line(shortened(title), "bold")
        for channel, url in places:
            words.add("✓ ").line(channel, url=url)
        blocks.append(words)
    if not titles:
        blocks.append(Words().add("Nothing was posted."))
    return paged(blocks, page, (), act="dig")


def statement(title: str, sentences: int, language_code: str, characters: int) -> Screen:
    """Asks whether a text that was handed in is a statement: its title, language and size as they were understood."""
    words = Words().line("Is this a statement?", "bold").line(shortened(title), "bold")
    words.line(f"{language(language_code)} · {sentences:,} sentences · {characters:,} characters").line()
    words.add("It is checked like any other; nothing goes out before.")
    return screen(words, ((Key("✅ Yes, take it", "yes", "new"),), (Key("Cancel", "back"),)))
