"""What is new and what is not: identifiers and addresses that change, texts that come again."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.lookout import MONDAY, ONE, Lookout, Page, lookout, page

OLD = (9, 8, 7, 6)
JOINT = (
    "Мы, арганізацыі Мройска, заклікаем улады вызваліць усіх, каго яны затрымалі за мірныя сходы. Ніхто з іх не "
    "здзейсніў злачынства. Мы патрабуем спыніць пераслед, вярнуць людзям працу і дазволіць ім бачыць сваіх дзяцей.\n\n"
    "За тыдзень затрымалі 17 чалавек, і 5 з іх застаюцца пад вартай."
)


@asynccontextmanager
async def watched(folder: Path, *languages: str, **more: Any) -> AsyncIterator[Lookout]:
    """A site whose four old statements are recorded; one channel."""
    async with lookout(folder, languages or ("be",), channels=ONE, **more) as house:
        house.site.publish("be", *(page(number, 10 + number) for number in OLD))
        await house.look()
        yield house


def entry(house: Lookout, title: str) -> Page:
    """The page whose title has these words."""
    (found,) = (one for pages in house.site.feeds.values() for one in pages if title in one.title)
    return found


async def reasons(house: Lookout) -> dict[str, str]:
    """Story -> why it waits."""
    return {story: str(reason) for story, state, reason in await house.stories() if state == "held"}


# ---- one statement under other names


def all_https(pages: list[Page]) -> None:
    """The site's software writes https in its identifiers from now on."""
    for one in pages:
        one.guid = one.guid.replace("http:", "https:")


def all_new(pages: list[Page]) -> None:
    """A new site: other identifiers, other addresses."""
    for one in pages:
        one.path, one.guid = f"/new{one.path}", f"new-{one.guid}"


def all_dated(pages: list[Page]) -> None:
    """The site dates all its statements anew."""
    for one in pages:
        one.at = MONDAY + timedelta(hours=1)


def one_guid(pages: list[Page]) -> None:
    """One statement gets another identifier."""
    pages[0].guid = "other"


def one_address(pages: list[Page]) -> None:
    """One statement gets another address."""
    pages[0].path = "/other"


@pytest.mark.parametrize("change", [all_https, all_new, all_dated, one_guid, one_address])
async def test_other_names_make_no_new_statement(tmp_path: Path, change: Any) -> None:
    """Whatever identifiers, addresses or dates a site changes under its texts, nothing is posted a second time."""
    async with watched(tmp_path) as house:
        house.site.publish("be", page(0))
        await house.go()
        posts, stories = await house.posts(), await house.stories()
        change(house.site.feeds["be"])
        await house.go()
        assert await house.posts() == posts and len(posts) == 1
        assert await house.stories() == stories
        assert [line for line in house.told if "seems to have moved" not in line] == []
        assert len(house.told) == (change is all_new)


async def test_the_move_of_an_old_archive_is_one_line(tmp_path: Path) -> None:
    """When a site renames statements of months ago, that is one alarm, not one for each of them."""
    async with watched(tmp_path) as house:
        house.now += timedelta(days=61)
        all_new(house.site.feeds["be"])
        await house.go()
        assert await house.posts() == []
        assert not any("published" in line for line in house.told)
        assert len([line for line in house.told if "Most statements" in line]) == 1


async def test_what_is_new_in_a_site_that_moves_waits(tmp_path: Path) -> None:
    """A statement that appears while the site renames all others waits for a person."""
    async with watched(tmp_path) as house:
        all_new(house.site.feeds["be"])
        house.site.publish("be", page(0))
        await house.go()
        assert await house.posts() == [] and "new identifiers" in (await reasons(house))["s5"]


async def test_identifiers_that_differ_at_their_very_end_are_two(tmp_path: Path) -> None:
    """Two long identifiers are never cut, so that two statements are not taken for one."""
    async with watched(tmp_path) as house:
        house.site.publish("be", *(page(n, 30 + n, guid="g" * 2_000 + str(n), link="") for n in (1, 0)))
        await house.go()
        assert [story for story, _, _ in await house.posts()] == ["s5", "s6"]


