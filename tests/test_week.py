"""A week of an organisation's site, hour by hour: what went where, what waited, and what the officers were told."""

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from pathlib import Path

from bot.store import ledger
from tests.lookout import MONDAY, Lookout, Page, Site, lookout
from tests.web import answer

CHALLENGE = answer(
    b"<!DOCTYPE html><html><head><title>Just a moment...</title></head><body><script src='/cdn-cgi/challenge-platform/"
    b"h/b/orchestrate/chl_page/v1'></script></body></html>",
    403,
    content_type="text/html",
    cf_mitigated="challenge",
    server="cloudflare",
)


HOUR = timedelta(hours=1)
CLIP = 110
LANGUAGES = ("be", "ru", "en")
WORDS = {
    "be": ("Суды Мройска пакаралі {figure} чалавек", "Справа {slug}: вырак абскарджаны {day} ліпеня 2026 года."),
    "ru": ("Суды Мройска наказали {figure} человек", "Дело {slug}: приговор обжалован {day} июля 2026 года."),
    "en": (
        "The courts of Mrojsk punished {figure} people",
        "Case {slug}: the verdict was appealed on {day} July 2026.",
    ),
}


def statement(slug: str, language: str, hour: int, figure: int, **more: object) -> Page:
    """One edition of an invented statement, of an hour counted from Monday, 8 o'clock."""
    title, text = (words.format(figure=figure, slug=slug, day=6 + hour // 24) for words in WORDS[language])
    return Page(
        path=f"/{language}/{slug}",
        title=f"{title}: {slug}",
        text=f"{title}.\n\n{text}",
        at=MONDAY + hour * HOUR,
        guid=f"http://site.invalid/{language}/?p={slug}",
        **more,  # type: ignore[arg-type]  # the fields of a page
    )


def publish(site: Site, slug: str, hour: int, figure: int, *languages: str, **more: object) -> None:
    """The site publishes a statement in some languages."""
    for language in languages:
        site.publish(language, statement(slug, language, hour, figure, **more))


def correct(site: Site) -> None:
    """The site finds that there were 43 people, not 42."""
    (page,) = (page for page in site.feeds["be"] if page.path == "/be/beta")
    page.title, page.text = page.title.replace("42", "43"), page.text.replace("42", "43")


def withdraw(site: Site) -> None:
    """The site takes a statement down without a word."""
    site.feeds["be"] = [page for page in site.feeds["be"] if page.path != "/be/gamma"]


def migrate(site: Site) -> None:
    """A new site: every address and every identifier is another one, the texts are the old ones."""
    for pages in site.feeds.values():
        for page in pages:
            page.path, page.guid = f"/archive{page.path}.html", page.guid.replace("http://", "https://new.")


def go_down(site: Site, reply: bytes, *names: str) -> None:
    """The web server gives this answer to whoever asks for these feeds."""
    site.down = dict.fromkeys(names, reply)


SCRIPT: dict[int, Callable[[Site], object]] = {
    2: lambda site: publish(site, "alpha", 2, 31, "be"),
    3: lambda site: publish(site, "alpha", 3, 31, "ru"),
    4: lambda site: publish(site, "alpha", 4, 31, "en"),
    6: lambda site: publish(site, "beta", 6, 42, "be"),
    25: correct,
    28: lambda site: publish(site, "gamma", 28, 55, *LANGUAGES),
    31: withdraw,
    40: lambda site: go_down(site, answer(b"", 503), *LANGUAGES),
    60: lambda site: [publish(site, f"quiet-{i}", 42 + 12 * i, 60 + i, *LANGUAGES) for i in range(5)],
    112: lambda site: go_down(site, answer(b"", 503)),
    120: lambda site: go_down(site, CHALLENGE, "en"),
    125: lambda site: go_down(site, CHALLENGE),
    130: migrate,
    140: lambda site: publish(site, "delta", 140, 77, *LANGUAGES),
}
# The site is looked at before and after each event, and every six hours otherwise.
HOURS = sorted({0, *(hour + more for hour in SCRIPT for more in (-1, 0, 0.5, 1, 2, 3.5, 5)), *range(0, 7 * 24, 6)})


async def live(house: Lookout) -> None:
    """The week, from Monday, 8 o'clock."""
    for language in LANGUAGES:
        house.site.publish(language, *(statement(f"old-{i}", language, -24 * (9 - i), 20 + i) for i in range(3)))
    for hour in HOURS:
        for due in [one for one in SCRIPT if one <= hour and one not in house.done]:
            SCRIPT[due](house.site)
            house.done.add(due)
        house.now = MONDAY + hour * HOUR
        await house.look()


POSTED = """
Mon 10:30 | s4/r1/telegram-be/be/1/auto | sent
Mon 11:30 | s4/r2/telegram-ru/ru/1/auto | sent
Mon 12:30 | s4/r3/telegram-en/en/1/auto | sent
Mon 14:30 | s5/r1/telegram-be/be/1/auto | sent
Mon 17:00 | s5/r1/telegram-ru/ru/1/auto | sent
Mon 17:00 | s5/r1/telegram-en/en/1/auto | sent
Tue 12:30 | s6/r3/telegram-be/be/1/auto | sent
Tue 12:30 | s6/r3/telegram-ru/ru/1/auto | sent
Tue 12:30 | s6/r3/telegram-en/en/1/auto | sent
Sat 00:30 | s7/r3/telegram-be/be/1/auto | sent
Sat 00:30 | s7/r3/telegram-ru/ru/1/auto | sent
Sat 00:30 | s7/r3/telegram-en/en/1/auto | sent
Sat 00:30 | s8/r3/telegram-be/be/1/auto | sent
Sat 00:30 | s8/r3/telegram-ru/ru/1/auto | sent
Sat 00:30 | s8/r3/telegram-en/en/1/auto | sent
Sat 00:30 | s9/r3/telegram-be/be/1/auto | sent
Sat 00:30 | s9/r3/telegram-ru/ru/1/auto | sent
Sat 00:30 | s9/r3/telegram-en/en/1/auto | sent
Sat 00:30 | s10/r3/telegram-be/be/1/auto | sent
Sat 00:30 | s10/r3/telegram-ru/ru/1/auto | sent
Sat 00:30 | s10/r3/telegram-en/en/1/auto | sent
Sat 00:30 | s11/r3/telegram-be/be/1/auto | sent
Sat 00:30 | s11/r3/telegram-ru/ru/1/auto | sent
Sat 00:30 | s11/r3/telegram-en/en/1/auto | sent
Sun 04:30 | s12/r3/telegram-be/be/1/auto | sent
Sun 04:30 | s12/r3/telegram-ru/ru/1/auto | sent
Sun 04:30 | s12/r3/telegram-en/en/1/auto | sent
"""
WAITING = """
s6 | held | Its entry has gone from the feed although older ones are still there: it was probably withdrawn.
s5 | telegram-be | The text has changed since this was posted; nothing public is changed by itself. It changes…
s5 | telegram-ru | The text has changed since this was posted; nothing public is changed by itself. It changes…
s5 | telegram-en | The text has changed since this was posted; nothing public is changed by itself. It changes…
"""
TOLD = """
Tue 09:00 The site has edited s5 after it was posted (a fact: 42 → 43): Суды Мройска пакаралі 42 чалавек: beta…
Tue 09:30 s5 waits for a person: Суды Мройска пакаралі 43 чалавек: beta: The text has changed since this was p…
Tue 15:00 s6 has gone from the feed be although older entries are still there: Суды Мройска пакаралі 55 чалаве…
Wed 00:00 The source be cannot be read since 2026-07-08 01:00: the site answers 503. Look at the site; if it h…
Wed 00:00 The source ru cannot be read since 2026-07-08 01:00: the site answers 503. Look at the site; if it h…
Wed 00:00 The source en cannot be read since 2026-07-08 01:00: the site answers 503. Look at the site; if it h…
Thu 01:00 still, since 2026-07-08 02:00: The source be cannot be read since 2026-07-08 01:00: the site answers…
Thu 01:00 still, since 2026-07-08 02:00: The source ru cannot be read since 2026-07-08 01:00: the site answers…
Thu 01:00 still, since 2026-07-08 02:00: The source en cannot be read since 2026-07-08 01:00: the site answers…
Fri 02:00 still, since 2026-07-08 02:00: The source be cannot be read since 2026-07-08 01:00: the site answers…
Fri 02:00 still, since 2026-07-08 02:00: The source ru cannot be read since 2026-07-08 01:00: the site answers…
Fri 02:00 still, since 2026-07-08 02:00: The source en cannot be read since 2026-07-08 01:00: the site answers…
Sat 00:00 over since 2026-07-11 02:00: The source be cannot be read since 2026-07-08 01:00: the site answers 5…
Sat 00:00 over since 2026-07-11 02:00: The source ru cannot be read since 2026-07-08 01:00: the site answers 5…
Sat 00:00 over since 2026-07-11 02:00: The source en cannot be read since 2026-07-08 01:00: the site answers 5…
Sat 08:00 The source en cannot be read since 2026-07-11 09:00: an anti-bot page (Cloudflare) stands before the…
Sat 13:00 over since 2026-07-11 15:00: The source en cannot be read since 2026-07-11 09:00: an anti-bot page (…
Sat 18:00 Most statements of be have come under new identifiers: the site seems to have moved. They are not po…
Sat 18:00 Most statements of ru have come under new identifiers: the site seems to have moved. They are not po…
Sat 18:00 Most statements of en have come under new identifiers: the site seems to have moved. They are not po…
"""


def table(rows: Iterable[Sequence[object]]) -> str:
    """Rows as the tables above are written, their long lines clipped."""
    lines = (" | ".join(map(str, row)) for row in rows)
    return "\n" + "".join((line if len(line) <= CLIP else f"{line[:CLIP]}…") + "\n" for line in lines)


async def test_a_week_of_the_site(tmp_path: Path) -> None:
    """Each statement went once to every channel, nothing old went out again, and officers were told what was wrong."""
    async with lookout(tmp_path, LANGUAGES, translation={"wait_for_editions": "3h"}) as house:
        await live(house)
        async with house.pipeline.store.read() as c:
            rows = await ledger.deliveries(c)
        posted = [(f"{row['sent_at']:%a %H:%M}", row["key"], row["state"]) for row in rows]
        assert table(posted) == POSTED
        held = [(story, state, reason) for story, state, reason in await house.stories() if state == "held"]
        assert table([*held, *await house.held()]) == WAITING
        assert table([line] for line in house.told) == TOLD
