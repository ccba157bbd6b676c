"""Our calls against the machine-readable description of the Bot API, and our own server against the library."""

from __future__ import annotations

import asyncio
import io
import json
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from telegram import Bot, MessageEntity
from telegram.error import BadRequest, Conflict
from telegram.request import HTTPXRequest

from tests.house import ROOT
from tests.telegram_server import SHAPES, TOKEN, BotApi, description, parameters, violations
from tests.telegram_wires import CHAT, dialled, envelope, picture, post, rich

DESCRIBED = pytest.mark.skipif(description() is None, reason="the test data beside the repository are absent")


@DESCRIBED
async def test_every_call_of_the_wire_is_as_telegram_describes_it(tmp_path: Path) -> None:
    """No call of the live wire has an unknown, a missing or a mistyped parameter."""
    async with BotApi() as api, dialled(api, test_chat="@mroisk_test") as wire:
        media = picture(tmp_path)
        await wire.send(rich(), envelope())
        await wire.send(rich(media=(media,)), envelope(reply_to="1", silent=True))
        await wire.send(post("", media=(media,)), envelope())
        await wire.send(post(), envelope(action="edit", remote_id="1"))
        await wire.send(rich(media=(media,)), envelope(action="edit", remote_id="2"))
        await wire.send(post("", media=(media,)), envelope(action="edit", remote_id="3"))
        await wire.send(post(), envelope(action="delete", remote_id="1"))
        await wire.check(test=True)
        assert {method for method, _ in api.calls} == {
            "sendMessage", "sendPhoto", "editMessageText", "editMessageCaption", "deleteMessage", "getMe", "getChat",
            "getChatMember",
        }  # fmt: skip
        assert api.violations == []


@DESCRIBED
@pytest.mark.parametrize(
    ("method", "params", "found"),
    [
        ("sendMessage", {"chat_id": 1, "text": "а"}, []),
        ("sendMessage", {"chat_id": "@a", "text": "а", "entities": [{"type": "bold", "offset": 0, "length": 1}]}, []),
        ("sendMessage", {"chat_id": 1}, ["sendMessage.text: missing"]),
        ("sendMessage", {"chat_id": 1, "text": "а", "silent": True}, ["sendMessage.silent: unknown"]),
        ("sendMessage", {"chat_id": 1, "text": 5}, ["sendMessage.text: 5 is no String"]),
        ("sendMessage", {"chat_id": True, "text": "а"}, ["sendMessage.chat_id: True is no Integer"]),
        (
            "sendMessage",
            {"chat_id": 1, "text": "а", "entities": [{"type": "bold", "offset": "0"}]},
            ["sendMessage.entities[0].length: missing", "sendMessage.entities[0].offset: '0' is no Integer"],
        ),
        ("sendMessage", {"chat_id": 1, "text": "а", "entities": {}}, ["sendMessage.entities: {} is no array"]),
        ("sendPhoto", {"chat_id": 1, "photo": b"x"}, []),
        ("inventMessage", {}, ["inventMessage: no such method"]),
    ],
)
def test_the_description_finds_what_is_wrong_with_a_call(method: str, params: Any, found: list[str]) -> None:
    """Unknown, missing and mistyped parameters are each a line that names the place."""
    assert violations(method, params) == found


def test_the_server_reads_every_kind_of_body() -> None:
    """JSON, a form and a form with files say the same."""
    values = {"chat_id": -5, "text": "Ў=&\r\n", "entities": [{"type": "bold"}], "silent": True}
    form = httpx.Request(
        "POST", "http://x", data={k: v if isinstance(v, str) else json.dumps(v) for k, v in values.items()}
    )
    assert parameters("application/json", json.dumps(values).encode()) == values
    assert parameters("application/x-www-form-urlencoded", form.read()) == values
    texts = {"chat_id": "-5", "caption": "Ў", "media": "attach://a", "name": "@x"}
    files = {"photo": ("p", b"\r\n--\xff\r\n"), "a": ("a", b"\x00")}
    many = httpx.Request("POST", "http://x", data=texts, files=files)
    found = parameters(many.headers["content-type"], many.read())
    assert found == {"chat_id": -5, "caption": "Ў", "media": b"\x00", "name": "@x", "photo": b"\r\n--\xff\r\n"}


def bot(api: BotApi) -> Bot:
    """The library as anybody would use it, but for proxies of the machine."""
    request = HTTPXRequest(httpx_kwargs={"trust_env": False})
    base, files = f"{api.url}/bot", f"{api.url}/file/bot"
    return Bot(TOKEN, base_url=base, base_file_url=files, request=request, get_updates_request=request)


