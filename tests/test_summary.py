"""What a summary may say: whole sentences of the statement, the weightier first, and nothing that hangs in the air."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model import Block, BlockKind, Sentence, Statement, Summary
from bot.summary import ANNOUNCEMENT, STANDARD, Source, characters, cut, of_text, summarise, written

LEAD = "Суд у Верхнягорску 12 ліпеня 2024 г. прысудзіў Алену Крыніцкую да 3 гадоў калоніі паводле арт. 411."
FACTS = "Паводле праваабаронцаў, у краіне застаюцца 1 049 палітычных зняволеных, 17 з іх цяжка хворыя."
LEANING = "Гэта трэці прысуд за 2024 год."
INTRO = "Мы патрабуем ад улад наступнага:"
DEMANDS = ("Вызваліць Алену Крыніцкую.", "Дапусціць да яе лекара.", "Спыніць пераслед яе сям'і.")
MORE = "Адвакат Ян Рудзік падаў скаргу 15 ліпеня, разгляд чакаецца праз 10 дзён у Мінску."


def paragraph(text: str) -> Block:
    return Block(kind=BlockKind.PARAGRAPH, text=text)


def statement(*blocks: Block, language: str = "be", title: str = "") -> Statement:
    return Statement(
        source="site",
        language=language,
        url="https://example.invalid/1",
        title=title,
        blocks=blocks,
        first_seen=datetime(2024, 7, 12, tzinfo=UTC),
    )


def shown(summary: Summary, characters: int) -> list[str]:
    """The sentences of the cut with that figure."""
    found = next((cut for cut in summary.cuts if cut.characters == characters), None)
    return [] if found is None else [summary.sentences[i].text for i in found.sentences]


def listed(*items: str) -> list[Block]:
    return [Block(kind=BlockKind.ITEM, text=item, ordinal=n) for n, item in enumerate(items, 1)]


def everything(*blocks: Block, title: str = "") -> list[str]:
    """What is shown when there is room for all that may be shown."""
    return [sentence.text for sentence in cut(statement(*blocks, title=title), 100_000)]


def test_only_prose_is_shown() -> None:
    """Headings, pictures, tables, attachments and lists of signatories never get into a post."""
    others = [
        Block(kind=kind, text="Нешта іншае напісана тут словамі.")
        for kind in BlockKind
        if kind not in (BlockKind.PARAGRAPH, BlockKind.ITEM, BlockKind.QUOTATION)
    ]
    assert everything(paragraph(LEAD), *others, paragraph(FACTS)) == [LEAD, FACTS]


def test_a_typed_heading_is_not_shown() -> None:
    """A short line without a full stop is taken for a heading, even when the site did not mark it as one."""
    assert everything(paragraph(LEAD), paragraph("Што вядома пра справу"), paragraph(FACTS)) == [LEAD, FACTS]


def test_lines_without_full_stops_are_better_than_none() -> None:
    """A statement of nothing but lines without a full stop is told by them, though never by its title or an intro."""
    lines = ("Алену Крыніцкую вызвалілі", "Яе сустрэла маці", "Суд працягнецца ў пятніцу")
    told = [paragraph(line) for line in (*lines, INTRO, "Навіна з суда")]
    assert everything(*told, title="Навіна з суда") == list(lines)
    assert everything(paragraph(LEAD), *told, title="Навіна з суда") == [LEAD]


def test_a_count_of_some_is_never_told_without_all() -> None:
    """Where there is no room for a sentence, one that counts "the latter" does not take its place beside another."""
    all_, some, last = (
        "Some 50 people were detained in Upper Hill on Monday evening.",
        "Of them, 20 were women.",
        "The latter died in May.",
    )
    told = statement(paragraph(f"{all_} {some} {last}"), language="en")
    assert [sentence.text for sentence in cut(told, 1000)] == [all_, some, last]
    assert [sentence.text for sentence in cut(told, 86)] == [all_, some]
    assert cut(told, 50) == ()


def test_a_footnote_makes_no_heading() -> None:
    """A short sentence whose full stop carries a footnote is no heading."""
    assert everything(paragraph(LEAD), paragraph("Суд маўчыць.¹")) == [LEAD, "Суд маўчыць.¹"]


@pytest.mark.parametrize("copy", [LEAD, LEAD.upper()])
def test_the_title_is_not_said_twice(copy: str) -> None:
    """A sentence that only repeats the title is left out."""
    assert everything(paragraph(copy), paragraph(FACTS), title=LEAD.rstrip(".")) == [FACTS]


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("Бюро патрабуе вызваліць хворых", "Бюро патрабуе вызваліць 9 хворых."),
        ("Суд вызваліў Алену Крыніцкую", "Суд не вызваліў Алену Крыніцкую."),
    ],
)
def test_what_says_more_than_the_title_is_said(title: str, body: str) -> None:
    """A sentence with one figure, or one "not", more than the title is no copy of it and is never dropped."""
    assert everything(paragraph(body), title=title) == [body]


def test_a_sentence_is_not_said_twice() -> None:
    """A sentence that the site repeats is shown once."""
    assert everything(paragraph(LEAD), paragraph(FACTS), paragraph(LEAD)) == [LEAD, FACTS]


def test_an_intro_without_its_list_is_not_shown() -> None:
    """A line that ends with a colon and announces nothing that follows is left out."""
    assert everything(paragraph(LEAD), paragraph(INTRO), paragraph(FACTS)) == [LEAD, FACTS]


def test_a_quotation_that_nobody_says_is_not_shown() -> None:
    """A sentence that is nothing but somebody's words, without the speaker, is left out."""
    assert everything(paragraph(LEAD), paragraph("«Мы чакаем справядлівага суда.»"), paragraph(FACTS)) == [LEAD, FACTS]