async def test_one_identifier_for_two_addresses_names_two_statements(tmp_path: Path) -> None:
    """When the feed gives two pages one identifier, their addresses tell them apart, also after one has gone."""
    async with watched(tmp_path) as house:
        house.site.publish("be", page(1, 31, guid="twin"), page(0, 30, guid="twin"))
        await house.go()
        assert [story for story, _, _ in await house.posts()] == ["s5", "s6"]
        house.site.feeds["be"].remove(entry(house, "справа 1"))
        entry(house, "справа 0").text = "Суды Мройска пакаралі 30 чалавек за месяц."
        await house.go()
        assert len(await house.stories()) == 6
        assert any("s6 after it was posted" in line for line in house.told)


async def test_a_reused_identifier_waits_once(tmp_path: Path) -> None:
    """Another text at another address under an old identifier waits as a new one, and is taken in only once."""
    async with watched(tmp_path) as house:
        first = page(0)
        house.site.publish("be", first)
        await house.go()
        other = page(0, guid=first.guid, path="/be/else", title="Бюро шукае дызайнера", text="Дасылайце рэзюмэ.")
        house.site.feeds["be"].remove(first)
        house.site.publish("be", other)
        await house.go()
        assert "the identifier of s5" in (await reasons(house))["s6"]
        for number in (1, 2):
            house.site.feeds["be"].pop()
            other.text = f"Дасылайце рэзюмэ да {number} жніўня."
            await house.go()
        assert len(await house.stories()) == 6 and len(await house.posts()) == 1


# ---- one text again


async def test_a_joint_statement_is_posted_once(tmp_path: Path) -> None:
    """A statement that a second site of ours carries under a title of its own is one story and one post."""
    async with watched(tmp_path, "be", "be-partners") as house:
        house.site.publish("be", page(0, title="Сумесная заява арганізацый", text=JOINT))
        await house.go()
        house.site.publish("be-partners", page(0, path="/p/1", guid="p1", title="Далучаемся да заявы", text=JOINT))
        await house.go()
        await house.go()
        assert len(await house.posts()) == 1 and len(await house.stories()) == 5
        assert any("told again" in act for act in await house.trail(5))


async def test_new_signatures_are_an_edit(tmp_path: Path) -> None:
    """Signatures that are added to a joint statement are proposed as an edit of the post, never posted as news."""
    async with watched(tmp_path) as house:
        signed = page(0, title="Сумесная заява", text=f"{JOINT}\n\nПадпісалі: Бюро «Зорка», Фонд «Мост».")
        house.site.publish("be", signed)
        await house.go()
        signed.text += "\n\nДалучыліся: Рада «Поле»."
        await house.go()
        assert len(await house.posts()) == 1 and len(await house.stories()) == 5
        ((story, _, reason),) = await house.held()
        assert story == "s5" and "changed since" in reason


async def test_a_text_that_comes_again_after_months_is_told_and_not_posted(tmp_path: Path) -> None:
    """A statement that the site publishes again after 61 days is not posted by itself, but someone hears of it."""
    async with watched(tmp_path) as house:
        house.site.publish("be", page(0, text=JOINT))
        await house.go()
        house.now += timedelta(days=61)
        again = page(-61, title=entry(house, "справа 0").title, text=JOINT)
        house.site.publish("be", again)
        await house.go()
        assert len(await house.posts()) == 1
        assert any("has published s5 again" in line and "vestka repost 5" in line for line in house.told)


async def almost(house: Lookout) -> None:
    """A second site of ours tells a posted statement in slightly other words."""
    house.site.publish("be", page(0, text=JOINT))
    await house.go()
    words = JOINT.replace("вярнуць людзям працу", "вярнуць людзям іх працу")
    house.site.publish("be-partners", page(0, path="/p/1", guid="p1", text=words))
    await house.go()


