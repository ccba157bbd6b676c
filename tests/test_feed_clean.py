"""What a reader may rely on when HTML becomes text: nothing glued, nothing invented, nothing that nobody can see."""

import time

import pytest

from bot.feed import clean, discover
from bot.model import Block, BlockKind, Quarantined

P, H, I, Q, T, M = (  # noqa: E741  # one letter each, for tables of expectations
    BlockKind.PARAGRAPH, BlockKind.HEADING, BlockKind.ITEM, BlockKind.QUOTATION, BlockKind.TABLE, BlockKind.IMAGE,
)  # fmt: skip
BASE = "https://example.invalid/feed/"


def made(markup, is_html=True):
    result = clean.blocks(markup, is_html=is_html, base=BASE)
    assert not isinstance(result, Quarantined), result
    return [
        (block.kind, block.text) if block.ordinal is None else (block.kind, block.text, block.ordinal)
        for block in result
    ]


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<p>Іх 12</p><p>45 чалавек</p>", [(P, "Іх 12"), (P, "45 чалавек")]),
        ("<h2>Заява 5</h2>20 чалавек", [(H, "Заява 5"), (P, "20 чалавек")]),
        ("<h2>Заява<br>5</h2>", [(H, "Заява 5")]),
        ("<ul><li>1 250 BYN</li><li>3 лекары</li></ul>", [(I, "1 250 BYN"), (I, "3 лекары")]),
        ("<ul><li>1 250 BYN<li>3 лекары</ul>конец", [(I, "1 250 BYN"), (I, "3 лекары"), (P, "конец")]),
        ("<li>1 250 BYN</li><li>3 лекары</li>", [(I, "1 250 BYN"), (I, "3 лекары")]),
        ("12<br>45", [(P, "12"), (P, "45")]),
        ("12<br/>45<hr>6", [(P, "12"), (P, "45"), (P, "6")]),
        ("12<unknown-tag>45", [(P, "12"), (P, "45")]),
        ("18<sup>th</sup> day", [(P, "18 th day")]),
        ("<b>12</b>45 <i>чал</i>авек", [(P, "1245 чалавек")]),
        ("1\u00a0250   BYN\n\t5", [(P, "1\u00a0250 BYN 5")]),
        ("<p>Сказала: <q>не</q>.</p>", [(P, "Сказала: “не”.")]),
        ("<blockquote><p>Раз.</p><p>Два.</p></blockquote>Три", [(Q, "Раз."), (Q, "Два."), (P, "Три")]),
        ("<ol><li>а</li><li>б</li></ol>", [(I, "а", 1), (I, "б", 2)]),
        ("<ol start=4><li>а<li>б<li value='9'>в<li>г</ol>", [(I, "а", 4), (I, "б", 5), (I, "в", 9), (I, "г", 10)]),
        ("<ol><li><p>а</p><p>далей</p></li><li>б</li></ol>", [(I, "а\nдалей", 1), (I, "б", 2)]),
        ("<ol><li>а<ul><li>x</li></ul>хвост</li><li>б</li></ol>", [(I, "а", 1), (I, "x"), (P, "хвост"), (I, "б", 2)]),
        ("<ol><li>а<ol><li>x<li>y</ol></li><li>б</ol>", [(I, "а", 1), (I, "x", 1), (I, "y", 2), (I, "б", 2)]),
        ("<ol reversed><li>а</ol>", [(I, "а")]),
        (
            "<table><caption>Штрафы</caption><tr><td>12</td><td>34</td></tr><tr><th>a<br>b<td>c</table>5",
            [(P, "Штрафы"), (T, "12 | 34"), (T, "a b | c"), (P, "5")],
        ),
        ("<table><tr><td>x<table><tr><td>1<td>2</table><td>y</table>", [(T, "x 1 2 | y")]),
        ("<table><tr><td><ol><li>а<li>б</ol></table>", [(T, "1. а 2. б")]),
        ("До<script>1<b></script><style>p{}</style><!-- c -->после", [(P, "Допосле")]),
        ("<head><title>т</title></head><body>текст</body>", [(P, "текст")]),
        ("<svg><text>12</text></svg>текст", [(P, "текст")]),
        ("a &lt;b&gt; &amp;amp; &#8470;5 &copy; 1 < 2", [(P, "a <b> &amp; №5 © 1 < 2")]),
        ("<p title='>'>x</p>", [(P, "x")]),
        ("<p>Раз <img src='/a.jpg' alt='Плакат'> два</p>три", [(P, "Раз два"), (M, "Плакат"), (P, "три")]),
        ("Раз <img alt='🎉' src=x> два<img src='https://t.invalid/pixel'>", [(P, "Раз 🎉 два")]),
        ("", []),
        ("<p> </p>", []),
    ],
)  # fmt: skip
def test_blocks(markup, expected):
    """Each piece of a page is one block, and numbers that stand apart on the page stay apart."""
    assert made(markup) == expected


