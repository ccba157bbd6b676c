"""X and the house together: real HTTP, the real library, an X that can break, our own clock."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot import delivery
from bot.errors import UsageError
from bot.model import DeliveryState
from bot.store import ledger
from tests import x_server as faults
from tests.breakable import BAD_GATEWAY, BAD_GATEWAY_AFTER, RESET, SILENT, Fault, http
from tests.lookout import Lookout, lookout, page
from tests.x_server import SECRETS, XApi

NAME = "x-be"
REFUSED = faults.Refusal(400, "invalid", "Invalid Request")
TITLE = "Суды Мройска за тыдзень"
LONG = " ".join(
    f"У {day} дзень тыдня суд Мройска разгледзеў {day + 20} спраў і пакараў {day + 40} чалавек штрафамі."
    for day in range(1, 10)
)


@asynccontextmanager
async def live(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *, others: dict[str, Any] | None = None, **keys: Any
) -> AsyncIterator[tuple[Lookout, XApi]]:
    """A house that is live on X, with a first page that is known."""
    for name, value in SECRETS.items():
        monkeypatch.setenv(f"VESTKA_{name.upper()}", value)
    monkeypatch.setattr(delivery, "PATIENCE", delivery.PATIENCE * 0)  # this house's clock stands while one sleeps
    monkeypatch.setattr("channels.x.wire.Timeouts.__init__.__kwdefaults__", {"connect": 1, "read": 0.5, "whole": 5})
    async with XApi() as api:
        x = {"kind": "x", "language": "be", "api_base": api.url} | keys
        async with lookout(
            folder, channels={NAME: x} | (others or {}), delivery={"wire": "live", "not_after": "60d"}
        ) as house:
            house.site.publish("be", page(1))
            await house.go()
            yield house, api


async def publish(house: Lookout, number: int = 0, title: str = TITLE, text: str = LONG) -> None:
    """A statement that needs a thread comes in and is posted."""
    house.site.publish("be", page(number, title=f"{title} {number}", text=text))
    await house.go()
    await minutes(house, 4)


async def minutes(house: Lookout, count: int) -> None:
    """So many minutes go by, with a look every half of one."""
    for _ in range(2 * count):
        await house.look(seconds=30)


async def states(house: Lookout) -> list[str]:
    """The state of each row of the outbox."""
    return [state for _, _, state in await house.posts()]


def whole(api: XApi) -> bool:
    """Whether what is public is one thread: each part once, in order, each answering the one before."""
    texts = api.texts()
    numbers = [text.rpartition("\n")[2] for text in texts]
    count = len(texts)
    return numbers == [f"{n}/{count}" for n in range(1, count + 1)] and api.thread() == [
        None,
        *(str(n) for n in range(1, count)),
    ]


async def test_a_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread goes out, is corrected by an answer, and the whole of both is taken down on order."""
    async with live(tmp_path, monkeypatch) as (house, api):
        await publish(house)
        assert whole(api) and len(api.texts()) > 2
        house.site.feeds["be"][0] = page(0, title=f"{TITLE} 0", text=LONG.replace("пакараў 43", "пакараў 44"))
        await house.go()
        count = len(api.texts())
        await house.pipeline.correct(2, nonce="one", person="alena")
        await minutes(house, 4)
        corrected = api.texts()[count:]
        assert any("пакараў 44" in text for text in corrected) and any("Выпраўлена" in text for text in corrected)
        assert api.thread()[count] == "1" and len(set(api.texts())) == len(api.texts())
        await house.pipeline.retract(2, nonce="two", person="alena")
        await minutes(house, 8)
        assert api.texts() == []
        assert api.violations == []


async def test_what_was_accepted_is_found_and_the_thread_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """X took a part and the answer was lost: its own timeline proves it, and the thread goes on at the next part."""
    async with live(tmp_path, monkeypatch) as (house, api):
        api.faults["create"] += [SILENT, RESET, BAD_GATEWAY_AFTER]
        await publish(house)
        await minutes(house, 4)
        assert whole(api) and set(await states(house)) == {"sent"}
        assert sum(line.startswith("found:") for line in await house.trail(2)) == 3
        assert [alarm.text for alarm in await house.standing()] == []


