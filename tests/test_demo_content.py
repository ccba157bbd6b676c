"""The demo's invented statements are sound: dated, linked, translated sentence by sentence, wrong in one place only."""

from __future__ import annotations

import json
import re
import tomllib
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser
from typing import Any

import feedparser
import pytest

from bot.demo import content

NOW = datetime(2026, 11, 22, 9, 30, 15, 999, tzinfo=UTC)
SLIP = ("1049", "1094")


def entries(name: str, *, edited: bool = False) -> list[Any]:
    """The entries of one demo feed, as a stranger's reader sees them."""
    parsed = feedparser.parse(content.feed(name, NOW, edited=edited))
    assert not parsed.bozo
    return list(parsed.entries)


def memory() -> list[dict[str, str]]:
    """The human translations that ship with the demo."""
    return [json.loads(line) for line in content.MEMORY.read_text(encoding="utf-8").splitlines()]


def figures(text: str) -> list[str]:
    """Every number of a text, without the marks that group its digits, in order of size."""
    return sorted(re.findall(r"\d+", re.sub(r"(?<=\d)[\u00a0,](?=\d{3})", "", text)))


class Sentences(HTMLParser):
    """A plain cutter that is enough for the demo's own, well-behaved markup."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.blocks = [""]
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "a":
            self.blocks.append("")

    def handle_data(self, data: str) -> None:
        self.blocks[-1] += data

    def all(self) -> list[str]:
        """Whole sentences, white space collapsed but no-break spaces kept."""
        blocks = (re.sub(r"[ \n]+", " ", block).strip(" ") for block in self.blocks)
        return [one for block in blocks if block for one in re.split(r"(?<=[.!?…]) (?=[«“]?[А-ЯЁІЎA-Z])", block)]


@pytest.mark.parametrize(("name", "version", "count"), [("be", "rss20", 6), ("en", "atom10", 1)])
def test_feeds_are_sound(name: str, version: str, count: int) -> None:
    """Any feed reader opens the demo's feeds without a complaint."""
    parsed = feedparser.parse(content.feed(name, NOW))
    assert not parsed.bozo
    assert (parsed.version, parsed.feed.language if name == "be" else "en", len(parsed.entries)) == (
        version,
        name,
        count,
    )
    assert len({entry.id for entry in parsed.entries}) == count


def test_hreflang_points_both_ways() -> None:
    """The Belarusian statement names its English edition and the English edition names the Belarusian one."""
    ours = {entry.link: entry for entry in entries("be")}
    theirs = {entry.link: entry for entry in entries("en")}
    there = [(link.href, url) for url, entry in ours.items() for link in entry.links if link.get("hreflang") == "en"]
    back = [(url, link.href) for url, entry in theirs.items() for link in entry.links if link.get("hreflang") == "be"]
    assert there == back == [("https://example.invalid/en/report", "https://example.invalid/be/report")]


@pytest.mark.parametrize("name", content.FEEDS)
def test_dates_are_filled(name: str) -> None:
    """Every statement is fresh on the day of the demo, newest first, and no placeholder is left over."""
    text = content.feed(name, NOW).decode()
    assert "@rfc822-" not in re.sub(r"<!--.*?-->", "", text, flags=re.S)
    assert not re.search(r"@rfc\d+-\d", text)
    dates = re.findall(r"<(?:pubDate|published)>(.*?)</", text)
    read = [parsedate_to_datetime(one) if name == "be" else datetime.fromisoformat(one) for one in dates]
    assert len(read) == len(entries(name))
    assert read == sorted(read, reverse=True)
    assert all(timedelta(0) < NOW - one < timedelta(days=3) for one in read)


def test_same_moment_same_bytes() -> None:
    """A feed that is served twice for the same first moment is the same to the byte."""
    assert content.feed("be", NOW) == content.feed("be", NOW)


def test_unknown_feed_is_refused() -> None:
    """The demo serves its own feeds and no other file."""
    with pytest.raises(KeyError):
        content.feed("../../etc/passwd", NOW)


