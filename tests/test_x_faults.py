"""Every fault of X's table, over real HTTP: what the wire makes of it, and that nothing is posted twice."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from channels import Later, Receipt, Refused, Unknown
from channels.x.wire import WINDOW, Timeouts
from tests import x_server as faults
from tests.breakable import BAD_GATEWAY, BAD_GATEWAY_AFTER, CLOSED, DEAF, HTML, RESET, SILENT, Fault, http
from tests.x_server import XApi, refuses
from tests.x_wires import dialled, envelope, once, post

SHORT = Timeouts(read=0.3)
AMBIGUOUS = {
    "internal": faults.INTERNAL,
    "closed": CLOSED,
    "reset": RESET,
    "cut": faults.CUT,
    "silent": SILENT,
    "deaf": DEAF,
    "bad gateway": BAD_GATEWAY,
    "bad gateway after": BAD_GATEWAY_AFTER,
    "broken": faults.BROKEN,
}
STRANGE = {
    "an empty object": http(201, b"{}"),
    "a list": http(201, b"[]"),
    "nothing": http(201, b""),
    "no id": http(201, b'{"data":{}}'),
    "an id that is a number": http(201, b'{"data":{"id":17}}'),
    "an id that is none": http(201, b'{"data":{"id":"x17"}}'),
    "data is a list": http(201, b'{"data":[]}'),
    "HTML with 200": http(200, HTML, "text/html"),
    "HTML with 401": http(401, HTML, "text/html"),
    "HTML with 403": http(403, HTML, "text/html"),
    "HTML with 429": http(429, HTML, "text/html"),
    "JSON with 403 that is not X's": http(403, b'{"ok":false}'),
    "JSON with 429 that is not X's": http(429, b'{"ok":false}'),
    "a list with 403": http(403, b"[]"),
    "a list with 500": http(500, b"[]"),
    "a redirect": http(302, b""),
    "a redirect in JSON": http(307, b'{"detail":"elsewhere"}'),
    "a code that nobody knows": http(799, b'{"detail":"?"}'),
    "no HTTP at all": b"SSH-2.0-OpenSSH\r\n\r\n",
}
LASTING = {
    "the keys are not known": refuses(401, "Unauthorized", "Unauthorized"),
    "the credit is gone": faults.NO_CREDIT,
    "the credit is gone, by another code": refuses(403, "Your enrolled account does not have any credits"),
    "the app may only read": refuses(403, "Your client app is not configured with the appropriate oauth1 permissions"),
    "the account is locked": refuses(403, "To protect our users, this account is temporarily locked."),
}
OF_THIS_POST = {
    "a duplicate": refuses(403, faults.DUPLICATE),
    "too long": refuses(403, "Your Tweet text is too long."),
    "an answer to what is gone": refuses(
        403, "You attempted to reply to a Tweet that is deleted or not visible to you."
    ),
    "a wrong parameter": refuses(400, "One or more parameters to your request was invalid.", "Invalid Request"),
}


@pytest.mark.parametrize("name", AMBIGUOUS)
async def test_what_may_have_been_taken_is_never_called_anything_but_unknown(name: str) -> None:
    """Whether it was accepted or not: an answer that does not say so leaves it unknown, and nothing is repeated."""
    fault = AMBIGUOUS[name]
    async with XApi() as api, dialled(api, timeouts=SHORT if fault.hangs else None) as wire:
        api.faults["create"].append(fault)
        assert isinstance(await once(api, wire), Unknown)
        assert len(api.created) == fault.accepts
        assert api.connections == 1


@pytest.mark.parametrize("accepts", [True, False])
@pytest.mark.parametrize("name", STRANGE)
async def test_an_answer_of_any_other_kind_is_unknown(name: str, accepts: bool) -> None:
    """An answer that is not X's proves nothing, whatever its code."""
    async with XApi() as api, dialled(api) as wire:
        api.faults["create"].append(Fault(accepts=accepts, answer=STRANGE[name]))
        assert isinstance(await once(api, wire), Unknown)


async def test_nothing_is_sent_after_a_redirect() -> None:
    """An answer that leads elsewhere is not followed: what is signed for X goes to X alone, once."""
    async with XApi() as api, dialled(api) as wire:
        elsewhere = http(307, b"").replace(b"Scripted", f"Scripted\r\nLocation: {api.url}/2/tweets".encode(), 1)
        api.faults["create"].append(Fault(accepts=False, answer=elsewhere))
        assert isinstance(await once(api, wire), Unknown)
        assert len(api.calls) == 1


@pytest.mark.parametrize("name", LASTING)
async def test_an_account_that_takes_nothing_more_is_a_lasting_refusal_with_its_cure(name: str) -> None:
    """Where a person must mend something first, the line says what, and the channel is not tried for every post."""
    async with XApi() as api, dialled(api) as wire:
        api.faults["create"].append(LASTING[name])
        outcome = await once(api, wire)
        assert isinstance(outcome, Refused) and outcome.lasting and "; " in outcome.reason