def test_image_address():
    """A picture's address is absolute and of the web, or none."""
    (one, two) = clean.blocks("<img alt=a1 src='/x.png'><img alt=b1 src='data:x'>", is_html=True, base=BASE)
    assert one == Block(kind=M, text="a1", href="https://example.invalid/x.png") and two.href is None


@pytest.mark.parametrize("tag", ["del", "s", "strike"])
def test_struck_out(tag):
    """Struck-out words go to a person: what still holds is not for a machine to say."""
    verdict = clean.blocks(f"<p>Іх <{tag}>12</{tag}> 45</p>", is_html=True, base=BASE)
    assert isinstance(verdict, Quarantined) and "struck-out" in verdict.reason


@pytest.mark.parametrize(
    "tag",
    ["span style='text-decoration: line-through;'", "p style='TEXT-DECORATION-LINE :Line-Through'",
     "u style='text-decoration:underline line-through'"],
)  # fmt: skip
def test_struck_out_by_style(tag):
    """Words that are struck out by their style alone go to a person like any others."""
    verdict = clean.blocks(f"<p>Іх <{tag}>15</{tag.split()[0]}> 5 чалавек</p>", is_html=True, base=BASE)
    assert isinstance(verdict, Quarantined) and "struck-out" in verdict.reason


@pytest.mark.parametrize(
    "tag",
    ["span style='display:none'", "div hidden", "p HIDDEN=until-found", "p style='color:red; DISPLAY : None!important'",
     "b style='visibility:\nhidden'", "li style='display:/* so */none'"],
)  # fmt: skip
def test_hidden_words(tag):
    """Words that the page hides from its readers, such as a draft's, go to a person and are never published."""
    verdict = clean.blocks(f"<p>Яны <{tag}>не </{tag.split()[0]}>вінаваты</p>", is_html=True, base=BASE)
    assert isinstance(verdict, Quarantined) and "hidden text" in verdict.reason


def test_what_is_not_hidden_is_read():
    """Ordinary style holds nothing up, a hidden picture is left out, and what only screen readers skip is read."""
    assert made("<p style='display:block; text-decoration:underline' aria-hidden=true>Раз</p hidden>") == [(P, "Раз")]
    assert made("<p>Раз 12<img style='display:none' alt='лічыльнік' src=x>45</p>") == [(P, "Раз 12 45")]


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("1 049<sup>1</sup> чалавек", "1 049¹ чалавек"),
        ("10<sup>6</sup> м<sup>2</sup>", "10⁶ м²"),
        ("10<sup>-3</sup>", "10⁻³"),
        ("H<sub>2</sub>O", "H₂O"),
        ("15<sup>1,2</sup> чалавек", "15¹,² чалавек"),
        ("15<sup>1</sup><sup>2</sup> чалавек", "15¹ ² чалавек"),
        ("15<sup>1</sup>20", "15¹ 20"),
        ("15<sup><b>1</b></sup>", "15¹"),
        ("15<sup>1 чалавек</p>", "15 1 чалавек"),
        ("15<sup>1</sub> чалавек", "15 1 чалавек"),
        ("<p><sup></p><p>5</sup> чалавек", "5 чалавек"),
    ],
)
def test_small_figures(markup, text):
    """A raised or lowered figure stays raised or lowered: 15 with a footnote is neither 151 nor 15 and 1."""
    assert [block.text for block in clean.blocks(markup, is_html=True, base=BASE)] == [text]


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("Іх 15<sup><a href='#f1'>1</a></sup> чалавек", "Іх 15 чалавек"),
        ("Іх 15<a href='https://example.invalid/p#f1'><sup>1</sup></a> чалавек", "Іх 15 чалавек"),
        ("Іх 15<sup>[1]</sup> чалавек", "Іх 15 чалавек"),
        ("Іх 15<sup>[<a href='#f1'>1</a>]</sup>20", "Іх 15 20"),
        ("Іх 15<sup>[1]</sup>\u200b20", "Іх 15 20"),
        ("Іх 15<a href='#f1'><sup>1</sup></a>20", "Іх 15 20"),
        ("Іх 15<sup>2<a href='#f1'>1</a></sup>", "Іх 15²¹"),
        ("<a href='#f1'>Плошча 10<sup>6</sup> м</a>", "Плошча 10⁶ м"),
        ("Іх 15<sup><a href='/f'>1</a></sup>", "Іх 15¹"),
        ("Яны<sup><a href='#f1'>не</a></sup> вінаваты", "Яны не вінаваты"),
        ("<a href='#f1'><p><sup>5</sup></a> чалавек", "⁵ чалавек"),
    ],
)
def test_footnote_marks(markup, text):
    """A footnote's mark is left out, and nothing is glued where it stood; other links keep their words."""
    assert [block.text for block in clean.blocks(markup, is_html=True, base=BASE)] == [text]