async def test_a_process_that_died_over_a_part_left_the_truth(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed between X's yes and the ledger: the next process finds the part there and goes on with the thread."""
    async with live(tmp_path, monkeypatch) as (house, api):
        send, deaths = house.pipeline.wires[NAME].send, [2, 3]

        async def dying(post: Any, envelope: Any) -> Any:
            outcome = await send(post, envelope)
            if post.part in deaths:
                deaths.remove(post.part)
                raise asyncio.CancelledError
            return outcome

        monkeypatch.setattr(house.pipeline.wires[NAME], "send", dying)
        house.site.publish("be", page(0, title=TITLE, text=LONG))
        for process in range(12):
            house.pipeline.owner = f"process {process}"
            with contextlib.suppress(asyncio.CancelledError):
                await house.look(minutes=2)
        assert whole(api) and set(await states(house)) == {"sent"} and deaths == []


@pytest.mark.parametrize("only", [[], [NAME]])
async def test_what_is_found_of_a_withdrawn_story_is_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, only: list[str]
) -> None:
    """Nobody knew whether it was public when it was withdrawn; once X shows it, it is deleted, and that is told."""
    async with live(tmp_path, monkeypatch) as (house, api):
        api.faults["create"].append(RESET)
        house.site.publish("be", page(0, title=TITLE, text="Суд Мройска пакараў 42 чалавекі."))
        await house.go()
        assert len(api.texts()) == 1 and (await states(house))[0] == "unknown"
        await house.pipeline.retract(2, only, nonce="one", person="alena")
        await minutes(house, 6)
        assert api.texts() == [] and any("it was on its way" in line for line in await house.trail(2))


async def test_each_doubtful_try_has_its_own_looks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sent again by a person, taken, and the answer lost once more: it is looked for anew, and found."""
    async with live(tmp_path, monkeypatch) as (house, api):
        api.faults["create"].append(BAD_GATEWAY)
        await publish(house, text="Суд Мройска пакараў 42 чалавекі.")
        for _ in range(4):
            await house.look(minutes=3)
        async with house.pipeline.store.read() as c:
            key = (await ledger.deliveries(c))[0]["key"]
        api.faults["create"].append(RESET)
        await house.pipeline.resolve(key, "again", person="alena")
        await minutes(house, 4)
        assert await states(house) == ["sent"] and len(api.created) == 1


async def test_a_thread_is_settled_by_the_address_that_its_next_part_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ "It is there" needs the address of a post of this account, where another part must answer it."""
    async with live(tmp_path, monkeypatch) as (house, api):
        api.faults["create"].append(RESET)
        api.lag = 99
        await publish(house)
        async with house.pipeline.store.read() as c:
            key = (await ledger.deliveries(c))[0]["key"]
        for url in (None, "https://x.com/somebody_else/status/123", "https://t.me/mroisk/5", "nonsense"):
            with pytest.raises(UsageError, match="address"):
                await house.pipeline.resolve(key, "sent", person="alena", url=url)
        await house.pipeline.resolve(key, "again", person="alena")
        await minutes(house, 2)
        assert (await states(house))[0] == "unknown" and len(api.texts()) == 1  # a duplicate, and nobody knows which
        (number,) = api.posts
        await house.pipeline.resolve(key, "sent", person="alena", url=f"https://x.com/i/status/{number}")
        await minutes(house, 4)
        assert whole(api)


@pytest.mark.parametrize(
    "body", [b'{"data":null}', b'{"data":["17"]}', b'{"data":[{"id":"1","text":"a","entities":{"urls":null}}]}', b"[]"]
)
async def test_an_odd_timeline_stops_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: bytes) -> None:
    """What X answers to a look can neither settle a post nor keep the next one back."""
    async with live(tmp_path, monkeypatch) as (house, api):
        api.faults["create"].append(BAD_GATEWAY)
        api.faults["timeline"] += [Fault(accepts=False, answer=http(200, body))] * 9
        await publish(house, text="Суд Мройска пакараў 42 чалавекі.")
        await publish(house, 3, text="Суд Мройска пакараў 43 чалавекі.")
        assert await states(house) == ["unknown", "sent"]


async def test_what_is_not_found_is_never_sent_again_by_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing in the timeline proves nothing: three looks, then a person is asked, and only their word sends it."""
    async with live(tmp_path, monkeypatch) as (house, api):
        api.faults["create"].append(BAD_GATEWAY)
        await publish(house)
        for _ in range(6):
            await house.look(minutes=10)
        assert api.texts() == [] and (await states(house))[0] == "unknown"
        assert len([name for name, _ in api.calls if name == "timeline"]) == 3
        async with house.pipeline.store.read() as c:
            key = (await ledger.deliveries(c))[0]["key"]
        await house.pipeline.resolve(key, "again", person="alena")
        await minutes(house, 4)
        assert whole(api) and set(await states(house)) == {"sent"}


async def test_a_late_timeline_and_an_eager_person_make_no_double(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was there all the time, X showed it late and somebody said "send again": the duplicate counts as sent."""
    async with live(tmp_path, monkeypatch) as (house, api):
        api.faults["create"].append(RESET)
        api.lag = 1
        await publish(house)
        assert (await states(house))[0] == "unknown"
        async with house.pipeline.store.read() as c:
            key = (await ledger.deliveries(c))[0]["key"]
        api.lag = 0
        await house.pipeline.resolve(key, "again", person="alena")
        await minutes(house, 4)
        assert whole(api) and set(await states(house)) == {"sent"}