def test_a_quoted_block_needs_the_sentence_before_it() -> None:
    """A quoted block is never shown without the words that say whose it is."""
    quoted = Block(kind=BlockKind.QUOTATION, text="Мы чакаем суда. Нас трымалі 17 дзён, 5 чалавек захварэлі.")
    told = statement(paragraph("Маці кажа:"), quoted)
    assert cut(told, 1000)[0].text == "Маці кажа:"
    assert cut(told, 60) == ()
    untold = statement(paragraph("Маці расказала."), quoted)
    assert len(cut(untold, 1000)) == 3
    assert [sentence.text for sentence in cut(untold, 60)] == ["Маці расказала."]


def test_a_leaning_sentence_comes_with_the_one_before() -> None:
    """A sentence that opens with "this" is shown with the sentence it points at, or not at all."""
    told = statement(paragraph(f"{LEAD} {LEANING}"))
    assert [sentence.follows for sentence in cut(told, 1000)] == [False, True]
    assert cut(told, len(LEANING) + 5) == ()
    assert cut(statement(paragraph(LEAD), paragraph(LEANING)), len(LEANING) + 5) == ()
    week = "This week 5 people were detained in Upper Hill."
    assert not any(s.follows for s in summarise(statement(paragraph(f"{week} {week[:-1]}s."), language="en")).sentences)


def test_a_list_goes_in_whole() -> None:
    """When there is room, a list is shown with its intro and every item, under one name."""
    summary = summarise(statement(paragraph(LEAD), paragraph(INTRO), *listed(*DEMANDS)))
    assert shown(summary, 280) == [LEAD, INTRO, *DEMANDS]
    assert [sentence.enumeration for sentence in summary.sentences] == [None, 0, 0, 0, 0]
    assert [sentence.ordinal for sentence in summary.sentences] == [None, None, 1, 2, 3]


def test_a_long_list_is_announced() -> None:
    """When a list is too long for a cut, its count is announced after the sentence before it, and no item is shown."""
    items = [f"{demand[:-1]} без усякіх умоў і затрымак." for demand in DEMANDS * 2]
    summary = summarise(statement(paragraph(LEAD), paragraph(INTRO), *listed(*items), paragraph(FACTS)))
    small = summary.cuts[0]
    assert INTRO not in shown(summary, 280)
    assert not set(items) & set(shown(summary, 280))
    assert small.announced == ((next(i for i, s in enumerate(summary.sentences) if s.text == LEAD), 6),)
    assert characters(summary.sentences[i] for i in small.sentences) + ANNOUNCEMENT <= 280
    assert set(items) <= set(shown(summary, 1000))
    assert summary.cuts[-1].announced == ()


@pytest.mark.parametrize("marks", [("1. ", "2. ", "3. "), ("4) ", "5) ", "6) "), ("— ",) * 3, ("• ",) * 3])
def test_a_typed_list_is_a_list(marks: tuple[str, ...]) -> None:
    """A list that was typed as paragraphs stands or falls like any other, and its marks are not part of its words."""
    typed = [paragraph(mark + demand) for mark, demand in zip(marks, DEMANDS, strict=True)]
    summary = summarise(statement(paragraph(LEAD), paragraph(INTRO), *typed))
    assert [sentence.text for sentence in summary.sentences] == [LEAD, INTRO, *DEMANDS]
    assert {sentence.enumeration for sentence in summary.sentences[1:]} == {0}


