"""What goes into a letter: headers that survive decoding, parts that arrive as written, nothing injected."""

from __future__ import annotations

import base64
import os
import random
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from email import message_from_bytes
from email.message import Message

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

import channels
from channels import Draft, Envelope, Post, TooLong
from channels.newsletter import LIMIT, Settings, compose, cost, digest, length, specimen
from channels.newsletter import message as mail
from channels.newsletter.issue import LEAVE, Plan, Reader
from channels.newsletter.message import DamagedMessage, build, header_text, unfolded

HOSTILE = bool(os.environ.get("VESTKA_HOSTILE"))
HEADERS = ["From", "Subject", "To", "Message-ID", "List-Unsubscribe", "List-Unsubscribe-Post", "List-Id", "Date"]
HEADERS += ["Auto-Submitted", "Content-Language", "MIME-Version", "Content-Type"]


def settings(sender: str = "Дуброва <news@example.invalid>") -> Settings:
    return Settings.model_validate({"kind": "newsletter", "languages": ["be", "ru", "en"], "from": sender})


def envelope(**values: str) -> Envelope:
    date = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
    return Envelope(**{"key": "s1/r1/news/be/1/auto", "channel": "news", "language": "be", "date": date, **values})  # type: ignore[arg-type]


def rendered(subject: str = "s", text: str = "Тэкст\n", html: str = "<p>Тэкст</p>") -> dict[str, str]:
    """What templates make of a statement."""
    return {
        "subject.txt": subject,
        "post.txt": f"{text}\n{LEAVE}\n",
        "post.mjml": f'<mjml><mj-body><mj-raw>{html}<a href="{LEAVE}">x</a></mj-raw></mj-body></mjml>',
        "discreet.txt": text,
        "item.txt": text,
        "item.mjml": f"<mj-raw>{html}</mj-raw>",
    }


def composed(words: dict[str, str]) -> tuple[Post, ...] | TooLong:
    return compose(Draft(language="be", title="", sentences=(), link="", rendered=words), settings())


def letter(subject: str, text: str = "Тэкст\n", html: str = "<p>Тэкст</p>\n") -> Post:
    outcome = composed(rendered(subject, text, html))
    assert not isinstance(outcome, TooLong)
    return outcome[0]


def sent(post: Post, sender: str = "Дуброва <news@example.invalid>", **values: str) -> tuple[bytes, Message]:
    outcome = specimen(post, envelope(**values), settings(sender))
    assert outcome is not None
    suffix, data = outcome
    assert suffix == ".eml"
    return data, message_from_bytes(data)


PHRASES = {
    "be": "1 250 маем № 5 Заява чалавек чалавек ў суд — «Дуброва» 👩‍⚖️ і з’езд 22 лістапада",
    "ru": "1 250 имеем № 5 Заявление человек человек ё суд — «Дуброва» 🇧🇾 и съезд 22 ноября",
    "en": '1,250 people No. 5 Statement “Dubrova” =?utf-8?q?x?= court, \\ " <a> (b) naïve — 22 November',
}


def test_thousands_of_subjects_and_senders_arrive_as_they_were_written() -> None:
    """Random Belarusian, Russian and English subjects and names keep every space, in lines of at most 76."""
    chance = random.Random(5)
    for number in range(5_000 if HOSTILE else 300):
        words = PHRASES[("be", "ru", "en")[number % 3]].split(" ")
        subject = " ".join(chance.choices(words, k=chance.randint(1, 30)))
        name = header_text(" ".join(chance.choices(words, k=chance.randint(1, 12))))
        data = build((), subject=header_text(subject), sender=(name, "news@example.invalid"), text="т", html="т")
        message = message_from_bytes(data)
        assert unfolded(message, "Subject") == header_text(subject)
        assert max(len(line) for line in data.split(b"\r\n")) <= 76
        if not name.isascii():
            assert mail.decoded(message["From"]).removesuffix(" <news@example.invalid>") == name


