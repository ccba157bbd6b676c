"""`vestka init`: five questions on the terminal, then settings.toml and the secrets beside it; nothing before the end.

Every answer is judged by the settings' own types. What equals a default is not written. A secret is never shown.
"""

from __future__ import annotations

import asyncio
import getpass
import io
import json
import os
import re
import sys
import textwrap
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import channels
from bot.app import clock, shipped
from bot.errors import SettingsError, UsageError, VestkaError
from bot.feed import Fetcher, behind, body, clean, identity, is_page, parse, parse_list
from bot.model import Document, FetchFailed, Quarantined
from bot.pipeline import primary
from bot.settings import LANGUAGES, SECRET_VALUE, Alerts, DeliverySettings, Project, Source, build, load, reference
from bot.text import letters

Answer = TypeVar("Answer")

KEEP = "keep"
DEFAULT_LANGUAGES = Project().languages
USERNAME = re.compile(r"@[A-Za-z][A-Za-z0-9_]{3,31}|-?\d{5,20}")
IMPLICIT_TLS = "465"  # RFC 8314, 7.3: the port of submission over TLS from the first byte
INTRODUCTION = "Five questions; an empty answer takes what stands in [brackets]. Ctrl-C ends and writes nothing."
ENDED = "the questions ended before the last answer: nothing was written; start again with: vestka init"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A feed or a list of articles: its address, and the language of its statements where it could be told."""

    url: str
    language: str | None
    kind: str = "feed"


@dataclass(frozen=True, slots=True)
class Wrong:
    """An answer that cannot be taken; `why` is one line."""

    why: str


def ask(file: Path, *, allow_private: bool) -> None:
    """Ask, then write the settings file and the secrets beside it. `allow_private`: the feed is in one's own network.

    Raises UsageError for a file that exists or cannot be made, VestkaError when the answers end too soon.
    """
    file = Path(os.path.abspath(file))
    _check_place(file)
    build({}, file.parent)  # what is wrong in the environment cannot be mended by any answer
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(encoding="utf-8", errors="replace")
    try:
        raw, secrets = _questions(allow_private)
    except (EOFError, KeyboardInterrupt):
        raise VestkaError(ENDED) from None
    _write(file, written(raw), secrets)
    load(file)
    _say(
        f"\nWritten: {file}" + "".join(f", secrets/{name} (0600)" for name in secrets) + "\n"
        "Nothing is sent anywhere yet: delivery.wire is a rehearsal. What to do next:\n"
        f"  vestka doctor{_option(file)}    looks at all of it, and says what is missing\n"
        f"  vestka once{_option(file)}      polls once; the first time it only notes what is there\n"
        f"  vestka run{_option(file)}       the service"
    )


def _questions(allow_private: bool) -> tuple[dict[str, Any], dict[str, str]]:
    """All answers: what goes into the settings, and the secrets by their names."""
    _say(INTRODUCTION)
    name = _until("1/5  The organisation's name, as readers see it.", "Human Rights Bureau", Project().name, _name)
    found = _sources(allow_private)
    languages = _until(
        "3/5  The languages to publish in, best source for a translation first.",
        "be, en",
        ", ".join(DEFAULT_LANGUAGES),
        _languages,
    )
    chats = _until(
        "4/5  The Telegram channels, one a language; none yet: they are rehearsed only.",
        " ".join(f"{language}=@bureau_{language}" for language in languages),
        "",
        lambda answer: _chats(answer, languages),
    )
    secrets = {"telegram_token": _secret("     The bot's token from @BotFather, if you have one.", _token)}
    alerts = _alerts(secrets)
    raw: dict[str, Any] = {
        "project": {"name": name, "languages": list(languages)},
        "sources": _tables(found, languages, allow_private),
        "delivery": {"wire": "rehearsal"},
        "alerts": alerts,
        "channels": {
            f"telegram-{language}": {"kind": "telegram", "language": language} | ({"chat": chat} if chat else {})
            for language, chat in chats.items()
        },
    }
    return raw, {key: value for key, value in secrets.items() if value}


# --------------------------------------------------------------------------------------------------------------------
# asking


def _say(text: str) -> None:
    """Words for a person, on stderr, as everywhere."""
    print(text, file=sys.stderr, flush=True)


def _option(file: Path) -> str:
    return "" if file == Path.cwd() / "settings.toml" else f" --settings {file}"


def _read() -> str:
    """One answer, white space made plain. Raises EOFError at the end of the input."""
    return " ".join(input("> " if sys.stdin.isatty() else "").split())


def _until(question: str, example: str, default: str, judge: Callable[[str], Answer | Wrong]) -> Answer:
    """Ask until the answer can be taken; each time one line says why it cannot."""
    _say(f"\n{question}\n     For example: {example}  [{default or 'none'}]")
    while True:
        answer = _read() or default
        judged = (
            judge(answer) if _is_plain(answer) else Wrong("it holds a character that cannot be shown; type it anew")
        )
        if not isinstance(judged, Wrong):
            return judged
        _say(f"     {judged.why}")


def _secret(question: str, judge: Callable[[str], str | Wrong]) -> str:
    """As `_until`, but nothing of the answer is shown, by the terminal or by us."""
    _say(f"{question} It is not shown, and goes into a file of its own.  [none]")
    while True:
        answer = (getpass.getpass("> ", sys.stderr) if sys.stdin.isatty() else input()).strip()
        judged = (
            judge(answer) if _is_plain(answer) else Wrong("it holds a character that cannot be typed; paste it anew")
        )
        if not isinstance(judged, Wrong):
            return judged
        _say(f"     {judged.why}")


def _is_plain(answer: str) -> bool:
    return answer.isprintable() and "\ufffd" not in answer


def _fault(raw: Mapping[str, Any]) -> Wrong | None:
    """What the settings' own types say against some values."""
    try:
        build(raw, Path.cwd())
    except SettingsError as error:
        return Wrong(str(error))
    return None


