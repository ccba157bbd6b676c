"""Who is told what is wrong, when, how often, and by which way."""

import os
import stat
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from bot.alerts.ways import File, Mail, Terminal
from bot.model import DeliveryState
from bot.store import alarms, ledger
from channels import Outcome, Refused, Unknown
from tests.lookout import MONDAY, ONE, Lookout, Notebook, lookout, page
from tests.loopback import Authority
from tests.submission import PASSWORD, USER, submission
from tests.web import answer

DOWN = answer(status=503)
LINES = ("The source be cannot be read: the site answers 503. Look at the site.", "s5 чакае чалавека: Суды Мройска")


@asynccontextmanager
async def watched(folder: Path, **more: Any) -> AsyncIterator[Lookout]:
    """A site with one old statement, which is recorded; one channel."""
    async with lookout(folder, channels=ONE, **more) as house:
        house.site.publish("be", page(6))
        await house.look()
        yield house


# ---- sources that fail


async def test_one_failure_is_no_alarm_and_three_are_one(tmp_path: Path) -> None:
    """Someone is told when a site has failed three times in a row, once, and again when it is well."""
    async with watched(tmp_path) as house:
        house.site.extra["/be.xml"] = DOWN
        await house.look(minutes=5)
        await house.look(minutes=10)
        assert house.told == []
        for _ in range(3):
            await house.look(minutes=10)
        assert len(house.told) == 1 and "503" in house.told[0] and "change sources.be.urls" in house.told[0]
        house.site.extra.clear()
        for _ in range(3):
            await house.look(minutes=10)
        assert len(house.told) == 2 and "over since" in house.told[1]


async def test_an_hour_without_an_answer_is_an_alarm(tmp_path: Path) -> None:
    """Someone is told after an hour without an answer, also when it was asked for fewer than three times."""
    async with watched(tmp_path) as house:
        house.site.extra["/be.xml"] = DOWN
        await house.look(minutes=59)
        assert house.told == []
        await house.look(minutes=1)
        assert len(house.told) == 1


async def test_a_lasting_fault_is_told_again_each_day(tmp_path: Path) -> None:
    """What stays wrong is told once a day until it is over."""
    async with watched(tmp_path) as house:
        house.site.extra["/be.xml"] = DOWN
        for _ in range(72):
            await house.look(hours=1)
        assert [line.split(" ")[0] for line in house.told] == ["Mon", "Tue", "Wed"]
        assert all("still, since 2026-07-06" in line for line in house.told[1:])


async def test_a_fault_is_told_once_whatever_the_bytes(tmp_path: Path) -> None:
    """A feed that is broken in the same way at every poll is one alarm until it has been well again."""
    async with watched(tmp_path) as house:
        for turn in range(4):
            house.site.extra["/be.xml"] = answer(house.site.rss([page(turn)])[:-20])
            await house.look(minutes=5)
        aside = [line for line in house.told if "put aside" in line]
        assert len(aside) == 1
        house.site.extra.clear()
        await house.look(minutes=5)
        house.site.extra["/be.xml"] = answer(house.site.rss([page(5)])[:-20])
        await house.look(minutes=5)
        news = [line for line in house.told if "put aside" in line and "over since" not in line]
        assert len(news) == 2


async def test_each_entry_that_cannot_be_read_is_told_once(tmp_path: Path) -> None:
    """Two entries that cannot be taken in are two alarms, and neither is told a second time."""
    async with watched(tmp_path) as house:
        for number in (1, 2):
            house.site.publish("be", page(number, body=f"<p>Пакаралі <del>1{number}</del> 18 чалавек.</p>"))
        await house.look(minutes=5)
        house.site.publish("be", page(0))
        await house.look(minutes=5)
        assert len([line for line in house.told if "An entry of be was put aside" in line]) == len(house.told) == 2


@pytest.mark.parametrize(("days", "said"), [(1, 14), (8, 24)])
async def test_a_site_that_falls_silent_is_noticed_once(tmp_path: Path, days: int, said: int) -> None:
    """A site that answers and says nothing new is told of after two weeks, or three of its usual pauses, and once."""
    async with lookout(tmp_path, channels=ONE) as house:
        house.site.publish("be", *(page(days * n, 20 + n) for n in (3, 2, 1, 0)))
        await house.look()
        await house.look(days=said - 1)
        assert house.told == []
        for _ in range(3):
            await house.look(days=1)
        assert len(house.told) == 1 and "nothing new since 2026-07-06" in house.told[0]


async def test_fifty_statements_at_once_are_one_alarm(tmp_path: Path) -> None:
    """When fifty new statements come at once nothing is posted, and one line says so."""
    async with watched(tmp_path) as house:
        house.site.publish("be", *(page(0, 100 + n, path=f"/b/{n}", guid=f"b{n}") for n in range(50)))
        await house.go()
        assert await house.posts() == []
        assert len(house.told) == 1 and "50 new statements came from be" in house.told[0]