@pytest.mark.parametrize(
    "title",
    [
        "=?utf-8?q?=0D=0ABcc:_v@x?=",
        "=?utf-8?b?DQpCY2M6IHZAeA==?=",
        "=\x00?utf-8?q?=0D=0ABcc:_v@x?=",
        "=\u200b?utf-8?q?=0D=0ABcc:_v@x?=",
        "=\u202e?utf-8?q?=0D=0ABcc:_v@x?=",
        "a\r\nBcc: v@x",
        "a\nBcc: v@x",
        "a\u2028Bcc: v@x",
        "a\x85Bcc: v@x",
        "a\x0bBcc: v@x",
        "Заява\r\n\r\n<html>",
        "==??utf-8?q?=0D=0ABcc:_v@x?=",
        "= ?utf-8?q?=0D=0ABcc:_v@x?=",
        "Заява №5 " * 22,
    ],
)
def test_a_hostile_title_adds_no_header(title: str) -> None:
    """Line breaks and encoded words in a title stay words of one subject line."""
    post = letter(title)
    data, message = sent(post)
    assert message.keys() == HEADERS
    assert unfolded(message, "Subject") == post.subject
    assert b"\nBcc" not in data
    assert mail.decoded(mail.decoded(message["Subject"])) == post.subject


@given(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=60),
    st.text(st.sampled_from("=?utf8-qb\r\n:Bcc_ \x00\u200bЎ"), max_size=60),
)
def test_no_text_whatever_adds_a_header(left: str, right: str) -> None:
    """Any letters of any script, mixed with the makings of an injection, arrive as one subject and one sender."""
    subject = header_text(left + right)
    data = build((), subject=subject, sender=(header_text(right), "a@example.invalid"), text=left, html=right)
    message = message_from_bytes(data)
    assert message.keys() == ["From", "Subject", "MIME-Version", "Content-Type"]
    assert unfolded(message, "Subject") == subject


@pytest.mark.parametrize(
    "text", ["Тэкст\n.\nдалей\n", "", "line\r\nline", "From a\n\n", "а" * 5000, "a\n" * 3 + " ", "--=_x--\n"]
)
def test_the_parts_decode_to_exactly_the_text_given(text: str) -> None:
    """Text and HTML arrive to the letter, also with a lone dot, without a last line break, or with very long lines."""
    data = build((), subject="s", sender=("", "a@example.invalid"), text=text, html=f"<p>{text}</p>")
    parts = message_from_bytes(data).get_payload()
    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html"]
    assert [part.get_payload(decode=True).decode() for part in parts] == [text, f"<p>{text}</p>"]
    assert b"\r\n.\r\n" not in data


def test_the_letter_says_what_it_is_and_goes_to_nobody_real() -> None:
    """The headers of a specimen: fixed identifier and date, no real address, marked as automatic."""
    data, message = sent(letter("Заява"), "Дуброва <news@example.invalid>")
    assert message.keys() == HEADERS
    assert message["To"] == "reader@example.invalid"
    assert message["Date"] == "Sun, 22 Nov 2026 09:30:00 +0000"
    assert message["List-Id"] == "<news.example.invalid>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert mail.decoded(message["From"]) == "Дуброва <news@example.invalid>"
    assert sent(letter("Заява"))[0] == data
    assert sent(letter("Заява"), message_id="<7@example.invalid>")[1]["Message-ID"] == "<7@example.invalid>"
    assert sent(letter("Заява"), key="s2/r1/news/be/1/auto")[1]["Message-ID"] != message["Message-ID"]


def test_a_header_that_smuggles_a_line_break_is_refused() -> None:
    """A Message-ID, channel name or language with a line break or a space in it never becomes a letter."""
    for values in ({"message_id": "<a@b>\r\nBcc: v@x"}, {"channel": "a b"}, {"language": "be\r\nBcc: v@x"}):
        with pytest.raises(DamagedMessage):
            sent(letter("Заява"), **values)


