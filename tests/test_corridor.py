"""One statement, all the way: from a feed on a real web server to what would have been sent."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.house import House, item, rss
from tests.web import Web, answer

FIRST = item(
    "first",
    "Суды пакаралі 17 чалавек",
    "Суды Мройска пакаралі 17 чалавек за тыдзень. Ніхто з іх не прызнаў віны.",
    hours=30,
)
SECOND = item(
    "second", "Бюро падало 3 скаргі", "Бюро падало 3 скаргі 12 сакавіка 2026 года. Адказу пакуль няма.", hours=2
)


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    """The organisation's site."""
    async with Web() as served:
        served.answers["/be.xml"] = answer(rss([FIRST]))
        yield served


def at_home(tmp_path: Path, web: Web, extra: str = "") -> House:
    """An installation that watches the Belarusian feed."""
    return House(tmp_path, {"be": web.url("/be.xml")}, extra)


async def test_the_first_look_at_a_site_posts_nothing(tmp_path: Path, web: Web) -> None:
    """On the first day the whole archive is only recorded; what comes after it is posted by itself."""
    house = at_home(tmp_path, web)
    await house("once")
    assert house.calls() == []
    web.answers["/be.xml"] = answer(rss([SECOND, FIRST]))
    await house("once")
    assert {call["channel"] for call in house.calls()} == {"telegram-be", "telegram-en", "x-en", "newsletter"}
    assert all(key.startswith("s2/") for key in house.sent())


async def test_nothing_is_posted_twice_however_often_we_look(tmp_path: Path, web: Web) -> None:
    """A second run, and a third after the site has changed all its addresses' order, adds no post."""
    house = at_home(tmp_path, web, 'first_run = "publish"')
    await house("once")
    keys = house.sent()
    assert len(keys) == len(set(keys)) > 0
    await house("once")
    web.answers["/be.xml"] = answer(rss([FIRST]) + b"<!-- cached -->")
    await house("once")
    assert house.sent() == keys


async def test_what_is_sent_says_what_it_is_and_links_to_the_original(tmp_path: Path, web: Web) -> None:
    """The site's own words go out in full as the original; what nobody can translate goes out labelled."""
    house = at_home(tmp_path, web, 'first_run = "publish"')
    await house("once")
    posts = {call["channel"]: call["payload"] for call in house.calls()}
    assert "Суды Мройска пакаралі 17 чалавек за тыдзень. Ніхто з іх не прызнаў віны." in posts["telegram-be"]["text"]
    assert "Арыгінал" in posts["telegram-be"]["text"]
    assert "Суды Мройска пакаралі 17 чалавек" in posts["telegram-en"]["text"]
    assert "translat" in posts["telegram-en"]["text"].lower()
    assert any(one.get("url") == FIRST.link for one in posts["telegram-be"]["entities"])


async def test_an_edit_after_posting_is_recorded_and_waits(tmp_path: Path, web: Web) -> None:
    """When the site changes a figure after we have posted, nothing is sent; the queue shows it."""
    house = at_home(tmp_path, web, 'first_run = "publish"')
    await house("once")
    before = house.sent()
    edited = item("first", FIRST.title.replace("17", "18"), "Суды Мройска пакаралі 18 чалавек за тыдзень.", hours=30)
    web.answers["/be.xml"] = answer(rss([edited]))
    await house("once")
    assert house.sent() == before
    waiting = await house.json("queue")
    assert {one["channel"] for one in waiting["held"]} == {"telegram-be", "telegram-en", "x-en", "newsletter"}
    assert all("changed since" in " ".join(one["reasons"]) for one in waiting["held"])
    refused = await house("publish", "1")
    assert "posted before" in refused and "vestka correct 1" in refused and house.sent() == before


async def test_a_person_reposts_and_a_doubled_tap_posts_once(tmp_path: Path, web: Web) -> None:
    """/repost sends the approved text again; the same confirmation, given twice, sends it once."""
    house = at_home(tmp_path, web, 'first_run = "publish"')
    await house("once")
    before = house.calls()
    await house("repost", "1", "telegram-be", "--id", "77", "--dry-run")
    await house("once")
    assert len(house.calls()) == len(before)
    for _ in range(2):
        await house("repost", "1", "telegram-be", "--id", "77")
    await house("once")
    (again,) = house.calls()[len(before) :]
    assert again["key"] == "s1/r1/telegram-be/be/1/repost-77"
    original = next(call for call in before if call["channel"] == "telegram-be")
    assert again["payload"] == original["payload"]