# ---- posts that did not end as they should


class Bad:
    """A wire to a channel that answers the same to everything."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome

    async def send(self, *words: object) -> Outcome:
        """The outcome."""
        return self.outcome


async def test_an_unknown_outcome_stands_until_a_person_has_looked(tmp_path: Path) -> None:
    """When nobody knows whether a post is out, someone is told daily until a person says, and then that it is over."""
    async with watched(tmp_path) as house:
        house.pipeline.wires = {"telegram-be": Bad(Unknown(reason="the line broke"))}
        house.site.publish("be", page(0))
        await house.go()
        await house.look(days=1)
        assert (
            len(house.told) == 2 and "vestka resolve s2/r1/telegram-be/be/1/auto sent, again or drop" in house.told[0]
        )
        await house.pipeline.resolve("s2/r1/telegram-be/be/1/auto", "drop", person="alena")
        await house.look(days=1)
        await house.look(days=1)
        assert len(house.told) == 3 and "over since" in house.told[2]


async def test_a_refused_post_is_told(tmp_path: Path) -> None:
    """When a channel refuses a post for good, someone is told why and how to post it after all."""
    async with watched(tmp_path) as house:
        house.pipeline.wires = {"telegram-be": Bad(Refused(reason="the chat is gone"))}
        house.site.publish("be", page(0))
        await house.go()
        assert len(house.told) == 1 and "the chat is gone" in house.told[0] and "vestka repost 2" in house.told[0]


async def test_a_post_that_came_too_late_is_told(tmp_path: Path) -> None:
    """When a post has waited so long that it is not sent any more, someone is told."""
    async with watched(tmp_path) as house:
        house.site.publish("be", page(0))
        house.pipeline.closing = True
        await house.go()
        house.pipeline.closing = False
        await house.look(hours=25)
        assert [state for _, _, state in await house.posts()] == [DeliveryState.EXPIRED]
        assert len(house.told) == 1 and "too late" in house.told[0]


# ---- ways of telling


class Deaf(Notebook):
    """A way of telling that is down for a while."""

    name = "deaf"
    down = True

    async def tell(self, lines: Sequence[str], now: datetime) -> str | None:
        """Nothing, while it is down."""
        return "down" if self.down else await super().tell(lines, now)


async def test_a_way_that_is_down_keeps_no_other_waiting(tmp_path: Path) -> None:
    """What could not be told by one way is told by the others at once, and by that way when it works again."""
    async with watched(tmp_path) as house:
        deaf = Deaf()
        house.pipeline.ways = (deaf, *house.pipeline.ways)
        house.site.extra["/be.xml"] = DOWN
        await house.look(hours=1)
        assert len(house.told) == 1 and deaf.lines == []
        deaf.down = False
        await house.look(hours=1)
        assert len(house.told) == len(deaf.lines) == 1


async def test_a_new_way_is_not_flooded_with_the_past(tmp_path: Path) -> None:
    """A way of telling that is set up later hears of what is wrong now and of last week, not of what is long over."""
    async with watched(tmp_path) as house:
        async with house.pipeline.store.write() as c:
            for days in (8, 6):
                at = house.now - timedelta(days=days)
                await alarms.raise_event(c, f"event/{days}", f"{days} days ago", "Look.", at)
                await alarms.raise_lasting(c, f"over/{days}", f"over {days} days ago", "Look.", at)
                await alarms.clear(c, f"over/{days}", at)
            await alarms.raise_lasting(c, "now/1", "still wrong", "Look.", house.now - timedelta(days=9))
        new = Deaf()
        new.down = False
        await house.pipeline.tell(new)
        assert [line.split(" ", 2)[2] for line in new.lines if "over since" not in line] == [
            "6 days ago. Look.",
            "still wrong. Look.",
        ]
        assert not any("8 days" in line for line in new.lines)


async def test_the_file_of_alarms_is_its_owners_alone(tmp_path: Path) -> None:
    """Alarms are added to a file that nobody else on the machine can read, whatever the machine's habits are."""
    before = os.umask(0)
    try:
        way = File(tmp_path / "alarms.log")
        assert await way.tell(LINES[:1], MONDAY) is None
        assert await way.tell(LINES[1:], MONDAY + timedelta(hours=1)) is None
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "alarms.log").stat().st_mode) == 0o600
    assert (tmp_path / "alarms.log").read_text(encoding="utf-8") == (
        f"2026-07-06T08:00:00Z {LINES[0]}\n2026-07-06T09:00:00Z {LINES[1]}\n"
    )


