"""What the admins' bot shows: every word of it, within what Telegram takes, and nothing of a site's as an order."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import review as verdict
from bot.admin import screens
from bot.admin.buttons import key_from, sign
from bot.admin.screen import LIMIT, MOST_ENTITIES, Key, Screen, Words, paged, parted, units
from bot.doctor import fail, ok
from bot.model import Approved, EditKind, Held, Subject
from bot.receipts import Line
from bot.text import timing
from bot.views.cases import Case, Change, Offer, Place, Redaction
from channels import Button, Entity, Media, Post

ZONE = ZoneInfo("Europe/Warsaw")
NOW = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)
KEY = key_from("12345678:an-invented-token")
SITE = "https://site.example.org/12"


def post(text: str, entities: tuple[Entity, ...] = (), **values: Any) -> Post:
    shape: dict[str, Any] = {"part": 1, "parts": 1, "length": units(text), "limit": LIMIT}
    return Post(text=text, entities=entities, **(shape | values))


def sentence(index: int, source: str, text: str) -> dict[str, Any]:
    return {"index": index, "source": source, "text": text, "engine": "memory", "version": "1", "approver": None}


def finding(index: int, message: str, severity: str = "hold") -> dict[str, Any]:
    values = {"kind": "number", "severity": severity, "message": message, "sentence": index}
    return values | {"expected": "1,049", "found": "1,094"}


POST = post(
    "Заява пра Мройск\n\n17 чалавек чакаюць суда.",
    (Entity(type="bold", offset=0, length=16),),
)
REASON = "Belarusian says 1,049; English does not."


def place(**values: Any) -> Place:
    return Place(
        **{
            "channel": "telegram-be",
            "kind": "telegram",
            "language": "be",
            "state": "held",
            "origin": "original",
            "reasons": (),
            "findings": (),
            "sentences": (sentence(-1, "Заява", "Заява"), sentence(0, "17 чалавек.", "17 чалавек.")),
            "posts": (POST,),
            "price": "0",
        }
        | values
    )


def case(*places: Place, **values: Any) -> Case:
    return Case(
        **{
            "number": 12,
            "revision": 2,
            "title": "Заява пра Мройск",
            "url": SITE,
            "state": "open",
            "reason": None,
            "embargo": None,
            "places": places,
            "changes": (),
            "approved_by": (),
            "approvals": 1,
        }
        | values
    )


DOUBTED = place(
    channel="telegram-en",
    language="en",
    origin="machine",
    reasons=(REASON,),
    findings=(finding(0, REASON),),
    sentences=(sentence(-1, "Заява", "Statement"), sentence(0, "1 049 чалавек.", "1,094 people.")),
    posts=(post("Statement\n\n1,094 people."),),
)


def stretch(shown: Screen, entity: Entity) -> str:
    wide = shown.text.encode("utf-16-le")
    return wide[2 * entity.offset : 2 * (entity.offset + entity.length)].decode("utf-16-le")


def acts(shown: Screen) -> list[tuple[str, str]]:
    return [(key.act, key.arg) for row in shown.rows for key in row if key.url is None]


def pages(make: Any) -> list[Screen]:
    """Every page of a screen, by its own › keys."""
    found = [make(0)]
    while nexts := [key for row in found[-1].rows for key in row if key.text == "›"]:
        found.append(make(int(nexts[0].arg.rpartition(".")[2])))
    return found


def sound(shown: Screen) -> None:
    """What Telegram takes: length, number and place of entities, and the data of each key."""
    assert 0 < units(shown.text) <= 4096
    assert shown.text == shown.text.strip(" \t\r\n")
    assert shown.text.strip()
    assert len(shown.entities) <= 100
    for entity in shown.entities:
        assert entity.offset >= 0
        assert entity.length > 0
        stretch(shown, entity)  # raises where a surrogate pair is cut
        assert entity.offset + entity.length <= units(shown.text)
        assert entity.type != "bot_command"
    for key in (key for row in shown.rows for key in row):
        assert 0 < len(key.text) <= 80
        if key.url is None:
            assert key.act in screens.ACTS
            data = sign(KEY, chat=-(2**51), card=2**40, revision=2**40, nonce="abcdefgh", act=key.act, arg=key.arg)
            assert len(data.encode()) <= 64
    assert len(shown.hash) == 64


# --------------------------------------------------------------------------------------------------------------------
# the card


def test_the_card_says_the_main_thing_first_and_shows_the_exact_post() -> None:
    """Title, reasons, verdicts and the exact text with its length stand on the card, word for word as here."""
    shown = screens.review(case(place(reasons=("The page answers 404.",)), DOUBTED), ZONE)
    assert shown.text == (
        "Заява пра Мройск\n"
        "s12 · revision 2 · Open the statement\n"
        "\n"
        "It waits for you:\n"
        "• The page answers 404. (telegram-be)\n"
        "• Belarusian says 1,049; English does not. (telegram-en)\n"
        "be ✅ · en ⚠ 1\n"
        "\n"
        "telegram-be · be · 42 / 4,096\n"
        "Заява пра Мройск\n"
        "\n"
        "17 чалавек чакаюць суда."
    )
    assert [[key.text for key in row] for row in shown.rows] == [
        ["✅ Publish", "✏️ Edit"],
        ["⏰ Later", "🚫 Skip"],
        ["👁 All channels", "❓ Why"],
    ]
    assert acts(shown) == [(act, "") for act in ("pub", "edit", "late", "skip", "all", "why")]
    assert [(one.type, stretch(shown, one)) for one in shown.entities if one.type == "text_link"] == [
        ("text_link", "Open the statement")
    ]
    assert [stretch(shown, one) for one in shown.entities if one.type == "blockquote"] == [POST.text]


def test_a_reason_that_stops_every_channel_is_said_once() -> None:
    """The same reason on several channels is one line."""
    shown = screens.review(case(place(reasons=(REASON,)), replace(DOUBTED, findings=())), ZONE)
    assert shown.text.count(REASON) == 1
    assert f"{REASON}\n" in shown.text


def test_where_two_must_agree_the_card_says_who_has() -> None:
    """With two approvals the card names who has agreed, and how many are wanted."""
    two = case(place(), approvals=2, approved_by=("alena",))
    assert "1 of 2: alena has agreed" in screens.review(two, ZONE).text
    assert "0 of 2: nobody has agreed yet" in screens.review(replace(two, approved_by=()), ZONE).text
    assert " of " not in screens.review(case(place()), ZONE).text


def test_publish_asks_first_exactly_where_something_speaks_against_it() -> None:
    """What only the house's own rules hold goes out by one tap; a doubt, a broken page or a held story asks first."""
    subject = Subject(name="s12", revision=2, channel="x", language="be")
    done = Approved(subject=subject, posts=(POST,), hashes=(POST.hash,), approver="vestka", at=NOW)
    doubt = Held(subject=replace(subject, language="en"), posts=(POST,), reasons=(REASON,))
    together = verdict.together([done, doubt])[0]
    assert isinstance(together, Held)
    always = "Every post waits for a person here (review.policy)."
    assert not screens.needs_confirmation(case(place(reasons=(always, *together.reasons))))
    assert screens.needs_confirmation(case(place(reasons=(always,)), DOUBTED))
    assert screens.needs_confirmation(case(replace(DOUBTED, reasons=())))
    assert screens.needs_confirmation(case(place(reasons=("The page answers 404.",))))
    assert screens.needs_confirmation(case(state="held", reason="It is older than 7d."))


