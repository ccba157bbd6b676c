"""Every fault of the Bot API's table, over real HTTP: what the wire makes of it, and that nothing is posted twice."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels import Later, Moved, Outcome, Receipt, Refused, Unknown, Wire
from channels.telegram.wire import Timeouts
from tests import telegram_server as faults
from tests.breakable import HTML
from tests.telegram_server import BotApi, Fault, refuses
from tests.telegram_wires import CHAT, clean, dialled, envelope, once, picture, post

SHORT = Timeouts(read=0.3)  # only where no answer is what is expected
NOT_SENT: dict[str, tuple[Fault, Outcome]] = {
    "too many calls, and how long to wait": (faults.flood(300), Later(reason="", seconds=300.0)),
    "too many calls, and no more": (faults.FLOOD_BARE, Later(reason="")),
    "a wait of nothing": (faults.refuses(429, "Too Many Requests", retry_after=0), Later(reason="")),
    "markup that it does not know": (faults.PARSE, Refused(reason="")),
    "the bot was removed": (faults.KICKED, Refused(reason="", lasting=True)),
    "the group has another id": (faults.migrated(-1001234567890), Moved(reason="", place="-1001234567890")),
    "the token is not known": (faults.UNAUTHORIZED, Refused(reason="", lasting=True)),
    "the token is not of the right form": (faults.NOT_FOUND, Refused(reason="", lasting=True)),
}
LASTING = [
    "Bad Request: chat not found",
    "Bad Request: PEER_ID_INVALID",
    "Bad Request: CHANNEL_PRIVATE",
    "Bad Request: not enough rights to send text messages to the chat",
    "Bad Request: have no rights to send a message",
    "Bad Request: need administrator rights in the channel chat",
    "Bad Request: CHAT_ADMIN_REQUIRED",
    "Bad Request: CHAT_WRITE_FORBIDDEN",
    "Bad Request: CHAT_SEND_PHOTOS_FORBIDDEN",
    "Bad Request: CHAT_RESTRICTED",
    "Bad Request: group chat was deactivated",
]
# 2xx whose body is not what was promised, other codes, other bodies: accepted or not, who knows.
STRANGE = {
    "an empty object": faults.http(200, b"{}"),
    "a list": faults.http(200, b"[]"),
    "nothing": faults.http(200, b""),
    "a result without an id": faults.http(200, b'{"ok":true,"result":{}}'),
    "a result that is none": faults.http(200, b'{"ok":true,"result":true}'),
    "ok is false": faults.http(200, b'{"ok":false,"error_code":400,"description":"Bad Request: x"}'),
    "HTML with 200": faults.http(200, HTML, "text/html"),
    "HTML with 400": faults.http(400, HTML, "text/html"),
    "HTML with 403": faults.http(403, HTML, "text/html"),
    "HTML with 404": faults.http(404, HTML, "text/html"),
    "HTML with 429": faults.http(429, HTML, "text/html"),
    "a list with 429": faults.http(429, b"[]"),
    "a list with 500": faults.http(500, b"[]"),
    "a redirect": faults.http(302, b""),
    "a time-out of a gateway": faults.http(504, HTML, "text/html"),
    "a code that nobody knows": faults.http(799, b"{}"),
    "no HTTP at all": b"SSH-2.0-OpenSSH\r\n\r\n",
}


def same(found: Outcome, expected: Outcome) -> bool:
    """Whether two outcomes differ in their words only."""
    words = {"reason": ""}
    return type(found) is type(expected) and _values(found) | words == _values(expected) | words


def _values(outcome: Outcome) -> dict[str, Any]:
    return {name: getattr(outcome, name) for name in outcome.__slots__}


@pytest.mark.parametrize("name", NOT_SENT)
async def test_what_telegram_did_not_take_is_told_with_what_to_do_next(name: str) -> None:
    """A wait, a refusal or a move is told as such, exactly, and the post did not go out."""
    fault, expected = NOT_SENT[name]
    async with BotApi() as api, dialled(api) as wire:
        api.faults["sendMessage"].append(fault)
        outcome = await once(api, wire)
        assert same(outcome, expected), outcome
        assert api.public == [] and len(api.calls) == 1


@pytest.mark.parametrize("said", LASTING)
async def test_a_chat_that_takes_nothing_more_is_a_lasting_refusal_with_its_cure(said: str) -> None:
    """Where a person must mend something first, the line names what, and the channel is not tried for every post."""
    async with BotApi() as api, dialled(api) as wire:
        api.faults["sendMessage"].append(refuses(400, said))
        outcome = await once(api, wire)
        assert isinstance(outcome, Refused) and outcome.lasting, outcome
        assert CHAT in outcome.reason and "; " in outcome.reason


@pytest.mark.parametrize("name", faults.AMBIGUOUS)
async def test_what_may_have_been_taken_is_never_called_anything_but_unknown(name: str) -> None:
    """Whether it was accepted or not: an answer that does not say so leaves it unknown, and nothing is repeated."""
    fault = faults.AMBIGUOUS[name]
    async with BotApi() as api, dialled(api, timeouts=SHORT if fault.hangs else None) as wire:
        api.faults["sendMessage"].append(fault)
        assert isinstance(await once(api, wire), Unknown)
        assert len(api.public) == fault.accepts


@pytest.mark.parametrize("accepts", [True, False])
@pytest.mark.parametrize("name", STRANGE)
async def test_an_answer_of_any_other_kind_is_unknown(name: str, accepts: bool) -> None:
    """An answer that is not the Bot API's proves nothing, whatever its code."""
    async with BotApi() as api, dialled(api) as wire:
        api.faults["sendMessage"].append(Fault(accepts=accepts, answer=STRANGE[name]))
        assert isinstance(await once(api, wire), Unknown)


