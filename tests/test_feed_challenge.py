"""An anti-bot page before a feed is named with its cure, and nothing that is not one is taken for it."""

import asyncio
import gzip
import time

import pytest

from bot.feed import Fetcher
from bot.feed.challenge import PAGE_BYTES, challenge
from bot.model import Fetched, FetchFailed
from tests.web import Answer, Web, answer, dripping

HTML = "text/html; charset=utf-8"


def page(head: str = "", body: str = "", title: str = "Калі ласка, пачакайце") -> bytes:
    """A short page of our own invention around the marks of a service."""
    return f"<!DOCTYPE html>\n<html><head><title>{title}</title>{head}</head><body>{body}</body></html>".encode()


CHALLENGES: list[tuple[str, int, dict[str, str], bytes]] = [
    ("Cloudflare", 403, {"cf-mitigated": "challenge"}, page()),
    ("Cloudflare", 403, {"cf-mitigated": "challenge"}, b""),
    ("Cloudflare", 200, {"cf-mitigated": "Challenge"}, page()),
    ("Cloudflare", 503, {}, page("<script>window._cf_chl_opt={a:1}</script>")),
    ("Cloudflare", 429, {}, page('<script src="/cdn-cgi/challenge-platform/h/g/orchestrate/chl_page/v1"></script>')),
    ("Cloudflare", 403, {}, page(title="Attention Required! | Cloudflare")),
    ("DDoS-Guard", 403, {"server": "ddos-guard"}, page()),
    ("DDoS-Guard", 200, {}, page('<script src="/.well-known/ddos-guard/js-challenge/index.js"></script>')),
    ("DDoS-Guard", 503, {}, page(title="DDOS-GUARD")),
    ("Sucuri", 200, {}, b"<html><script>var sucuri_cloudproxy_js='',S='eA==';</script></html>"),
    ("Sucuri", 403, {}, page(title="Sucuri WebSite Firewall - Access Denied")),
    ("Imperva", 200, {}, b'<html><body><iframe src="/_Incapsula_Resource?A=1">incident</iframe></body></html>'),
    ("Imperva", 403, {}, page(body="Request unsuccessful. Incapsula incident ID: 0-0")),
    ("Qrator", 401, {}, page('<script src="/__qrator/qauth_utm_v2.js"></script>')),
    ("Qrator", 403, {}, page('<script src="/__qrator/qauth_utm_v2.js"></script>')),
    ("Anubis", 200, {}, page('<script id="anubis_challenge" type="application/json">{}</script>')),
    ("Anubis", 200, {}, page('<link rel="stylesheet" href="/.within.website/x/cmd/anubis/static/a.css">')),
    ("Akamai", 403, {}, page(body="Access Denied. https://errors.edgesuite.net/18.0")),
    ("Akamai", 200, {}, page(body='<div id="sec-if-cpt-container"></div>')),
    ("captcha", 429, {}, page(body='<form><div class="g-recaptcha"></div></form>')),
    ("captcha", 403, {}, page(body='<form><div class="smartcaptcha"></div></form>')),
    ("captcha", 200, {}, page(title="Вы не робот?")),
    ("captcha", 200, {}, page(title="site.example: security check", body='<div class="h-captcha"></div>')),
    ("captcha", 403, {}, page(title="site.example: security check")),
    ("captcha", 200, {}, b"\xef\xbb\xbf <!-- 1 --> <?xml version='1.0'?>\n" + page(title="Checking your browser…")),
]  # fmt: skip