@pytest.mark.parametrize(
    "markup",
    ["a\x00b", "text <a href='x", "text <a href=x", "text <!-- x", "<script>x", "<svg>x", "<![CDATA[x]]>",
     "&#" + "9" * 5_000 + ";", "<ul><li>" * 100],
)  # fmt: skip
def test_broken_markup(markup):
    """Markup that would swallow or confuse the rest of a statement is quarantined, never guessed at."""
    assert isinstance(clean.blocks(markup, is_html=True, base=BASE), Quarantined)


def test_plain_text_body():
    """A body of plain text keeps its paragraphs and its listed lines, and shows tags as they were typed."""
    assert made("Раз\nдва <b>\n\n1. адзін\n2. два\n", is_html=False) == [
        (P, "Раз два <b>"),
        (P, "1. адзін"),
        (P, "2. два"),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\u202eb\u200bc\ufeffd\u2066e\u00ad", "abcde"),
        ("12\x8445\x85\u20286", "1245 6"),
        ("две\r\nстроки\x0b тут", "две строки тут"),
        ("👩\u200d⚕️ врач\u200d", "👩\u200d⚕️ врач"),
        ("и\u0306", "й"),
        (" <b>не</b>  тэг ", "<b>не</b> тэг"),
    ],
)
def test_plain(text, expected):
    """A title is one line of visible characters; its look-alike tags stay as written."""
    assert clean.plain(text) == expected


@pytest.mark.parametrize(
    "markup",
    ["<!--" * 5_000, "<a " * 5_000 + "x" * 200_000, "<div>" * 5_000, "<ul><li>" * 2_500,
     "&amp;" * 50_000, "</ul>" * 5_000,
     "<a" + " a=1" * 70_000 + ">", "<p " + "\"" * 250_000, "<table><tr><td>" * 1_600, "<b>" + " " * 290_000,
     "<" * 5_000,
     "<script></script>" * 5_000, "<p a='" * 5_000, "<svg>" * 5_000, "<q>" * 5_000,
     "<sup>1</sup>" * 23_000, "<sup>" * 5_000 + "1" + "</sup>" * 5_000, "<sup><a href=#> </a>" * 4_000,
     "<sup>" + " " * 290_000 + "</sup>", "<p style='" + "display/*" * 30_000 + "'>",
     "&#" * 50_000, "<ol>" * 60 + "<li>" * 4_000],
)  # fmt: skip
def test_hostile_markup_is_quick(markup):
    """The worst markup within the caps takes less than a second."""
    started = time.perf_counter()
    clean.blocks(markup, is_html=True, base=BASE)
    assert time.perf_counter() - started < 1


def test_discover():
    """A page's own feed is found by the link that names it, and never outside the web."""
    page = b'<link rel=stylesheet href=x><LINK REL="alternate" TYPE="application/rss+xml" HREF="/feed/?a=1&amp;b=2">'
    assert discover(page, "https://example.invalid/") == "https://example.invalid/feed/?a=1&b=2"
    assert discover(page.replace(b"/feed/", b"javascript:"), "https://example.invalid/") is None
    assert discover(page.replace(b"rss+xml", b"feed+json"), "https://example.invalid/") is not None
    assert discover(page.replace(b"rss+xml", b"json"), "https://example.invalid/") is None
    assert discover(b"<p>nothing</p><!-- ", "https://example.invalid/") is None