async def test_too_many_at_once_wait_for_a_person(tmp_path: Path, web: Web) -> None:
    """A site that suddenly shows more new statements than it ever publishes is not believed; one tap releases each."""
    house = at_home(tmp_path, web, "burst = 2")
    await house("once")
    new = [item(f"n{i}", f"Заява нумар {i}", f"Бюро паведамляе пра {i + 20} затрыманых.") for i in range(3)]
    web.answers["/be.xml"] = answer(rss([*new, FIRST]))
    await house("once")
    assert house.calls() == []
    held = (await house.json("queue"))["stories"]
    assert len(held) == 3 and all("more than 2" in one["reason"] for one in held)
    await house("publish", held[0]["story"])
    await house("once")
    assert {key.split("/")[0] for key in house.sent()} == {held[0]["story"]}


@pytest.mark.parametrize(("hours", "why"), [(24 * 9, "dated"), (-24, "future")])
async def test_an_odd_date_waits_for_a_person(tmp_path: Path, web: Web, hours: int, why: str) -> None:
    """A new entry that is dated long ago, or in the future, is not posted by itself."""
    house = at_home(tmp_path, web)
    await house("once")
    odd = item("odd", "Заява без даты", "Бюро паведамляе пра 5 чалавек.", hours=hours)
    web.answers["/be.xml"] = answer(rss([odd, FIRST]))
    await house("once")
    assert house.calls() == []
    assert why in (await house.json("queue"))["stories"][0]["reason"]


async def test_a_skipped_story_stays_unposted(tmp_path: Path, web: Web) -> None:
    """What an officer refused is not posted, not even when the site edits it."""
    house = at_home(tmp_path, web, "burst = 1")
    await house("once")
    new = [item(f"n{i}", f"Заява {i}", f"Бюро паведамляе пра {i + 20} затрыманых.") for i in range(2)]
    web.answers["/be.xml"] = answer(rss([*new, FIRST]))
    await house("once")
    await house("skip", "2", "не наша")
    edited = item("n1", "Заява 1", "Бюро паведамляе пра 99 затрыманых.")
    web.answers["/be.xml"] = answer(rss([new[0], edited, FIRST]))
    await house("once")
    assert house.calls() == []
    acts = await house.json("audit")
    assert any(act["what"] == "skip" and act["detail"] == "не наша" and act["who"] == "console" for act in acts)


async def test_a_settling_text_is_not_posted_before_it_has_settled(tmp_path: Path, web: Web) -> None:
    """A fresh text is left alone for a while, because editors mend their slips in the first minutes."""
    house = at_home(tmp_path, web, 'first_run = "publish"')
    text = house.settings.read_text().replace('settle = "0s"', 'settle = "1h"')
    house.settings.write_text(text)
    await house("once")
    assert house.calls() == []
    await house("publish", "1")
    await house("once")
    assert house.sent()


async def test_the_label_of_the_sites_software_is_not_believed(tmp_path: Path, web: Web) -> None:
    """A Belarusian feed whose software calls it English is read in the language that its source is set to."""
    labelled = rss([FIRST]).replace(b"<channel>", b"<channel><language>en-US</language>")
    web.answers["/be.xml"] = answer(labelled)
    house = at_home(tmp_path, web, 'first_run = "publish"')
    await house("once")
    assert (await house.json("show", "1"))["editions"][0]["language"] == "be"
    assert {call["channel"] for call in house.calls()} == {"telegram-be", "telegram-en", "x-en", "newsletter"}


async def test_a_page_that_is_gone_is_not_announced(tmp_path: Path, web: Web) -> None:
    """A statement whose own page answers 404 waits for a person; one whose page cannot be asked does not."""
    gone = rss([FIRST]).replace(b"https://example.invalid/first", web.url("/gone").encode())
    web.answers["/be.xml"] = answer(gone)
    house = at_home(tmp_path, web, 'first_run = "publish"')
    await house("once")
    assert house.calls() == []
    assert "404" in (await house.json("queue"))["stories"][0]["reason"]
    await house("publish", "1")
    await house("once")
    assert house.sent()