def test_one_number_makes_no_list() -> None:
    """A paragraph that happens to open with a number keeps it."""
    assert everything(paragraph(LEAD), paragraph("5. студзеня была яшчэ адна сустрэча ў судзе горада.")) == [
        LEAD,
        "5. студзеня была яшчэ адна сустрэча ў судзе горада.",
    ]


def test_a_list_without_an_intro_needs_the_sentence_before() -> None:
    """A list that no colon announces is shown only with the sentence before it."""
    told = statement(paragraph(LEAD), *listed(*DEMANDS))
    assert cut(told, 1000)[1].follows
    assert [s.text for s in cut(told, characters(cut(told, 1000)) - 1)] == [LEAD]


def test_a_list_under_a_heading_stands_alone() -> None:
    """A list under a heading leans on no earlier sentence, and is not shown when its items cannot open a sentence."""
    heading = Block(kind=BlockKind.HEADING, text="Патрабаванні")
    told = cut(statement(paragraph(LEAD), heading, *listed(*DEMANDS)), 1000)
    assert [sentence.follows for sentence in told] == [False] * 4
    assert everything(paragraph(LEAD), heading, *listed("вызваліць яе;", "спыніць пераслед.")) == [LEAD]


def test_only_as_many_labels_as_there_is_room_for() -> None:
    """A list that cannot be quoted is announced only where its label fits, after the nearest sentence before it."""
    heading = Block(kind=BlockKind.HEADING, text="Патрабаванні")
    hidden = [heading, *listed("вызваліць яе;", "спыніць пераслед.")]
    summary = summarise(statement(paragraph(f"{LEAD} {FACTS}"), *hidden, *hidden, *hidden))
    assert [made.announced for made in summary.cuts] == [((1, 2),), ((1, 2),) * 3]
    long = [
        paragraph(f"Сведка нумар {n} расказаў суду пра тое, што бачыў у той дзень сваімі вачыма.") for n in range(20)
    ]
    for count in range(20):
        told = summarise(statement(paragraph(LEAD), *hidden, *long[:count]))
        for made in told.cuts:
            used = characters(told.sentences[i] for i in made.sentences)
            assert used + ANNOUNCEMENT * len(made.announced) <= made.characters


def test_one_item_after_a_colon_is_a_list_and_unordered_numbers_are_not() -> None:
    """After a colon a single typed item is a list; numbers that do not count on are part of their paragraphs."""
    assert everything(paragraph(LEAD), paragraph(INTRO), paragraph("1. " + DEMANDS[0])) == [LEAD, INTRO, DEMANDS[0]]
    loose = [f"{n}. {demand}" for n, demand in zip((5, 9), DEMANDS, strict=False)]
    assert everything(paragraph(LEAD), *map(paragraph, loose)) == [LEAD, *loose]


def test_a_longer_cut_keeps_the_shorter() -> None:
    """What the short cut says is never traded for one long sentence when there is a little more room."""
    long = LEAD[:-1] + ", а таксама 25 дзён, 30 гадзін і 45 хвілін " + "вельмі доўгага чакання " * 6 + "у судзе."
    told = statement(paragraph(long), paragraph("Маці асуджанай чакала навіны каля брамы ўвесь дзень."))
    assert len(long) > 280
    assert cut(told, len(long)) == tuple(summarise(told).sentences[i] for i in summarise(told).cuts[0].sentences)


PLAIN = "Журналісты чакалі навіны каля гарадскога будынка ўвесь вечар."


@pytest.mark.parametrize(
    ("first", "better"),
    [
        ("Ганьба!", PLAIN),
        (PLAIN, "Перад залам стаялі маўклівыя Алена Крыніцкая, Ян Рудзік ды іншыя."),
    ],
)
def test_weight_decides_between_two(first: str, better: str) -> None:
    """A cry gives way to a plain sentence, and that to one which names people."""
    told = statement(paragraph(first), paragraph(better))
    assert [s.text for s in cut(told, max(len(first), len(better)))] == [better]


def test_the_opening_counts_more_than_one_figure_far_below() -> None:
    """The first sentence is preferred to a late one that merely carries a figure."""
    fillers = [paragraph(f"{letter * 9} {letter * 8} {letter * 7}.") for letter in "бвгджзклмн"]
    late = PLAIN.replace("вечар", "дзень 5")
    told = statement(paragraph("Маці асуджанай прыйшла з кветкамі да самай брамы."), *fillers, paragraph(late))
    assert cut(told, 70)[0].text.startswith("Маці")