def test_from_the_card_to_published_are_at_most_two_taps() -> None:
    """Publish stands on the card itself; where it asks, the answer is one tap, and what speaks against it is shown."""
    asked = screens.confirm_publish(case(place(), DOUBTED))
    assert ("pub", "") in acts(screens.review(case(DOUBTED), ZONE))
    assert acts(asked)[0] == ("yes", "pub")
    assert "Publish although:" in asked.text
    assert REASON in asked.text
    assert "telegram-be (be), telegram-en (en)" in asked.text


def test_a_post_as_long_as_a_message_is_shown_whole_on_a_page_of_its_own() -> None:
    """A post of 4,096 characters is announced on the card and stands, letter by letter, alone on its page."""
    long = post(("Сказ пра Мройск. " * 300)[:4095] + "!")
    card = screens.review(case(place(posts=(long,))), ZONE)
    assert "👁 All channels shows every word" in card.text
    shown = pages(lambda page: screens.all_channels(case(place(posts=(long,))), page, ZONE))
    assert long.text in [one.text for one in shown]
    for one in (card, *shown):
        sound(one)


def test_what_a_post_brings_beside_its_text_is_shown_too() -> None:
    """A letter's subject, a picture's description and where a button leads are part of what is released."""
    picture = Media(path="a.png", alt="Плошча", digest="0" * 64)
    full = post("Тэкст", media=(picture,), buttons=(Button(text="Read all", url=SITE),), subject="Тэма")
    for shown in (
        screens.review(case(place(posts=(full,))), ZONE),
        screens.all_channels(case(place(posts=(full,))), 0, ZONE),
    ):
        for words in ("Subject: Тэма", "🖼 Picture: Плошча", f"🔘 Button: Read all → {SITE}"):
            assert words in shown.text


