"""What a page of the site gives: every word of the statement in order, and nothing of what stands around it."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.feed import article, contains
from bot.feed.parse import CHILD
from bot.model import Article, Block, BlockKind, Quarantined
from tests.test_feed_parse import FULL

URL = "https://example.invalid/be/statement-1"
TITLE = "Заява аб затрыманнях у Мройску"
LEAD = "Праваабарончае бюро «Мройск» заклікае ўлады спыніць пераслед і вызваліць усіх затрыманых."
FIRST = "За тыдзень з 9 па 16 лістапада 2026 года ў Мройску затрымалі 1 049 чалавек, сярод іх 17 журналістаў."
DEMANDS = ("вызваліць усіх затрыманых;", "дапусціць адвакатаў да кожнага;", "выплаціць 1 250 BYN кампенсацыі.")
ROWS = (("Горад", "Затрыманыя", "Штрафы"), ("Мройск", "812", "45"), ("Вятраны", "237", "12"))
QUOTE = "«Мы не ведаем, дзе яны знаходзяцца, і нам ніхто не адказвае», — сказала Антаніна Вярбіцкая."
LAST = "Бюро працягвае збіраць звесткі пра кожнага затрыманага і дапамагае іх сем'ям."
SHORT = "Мы побач."
SIGNED = ("Бюро «Мройск»", "Ліга «Вятраны»")

STATEMENT = [
    LEAD, FIRST, "Бюро патрабуе:", *DEMANDS, *(" | ".join(row) for row in ROWS), QUOTE, LAST, SHORT,
    "Падпісанты:", *SIGNED,
]  # fmt: skip

TABLE = "<table>" + "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in ROWS) + "</table>"
LIST = f"<ol>{''.join(f'<li>{each}</li>' for each in DEMANDS)}</ol>"
NAMES = f"<ul>{''.join(f'<li>{each}</li>' for each in SIGNED)}</ul>"
PARTS = (f"<p><strong>{LEAD}</strong></p>", f"<p>{FIRST}</p>", "<p>Бюро патрабуе:</p>", LIST, TABLE,
         f"<blockquote><p>{QUOTE}</p></blockquote>", f"<p>{LAST}</p>", f"<p>{SHORT}</p>",
         "<p>Падпісанты:</p>", NAMES)  # fmt: skip
BODY = "\n".join(PARTS)


def page(inside: str, head: str = "") -> str:
    return (
        f'<!DOCTYPE html><html lang="be"><head><meta charset="utf-8"><title>{TITLE} | Бюро «Мройск»</title>{head}'
        f"<style>p {{ color: red }}</style></head><body>{inside}</body></html>"
    )


LAYOUTS = {path.stem: path.read_text("utf-8") for path in sorted((Path(__file__).parent / "pages").glob("*.html"))}


async def read(text: str, **words: str) -> Article | Quarantined:
    told = {"content_type": "text/html; charset=utf-8", "url": URL, "script": "be", **words}
    return await article(text.encode(), **told)


async def opened(text: str) -> Article:
    found = await read(text)
    assert isinstance(found, Article), found
    return found


@pytest.mark.parametrize("name", LAYOUTS)
async def test_whole_statement(name: str) -> None:
    """Every paragraph, figure, item and cell of a statement arrives in order, and nothing that is not part of it."""
    found = await opened(LAYOUTS[name])
    assert found.title == TITLE
    assert [block.text for block in found.blocks] == STATEMENT
    kinds = [block.kind for block in found.blocks]
    assert [block.ordinal for block in found.blocks if block.kind is BlockKind.ITEM] == [1, 2, 3]
    assert kinds.count(BlockKind.TABLE) == 3 and kinds[-3:] == [BlockKind.SIGNATORIES] * 3


async def refused(text: str, reason: str, **words: str) -> None:
    verdict = await read(text, **words)
    assert isinstance(verdict, Quarantined), verdict
    assert reason in verdict.reason and "\n" not in verdict.reason


FREE = (
    '<script type="application/ld+json">{"@graph": [{"@type": "NewsArticle", "isAccessibleForFree": "False"}]}</script>'
)
TEASER = f"<article><h1>{TITLE}</h1><p>{LEAD}</p><p>{FIRST}</p></article>"
CLOSED = {
    "challenge": (
        page("<h1>Just a moment...</h1><p>Checking your browser before accessing example.invalid</p>"),
        "challenge",
    ),
    "challenge by its script": (page('<div class="cf-turnstile"></div><p>Пачакайце, калі ласка.</p>'), "challenge"),
    "captcha": (page("<h1>Подтвердите, что вы не робот</h1>"), "challenge"),
    "said to be closed": (page(TEASER, head=FREE), "not free"),
    "paywall": (page(TEASER + '<div class="paywall-overlay">Падпішыцеся, каб чытаць далей</div>'), "paywall"),
    "members only": (page(TEASER + '<aside class="gh-post-upgrade-cta">Only for members</aside>'), "paywall"),
    "empty": ("", "cut short"),
    "no HTML": ("%PDF-1.7 \x01\x02", "cut short"),
    "no article": (page("<nav><a href=/>Галоўная</a></nav>"), "no article"),
    "NUL": (page(TEASER + "\0"), "NUL"),
    "struck-out words": (page(TEASER.replace("1 049", "<del>1 049</del> 12")), "struck-out"),
    "hidden words": (page(TEASER.replace("1 049", "<span style='display:none'>не</span> 1 049")), "hidden"),
    "cut in the text": (LAYOUTS["wordpress"][: LAYOUTS["wordpress"].index(LAST) + 9], "cut short"),
}


@pytest.mark.parametrize("name", CLOSED)
async def test_no_certain_text(name: str) -> None:
    """A page that does not openly give its whole text is put aside with its reason, never read as a statement."""
    await refused(*CLOSED[name])


async def test_a_word_about_captchas_closes_nothing() -> None:
    """A statement that speaks of access denied, or a page with a protected form, is a statement all the same."""
    told = "<p>На пытанне пра капчу (captcha) суд адказаў: access denied. " + f"{LEAD} {FIRST} " * 12 + "</p>"
    found = await opened(
        page(f"<article><h1>{TITLE}</h1>{told}{BODY}</article><form><div class=g-recaptcha></div></form>")
    )
    assert found.blocks[0].text.startswith("На пытанне")


async def test_the_words_are_the_pages_own() -> None:
    """Figures stay apart, footnotes and links keep their sense, pictures and files come with words and address."""
    inside = (
        f"<p>Іх 15<sup>1</sup> чалавек, <a href='/r'>паведаміла</a> бюро праваабаронцаў Мройска ў панядзелак.</p>"
        f"<p>{FIRST}</p>"
        "<figure><img src='/1.jpg' alt='Плакат «Волю!»'><figcaption>Пікет у Мройску</figcaption></figure>"
        f"<p>{LEAD} <a href='/files/list.pdf'>Спіс затрыманых</a></p>"
    )
    found = await opened(page(f"<header><a href=/>Бюро</a></header><article><h1>{TITLE}</h1>{inside}</article>"))
    assert found.blocks == (
        Block(kind=BlockKind.PARAGRAPH, text="Іх 15¹ чалавек, паведаміла бюро праваабаронцаў Мройска ў панядзелак."),
        Block(kind=BlockKind.PARAGRAPH, text=FIRST),
        Block(kind=BlockKind.IMAGE, text="Плакат «Волю!»", href="https://example.invalid/1.jpg"),
        Block(kind=BlockKind.PARAGRAPH, text="Пікет у Мройску"),
        Block(kind=BlockKind.PARAGRAPH, text=f"{LEAD} Спіс затрыманых"),
        Block(kind=BlockKind.ATTACHMENT, text="Спіс затрыманых", href="https://example.invalid/files/list.pdf"),
    )


async def test_files_of_the_page() -> None:
    """A list of nothing but links to files belongs to the statement, not to what surrounds it."""
    files = "".join(f"<li><a href='/f/{name}.pdf'>{name}</a></li>" for name in ("Прысуд", "Скарга"))
    links = "<ul><li><a href=/1>Мройск</a><li><a href=/2>Суд</a></ul>"
    inside = f"<p>{LEAD}</p><p>{FIRST}</p><ul>{files}</ul><p>{LAST}</p>{links}"
    found = await opened(page(f"<article><h1>{TITLE}</h1>{inside}</article>"))
    assert [block.text for block in found.blocks if block.kind is BlockKind.ATTACHMENT] == ["Прысуд", "Скарга"]
    assert found.blocks[-1].text == LAST


async def test_other_languages() -> None:
    """The other languages that a page names are absolute addresses of the web, at most twenty, each once."""
    links = "".join(f'<link rel="alternate" hreflang="l{n}" href="/{n}">' for n in range(25))
    head = (
        '<link rel="alternate" hreflang="en" href="/en/1"><link rel="alternate" hreflang="x-default" href="/">'
        '<link rel="alternate" hreflang="ru" href="javascript:1">'
        '<link rel="alternate" type="application/rss+xml" href="/feed">'
        f'<link rel="alternate" hreflang="en" href="/en/1">{links}'
    )
    found = await opened(page(f"<article><h1>{TITLE}</h1>{BODY}</article>", head=head))
    assert found.alternates[:2] == (("en", "https://example.invalid/en/1"), ("l0", "https://example.invalid/0"))
    assert len(found.alternates) == 20 and not {"ru", "x-default"} & {language for language, _ in found.alternates}


@pytest.mark.parametrize(
    ("head", "inside", "title"),
    [
        ("", f"<h1> Заява\n<b>бюро</b> №5 </h1>{BODY}", "Заява бюро №5"),
        ("", f"<h1>Бюро «Мройск»</h1><article><h1>{TITLE}</h1>{BODY}</article>", TITLE),
        ('<meta property="og:title" content="Заява &amp; зварот">', BODY, "Заява & зварот"),
        ("", BODY, TITLE),
    ],
)  # fmt: skip
async def test_title(head: str, inside: str, title: str) -> None:
    """The title is the page's own heading, else what its head says without the name of the site."""
    assert (await opened(page(f"<main>{inside}</main>", head=head))).title == title


