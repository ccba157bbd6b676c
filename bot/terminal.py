"""What a terminal shows: tables and lines for people, made with rich; colours only where a person looks."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.receipts import ORIGINS, Line
from bot.views.cases import Redaction

Row = Mapping[str, Any]
MARKS = {
    "sent": ("✓", "green"),
    "approved": ("✓", "green"),
    "due": ("…", "cyan"),
    "sending": ("…", "cyan"),
    "held": ("✋", "yellow"),
    "unknown": ("?", "red"),
    "failed": ("✗", "red"),
    "expired": ("✗", "red"),
    "cancelled": ("–", "dim"),
    "void": ("–", "dim"),
    "skipped": ("–", "dim"),
}
CHECKS = {"ok": ("✓", "green"), "warn": ("!", "yellow"), "fail": ("✗", "red")}


def console() -> Console:
    """Stdout as rich sees it; a table is never narrower than it can be read."""
    wide = Console(highlight=False)
    return wide if sys.stdout.isatty() else Console(highlight=False, width=max(wide.width, 120))


def local(moment: datetime | None, zone: ZoneInfo) -> str:
    """A moment as people here read it."""
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S}" if moment is not None else "—"


def state(name: str) -> str:
    """A state with its mark, coloured."""
    mark, colour = MARKS.get(name, ("·", "dim"))
    return f"[{colour}]{mark} {name}[/]"


def table(*columns: str, title: str | None = None) -> Table:
    """An empty table in the house style."""
    made = Table(
        box=box.ROUNDED, title=title, title_justify="left", title_style="bold", header_style="dim", expand=False
    )
    for column in columns:
        made.add_column(column, overflow="fold")
    return made


def size(line: Row | Line) -> str:
    """`268 / 4,096`, and the number of posts where there are several."""
    row = line if isinstance(line, Mapping) else {name: getattr(line, name) for name in Line.__slots__}
    if not row["parts"]:
        return ""
    several = f"  × {row['parts']}" if row["parts"] > 1 else ""
    return f"{row['length']:,} / {row['limit']:,}{several}"


def print_report(stories: Sequence[Row]) -> None:
    """A table of every story, one column a channel: what went where; below it, what waits and why."""
    where = console()
    if not stories:
        where.print("Nothing has come in yet.")
        return
    channels = list(dict.fromkeys(line.channel for row in stories for line in row["lines"]))
    made = table("", "statement", *channels)
    for row in stories:
        made.add_row(
            f"[bold]{row['story']}[/]",
            f"{escape(row['title'] or '')}" + ("" if row["lines"] else f"\n{state_of_story(row)}"),
            *(cell([line for line in row["lines"] if line.channel == channel]) for channel in channels),
        )
        made.add_section()
    where.print(made)
    where.print(legend(line.state for row in stories for line in row["lines"]))
    print_reasons(where, stories)


def cell(lines: Sequence[Line]) -> str:
    """What became of one story on one channel: a mark and a size for each language and cause."""
    several = len({line.language for line in lines}) > 1
    return "\n".join(
        " ".join(
            word
            for word in (
                f"[{MARKS[line.state][1]}]{MARKS[line.state][0]}[/]",
                line.language if several else "",
                f"{line.parts} posts" if line.parts > 1 else f"{line.length:,}",
                "" if line.cause == "auto" else f"[dim]{line.cause}[/]",
                f"[dim]r{line.revision}[/]" if line.state == "held" and line.revision > 1 else "",
            )
            if word
        )
        for line in lines
    )


def legend(states: Iterable[str]) -> str:
    """What the marks mean, of those that were used."""
    used = dict.fromkeys(states)
    return "  ".join(f"[{MARKS[one][1]}]{MARKS[one][0]}[/] [dim]{one}[/]" for one in MARKS if one in used)


def state_of_story(row: Row) -> str:
    """The state of a story that has no posts yet."""
    names = {"baseline": "[dim]· recorded[/]", "held": state("held"), "skipped": state("skipped")}
    return names.get(row["state"], "[dim]· waits its time[/]")


def print_reasons(where: Console, stories: Sequence[Row]) -> None:
    """Why what waits is waiting, each reason once."""
    seen: dict[tuple[str, str], list[str]] = {}
    for row in stories:
        if row["state"] == "held" and row["reason"]:
            seen.setdefault((row["story"], row["reason"]), [])
        for line in row["lines"]:
            if line.state in ("held", "unknown", "failed", "expired"):
                for reason in line.reasons:
                    seen.setdefault((row["story"], reason), []).append(line.channel)
    if not seen:
        return
    where.print("\n[bold]What waits, and why[/]")
    for (story, reason), places in seen.items():
        on = f" [dim]({', '.join(dict.fromkeys(places))})[/]" if places else ""
        where.print(f"  [yellow]✋[/] [bold]{story}[/]  {escape(reason)}{on}")


def report_json(stories: Sequence[Row]) -> list[dict[str, Any]]:
    """The report for a machine."""
    return [
        {**row, "lines": [{name: getattr(line, name) for name in Line.__slots__} for line in row["lines"]]}
        for row in stories
    ]


def print_queue(waiting: Mapping[str, Sequence[Row]], zone: ZoneInfo) -> None:
    """What waits, the urgent first."""
    where = console()
    if not any(waiting.values()):
        where.print("Nothing waits.")
    if waiting["unknown"]:
        made = table(
            "key",
            "what is known",
            title="Outcome unknown: look at the channel, then `vestka resolve KEY sent|again|drop`",
        )
        for row in waiting["unknown"]:
            made.add_row(row["key"], escape(row["error"] or ""))
        where.print(made)
    if waiting["held"] or waiting["stories"]:
        made = table(
            "story", "channel", "language", "why", title="Waits for a person: `vestka explain N`, `vestka publish N`"
        )
        for row in waiting["stories"]:
            made.add_row(f"[bold]{row['story']}[/] {escape(row['title'] or '')}", "", "", escape(row["reason"] or ""))
        for row in waiting["held"]:
            title = f"[bold]{row['story']}[/] {escape(row['title'] or '')}"
            made.add_row(title, row["channel"], row["language"], escape("\n".join(row["reasons"])))
        where.print(made)
    if waiting["later"]:
        made = table("story", "until", "why", title="Waits by itself")
        for row in waiting["later"]:
            until = local(row["until"], zone)
            made.add_row(f"[bold]{row['story']}[/] {escape(row['title'] or '')}", until, escape(row["why"]))
        where.print(made)
    if waiting["due"]:
        made = table("key", "state", "not before", "attempts", "why", title="In the outbox")
        for row in waiting["due"]:
            due = local(row["due_at"], zone)
            made.add_row(row["key"], state(row["state"]), due, str(row["attempts"]), escape(row["error"] or ""))
        where.print(made)
    if waiting["lost"]:
        made = table(
            "key",
            "state",
            "why",
            title="Not sent, and will not be: `vestka repost N`, or of a begun thread `vestka resolve KEY again`",
        )
        for row in waiting["lost"]:
            made.add_row(row["key"], state(row["state"]), escape(row["error"] or ""))
        where.print(made)
    if waiting["quarantine"]:
        made = table("source", "reason", "times", title="In quarantine: nothing was made of it")
        for row in waiting["quarantine"]:
            made.add_row(row["source"], escape(row["reason"]), str(row["times"]))
        where.print(made)


def print_status(view: Mapping[str, Sequence[Row]], zone: ZoneInfo) -> None:
    """How it goes: the alarms first, then each source and each channel; times as people here read them."""
    where = console()
    for row in view["alarms"]:
        where.print(f"[red]✗[/] since {local(row['since'], zone)}: {escape(row['text'])} [dim]{escape(row['cure'])}[/]")
    if not view["alarms"]:
        where.print("[green]✓[/] no alarm")
    for row in view["pauses"]:
        until = f"until {local(row['until'], zone)}" if row["until"] else "until it is resumed"
        which = "every channel" if row["channel"] == "*" else row["channel"]
        where.print(f"[yellow]✋[/] {which} sends nothing {until}: {escape(row['reason'])}")
    made = table("source", "last read", "last news", "asked next", "how it is")
    for row in view["sources"]:
        well = "[green]✓[/]" if row["last_ok"] else "[dim]not asked yet[/]"
        how = f"[red]✗ {row['fails']}×[/] {escape(row['last_error'] or '')}" if row["fails"] else well
        moments = (row["last_ok"], row["last_changed"], row["next_poll"])
        made.add_row(row["source"], *(local(moment, zone) for moment in moments), how)
    where.print(made)
    made = table("channel", "last sent", "sent", "due", "held", "unknown", "failed", "spent this month")
    for row in view["channels"]:
        counts = (str(row[name]) for name in ("sent", "due", "held", "unknown", "failed"))
        made.add_row(row["channel"], local(row["last_sent"], zone), *counts, row["spent"])
    where.print(made)
    for row in view["issues"]:
        where.print(f"✉ {row['key']} is going out: {mailed(row) or 'its readers are gathered'}")


def print_story(view: Row) -> None:
    """One story and its posts."""
    where = console()
    print_heading(where, view)
    for one in view["editions"]:
        where.print(f"  {one['language']}  {escape(one['title'])}  [dim]{escape(one['url'])}[/]")
    made = table("channel", "language", "state", "length", "whose words", "why")
    for row in view["posts"]:
        made.add_row(
            row["channel"],
            row["language"],
            state(row["state"]) + (f"  {row['cause']}" if row["cause"] != "auto" else ""),
            size(row),
            ORIGINS[row["origin"]],
            escape("\n".join(row["reasons"])),
        )
    where.print(made)
    for row in view["issues"]:
        where.print(f"✉ {row['key']}: {mailed(row) or 'no reader'}")


def mailed(row: Row) -> str:
    """How many mails of an issue are in which state."""
    return ", ".join(f"{row[name]:,} {name}" for name in ("sent", "due", "failed", "cancelled") if row[name])


def print_heading(where: Console, view: Row) -> None:
    """The story's name, revision and state."""
    reason = f": {escape(view['reason'])}" if view["reason"] else ""
    where.print(f"[bold]{view['story']}[/]  revision {view['revision']}  [dim]{view['state']}{reason}[/]")