def test_each_place_tells_whose_words_it_has_how_long_and_what_it_costs() -> None:
    """One place a page: channel, language, whose words, length and limit, price, each part's exact text."""
    parts = (post("Адзін", parts=2, limit=280), post("Два", part=2, parts=2, limit=280))
    both = case(place(), place(channel="x-be", kind="x", origin="machine", price="0.030", posts=parts))
    shown = pages(lambda page: screens.all_channels(both, page, ZONE))
    assert len(shown) == 2
    for words in ("x-be · Belarusian", "machine, checked", "$0.030", "Part 2 of 2 · 3 / 280", "Адзін", "Два"):
        assert words in shown[1].text
    assert "free" in shown[0].text
    assert ("back", "") in acts(shown[1])


def test_a_place_that_waits_for_a_correction_shows_the_corrected_text() -> None:
    """All channels shows what a correction would say, not what was said before."""
    other = replace(change(), posts=(post("Новы тэкст"),))
    assert "Новы тэкст" in screens.all_channels(case(place(), changes=(other,)), 0, ZONE).text


def test_why_puts_the_doubted_sentence_first_beside_its_source() -> None:
    """The fact table begins with what is doubted: what was expected, what was found, source, words and their author."""
    more = replace(DOUBTED, sentences=(*DOUBTED.sentences, sentence(1, "Далей.", "Further.")))
    text = screens.why(case(more)).text
    order = ["⛔ Belarusian says", "expected: 1,049 · found: 1,094", "1 049 чалавек.", "1,094 people.", "memory 1"]
    assert [text.index(one) for one in order] == sorted(text.index(one) for one in order)
    assert text.index("1,094 people.") < text.index("Further.")
    assert text.index("1,094 people.") < text.index("Statement")
    approved = replace(DOUBTED, sentences=({**DOUBTED.sentences[1], "approver": "alena"},))
    assert "approved by alena" in screens.why(case(approved)).text


def test_later_offers_hours_and_remembers_the_very_minute_that_it_showed() -> None:
    """The evening that a key names stays that evening, whenever the key is pressed; other times are told by command."""
    shown = screens.later(case(place()), NOW, ZONE)
    names = {key.text: key.arg for row in shown.rows for key in row}
    assert list(names) == ["In 1 h", "In 3 h", "Today 18:00", "Tomorrow 09:00", "« Back"]
    after = NOW + timedelta(hours=7)
    read = {name: timing.moment(screens.later_words(arg, ZONE), after, ZONE) for name, arg in names.items() if arg}
    assert read["In 1 h"] == after + timedelta(hours=1)
    assert read["Today 18:00"] == datetime(2026, 11, 25, 17, 0, tzinfo=UTC)
    assert read["Tomorrow 09:00"] == datetime(2026, 11, 26, 8, 0, tzinfo=UTC)
    assert "/later 12 18:00" in shown.text
    evening = screens.later(case(place()), NOW + timedelta(hours=10), ZONE)
    assert "Tomorrow 18:00" in [key.text for row in evening.rows for key in row]


def test_a_skip_has_a_reason() -> None:
    """Each of the offered reasons is a key, and a person's own is told by command."""
    shown = screens.confirm_skip(case(place()))
    assert [one for one in acts(shown) if one[0] == "skip"] == [
        ("skip", str(n)) for n in range(1, len(screens.SKIP_REASONS) + 1)
    ]
    assert "/skip 12 reason" in shown.text


def test_editing_leads_from_a_language_to_a_sentence_and_asks_for_it() -> None:
    """Each language, then each sentence has its key; the question shows the source and the words as they are."""
    one = case(place(), DOUBTED)
    assert [arg for act, arg in acts(screens.edit_languages(one)) if act == "lang"] == ["be", "en"]
    listed = screens.edit_sentences(one, "en")
    assert [pair for pair in acts(listed) if pair[0] in ("sent", "own")] == [
        ("sent", "en.0"),
        ("sent", "en.1"),
        ("own", "en"),
    ]
    assert "⚠ 1. 1,094 people." in listed.text
    asked = screens.ask_translation(one, "en", 1)
    assert "1 049 чалавек." in asked.text
    assert ("code", "1,094 people.") in [(entity.type, stretch(asked, entity)) for entity in asked.entities]
    assert "Statement" in screens.ask_translation(one, "en", 0).text
    assert "no such sentence" in screens.ask_translation(one, "en", 9).text
    assert "1,094 people." in screens.ask_words(one, "en").text