@pytest.mark.parametrize("name", OF_THIS_POST)
async def test_what_is_wrong_with_one_post_stops_no_other(name: str) -> None:
    """A post that X will not have fails by itself; the next one is tried."""
    async with XApi() as api, dialled(api) as wire:
        api.faults["create"].append(OF_THIS_POST[name])
        outcome = await once(api, wire)
        assert isinstance(outcome, Refused) and not outcome.lasting, outcome
        assert isinstance(await once(api, wire), Receipt)


async def test_a_limit_is_waited_for_until_it_begins_anew() -> None:
    """X tells by a header when it may be asked again; where it does not, a whole window is waited for."""
    async with XApi() as api, dialled(api) as wire:
        api.faults["create"] += [faults.limited(300), faults.limited(None), faults.limited(-50)]
        told, untold, past = [await once(api, wire) for _ in range(3)]
        assert isinstance(told, Later) and told.seconds is not None and 298 <= told.seconds <= 303
        assert isinstance(untold, Later) and untold.seconds == WINDOW
        assert isinstance(past, Later) and past.seconds is not None and 0 < past.seconds <= 3


async def test_a_limit_of_a_day_is_waited_for_as_long_as_it_lasts() -> None:
    """When the day's posts are used up, the day is waited for and not the quarter of an hour."""
    soon, day = faults.time.time() + 60, faults.time.time() + 5000
    headers = (
        f"x-rate-limit-reset: {int(soon)}\r\n"
        f"x-app-limit-24hour-remaining: 0\r\nx-app-limit-24hour-reset: {int(day)}\r\n"
        f"x-user-limit-24hour-remaining: 7\r\nx-user-limit-24hour-reset: {int(day) + 9000}\r\n"
    )
    async with XApi() as api, dialled(api) as wire:
        api.faults["create"].append(refuses(429, "Too Many Requests", headers=headers))
        outcome = await once(api, wire)
        assert isinstance(outcome, Later) and outcome.seconds is not None and 4990 < outcome.seconds < 5010


@pytest.mark.parametrize("header", ["1795000000000000", "9" * 400, "-5", "soon", "1e9"])
async def test_an_odd_header_is_no_reason_to_wait_for_ever(header: str) -> None:
    """Whatever the header says, the post was not taken, and it is tried again within a day."""
    async with XApi() as api, dialled(api) as wire:
        api.faults["create"].append(refuses(429, "Too Many Requests", headers=f"x-rate-limit-reset: {header}\r\n"))
        outcome = await once(api, wire)
        assert isinstance(outcome, Later) and outcome.seconds is not None and 0 < outcome.seconds <= 86_400


@contextmanager
def refusing() -> Iterator[str]:
    """An address on which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


async def test_where_there_is_no_connection_nothing_has_left() -> None:
    """A network or name that is down is waited out: the post is due again, and nobody is asked."""
    with refusing() as address:
        async with dialled(address) as wire:
            assert await wire.send(post(), envelope()) == Later(reason="X cannot be reached")
    async with dialled("http://no-such-host.invalid") as wire:
        assert await wire.send(post(), envelope()) == Later(reason="X cannot be reached")


async def test_a_server_with_a_certificate_of_its_own_making_gets_nothing() -> None:
    """Who cannot prove to be X is not spoken to."""
    async with XApi() as api, dialled(api.url.replace("http://", "https://")) as wire:
        outcome = await wire.send(post(), envelope())
        assert isinstance(outcome, Later) and api.calls == []


@pytest.mark.parametrize(
    "body", [b'{"data":{"deleted":false}}', b"{}", b'{"errors":[{"detail":"no"}]}', b'{"data":null}']
)
async def test_a_deletion_counts_only_when_x_says_that_it_is_done(body: bytes) -> None:
    """An answer that does not say "deleted" is asked for again: a withdrawn post must not stay."""
    async with XApi() as api, dialled(api) as wire:
        made = await once(api, wire)
        assert isinstance(made, Receipt)
        api.faults["delete"].append(Fault(accepts=False, answer=http(200, body)))
        gone = envelope(action="delete", remote_id=made.remote_id)
        assert isinstance(await wire.send(post(), gone), Unknown)
        assert isinstance(await wire.send(post(), gone), Receipt) and api.posts == {}


@pytest.mark.parametrize("name", AMBIGUOUS)
async def test_a_deletion_of_unknown_outcome_is_repeated(name: str) -> None:
    """Taking a post away twice does no harm: the outbox may try until it is gone."""
    fault = AMBIGUOUS[name]
    async with XApi() as api, dialled(api, timeouts=SHORT if fault.hangs else None) as wire:
        made = await once(api, wire)
        assert isinstance(made, Receipt)
        api.faults["delete"].append(fault)
        # A broken connection is tried once more by aiohttp itself, for a deletion only.
        first = await wire.send(post(), envelope(action="delete", remote_id=made.remote_id))
        assert isinstance(first, Unknown) or (isinstance(first, Receipt) and name in ("closed", "reset"))
        assert isinstance(await wire.send(post(), envelope(action="delete", remote_id=made.remote_id)), Receipt)
        assert api.posts == {}