# --------------------------------------------------------------------------------------------------------------------
# the answers


def _name(answer: str) -> str | Wrong:
    return _fault({"project": {"name": answer}}) or answer


def _languages(answer: str) -> tuple[str, ...] | Wrong:
    words = tuple(dict.fromkeys(answer.lower().replace(",", " ").split()))
    ready = [one for one in LANGUAGES if (shipped("templates") / "locale" / one).is_dir()]
    if unknown := [word for word in words if word not in ready]:
        return Wrong(f"{', '.join(unknown)}: Vestka can publish in {', '.join(ready)}")
    return words or Wrong("name at least one language")


def _chats(answer: str, languages: Sequence[str]) -> dict[str, str | int] | Wrong:
    """Channel by language; for no answer, one without a name in each language."""
    chats: dict[str, str | int] = {}
    for word in answer.replace(",", " ").split():
        language, _, chat = word.partition("=")
        if SECRET_VALUE.search(word):
            return Wrong("that holds a bot's token; the token is asked for next, and is not shown")
        if language not in languages:
            return Wrong(f"{word}: write LANGUAGE=@name, the language one of {', '.join(languages)}")
        if not USERNAME.fullmatch(chat):
            return Wrong(f"{word}: a channel is its @name of 4 to 32 letters, digits and _, or its numeric id")
        if language in chats:
            return Wrong(f"{language} is named twice")
        chats[language] = chat if chat.startswith("@") else int(chat)
    return chats or dict.fromkeys(languages, "")


def _token(answer: str) -> str | Wrong:
    if answer and not SECRET_VALUE.fullmatch(answer):
        return Wrong("that is no bot token: digits, a colon, and 30 or more letters; or leave it empty")
    return answer


def _alerts(secrets: dict[str, str]) -> dict[str, str]:
    """The table of alarms; the password goes to the secrets."""

    def email(answer: str) -> str | Wrong:
        return _fault({"alerts": {"email": answer, "smtp": "mail.example.org:587"}}) or answer

    def server(answer: str) -> str | Wrong:
        return _fault({"alerts": {"smtp": answer}}) or (answer or Wrong("a mail needs a server that takes it"))

    address = _until("5/5  Who is mailed when something is wrong?", "editor@example.org", "", email)
    if not address:
        return {}
    default = f"mail.{address.rpartition('@')[2]}:587"
    smtp = _until("     The submission server of that mail, host and port.", "mail.example.org:587", default, server)
    user = _until("     The name to log in with there.", address, "", lambda answer: answer)
    alerts = {"email": address, "smtp": smtp}
    if smtp.rpartition(":")[2] == IMPLICIT_TLS:
        alerts["smtp_security"] = "tls"
    if user:
        alerts["smtp_user"] = user
        secrets["smtp_password"] = _secret("     The password for it.", lambda answer: answer)
    return alerts


