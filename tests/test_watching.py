"""How a source is asked: its mirrors, its validators, its pauses, its redirects, its proxy."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.pipeline import watching
from bot.store import intake
from tests.lookout import Lookout, lookout, page, settings
from tests.loopback import HttpProxy, SocksProxy
from tests.web import answer

PAIR = {"paths": ["/be.xml", "/mirror.xml"]}
MINUTE = timedelta(minutes=1)


def asked(house: Lookout, path: str) -> list[str]:
    """The heads of the requests for a path, in lower case."""
    return [head.lower() for head in house.site.web.requests if head.split(" ")[1] == path]


def feed(house: Lookout, **headers: str) -> bytes:
    """The feed of the site as it stands, with these headers."""
    return answer(house.site.rss(house.site.feeds["be"]), **headers)


async def failures(house: Lookout) -> str:
    """What the source was last found to fail by."""
    async with house.pipeline.store.read() as c:
        return str((await intake.source_row(c, "be"))["last_error"])


async def pause(house: Lookout) -> timedelta:
    """How long the source is left alone from now."""
    async with house.pipeline.store.read() as c:
        return (await intake.source_row(c, "be"))["next_poll"] - house.now


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every document that a parser was started for."""
    seen: list[str] = []
    real = watching.parse

    async def counted(body: bytes, **words: str) -> object:
        seen.append(words["url"])
        return await real(body, **words)

    monkeypatch.setattr(watching, "parse", counted)
    return seen


async def test_every_address_that_failed_is_named(tmp_path: Path) -> None:
    """When the feed and all its mirrors fail, whoever looks is told what each of them answered."""
    async with lookout(tmp_path, source=PAIR) as house:
        house.site.extra = {"/be.xml": answer(status=503), "/mirror.xml": answer(status=404)}
        await house.look()
        reason = await failures(house)
        assert "503" in reason and "404" in reason and reason.count("127.0.0.1") == 2


async def test_a_mirror_is_asked_only_when_the_one_before_it_failed(tmp_path: Path) -> None:
    """Mirrors are tried in the order of the settings, and none is troubled while the site itself answers."""
    async with lookout(tmp_path, source=PAIR) as house:
        house.site.publish("be", page(1))
        await house.look()
        assert asked(house, "/mirror.xml") == []
        house.site.extra = {"/be.xml": answer(status=503), "/mirror.xml": feed(house)}
        await house.look(minutes=5)
        assert len(asked(house, "/mirror.xml")) == 1 and await failures(house) == "None"


async def test_the_version_that_one_address_gave_is_not_told_to_another(tmp_path: Path) -> None:
    """A mirror is asked without the version mark of the site, for it could answer that nothing is new when much is."""
    async with lookout(tmp_path, source=PAIR) as house:
        house.site.publish("be", page(1))
        house.site.extra = {"/be.xml": feed(house, etag='"a"')}
        await house.look()
        house.site.extra = {"/be.xml": answer(status=503), "/mirror.xml": feed(house, etag='"b"')}
        await house.look(minutes=5)
        await house.look(minutes=5)
        first, second = asked(house, "/mirror.xml")
        assert "if-none-match" not in first and 'if-none-match: "b"' in second


async def test_once_a_day_the_feed_is_asked_in_full(tmp_path: Path) -> None:
    """A site whose version mark never changes is still read anew once in 24 hours."""
    async with lookout(tmp_path) as house:
        house.site.publish("be", page(1))
        house.site.extra = {"/be.xml": feed(house, etag='"same"')}
        for hours in (0, 23, 1, 1, 23):
            await house.look(hours=hours)
        assert ["if-none-match" in head for head in asked(house, "/be.xml")] == [False, True, False, True, False]


async def test_what_has_not_changed_starts_no_parser(tmp_path: Path, parsed: list[str]) -> None:
    """A feed that says it is unchanged, or that comes again byte for byte, is not read a second time."""
    async with lookout(tmp_path) as house:
        house.site.publish("be", page(1))
        house.site.extra = {"/be.xml": feed(house, etag='"1"')}
        await house.look()
        house.site.extra["/be.xml"] = answer(status=304)
        await house.look(minutes=5)
        house.site.extra = {}
        await house.look(minutes=5)
        assert len(parsed) == 1
        house.site.publish("be", page(0))
        await house.look(minutes=5)
        assert len(parsed) == 2