SPEAKING = (
    "Cloudflare, DDoS-Guard: _cf_chl_opt, /__qrator/, sucuri_cloudproxy_js, g-recaptcha, Incapsula incident ID, "
    "/.within.website/x/cmd/anubis/, sec-if-cpt-container, captcha, Just a moment"
)
RSS = f"<rss><channel><title>Captcha</title><item><description>{SPEAKING}</description></item></channel></rss>".encode()
STORY = "<p>" + "У Мройску паставілі капчу перад сайтам бюро. " * 80 + SPEAKING + "</p>"
FEED_LINK = '<link rel="alternate" type="application/rss+xml" href="/feed">'
ORDINARY: list[tuple[str, int, dict[str, str], bytes]] = [
    ("a feed about captchas", 200, {"server": "ddos-guard"}, RSS),
    ("a feed sent as a page", 200, {"content-type": HTML}, b"<?xml version='1.0'?><!-- <html> -->" + RSS),
    ("a feed with a header that lies", 200, {"cf-mitigated": "challenge"}, RSS),
    ("a JSON feed", 200, {}, b'{"title": "<!doctype html> captcha _cf_chl_opt"}'),
    ("plain text", 403, {"server": "ddos-guard"}, b"captcha _cf_chl_opt"),
    ("nothing", 403, {"server": "ddos-guard"}, b""),
    ("an open comment", 403, {}, b"<!-- <html>_cf_chl_opt"),
    ("an article about captchas", 200, {"server": "cloudflare"}, page(body=STORY)),
    ("an article about captchas, refused", 403, {"server": "ddos-guard"}, page(body=STORY)),
    ("a home page with a captcha in its form", 200, {}, page(FEED_LINK, "<div class='g-recaptcha'></div>")),
    ("a home page behind Cloudflare", 200, {"server": "cloudflare"},
     page('<script src="/cdn-cgi/challenge-platform/scripts/jsd/main.js"></script><div class="cf-turnstile"></div>')),
    ("a short article behind Imperva", 200, {},
     page(body="<p>" + "Слухі ў Мройску. " * 30 + '</p><script src="/_Incapsula_Resource?A=1"></script>')),
    ("a short article", 200, {}, page(title="Security check at the prison of Мройск")),
    ("a home page that names its feed", 200, {}, page(FEED_LINK + "<script>_cf_chl_opt</script>")),
    ("a site behind DDoS-Guard that is broken", 503, {"server": "ddos-guard"}, page(body="Out of order")),
    ("an ordinary refusal", 403, {"server": "cloudflare"}, page(body="Forbidden", title="403 Forbidden")),
    ("too many requests", 429, {"server": "nginx"}, page(body="Slow down", title="429")),
    ("a page that is gone", 404, {"cf-mitigated": "challenge"}, page("<script>_cf_chl_opt</script>")),
]  # fmt: skip


@pytest.mark.parametrize(("service", "status", "headers", "body"), CHALLENGES)
async def test_an_anti_bot_page_is_named(service: str, status: int, headers: dict[str, str], body: bytes) -> None:
    """Whoever reads the alarm learns which service stands before the feed, and whom to ask; it is no attack."""
    async with Web() as web, Fetcher(deadline=5) as fetcher:
        words = {name.replace("-", "_"): value for name, value in headers.items()}
        web.answers["/feed"] = answer(body, status=status, **{"content_type": HTML, "retry_after": "90", **words})
        result = await fetcher.fetch(web.url("/feed"), allow_private=True)
    assert isinstance(result, FetchFailed) and not result.hostile
    assert result.reason == (
        f"an anti-bot page ({service}) stands before the feed; the site's administrator must let Vestka through: "
        'allow the User-Agent "Vestka/…" or this server\'s address, or name a mirror in urls'
    )
    assert result.status == (None if status == 200 else status)
    assert result.retry_after == (90 if status in (429, 503) else None)


@pytest.mark.parametrize(("name", "status", "headers", "body"), ORDINARY, ids=lambda value: str(value)[:40])
async def test_nothing_else_is_taken_for_one(name: str, status: int, headers: dict[str, str], body: bytes) -> None:
    """A feed or page that only speaks of captchas and their makers comes through; a refusal stays what it is."""
    async with Web() as web, Fetcher(deadline=5) as fetcher:
        words = {word.replace("-", "_"): value for word, value in headers.items()}
        web.answers["/feed"] = answer(body, status=status, **words)
        result = await fetcher.fetch(web.url("/feed"), allow_private=True)
    if status == 200:
        assert isinstance(result, Fetched) and result.body == body, name
    else:
        assert isinstance(result, FetchFailed) and result.reason == f"the site answers {status}", name


