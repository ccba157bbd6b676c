"""Google Cloud Translation v3 (projects.locations.translateText), by plain HTTP, with a service account's key.

v3 takes no API key. The account's own signed token is shown to the service itself (AIP-4111), so that no second
server is asked; PyJWT makes it, because Google's client would bring a dozen packages to send one request.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from bot.translation.engine import EngineFailed
from bot.translation.remote import Remote, Terms, read

SERVICE = "https://translation.googleapis.com"
LANGUAGES = frozenset({"be", "ru", "en", "uk", "pl"})  # https://cloud.google.com/translate/docs/languages
TOKEN_SECONDS = 600  # of a token that is made for each request; Google takes up to an hour
EXTRA = "pip install 'vestka[google]'"
STATUS = re.compile(r"[A-Z_]{2,40}\Z")  # google.rpc.Code


class Google(Remote):
    """An Engine that asks Google Cloud Translation."""

    # https://cloud.google.com/translate/docs/reference/rest/v3/projects/translateText: at most 1024 strings; less than
    # 30,000 code points are recommended.
    texts = 1024
    characters = 29_000

    def __init__(self, name: str, base_url: str, terms: Terms, *, project: str, region: str, model: str) -> None:
        """Take the project, its region, and the model, "" for Google's own choice (general/nmt)."""
        super().__init__(name, base_url or SERVICE, terms, sources=LANGUAGES, targets=LANGUAGES)
        self._parent = f"projects/{project}/locations/{region}"
        self._model = model

    def version(self, source: str, target: str) -> str:
        """The model that is asked for; Google names no version of it."""
        return f"Translation API v3, {self._model or 'general/nmt'}"

    def refusal(self, status: int, body: bytes) -> str:
        """With Google's own name for it: 403 is a wrong key, a role that is missing, or a quota that is used up."""
        told = read(body)
        error = told.get("error") if isinstance(told, dict) else None
        name = error.get("status") if isinstance(error, dict) else None
        said = super().refusal(status, body)
        if status == 403:
            said += "; or give its account the role Cloud Translation API User, or see the project's quota"
        return f"{said} [{name}]" if isinstance(name, str) and STATUS.match(name) else said

    async def batch(self, texts: Sequence[str], source: str, target: str) -> Sequence[str] | EngineFailed:
        """One translateText. Without text/plain it would answer in HTML."""
        body = {
            "contents": list(texts),
            "mimeType": "text/plain",
            "sourceLanguageCode": source,
            "targetLanguageCode": target,
        }
        if self._model:
            body["model"] = f"{self._parent}/models/{self._model}"
        answer = await self.ask("POST", f"/v3/{self._parent}:translateText", body, characters=sum(map(len, texts)))
        if isinstance(answer, EngineFailed):
            return answer
        try:
            return [str(one["translatedText"]) for one in read(answer)["translations"]]
        except (KeyError, TypeError):
            return EngineFailed(reason=f"what {self.host} answered is no answer of Google's")

    async def languages(self) -> tuple[frozenset[str], frozenset[str]] | EngineFailed:
        """https://cloud.google.com/translate/docs/reference/rest/v3/projects/getSupportedLanguages."""
        query = {"model": f"{self._parent}/models/{self._model}"} if self._model else None
        answer = await self.ask("GET", f"/v3/{self._parent}/supportedLanguages", query=query)
        if isinstance(answer, EngineFailed):
            return answer
        try:
            rows = [(row["languageCode"], row) for row in read(answer)["languages"]]
            return (
                frozenset(code for code, row in rows if row.get("supportSource")),
                frozenset(code for code, row in rows if row.get("supportTarget")),
            )
        except (KeyError, TypeError, AttributeError):
            return EngineFailed(reason=f"what {self.host} answered is no list of languages")

    def key(self, secret: str) -> str | EngineFailed:
        """A token that the account signs for itself: https://google.aip.dev/auth/4111."""
        try:
            import jwt
        except ImportError:
            return EngineFailed(reason=f"what signs for Google is not installed: {EXTRA}")
        if not secret:
            return EngineFailed(reason=f"the secret {self.terms.secret_name} is missing")
        now = int(self.terms.clock().timestamp())
        try:
            account = json.loads(secret)
            who = account["client_email"]
            claims = {"iss": who, "sub": who, "aud": f"{SERVICE}/", "iat": now, "exp": now + TOKEN_SECONDS}
            headers = {"kid": account["private_key_id"]}
            return jwt.encode(claims, account["private_key"], algorithm="RS256", headers=headers)
        except (ValueError, KeyError, TypeError, RecursionError, jwt.PyJWTError):
            what = "is no key of a service account (the JSON file that Google gives out)"
            return EngineFailed(reason=f"the secret {self.terms.secret_name} {what}")
