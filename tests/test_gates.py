"""What keeps posts back: pauses, a platform's pace, a channel that takes nothing, what others have posted by hand."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot import delivery
from bot.delivery import work_off
from bot.errors import UsageError
from bot.model import Claimed, Delivery
from bot.store import ledger
from channels import Later, Moved, Outcome, Receipt, Refused, Unknown
from tests.lookout import Lookout, lookout, page
from tests.platform import Platform
from tests.web import answer

TOKEN = "123456:" + "A" * 35
LIVE = {
    "channels": {
        f"telegram-{language}": {"kind": "telegram", "language": language, "chat": f"@example_{language}"}
        for language in ("be", "ru")
    },
    "delivery": {"wire": "live"},
}


@pytest.fixture
async def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Lookout]:
    """A live house on two Telegram channels of one bot, whose platform is a stand-in; it has seen its site before."""
    monkeypatch.setenv("VESTKA_TELEGRAM_TOKEN", TOKEN)
    monkeypatch.setattr(delivery, "PATIENCE", timedelta())  # this house's clock does not move while one sleeps
    async with lookout(tmp_path, **LIVE) as made:
        made.site.publish("be", page(1))
        await made.go()
        made.pipeline.wires = {name: Platform() for name in made.pipeline.wires}
        yield made


def platform(house: Lookout, name: str = "telegram-be") -> Platform:
    """The stand-in of a channel."""
    wire = house.pipeline.wires[name]
    assert isinstance(wire, Platform)
    return wire


async def out(house: Lookout) -> None:
    """What has come in goes out, at the platform's pace."""
    await house.go()
    await house.look(seconds=2)


async def news(house: Lookout, *numbers: int) -> None:
    """New statements come in, are judged, and lie in the outbox."""
    house.site.publish("be", *(page(number + 10, figure=40 + number, at=house.now) for number in numbers))
    await house.pipeline.pause(None, None, person="test")
    await house.go()
    await house.pipeline.resume(None, person="test")


# --------------------------------------------------------------------------------------------------------------------
# pauses


async def test_a_pause_keeps_posts_back_and_loses_none(house: Lookout) -> None:
    """While a channel is paused nothing goes out there and the others go on; afterwards everything does."""
    assert "2026" in (await house.pipeline.pause("telegram-be", "2h", person="alena"))[0]
    house.site.publish("be", page(0, figure=42))
    await out(house)
    assert platform(house).public == {} and len(platform(house, "telegram-ru").public) == 1
    await house.look(hours=2)
    assert len(platform(house).public) == 1


async def test_a_pause_ends_by_a_persons_word(house: Lookout) -> None:
    """Everything may be paused without an end, and resumed; both are on record."""
    await house.pipeline.pause(None, None, person="alena")
    house.site.publish("be", page(0, figure=42))
    await out(house)
    await house.look(hours=5)
    assert platform(house).public == {}
    assert "sends again" in (await house.pipeline.resume("telegram-be", person="alena"))[0]
    await out(house)
    assert len(platform(house).public) == 1


async def test_a_wrong_pause_is_refused_in_a_line(house: Lookout) -> None:
    """A channel that does not exist and a time that is none are told."""
    with pytest.raises(UsageError, match="telegram-be, telegram-ru"):
        await house.pipeline.pause("telegram-by", None, person="alena")
    with pytest.raises(UsageError, match="2h"):
        await house.pipeline.pause(None, "soon", person="alena")


# --------------------------------------------------------------------------------------------------------------------
# the platform's pace


async def settled(house: Lookout, claimed: object, outcome: Outcome) -> None:
    """One attempt comes to its outcome."""
    assert isinstance(claimed, Claimed)
    await house.pipeline.settle(claimed.delivery, outcome, house.now)


SENT = Receipt(remote_id="7", url=None, wire="live")


async def test_a_chat_gets_one_post_a_second(house: Lookout) -> None:
    """Two posts to one chat are a second apart; another chat does not wait for it."""
    await news(house, 1, 2)
    pipeline = house.pipeline
    await settled(house, await pipeline.claim("telegram-be", house.now), SENT)
    wait = await pipeline.claim("telegram-be", house.now)
    assert isinstance(wait, timedelta) and timedelta() < wait <= timedelta(seconds=1)
    other = house.now + timedelta(seconds=0.04)  # 25 calls a second for the whole bot
    assert isinstance(await pipeline.claim("telegram-ru", other), Claimed)
    assert isinstance(await pipeline.claim("telegram-be", house.now + wait), Claimed)