async def test_nearly_the_same_words_elsewhere_are_a_question(tmp_path: Path) -> None:
    """Nearly the same text from a second site, with the same facts, waits with the question what it is."""
    async with watched(tmp_path, "be", "be-partners") as house:
        await almost(house)
        assert len(await house.posts()) == 1
        assert "almost like s5: an edit of it, or a new statement?" in (await reasons(house))["s6"]
        assert any("s6 waits for a person" in line for line in house.told)


async def test_a_person_may_say_that_two_are_one(tmp_path: Path) -> None:
    """After `link` the newer words are proposed as an edit of the post, and no second post is made."""
    async with watched(tmp_path, "be", "be-partners") as house:
        await almost(house)
        await house.pipeline.link(5, 6, person="alena")
        await house.go()
        assert [story for story, _, _ in await house.posts()] == ["s5"]
        ((story, _, reason),) = await house.held()
        assert story == "s5" and "changed since" in reason


async def test_a_person_may_say_that_it_is_new(tmp_path: Path) -> None:
    """After `publish` the text that was asked about goes out as a statement of its own."""
    async with watched(tmp_path, "be", "be-partners") as house:
        await almost(house)
        await house.pipeline.publish(6, person="alena")
        await house.go()
        assert [story for story, _, _ in await house.posts()] == ["s5", "s6"]


async def test_a_series_is_news_each_time(tmp_path: Path) -> None:
    """A weekly text that differs from the last one in its figures alone is posted as the news that it is."""
    async with watched(tmp_path, "be", "be-partners") as house:
        house.site.publish("be", page(1, 17, text=JOINT))
        await house.go()
        house.site.publish("be", page(0, 18, text=JOINT.replace("17", "18")))
        house.site.publish("be-partners", page(0, 19, path="/p/1", guid="p1", text=JOINT.replace("17", "19")))
        await house.go()
        assert [story for story, _, _ in await house.posts()] == ["s5", "s6", "s7"]


async def test_a_page_that_was_replaced_is_a_question(tmp_path: Path) -> None:
    """When the site takes a statement down and puts it up again, edited, under other names, it is asked what it is."""
    async with watched(tmp_path) as house:
        house.site.publish("be", page(0, text=JOINT))
        await house.go()
        house.site.feeds["be"].pop(0)
        house.site.publish("be", page(0, path="/x", guid="x", text=JOINT.replace("17 чалавек", "18 чалавек")))
        await house.go()
        assert len(await house.posts()) == 1
        assert await reasons(house) == {"s6": "It reads almost like s5: an edit of it, or a new statement?"}


async def test_a_text_that_was_replaced_does_not_go_out(tmp_path: Path) -> None:
    """When an edited text takes the place of one that is about to be sent, the old one waits like the new one."""
    async with watched(tmp_path, source={"check_links": False}) as house:
        house.site.publish("be", page(0, text=JOINT))
        await house.look(minutes=5)
        house.site.feeds["be"].pop(0)
        house.site.publish("be", page(0, path="/x", guid="x", text=JOINT.replace("17 чалавек", "18 чалавек")))
        await house.go()
        assert await house.posts() == [] and list(await reasons(house)) == ["s5", "s6"]


async def test_no_more_of_a_replaced_text_goes_out(tmp_path: Path) -> None:
    """When a text is replaced that some readers have and others wait for, the others do not get the old one."""
    channels = ONE | {"telegram-ru": {"kind": "telegram", "language": "ru"}}
    async with lookout(tmp_path, ["be", "ru"], channels=channels) as house:
        house.site.publish("be", *(page(number, 10 + number) for number in OLD))
        await house.look()
        house.site.publish("be", page(0, text=JOINT))
        await house.go()
        house.site.feeds["be"].pop(0)
        house.site.publish("be", page(0, path="/x", guid="x", text=JOINT.replace("17 чалавек", "18 чалавек")))
        await house.go()
        await house.look(hours=3)
        assert [channel for _, channel, _ in await house.posts()] == ["telegram-be"]
