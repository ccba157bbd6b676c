"""`vestka models`: a model comes here whole and verified, or not at all."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests import models
from tests.house import House
from tests.web import Answer, Web, answer


@pytest.fixture
async def web(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Web]:
    """A server of models on loopback, which the environment names."""
    async with Web() as served:
        monkeypatch.setenv("FXTRANSLATE_RECORDS_URL", served.url("/index"))
        yield served


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    """An installation without models."""
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    return House(tmp_path, {})


def offer(web: Web, *pairs: str, seed: int = 1, **more: object) -> None:
    """Serve a model for each of these pairs, and the index of them all."""
    contents = models.files(seed)
    for pair in pairs:
        for kind, whole in contents.items():
            web.answers[f"/{pair}-{kind}.zst"] = ranged(web, models.packed(whole))
    web.answers["/index"] = answer(
        models.index(*(row for pair in pairs for row in models.records(pair, contents, **more)))
    )


def asked(web: Web) -> str:
    """The head of the newest request."""
    return web.requests[-1]


def ranged(web: Web, whole: bytes, *, stop: int | None = None) -> Answer:
    """A file as a server with ranges gives it; with `stop` the connection ends after so many bytes of it."""

    async def give(writer: asyncio.StreamWriter) -> None:
        found = re.search(r"range: bytes=(\d+)-", asked(web), re.IGNORECASE)
        start = int(found[1]) if found else 0
        status = "206 Partial Content" if found else "200 OK"
        writer.write(
            f"HTTP/1.1 {status}\r\nContent-Length: {len(whole) - start}\r\nConnection: close\r\n"
            f"Content-Range: bytes {start}-{len(whole) - 1}/{len(whole)}\r\n\r\n".encode()
            + whole[start:stop]
        )

    return give


def lying(house: House) -> list[str]:
    """What lies in the installation's folder of models."""
    folder = house.folder / "var" / "models"
    return sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())


async def test_a_model_is_fetched_verified_and_used(house: House, web: Web) -> None:
    """After one command a translation works; a second one finds that nothing is to be done and downloads nothing."""
    offer(web, "be-en")
    await house("models", "fetch", "be-en")
    assert lying(house) == ["be-en/manifest.json", "be-en/model.been.bin", "be-en/vocab.been.bin"]
    shown = await house("translate", "-", "--from", "be", "--to", "en", "--engine", "fxtranslate", "--json",
                        stdin="Затрымалі людзей.".encode(), code=3)  # fmt: skip
    assert json.loads(shown)["sentences"][0]["engine"] == "fxtranslate"
    assert "be-en 3.0" in json.loads(shown)["sentences"][0]["version"]
    before = len(web.requests)
    await house("models", "fetch", "be-en")
    assert "unchanged" in house.stderr and len(web.requests) == before + 1


async def test_a_pair_by_way_of_english_fetches_both_models(house: House, web: Web) -> None:
    """Whoever asks for Belarusian to Russian gets both halves of the way, and the list says that it writes drafts."""
    offer(web, "be-en", "en-ru")
    await house("models", "fetch", "be-ru")
    rows = {row["pair"]: row for row in (await house.json("models", "list"))["pairs"]}
    assert set(rows) == {"be-en", "en-ru", "be-ru"} and all(row["installed"] for row in rows.values())
    assert rows["be-ru"]["route"] == "pivot" and rows["be-en"]["route"] == "direct"
    assert rows["be-ru"]["bytes"] == rows["be-en"]["bytes"] + rows["en-ru"]["bytes"]
    assert "drafts" in await house("models", "list")