async def test_waiting_is_not_claimed_when_nothing_is_due(house: Lookout) -> None:
    """A channel without posts has nothing to wait for."""
    await news(house, 1)
    await settled(house, await house.pipeline.claim("telegram-be", house.now), SENT)
    assert await house.pipeline.claim("telegram-be", house.now) is None


async def test_a_flood_wait_holds_every_channel_of_the_bot_and_outlives_a_restart(
    house: Lookout, tmp_path: Path
) -> None:
    """When Telegram asks for five minutes of silence the whole bot is silent, also after a restart."""
    await news(house, 1, 2)
    await settled(house, await house.pipeline.claim("telegram-be", house.now), Later(reason="flood", seconds=300.0))
    async with lookout(tmp_path, **LIVE) as again:
        for name in ("telegram-be", "telegram-ru"):
            wait = await again.pipeline.claim(name, house.now + timedelta(seconds=1))
            assert wait == timedelta(seconds=299)
        assert isinstance(await again.pipeline.claim("telegram-be", house.now + timedelta(seconds=300)), Claimed)


async def test_what_waits_a_moment_is_sent_in_the_same_go() -> None:
    """A command that sends what is due waits for a platform's pace by itself, but not for minutes."""
    waits = [timedelta(milliseconds=1), None, timedelta(minutes=5)]

    class Ledger:
        async def claim(self, channel: str, now: object) -> timedelta | None:
            return waits.pop(0)

        async def settle(self, delivery: Delivery, outcome: Outcome, now: object) -> None:
            raise AssertionError

    for left in (1, 0):
        assert await work_off(Ledger(), "x", Platform(), clock=lambda: None, silent=bool) == 0  # type: ignore[arg-type,return-value]  # a clock that nobody reads
        assert len(waits) == left


# --------------------------------------------------------------------------------------------------------------------
# a channel that moves, and one that takes nothing


async def test_a_chat_that_moved_gets_its_post_once_at_its_new_place(house: Lookout) -> None:
    """When Telegram says that a chat has a new id, the post goes there at once, and someone is told to note it."""
    platform(house).answers = [Moved(reason="upgraded to a supergroup", place="-1007")]
    await news(house, 1)
    while not platform(house).calls:  # the two channels of the bot take turns
        await house.pipeline.deliver()
        house.now += timedelta(seconds=1)
    claimed = await house.pipeline.claim("telegram-be", house.now + timedelta(seconds=5))
    assert isinstance(claimed, Claimed) and claimed.place == "-1007"
    await house.look()
    assert any("-1007" in line for line in house.told)


async def test_a_new_place_in_the_settings_wins(house: Lookout, tmp_path: Path) -> None:
    """What Telegram said of a former chat does not lead posts astray once the settings name another."""
    await news(house, 1)
    moved = Moved(reason="upgraded", place="-1007")
    await settled(house, await house.pipeline.claim("telegram-be", house.now), moved)
    channels = {**LIVE["channels"], "telegram-be": {"kind": "telegram", "language": "be", "chat": "@other"}}
    async with lookout(tmp_path, **{**LIVE, "channels": channels}) as again:
        claimed = await again.pipeline.claim("telegram-be", house.now + timedelta(seconds=5))
        assert isinstance(claimed, Claimed) and claimed.place is None


async def test_a_channel_that_takes_nothing_is_stopped_and_its_posts_wait(house: Lookout) -> None:
    """When the bot was removed from a channel, nothing is lost: once someone has mended it, it goes out."""
    platform(house).answers = [Refused(reason="the bot is not in the channel", lasting=True)]
    house.site.publish("be", page(0, figure=42))
    await out(house)
    await house.look(hours=2)
    assert len(platform(house).calls) == 1
    assert any("not in the channel" in line and "vestka resume telegram-be" in line for line in house.told)
    await house.pipeline.resume("telegram-be", person="alena")
    await house.look(minutes=1)
    assert len(platform(house).public) == 1
    assert any("over since" in line for line in house.told)


async def test_a_channel_that_takes_nothing_is_not_asked_for_a_withdrawal_either(house: Lookout) -> None:
    """While a platform refuses everything, a withdrawal waits too; it is made when someone has mended the channel."""
    house.site.publish("be", page(0, figure=42))
    await out(house)
    platform(house).answers = [Refused(reason="the bot is not in the channel", lasting=True)]
    await house.pipeline.retract(2, ["telegram-be"], nonce="r", person="alena")
    await house.look(minutes=1)
    await house.look(hours=1)
    assert [action for action, _ in platform(house).calls] == ["create", "delete"]
    await house.pipeline.resume("telegram-be", person="alena")
    await house.look(minutes=1)
    assert platform(house).public == {}


