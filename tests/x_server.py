"""An X of our own on loopback: it keeps an account's posts, refuses what X refuses, and breaks where it is told to.

`async with XApi() as api:` serves at `api.url`, a channel's `api_base`; `api.faults["create"].append(RESET)` spoils the
next creation (or `delete`, `timeline`, `me`, …). `api.lag` posts are not in the timeline yet;
`api.refusing` tells which endings of a text are refused, and how.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import re
import time
from collections import defaultdict
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from channels.x.weight import urls, weight
from tests.breakable import HTML, Breakable, Fault, http, reset, spoiled

ME = "1780000000000000001"
NAME = "mroisk_en"
SECRETS = {
    "x_consumer_key": "InventedConsumerKey",
    "x_consumer_secret": "InventedConsumerSecret",
    "x_access_token": f"{ME}-InventedAccessToken",
    "x_access_token_secret": "InventedAccessTokenSecret",
}
ROUTES = {
    "create": ("POST", r"/2/tweets", "/2/tweets"),
    "delete": ("DELETE", r"/2/tweets/(?P<id>\d+)", "/2/tweets/{id}"),
    "timeline": ("GET", r"/2/users/(?P<id>\d+)/tweets", "/2/users/{id}/tweets"),
    "me": ("GET", r"/2/users/me", "/2/users/me"),
    "initialize": ("POST", r"/2/media/upload/initialize", "/2/media/upload/initialize"),
    "append": ("POST", r"/2/media/upload/(?P<id>\d+)/append", "/2/media/upload/{id}/append"),
    "finalize": ("POST", r"/2/media/upload/(?P<id>\d+)/finalize", "/2/media/upload/{id}/finalize"),
    "metadata": ("POST", r"/2/media/metadata", "/2/media/metadata"),
}
Params = dict[str, Any]


class Refusal(Exception):
    """What X answers instead of a result."""

    def __init__(self, status: int, detail: str, title: str = "Forbidden") -> None:
        super().__init__(detail)
        self.status, self.detail, self.title = status, detail, title


def problem(status: int, detail: str, title: str = "Forbidden", *, headers: str = "") -> bytes:
    """X's answer to a call that it does not do (RFC 9457)."""
    body = json.dumps({"title": title, "detail": detail, "type": "about:blank", "status": status}).encode()
    answer = http(status, body)
    return answer.replace(b"Scripted\r\n", b"Scripted\r\n" + headers.encode(), 1)


def refuses(status: int, detail: str, title: str = "Forbidden", *, headers: str = "") -> Fault:
    """A call that X does not do, and says so."""
    return Fault(accepts=False, answer=problem(status, detail, title, headers=headers))


DUPLICATE = "You are not allowed to create a Tweet with duplicate content."


def limited(seconds: float | None) -> Fault:
    """Too many calls; the headers say when it begins anew, or do not."""
    headers = f"x-rate-limit-reset: {int(time.time() + seconds)}\r\n" if seconds is not None else ""
    return refuses(429, "Too Many Requests", "Too Many Requests", headers=headers)


CUT = Fault(accepts=True, cut=True, answer=http(201, b'{"data":{"id":"17', length=400))
BROKEN = Fault(accepts=True, answer=http(201, b'{"data":{"id":"17'))
INTERNAL = refuses(503, "Service Unavailable", "Service Unavailable")
NO_CREDIT = refuses(402, "Your account has no credits left", "CreditsDepleted")