def test_figures_names_and_place_decide() -> None:
    """The opening and the sentence with the figures come before slogans, which come last."""
    slogans = [f"Праўда {word} за любую сцяну ў нашым доме." for word in ("мацней", "вышэй", "даўжэй")]
    told = statement(paragraph(" ".join([LEAD, *slogans, FACTS])))
    assert [sentence.text for sentence in cut(told, 200)] == [LEAD, FACTS]
    middle = [
        paragraph("Праўда мацней за любую сцяну ў нашым доме."),
        paragraph("Надзея вышэй за кожны плот вакол двара."),
    ]
    assert everything(*middle)[0] == shown_first(*middle)


def shown_first(*blocks: Block) -> str:
    """The single sentence that is shown when there is room for one."""
    return cut(statement(*blocks), 50)[0].text


def test_what_the_text_speaks_of_decides() -> None:
    """Among sentences without figures, the one that shares its words with the others is shown first."""
    stray = "Надвор'е ў той вечар было хмарнае, халоднае, ветранае паўсюль."
    told = (
        f"Журналісты чакалі прысуду каля будынка гарадскога суда. {stray} Прысуд гарадскога суда журналісты пачулі каля"
        " будынка. Прысуду чакалі журналісты гарадскога выдання."
    )
    assert stray not in [sentence.text for sentence in cut(statement(paragraph(told)), 130)]


def test_a_sentence_too_long_for_any_cut_is_better_than_none() -> None:
    """When no sentence fits, the best one is kept whole; a cut to a length never breaks its word."""
    long = LEAD[:-1] + ", а таксама " + "і ".join(f"вельмі доўгае тлумачэнне {n} " for n in range(60)) + "ўсё."
    summary = summarise(statement(paragraph(long)))
    assert [sentence.text for sentence in summary.sentences] == [long]
    assert [made.characters for made in summary.cuts] == [len(long)]
    assert cut(statement(paragraph(long)), 1000) == ()
    assert len(cut(statement(paragraph(long)), len(long))) == 1


def test_equal_cuts_keep_their_figures() -> None:
    """A short statement has the same words in both cuts, so that each is found by its figure."""
    summary = summarise(statement(paragraph(LEAD)))
    assert [made.characters for made in summary.cuts] == [280, 1000]
    assert shown(summary, 280) == shown(summary, 1000) == [LEAD]
    assert summarise(statement()).cuts == ()


def test_characters_count_one_space_or_a_blank_line() -> None:
    """Sentences of one paragraph are counted with one space between them, paragraphs with a blank line."""
    told = cut(statement(paragraph(f"{LEAD} {LEANING}"), paragraph(FACTS)), 1000)
    assert characters(told) == len(f"{LEAD} {LEANING}\n\n{FACTS}")


FILE = (
    f"\ufeffНавіна з суда\r\n\r\n{LEAD}\r\n{FACTS}\r\n\r\n{INTRO}\r\n- {DEMANDS[0]}\r\n- {DEMANDS[1]}\r\n\r\n{MORE}\r\n"
)


def test_a_file_is_read_as_it_is() -> None:
    """A plain text file with Windows line ends and a byte order mark is read; its first line is the title."""
    source = of_text(FILE, "be")
    assert source.title == "Навіна з суда"
    assert of_text("Адзін радок", "be").title == ""
    told = cut(source, 10_000)
    assert [sentence.text for sentence in told] == [LEAD, FACTS, INTRO, *DEMANDS[:2], MORE]
    assert all(FILE[sentence.start : sentence.end] == sentence.text for sentence in told)


def test_a_wrapped_line_is_no_title() -> None:
    """A paragraph that was wrapped by hand stays one sentence, even where a line opens with a dash."""
    wrapped = "Суд у Верхнягорску прысудзіў яе\nда 3 гадоў калоніі,\n— паведаміла маці асуджанай Алены."
    assert [sentence.text for sentence in cut(of_text(wrapped, "be"), 1000)] == [wrapped]


def test_an_officers_words_are_kept_in_order() -> None:
    """An officer's own words are all there, in order, cut only between sentences and never inside a list."""
    text = f"Коратка\n\n{LEAD} {LEANING}\n\n{INTRO}\n1. {DEMANDS[0]}\n2. {DEMANDS[1]}\n\n" + " ".join([FACTS, MORE] * 6)
    summary = written(text, "be", "Загаловак")
    assert summary.written and summary.title == "Загаловак"
    assert [s.text for s in summary.sentences][:4] == ["Коратка", LEAD, LEANING, INTRO]
    assert [made.characters for made in summary.cuts] == [280, 1000, characters(summary.sentences)]
    assert shown(summary, 280) == ["Коратка", LEAD, LEANING, INTRO, *DEMANDS[:2]]
    short = written(f"{LEAD} {FACTS}\n\n{INTRO}\n- {DEMANDS[0] * 3}\n- {DEMANDS[1]}", "be", "")
    assert shown(short, 280) == [LEAD, FACTS]
    assert all(text[s.start : s.end] == s.text for s in summary.sentences)