async def test_a_failing_site_is_asked_less_and_less(tmp_path: Path) -> None:
    """After each failure in a row the pause doubles, up to an hour, and is short again once the site is well."""
    async with lookout(tmp_path) as house:
        house.pipeline.jitter = lambda: 0.0
        house.site.extra = {"/be.xml": answer(status=503)}
        pauses = []
        for _ in range(6):
            await house.look(hours=1)
            pauses.append(await pause(house))
        assert [one / MINUTE for one in pauses] == [5, 10, 20, 40, 60, 60]
        house.site.extra = {}
        await house.look(hours=1)
        assert await pause(house) == 5 * MINUTE


@pytest.mark.parametrize("status", [200, 503])
async def test_pauses_are_never_quite_the_same(tmp_path: Path, status: int) -> None:
    """Pauses vary a little, whether the site is well or not, so that many installations do not ask it at one second."""
    async with lookout(tmp_path) as house:
        if status != 200:
            house.site.extra = {"/be.xml": answer(status=status)}
        house.pipeline.jitter = lambda: 0.1
        await house.look()
        assert await pause(house) == 5.5 * MINUTE


async def test_a_site_that_asks_for_time_gets_it(tmp_path: Path) -> None:
    """When a busy site says how long it wants to be left alone, that is obeyed, even where it is long."""
    async with lookout(tmp_path) as house:
        house.site.extra = {"/be.xml": answer(status=429, retry_after="7200")}
        await house.look()
        assert await pause(house) == 120 * MINUTE
        house.now += 119 * MINUTE
        assert await house.pipeline.to_poll() == []
        house.now += 1 * MINUTE
        assert await house.pipeline.to_poll() == ["be"]


async def test_a_busy_mirror_does_not_shorten_what_the_pause_would_be(tmp_path: Path) -> None:
    """A site that asks for a second only is still left alone for the usual pause."""
    async with lookout(tmp_path) as house:
        house.pipeline.jitter = lambda: 0.0
        house.site.extra = {"/be.xml": answer(status=503, retry_after="1")}
        await house.look()
        assert await pause(house) == 5 * MINUTE


async def test_it_is_known_who_is_to_be_asked(tmp_path: Path) -> None:
    """A source that was never asked is due, one that has just answered is not, and a person may ask for it at once."""
    async with lookout(tmp_path) as house:
        house.pipeline.jitter = lambda: 0.0
        assert await house.pipeline.to_poll() == ["be"]
        await house.look()
        assert await house.pipeline.to_poll() == []
        await house.pipeline.poll_soon(["be"])
        assert await house.pipeline.to_poll() == ["be"]
        await house.look()
        house.now += 5 * MINUTE
        assert await house.pipeline.to_poll() == ["be"]