@pytest.mark.parametrize(
    ("charset", "content_type", "meta"),
    [
        ("windows-1251", "text/html; charset=windows-1251", ""),
        ("windows-1251", "text/html", '<meta charset="windows-1251">'),
        ("koi8-r", "text/html", '<meta http-equiv="Content-Type" content="text/html; charset=koi8-r">'),
        ("utf-8", "text/html; charset=iso-8859-1", ""),
        ("utf-8-sig", "text/html", ""),
    ],
)
async def test_encodings(charset: str, content_type: str, meta: str) -> None:
    """A page in an older encoding is read when it is rightly labelled, and a wrong label on UTF-8 is forgiven."""
    russian = "<p>За неделю в Мройске задержали 1 049 человек, среди них 17 журналистов и двое врачей.</p>" * 3
    inside = f"<article><h1>Заявление</h1>{russian}</article>"
    text = f"<html><head><title>Заявление</title>{meta}</head><body>{inside}</body></html>"
    found = await article(text.encode(charset), content_type=content_type, url=URL, script="ru")
    assert isinstance(found, Article) and found.blocks[0].text.startswith("За неделю в Мройске задержали 1 049 человек")


async def test_wrong_encoding() -> None:
    """A page whose label lies is put aside and never becomes nonsense letters."""
    body = LAYOUTS["hugo"].replace("utf-8", "iso-8859-1").encode("windows-1251", "replace")
    verdict = await article(body, content_type="text/html", url=URL, script="be")
    assert isinstance(verdict, Quarantined) and "encoding" in verdict.reason