# --------------------------------------------------------------------------------------------------------------------
# what is public


def change(**values: Any) -> Change:
    return Change(
        **{
            "channel": "telegram-be",
            "language": "be",
            "kind": EditKind.FACT,
            "words": "1 049 became 1 094",
            "diff": (("=", "У Мройску"), ("-", "1 049"), ("+", "1 094"), ("=", "чалавек.")),
            "way": "edit",
            "posts": (POST,),
            "price": "0",
        }
        | values
    )


def test_the_receipt_says_who_released_it_and_what_became_of_each_place() -> None:
    """Who and when, then each place: its link where it is public, the error where it is not, and doubt."""
    link = "https://t.me/example/5"
    shown = screens.receipt(
        case(
            place(state="sent", url=link, sent_at=NOW),
            place(channel="x-be", state="unknown"),
            place(channel="x-en", state="failed", error="Refused: too long"),
            place(channel="letter", state="due"),
        ),
        ZONE,
        "alena",
        NOW,
    )
    assert "Released by alena, 2026-11-25 10:30" in shown.text
    for words in ("✓ telegram-be", "? x-be", "✗ x-en", "Refused: too long", "… letter", "Nobody knows"):
        assert words in shown.text
    assert link in [one.url for one in shown.entities]
    assert acts(shown) == [("rep", ""), ("retr", ""), ("all", ""), ("why", "")]


def test_a_change_of_the_source_is_shown_word_by_word_with_a_key_for_each_place() -> None:
    """What went is struck out, what came is underlined; each key says how it is corrected there and for how much."""
    second = change(channel="x-be", way="answer", price="0.015", kind=EditKind.WORDING)
    one = case(place(), changes=(change(), second))
    shown = screens.changed(one, ZONE)
    assert "Source changed after publishing" in shown.text
    assert "a FACT" in shown.text
    marked = [(entity.type, stretch(shown, entity)) for entity in shown.entities]
    assert ("strikethrough", "1 049") in marked
    assert ("underline", "1 094") in marked
    keys = {key.text: (key.act, key.arg) for row in shown.rows for key in row}
    assert keys["Correct telegram-be (be): edit, free"] == ("cor", screens.tag("telegram-be", "be"))
    assert keys["Correct x-be (be): answer, $0.015"] == ("cor", screens.tag("x-be", "be"))
    assert keys["Correct all"] == ("cor", "all")
    assert keys["Leave it"] == ("leav", "")


def test_no_word_that_changed_is_left_out_of_the_difference() -> None:
    """Far words that stayed may be left out, those that went or came never."""
    same = " ".join(f"слова{n}" for n in range(100))
    went = " ".join(f"было{n}" for n in range(60))
    text = screens.changed(case(changes=(change(diff=(("=", same), ("-", went), ("=", same))),)), ZONE).text
    assert went in text
    assert "слова99 было0" in text
    assert "слова50" not in text


def test_a_place_keeps_its_key_whatever_else_is_listed() -> None:
    """A key names its place itself, not its number in a list that may have grown shorter in the meantime."""
    both = (change(), change(channel="x-be"))
    first = acts(screens.changed(case(changes=both), ZONE))
    second = acts(screens.changed(case(changes=both[1:]), ZONE))
    assert first[1] == second[0]
    assert first[0] != second[0]


def test_a_post_that_nobody_knows_of_is_sent_again_only_after_a_second_question() -> None:
    """The screen shows its exact text and error; "Send again" asks once more and warns of the double."""
    lost = place(
        state="unknown", key="s12/r2/telegram-be/be/1/auto", error="no answer in 20 s", url="https://t.me/ex_be"
    )
    shown = screens.unknown(lost, case(lost))
    assert POST.text in shown.text
    assert "no answer in 20 s" in shown.text
    assert acts(shown) == [("here", ""), ("redo", ""), ("drop", "")]
    assert [key.url for row in shown.rows for key in row if key.url] == ["https://t.me/ex_be"]
    asked = screens.confirm_again(lost, case(lost))
    assert "twice" in asked.text
    assert acts(asked) == [("yes", "redo"), ("back", "")]


