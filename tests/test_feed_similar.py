"""When two statements are one that was edited, and when an address was given to another one. All invented."""

import os
import time
from dataclasses import replace

import pytest

from bot.feed.identity import REUSED, SIMILAR, body_hash, content_hash, similar
from bot.model import Block, BlockKind

HOSTILE = bool(os.environ.get("VESTKA_HOSTILE"))
TITLES = {
    "be": "Заява пра ўмовы ў калоніі Мройска пасля зімовых праверак",
    "ru": "Заявление об условиях в колонии Мройска после зимних проверок",
    "en": "Statement on the conditions in the colony of Mrojsk after the winter checks",
}
BODIES = {
    "be": "Учора з калоніі прыйшлі лісты. У іх людзі пішуць пра холад у камерах, пра малы паёк і пра доўгія праверкі "
    "на двары. Адміністрацыя не адказала на запыт. Мы просім лекара наведаць хворых.",
    "ru": "Вчера из колонии пришли письма. В них люди пишут о холоде в камерах, о малом пайке и о долгих проверках "
    "во дворе. Администрация не ответила на запрос. Мы просим врача посетить больных.",
    "en": "Letters came from the colony yesterday. In them people write about cold cells, small rations and long "
    "checks in the yard. The administration did not answer. We ask a doctor to visit the sick.",
}
OTHERS = {
    "be": ("Новая вежа над возерам", "Гарадскі сад чакае гасцей: тут пасадзілі ліпы і паставілі лаўкі ля вады."),
    "ru": ("Новая башня над озером", "Городской сад ждёт гостей: здесь посадили липы и поставили скамейки у воды."),
    "en": ("A new tower by the lake", "Guests are awaited where lime trees and benches now stand along some water."),
}
SIGNED = Block(kind=BlockKind.SIGNATORIES, text="Таварыства «Ліпа», Саюз вежаў")


def block(text: str, kind: BlockKind = BlockKind.PARAGRAPH) -> Block:
    return Block(kind=kind, text=text)


def texts(language: str) -> tuple[str, tuple[Block, ...]]:
    return TITLES[language], (block(BODIES[language]),)


@pytest.mark.parametrize("language", ["be", "ru", "en"])
def test_an_edit_of_a_word_stays_similar(language: str) -> None:
    """A typing error put right in title or body leaves two texts that are offered as one."""
    title, (body,) = texts(language)
    edited = (title.replace("о", "а", 1).replace("d", "b", 1), (replace(body, text=body.text + " Post scriptum."),))
    assert SIMILAR <= similar((title, (body,)), edited) < 1.0
    assert similar((title, (body,)), (title.upper(), (replace(body, text=body.text.replace(" ", "  ")),))) == 1.0


@pytest.mark.parametrize("language", ["be", "ru", "en"])
def test_the_smaller_of_title_and_body_counts(language: str) -> None:
    """An equal title over another text, or an equal text under another title, is not the same statement."""
    (title, body), (other, text) = texts(language), OTHERS[language]
    assert similar((title, body), (title, (block(text),))) < REUSED
    assert similar((title, body), (other, body)) < REUSED
    assert similar((title, body), (other, (block(text),))) < REUSED
    assert similar((title, ()), (other, ())) < REUSED


@pytest.mark.parametrize("language", ["be", "ru", "en"])
def test_half_rewritten_is_neither(language: str) -> None:
    """A text of which half was written anew is neither called the same nor called another one."""
    title, (body,) = texts(language)
    words = body.text.split()
    half = replace(body, text=" ".join([*words[: len(words) // 2], *(word[::-1] for word in words[len(words) // 2 :])]))
    assert REUSED <= similar((title, (body,)), (title, (half,))) < SIMILAR


def test_signatures_and_pictures_do_not_count() -> None:
    """A joint statement is the same one with other signatures, another picture, or none."""
    title, body = texts("be")
    picture = Block(kind=BlockKind.IMAGE, text="Вежа", href="https://example.invalid/a.jpg")
    file = Block(kind=BlockKind.ATTACHMENT, text="PDF", href="https://example.invalid/a.pdf")
    for more in ((SIGNED,), (picture,), (file,), (SIGNED, picture, file)):
        assert similar((title, body), (title, (*body, *more))) == 1.0
        assert body_hash(title, body) == body_hash(title, (*body, *more))
        assert content_hash(title, body) != content_hash(title, (*body, *more))


def test_the_body_hash_sees_every_word() -> None:
    """One other word, in the title or in the text, is another statement to the hash."""
    title, (body,) = texts("be")
    assert body_hash(title, (body,)) != body_hash(title + " 2", (body,))
    assert body_hash(title, (body,)) != body_hash(title, (replace(body, text=body.text + " Але."),))
    assert body_hash(title, (body,)) == body_hash(f" {title}", (replace(body, text=body.text.replace(" ", "\u00a0")),))


def test_long_texts_are_compared_quickly() -> None:
    """Two texts of 300,000 characters do not stop the service, however much they differ."""
    one = " ".join(f"слова{i % 977}" for i in range(32_000))
    other = " ".join(f"слова{i * 7 % 983}" for i in range(32_000))
    assert len(one) > 280_000
    start = time.perf_counter()
    similar(("Заява", (block(one),)), ("Заява", (block(other),)))
    middle = time.perf_counter()
    similar(("Заява", (block(one),)), ("Справаздача", (block(other),)))
    end = time.perf_counter()
    assert middle - start < (1.0 if HOSTILE else 5.0)
    assert end - middle < 0.01