async def refused(scripted: Answer, deadline: float = 2.0) -> FetchFailed:
    async with Web() as web, Fetcher(deadline=deadline) as fetcher:
        web.answers["/feed"] = scripted
        result = await fetcher.fetch(web.url("/feed"), allow_private=True)
    assert isinstance(result, FetchFailed)
    return result


MARKED = page("<script>window._cf_chl_opt={}</script>")


async def test_a_packed_refusal_is_read() -> None:
    """The page of a refusal is recognised in gzip too."""
    result = await refused(answer(gzip.compress(MARKED), status=403, content_encoding="gzip"))
    assert "Cloudflare" in result.reason and result.status == 403


@pytest.mark.parametrize(
    ("body", "headers", "named"),
    [
        (MARKED, {"content_encoding": "br"}, False),
        (MARKED, {"content_encoding": "gzip"}, False),
        (MARKED, {"content_encoding": "gzip, gzip"}, False),
        (gzip.compress(MARKED)[:-9], {"content_encoding": "gzip"}, True),
        (gzip.compress(MARKED) + b"x" * 200_000, {"content_encoding": "gzip"}, True),
        (gzip.compress(MARKED + bytes(50_000_000)), {"content_encoding": "gzip"}, True),
        (MARKED, {"content_length": "999999"}, True),
        (MARKED + b" " * 9_000_000, {}, True),
    ],
)
async def test_a_refusal_with_a_broken_body_stays_a_refusal(body: bytes, headers: dict[str, str], named: bool) -> None:
    """However the body of a refusal is packed, cut or swollen, its status and its Retry-After are kept."""
    result = await refused(answer(body, status=503, retry_after="90", **headers))
    assert result.status == 503 and result.retry_after == 90 and not result.hostile
    assert ("Cloudflare" in result.reason) is named


async def test_a_refusal_that_drips_stays_a_refusal() -> None:
    """A refusal whose body never ends is known within the deadline, with its status and what it asks for."""
    head = b"HTTP/1.1 429 Later\r\nRetry-After: 90\r\nContent-Length: 99999\r\n\r\n"
    started = time.monotonic()
    result = await refused(dripping(head + MARKED), deadline=2.0)
    assert time.monotonic() - started < 2.0
    assert result.status == 429 and result.retry_after == 90 and "Cloudflare" in result.reason


async def test_no_more_of_a_refusal_is_read_than_is_looked_at() -> None:
    """An endless refusal is left as soon as its first 64 kB have come, not at the deadline."""

    async def endless(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 403 No\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"10000\r\n" + b" " * 65_536 + b"\r\n")
            await writer.drain()

    started = time.monotonic()
    assert (await refused(endless, deadline=20.0)).status == 403
    assert time.monotonic() - started < 5.0


@pytest.mark.parametrize("piece", ["<", "<!--", "<!---->", "<script", "<svg>", "<a ", "<?", "<?>", " ", "<title", "я"])
def test_judging_is_quick(piece: str) -> None:
    """A page made to be slow is judged in no time: only its first 64 kB are looked at, and those once."""
    pages = [(head + piece * (1_000_000 // len(piece))).encode() for head in ("", "<html>")]
    started = time.perf_counter()
    for one in pages:
        challenge(403, {}, one)
    assert time.perf_counter() - started < 0.5


def test_only_the_beginning_is_looked_at() -> None:
    """What stands beyond the first 64 kB is not judged."""
    far = b"<html>" + b" " * PAGE_BYTES + b"<script>_cf_chl_opt</script>"
    assert challenge(403, {}, far) is None
    assert challenge(403, {}, far.replace(b" " * 100, b"")) == "Cloudflare"