@pytest.mark.parametrize("url", ["tg://resolve?domain=x", "javascript:alert(1)", "https://[", "https://a b.org", ""])
def test_an_address_that_telegram_would_refuse_spoils_no_screen(url: str) -> None:
    """A key or a link leads to the web or is not there; one bad address would else keep the whole message back."""
    lost = place(state="unknown", url=url)
    shown = (
        screens.unknown(lost, case(lost)),
        screens.review(case(lost, url=url), ZONE),
        screens.receipt(case(lost, url=url), ZONE),
    )
    assert [key.url for one in shown for row in one.rows for key in row if key.url] == []
    assert [one.url for screen in shown for one in screen.entities if one.url] == []


def test_a_repost_and_a_retraction_show_where_and_ask_once() -> None:
    """Both say what would go where, when it last went, and do nothing before Yes."""
    offer = Offer(channel="telegram-be", language="be", way="delete", url=SITE, sent_at=NOW, price="0", posts=(POST,))
    again = screens.repost(case(place()), [replace(offer, way="post")], ZONE)
    assert "last posted 2026-11-25 10:30" in again.text
    assert acts(again) == [("yes", "rep"), ("back", "")]
    back = screens.retract(case(place()), [offer], "unsafe for a person", ZONE)
    assert "delete" in back.text
    assert "Reason: unsafe for a person" in back.text
    assert acts(back) == [("yes", "retr"), ("back", "")]
    assert acts(screens.retract(case(place()), [], "x", ZONE)) == [("back", "")]
    assert ("retr", "1") in acts(screens.why_retract(case(place())))


def test_a_redaction_shows_before_and_after_and_says_where_nothing_can_be_done() -> None:
    """One post a page; the key changes only what can be changed."""
    values: dict[str, Any] = {"title": "Заява", "language": "be", "url": SITE, "sent_at": NOW}
    edit = Redaction(story=3, channel="telegram-be", way="edit", before="Янка Пройс.", after="N. N.", **values)
    never = Redaction(story=4, channel="letter", way=None, before="Янка Пройс.", after="", **values)
    shown = pages(lambda page: screens.redact("Пройс", [edit, never, edit], ZONE, page))
    assert len(shown) == 3
    assert "Янка Пройс." in shown[0].text
    assert "N. N." in shown[0].text
    assert acts(shown[0])[0] == ("one", screens.tag("telegram-be", "be", 3))
    assert "Nothing can be done there" in shown[1].text
    assert "one" not in [act for act, _ in acts(shown[1])]
    assert "Change all 2" in [key.text for row in shown[0].rows for key in row]
    assert "no public post" in screens.redact("Пройс", [], ZONE).text


# --------------------------------------------------------------------------------------------------------------------
# what people look up


