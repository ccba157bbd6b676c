"""The live wire to X: what it posts, deletes, finds and says of itself, over real HTTP and the real library."""

from __future__ import annotations

import asyncio
import logging
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import channels
from channels import Receipt, Refused, Unknown
from channels.x import Settings, dial, remote_id
from channels.x.wire import LARGEST_PICTURE, SEGMENT, Timeouts, XWire
from tests import x_server as faults
from tests.breakable import DEAF, RESET, SILENT
from tests.x_server import DUPLICATE, SECRETS, XApi, description
from tests.x_wires import LINK, PNG, dialled, envelope, gone, once, picture, post

ABLE = channels.abilities("x")
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


async def test_a_post_arrives_as_it_is_and_says_where_it_stands() -> None:
    """What was approved is what X is given, once; the receipt has the number and the address of the post."""
    async with XApi() as api, dialled(api, account="@mroisk_en") as wire:
        outcome = await once(api, wire)
        assert isinstance(outcome, Receipt) and outcome.wire == "live"
        assert list(api.posts) == [outcome.remote_id]
        assert outcome.url == f"https://x.com/mroisk_en/status/{outcome.remote_id}"
        assert api.texts() == [post().text]
        assert [name for name, _ in api.calls] == ["create"] and api.connections == 1


async def test_an_account_without_a_name_in_the_settings_has_an_address_all_the_same() -> None:
    """A post can be opened from its receipt though nobody wrote the account's name down."""
    async with XApi() as api, dialled(api) as wire:
        outcome = await once(api, wire)
        assert isinstance(outcome, Receipt) and outcome.url == f"https://x.com/i/status/{outcome.remote_id}"


async def test_a_part_answers_the_part_before_it() -> None:
    """A thread hangs together: each post answers the one before."""
    async with XApi() as api, dialled(api) as wire:
        first = await once(api, wire, post("One\n\n1/2"))
        assert isinstance(first, Receipt)
        await once(api, wire, post("Two\n\n2/2"), reply_to=first.remote_id)
        assert api.thread() == [None, "1"]
        assert api.connections == 2  # one that has died in silence would leave an outcome unknown


@pytest.mark.parametrize(("way", "key"), [("reply", "reply"), ("quote", "quote_tweet_id")])
async def test_a_correction_answers_or_quotes_as_the_settings_want(way: str, key: str) -> None:
    """Readers of a correction see what it corrects, in the way that the organisation has chosen."""
    async with XApi() as api, dialled(api, corrections=way) as wire:
        first = await once(api, wire)
        assert isinstance(first, Receipt)
        await once(api, wire, post("Corrected"), reply_to=first.remote_id, corrects=True)
        await once(api, wire, post("Corrected, part two"), reply_to=first.remote_id)
        made = [set(body) - {"text"} for body in api.created]
        assert made == [set(), {key}, {"reply"}]


async def test_a_deletion_takes_the_post_away_and_may_be_repeated() -> None:
    """What is withdrawn is gone, also when it was gone before."""
    async with XApi() as api, dialled(api) as wire:
        first = await once(api, wire)
        assert isinstance(first, Receipt)
        for _ in range(2):
            outcome = await wire.send(post(), envelope(action="delete", remote_id=first.remote_id))
            assert outcome == Receipt(remote_id=first.remote_id, url=None, wire="live")
        assert api.posts == {}


# ---- pictures


async def test_a_picture_is_brought_first_with_its_words(tmp_path: Path) -> None:
    """A picture arrives whole, piece by piece, with the words for those who do not see it, before the post."""
    data = PNG + bytes(SEGMENT + 5)
    async with XApi() as api, dialled(api) as wire:
        outcome = await once(api, wire, post(media=(picture(tmp_path, data),)))
        assert isinstance(outcome, Receipt)
        (made,) = api.pictures.values()
        assert made["data"] == data and made["alt"] == "A court" and len(made["pieces"]) == 2
        assert [name for name, _ in api.calls] == [
            "initialize", "append", "append", "finalize", "metadata", "create",
        ]  # fmt: skip


@pytest.mark.parametrize("data", [b"GIF89a", b"<svg/>", PNG + bytes(LARGEST_PICTURE)])
async def test_a_picture_that_x_does_not_take_posts_nothing(tmp_path: Path, data: bytes) -> None:
    """A picture of another kind or too large is refused before anything leaves."""
    async with XApi() as api, dialled(api) as wire:
        outcome = await once(api, wire, post(media=(picture(tmp_path, data),)))
        assert isinstance(outcome, Refused) and "card.png" in outcome.reason
        assert api.calls == []


async def test_another_picture_than_the_approved_one_is_not_posted(tmp_path: Path) -> None:
    """The file that was approved is the file that is sent."""
    media = picture(tmp_path)
    (tmp_path / "card.png").write_bytes(PNG + b"!")
    async with XApi() as api, dialled(api) as wire:
        outcome = await once(api, wire, post(media=(media,)))
        assert isinstance(outcome, Refused) and "approved" in outcome.reason
        gone(media)
        outcome = await once(api, wire, post(media=(media,)))
        assert isinstance(outcome, Refused) and "cannot be read" in outcome.reason