async def test_the_list_without_a_network_shows_what_is_here(
    house: House, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Offline one still sees the installed models, and is told that the index cannot be reached."""
    offer(web, "be-en", "en-uk")
    models.install(house.folder / "var" / "models", "be-en")
    assert "en-uk  can be fetched" in await house("models", "list")
    monkeypatch.setenv("FXTRANSLATE_RECORDS_URL", "http://127.0.0.1:1/index")
    assert re.fullmatch(r"be-en  installed .*\n", await house("models", "list"))
    assert "cannot be reached" in house.stderr
    assert (await house.json("models", "list"))["reached"] is False
    await house("models", "fetch", "en-uk", code=75)
    assert "127.0.0.1" in house.stderr and "try again" in house.stderr and "Traceback" not in house.stderr


@pytest.mark.parametrize("ranges", [True, False], ids=["goes on", "server without ranges"])
async def test_a_broken_download_goes_on_where_it_ended(house: House, web: Web, ranges: bool) -> None:
    """A connection that is cut half way costs only the rest; where a server cannot go on, the file is fetched anew."""
    offer(web, "be-en")
    whole = models.packed(models.model())
    web.answers["/be-en-model.zst"] = ranged(web, whole, stop=40_000)
    await house("models", "fetch", "be-en", code=75)
    assert "40000 of" in house.stderr and "the same command goes on" in house.stderr
    assert [name.split("/")[0] for name in lying(house)] == [".be-en.part"]
    web.answers["/be-en-model.zst"] = ranged(web, whole) if ranges else answer(whole)
    await house("models", "fetch", "be-en")
    heads = [head for head in web.requests if "GET /be-en-model.zst" in head]
    assert len(heads) == 2 and "range: bytes=40000-" in heads[1].lower()
    assert lying(house) == ["be-en/manifest.json", "be-en/model.been.bin", "be-en/vocab.been.bin"]


async def test_an_answer_for_another_place_in_the_file_is_not_taken(house: House, web: Web) -> None:
    """A server that goes on somewhere else than it was asked to spoils nothing that is here."""
    offer(web, "be-en")
    whole = models.packed(models.model())
    web.answers["/be-en-model.zst"] = ranged(web, whole, stop=40_000)
    await house("models", "fetch", "be-en", code=75)
    web.answers["/be-en-model.zst"] = answer(whole[5:], 206, content_range=f"bytes 5-{len(whole) - 1}/{len(whole)}")
    await house("models", "fetch", "be-en", code=75)
    web.answers["/be-en-model.zst"] = ranged(web, whole)
    await house("models", "fetch", "be-en")
    assert "range: bytes=40000-" in [head for head in web.requests if "GET /be-en-model.zst" in head][-1].lower()


async def test_an_end_that_comes_quietly_is_one_that_comes_too_early(house: House, web: Web) -> None:
    """A server that does not say how much will come is gone on with as well."""
    offer(web, "be-en")
    whole = models.packed(models.model())
    web.answers["/be-en-model.zst"] = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + whole[:40_000]
    await house("models", "fetch", "be-en", code=75)
    assert "ended too early with 40000 of" in house.stderr
    web.answers["/be-en-model.zst"] = ranged(web, whole)
    await house("models", "fetch", "be-en")


async def test_a_download_that_never_ends_is_left(house: House, web: Web) -> None:
    """No server fills the disk: past the promised size nothing more is taken."""
    offer(web, "be-en")
    sent = []

    async def flood(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        for _ in range(640):
            writer.write(bytes(1 << 16))
            await writer.drain()
            sent.append(1)

    web.answers["/be-en-model.zst"] = flood
    await house("models", "fetch", "be-en", code=75)
    assert len(sent) < 640 and "thrown away" in house.stderr


async def test_an_index_without_end_is_left(house: House, web: Web) -> None:
    """What is too large for an index of models is not read to its end."""
    offer(web, "be-en")
    web.answers["/index"] = answer(b" " * 20_000_000 + models.index(*models.records("be-en")))
    assert (await house.json("models", "list"))["reached"] is False


@pytest.mark.parametrize("fault", ["other bytes", "too many bytes", "other packing", "other content"])
async def test_what_is_not_what_the_index_promises_is_thrown_away(house: House, web: Web, fault: str) -> None:
    """A file with a wrong hash never becomes a model; one line says so, and the next attempt begins from nothing."""
    offer(web, "be-en")
    right = web.answers["/be-en-vocab.zst"]
    whole = models.packed(models.vocabulary())
    wrong = {
        "other bytes": whole[:-1] + b"\x07",
        "too many bytes": whole + b"\x07",
        "other packing": whole[:5] + bytes(8) + whole[13:],  # another content size in its head, the same content
        "other content": whole,
    }[fault]
    web.answers["/be-en-vocab.zst"] = answer(wrong)
    if fault == "other content":
        rows = models.records("be-en")
        rows[1]["decompressedHash"] = "0" * 64
        web.answers["/index"] = answer(models.index(*rows))
    await house("models", "fetch", "be-en", code=75)
    assert house.stderr.count("\n") <= 3 and "thrown away" in house.stderr
    assert not any(name.startswith("be-en/") for name in lying(house))
    assert not any(models.sha256(whole) in name for name in lying(house))
    offer(web, "be-en")
    web.answers["/be-en-vocab.zst"] = right
    await house("models", "fetch", "be-en")


async def test_a_newer_model_takes_the_place_of_the_old_one_as_a_whole(house: House, web: Web) -> None:
    """An update that fails leaves the old model working; one that succeeds leaves nothing of it."""
    offer(web, "be-en")
    await house("models", "fetch", "be-en")
    offer(web, "be-en", seed=2, version="3.1")
    web.answers["/be-en-model.zst"] = answer(b"", 503)
    await house("models", "fetch", "be-en", code=75)
    rows = (await house.json("models", "list"))["pairs"]
    assert [row["version"] for row in rows] == ["3.0"]
    offer(web, "be-en", seed=2, version="3.1")
    await house("models", "fetch", "be-en")
    assert [row["version"] for row in (await house.json("models", "list"))["pairs"]] == ["3.1"]
    assert lying(house) == ["be-en/manifest.json", "be-en/model.been.bin", "be-en/vocab.been.bin"]


async def test_a_model_that_was_damaged_on_the_disk_is_fetched_anew(house: House, web: Web) -> None:
    """The cure that a damaged model names works."""
    offer(web, "be-en")
    await house("models", "fetch", "be-en")
    (house.folder / "var" / "models" / "be-en" / "vocab.been.bin").write_bytes(b"")
    await house("models", "fetch", "be-en")
    assert "is installed" in house.stderr


async def test_the_best_model_of_a_pair_is_taken(house: House, web: Web) -> None:
    """Released before tried out, new before old, and none of a make that the library cannot read."""
    one, two = models.files(), models.files(seed=2)
    offer(web, "be-en")
    rows = [
        *models.records("be-en", two, version="4.0"),
        *models.records("be-en", two, version="3.2", filter_expression="env.channel == 'nightly'"),
        *models.records("be-en", two, version="3.0"),
        *models.records("be-en", two, version="3.1a1"),
        *models.records("be-en", one, version="3.1"),
        *models.records("be-en", two, version="3.3")[:1],
    ]
    web.answers["/index"] = answer(models.index(*rows))
    await house("models", "fetch", "be-en")
    assert [row["version"] for row in (await house.json("models", "list"))["pairs"]] == ["3.1"]


@pytest.mark.parametrize("pair", ["en-be", "be", "be-xx", "be-be", "", "../be-en", "en-de"])
async def test_a_pair_without_a_model_is_answered_with_those_there_are(house: House, web: Web, pair: str) -> None:
    """Whoever asks for what nobody offers sees what is offered."""
    offer(web, "be-en", "en-ru", "en-de")
    await house("models", "fetch", pair, code=2)
    assert "be-ru, be-en, en-ru" in house.stderr


INDEXES = {
    "no JSON": answer(b"<html>"),
    "another JSON": answer(b"[]"),
    "a number": answer(b"7"),
    "too deep for any parser": answer(b'{"data":' + b"[" * 100_000),
    "records of other things": answer(models.index(1, {}, [], {"attachment": 7}, {"attachment": {}, "name": [[]]})),
    "an error": answer(b"", 500),
    "elsewhere": answer(b"", 302, location="http://127.0.0.1:1/"),
}


@pytest.mark.parametrize("name", INDEXES)
async def test_an_index_that_makes_no_sense_is_one_line(house: House, web: Web, name: str) -> None:
    """Whatever the address of the index answers, the command ends with a line that says what to do."""
    web.answers["/index"] = INDEXES[name]
    await house("models", "fetch", "be-en", code=75)
    assert house.stderr.count("\n") == 1 and "try" in house.stderr


@pytest.mark.parametrize(
    "spoilt",
    [
        {"name": "../../vestka.db"},
        {"name": "manifest.json"},
        {"name": "/etc/passwd"},
        {"fileType": "program"},
        {"decompressedHash": ""},
        {"attachment": {"location": "be-en-model.zst", "hash": "0" * 64, "size": 200_000_001}},
        {"attachment": {"location": "be-en-model.zst", "hash": "0" * 64, "size": -1}},
        {"attachment": {"location": "be-en-model.zst", "hash": "", "size": 5}},
    ],
)
async def test_a_record_that_cannot_be_verified_or_leads_elsewhere_is_no_model(
    house: House, web: Web, spoilt: dict[str, object]
) -> None:
    """A hostile index writes no file outside the model's folder, and none too large or without a hash."""
    offer(web, "be-en", "en-ru")
    model, vocab = models.records("be-en")
    web.answers["/index"] = answer(models.index(model | spoilt, vocab, *models.records("en-ru")))
    await house("models", "fetch", "be-en", code=2)
    assert not (house.folder / "var" / "models").exists()


async def test_an_index_writes_nothing_but_names_on_the_terminal(house: House, web: Web) -> None:
    """A version with an escape code in it is none, so the list shows no such model."""
    offer(web, "be-en", version="3.0\x1b[2J")
    assert "\x1b" not in await house("models", "list")
    await house("models", "fetch", "be-en", code=75)


async def test_models_come_over_https_only(house: House, web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over a network nothing is fetched that somebody on the way could have exchanged."""
    rows = models.records("be-en")
    for row in rows:
        row["attachment"] = {**row["attachment"], "location": "http://models.example.invalid/x.zst"}  # type: ignore[dict-item]  # a test's own table
    web.answers["/index"] = answer(models.index(*rows))
    await house("models", "fetch", "be-en", code=75)
    assert "https" in house.stderr
    for url in (
        "http://example.invalid/index",
        "file:///etc/passwd",
        "https://a:b@example.invalid/",
        "x",
        "http://[1/",
    ):
        monkeypatch.setenv("FXTRANSLATE_RECORDS_URL", url)
        await house("models", "fetch", "be-en", code=2)
        assert "FXTRANSLATE_RECORDS_URL" in house.stderr and "a:b" not in house.stderr


async def test_a_disk_that_cannot_be_written_is_one_line(house: House, web: Web) -> None:
    """Where the folder of the models cannot be made, the line names the place."""
    offer(web, "be-en")
    (house.folder / "var").mkdir()
    (house.folder / "var" / "models").write_text("in the way")
    await house("models", "fetch", "be-en", code=1)
    assert house.stderr.count("\n") == 1 and "models" in house.stderr