def test_a_letter_that_would_arrive_changed_is_never_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """The finished bytes are read back: a glued subject, a changed sender, part or header stops the letter."""
    sender, args = ("Дуброва", "a@example.invalid"), {"text": "т", "html": "т"}
    with pytest.raises(DamagedMessage, match="subject"):
        build((), subject="two  \r\n words", sender=sender, **args)
    with pytest.raises(DamagedMessage, match="headers"):
        build((("X-A", "b\r\nBcc: v@x"),), subject="s", sender=sender, **args)
    with pytest.raises(DamagedMessage, match="written"):
        build((), subject="s", sender=sender, text="\ud800", html="т")
    with monkeypatch.context() as patch:
        patch.setattr(mail, "_sender", lambda name, address: f"Other <{address}>")
        with pytest.raises(DamagedMessage, match="sender"):
            build((), subject="s", sender=sender, **args)
    with monkeypatch.context() as patch:
        patch.setattr(base64, "encodebytes", lambda data: b"0K4=\n")
        with pytest.raises(DamagedMessage, match="part"):
            build((), subject="s", sender=sender, **args)


def test_hidden_characters_leave_a_subject_and_emoji_stay_whole() -> None:
    """Direction and zero-width characters are removed from a subject; the joiner inside an emoji is kept."""
    assert letter("За\u202eява\u200b\ufeff 👩‍⚖️").subject == "Заява 👩‍⚖️"