class XApi(Breakable):
    """The server. `posts` stand in public, oldest first; `created` counts every creation that was accepted."""

    def __init__(self, *, name: str = NAME, level: str = "read-write") -> None:
        super().__init__()
        self.name, self.level = name, level
        self.posts: dict[str, Params] = {}
        self.created: list[Params] = []
        self.calls: list[tuple[str, Params]] = []
        self.faults: dict[str, list[Fault]] = defaultdict(list)
        self.violations: list[str] = []
        self.pictures: dict[str, Params] = {}
        self.lag = 0
        self.refusing: dict[str, Refusal] = {}  # a text that ends so is refused
        self._number = 1_990_000_000_000_000_000

    def texts(self) -> list[str]:
        """What stands in public, as it was posted."""
        return [post["text"] for post in self.posts.values()]

    def thread(self) -> list[str | None]:
        """What each post in public answers, by its place: None, or the place of another."""
        places = {number: str(place) for place, number in enumerate(self.posts, 1)}
        return [places.get(post.get("reply", {}).get("in_reply_to_tweet_id", "")) for post in self.posts.values()]

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; whether the connection lasts."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        method, target = head.split(" ")[:2]
        headers = dict(re.findall(r"(?m)^([\w-]+): *(.*?)\r$", head))
        url = urlsplit(target)
        route, where = _route(method, url.path)
        fault = self.faults[route].pop(0) if self.faults[route] else None
        if fault is not None and not fault.reads:
            return reset(writer)
        size = next((int(value) for name, value in headers.items() if name.lower() == "content-length"), 0)
        raw = await reader.readexactly(size)
        body = json.loads(raw) if raw else {}
        query = dict(parse_qsl(url.query))
        self.calls.append((route, {"body": body, "query": query, "authorization": headers.get("Authorization", "")}))
        self.violations += violations(route, body, query)
        answer = b"" if fault is not None and not fault.accepts else self._do(route, where, body, query, headers)
        if fault is None:
            writer.write(answer)
            return True
        return await spoiled(writer, fault)

    def _do(self, route: str, where: str, body: Params, query: Params, headers: Params) -> bytes:
        try:
            if not _signed(headers.get("Authorization", "")):
                raise Refusal(401, "Unauthorized", "Unauthorized")
            status, result = getattr(self, f"_on_{route}")(where, body, query)
        except Refusal as refusal:
            return problem(refusal.status, refusal.detail, refusal.title)
        answer = http(status, json.dumps(result, ensure_ascii=False).encode())
        return answer.replace(b"Scripted\r\n", f"Scripted\r\nx-access-level: {self.level}\r\n".encode(), 1)

    def _on_create(self, _where: str, body: Params, _query: Params) -> tuple[int, Params]:
        text = body.get("text", "")
        if not text and not body.get("media"):
            raise Refusal(400, "One or more parameters to your request was invalid.", "Invalid Request")
        for ending, refusal in self.refusing.items():
            if text.endswith(ending):
                raise refusal
        if weight(text) > 280:
            raise Refusal(403, "Your Tweet text is too long. For more information see the docs.")
        if any(text == post["text"] for post in self.posts.values()):
            raise Refusal(403, DUPLICATE)
        parent = body.get("reply", {}).get("in_reply_to_tweet_id") or body.get("quote_tweet_id")
        if parent and parent not in self.posts:
            raise Refusal(403, "You attempted to reply to a Tweet that is deleted or not visible to you.")
        for number in body.get("media", {}).get("media_ids", ()):
            if not self.pictures.get(number, {}).get("final"):
                raise Refusal(400, "Your media IDs are invalid.", "Invalid Request")
        self._number += 1
        number = str(self._number)
        self.posts[number] = body | {"at": datetime.now(UTC)}
        self.created.append(body)
        return 201, {"data": {"id": number, "text": _shortened(text)[0], "edit_history_tweet_ids": [number]}}

    def _on_delete(self, where: str, _body: Params, _query: Params) -> tuple[int, Params]:
        if self.posts.pop(where, None) is None:
            raise Refusal(404, "Could not find tweet.", "Not Found Error")
        return 200, {"data": {"deleted": True}}

    def _on_timeline(self, where: str, _body: Params, query: Params) -> tuple[int, Params]:
        assert where == ME
        since = datetime.fromisoformat(query["start_time"])
        seen = [(number, post) for number, post in reversed(self.posts.items()) if post["at"] >= since][self.lag :]
        shown = [_shown(number, post) for number, post in seen[: int(query["max_results"])]]
        return 200, {"data": shown, "meta": {"result_count": len(shown)}} if shown else {"meta": {"result_count": 0}}

    def _on_me(self, _where: str, _body: Params, _query: Params) -> tuple[int, Params]:
        return 200, {"data": {"id": ME, "name": "Mroisk", "username": self.name}}

    def _on_initialize(self, _where: str, body: Params, _query: Params) -> tuple[int, Params]:
        number = str(len(self.pictures) + 5_000)
        self.pictures[number] = {"size": body["total_bytes"], "pieces": {}, "final": False, "alt": None}
        return 200, {"data": {"id": number, "media_key": f"3_{number}", "expires_after_secs": 86400}}

    def _on_append(self, where: str, body: Params, _query: Params) -> tuple[int, Params]:
        self.pictures[where]["pieces"][body["segment_index"]] = base64.b64decode(body["media"], validate=True)
        return 200, {"data": {"expires_at": 1}}

    def _on_finalize(self, where: str, _body: Params, _query: Params) -> tuple[int, Params]:
        picture = self.pictures[where]
        picture["data"] = b"".join(picture["pieces"][index] for index in sorted(picture["pieces"]))
        if len(picture["data"]) != picture["size"]:
            raise Refusal(400, "The media is not whole.", "Invalid Request")
        picture["final"] = True
        return 200, {"data": {"id": where, "media_key": f"3_{where}", "size": picture["size"]}}

    def _on_metadata(self, _where: str, body: Params, _query: Params) -> tuple[int, Params]:
        self.pictures[body["id"]]["alt"] = body["metadata"]["alt_text"]["text"]
        return 200, {"data": {"id": body["id"], "associated_metadata": body["metadata"]}}