@pytest.mark.parametrize("name", faults.AMBIGUOUS)
@pytest.mark.parametrize("action", ["edit", "delete"])
async def test_the_outcome_of_an_edit_or_a_deletion_can_be_unknown_too(name: str, action: str) -> None:
    """The same faults on an edit or a deletion give the same answer."""
    fault = faults.AMBIGUOUS[name]
    async with BotApi() as api, dialled(api, timeouts=SHORT if fault.hangs else None) as wire:
        await wire.send(post("раз"), envelope())
        api.faults["editMessageText"].append(fault)
        api.faults["deleteMessage"].append(fault)
        outcome = await wire.send(post("два"), envelope(action=action, remote_id="1"))
        clean(outcome)
        assert isinstance(outcome, Unknown)
        assert len(api.public) == 1 + fault.accepts


def free_port() -> int:
    """A port at which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@contextmanager
def full_house() -> Iterator[int]:
    """A port whose queue is full: a connection is neither taken nor refused."""
    with socket.socket() as listening, socket.socket() as first, socket.socket() as second:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        port = listening.getsockname()[1]
        for caller in (first, second):
            caller.setblocking(False)
            caller.connect_ex(("127.0.0.1", port))
        yield port


async def test_a_server_that_refuses_the_connection_was_sent_nothing() -> None:
    """Nobody listens: it may be tried again."""
    async with dialled(f"http://127.0.0.1:{free_port()}") as wire:
        outcome = await wire.send(post(), envelope())
        clean(outcome)
        assert outcome == Later(reason="Telegram cannot be reached")


async def test_a_connection_that_is_not_made_in_time_was_sent_nothing() -> None:
    """Nobody answers the door: it may be tried again."""
    with full_house() as port:
        async with dialled(f"http://127.0.0.1:{port}", timeouts=Timeouts(connect=0.2)) as wire:
            assert isinstance(await wire.send(post(), envelope()), Later)


async def test_a_call_that_finds_no_free_connection_was_not_made() -> None:
    """While all connections are in use, a further call waits its time and is then told as not sent."""
    async with BotApi() as api, dialled(api, timeouts=Timeouts(pool=0.1)) as wire:
        api.faults["sendMessage"] += [faults.DEAF] * 8
        busy = [asyncio.create_task(wire.send(post(), envelope())) for _ in range(8)]
        while len(api.calls) < 8:  # noqa: ASYNC110  # the server has no event for it
            await asyncio.sleep(0.005)
        assert isinstance(await once(api, wire), Later)
        assert len(api.calls) == 8
        for task in busy:
            task.cancel()
        await asyncio.gather(*busy, return_exceptions=True)


async def test_a_request_that_is_not_written_in_time_is_unknown(tmp_path: Path) -> None:
    """Part of a picture has left: whether the rest arrived is not known."""
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        media = picture(tmp_path, bytes(9_900_000))
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        async with dialled(address, timeouts=Timeouts(write=0.3)) as wire:
            assert isinstance(await wire.send(post(media=(media,)), envelope()), Unknown)


async def test_a_cancelled_send_is_no_outcome() -> None:
    """A service that stops in the middle of a send ends at once; nothing is repeated."""
    async with BotApi() as api, dialled(api) as wire:
        api.faults["sendMessage"].append(faults.SILENT)
        task = asyncio.create_task(wire.send(post(), envelope()))
        while not api.public:  # noqa: ASYNC110  # the server has no event for it
            await asyncio.sleep(0.005)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert len(api.calls) == 1


async def test_each_call_has_a_connection_of_its_own() -> None:
    """A connection that died in silence between two posts can never leave the second post's outcome unknown."""
    async with BotApi() as api, dialled(api) as wire:
        for _ in range(3):
            assert isinstance(await once(api, wire), Receipt)
        assert api.connections == 3


