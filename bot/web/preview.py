"""The preview page of a rehearsal: each statement as it would stand on every channel, what waits and why, what changed.

It shows words that came from a feed, so all of it is text to be escaped; a mail stands in a frame without any right.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from babel import Locale, UnknownLocaleError
from jinja2 import DictLoader, StrictUndefined, Template
from jinja2.sandbox import SandboxedEnvironment
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.web.markup import marked_up, web_address

PAGE = "preview.html.j2"
STYLE = "preview.css"

HEADERS = {
    # A frame made of `srcdoc` obeys this policy too: without 'unsafe-inline' a mail would lose its own styles. Our page
    # gains no risk by it: whatever comes from a feed is escaped, and nothing at all may be fetched.
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self' 'unsafe-inline'; frame-src 'self'; "
        "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """What one channel got in one language: its parts in order, each as the rehearsal wire wrote it down."""

    channel: str
    kind: str
    language: str
    parts: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What one channel did not get: its state in a word or two, and the reasons as sentences for a layman.

    `parts` are the posts that wait, in the form of `Posted.parts`, when they could be laid out.
    """

    channel: str
    kind: str
    language: str
    state: str
    reasons: tuple[str, ...]
    parts: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What the site changed after its statement was posted; `before` and `after` are the sentences that differ."""

    language: str
    message: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One story as people see it: number, title, address, and what became of it."""

    number: int
    title: str
    url: str
    language: str
    posts: tuple[Posted, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """All that the page shows; `languages` is the order in which one kind's channels stand side by side."""

    organisation: str
    stories: tuple[Story, ...]
    languages: tuple[str, ...] = ()


def preview_app(
    load: Callable[[], Preview], templates: Mapping[str, str], *, hosts: Sequence[str] = ("127.0.0.1", "localhost")
) -> Starlette:
    """The application: `/` shows what `load` answers at that moment, in the words of `templates`, which are sources.

    Only requests for one of `hosts` are answered: a foreign site that points its name at this machine reads nothing.
    """
    template = _template(templates)

    def show(request: Request) -> Response:
        text = template.render(view(load()), style="")
        # A lone half of a surrogate pair has no UTF-8 form; it becomes a question mark instead of an error page.
        return Response(text.encode("utf-8", "replace"), media_type="text/html", headers=HEADERS)

    def style(request: Request) -> Response:
        return Response(templates[STYLE], media_type="text/css", headers=HEADERS)

    return Starlette(
        routes=[Route("/", show), Route("/style.css", style)],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=list(hosts), www_redirect=False)],
    )


def page(preview: Preview, templates: Mapping[str, str]) -> str:
    """The same page as one HTML text that stands by itself, its style inside."""
    return _template(templates).render(view(preview), style=templates[STYLE])


def of_rows(rows: Sequence[Mapping[str, Any]], *, organisation: str, title: str, url: str) -> Preview:
    """What one statement would look like, from rows of (channel, kind, language, state, reasons, posts)."""
    posts: list[Posted] = []
    waiting: list[Waiting] = []
    for row in rows:
        place = {"channel": row["channel"], "kind": row["kind"], "language": row["language"]}
        parts = tuple(row["posts"])
        if row["state"] == "held":
            waiting.append(Waiting(**place, state="held", reasons=tuple(row["reasons"]), parts=parts))
        else:
            posts.append(Posted(**place, parts=parts))
    story = Story(number=0, title=title, url=url, language="", posts=tuple(posts), waiting=tuple(waiting))
    return Preview(organisation=organisation, stories=(story,))


def _template(templates: Mapping[str, str]) -> Template:
    environment = SandboxedEnvironment(
        loader=DictLoader(templates), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template(PAGE)


def view(preview: Preview) -> dict[str, Any]:
    """The preview as plain lists, dictionaries and strings: a template is handed nothing that can act."""
    order = {language: place for place, language in enumerate(preview.languages)}
    return {"organisation": preview.organisation, "stories": [_story(story, order) for story in preview.stories]}


def _story(story: Story, order: Mapping[str, int]) -> dict[str, Any]:
    panels: tuple[Posted | Waiting, ...] = (*story.posts, *story.waiting)
    groups: dict[str, list[dict[str, Any]]] = {panel.kind: [] for panel in panels}
    for one in sorted(panels, key=lambda panel: order.get(panel.language, len(order))):
        groups[one.kind].append(_panel(one))
    return {
        "number": story.number,
        "title": story.title,
        "url": story.url,
        "address": web_address(story.url),
        "language": story.language,
        "posted": len(story.posts),
        "waiting": len(story.waiting),
        "groups": [{"kind": kind, "panels": group} for kind, group in groups.items()],
        "changes": [
            {
                "language": one.language,
                "language_name": language_name(one.language),
                "message": one.message,
                "before": one.before,
                "after": one.after,
            }
            for one in story.changes
        ],
    }


def _panel(one: Posted | Waiting) -> dict[str, Any]:
    return {
        "channel": one.channel,
        "language": one.language,
        "language_name": language_name(one.language),
        "state": one.state if isinstance(one, Waiting) else "",
        "reasons": list(one.reasons) if isinstance(one, Waiting) else [],
        "parts": [_part(part) for part in one.parts],
    }


def _part(part: Mapping[str, Any]) -> dict[str, Any]:
    payload = part["payload"]
    return {
        "part": part["part"],
        "parts": part["parts"],
        "counter": f"{part['length']:,} / {part['limit']:,}",
        "body": marked_up(payload["text"], payload.get("entities", ())),
        "subject": payload.get("subject"),
        "html": payload.get("html"),
        "buttons": list(payload.get("buttons", ())),
        "pictures": [picture["alt"] for picture in payload.get("media", ())],
    }


def language_name(code: str) -> str:
    """The English name of a language, or its code when nobody knows it."""
    try:
        return Locale.parse(code).get_language_name("en") or code
    except (UnknownLocaleError, ValueError):
        return code