def waiting(**groups: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    names = ("unknown", "held", "stories", "later", "due", "lost", "quarantine")
    return {name: groups.get(name, []) for name in names}


def held(number: int, title: str = "Заява", reason: str = REASON) -> dict[str, Any]:
    row = {"story": f"s{number}", "title": title, "revision": 1, "channel": "telegram-be", "language": "be"}
    return row | {"reasons": [reason]}


def delivery(state: str) -> dict[str, Any]:
    row = {"key": "s7/r1/x-be/be/1/auto", "channel": "x-be", "language": "be", "state": state, "title": "Сем"}
    return row | {"error": "no answer", "due_at": NOW, "sent_at": None, "url": None, "attempts": 1, "remote_id": None}


def test_the_queue_begins_with_what_nobody_knows_and_gives_each_story_a_key() -> None:
    """Unknown first, then what waits for a person; every story of a page can be opened by one tap."""
    quarantine = [{"source": "be", "reason": "a DOCTYPE", "times": 3, "first_seen": NOW}]
    later = [{"story": "s9", "title": "Дзевяць", "until": NOW, "why": "hidden until then"}]
    view = waiting(
        held=[held(12)], unknown=[delivery("unknown")], lost=[delivery("failed")], later=later, quarantine=quarantine
    )
    shown = screens.queue(view, 0, ZONE)
    heads = ["? Outcome unknown", "✋ Waits for you", "⏳ Waits by itself", "✗ Not sent", "☣ In quarantine"]
    assert [shown.text.index(one) for one in heads] == sorted(shown.text.index(one) for one in heads)
    assert acts(shown) == [("show", "7"), ("show", "12"), ("show", "9")]
    assert "/show 12" in shown.text
    assert screens.queue(waiting(), 0, ZONE).text == "Nothing waits."


def test_a_long_queue_has_pages_and_loses_no_story() -> None:
    """A hundred stories are all on some page, each with its key on that very page."""
    shown = pages(lambda page: screens.queue(waiting(held=[held(n) for n in range(1, 101)]), page, ZONE))
    assert len(shown) == 13
    assert [arg for one in shown for act, arg in acts(one) if act == "show"] == [str(n) for n in range(1, 101)]
    for one in shown:
        sound(one)
        assert all(f"/show {arg}" in one.text for act, arg in acts(one) if act == "show")


def test_a_page_that_is_not_there_is_the_nearest_one() -> None:
    """An old › of a queue that has grown shorter still shows something."""
    view = waiting(held=[held(n) for n in range(20)])
    assert screens.queue(view, 99, ZONE) == screens.queue(view, 2, ZONE)
    assert screens.queue(view, -1, ZONE) == screens.queue(view, 0, ZONE)


def test_commands_can_be_tapped_only_where_they_need_nothing_more() -> None:
    """A tap on "/show 12" would send "/show" alone, so it is copied instead; "/queue" is a command."""
    shown = screens.help_("owner")
    coded = [stretch(shown, one) for one in shown.entities if one.type == "code"]
    assert "/show 12" in coded
    assert "/queue" not in coded
    assert "/redact name" in coded
    assert "/redact" not in screens.help_("reviewer").text


def test_the_house_is_told_of_in_short_lines() -> None:
    """Status, doctor, trail, reviewers, the digest and alarms say each thing, what is wrong first."""
    view = {
        "alarms": [{"since": NOW, "text": "The feed is down", "cure": "ask the site"}],
        "channels": [
            {
                "channel": "x-be",
                "last_sent": NOW,
                "sent": 3,
                "due": 0,
                "held": 1,
                "unknown": 0,
                "failed": 0,
                "spent": "$1.200 in 6 posts",
            },
        ],
        "sources": [
            {"source": "be", "last_ok": NOW, "last_changed": None, "next_poll": NOW, "fails": 2, "last_error": "404"},
        ],
    }
    told = screens.status(view, ZONE).text
    assert "$1.200 in 6 posts" in told
    assert told.index("The feed is down") < told.index("x-be") < told.index("failed 2×: 404")
    checks = screens.doctor([ok("settings"), fail("clock", "set it")]).text
    assert checks.index("clock") < checks.index("→ set it") < checks.index("settings")
    act = {"at": NOW, "who": "alena", "what": "publish", "subject": "s12", "detail": "released"}
    assert "alena · publish · s12" in screens.audit([act], 0, ZONE).text
    people = [{"name": "alena", "id": 111, "owner": True, "blocked": False}]
    assert "alena · owner" in screens.reviewers(people).text
    day = {"posted": [("Заява", "telegram-be", SITE), ("Заява", "x-be", None)], "waiting": 2, "failed": 0, "unknown": 1}
    digest = screens.digest(day, ZONE)
    assert "unknown 1 · waiting 2" in digest.text
    assert "✓ telegram-be\n✓ x-be" in digest.text
    assert "Nothing was posted" in screens.digest(day | {"posted": []}, ZONE).text
    many = [f"Line {n} of an alarm. " * 10 for n in range(100)]
    told_pages = []
    while (shown := screens.alarms(many, len(told_pages))) is not None:
        told_pages.append(shown.text)
    assert all(one.strip() in "\n".join(told_pages) for one in many)
    assert "12 sentences · 1,200 characters" in screens.statement("Заява", 12, "be", 1200).text
    assert screens.gone().text == "This text changed, look again."


def test_a_story_offers_what_may_be_done_with_it_now() -> None:
    """A held story can be released from where it is shown, a public one reposted, a changed one looked at."""
    lines = (
        Line(
            story="s12",
            revision=2,
            channel="x-be",
            language="be",
            cause="auto",
            origin="original",
            state="sent",
            parts=1,
            length=5,
            limit=280,
            reasons=(),
            keys=(),
        ),
    )
    assert ("pub", "") in acts(screens.show(case(place()), ZONE))
    public = screens.show(case(place(state="sent")), ZONE)
    assert ("rep", "") in acts(public)
    assert ("pub", "") not in acts(public)
    assert ("chg", "") in acts(screens.show(case(changes=(change(),)), ZONE))
    newest = screens.latest([{"story": "s12", "title": "Заява", "state": "open", "reason": None, "lines": lines}])
    assert "✓ x-be · be · sent" in newest.text
    assert acts(newest) == [("show", "12")]


def test_the_hash_tells_screens_apart_by_all_that_they_show() -> None:
    """Another word, another formatting or another key makes another hash; the same screen has the same."""
    plain = screens.gone("Look")
    assert plain.hash == screens.gone("Look").hash
    others = (
        replace(plain, text="Loop"),
        replace(plain, entities=(Entity(type="bold", offset=0, length=4),)),
        replace(plain, rows=((Key("Look", "back", "1"),),)),
    )
    assert len({plain.hash, *(one.hash for one in others)}) == 4


# --------------------------------------------------------------------------------------------------------------------
# hostile words

NASTY = [
    *"абўZ9 .!?<>&\"'_*`[]()@#/-\n\u202f",
    "🇧🇾",
    "😀",
    "e\u0301",
    "/pause",
    " /pause ",
    "@alena_x",
    "https://evil.example/x?y",
    "tg://resolve?domain=evil",
    "</b>",
    "½",
    "\u2028",
    "\ud83d",
    "слова " * 40,
    "😀" * 700,
    "/skip " * 30,
    "Сказ пра Мройск. " * 60,
]
TEXTS = st.lists(st.sampled_from(NASTY), max_size=25).map("".join)
FILLED = TEXTS.map(lambda text: "х" + text.replace("\ud83d", "") + "х")


@settings(max_examples=60, deadline=None)
@given(st.lists(FILLED, min_size=1, max_size=6), st.sampled_from([None, "bold", "blockquote", "code"]))
def test_pages_keep_every_word_in_its_order(texts: list[str], style: Any) -> None:
    """Whatever is put on pages: each fits into a message, and all of them together say everything."""
    blocks = [Words().add(text, style) for text in texts]
    shown = pages(lambda page: paged(blocks, page, (), act="que"))
    for one in shown:
        sound(one)
    assert "".join("".join(one.text for one in shown).split()) == "".join("".join(texts).split())


@settings(max_examples=40, deadline=None)
@given(FILLED, FILLED, FILLED, st.lists(FILLED, max_size=4))
def test_no_hostile_statement_makes_a_screen_that_telegram_refuses(
    title: str, reason: str, words: str, more: list[str]
) -> None:
    """However a site words its titles and texts, every screen stays within Telegram's limits."""
    texts = (words, *more)
    one = case(
        place(
            reasons=(reason, *more),
            findings=(finding(0, reason), finding(-1, words, "look")),
            sentences=tuple(sentence(n - 1, text, text[::-1].replace("\ude00", "")) for n, text in enumerate(texts)),
            posts=tuple(post(text) for text in texts),
            error=reason,
            key="s12/r1/x/be/1/auto",
        ),
        title=title,
        changes=(change(diff=(("-", words), ("=", title), ("+", reason)), words=reason),),
    )
    again = replace(one, changes=())
    view = waiting(held=[held(n, title, text) for n, text in enumerate(texts)], lost=[delivery("failed")])
    redaction = Redaction(
        story=1, title=title, channel="x", language="be", url=None, sent_at=None, way="edit", before=words, after=reason
    )
    made = [
        lambda page: screens.review(again, ZONE),
        lambda page: screens.all_channels(one, page, ZONE),
        lambda page: screens.all_channels(again, page, ZONE),
        lambda page: screens.why(one, page),
        lambda page: screens.confirm_publish(again, page),
        lambda page: screens.edit_sentences(one, "be", page),
        lambda page: screens.ask_translation(one, "be", 0),
        lambda page: screens.ask_words(one, "be"),
        lambda page: screens.receipt(one, ZONE, page=page),
        lambda page: screens.changed(one, ZONE, page),
        lambda page: screens.unknown(one.places[0], one, page),
        lambda page: screens.redact(reason, [redaction], ZONE, page),
        lambda page: screens.queue(view, page, ZONE),
        lambda page: screens.show(one, ZONE, page),
        lambda page: screens.statement(title, 3, "be", 100),
    ]
    for make in made:
        for shown in pages(make):
            sound(shown)


def test_a_title_cannot_pass_for_lines_of_ours() -> None:
    """A line break in a title, a reason or an error makes no second line on a screen."""
    for brk in ("\n", "\r\n", "\u2028", "\x85"):
        forged = f"Заява{brk}be ✅"
        shown = screens.review(case(place(reasons=(forged,)), title=forged), ZONE)
        assert "Заява be ✅\ns12" in shown.text
        assert "• Заява be ✅\n" in shown.text


def test_a_quotation_in_a_post_stays_one_and_the_rest_is_quoted_beside_it() -> None:
    """All of a post stands inside quotations on the card, and none inside another, which Telegram refuses."""
    own = (Entity(type="blockquote", offset=5, length=6),)
    shown = screens.review(case(place(posts=(post("Пра:\n«Так!»\nКанец", own),))), ZONE)
    assert [stretch(shown, one) for one in shown.entities if one.type == "blockquote"] == [
        "Пра:\n",
        "«Так!»",
        "\nКанец",
    ]


def detected(text: str) -> list[tuple[int, int]]:
    """Where Telegram's own library sees commands and mentions, in UTF-16 units."""
    tdjson = pytest.importorskip("tdjson", reason="Telegram's library is not made for this machine")
    tdjson.td_execute(json.dumps({"@type": "setLogVerbosityLevel", "new_verbosity_level": 0}).encode())
    found = json.loads(tdjson.td_execute(json.dumps({"@type": "getTextEntities", "text": text}).encode()))
    kinds = ("textEntityTypeBotCommand", "textEntityTypeMention")
    return [
        (one["offset"], one["offset"] + one["length"])
        for one in found.get("entities", ())
        if one["type"]["@type"] in kinds
    ]


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from([*"a9ж_/@.<>( \n-½²\u0301٣", "pause", "alena_x", "/pause", "@alena_x", "😀"]), max_size=20)
)
def test_no_word_of_a_statement_is_a_command_or_a_mention(pieces: list[str]) -> None:
    """What Telegram itself would make a command or a mention of is shown as code: a tap on it sends nothing."""
    text = "x " + "".join(pieces) + " x"
    for words in (Words().add(text, "bold"), Words().post(post(text), quoted=True)):
        codes = [(one.offset, one.offset + one.length) for one in words.entities() if one.type == "code"]
        for start, end in detected(words.text):
            assert any(a <= start and end <= b for a, b in codes), words.text