async def test_a_failing_mirror_is_passed_over(tmp_path: Path, web: Web) -> None:
    """When the first address of a site fails, the next one is asked."""
    house = at_home(tmp_path, web, 'first_run = "publish"')
    text = house.settings.read_text()
    house.settings.write_text(text.replace('urls = ["', f'urls = ["{web.url("/down.xml")}", "'))
    web.answers["/down.xml"] = answer(b"", status=503)
    await house("once")
    assert house.calls()


async def test_an_unchanged_feed_is_asked_conditionally_and_not_read_again(tmp_path: Path, web: Web) -> None:
    """What the site said about its feed's version is repeated to it word for word, after the statements are safe."""
    web.answers["/be.xml"] = answer(rss([FIRST]), etag='W/"odd tag"', last_modified="yesterday, roughly")
    house = at_home(tmp_path, web, 'first_run = "publish"')
    await house("once")
    await house("once")
    asked = [head.lower() for head in web.requests if "/be.xml" in head]
    assert "if-none-match" not in asked[0]
    assert 'if-none-match: w/"odd tag"' in asked[1] and "if-modified-since: yesterday, roughly" in asked[1]


async def test_what_cannot_be_read_is_kept_and_named_and_nothing_is_posted(tmp_path: Path, web: Web) -> None:
    """A feed cut short is put aside with its reason; nothing of it is posted, not even what looks whole."""
    whole = rss([SECOND, FIRST])
    web.answers["/be.xml"] = answer(whole[: len(whole) // 2])
    house = at_home(tmp_path, web, 'first_run = "publish"')
    await house("once")
    assert house.calls() == []
    assert (await house.json("queue"))["quarantine"][0]["source"] == "be"
    web.answers["/be.xml"] = answer(whole)
    await house("once")
    assert {key.split("/")[0] for key in house.sent()} == {"s1", "s2"}


async def test_a_version_that_could_not_be_read_is_not_remembered(tmp_path: Path, web: Web) -> None:
    """After a broken answer the feed is asked in full again, so that nothing in it is missed for ever."""
    web.answers["/be.xml"] = answer(rss([FIRST])[:-20], etag='"1"')
    house = at_home(tmp_path, web, 'first_run = "publish"')
    await house("once")
    await house("once")
    assert not any("if-none-match" in head.lower() for head in web.requests)


async def test_a_post_that_was_changed_in_the_ledger_is_not_sent(tmp_path: Path, web: Web) -> None:
    """Whoever changes a waiting post behind the editors' backs stops it: the approved text is the text that is sent."""
    house = at_home(tmp_path, web, 'first_run = "publish"')
    await house("once")
    before = len(house.sent())
    await house("repost", "1", "telegram-be", "telegram-en", "--id", "7")
    with closing(sqlite3.connect(tmp_path / "state" / "vestka.db")) as ledger, ledger:
        ledger.execute(
            "update rendition set posts = replace(posts, '17', '71') "
            "where cause = 'repost-7' and channel = 'telegram-be'"
        )
    await house("once")
    assert house.sent()[before:] == ["s1/r1/telegram-en/en/1/repost-7"]
    (failed,) = [row for row in (await house.json("show", "1"))["deliveries"] if row["state"] == "failed"]
    assert "not the one that was approved" in failed["error"]


async def test_two_texts_under_one_name_wait_for_a_person(tmp_path: Path, web: Web) -> None:
    """When the feed gives one identifier to two different texts, neither is posted by itself."""
    twin = item("first", FIRST.title, "Зусім іншы тэкст пра 90 чалавек.", hours=29)
    web.answers["/be.xml"] = answer(rss([twin, FIRST]))
    house = at_home(tmp_path, web, 'first_run = "publish"')
    await house("once")
    assert house.calls() == []
    assert "twice" in (await house.json("queue"))["stories"][0]["reason"]


async def test_the_sites_own_english_is_preferred_to_any_translation(tmp_path: Path, web: Web) -> None:
    """Pages that name each other as editions of one story become one story, each posted in the site's own words."""
    english = item("first-en", "Courts punish 17 people", "Courts in Mroisk punished 17 people in a week.", hours=29)
    be = item(
        "first",
        FIRST.title,
        "Суды Мройска пакаралі 17 чалавек за тыдзень.",
        hours=30,
        alternates=(("en-US", english.link),),
    )
    web.answers["/be.xml"] = answer(rss([be]))
    web.answers["/en.xml"] = answer(rss([english]))
    sources = {"be": web.url("/be.xml"), "en": web.url("/en.xml")}
    house = House(tmp_path, sources, 'first_run = "publish"')
    await house("once")
    assert {key.split("/")[0] for key in house.sent()} == {"s1"}
    posts = {call["channel"]: call["payload"]["text"] for call in house.calls()}
    assert "Courts in Mroisk punished 17 people" in posts["telegram-en"] and "Суды" not in posts["telegram-en"]


async def test_an_editor_translates_a_sentence_and_it_goes_out(tmp_path: Path, web: Web) -> None:
    """Sentences that a person translates are remembered; once they cover the summary, they go out as people's."""
    house = at_home(tmp_path, web, 'first_run = "publish"\nburst = 9')
    house.settings.write_text(
        house.settings.read_text().replace("[delivery]", '[review]\npolicy = "always"\n[delivery]')
    )
    await house("once")
    for number, text in enumerate(
        ("Courts punish 17 people", "Courts in Mroisk punished 17 people in a week.", "None of them admitted guilt.")
    ):
        await house("edit", "1", "en", str(number), text, "--as", "alena")
    await house("once")
    await house("publish", "1", "telegram-en", "--as", "alena")
    await house("once")
    (post,) = house.calls()
    assert "None of them admitted guilt." in post["payload"]["text"]
    assert "people" in post["payload"]["text"].lower()
    wrong = await house("edit", "1", "en", "1", "Courts in Mroisk punished 71 people in a week.")
    assert wrong
    await house("once")
    reasons = " ".join(" ".join(one["reasons"]) for one in (await house.json("queue"))["held"])
    assert "17" in reasons and "71" in reasons


async def test_an_officers_own_words_are_held_against_the_statement(tmp_path: Path, web: Web) -> None:
    """An officer's summary goes out when every figure in it is in the statement, and waits when one is not."""
    house = at_home(tmp_path, web, 'first_run = "publish"')
    house.settings.write_text(house.settings.read_text().replace('settle = "0s"', 'settle = "1h"'))
    await house("once")
    await house("write", "1", "be", "-", stdin="Пакаралі 170 чалавек.".encode())
    shown = await house.json("preview", "1")
    be = next(one for one in shown if one["channel"] == "telegram-be")
    assert be["state"] == "held" and any("170" in reason for reason in be["reasons"])
    for number, text in enumerate(("Courts punish 17 people", "170 people were punished.")):
        await house("edit", "1", "en", str(number), text)
    english = next(one for one in await house.json("preview", "1") if one["channel"] == "telegram-en")
    assert english["origin"] == "people" and english["state"] == "held"
    await house("write", "1", "be", "-", stdin="Пакаралі 17 чалавек.".encode())
    shown = await house.json("preview", "1")
    be = next(one for one in shown if one["channel"] == "telegram-be")
    assert be["state"] == "approved" and "Пакаралі 17 чалавек." in be["posts"][0]["payload"]["text"]


def backdated(house: House, statement: str) -> None:
    """Change the ledger from outside, to bring about what only time brings about."""
    with closing(sqlite3.connect(house.folder / "state" / "vestka.db")) as ledger, ledger:
        ledger.execute(statement)


async def test_the_old_text_does_not_go_out_while_the_new_one_settles(tmp_path: Path, web: Web) -> None:
    """A post that still waits in the outbox is withdrawn at once when the site edits its page."""
    house = at_home(tmp_path, web, 'first_run = "publish"')
    await house("once")
    backdated(house, "update delivery set state = 'due', remote_id = null, attempts = 0")
    (tmp_path / "out" / "calls.jsonl").unlink()
    house.settings.write_text(house.settings.read_text().replace('settle = "0s"', 'settle = "1h"'))
    web.answers["/be.xml"] = answer(rss([item("first", FIRST.title, "Суды пакаралі 18 чалавек.", hours=30)]))
    await house("once")
    assert house.sent() == []


async def test_a_page_that_turns_unreadable_stops_what_waits_of_it(tmp_path: Path, web: Web) -> None:
    """When the site strikes a figure out while we wait, the old figure is not posted; a person is asked."""
    house = at_home(tmp_path, web, 'first_run = "publish"')
    house.settings.write_text(house.settings.read_text().replace('settle = "0s"', 'settle = "1h"'))
    await house("once")
    struck = rss([FIRST]).replace("17 чалавек за".encode(), "&lt;del&gt;17&lt;/del&gt; 18 чалавек за".encode())
    assert struck != rss([FIRST])
    web.answers["/be.xml"] = answer(struck)
    house.settings.write_text(house.settings.read_text().replace('settle = "1h"', 'settle = "0s"'))
    await house("once")
    backdated(house, "update story set not_before = '2020-01-01 00:00:00'")
    await house("once")
    assert house.sent() == []
    assert "cannot be taken in" in (await house.json("queue"))["stories"][0]["reason"]


async def test_what_was_dropped_or_reposted_is_not_posted_again_by_an_edit(tmp_path: Path, web: Web) -> None:
    """A post that may be out, since its outcome was never known, is not made again when the page changes."""
    house = at_home(tmp_path, web, 'first_run = "publish"')
    await house("once")
    backdated(house, "update delivery set state = 'unknown' where channel = 'telegram-be'")
    backdated(house, "update attempt set outcome = 'unknown'")
    await house("resolve", "s1/r1/telegram-be/be/1/auto", "drop")
    sent = house.sent()
    web.answers["/be.xml"] = answer(rss([item("first", FIRST.title, "Суды пакаралі 18 чалавек.", hours=30)]))
    await house("once")
    assert house.sent() == sent


async def test_one_page_in_two_feeds_is_one_story(tmp_path: Path, web: Web) -> None:
    """Two feeds of one site that tell of the same page do not make two posts, nor an endless row of edits."""
    web.answers["/be-all.xml"] = answer(rss([item("first", FIRST.title, "Толькі пачатак…", hours=30)]))
    sources = {"be": web.url("/be.xml"), "be-all": web.url("/be-all.xml")}
    house = House(tmp_path, sources, 'first_run = "publish"')
    for _ in range(2):
        await house("once")
    assert {key.split("/")[:2][0] for key in house.sent()} == {"s1"}
    assert (await house.json("show", "1"))["revision"] == 1


async def test_a_new_identifier_for_the_same_text_is_no_new_statement(tmp_path: Path, web: Web) -> None:
    """A site that renumbers its entries causes no post; another text at the same address waits for a person."""
    house = at_home(tmp_path, web, 'first_run = "publish"')
    await house("once")
    sent = house.sent()
    renumbered = rss([FIRST]).replace(b">first</guid>", b">post-7</guid>")
    web.answers["/be.xml"] = answer(renumbered)
    await house("once")
    assert house.sent() == sent and (await house.json("show", "1"))["revision"] == 1
    assert (await house.json("queue"))["stories"] == []
    other = renumbered.replace(b"post-7", b"post-8").replace("Ніхто".encode(), "Кожны".encode())
    web.answers["/be.xml"] = answer(other)
    await house("once")
    assert house.sent() == sent
    assert "another identifier" in (await house.json("queue"))["stories"][0]["reason"]


async def test_a_channel_that_is_new_gets_nothing_old_by_itself(tmp_path: Path, web: Web) -> None:
    """A channel that is added or renamed later is not filled with stories that were posted before it was there."""
    house = at_home(tmp_path, web, 'first_run = "publish"')
    await house("once")
    house.settings.write_text(house.settings.read_text().replace("[channels.telegram-be]", "[channels.tg-be]"))
    web.answers["/be.xml"] = answer(rss([item("first", FIRST.title, "Суды пакаралі 18 чалавек.", hours=30)]))
    await house("once")
    assert not any("/tg-be/" in key for key in house.sent())
    assert any(one["channel"] == "tg-be" for one in (await house.json("queue"))["held"])


async def test_a_late_edition_of_an_archived_statement_asks_first(tmp_path: Path, web: Web) -> None:
    """When the site translates an old statement that was only recorded, a person decides whether it is posted."""
    house = House(tmp_path, {"be": web.url("/be.xml"), "en": web.url("/en.xml")})
    web.answers["/en.xml"] = answer(rss([item("other", "Other", "Nothing of note happened in Mroisk today.", hours=9)]))
    await house("once")
    english = item("first-en", "Courts punish 17 people", "Courts punished 17.", alternates=(("be", FIRST.link),))
    web.answers["/en.xml"] = answer(rss([english]))
    await house("once")
    assert house.sent() == []
    assert "new edition" in (await house.json("queue"))["stories"][0]["reason"]


async def test_a_person_may_change_their_mind(tmp_path: Path, web: Web) -> None:
    """What was skipped can be published after all."""
    house = at_home(tmp_path, web, 'first_run = "publish"')
    house.settings.write_text(house.settings.read_text().replace('settle = "0s"', 'settle = "1h"'))
    await house("once")
    await house("skip", "1", "не цяпер")
    await house("publish", "1")
    await house("once")
    assert house.sent()


async def test_what_a_person_releases_is_what_they_saw(tmp_path: Path, web: Web) -> None:
    """When the site edited a text that was held, a release must name the revision that was looked at."""
    house = at_home(tmp_path, web, 'first_run = "publish"')
    house.settings.write_text(
        house.settings.read_text().replace("[delivery]", '[review]\npolicy = "always"\n[delivery]')
    )
    await house("once")
    web.answers["/be.xml"] = answer(rss([item("first", FIRST.title, "Суды пакаралі 18 чалавек.", hours=30)]))
    await house("once")
    await house("publish", "1", code=2)
    await house("publish", "1", "--revision", "1", code=2)
    said = await house("publish", "1", "--revision", "2")
    assert "released although: Every post waits for a person here" in said
    await house("once")
    assert any("18" in call["payload"]["text"] for call in house.calls())


async def test_a_translation_belongs_to_the_sentence_that_was_seen(tmp_path: Path, web: Web) -> None:
    """An editor's sentence is not bound to another one that has taken its place in the meantime."""
    house = at_home(tmp_path, web, 'first_run = "publish"')
    await house("once")
    house.settings.write_text(house.settings.read_text().replace('settle = "0s"', 'settle = "1h"'))
    edited = item("first", FIRST.title, "Зусім новы сказ пра 90 чалавек у Мройску. Ніхто не прызнаў віны.", hours=30)
    web.answers["/be.xml"] = answer(rss([edited]))
    await house("once")
    await house("edit", "1", "en", "1", "Courts in Mroisk punished 17 people in a week.", code=2)
    assert "look again" in house.stderr


async def test_a_doubled_repost_posts_once_even_after_an_edit(tmp_path: Path, web: Web) -> None:
    """The same confirmation never posts twice, whatever happened to the text between the two taps."""
    house = at_home(tmp_path, web, 'first_run = "publish"')
    await house("once")
    await house("repost", "1", "telegram-be", "--id", "tap")
    await house("once")
    sent = house.sent()
    web.answers["/be.xml"] = answer(rss([FIRST]).replace(b"<title>\xd0\xa1\xd1\x83\xd0\xb4\xd1\x8b", b"<title>"))
    await house("once")
    await house("repost", "1", "telegram-be", "--id", "tap", code=None)
    await house("once")
    assert house.sent() == sent


async def test_one_broken_source_does_not_silence_the_others(
    tmp_path: Path, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When one source wakes a bug, the other sources are still read and posted, and the bug is not hidden."""
    from bot.pipeline import Pipeline

    poll = Pipeline.poll

    async def sick(self: Pipeline, name: str) -> object:
        if name == "be":
            raise RuntimeError("sick")
        return await poll(self, name)

    monkeypatch.setattr(Pipeline, "poll", sick)
    web.answers["/en.xml"] = answer(rss([item("en", "Courts", "Courts punished 17 people in Mroisk this week.")]))
    house = House(tmp_path, {"be": web.url("/be.xml"), "en": web.url("/en.xml")}, 'first_run = "publish"')
    with pytest.raises(ExceptionGroup):
        await house("once")
    assert house.sent()


async def test_alternates_that_say_the_same_are_one(tmp_path: Path, web: Web) -> None:
    """A page that names its English edition twice, with and without a tracking mark, is read like any other."""
    twice = item(
        "first",
        FIRST.title,
        "Суды пакаралі 17 чалавек.",
        alternates=(("en", "https://example.invalid/en"), ("en", "https://example.invalid/en/?utm_source=x")),
    )
    web.answers["/be.xml"] = answer(rss([twice]))
    house = at_home(tmp_path, web, 'first_run = "publish"')
    await house("once")
    assert house.sent()


async def test_a_second_vestka_is_turned_away(tmp_path: Path, web: Web) -> None:
    """Two processes never work on one ledger: the second ends at once and says so."""
    import fcntl

    house = at_home(tmp_path, web)
    (tmp_path / "state").mkdir()
    with (tmp_path / "state" / "vestka.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        await house("once", code=75)
    assert "another Vestka" in house.stderr