def print_explanation(view: Row, zone: ZoneInfo) -> None:
    """Sentence by sentence, finding by finding, act by act."""
    where = console()
    print_heading(where, view)
    for row in view["posts"]:
        why = f"  {escape(' '.join(row['reasons']))}" if row["reasons"] else ""
        where.print(f"  {row['channel']} {row['language']}  {state(row['state'])}{why}")
    for edition in view["editions"]:
        made = table(
            "",
            "source",
            "text",
            "by",
            title=f"{edition['language']} r{edition['revision']}: {ORIGINS[edition['origin']]}",
        )
        for one in edition["sentences"]:
            by = one["approver"] or one["engine"]
            made.add_row(str(one["number"]), escape(one["source"]), escape(one["text"]), escape(by or ""))
        where.print(made)
        for one in edition["findings"]:
            where.print(f"  [yellow]{one['severity']}[/]  sentence {one['number']}: {escape(one['message'])}")
    for row in view["acts"]:
        where.print(f"  [dim]{local(row['at'], zone)}[/]  {row['who']}  {row['what']}  {escape(row['detail'])}")


def print_audit(rows: Iterable[Row], zone: ZoneInfo) -> None:
    """The trail, oldest first."""
    made = table("when", "who", "what", "story", "detail")
    for row in rows:
        made.add_row(
            local(row["at"], zone),
            escape(row["who"]),
            row["what"],
            row["subject"] or "",
            escape(row["detail"]),
        )
    console().print(made)