POOL = [
    LEAD,
    FACTS,
    LEANING,
    INTRO,
    MORE,
    *DEMANDS,
    "Але суд маўчыць!",
    "«Мы чакаем!»",
    "Коратка",
    "1. Першае.",
    "2. Другое.",
]
POOL += [
    "This is so.",
    "Dr. Ann Lea met 5 people.",
    "Суд отказал И. П. Верхову.",
    "Zgodnie z art. 411 k.k. trwa.",
    "\n— Так.",
]
blocks = st.lists(
    st.builds(
        Block,
        kind=st.sampled_from([BlockKind.PARAGRAPH, BlockKind.ITEM, *BlockKind]),
        text=st.lists(st.sampled_from(POOL), max_size=5).map(" ".join) | st.text(max_size=30),
    ),
    max_size=12,
)
statements = st.builds(
    lambda blocks, language: statement(*blocks, language=language, title=LEAD),
    blocks,
    st.sampled_from(["be", "ru", "en", "uk", "pl"]),
)


def sound(sentences: tuple[Sentence, ...], told: Statement | Source) -> None:
    """Verbatim, in order, nothing without what it leans on, lists whole."""
    assert all(told.text[s.start : s.end] == s.text for s in sentences)
    assert [s.start for s in sentences] == sorted({s.start for s in sentences})
    full = cut(told, 10**6)
    for sentence in sentences:
        assert not sentence.follows or full[full.index(sentence) - 1] in sentences
    for group in {s.enumeration for s in sentences} - {None}:
        assert [s for s in full if s.enumeration == group] == [s for s in sentences if s.enumeration == group]
    assert not sentences or not sentences[-1].text.endswith(":") or sentences[-1].kind is not BlockKind.PARAGRAPH


@settings(deadline=None)
@given(statements)
def test_cuts_are_nested_verbatim_and_within_their_length(told: Statement) -> None:
    """Every cut fits its figure, its labels included, and the larger shows all that the smaller shows."""
    summary = summarise(told)
    smaller: set[int] = set()
    for made in summary.cuts:
        sentences = tuple(summary.sentences[i] for i in made.sentences)
        sound(sentences, told)
        assert characters(sentences) + ANNOUNCEMENT * len(made.announced) <= made.characters
        assert smaller <= set(made.sentences)
        assert all(i in made.sentences for i, _ in made.announced)
        smaller = set(made.sentences)
    assert not summary.cuts or smaller == set(range(len(summary.sentences)))


@settings(deadline=None)
@given(statements, st.integers(0, 1500))
def test_any_length_extends_the_cut_below_it(told: Statement, length: int) -> None:
    """For any length the sentences fit, and hold those of the largest standard cut that is not longer."""
    sentences = cut(told, length)
    sound(sentences, told)
    assert characters(sentences) <= length
    below = [made for made in summarise(told).cuts if made.characters <= length]
    if below:
        summary = summarise(told)
        assert {summary.sentences[i] for i in below[-1].sentences} <= set(sentences)


@settings(deadline=None)
@given(st.text(max_size=200) | st.lists(st.sampled_from([*POOL, "\n", "\r\n\r\n", "- ", "\ufeff"])).map("".join))
def test_offsets_count_into_any_file(text: str) -> None:
    """Whatever a file holds, each sentence is found at its offsets, and an officer's words lose nothing."""
    source = of_text(text, "be")
    sound(cut(source, 10**6), source)
    assert all(text[s.start : s.end] == s.text for s in written(text, "be", "").sentences)


def test_a_long_statement_is_ranked_at_once() -> None:
    """A statement of 43 sentences is summarised in a few milliseconds, a list of 500 names within a second."""
    told = statement(*[paragraph(f"{n} {LEAD} {FACTS} {MORE}") for n in range(14)])
    best = min(timed(told) for _ in range(5))
    assert best < 0.06, "the promise is 15 ms on an idle machine; this allows for a busy one"
    assert (
        timed(replace(told, blocks=(paragraph(INTRO), *listed(*[f"Асоба {n}. Ёй 5 гадоў." for n in range(500)])))) < 2
    )


def timed(told: Statement) -> float:
    start = time.perf_counter()
    summarise(told)
    return time.perf_counter() - start


def test_the_standard_lengths_are_those_of_the_channels() -> None:
    """The two cuts are those that a short post and a long message need."""
    assert STANDARD == (280, 1000)