def _route(method: str, path: str) -> tuple[str, str]:
    for name, (verb, pattern, _) in ROUTES.items():
        if verb == method and (found := re.fullmatch(pattern, path)):
            return name, found.groupdict().get("id", "")
    raise AssertionError(f"{method} {path} is no call of ours")


def _signed(authorization: str) -> bool:
    """Whether a call is signed with OAuth 1.0a by the keys of the account; the signature itself is the library's."""
    said = {name: unquote(value) for name, value in re.findall(r'(\w+)="([^"]*)"', authorization)}
    token = said.get("oauth_token") == SECRETS["x_access_token"]
    return token and said.get("oauth_consumer_key") == SECRETS["x_consumer_key"] and bool(said.get("oauth_signature"))


def _shortened(text: str) -> tuple[str, list[Params]]:
    """A text as X gives it back: addresses shortened, and &, < and > as entities of HTML."""
    parts, found, position = [], [], 0
    for number, (start, end) in enumerate(urls(text)):
        short = f"https://t.co/{number:010}"
        whole = text[start:end]
        parts += [_escaped(text[position:start]), short]
        found.append({"url": short, "expanded_url": whole if "://" in whole else f"http://{whole}"})
        position = end
    return "".join([*parts, _escaped(text[position:])]), found


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _shown(number: str, post: Params) -> Params:
    text, found = _shortened(post["text"])
    if post.get("media"):
        text += " https://t.co/picture000"
        picture = f"https://x.com/{NAME}/status/{number}/photo/1"
        found.append({"url": "https://t.co/picture000", "expanded_url": picture, "media_key": "3_1"})
    entities = {"entities": {"urls": found}} if found else {}
    return {"id": number, "text": text, "created_at": post["at"].isoformat()} | entities


# --------------------------------------------------------------------------------------------------------------------
# the machine-readable description


@cache
def description() -> Params | None:
    """X's OpenAPI document from the test data; None where they are absent."""
    folder = Path(os.environ.get("VESTKA_TEST_DATA") or Path(__file__).parents[2] / "shared")
    file = folder / "data" / "x-api-2.167.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else None


def violations(route: str, body: Params, query: Params) -> list[str]:
    """What the document has against a call."""
    document = description()
    if document is None:
        return []
    from jsonschema import Draft202012Validator

    verb, _, path = ROUTES[route]
    described = document["paths"][path][verb.lower()]
    found = []
    if "requestBody" in described:
        schema = described["requestBody"]["content"]["application/json"]["schema"]
        whole = schema | {"components": document["components"]}
        found += [f"{route}: {error.message}" for error in Draft202012Validator(whole).iter_errors(body)]
    elif body:
        found.append(f"{route}: takes no body")
    known = {_parameter(document, one)["name"] for one in described.get("parameters", ())}
    # The document has it by a newer name, X's own pages and its library by this one.
    known |= {"tweet.fields"} if "post.fields" in known else set()
    return found + [f"{route}: no parameter is called {name}" for name in query if name not in known]


def _parameter(document: Params, one: Params) -> Params:
    if "$ref" not in one:
        return one
    found = document
    for part in one["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return found


HTML_503 = Fault(accepts=False, answer=http(503, HTML, "text/html"))