# --------------------------------------------------------------------------------------------------------------------
# the site


def _sources(allow_private: bool) -> list[Found]:
    """The feeds, each looked at once; a bad address is asked for anew, or kept unread."""
    found: list[Found] = []
    words = _until(
        "2/5  The address of the site's feed, or of a page that names it; several, separated by spaces, are one a\n"
        "     language.",
        "https://example.org/be/feed.xml https://example.org/en/feed.xml",
        "",
        str.split,
    )
    for number, word in enumerate(words, 1):
        place = f"{number}/{len(words)}: " if len(words) > 1 else ""
        one = _source(word, place, allow_private)
        if one.url not in {known.url for known in found}:
            found.append(one)
    return found


def _source(url: str, place: str, allow_private: bool) -> Found:
    while True:
        fault = _address_fault(url)
        looked = fault or asyncio.run(_look(url, allow_private))
        if isinstance(looked, Wrong):
            _say(f"     {place}{looked.why}")
        else:
            found, document = looked
            _say(f"     {place}{_seen(found, document)}")
            if found.language in LANGUAGES:
                return found
        choice = "" if fault else f', or "{KEEP}" to keep this one unread'
        _say(f"     {place}Another address{choice}:")
        answer = _read()
        if answer == KEEP and fault is None:
            return Found(url=url, language=_hint(url))
        url = answer


def _address_fault(url: str) -> Wrong | None:
    """What is wrong with an address before anybody is asked."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  # it raises for what is no port
    except ValueError:
        return Wrong(f"{url[:60]}: no http(s) address, such as https://example.org/feed.xml")
    if parts.username is not None or parts.password is not None:
        return Wrong("an address with a name and password in it would stand in the settings for all to see")
    if not _is_plain(url) or _fault({"sources": {"site": {"urls": [url], "language": "be"}}}):
        return Wrong(f"{url[:60]!r}: no http(s) address, such as https://example.org/feed.xml")
    return None


async def _look(url: str, allow_private: bool) -> tuple[Found, Document] | Wrong:
    """The feed at, or behind, an address, or the list of articles there, read once."""
    async with Fetcher() as fetcher:
        asked, got = await behind(fetcher, url, allow_private=allow_private)
    if isinstance(got, FetchFailed):
        return Wrong(f"{asked}: {got.reason}.")
    document, kind = await parse(got.body, content_type=got.content_type, url=got.url), "feed"
    if isinstance(document, Quarantined) and is_page(got):
        hosts, kind = identity.names((asked, got.url)), "page"
        document = await parse_list(got.body, content_type=got.content_type, url=got.url, hosts=hosts)
    if isinstance(document, Quarantined):
        none = "no feed is named on this page, and " if kind == "page" else ""
        return Wrong(f"{asked}: {none}{document.reason}.")
    return Found(url=got.moved_to or asked, language=_language(document, got.url), kind=kind), document


def _language(document: Document, url: str) -> str | None:
    """The language that most entries are in; that of the feed's label when it has none."""
    told: Counter[str | None] = Counter()
    for entry in document.entries:
        blocks = body(entry, url)
        text = "" if isinstance(blocks, Quarantined) else "\n".join(block.text for block in blocks)
        label = primary(entry.language or document.language or "")
        told[letters.spoken(f"{clean.plain(entry.title)}\n{text}", label)] += 1
    del told[None]
    return told.most_common(1)[0][0] if told else primary(document.language or "") or None


def _seen(found: Found, document: Document) -> str:
    count = len(document.entries)
    dates = [entry.published for entry in document.entries if entry.published]
    newest = f", the newest {(clock() - max(dates)).days} day(s) old" if dates else ""
    kind = ", listed on a page without a feed" if found.kind == "page" else ""
    text = f"{found.url}: {count} statement{'s' * (count != 1)}{kind}{newest}"
    if found.language in LANGUAGES:
        return f"{text}, in the language {found.language}."
    return f"{text}; in which of {', '.join(LANGUAGES)} it is written could not be told."


def _hint(url: str) -> str | None:
    """A language that the address itself names, as /be/ or be.example.org do."""
    parts = urlsplit(url)
    words = [*parts.path.lower().replace(".", "/").split("/"), *(parts.hostname or "").split(".")[:1]]
    return next((word for word in words if word in LANGUAGES), None)


