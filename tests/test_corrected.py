"""A corrected post says so and when; a withdrawn one leaves a notice that repeats nothing of it."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest

import channels
from bot.errors import SettingsError
from bot.model import Checked, Origin
from bot.rendering import Templates, notice, render
from channels import Post, TooLong
from channels.newsletter.issue import LEAVE
from tests import test_rendering
from tests.test_rendering import CATALOGUES, KINDS, SOURCES, TEMPLATES, TITLE, edition

DAY = date(2026, 11, 25)
CORRECTED = {
    "be": "Выпраўлена 25 лістапада 2026\xa0г.",
    "ru": "Исправлено 25 ноября 2026\xa0г.",
    "en": "Corrected on 25 November 2026",
}
WITHDRAWN = {
    "be": "Гэты допіс адкліканы 25 лістапада 2026\xa0г.",
    "ru": "Эта публикация отозвана 25 ноября 2026\xa0г.",
    "en": "This post was withdrawn on 25 November 2026.",
}


def posts(kind: str, checked: Checked, templates: Templates = TEMPLATES, **values: Any) -> tuple[Post, ...]:
    module = channels.load(kind)
    settings = module.Settings.model_construct(kind=kind)
    made = render(
        checked, kind=kind, channel=module, settings=settings, templates=templates, organisation="Дуброва", **values
    )
    assert not isinstance(made, TooLong)
    return made


def notices(kind: str, language: str, templates: Templates = TEMPLATES, **values: Any) -> tuple[Post, ...]:
    module = channels.load(kind)
    settings = module.Settings.model_construct(kind=kind)
    return notice(
        language,
        kind=kind,
        channel=module,
        settings=settings,
        templates=templates,
        organisation="Дуброва",
        on=DAY,
        **values,
    )


def lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line.strip()]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["be", "ru", "en"])
def test_a_corrected_post_says_so_right_under_its_title(kind: str, language: str) -> None:
    """On every channel and in every language, the day of the correction is the first thing after the title."""
    checked = edition(origin=Origin.MACHINE, language=language)
    made = posts(kind, checked, corrected=DAY)
    shown = lines(made[0].text)
    assert shown[shown.index(TITLE) + 1] == CORRECTED[language]
    if made[0].html is not None:
        shown = lines(re.sub(r"<[^>]*>", "\n", made[0].html[made[0].html.index("<h1") :]))
        assert shown[shown.index(TITLE) + 1] == CORRECTED[language]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["be", "ru", "en"])
def test_a_post_that_was_not_corrected_does_not_say_so(kind: str, language: str) -> None:
    """The first posting bears no such line, and its letter no such subject."""
    for post in posts(kind, edition(origin=Origin.MACHINE, language=language)):
        said = str(post.payload())
        assert CORRECTED[language].split()[0] not in said
        assert post.subject in (None, TITLE)


def test_the_subject_of_a_correcting_letter_says_what_it_is() -> None:
    """A reader sees in the list of letters that this one corrects another."""
    subjects = {
        language: posts("newsletter", edition(origin=Origin.MACHINE, language=language), corrected=DAY)[0].subject
        for language in CORRECTED
    }
    assert subjects == {
        "be": f"Выпраўленне: {TITLE}",
        "ru": f"Исправление: {TITLE}",
        "en": f"Correction: {TITLE}",
    }


def test_the_day_weighs_no_more_on_x_than_it_looks() -> None:
    """The narrow no-break space of dates, which X counts twice, is in no post, and the words stay bound together."""
    for kind in KINDS:
        for language in CORRECTED:
            made = (*posts(kind, edition(language=language), corrected=DAY), *notices(kind, language))
            assert not any("\u202f" in str(post.payload()) for post in made)
    assert notices("x", "be")[0].length == len(WITHDRAWN["be"])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["be", "ru", "en"])
def test_a_withdrawn_post_leaves_a_dated_notice_and_nothing_else(kind: str, language: str) -> None:
    """The notice says that and when the post was withdrawn; no title, no name and no link of the statement is in it."""
    (made,) = notices(kind, language)
    assert WITHDRAWN[language] in made.text
    assert kind == "newsletter" or made.text == WITHDRAWN[language]
    said = re.sub(r'xmlns:?\w*="[^"]*"', "", str(made.payload()))
    assert set(re.findall(r"https?://[\w./-]*", said)) <= {LEAVE}
    assert TITLE not in said
    assert not made.media
    assert not made.buttons
    if made.html is not None:
        assert WITHDRAWN[language] in made.html
        assert made.subject in ("Допіс адкліканы", "Публикация отозвана", "A post was withdrawn")


def test_every_part_of_a_thread_gets_the_notice() -> None:
    """A withdrawn thread of three gets three notices, each with its own number, all the same."""
    made = notices("x", "be", parts=3)
    assert [(one.part, one.parts) for one in made] == [(1, 3), (2, 3), (3, 3)]
    assert len({one.hash for one in made}) == 1


def test_a_shipped_telegram_post_has_one_link_and_no_button() -> None:
    """The way to the full statement stands once in a post, in its text, where it survives copying."""
    assert not any("button" in name for name in SOURCES)


@pytest.mark.parametrize("lost", ["withdrawn-post.mjml.j2", "withdrawn-post.txt.j2", "withdrawn-subject.txt.j2"])
def test_a_notice_that_lacks_a_template_stops_the_start_and_names_it(lost: str) -> None:
    """A kind that has one template of a notice needs all that its channel asks for."""
    lacking = {name: source for name, source in SOURCES.items() if name != f"newsletter/{lost}"}
    with pytest.raises(SettingsError, match=re.escape(f"templates/newsletter lacks {lost}")):
        Templates(lacking, CATALOGUES).check(["newsletter"], ["be"])


@pytest.mark.parametrize(
    ("name", "source", "named"),
    [
        ("telegram/post.html.j2", "<b>{{ title }}</b>{% if corrected %}{{ missing }}{% endif %}", "'missing'"),
        ("telegram/withdrawn-post.html.j2", "{{ withdrwn }}", "withdrawn-post.html.j2: 'withdrwn'"),
        ("telegram/withdrawn-post.html.j2", "{{ title }}", "withdrawn-post.html.j2: 'title'"),
        ("telegram/withdrawn-post.html.j2", "<b>{{ withdrawn }}", "telegram/withdrawn-…: <b>"),
        ("telegram/withdrawn-post.html.j2", "{% for a in range(5000) %}а{% endfor %}", "must fit in one part"),
        ("x/withdrawn-post.txt.j2", "{% for a in range(9) %}{{ withdrawn }}\n{% endfor %}", "must fit in one part"),
    ],
)
def test_a_wrong_line_for_a_correction_or_withdrawal_is_found_at_the_start(name: str, source: str, named: str) -> None:
    """What only shows on a bad day is tried on the first: a correction, and the notice of a withdrawal."""
    with pytest.raises(SettingsError, match=re.escape(named)):
        Templates({**SOURCES, name: source}, CATALOGUES).check([name.split("/", 1)[0]], ["be"])


pigeon = test_rendering.pigeon


@pytest.mark.usefixtures("pigeon")
def test_a_channel_without_a_notice_still_posts() -> None:
    """A new channel need say nothing of withdrawals: it posts all the same, and only its notice is refused, by name."""
    templates = Templates({**SOURCES, "pigeon/note.txt.j2": "{{ title }}"}, CATALOGUES)
    templates.check(["pigeon"], ["be"])
    assert posts("pigeon", edition(), templates)[0].text == TITLE
    with pytest.raises(SettingsError, match=re.escape("templates/pigeon lacks withdrawn-note.txt.j2")):
        notices("pigeon", "be", templates)


def test_the_templates_of_a_notice_are_never_used_for_a_post() -> None:
    """A post is laid out by its own templates alone, and a notice by its own, in its own language."""
    sources = {
        "telegram/post.html.j2": "post",
        "telegram/withdrawn-post.html.j2": "notice",
        "telegram/withdrawn-post.be.html.j2": "апавяшчэнне",
    }
    templates = Templates(sources, CATALOGUES)
    assert posts("telegram", edition(), templates)[0].text == "post"
    assert notices("telegram", "ru", templates)[0].text == "notice"
    assert notices("telegram", "be", templates)[0].text == "апавяшчэнне"