@pytest.mark.parametrize("route", ["initialize", "append", "finalize", "metadata"])
async def test_a_picture_that_may_be_lost_on_its_way_is_no_unknown_post(tmp_path: Path, route: str) -> None:
    """While the picture is brought nothing is public: the post is tried again later, and nobody is asked."""
    for fault in (RESET, faults.INTERNAL, faults.limited(60)):
        async with XApi() as api, dialled(api) as wire:
            api.faults[route].append(fault)
            outcome = await once(api, wire, post(media=(picture(tmp_path),)))
            assert isinstance(outcome, channels.Later), outcome


# ---- evidence


async def test_the_timeline_shows_what_was_accepted() -> None:
    """A post whose answer was lost is found in the account's own timeline, with addresses and signs as X shows them."""
    async with XApi() as api, dialled(api, timeouts=Timeouts(read=0.3)) as wire:
        api.faults["create"].append(SILENT)
        assert isinstance(await once(api, wire), Unknown)
        found = await wire.find(post(), LONG_AGO, frozenset())
        assert found is not None and [found.remote_id] == list(api.posts)


async def test_a_post_with_a_picture_is_found_too(tmp_path: Path) -> None:
    """The address that X writes behind a picture is no part of the words."""
    async with XApi() as api, dialled(api) as wire:
        api.faults["create"].append(RESET)
        with_picture = post(media=(picture(tmp_path),))
        assert isinstance(await once(api, wire, with_picture), Unknown)
        assert await wire.find(with_picture, LONG_AGO, frozenset()) is not None


async def test_nothing_else_counts_as_evidence() -> None:
    """Other words, an older post, one that is another of ours, or a timeline that does not answer prove nothing."""
    async with XApi() as api, dialled(api, timeouts=Timeouts(read=0.3)) as wire:
        made = await once(api, wire)
        assert isinstance(made, Receipt)
        assert await wire.find(post(f"Court & Mroisk: 24 people fined.\n\n{LINK}"), LONG_AGO, frozenset()) is None
        assert await wire.find(post(), LONG_AGO, frozenset({made.remote_id})) is None
        assert await wire.find(post(), datetime.now(UTC) + timedelta(minutes=2), frozenset()) is None
        for fault in (DEAF, faults.limited(9), faults.HTML_503, faults.refuses(403, "no")):
            api.faults["timeline"].append(fault)
            assert await wire.find(post(), LONG_AGO, frozenset()) is None
        assert await wire.find(post(), LONG_AGO, frozenset()) is not None


async def test_send_again_counts_a_duplicate_as_sent() -> None:
    """Someone wants it sent again, X says that it has it: then it is there, and its number is looked up."""
    async with XApi() as api, dialled(api) as wire:
        api.faults["create"].append(RESET)
        since = datetime.now(UTC)
        assert isinstance(await once(api, wire), Unknown)
        outcome = await wire.send(post(), envelope(tried=since))
        assert isinstance(outcome, Receipt) and [outcome.remote_id] == list(api.posts)
        api.faults["timeline"].append(faults.HTML_503)
        assert await wire.send(post(), envelope(tried=since)) == Receipt(remote_id="", url=None, wire="live")
        assert len(api.created) == 1


async def test_a_duplicate_at_the_first_try_is_a_refusal() -> None:
    """What was never sent cannot be the duplicate of itself: someone is told, and nothing counts as sent."""
    async with XApi() as api, dialled(api) as wire:
        api.faults["create"].append(faults.refuses(403, DUPLICATE))
        outcome = await once(api, wire)
        assert isinstance(outcome, Refused) and not outcome.lasting and "duplicate" in outcome.reason


# ---- what it says of itself


async def test_the_check_posts_nothing_and_tells_whose_keys_they_are() -> None:
    """The doctor learns the account's name and what the keys may do, for no money."""
    async with XApi() as api, dialled(api) as wire:
        (line,) = await wire.check(test=True)
        assert line.state == "ok" and "@mroisk_en" in line.what
        assert [name for name, _ in api.calls] == ["me"]
    async with XApi(level="read") as api, dialled(api, account="@other") as wire:
        states = {line.what: (line.state, line.cure) for line in await wire.check(test=False)}
        assert [state for state, _ in states.values()] == ["fail", "fail"]
        assert all(cure for _, cure in states.values())
    async with XApi() as api, dialled(api) as wire:
        for fault in (faults.refuses(401, "Unauthorized"), faults.HTML_503):
            api.faults["me"].append(fault)
            (line,) = await wire.check(test=False)
            assert line.state == "fail" and line.cure and "Invented" not in f"{line}"