async def test_a_version_is_remembered_only_with_what_it_stands_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When taking in a feed fails half-way, the feed is asked in full again and no statement is lost."""
    async with lookout(tmp_path) as house:
        await house.look()
        house.site.publish("be", page(0))
        house.site.extra = {"/be.xml": feed(house, etag='"2"')}
        with monkeypatch.context() as patch:

            async def broken(*words: object) -> None:
                raise RuntimeError("the power fails")

            patch.setattr(type(house.pipeline), "_alarms", broken)
            with pytest.raises(ExceptionGroup):
                await house.look(minutes=5)
        assert await house.stories() == []
        await house.look(minutes=5)
        assert "if-none-match" not in asked(house, "/be.xml")[-1]
        assert [state for _, state, _ in await house.stories()] == ["open"]


async def test_a_feed_that_is_gone_for_good_is_left_alone(tmp_path: Path) -> None:
    """A feed that answers 410 is not asked again, and someone is told at once."""
    async with lookout(tmp_path) as house:
        house.site.extra = {"/be.xml": answer(status=410)}
        await house.look()
        await house.look(hours=2)
        assert len(asked(house, "/be.xml")) == 1
        assert len(house.told) == 1 and "gone for good" in house.told[0]
        assert await house.pipeline.to_poll() == []


async def test_a_person_can_have_a_gone_feed_asked_once_more(tmp_path: Path) -> None:
    """A feed that was gone and is back is read again when a person asks for it, and the alarm is over."""
    async with lookout(tmp_path) as house:
        house.site.extra = {"/be.xml": answer(status=410)}
        await house.look()
        house.site.extra = {}
        await house.pipeline.poll_soon(["be"])
        await house.look(hours=1)
        assert await failures(house) == "None" and await house.standing() == []


async def test_a_gone_feed_is_asked_at_its_new_address(tmp_path: Path) -> None:
    """A new address in the settings is asked although the old one was gone; so is the old one, when it is set again."""
    async with lookout(tmp_path) as house:
        old, web = house.pipeline.settings, house.site.web
        house.site.extra = {"/be.xml": answer(status=410), "/new.xml": answer(house.site.rss([page(1)]))}
        await house.look()
        house.pipeline.settings = settings(tmp_path, web, ["be"], source={"paths": ["/new.xml"]})
        await house.look(hours=2)
        assert await failures(house) == "None" and len(await house.stories()) == 1
        house.pipeline.settings = old
        house.site.extra["/be.xml"] = answer(house.site.rss([page(0), page(1)]))
        await house.look(hours=2)
        assert len(await house.stories()) == 2


async def test_one_gone_address_among_living_ones_is_not_the_end(tmp_path: Path) -> None:
    """While a mirror may come back, a source is asked again although its first address is gone."""
    async with lookout(tmp_path, source=PAIR) as house:
        house.site.extra = {"/be.xml": answer(status=410), "/mirror.xml": answer(status=503)}
        await house.look()
        await house.look(hours=2)
        assert len(asked(house, "/mirror.xml")) == 2


async def test_a_feed_that_moved_within_its_site_is_read_and_told_of_once(tmp_path: Path) -> None:
    """A feed that has moved for good on its own site is read at its new place, and someone hears of it once."""
    async with lookout(tmp_path) as house:
        house.site.publish("be", page(1))
        there = house.site.web.url("/feed/")
        house.site.extra = {"/be.xml": answer(status=301, location=there), "/feed/": feed(house)}
        await house.look()
        await house.look(days=2)
        assert len(await house.stories()) == 1
        assert [line for line in house.told if "moved for good" in line and there in line] == house.told
        assert len(house.told) == 1


async def test_a_feed_that_moved_to_a_stranger_is_not_read(tmp_path: Path) -> None:
    """A feed that has moved for good to another site is not read there until a person has confirmed it."""
    async with lookout(tmp_path) as house:
        house.site.publish("be", page(1))
        there = house.site.web.url("/feed/", host="localhost")
        house.site.extra = {"/be.xml": answer(status=308, location=there), "/feed/": feed(house)}
        for _ in range(3):
            await house.look(hours=1)
        assert await house.stories() == []
        assert len(house.told) == 1 and "another site, localhost" in house.told[0]


@pytest.mark.parametrize("aliases", [{"localhost": "127.0.0.1"}, {"127.0.0.1": "localhost"}])
async def test_a_known_name_of_the_site_is_no_stranger(tmp_path: Path, aliases: dict[str, str]) -> None:
    """A host that the settings name as another name of the site is read when the feed moves there."""
    async with lookout(tmp_path, links={"aliases": aliases}) as house:
        house.site.publish("be", page(1))
        there = house.site.web.url("/feed/", host="localhost")
        house.site.extra = {"/be.xml": answer(status=301, location=there), "/feed/": feed(house)}
        await house.look()
        assert len(await house.stories()) == 1


async def test_a_passing_redirect_is_followed_without_a_word(tmp_path: Path) -> None:
    """A redirect that is not for good, such as to a cache, is followed and nobody is troubled."""
    async with lookout(tmp_path) as house:
        house.site.publish("be", page(1))
        there = house.site.web.url("/feed/", host="localhost")
        house.site.extra = {"/be.xml": answer(status=302, location=there), "/feed/": feed(house)}
        await house.look()
        assert len(await house.stories()) == 1 and house.told == []


@pytest.mark.parametrize("kind", [SocksProxy, HttpProxy])
async def test_feed_and_pages_are_asked_through_the_proxy(
    tmp_path: Path, kind: type[SocksProxy] | type[HttpProxy]
) -> None:
    """Where a proxy is set, the site sees neither for its feed nor for its pages who asks."""
    async with kind({}) as proxy:
        scheme = "socks5" if kind is SocksProxy else "http"
        source = {"proxy": f"{scheme}://127.0.0.1:{proxy.port}", "urls": ["http://site.example/be.xml"]}
        async with lookout(tmp_path, source=source) as house:
            proxy.routes["site.example"] = house.site.web.port
            await house.look()
            house.site.publish("be", page(0, link="http://site.example/be/0"))
            await house.look(minutes=5)
            await house.look(minutes=6)
            assert asked(house, "/be.xml") and asked(house, "/be/0")
            assert len(proxy.asked) == proxy.connections == house.site.web.connections
            assert {host for host, _ in proxy.asked} == {"site.example"}
