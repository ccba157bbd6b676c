"""What an entry's body is made of: its text, the files beside it, who signed it, and whether it is only a beginning."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.feed import body, clean
from bot.feed.body import cut_short, is_excerpt
from bot.model import Block, BlockKind, Entry, Quarantined, Statement
from bot.summary import cut, summarise
from tests.test_feed_clean import BASE, H, I, M, P, Q, T, made

A, S = BlockKind.ATTACHMENT, BlockKind.SIGNATORIES


def entry(markup: str, *, is_html: bool = True, attachments: tuple[tuple[str, str], ...] = ()) -> Entry:
    return Entry(
        guid="1", link=BASE, title="Заява", markup=markup, is_html=is_html, language="be", published=None,
        published_raw="", alternates=(), digest="", attachments=attachments,
        excerpt=cut_short(markup, is_html=is_html),
    )  # fmt: skip


def texts(markup: str, **words: object) -> list[str]:
    blocks = body(entry(markup, **words), BASE)  # type: ignore[arg-type]  # passed through
    assert not isinstance(blocks, Quarantined)
    return [block.text for block in blocks]


# ---- files


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<p>Глядзі <a href='/l.pdf'>спіс</a>.</p><p>Два</p>", [(P, "Глядзі спіс."), (A, "спіс"), (P, "Два")]),
        ("<p><a href='/%D0%B7.docx'>тут</a></p>", [(P, "тут"), (A, "з.docx")]),
        ("<p>Раз <a href='/a.pdf?v=2#p3'> Download  PDF </a></p>", [(P, "Раз Download PDF"), (A, "a.pdf")]),
        ("<p>Раз <a href='/a.xlsx'><b>Штрафы</b> 2026</a></p>", [(P, "Раз Штрафы 2026"), (A, "Штрафы 2026")]),
        ("<p>Раз</p><a href='/a.zip'><img src='/i.png'></a>", [(P, "Раз"), (A, "a.zip")]),
        ("<p><a href='/a.pdf'>Ліст</a> і <a href='/a.pdf'>той жа</a></p>", [(P, "Ліст і той жа"), (A, "Ліст")]),
        ("<ol><li><a href='/a.pdf'>раз</a></li><li>два</li></ol>", [(I, "раз", 1), (A, "раз"), (I, "два", 2)]),
        ("<table><tr><td><a href='/a.pdf'>Спіс</a></td><td>12</td></tr></table>", [(T, "Спіс | 12"), (A, "Спіс")]),
        ("<p>Раз <a href='javascript:x.pdf'>Спіс</a></p>", [(P, "Раз Спіс")]),
        ("<p>Раз <a href='https://u:p@evil.invalid/x.pdf'>Спіс</a></p>", [(P, "Раз Спіс")]),
        ("<p>Раз <a href='/pdf'>Спіс</a> <a href='/a.html'>два</a></p>", [(P, "Раз Спіс два")]),
        ("<p>Раз <a href='/a.pdf'>Спіс", [(P, "Раз Спіс")]),
        ("<a href='/a.pdf'><p>Спіс</p></a>", [(P, "Спіс"), (A, "a.pdf")]),
    ],
)  # fmt: skip
def test_files(markup, expected):
    """A link to a document keeps its words in place and is named once more as a file, behind its paragraph."""
    assert made(markup) == expected


def test_file_address():
    """A file's address is absolute, and a blank in it is written as browsers do."""
    blocks = clean.blocks("<a href='files/Заява 5.pdf'>Заява</a>", is_html=True, base=BASE)
    assert blocks[1] == Block(kind=A, text="Заява", href="https://example.invalid/feed/files/Заява%205.pdf")


def test_files_of_the_feed():
    """A file that the feed names beside an entry is shown once, even when the text leads to it too."""
    pairs = (("Спіс", "https://example.invalid/l.pdf"), ("here", "https://example.invalid/m.pdf"))
    blocks = body(entry("<p>Глядзі <a href='/l.pdf'>пералік</a>.</p>", attachments=(*pairs, *pairs)), BASE)
    assert blocks[1:] == (
        Block(kind=A, text="пералік", href="https://example.invalid/l.pdf"),
        Block(kind=A, text="m.pdf", href="https://example.invalid/m.pdf"),
    )


# ---- pictures


@pytest.mark.parametrize(
    ("attributes", "href"),
    [
        ("src='/a.jpg'", "/a.jpg"),
        ("src='data:image/gif;base64,R0' data-src='/b.jpg'", "/b.jpg"),
        ("src='/empty.gif' data-lazy-src='/c.jpg'", "/c.jpg"),
        ("srcset='/d-300.jpg 300w, /d-900.jpg 900w'", "/d-300.jpg"),
        ("src='data:x' data-srcset='/e.jpg 2x'", "/e.jpg"),
    ],
)
def test_picture_that_is_loaded_late(attributes, href):
    """The address of a picture is that of the picture itself, not of what stands in for it until it is loaded."""
    (block,) = clean.blocks(f"<img alt='Плакат' {attributes}>", is_html=True, base=BASE)
    assert block == Block(kind=M, text="Плакат", href=f"https://example.invalid{href}")