async def test_the_server_gives_each_shape_of_update_as_the_library_reads_it() -> None:
    """Every way in which a message can look like an admin's arrives as that kind of update, once, in order."""
    async with BotApi() as api, bot(api) as library:
        for shape in SHAPES:
            api.says(5, "/status now", shape=shape)
        sent = await library.send_message(5, "?")
        api.taps(5, api.newest(5), "rv:1:ok")
        found = await library.get_updates()
        kinds = [next(name for name in update.to_dict() if name != "update_id") for update in found]
        assert kinds == [
            "message", "edited_message", "message", "message", "message", "message", "message", "message",
            "business_message", "channel_post", "edited_channel_post", "message", "callback_query",
        ]  # fmt: skip
        assert found[-1].callback_query is not None and found[-1].callback_query.message == sent
        assert await library.answer_callback_query(found[-1].callback_query.id)
        with pytest.raises(BadRequest, match="too old"):
            await library.answer_callback_query(found[-1].callback_query.id)
        assert await library.get_updates(offset=found[-1].update_id + 1) == ()


async def test_the_server_holds_a_poll_until_something_is_said() -> None:
    """A long poll ends with the first update; a second poll ends the first one, as two running bots would."""
    async with BotApi() as api, bot(api) as library:
        api.longest_poll = 5
        polling = asyncio.create_task(library.get_updates(timeout=5))
        while not api.calls or api.calls[-1][0] != "getUpdates":  # noqa: ASYNC110  # the server has no event for it
            await asyncio.sleep(0.005)
        api.says(5, "а")
        assert len(await polling) == 1
        rival = asyncio.create_task(library.get_updates(offset=2, timeout=5))
        while len(api.called("getUpdates")) < 2:  # noqa: ASYNC110  # the server has no event for it
            await asyncio.sleep(0.005)
        assert await library.get_updates(offset=2) == ()
        with pytest.raises(Conflict):
            await rival


async def test_the_server_refuses_what_telegram_refuses() -> None:
    """Empty and too long texts, too much in a button, half an emoji, unknown chats, other people's messages."""
    async with BotApi() as api, bot(api) as library:
        api.says(5, "а")
        refused: list[tuple[str, dict[str, Any]]] = [
            ("text is empty", {"text": " \n"}),
            ("too long", {"text": "😀" * 2049}),
            ("chat not found", {"text": "а", "chat_id": 77}),
            ("BUTTON_DATA_INVALID", {"text": "а", "reply_markup": keyboard(callback_data="Ў" * 33)}),
            ("URL", {"text": "а", "reply_markup": keyboard(url="javascript:x")}),
            ("middle of a UTF-16", {"text": "😀а", "entities": [MessageEntity("bold", 1, 2)]}),
            ("outside", {"text": "а", "entities": [MessageEntity("bold", 0, 2)]}),
        ]
        for words, params in refused:
            with pytest.raises(BadRequest, match=f"(?i){words}"):
                await library.send_message(**{"chat_id": CHAT} | params)
        with pytest.raises(BadRequest, match="caption is too long"):
            await library.send_photo(CHAT, io.BytesIO(b"x"), caption="а" * 1025)
        with pytest.raises(BadRequest, match="can't be edited"):
            await library.edit_message_text("б", 5, 1)
        assert [one.action for one in api.public] == []
        bold = [MessageEntity("bold", at, 1) for at in range(101)]
        assert len((await library.send_message(CHAT, "а" * 101, entities=bold)).entities) == 100


def keyboard(**button: str) -> Any:
    """One button."""
    from telegram import InlineKeyboardButton, InlineKeyboardMarkup

    return InlineKeyboardMarkup([[InlineKeyboardButton("а", **button)]])


async def test_the_server_keeps_files_and_menus() -> None:
    """What is uploaded can be fetched, and menus stand where they were set; a chat that nobody started has none."""
    from telegram import BotCommandScopeChat

    async with BotApi() as api, bot(api) as library:
        sent = await library.send_document(CHAT, io.BytesIO(b"\x00\xff"))
        assert sent.document is not None
        assert bytes(await (await sent.document.get_file()).download_as_bytearray()) == b"\x00\xff"
        await library.set_my_commands([("status", "Як справы")], language_code="be")
        await library.set_my_description("Вестка", language_code="be")
        await library.set_my_short_description("Вестка")
        assert list(api.commands.values()) == [[{"command": "status", "description": "Як справы"}]]
        with pytest.raises(BadRequest, match="Chat not found"):
            await library.set_my_commands([("a", "b")], scope=BotCommandScopeChat(5))
        assert api.violations == []


async def test_the_server_runs_by_itself_and_writes_down_what_it_took(tmp_path: Path) -> None:
    """In a process of its own it keeps a list of what was posted that outlives every crash of the caller."""
    log = tmp_path / "taken.jsonl"
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.telegram_server", "0", str(log), stdout=asyncio.subprocess.PIPE, cwd=ROOT
    )
    assert server.stdout is not None
    port = int(await server.stdout.readline())
    async with dialled(f"http://127.0.0.1:{port}") as wire:
        await wire.send(post("раз"), envelope())
        await wire.send(post("два"), envelope(action="edit", remote_id="1"))
    server.kill()
    await server.communicate()
    lines = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    assert [(line["action"], line["chat"], line["text"]) for line in lines] == [
        ("create", CHAT, "раз"),
        ("edit", CHAT, "два"),
    ]