def print_preview(shown: Iterable[Row]) -> None:
    """The text of every post with its length and price."""
    where = console()
    for row in shown:
        where.print(
            f"\n[bold]{row['channel']}[/] {row['language']}  {state(row['state'])}  "
            f"[dim]{ORIGINS[row['origin']]}, ${row['price']}[/]"
        )
        for reason in row["reasons"]:
            where.print(f"  [yellow]{escape(reason)}[/]")
        for post in row["posts"]:
            where.print(f"  [dim]{post['part']}/{post['parts']}  {post['length']:,} / {post['limit']:,}[/]")
            if subject := post["payload"].get("subject"):
                where.print(f"  [bold]{escape(subject)}[/]")
            where.print("\n".join(f"  │ {escape(line)}" for line in post["payload"]["text"].splitlines()))


def print_redactions(found: Iterable[Redaction], zone: ZoneInfo) -> None:
    """Each public post that names a person, and what can be done about it."""
    where = console()
    ways = {"edit": "the name is taken out", "delete": "the post is deleted", None: "nothing can be done any more"}
    for one in found:
        place = f"{one.story}/{one.channel}/{one.language}"
        url = f" [dim]{escape(one.url)}[/]" if one.url else ""
        where.print(f"\n[bold]{place}[/]  posted {local(one.sent_at, zone)}{url}: {ways[one.way]}")
        where.print("\n".join(f"  │ {escape(line)}" for line in one.after.splitlines()))


def print_checks(rows: Iterable[Row]) -> None:
    """One line a check with its state, and the cure below it."""
    where = console()
    for row in rows:
        mark, colour = CHECKS[row["state"]]
        where.print(f"[{colour}]{mark} {row['state']:<4}[/]  {escape(row['what'])}")
        if row["cure"]:
            where.print(f"        [dim]→ {escape(row['cure'])}[/]")


def print_trial(tried: Any) -> None:
    """A trial: statement by statement what would go out, and why what would not."""
    where = console()
    where.print(f"[bold]{escape(tried.feed)}[/]  {tried.entries} entries, language: {tried.language or 'unknown'}")
    for one in tried.statements:
        where.print(f"\n[bold underline]{escape(one['title'])}[/]  [dim]{escape(one['url'])}[/]")
        print_preview(one["channels"])
    if tried.unserved:
        where.print(
            "\n[yellow]No engine yet[/] for "
            + ", ".join(pair.replace("-", " → ") for pair in tried.unserved)
            + ": the original goes "
            "out whole, labelled as untranslated. Approved translations can be given with --memory FILE."
        )
    for reason in tried.quarantined:
        where.print(f"[red]Quarantined[/]: {escape(reason)}")