HOSTILE = {
    "nested": "<div>" * 20_000 + TEASER + "</div>" * 5_000,
    "many tags": "<b>" * 100_000,
    "references": "&amp;" * 200_000,
    "comments": "<!--" * 20_000,
    "long line": "<p>" + "слова " * 300_000 + "</p>",
    "tables": "<table><tr><td>" * 8_000 + FIRST,
    "attributes": "<p " + " ".join(f"a{n}=1" for n in range(20_000)) + f">{FIRST}</p>",
    "links": f"<div>{'<a href=/>x</a>' * 9_000}</div>" + TEASER,
    "broken tags": "<a <b <i " * 3_000 + TEASER,
    "paragraphs": f"<p>{FIRST}</p>" * 2_000,
    "boxes": f"<div><div>{FIRST}</div>" * 2_000,
    "deep JSON": '<script type="application/ld+json">' + "[" * 100_000 + "</script>" + TEASER,
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_page(name: str) -> None:
    """The worst pages cost no more than the reader's bounds, and the next page is read."""
    verdict = await read(page(HOSTILE[name]))
    assert isinstance(verdict, Quarantined | Article)
    if isinstance(verdict, Quarantined):
        assert "code" not in verdict.reason and len(verdict.reason) < 300, verdict


async def test_too_large() -> None:
    """A page above five million bytes is not even handed to the reader."""
    await refused(page("x" * 5_000_001), "5,000,000")


def test_reader_of_pages_cannot_fetch() -> None:
    """The reader of pages can open neither a file nor a socket, so no page can make it fetch or read anything."""
    code = (
        f"import sys; sys.path.insert(0, {str(CHILD.parent)!r}); import page, socket; page.load_trafilatura()\n"
        "for act in (socket.socket, lambda: open('/etc/hostname')):\n"
        "    try:\n        act()\n        print('opened')\n    except OSError as error:\n        print(error.errno)"
    )
    out = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, check=True, text=True).stdout
    assert out.split() == ["24", "24"]  # EMFILE