async def test_a_limit_is_waited_for_and_is_no_failed_attempt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However often X asks to wait, nothing is given up, and everything goes out when it may."""
    async with live(tmp_path, monkeypatch) as (house, api):
        api.faults["create"] += [faults.limited(None)] * 12
        await publish(house)
        assert api.texts() == []
        for _ in range(13):
            await house.look(minutes=16)
        await minutes(house, 4)
        assert whole(api)


async def test_an_empty_account_stops_x_alone_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Credit gone: X stops with one alarm, and goes on where it was when somebody has bought more."""
    async with live(tmp_path, monkeypatch) as (house, api):
        api.faults["create"] += [faults.NO_CREDIT] * 20
        await publish(house)
        await minutes(house, 10)
        assert len([name for name, _ in api.calls if name == "create"]) == 1
        assert any("credit" in line for line in house.told)
        api.faults["create"].clear()
        await house.pipeline.resume(NAME, person="alena")
        await minutes(house, 5)
        assert whole(api)


async def test_a_thread_that_never_began_is_no_broken_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing is public there is no half of a text: the story can be posted once more, not gone on with."""
    async with live(tmp_path, monkeypatch) as (house, api):
        api.faults["create"].append(faults.refuses(400, "invalid", "Invalid Request"))
        await publish(house)
        async with house.pipeline.store.read() as c:
            first = (await ledger.deliveries(c))[0]
        assert first["state"] == "failed" and api.texts() == []
        with pytest.raises(UsageError):
            await house.pipeline.resolve(first["key"], "again", person="alena")


async def test_a_refused_part_asks_for_a_decision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second part of a thread is refused: the line names both ways out, and each of them works."""
    for way in ("finish", "take down", "leave"):
        (tmp_path / way).mkdir()
        async with live(tmp_path / way, monkeypatch) as (house, api):
            api.refusing["2/3"] = REFUSED
            await publish(house, text=LONG)
            assert len(api.texts()) == 1
            async with house.pipeline.store.read() as c:
                (row,) = await ledger.broken_threads(c)
            assert any("To finish" in line and "To take down" in line for line in house.told)
            api.refusing.clear()
            if way == "finish":
                await house.pipeline.resolve(row["key"], "again", person="alena")
                await minutes(house, 4)
                assert whole(api)
            elif way == "take down":
                await house.pipeline.retract(2, [NAME], nonce="one", person="alena")
                await minutes(house, 4)
                assert api.texts() == [] and len(api.created) == 1
            else:
                with pytest.raises(UsageError, match="refused"):
                    await house.pipeline.resolve(row["key"], "sent", person="alena")
                await house.pipeline.resolve(row["key"], "drop", person="alena")
                await minutes(house, 4)
                assert len(api.texts()) == 1
            async with house.pipeline.store.read() as c:
                assert way == "take down" or await ledger.broken_threads(c) == []


async def test_a_part_that_a_person_gave_up_stays_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread is finished with the parts that the gap held back, and with none that somebody has cancelled."""
    async with live(tmp_path, monkeypatch) as (house, api):
        api.refusing["2/3"] = REFUSED
        await publish(house)
        async with house.pipeline.store.write() as c:
            (row,) = await ledger.broken_threads(c)
            last = (await ledger.deliveries(c, part=3))[0]
            why = "a name was taken out by boris"
            await ledger.resettle(c, last["id"], DeliveryState.CANCELLED, house.now, why)
        api.refusing.clear()
        await house.pipeline.resolve(row["key"], "again", person="alena")
        await minutes(house, 4)
        assert len(api.texts()) == 2 and await states(house) == ["sent", "sent", "cancelled"]


async def test_an_old_thread_is_not_gone_on_with_once_it_was_corrected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A broken thread whose words have been put right since is not finished with the old words."""
    async with live(tmp_path, monkeypatch) as (house, api):
        api.refusing["2/3"] = REFUSED
        await publish(house)
        async with house.pipeline.store.read() as c:
            (row,) = await ledger.broken_threads(c)
        api.refusing.clear()
        house.site.feeds["be"][0] = page(0, title=f"{TITLE} 0", text=LONG.replace("пакараў 45", "пакараў 99"))
        await house.go()
        await house.pipeline.correct(2, nonce="one", person="alena")
        await minutes(house, 4)
        with pytest.raises(UsageError):
            await house.pipeline.resolve(row["key"], "again", person="alena")