def test_caption():
    """A caption is a line of its own, glued neither to the paragraph before it nor to the one behind."""
    figure = "<figure><img src=/a.jpg alt='Плакат'><figcaption>Пікет, 12 чалавек</figcaption></figure>"
    assert made(f"<p>Іх 5</p>{figure}45 чалавек") == [
        (P, "Іх 5"), (M, "Плакат"), (P, "Пікет, 12 чалавек"), (P, "45 чалавек"),
    ]  # fmt: skip
    assert made(figure.replace("alt='Плакат'", "")) == [(P, "Пікет, 12 чалавек")]


# ---- who signed

STORY = "<p>Бюро паведаміла пра 12 чалавек.</p><p>Мы патрабуем волі.</p>"


@pytest.mark.parametrize(
    "lead",
    ["Падпісанты:", "Падпісалі:", "Подписанты:", "Подписали:", "Подписи:", "Signatories:", "Signed by:", "Signed:",
     "Підписанти:", "Підписали:", "Sygnatariusze:", "Podpisali:", "ПАДПІСАНТЫ :"],
)  # fmt: skip
def test_signatories(lead):
    """Those who signed a statement are known as such in every language, whether listed or line by line."""
    names = [(S, lead), (S, "Бюро «Мройск»"), (S, "Антаніна Вярбіцкая, адвакатка")]
    listed = f"<ul>{''.join(f'<li>{text}</li>' for _, text in names[1:])}</ul>"
    assert made(f"{STORY}<p>{lead}</p>{listed}")[2:] == names
    assert made(f"{STORY}<p>{lead}<br>{'<br>'.join(text for _, text in names[1:])}</p>")[2:] == names
    assert made(f"{STORY}<h3>{lead.rstrip(' :')}</h3>{listed}")[2:] == [(S, lead.rstrip(" :")), *names[1:]]
    in_text = f"Бюро паведаміла.\n\n{lead}\n\n{names[1][1]}\n\n{names[2][1]}"
    assert made(in_text, is_html=False)[1:] == names


def test_signatories_with_more_behind():
    """A date and a line for the press behind the names leave them names, and a picture among them stays one."""
    found = made(
        f"{STORY}<p>Падпісалі:</p><p>Бюро<br>Ліга</p><p><img alt='Пячатка' src=/p.png></p><p>Кантакт: 12-34.</p>"
    )
    assert found[2:] == [(S, "Падпісалі:"), (S, "Бюро"), (S, "Ліга"), (M, "Пячатка"), (P, "Кантакт: 12-34.")]
    assert made(f"{STORY}<p>Подписали: Бюро, Лига</p>")[2:] == [(S, "Подписали: Бюро, Лига")]


@pytest.mark.parametrize(
    "markup",
    [
        "<p>Падпісалі:</p><ul><li>Бюро</li></ul>" + STORY,
        STORY + "<p>Подписали:</p><p>Депутаты приняли закон.</p>",
        STORY + "<p>Подписали</p><p>Бюро</p>",
        STORY + "<p>Бюро патрабуе:</p><ul><li>Волі</li></ul>",
        STORY + "<p>Падпісалі:</p><ul><li>вызваліць усіх</li></ul>",
        STORY + "<p>Падпісалі:</p><p>Бюро</p>" + STORY + STORY,
        STORY + "<p>Падпісалі:</p>",
        STORY + f"<p>Падпісалі:</p><p>{'Бюро Ліга ' * 20}</p>",
        STORY + "<blockquote>Падпісалі:</blockquote><p>Бюро</p>",
        STORY + "<p>Signed by the president:</p><p>The law</p>",
    ],
)
def test_no_signatories(markup):
    """A demand, a sentence or a list in the midst of a text is never taken for those who signed it."""
    assert S not in {line[0] for line in made(markup)}


def test_signatories_are_never_quoted():
    """No summary of any length quotes a name of those who signed as if it were a sentence of the statement."""
    blocks = clean.blocks(
        f"{STORY * 3}<p>Падпісанты:</p><ul><li>Бюро «Мройск» 1</li><li>Ліга 2</li></ul>", is_html=True, base=BASE
    )
    assert not isinstance(blocks, Quarantined)
    statement = Statement(
        source="s", language="be", url=BASE, title="Заява", blocks=blocks, first_seen=datetime(2026, 1, 1, tzinfo=UTC)
    )
    told = [sentence.text for sentence in summarise(statement).sentences + cut(statement, 5_000)]
    assert told and not any("Ліга" in text or "Падпісанты" in text or "«Мройск»" in text for text in told)