async def test_resuming_another_channel_does_not_hide_why_one_is_stopped(house: Lookout) -> None:
    """A channel that its platform has stopped is not asked again because another one goes on after a pause of all."""
    platform(house).answers = [Refused(reason="the bot is not in the channel", lasting=True)]
    house.site.publish("be", page(0, figure=42))
    await out(house)
    await house.pipeline.pause(None, "1h", person="alena")
    await house.pipeline.resume("telegram-ru", person="alena")
    await house.look(hours=2)
    assert len(platform(house).calls) == 1


# --------------------------------------------------------------------------------------------------------------------
# by hand


async def hand(house: Lookout, text: str, *links: str, name: str = "telegram-be") -> None:
    """An editor posts in a channel."""
    url = "https://t.me/example_be/9"
    await house.pipeline.hand_posted(name, "9", text, links, url, house.now)


SAID = "Суды Мройска пакаралі 42 чалавек: справа 0. Суды Мройска пакаралі 42 чалавек за тыдзень. Падрабязней на сайце."


async def test_what_was_posted_by_hand_is_not_posted_again_by_itself(house: Lookout) -> None:
    """When an editor was faster, the automatic post waits and says where the other is; other channels get theirs."""
    await hand(house, SAID)
    house.site.publish("be", page(0, figure=42))
    await out(house)
    assert platform(house).public == {} and len(platform(house, "telegram-ru").public) == 1
    ((_, channel, why),) = await house.held()
    assert channel == "telegram-be" and "by hand" in why and "t.me/example_be/9" in why
    await house.pipeline.publish(2, person="alena")
    await house.look(minutes=1)
    assert len(platform(house).public) == 1


async def test_a_post_by_hand_stops_what_lies_in_the_outbox(house: Lookout) -> None:
    """Also a post that was approved already, and waits for its turn, is held when an editor posts the same."""
    await house.pipeline.pause("telegram-be", None, person="alena")
    house.site.publish("be", page(0, figure=42))
    await out(house)
    await hand(house, "Гл. на сайце", f"{house.site.web.url('/be/0')}?utm_source=tg")
    await house.pipeline.resume("telegram-be", person="alena")
    await house.look(minutes=1)
    assert platform(house).public == {}
    assert [channel for _, channel, _ in await house.held()] == ["telegram-be"]
    await house.pipeline.publish(2, person="alena")
    await house.look(minutes=1)
    assert len(platform(house).public) == 1


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("Вітаем чытачоў з панядзелкам! Сёння на сайце новыя заявы пра суды і пакаранні.", ()),
        ("Суды Мройска пакаралі 42 чалавек", ()),
        ("Наш сайт", ("https://site.invalid/",)),
    ],
)
async def test_another_post_by_hand_stops_nothing(house: Lookout, text: str, links: tuple[str, ...]) -> None:
    """Greetings, a short line or a link to the site's front page are no reason to hold a statement."""
    await hand(house, text, *links)
    house.site.publish("be", page(0, figure=42))
    await out(house)
    assert len(platform(house).public) == 1


async def test_a_link_to_the_site_is_no_link_to_a_statement(house: Lookout) -> None:
    """Where a feed gives the site's own address for a statement, a post that links to the site is not its like."""
    front = house.site.web.url("/")
    house.site.extra["/"] = answer(b"<html><body>The site</body></html>", content_type="text/html")
    await hand(house, "Наш сайт", front)
    house.site.publish("be", page(0, figure=42, link=front))
    await out(house)
    assert len(platform(house).public) == 1


async def test_what_was_posted_by_hand_is_forgotten_after_a_week(house: Lookout) -> None:
    """Others' posts are kept for seven days and no longer."""
    await hand(house, SAID)
    house.now += timedelta(days=8)
    await house.pipeline.hand_posted("telegram-be", "10", "Іншае", (), None, house.now)
    house.site.publish("be", page(0, figure=42, at=house.now))
    await out(house)
    assert len(platform(house).public) == 1


# --------------------------------------------------------------------------------------------------------------------
# settled by a person, with the post's address


async def test_a_post_that_a_person_has_found_can_be_corrected_later(house: Lookout) -> None:
    """Whoever says that a post is there, and where, makes it one that can be edited and withdrawn like any other."""
    await news(house, 1)
    claimed = await house.pipeline.claim("telegram-be", house.now)
    assert isinstance(claimed, Claimed)
    await house.pipeline.settle(claimed.delivery, Unknown(reason="no answer"), house.now)
    key = claimed.delivery.key
    await house.pipeline.resolve(key, "sent", person="alena", url="https://t.me/example_be/77")
    async with house.pipeline.store.read() as c:
        (post,) = await ledger.public_posts(c, ["s2"], "live")
    assert post.parts[0].remote_id == "77"