def test_words_around_a_command_keep_their_formatting() -> None:
    """Only the command itself is shown as code; the bold words before and after it stay bold."""
    words = Words().add("Стоп /pause зараз", "bold")
    assert [(one.type, one.offset, one.length) for one in words.entities()] == [
        ("bold", 0, 5),
        ("code", 5, 6),
        ("bold", 11, 6),
    ]


def test_a_text_of_nothing_but_commands_is_code_as_a_whole() -> None:
    """A hundred commands in a statement neither reach a thumb nor use up the formatting of a message."""
    words = Words().post(post("/skip " * 100 + "!"), quoted=True)
    assert [(one.type, one.offset, one.length) for one in words.entities()] == [("code", 0, 601)]


def test_a_page_ends_at_a_sentence_and_never_inside_one() -> None:
    """A text longer than a message goes on after the end of a sentence."""
    text = " ".join(f"Сказ нумар {n} пра Мройск, вельмі доўгі сказ." for n in range(400))
    shown = parted([Words().add(text, "italic")])
    assert len(shown) > 3
    assert all(re.fullmatch(r"Сказ .*\.", one.text) for one in shown)
    assert all(units(one.text) > LIMIT * 0.9 for one in shown[:-1])
    assert all(len(one.marks) == 1 for one in shown)


def test_a_page_that_begins_inside_a_word_begins_no_command() -> None:
    """Where a word longer than a message must be parted, no part of it turns into a command."""
    shown = parted([Words().add("а" * 2048 + "б" * 2048 + "/pause" * 700)])
    for one in shown:
        codes = [(mark.offset, mark.offset + mark.length) for mark in one.entities() if mark.type == "code"]
        assert all(any(a <= start and end <= b for a, b in codes) for start, end in detected(one.text))


def test_a_message_has_at_most_a_hundred_formatted_stretches() -> None:
    """Telegram would silently drop the formatting beyond the hundredth, so a page ends before."""
    shown = parted([Words().add("так", "bold") for _ in range(250)])
    assert [len(one.marks) for one in shown] == [MOST_ENTITIES, MOST_ENTITIES, 50]
