"""Services of translation on loopback that speak DeepL's, Google's and OpenAI's API as documented, and fail as told.

`faults` are answers that are given first, in their turn; `spoil` changes the next sound answers before they leave.
"""

from __future__ import annotations

import asyncio
import html
import json
from collections.abc import Callable
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.loopback import Listener
from tests.web import Answer, answer

KEY = "k3y-that-nobody-may-see"
EVERY = ("be", "ru", "en", "uk", "pl")

Fault = Answer | float  # an answer, or seconds of silence before the connection ends


def json_answer(value: Any, status: int = 200, **headers: str) -> bytes:
    """A whole answer in JSON."""
    return answer(json.dumps(value).encode(), status, content_type="application/json", **headers)


class Service(Listener):
    """What all kinds share; a translation is the text between ‹ ›, so that each answer shows what it was made of."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[Fault] = []
        self.spoil: Callable[[Any], Any] = lambda value: value
        self.asked: list[list[str]] = []  # the texts of each request that was answered
        self.bodies: list[Any] = []
        self.requests = 0
        self.begun = asyncio.Event()  # there was a request

    @property
    def url(self) -> str:
        """The address of this service, as `base_url` has it."""
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        lines = dict(line.split(": ", 1) for line in head.lower().split("\r\n")[1:] if line)
        raw = await reader.readexactly(int(lines.get("content-length", "0")))
        self.requests += 1
        self.begun.set()
        if self.faults:
            fault = self.faults.pop(0)
            if isinstance(fault, float):
                await asyncio.sleep(fault)
            elif callable(fault):
                await fault(writer)
            else:
                writer.write(fault)
                await writer.drain()
            return
        method, target, _ = head.split(" ", 2)
        key = next((line.split(" ", 2)[2] for line in head.split("\r\n") if line.startswith("Authorization: ")), "")
        self.bodies.append(json.loads(raw) if raw else None)
        parts = urlsplit(target)
        writer.write(self.answer(method, parts.path, parse_qs(parts.query), key, self.bodies[-1]))
        await writer.drain()

    def answer(self, method: str, path: str, query: dict[str, list[str]], key: str, body: Any) -> bytes:
        """What this kind of service answers."""
        raise NotImplementedError

    def translated(self, texts: list[str]) -> list[str]:
        """The translations, which are remembered as asked for."""
        self.asked.append(texts)
        return [f"‹{text}›" for text in texts]


class DeepLService(Service):
    """https://developers.deepl.com/docs/api-reference/translate and …/languages."""

    kind = "deepl"
    sources: tuple[str, ...] = ("EN", "RU", "UK", "PL", "BE")

    def answer(self, method: str, path: str, query: dict[str, list[str]], key: str, body: Any) -> bytes:
        """Translations, or a list of languages."""
        if key != KEY:
            return json_answer({"message": f"Forbidden: {key}"}, 403)
        if (method, path) == ("GET", "/v2/languages"):
            target = query.get("type") == ["target"]
            codes = [
                code for one in self.sources for code in (("EN-GB", "EN-US") if target and one == "EN" else (one,))
            ]
            return json_answer(self.spoil([{"language": code, "name": code} for code in codes]))
        assert (method, path) == ("POST", "/v2/translate")
        if len(body["text"]) > 50 or len(json.dumps(body, ensure_ascii=False).encode()) > 128 * 1024:
            return json_answer({"message": "too much"}, 413)
        if body["target_lang"] == "EN" or ("BE" in (body["source_lang"], body["target_lang"])) != bool(
            body.get("enable_beta_languages")
        ):
            return json_answer({"message": "Value for 'target_lang' not supported."}, 400)
        assert body["show_billed_characters"] and body["split_sentences"] == "0"
        rows = [
            {"detected_source_language": body["source_lang"], "text": one, "billed_characters": len(one)}
            for one in self.translated(body["text"])
        ]
        return json_answer(self.spoil({"translations": rows}))


class GoogleService(Service):
    """https://cloud.google.com/translate/docs/reference/rest/v3/projects.locations/translateText."""

    kind = "google"
    parent = "/v3/projects/our-project/locations/global"

    def answer(self, method: str, path: str, query: dict[str, list[str]], key: str, body: Any) -> bytes:
        """Translations, or a list of languages, to a token that the account has signed."""
        import jwt

        try:
            claims = jwt.decode(
                key,
                account()[1],
                algorithms=["RS256"],
                audience="https://translation.googleapis.com/",
                options={"verify_exp": False, "verify_iat": False},
            )
            assert claims["iss"] == claims["sub"] and 0 < claims["exp"] - claims["iat"] <= 3600
        except jwt.PyJWTError:
            return json_answer({"error": {"code": 401, "message": key, "status": "UNAUTHENTICATED"}}, 401)
        if (method, path) == ("GET", f"{self.parent}/supportedLanguages"):
            rows = [{"languageCode": one, "supportSource": True, "supportTarget": one != "pl"} for one in EVERY]
            return json_answer(self.spoil({"languages": rows}))
        assert (method, path) == ("POST", f"{self.parent}:translateText")
        if len(body["contents"]) > 1024 or sum(map(len, body["contents"])) > 30_000:
            return json_answer({"error": {"code": 400, "message": "too long", "status": "INVALID_ARGUMENT"}}, 400)
        made = self.translated(body["contents"])
        if body.get("mimeType") != "text/plain":
            made = [html.escape(one) for one in made]
        return json_answer(self.spoil({"translations": [{"translatedText": one} for one in made]}))


class ChatService(Service):
    """https://platform.openai.com/docs/api-reference/chat/create, as Ollama, llama.cpp and vLLM answer it."""

    kind = "chat"
    end = "stop"
    refusal: str | None = None

    @property
    def url(self) -> str:
        """With the version, as it is written for these."""
        return f"{super().url}/v1"

    def answer(self, method: str, path: str, query: dict[str, list[str]], key: str, body: Any) -> bytes:
        """A completion that does as the schema says, or the list of models."""
        if key != KEY:
            return json_answer({"error": {"message": f"Incorrect API key provided: {key}"}}, 401)
        if (method, path) == ("GET", "/v1/models"):
            return json_answer(self.spoil({"object": "list", "data": [{"id": "small"}]}))
        assert (method, path) == ("POST", "/v1/chat/completions")
        assert body["temperature"] == 0 and body["response_format"]["type"] == "json_schema"
        asked = json.loads(body["messages"][-1]["content"])["sentences"]
        made = self.translated([row["text"] for row in asked])
        rows = [{"id": row["id"], "text": text} for row, text in zip(asked, made, strict=True)]
        said = self.spoil({"translations": rows})
        content = said if isinstance(said, str) else json.dumps(said, ensure_ascii=False)
        message = {"role": "assistant", "content": content, "refusal": self.refusal}
        return json_answer({"choices": [{"index": 0, "finish_reason": self.end, "message": message}]})


KINDS: dict[str, type[Service]] = {"deepl": DeepLService, "google": GoogleService, "chat": ChatService}


@cache
def account() -> tuple[str, str]:
    """A service account: the JSON file that Google gives out, and the public half of its key."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = made.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = made.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    file = {
        "type": "service_account",
        "project_id": "our-project",
        "private_key_id": "0123456789abcdef",
        "private_key": private.decode(),
        "client_email": "vestka@our-project.iam.gserviceaccount.com",
        "token_uri": "https://oauth2.googleapis.com/token",
    }
    return json.dumps(file), public.decode()