# ---- tables and lists


@given(st.lists(st.lists(st.integers(0, 9_999), min_size=1, max_size=4), min_size=1, max_size=5), st.data())
def test_tables_never_glue(rows, data):
    """Whatever a table is made of, each row is a line, and the figures of its cells stand apart and in order."""
    parts = ["<table>"]
    for row in rows:
        parts.append(data.draw(st.sampled_from(["<tr>", "<tr >", "<tbody><tr>", "<thead><tr>"])))
        for cell in row:
            tag = data.draw(st.sampled_from(["td", "th"]))
            before, after = data.draw(
                st.sampled_from([("", ""), ("<p>", "</p>"), ("<div><b>", "</b></div>"), ("<br>", " "), (" ", "<br/>")])
            )
            parts.append(f"<{tag} colspan=1>{before}{cell}{after}" + data.draw(st.sampled_from(["", f"</{tag}>"])))
        parts.append(data.draw(st.sampled_from(["", "</tr>"])))
    markup = "".join(parts) + "</table>5"
    assert made(markup) == [(T, " | ".join(map(str, row))) for row in rows] + [(P, "5")]


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<ol><li><p>а</p><p>б</p></li><li><p>в</p></li></ol>", [(I, "а\nб", 1), (I, "в", 2)]),
        ("<ol><li>а<br>б<ul><li>x</li></ul></li><li>в</li></ol>", [(I, "а\nб", 1), (I, "x"), (I, "в", 2)]),
        ("<ol start='0'><li>а<li>б</ol>", [(I, "а", 0), (I, "б", 1)]),
        ("<ol start=x><li>а</ol>", [(I, "а", 1)]),
        ("<ol><li>а</li></ol><ol><li>б</li></ol>", [(I, "а", 1), (I, "б", 1)]),
        ("<ol><li>а</li></ol><p>між</p><ol start=2><li>б</li></ol>", [(I, "а", 1), (P, "між"), (I, "б", 2)]),
        ("<ol type=a><li>а<li>б</ol>", [(I, "а"), (I, "б")]),
        ("<ol type=1><li>а</ol>", [(I, "а", 1)]),
        ("<ol style='list-style-type: lower-alpha'><li>а</ol>", [(I, "а")]),
        ("<ol reversed start=3><li>а<li>б</ol>", [(I, "а"), (I, "б")]),
        ("<ol><li></li><li>б</li></ol>", [(I, "б", 2)]),
        ("<ol><li><h3>а</h3>б</li></ol>", [(I, "а\nб", 1)]),
        ("<ol><li>а<table><tr><td>1<td>2</table></li><li>б</ol>", [(I, "а", 1), (T, "1 | 2"), (I, "б", 2)]),
        ("<ul><li>а<blockquote>ц</blockquote></li></ul>", [(I, "а"), (Q, "ц")]),
        ("<dl><dt>Мройск</dt><dd>12</dd><dt>Ліг</dt><dd>3</dd></dl>", [(P, "Мройск"), (P, "12"), (P, "Ліг"), (P, "3")]),
        ("<h2>а</h2><ol><li>б</ol>", [(H, "а"), (I, "б", 1)]),
    ],
)  # fmt: skip
def test_lists(markup, expected):
    """An item keeps the number that the page draws and all that belongs to it; a letter is never shown as a number."""
    assert made(markup) == expected


def test_title_once_more():
    """A title that stands above the text once more is shown once; a text that only begins like it is left alone."""
    assert texts("<h1>заява</h1><p>Бюро паведаміла.</p>") == ["Бюро паведаміла."]
    assert texts("<p>Заява бюро.</p><p>Заява</p>") == ["Заява бюро.", "Заява"]
    assert texts("<p>Заява</p>") == ["Заява"]


# ---- is it only the beginning?