async def test_a_file_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    """When the file of alarms cannot be written, one line says why."""
    assert await File(tmp_path / "none" / "alarms.log").tell(LINES, MONDAY) == "alarms.log: No such file or directory"


async def test_the_terminal_gets_a_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    """Alarms stand in the error stream, one a line."""
    assert await Terminal().tell(LINES, MONDAY) is None
    assert capsys.readouterr().err == f"alarm: {LINES[0]}\nalarm: {LINES[1]}\n"


# ---- the mail

TO = "alena@mroisk.invalid"


def mail(port: int, *, security: str = "starttls", user: str = USER, password: str = PASSWORD) -> Mail:
    """A way by mail to the person in charge."""
    return Mail(host="127.0.0.1", port=port, security=security, user=user, password=password, to=TO)


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """An authority that this process believes."""
    made = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    return made


def secretless(words: str | None) -> bool:
    """Whether a line is one line and names neither address, user nor password."""
    return words is not None and "\n" not in words and not any(one in words for one in (TO, "alena", USER, PASSWORD))


async def test_a_mail_tells_its_reader_all_and_a_stranger_nothing(authority: Authority) -> None:
    """The alarms come encrypted to the person in charge; the subject, which others may see, says how many they are."""
    async with submission(tls_context=authority.server(), require_starttls=True) as (postbox, port):
        assert await mail(port).tell(LINES, MONDAY) is None
        ((got,), encrypted) = postbox.mails, postbox.encrypted
        assert encrypted == [True] and postbox.logins == 1
        assert got.mail_from == TO and got.rcpt_tos == [TO]
        assert isinstance(got.content, bytes)
        message = message_from_bytes(got.content, policy=default)
        assert message["Subject"] == "Vestka: 2 alarms" and message["To"] == TO
        body = message.get_body()
        assert body is not None and body.get_content().strip() == "\n\n".join(LINES)


async def test_no_mail_without_encryption() -> None:
    """A server that does not encrypt gets neither the mail nor the password."""
    async with submission(auth_require_tls=False) as (postbox, port):
        assert secretless(await mail(port).tell(LINES, MONDAY))
        assert postbox.mails == [] and postbox.logins == 0


async def test_no_mail_to_an_impostor(tmp_path: Path, authority: Authority) -> None:
    """A server that cannot prove its name gets neither the mail nor the password."""
    async with submission(tls_context=authority.server(signed=False)) as (postbox, port):
        assert secretless(await mail(port).tell(LINES, MONDAY))
        assert postbox.mails == [] and postbox.logins == 0


async def test_a_wrong_password_is_a_failure_that_gives_nothing_away(authority: Authority) -> None:
    """When the server does not take the password, the line that says so names no address and no secret."""
    async with submission(tls_context=authority.server()) as (postbox, port):
        way = mail(port, password="wrong-word")
        failure = await way.tell(LINES, MONDAY)
        assert secretless(failure) and "wrong-word" not in str(failure)
        assert postbox.mails == [] and postbox.logins > 0


async def test_an_address_that_is_refused_is_not_named() -> None:
    """When the server does not take mail for the person in charge, the line that says so does not name the person."""
    async with submission() as (postbox, port):
        postbox.moved = True
        assert secretless(await mail(port, security="none", user="", password="").tell(LINES, MONDAY))
        assert postbox.mails == []


async def test_a_server_on_this_machine_may_do_without(tmp_path: Path) -> None:
    """A mail server on this very machine may be used without encryption and without a login."""
    async with submission() as (postbox, port):
        assert await mail(port, security="none", user="", password="").tell(LINES, MONDAY) is None
        assert len(postbox.mails) == 1


async def test_a_mail_server_that_is_away_is_a_line() -> None:
    """When nobody answers where the mail server should be, one line says so and the alarms are kept for later."""
    async with submission() as (_, port):
        pass
    assert secretless(await mail(port).tell(LINES, MONDAY))


def test_a_way_by_mail_shows_nothing_of_its_secrets() -> None:
    """Whoever prints the way of telling sees the server, and neither address, user nor password."""
    assert secretless(repr(mail(587)))


async def test_what_was_told_stays_told_after_a_restart(tmp_path: Path) -> None:
    """A house that is started anew does not tell again what it has told."""
    async with watched(tmp_path) as house:
        house.site.extra["/be.xml"] = DOWN
        await house.look(hours=1)
        assert len(house.told) == 1
        async with house.pipeline.store.read() as c:
            assert await ledger.deliveries(c) == []
    async with lookout(tmp_path, channels=ONE) as again:
        again.now = MONDAY + timedelta(hours=2)
        again.site.extra["/be.xml"] = DOWN
        await again.look()
        assert again.told == []