def test_a_letter_that_mailboxes_would_clip_is_refused() -> None:
    """100,000 bytes of HTML fit; one more is refused with both figures."""
    frame = letter("s", html="").length
    assert letter("s", html="а" * ((LIMIT - frame) // 2) + "b" * (frame % 2)).length == LIMIT
    outcome = composed(rendered(html="а" * ((LIMIT - frame) // 2) + "b" * (frame % 2 + 1)))
    assert outcome == TooLong(length=100_001, limit=100_000, unit="bytes of HTML")


@pytest.mark.parametrize("missing", ["subject.txt", "post.txt", "post.mjml", "discreet.txt", "item.txt", "item.mjml"])
def test_a_letter_without_subject_text_or_html_is_a_fault_of_the_template(missing: str) -> None:
    """A template that renders to nothing is found, not sent."""
    with pytest.raises(ValueError, match="nothing"):
        composed(rendered() | {missing: " \n"})


def test_a_letter_without_a_way_to_leave_is_a_fault_of_the_template() -> None:
    """The link by which a reader leaves stands in the text and in the HTML, or no letter is made."""
    for name in ("post.txt", "post.mjml"):
        words = rendered()
        with pytest.raises(ValueError, match="leaves"):
            composed(words | {name: words[name].replace(LEAVE, "https://example.invalid/")})


def test_markup_that_is_no_mjml_is_a_fault_of_the_template() -> None:
    """A template that is no MJML is named at the start, not found when a statement goes out."""
    with pytest.raises(ValueError, match="MJML"):
        composed(rendered() | {"post.mjml": "<p>no MJML</p>"})


def plan(text: str, html: str | None, **values: str) -> Plan:
    more = {"language": "be", "list_id": "news", "leave": "https://news.example.invalid/be/u/", "subject": "Заява"}
    return Plan(
        text,
        html=html,
        sender=("Дуброва", "news@example.invalid"),
        date=datetime(2026, 7, 6, tzinfo=UTC),
        **more | values,
    )  # type: ignore[arg-type]  # mypy takes the values for one type


def test_each_reader_has_their_own_mail_and_nothing_but_the_link_to_leave_differs() -> None:
    """Thousands of mails of an issue: own address, Message-ID and word, and otherwise the same for everybody."""
    chance = random.Random(7)
    letters = "абвгў —–€👩ёqwe\r\n."
    for _ in range(300 if HOSTILE else 40):
        text = (
            "".join(chance.choices(letters, k=chance.randint(0, 300))) + LEAVE + "".join(chance.choices(letters, k=99))
        )
        text += LEAVE * chance.randint(0, 2)
        made = plan(text, chance.choice([None, f"<p>{text}</p>"]))
        bodies = set()
        for _ in range(5):
            word = "".join(chance.choices("abcXYZ019-_", k=22))
            reader = Reader(address=f"{word[:9]}@example.org", word=word, message_id=f"<{word}@example.invalid>")
            message = message_from_bytes(made.message(reader))
            assert message["To"] == reader.address and message["Message-ID"] == reader.message_id
            assert message["List-Unsubscribe"] == f"<https://news.example.invalid/be/u/{word}>"
            assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
            parts = message.get_payload() if message.is_multipart() else [message]
            said = [part.get_payload(decode=True).decode() for part in parts]  # type: ignore[union-attr]
            assert said[0] == text.replace(LEAVE, f"https://news.example.invalid/be/u/{word}")
            bodies.add("".join(said).replace(word, ""))
        assert len(bodies) == 1


def test_what_cannot_stand_in_a_header_is_put_into_no_mail() -> None:
    """A word, an address or a Message-ID with anything strange in it stops the mail."""
    good = Reader(address="a@example.org", word="w" * 22, message_id="<a@b>")
    made = plan(LEAVE, None)
    assert made.message(good)
    for wrong in (
        {"address": "a@example.org\r\nBcc: v@x"},
        {"address": "a b@example.org"},
        {"word": "w" * 21},
        {"word": "w" * 21 + "\n"},
        {"message_id": "<a b>"},
    ):
        with pytest.raises(DamagedMessage):
            made.message(replace(good, **wrong))


def test_a_text_that_says_what_stands_for_the_word_is_never_changed() -> None:
    """A statement that holds the very placeholder of our own machinery stops, rather than go out changed."""
    with pytest.raises(DamagedMessage):
        plan(f"{LEAVE} wordOfTheReadersOwnUrl", None)


def test_several_statements_go_out_as_one_letter_each_as_it_was_approved() -> None:
    """A letter of several holds every word of each item; what mailboxes would clip is left for the next."""
    items = [letter(f"s{i}", f"Словы {i}\n", f"<p>Словы {i}</p>") for i in range(3)]
    frame = rendered(text="Рамка\n<!-- items -->\n", html="<!-- items -->")
    made, count = digest(items, frame, settings())
    assert count == 3 and made.subject == "s"
    for i in range(3):
        assert f"Словы {i}" in made.text and f"<p>Словы {i}</p>" in (made.html or "")
        assert f"Словы {i}" in dict(made.variants)["discreet.txt"]
    large = [letter("s", f"Словы {i}\n", f"<p>Словы {i}</p>{'a' * 40_000}") for i in range(3)]
    made, count = digest(large, frame, settings())
    assert count == 2 and "Словы 1" in made.text and "Словы 2" not in made.text
    with pytest.raises(ValueError, match="items"):
        digest(items, rendered(), settings())


@pytest.mark.parametrize(
    "sender",
    [
        "",
        "Name",
        "a@b",
        "a@x.org\r\nBcc: v@x.org",
        "a@x.org, b@x.org",
        "Name <a@x.org> x",
        "Імя <а@x.org>",
        "a@x.org\n",
        "Na\r\nme <a@x.org>",
    ],
)
def test_a_sender_that_is_not_one_address_is_refused(sender: str) -> None:
    """The settings take one name and one address and nothing else."""
    with pytest.raises(ValidationError):
        settings(sender)


def test_languages_are_named_once() -> None:
    """A language that is named twice, or none at all, is a mistake in the settings."""
    for languages in ([], ["be", "be"]):
        with pytest.raises(ValidationError):
            Settings.model_validate({"languages": languages, "from": "a@example.invalid"})
    assert settings().languages_served() == ("be", "ru", "en")


def test_length_and_cost() -> None:
    """A letter is measured in bytes, is not public, and costs nothing that Vestka knows."""
    assert (length("Ў").length, length("Ў").limit) == (2, LIMIT)
    assert not channels.load("newsletter").public
    assert cost((), settings()) == Decimal(0)