@settings(max_examples=60 if FULL else 6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(LAYOUTS)), st.floats(0, 1))
def test_cut_page(name: str, share: float) -> None:
    """A page that is cut at any place is put aside: half a statement is never taken for the whole."""
    whole = LAYOUTS[name].encode()
    cut = whole[: int(share * (len(whole) - len("</html>")))]
    told = article(cut, content_type="text/html; charset=utf-8", url=URL, script="be")
    assert isinstance(asyncio.run(told), Quarantined)


def made(*texts: str) -> tuple[Block, ...]:
    return tuple(Block(kind=BlockKind.PARAGRAPH, text=text) for text in texts)


@pytest.mark.parametrize(
    ("excerpt", "expected"),
    [
        (made(f"{LEAD} За тыдзень з 9 па 16 лістапада 2026…"), True),
        (made(LEAD, "За тыдзень з 9 па 16 лістапада […]"), True),
        (made("праваабарончае бюро \"Мройск\"\u00a0— заклікае ўлады"), True),
        (made("дапамагае іх сем’ям."), True),
        (made("Яны затрымалі 1 049 чала..."), False),
        (made("затрымалі 1 094 чалавек"), False),
        (made("не ведаем, дзе яны", LEAD), False),
        (made("барончае бюро «Мройск»"), False),
        (made("Мы ведаем, дзе яны знаходзяцца"), False),
        ((), True),
    ],
)  # fmt: skip
def test_contains(excerpt: tuple[Block, ...], expected: bool) -> None:
    """A page stands for an excerpt only when it says the excerpt's words in their order, whatever the typography."""
    assert contains(made(*STATEMENT), excerpt) is expected


def test_contains_takes_pictures_for_no_text() -> None:
    """The words of a picture in a feed need not be on the page, and those on the page prove nothing."""
    picture = Block(kind=BlockKind.IMAGE, text="Плакат")
    assert contains(made(LEAD), (picture, *made("Праваабарончае бюро"))) is True
    assert contains((picture,), made("Плакат")) is False