# --------------------------------------------------------------------------------------------------------------------
# histories: one post, several faults, a caller that repeats what it is told to repeat

EVERY = {name: fault for name, (fault, _) in NOT_SENT.items()} | {
    name: fault for name, fault in faults.AMBIGUOUS.items() if not fault.hangs
}


async def history(names: list[str], wire_of: Any = lambda wire: wire) -> None:
    """One post through these faults, as an outbox would carry it: again after a wait or a move, else no more."""
    async with BotApi() as api, dialled(api) as wire:
        api.faults["sendMessage"] += [EVERY[name] for name in names]
        tried: Wire = wire_of(wire)
        outcome = await once(api, tried)
        while isinstance(outcome, Later | Moved):
            outcome = await once(api, tried)
        assert len(api.public) <= 1, names


class Retrying:
    """The mutant: a wire that tries once more when it does not know."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire

    async def send(self, what: Any, around: Any) -> Outcome:
        """Send, and send again after an unknown outcome."""
        outcome = await self.wire.send(what, around)
        return await self.wire.send(what, around) if isinstance(outcome, Unknown) else outcome


@settings(max_examples=2_000 if os.environ.get("VESTKA_HOSTILE") else 20, deadline=None)
@given(st.lists(st.sampled_from(sorted(EVERY)), max_size=4))
def test_no_row_of_faults_posts_twice(names: list[str]) -> None:
    """Through any row of faults, a post whose repeats are decided by its outcomes is accepted at most once."""
    asyncio.run(history(names))


@pytest.mark.parametrize("name", ["reset", "cut", "broken", "bad gateway after"])
async def test_the_checker_catches_a_wire_that_repeats_what_it_does_not_know(name: str) -> None:
    """A wire that retried after an unclear answer would post twice, and these tests would say so."""
    with pytest.raises(AssertionError, match="accepted 2 times"):
        await history([name], Retrying)


async def test_the_checker_catches_a_wire_that_repeats_after_a_time_out() -> None:
    """A wire that retried on a time-out would post twice, and these tests would say so."""
    async with BotApi() as api, dialled(api, timeouts=SHORT) as wire:
        api.faults["sendMessage"].append(faults.SILENT)
        with pytest.raises(AssertionError, match="accepted 2 times"):
            await once(api, Retrying(wire))  # type: ignore[arg-type]  # only `send` is asked of it