@pytest.mark.skipif(description() is None, reason="the test data beside the repository are absent")
async def test_every_call_is_as_x_describes_it(tmp_path: Path) -> None:
    """No call has an unknown, a missing or a mistyped part."""
    async with XApi() as api, dialled(api) as wire:
        first = await once(api, wire, post(media=(picture(tmp_path),)))
        assert isinstance(first, Receipt)
        await once(api, wire, post("Answer"), reply_to=first.remote_id)
        await wire.find(post(), LONG_AGO, frozenset())
        await wire.send(post(), envelope(action="delete", remote_id=first.remote_id))
        await wire.check(test=False)
    async with XApi() as other, dialled(other, corrections="quote") as wire:
        first = await once(other, wire)
        assert isinstance(first, Receipt)
        await once(other, wire, post("Quote"), reply_to=first.remote_id, corrects=True)
    assert {name for name, _ in api.calls} == set(faults.ROUTES)
    assert api.violations == [] and other.violations == []


@pytest.mark.skipif(description() is None, reason="the test data beside the repository are absent")
def test_the_description_finds_what_is_wrong_with_a_call() -> None:
    """A mistyped or unknown field, and an unknown parameter, are found out."""
    assert faults.violations("create", {"text": "a"}, {}) == []
    assert faults.violations("create", {"text": 5}, {}) != []
    assert faults.violations("create", {"text": "a", "silent": True}, {}) != []
    assert faults.violations("timeline", {}, {"since": "1"}) != []
    assert faults.violations("finalize", {"a": 1}, {}) != []


# ---- secrets and places


def test_the_wire_is_dialled_with_four_secrets_and_says_which_is_missing() -> None:
    """A missing or mangled key is one line that names it, and shows nothing of it."""
    settings = Settings(language="en")
    assert isinstance(dial(settings, SECRETS.__getitem__), XWire)
    assert ABLE.secrets(settings) == tuple(SECRETS)
    for name in SECRETS:
        for value in ("", "two words", "\u0430bc"):
            with pytest.raises(ValueError, match=f"^{name}: ") as caught:
                dial(settings, (SECRETS | {name: value}).__getitem__)
            assert not value or value not in str(caught.value)
    with pytest.raises(ValueError, match=r"^x_access_token: "):
        dial(settings, (SECRETS | {"x_access_token": "Invented"}).__getitem__)


def test_each_named_account_has_secrets_of_its_own() -> None:
    """Two accounts on X never share keys: what is meant for one cannot appear on the other."""
    mine = ABLE.secrets(Settings(language="en", account="@Mroisk_EN"))
    assert mine == (
        "x_consumer_key",
        "x_consumer_secret",
        "x_access_token_mroisk_en",
        "x_access_token_secret_mroisk_en",
    )
    assert ABLE.place(Settings(language="en", account="@Mroisk_EN")) == "@mroisk_en"


@pytest.mark.parametrize(
    ("url", "number"),
    [
        ("https://x.com/mroisk_en/status/17", "17"),
        ("https://twitter.com/Mroisk_EN/status/17/", "17"),
        ("https://www.x.com/i/web/status/17", "17"),
        ("https://x.com/i/status/17", "17"),
        ("https://x.com/other/status/17", None),
        ("https://x.com/mroisk_en", None),
        ("https://evil.invalid/mroisk_en/status/17", None),
        ("https://x.com/mroisk_en/status/17;drop", None),
        ("ftp://x.com/mroisk_en/status/17", None),
        ("https://[x.com/mroisk_en/status/17", None),
    ],
)
def test_the_address_of_a_post_of_this_account_is_known(url: str, number: str | None) -> None:
    """An address that somebody pastes names a post of this account, or none."""
    assert remote_id(Settings(language="en", account="@mroisk_en"), url) == number


async def test_no_key_is_in_a_log_line_or_a_repr(caplog: pytest.LogCaptureFixture) -> None:
    """Neither the library's own talk nor ours shows a key, also at the most talkative level."""
    with caplog.at_level(logging.DEBUG):
        async with XApi() as api, dialled(api, timeouts=Timeouts(read=0.2)) as wire:
            for fault in (RESET, SILENT, faults.refuses(401, "Unauthorized"), faults.HTML_503):
                api.faults["create"].append(fault)
                await once(api, wire, post(f"Text {len(api.calls)}"))
            shown = f"{caplog.text} {wire!r} {vars(wire)}"
    assert "oauth_signature" not in shown
    assert not any(value in caplog.text or value in repr(wire) for value in SECRETS.values())


async def test_the_library_is_imported_when_it_is_dialled_only() -> None:
    """Who rehearses, or asks for help, pays nothing for X's library."""
    code = "import sys, channels; channels.abilities('x'); sys.exit('tweepy' in sys.modules)"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code)
    assert await process.wait() == 0


def test_a_pace_below_the_bound_of_x() -> None:
    """In no 15 minutes more than 100 calls are made."""
    (pace,) = ABLE.paces(Settings(language="en"))
    assert pace.burst + 900 / pace.seconds <= 100