async def test_a_person_who_is_quicker_than_the_look_has_the_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody dropped it while the timeline was being read: what is found then changes nothing."""
    async with live(tmp_path, monkeypatch) as (house, api):
        api.faults["create"].append(RESET)
        wire: Any = house.pipeline.wires[NAME]
        find = wire.find

        async def slow(post: Any, since: Any, known: Any) -> Any:
            found = await find(post, since, known)
            async with house.pipeline.store.read() as c:
                key = (await ledger.deliveries(c))[0]["key"]
            await house.pipeline.resolve(key, "drop", person="boris")
            return found

        monkeypatch.setattr(wire, "find", slow)
        await publish(house)
        assert (await states(house))[0] == "cancelled"


# ---- money


async def test_the_post_that_would_cross_the_line_is_not_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A month's budget stops X before the platform does, once told; others go on, and so does X in the next month."""
    other = {"telegram-be": {"kind": "telegram", "language": "be", "enabled": False}}
    async with live(tmp_path, monkeypatch, others=other, monthly_budget="0.045") as (house, api):
        for number in range(2, 5):  # each of them $0.015: the address of this site is none to X
            await publish(house, number, text="Суд Мройска пакараў 42 чалавекі.")
        assert len(api.created) == 3
        await publish(house, 5, text="Суд Мройска пакараў 43 чалавекі.")
        await minutes(house, 30)
        assert len(api.created) == 3 and (await states(house))[-1] == "due"
        assert sum("beyond its budget of $0.045" in line for line in house.told) == 1
        house.now = datetime(2026, 8, 1, 0, 5, tzinfo=UTC)
        await minutes(house, 2)
        assert len(api.created) == 4
        async with house.pipeline.store.read() as c:
            assert await house.pipeline.spent_so_far(c, NAME, house.now) == "$0.015 in 1 posts, of $0.045"


async def test_a_thread_is_begun_only_when_the_whole_of_it_is_within_the_budget(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No thread stands half told because the money ran out in the middle."""
    async with live(tmp_path, monkeypatch, monthly_posts=2) as (house, api):
        await publish(house)  # three parts
        assert api.created == [] and any("budget of 2 posts" in line for line in house.told)


async def test_a_dear_post_does_not_stand_in_a_begun_thread_s_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the budget keeps for a begun thread reaches it, whatever else waits for money."""
    async with live(tmp_path, monkeypatch, monthly_posts=3) as (house, api):
        api.refusing["2/3"] = REFUSED
        await publish(house)
        await publish(house, 3, text=LONG.replace("пакараў", "аштрафаваў"))
        async with house.pipeline.store.read() as c:
            (row,) = await ledger.broken_threads(c)
        api.refusing.clear()
        await house.pipeline.resolve(row["key"], "again", person="alena")
        await minutes(house, 4)
        assert whole(api) and len(api.texts()) == 3


async def test_what_may_have_been_accepted_counts_and_what_was_not_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ledger's count is never below the platform's bill: what is unknown counts, what was put off does not."""
    async with live(tmp_path, monkeypatch) as (house, api):
        api.faults["create"] += [faults.limited(5), BAD_GATEWAY]
        await publish(house, text="Суд Мройска пакараў 42 чалавекі.")
        async with house.pipeline.store.read() as c:
            assert await house.pipeline.spent_so_far(c, NAME, house.now) == "$0.015 in 1 posts"


@pytest.mark.parametrize("waiting", [False, True])
async def test_withdrawing_is_never_too_dear(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, waiting: bool) -> None:
    """A post that must go is taken down though the month's budget is used up, also past a post that waits for it."""
    async with live(tmp_path, monkeypatch, monthly_budget="0.015") as (house, api):
        await publish(house, text="Суд Мройска пакараў 42 чалавекі.")
        if waiting:
            await publish(house, 3, text="Суд Мройска пакараў 43 чалавекі.")
            assert (await states(house))[-1] == "due"
        assert len(api.texts()) == 1
        await house.pipeline.retract(2, nonce="one", person="alena")
        await minutes(house, 4)
        assert api.texts() == [] and any("beyond its budget" in line for line in house.told) is waiting


async def test_what_a_begun_thread_still_needs_is_kept_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second statement never takes the money with which the first one's thread must be finished."""
    async with live(tmp_path, monkeypatch, monthly_posts=3) as (house, api):
        api.refusing["2/3"] = faults.Refusal(503, "later")
        await publish(house)  # its second part is unknown by now, its third waits
        assert len(api.texts()) == 1
        await publish(house, 3, text="Суд Мройска пакараў 42 чалавекі.")
        assert len(api.texts()) == 1 and any("budget of 3 posts" in line for line in house.told)