def _tables(found: Sequence[Found], languages: Sequence[str], allow_private: bool) -> dict[str, dict[str, Any]]:
    """One table a feed, named by its language."""
    tables: dict[str, dict[str, Any]] = {}
    for one in found:
        language = one.language if one.language in LANGUAGES else languages[0]
        count = sum(table["language"] == language for table in tables.values())
        name = f"{language}-{count + 1}" if count else language
        if one.language != language:
            _say(f"     {one.url} is taken to be in {language}; if not, change sources.{name}.language.")
        kind = {} if one.kind == "feed" else {"kind": one.kind}
        tables[name] = {**kind, "urls": [one.url], "language": language}
        tables[name] |= {"allow_private": True} if allow_private else {}
    return tables


# --------------------------------------------------------------------------------------------------------------------
# writing


def written(raw: Mapping[str, Any]) -> str:
    """The text of a settings.toml: what differs from the defaults, and the wire, each key with its meaning.

    Every string in `raw` is printable: JSON writes strings, whole numbers, booleans and lists of those as TOML does.
    """
    lines = ["# Vestka's settings, written by `vestka init`. `vestka settings` prints every key with its default.",
             "# A secret is never in this file."]  # fmt: skip
    models = {"project": Project, "delivery": DeliverySettings, "alerts": Alerts}
    for section, model in models.items():
        lines += _table(section, raw.get(section, {}), model, always=("wire",))
        if section == "project":
            for name, values in raw["sources"].items():
                lines += _table(f"sources.{name}", values, Source)
            if not raw["sources"]:
                lines += ["", "# The site's feed: take away the # and put in its address.", "#[sources.site]"]
                lines += ['#urls = ["https://example.org/feed.xml"]', '#language = "be"']
    for name, values in raw["channels"].items():
        lines += _table(f"channels.{name}", values, channels.load(values["kind"]).Settings, always=("kind",))
    return "\n".join(lines) + "\n"


def _table(title: str, values: Mapping[str, Any], model: Any, always: Sequence[str] = ()) -> Iterator[str]:
    """The lines of one table; nothing when all of it is as it would be anyway."""
    lines = []
    for key, value in values.items():
        field = model.model_fields[key]
        default = field.get_default(call_default_factory=True)
        if key not in always and value == (list(default) if isinstance(default, tuple) else default):
            continue
        if field.description:
            meaning = f"{field.description[0].upper()}{field.description[1:].rstrip('.')}."
            lines += textwrap.wrap(meaning, 110, initial_indent="# ", subsequent_indent="# ")
        lines.append(f"{key} = {json.dumps(value, ensure_ascii=False)}")
    if lines:
        yield from ("", f"[{title}]", *lines)


def _check_place(file: Path) -> None:
    """Raises UsageError unless the file can be made where nobody's settings stand."""
    if not file.parent.is_dir():
        raise UsageError(f"{file.parent} is no folder; make it first: mkdir -p {file.parent}")
    if os.path.lexists(file) and not _is_blank(file):
        raise UsageError(f"{file} exists and is left alone; edit it, or move it away first, or take --settings FILE")
    if not os.access(file.parent, os.W_OK | os.X_OK):
        raise UsageError(f"{file.parent} cannot be written to; choose another place with --settings FILE")


def _is_blank(file: Path) -> bool:
    """Whether this is the file that Vestka ships, in which nothing is set and `vestka settings` prints every letter."""
    try:
        return file.read_text(encoding="utf-8") == reference()
    except (OSError, UnicodeDecodeError):
        return False


def _write(file: Path, text: str, secrets: Mapping[str, str]) -> None:
    """Write the settings, then the secrets; all of it, or nothing. Raises UsageError for a file that exists."""
    folder = file.parent / "secrets"
    made: list[Path] = []
    if _is_blank(file):
        file.unlink()
    try:
        _create(file, text, 0o644, made)
        if secrets:
            folder.mkdir(mode=0o700, exist_ok=True)
            folder.chmod(0o700)
        for name, value in secrets.items():
            _create(folder / name, f"{value}\n", 0o600, made)
    except OSError as error:
        for path in made:
            path.unlink()
        cure = "move it away first" if isinstance(error, FileExistsError) else error.strerror
        raise UsageError(f"{error.filename or file} cannot be made, and nothing was written: {cure}") from None


def _create(file: Path, text: str, mode: int, made: list[Path]) -> None:
    """A new file, from its first moment no wider open than `mode`, and never in the place of another."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    made.append(file)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