def test_edit_changes_one_statement() -> None:
    """The site corrects the figures of one statement later, and touches neither its address nor its date."""
    before, after = entries("be"), entries("be", edited=True)
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    assert [old.id for old, _ in changed] == ["vestka-demo:be:fines"]
    old, new = changed[0]
    assert (old.link, old.published, old.title) == (new.link, new.published, new.title)
    assert "612 штрафаў" in old.content[0].value and "621 штраф " in new.content[0].value
    assert content.feed("en", NOW) == content.feed("en", NOW, edited=True)


@pytest.mark.parametrize("edited", [False, True])
def test_every_sentence_is_translated(edited: bool) -> None:
    """People translated the title and every sentence into Russian, and into English where the site has no English."""
    known = {(pair["from"], pair["to"], pair["source"]) for pair in memory()}
    for entry in entries("be", edited=edited):
        languages = ("ru",) if any(link.get("hreflang") == "en" for link in entry.links) else ("ru", "en")
        for sentence in [entry.title, *Sentences(entry.content[0].value).all()]:
            for language in languages:
                assert ("be", language, sentence) in known


def test_memory_holds_nothing_else() -> None:
    """No human translation stands in the memory twice, and none belongs to a sentence that no feed has."""
    pairs = [(pair["from"], pair["to"], pair["source"]) for pair in memory()]
    said = {
        sentence
        for edited in (False, True)
        for entry in entries("be", edited=edited)
        for sentence in [entry.title, *Sentences(entry.content[0].value).all()]
    }
    assert len(pairs) == len(set(pairs))
    assert {source for _, _, source in pairs} == said
    assert {frozenset(pair) for pair in memory()} == {frozenset({"from", "to", "source", "target", "approver"})}


def test_one_slip_and_no_other() -> None:
    """Exactly one translation changes a figure, the one that the guard must hold; in all others they are equal."""
    wrong = [(pair["to"], pair) for pair in memory() if figures(pair["source"]) != figures(pair["target"])]
    assert len(wrong) == 1
    language, pair = wrong[0]
    assert language == "ru"
    assert set(figures(pair["source"])) ^ set(figures(pair["target"])) == set(SLIP)
    first = Sentences(entries("be")[-1].content[0].value).all()[0]
    assert pair["source"] == first


def test_quotations_and_lists_survive() -> None:
    """A quotation stays a quotation, and a translated sentence never ends otherwise than its source."""
    for pair in memory():
        quotes = ("«", "»") if pair["to"] == "ru" else ("“", "”")
        assert [pair["source"].count(mark) for mark in "«»"] == [pair["target"].count(mark) for mark in quotes]
        assert (pair["source"][-1] in ".:") == (pair["target"][-1] in ".:")


def test_english_edition_tells_the_same_figures() -> None:
    """The English edition that the site wrote itself has the same figures as the Belarusian one."""
    theirs = entries("en")[0]
    ours = next(entry for entry in entries("be") if entry.link.endswith("/report"))
    pairs = zip(Sentences(ours.content[0].value).all(), Sentences(theirs.content[0].value).all(), strict=True)
    assert all(figures(be) == figures(en) for be, en in pairs)


def test_glossary_is_complete() -> None:
    """Each invented person, place and institution has a name in all three languages, and is spoken of in the feed."""
    glossary = tomllib.loads(content.GLOSSARY.read_text(encoding="utf-8"))
    assert set(glossary) == {"people", "places", "institutions"}
    spoken = {
        language: " ".join(pair["target"] for pair in memory() if pair["to"] == language) for language in ("ru", "en")
    }
    spoken["be"] = " ".join(pair["source"] for pair in memory())
    spoken["en"] += content.feed("en", NOW).decode()
    for names in (entry for kind in glossary.values() for entry in kind.values()):
        assert {"be", "ru", "en"} <= set(names) <= {"be", "ru", "en", "be_forms", "ru_forms", "en_forms"}
        assert all(names[language] in spoken[language] for language in ("be", "ru", "en"))


def test_no_real_address() -> None:
    """Nothing in the demo points to a host that exists."""
    texts = [content.feed(name, NOW, edited=True).decode() for name in content.FEEDS]
    texts += [path.read_text(encoding="utf-8") for path in (content.MEMORY, content.GLOSSARY)]
    hosts = {host for text in texts for host in re.findall(r"https?://([^/\"<]+)", text)}
    assert hosts == {"example.invalid", "www.w3.org", "purl.org"}  # the last two are names of XML vocabularies