CUT_BODIES = {
    "ellipsis": ("<p>Бюро паведаміла пра 12…</p>", ["Бюро паведаміла пра 12…"]),
    "three dots": ("Бюро паведаміла пра 12 ...", ["Бюро паведаміла пра 12 ..."]),
    "WordPress": ("<p>Бюро паведаміла пра 12 [&#8230;]</p>", ["Бюро паведаміла пра 12 […]"]),
    "a paragraph of its own": ("<p>Бюро паведаміла пра 12.</p><p>[&#8230;]</p>", ["Бюро паведаміла пра 12.", "[…]"]),
    "named entity": ("<p>Бюро паведаміла [&hellip;]</p>", ["Бюро паведаміла […]"]),
    "entity twice": ("<p>Бюро паведаміла [&amp;hellip;]</p>", ["Бюро паведаміла [&hellip;]"]),
    "(more...)": ("<p>Бюро паведаміла (more&hellip;)</p>", ["Бюро паведаміла (more…)"]),
    "be": ("<p>Бюро паведаміла.</p><p><a href='/1'>Чытаць далей</a></p>", ["Бюро паведаміла."]),
    "ru": ("<p>Бюро сообщило. <a href='/1'>Читать далее →</a></p>", ["Бюро сообщило."]),
    "ru word": ("<p>Бюро сообщило.</p><p>Подробнее</p>", ["Бюро сообщило."]),
    "uk": ("<p>Бюро повідомило.<br><a href='/1'>Читати далі »</a></p>", ["Бюро повідомило."]),
    "pl": ("<p>Biuro podało…</p><a href='/1'>Czytaj więcej</a>", ["Biuro podało…"]),
    "en": ("<p>The bureau said. <a class='more-link' href='/1'>Read more</a></p>", ["The bureau said."]),
    "title in the link": (
        "<p>The bureau said &hellip; <a href='/1'>Continue reading<span> \"A statement\"</span></a></p>",
        ["The bureau said …"],
    ),
    "uk, title in the link": ("<p>Бюро повідомило.</p><a href='/1'>Читати далі: Заява</a>", ["Бюро повідомило."]),
    "no link": ("<p>The bureau said ... Continue reading</p>", ["The bureau said ..."]),
    "footer": (
        "<p>The bureau said [&#8230;]</p>"
        "<p>The post <a href='/1'>A statement</a> appeared first on <a href='/'>Bureau</a>.</p>",
        ["The bureau said […]"],
    ),
    "only a link": ("<p><a href='/1'>Заява бюро</a></p>", []),
    "only a picture": ("<p><img src='/1.jpg' alt='Плакат'></p>", ["Плакат"]),
    "nothing": ("", []),
    "picture behind": ("<p>Бюро паведаміла…</p><img src='/1.jpg' alt='Плакат'>", ["Бюро паведаміла…", "Плакат"]),
}  # fmt: skip


@pytest.mark.parametrize("name", CUT_BODIES)
def test_excerpt(name):
    """A body that breaks off or leads on to the site is known as a beginning; the words that lead on are left out."""
    markup, expected = CUT_BODIES[name]
    assert entry(markup).excerpt and texts(markup) == expected
    blocks = clean.blocks(markup, is_html=True, base=BASE)
    assert not isinstance(blocks, Quarantined) and is_excerpt(blocks, markup)


WHOLE_BODIES = [
    "<p>Бюро паведаміла.</p>",
    "<p>Мы побач</p>",
    "<p>«Я не ведаю…», — сказала яна.</p><p>Суд сышоў.</p>",
    "<p>Яна маўчала…</p><p>Суд сышоў.</p>",
    "<p>Яна сказала: «Я не ведаю…»</p>",
    "<p>Мы просим рассказать об этом подробнее.</p>",
    "<p>Глядзіце <a href='/1'>заяву бюро</a></p>",
    "<p>Бюро паведаміла. <a href='/2'>Read more about our campaign</a></p>",
    "<p>Чытаць далей забаронена: кнігу прызналі экстрэмісцкай.</p>",
    "<p>Их стало далее некуда</p>",
    "<p>The bureau said.</p><p>The post A statement appeared first on Bureau.</p>",
]


@pytest.mark.parametrize("markup", WHOLE_BODIES)
def test_no_excerpt(markup):
    """A whole statement is a whole one, however short, and whatever stands in the midst of it."""
    assert not entry(markup).excerpt
    blocks = clean.blocks(markup, is_html=True, base=BASE)
    assert not isinstance(blocks, Quarantined) and not is_excerpt(blocks, markup)


def test_footer_of_the_feed():
    """What WordPress writes below every entry is no part of a statement."""
    assert texts(WHOLE_BODIES[-1]) == ["The bureau said."]
    assert texts("<p>Бюро.</p><p>Сообщение Заява появились сначала на Бюро.</p>") == ["Бюро."]
    kept = "<p>Бюро.</p><p>Запіс размовы знік.</p>"
    assert texts(kept) == ["Бюро.", "Запіс размовы знік."]


def test_plain_text_excerpt():
    """A body of plain text is judged in the same way."""
    assert entry("Бюро паведаміла [...]", is_html=False).excerpt
    assert texts("Бюро паведаміла.\n\nЧытаць далей", is_html=False) == ["Бюро паведаміла."]
    assert not entry("Бюро паведаміла 1 < 2.", is_html=False).excerpt


def test_excerpt_that_cannot_be_read():
    """Broken markup is put aside for what it is, whatever it ends with."""
    broken = "<p>Бюро <del>12</del>…</p>"
    assert not entry(broken).excerpt and isinstance(body(entry(broken), BASE), Quarantined)
