"""Recognises the page that an anti-bot service puts before a feed, so that an admin learns whom to ask.

A function of the answer alone. Only HTML is judged, and of HTML only a page almost without words of its own: a feed,
an article or a home page may speak of captchas and of Cloudflare as it likes.
"""

from __future__ import annotations

from collections.abc import Mapping

PAGE_BYTES = 65_536  # as much of a page as is looked at; challenge pages are far smaller
STATUSES = frozenset({200, 401, 403, 429, 503})  # 401 is what Qrator answers
REFUSALS = frozenset({403, 429})
LETTERS = 2_000  # that a challenge page may show; a page that shows more is a page
BARE_LETTERS = 300

BLANK = "\ufeff \t\r\n"
OPENINGS = ("<!doctype html", "<html", "<head", "<body", "<title", "<meta", "<script", "<noscript", "<iframe")
FEED_LINKS = ("application/rss+xml", "application/atom+xml", "application/feed+json")

# What the services' own scripts and containers are called; none of it is put into ordinary pages, as Cloudflare's
# /cdn-cgi/challenge-platform/scripts/jsd is.
MARKS = {
    "Cloudflare": (
        "_cf_chl_opt",
        "/orchestrate/chl_page/",
        "/orchestrate/jsch/",
        "cf-browser-verification",
        "cf_captcha_kind",
        "<title>attention required! | cloudflare",
    ),
    "DDoS-Guard": (
        "/.well-known/ddos-guard/js-challenge",
        "/.well-known/ddos-guard/ddg-captcha-page",
        "/.well-known/ddos-guard/check?context=",
        "<title>ddos-guard",
    ),
    "Sucuri": ("sucuri_cloudproxy_js", "<title>sucuri website firewall"),
    "Imperva": ("incapsula incident id",),
    "Qrator": ("/__qrator/",),
    "Anubis": ("/.within.website/x/cmd/anubis/", 'id="anubis_challenge"'),
    "Akamai": ("sec-if-cpt-container", "sec-cpt-if", "/_sec/verify?", "errors.edgesuite.net"),
}
# Imperva puts its script into ordinary pages too: it counts only where there is next to nothing else.
BARE_MARKS = {"Imperva": ("incapsula incident id", "/_incapsula_resource")}
# Widgets stand in ordinary pages too, under a form of comments: see _asks_for_a_person.
WIDGETS = ("g-recaptcha", "h-captcha", "hcaptcha.com", "recaptcha/api.js", "cf-turnstile", "smartcaptcha")
TITLES = (
    "captcha", "капча", "are you human", "are you a human", "are you a robot", "not a robot", "verify you are human",
    "checking your browser", "just a moment", "security check", "проверка браузера", "не робот", "вы не робот",
    "вы робот",
)  # fmt: skip


def challenge(status: int, headers: Mapping[str, str], body: bytes) -> str | None:
    """The service whose challenge page this answer is ("captcha" when it bears no known name), or None.

    `headers` has lower-case names, or is blind to case; of `body` at most the first 65,536 bytes are looked at.
    """
    if status not in STATUSES:
        return None
    page = body[:PAGE_BYTES].decode("utf-8", "replace").lower()
    html = _is_html(page)
    # developers.cloudflare.com, "Detect a Challenge Page response": the one header that says it outright.
    if headers.get("cf-mitigated", "").strip().lower() == "challenge" and (html or status != 200):
        return "Cloudflare"
    if not html or any(link in page for link in FEED_LINKS):
        return None
    letters = _letters(page)
    if letters > LETTERS:
        return None
    for name, marks in (MARKS if letters > BARE_LETTERS else MARKS | BARE_MARKS).items():
        if any(mark in page for mark in marks):
            return name
    if status in REFUSALS and headers.get("server", "").strip().lower() == "ddos-guard":
        return "DDoS-Guard"
    return "captcha" if _asks_for_a_person(page, refused=status != 200) else None


def _asks_for_a_person(page: str, *, refused: bool) -> bool:
    """Whether a page of no known service is a captcha; at 200 its title must say so, and say only that or show one."""
    title = page.partition("<title")[2].partition(">")[2].partition("</title")[0].strip(" .…!?\r\n\t")
    widget = any(word in page for word in WIDGETS)
    titled = any(word in title for word in TITLES)
    return (widget or titled) if refused else titled and (widget or title in TITLES)


def _is_html(page: str) -> bool:
    """Whether the first tag is one of HTML, behind a byte order mark, comments and an XML declaration.

    The label is not asked: feeds are sent as text/html, and challenge pages under the name of the feed.
    """
    at = 0
    while at < len(page):
        if page[at] in BLANK:
            at += 1
            continue
        end = "?>" if page.startswith("<?", at) else "-->" if page.startswith("<!--", at) else ""
        if not end:
            return page.startswith(OPENINGS, at)
        found = page.find(end, at)
        at = found + len(end) if found >= 0 else len(page)
    return False


def _letters(page: str) -> int:
    """How many letters the page shows: what is not a tag, a comment, a script, a style or a drawing."""
    hidden = {"<script": "</script", "<style": "</style", "<svg": "</svg", "<!--": "-->"}
    count = at = 0
    while at < len(page):
        tag = page.find("<", at)
        shown = page[at : tag if tag >= 0 else len(page)]
        count += sum(letter.isalpha() for letter in shown)
        if tag < 0:
            break
        end = next((end for start, end in hidden.items() if page.startswith(start, tag)), ">")
        closed = page.find(end, tag)
        if closed < 0:
            break
        at = closed + len(end)
    return count
