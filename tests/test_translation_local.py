"""The local engine: a model that works whole or says that it cannot, and gibberish that never gets out."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.translation import EngineFailed
from bot.translation.fxtranslate import CHARACTERS, FxTranslate
from tests import models
from tests.house import House, item, rss
from tests.web import Web, answer

SENTENCE = "У Мройску затрымалі 17 чалавек."


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of models of an installation in `tmp_path`."""
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    return tmp_path / "var" / "models"


@pytest.fixture
def made(folder: Path) -> Iterator[Callable[..., FxTranslate]]:
    """Makes engines over that folder, and ends them all."""
    every: list[FxTranslate] = []

    def make(**more: float) -> FxTranslate:
        every.append(FxTranslate(folder, **more))
        return every[-1]

    yield make
    for one in every:
        asyncio.run(one.close())


Made = Callable[..., FxTranslate]


async def ask(engine: FxTranslate, *sentences: str, to: str = "en") -> list[str]:
    """The engine's answers from Belarusian, which must be sentences."""
    found = await engine.translate(sentences, "be", to)
    assert not isinstance(found, EngineFailed), found
    texts = [one for one in found if isinstance(one, str)]
    assert len(texts) == len(found), found
    return texts


async def failure(engine: FxTranslate, sentence: str = SENTENCE) -> str:
    """The one reason why the engine does not translate, as a whole or this sentence."""
    found = await engine.translate((sentence,), "be", "en")
    if not isinstance(found, EngineFailed):
        (one,) = found
        assert isinstance(one, EngineFailed), one
        found = one
    assert sentence not in found.reason and "\n" not in found.reason
    return found.reason


async def test_an_installed_model_translates_each_sentence_for_itself(folder: Path, made: Made) -> None:
    """Each sentence gets one answer, the same whether it is asked alone or among others."""
    models.install(folder, "be-en")
    engine = made()
    together = await ask(engine, SENTENCE, "людзей")
    assert together == [*await ask(engine, SENTENCE), *await ask(engine, "людзей")] and all(together)


async def test_a_model_that_is_fetched_or_renewed_meanwhile_is_used_at_once(folder: Path, made: Made) -> None:
    """Nobody has to restart the service after a model has come, and a translation says which model made it."""
    engine = made()
    assert not engine.supports("be", "en")
    place = models.install(folder, "be-en")
    assert engine.supports("be", "en") and not engine.supports("en", "be")
    first, old = await ask(engine, SENTENCE), engine.version("be", "en")
    place.rename(folder / "away")
    models.install(folder, "be-en", models.files(seed=2))
    assert await ask(engine, SENTENCE) != first
    assert engine.version("be", "en") != old and "be-en 3.0" in old


def test_the_engine_serves_any_thread_and_any_loop(folder: Path, made: Made) -> None:
    """Wherever in the service a translation is asked for, it comes: the native model never meets a strange thread."""
    models.install(folder, "be-en")
    engine = made()
    found = [asyncio.run(ask(engine, SENTENCE))]
    thread = threading.Thread(target=lambda: found.append(asyncio.run(ask(engine, SENTENCE))))
    thread.start()
    thread.join()
    assert found[0] == found[1]


async def test_a_closed_engine_leaves_no_thread_behind(folder: Path) -> None:
    """When the service ends, the engine's worker ends with it."""
    models.install(folder, "be-en")
    before = set(threading.enumerate())
    engine = FxTranslate(folder)
    await ask(engine, SENTENCE)
    (worker,) = [one for one in set(threading.enumerate()) - before if one.name.startswith("fxtranslate")]
    await engine.close()
    assert not worker.is_alive()


async def test_a_sentence_too_long_for_the_model_is_refused_and_the_others_are_not(folder: Path, made: Made) -> None:
    """The model would leave off in the middle without a word; so a long sentence is left to others."""
    models.install(folder, "be-en")
    found = await made().translate((SENTENCE, "у" * (CHARACTERS + 1), "у" * CHARACTERS), "be", "en")
    assert not isinstance(found, EngineFailed)
    assert [isinstance(one, EngineFailed) for one in found] == [False, True, False]


async def test_an_answer_that_breaks_off_is_no_answer(folder: Path, made: Made) -> None:
    """A long sentence with a full stop whose translation has none was cut off by the model, and is refused."""
    models.install(folder, "be-en")
    assert "before its end" in await failure(made(), "у" * 200 + ".»")


@pytest.mark.parametrize("kind", ["model", "vocab"])
async def test_a_file_that_is_not_the_one_that_was_fetched_is_refused(folder: Path, made: Made, kind: str) -> None:
    """A damaged vocabulary would load and translate into nothing; its hash gives it away, and the cure is named."""
    place = models.install(folder, "be-en")
    whole = (place / f"{kind}.bin").read_bytes()
    (place / f"{kind}.bin").write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert "vestka models fetch be-en" in await failure(made())
    (place / f"{kind}.bin").unlink()
    assert "cannot be read" in await failure(made())


BROKEN = {
    "no model at all": lambda: models.files() | {"model": b"\0" * 1000},
    "half a model": lambda: models.files() | {"model": models.model()[:9000]},
    "a word list that makes the library panic while it loads": lambda: models.files() | {"lex": b"short"},
    "a vocabulary of another model, which makes it panic in a sentence": lambda: (
        models.files() | {"vocab": models.vocabulary((SENTENCE * 2, "АБВГДЕЖЗІЙКЛМНОПРСТУЎФХЦЧШЫЬЭЮЯ" * 3))}
    ),
    "a vocabulary that gives no words": lambda: models.files() | {"vocab": b"\x07" * 500},
}


@pytest.mark.parametrize("name", BROKEN)
async def test_a_model_that_cannot_work_is_a_reason_and_not_a_crash(folder: Path, made: Made, name: str) -> None:
    """Whatever a publisher puts into a model, the service lives and the chain goes on."""
    models.install(folder, "be-en", BROKEN[name]())
    engine = made()
    assert await failure(engine)
    assert await failure(engine)


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"files": [1]}', "[" * 100_000, '{"files": []}'])
async def test_a_folder_without_a_sound_manifest_holds_no_model(folder: Path, made: Made, text: str) -> None:
    """What has no hashes cannot be trusted, and so it is as if it were not there."""
    place = models.install(folder, "be-en")
    (place / "manifest.json").write_text(text)
    engine = made()
    assert not engine.supports("be", "en") and "no model" in await failure(engine)


async def test_a_manifest_cannot_lead_out_of_its_folder(folder: Path, made: Made) -> None:
    """A manifest that names a file elsewhere on the machine is none."""
    place = models.install(folder, "be-en")
    text = (place / "manifest.json").read_text()
    (place / "manifest.json").write_text(text.replace("vocab.bin", "../be-en/vocab.bin"))
    assert not made().supports("be", "en")


async def test_by_way_of_english_every_sentence_is_a_draft(folder: Path, made: Made) -> None:
    """Belarusian to Russian goes through two models when both are here; what comes of it waits for a person."""
    models.install(folder, "be-en")
    engine = made()
    assert not engine.supports("be", "ru")
    models.install(folder, "en-ru", models.files(seed=2))
    assert engine.supports("be", "ru") and engine.drafts("be", "ru") and not engine.drafts("be", "en")
    (english,) = await ask(engine, SENTENCE)
    (russian,) = await ask(engine, SENTENCE, to="ru")
    found = await engine.translate((english,), "en", "ru")
    assert found == (russian,) != (english,)
    assert "be-en 3.0" in engine.version("be", "ru") and "en-ru 3.0" in engine.version("be", "ru")


async def test_models_leave_memory_when_nobody_asks(folder: Path, made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two models at most are in memory, and none after a while without work."""
    import fxtranslate

    loaded: list[int] = []
    real = fxtranslate.Translator

    def counting(*parts: bytes) -> fxtranslate.Translator:
        loaded.append(1)
        return real(*parts)

    monkeypatch.setattr(fxtranslate, "Translator", counting)
    for pair, seed in (("be-en", 1), ("ru-en", 2), ("uk-en", 3)):
        models.install(folder, pair, models.files(seed))
    patient = made()
    for source in ("be", "be", "ru", "be", "uk", "be"):
        await patient.translate((SENTENCE,), source, "en")
    assert len(loaded) == 3  # the Ukrainian one pushed the Russian one out
    await patient.translate((SENTENCE,), "ru", "en")
    assert len(loaded) == 4
    hasty = made(idle=0)
    for _ in range(2):
        await ask(hasty, SENTENCE)
        await asyncio.sleep(0.01)  # the timer of 0 s comes in the loop's next rounds; the worker keeps the order
    assert len(loaded) == 6


@pytest.mark.parametrize("text", ["", " \u00a0", "\ud800"])
async def test_out_of_nothing_nothing_is_made_up(folder: Path, made: Made, text: str) -> None:
    """An empty sentence, and one that no encoding can write, have no translation."""
    models.install(folder, "be-en")
    assert "sentence" in (await made().translate((text,), "be", "en"))[0].reason


async def test_what_the_local_engine_writes_passes_the_guard_or_stays_here(folder: Path, tmp_path: Path) -> None:
    """A model that writes gibberish is shown with the guard's verdict, and not one word of it is posted."""
    models.install(folder, "be-en")
    news = item("one", "Суды пакаралі 17 чалавек", "Суды Мройска пакаралі 17 чалавек. Ніхто не прызнаў віны.")
    async with Web() as web:
        web.answers["/be.xml"] = answer(rss([news]))
        house = House(tmp_path, {"be": web.url("/be.xml")}, 'first_run = "publish"')
        text = house.settings.read_text(encoding="utf-8")
        house.settings.write_text(
            text + '[translation.chain]\nbe-en = ["memory", "fxtranslate:draft"]\n', encoding="utf-8"
        )
        shown = await house("translate", "-", "--from", "be", "--to", "en", "--json", stdin=SENTENCE.encode(), code=3)
        assert '"engine": "fxtranslate"' in shown and '"verdict": "hold"' in shown
        await house("once")
        assert {call["language"] for call in house.calls()} == {"be"}
        waiting = await house.json("queue")
        reasons = [reason for row in waiting["held"] if row["language"] == "en" for reason in row["reasons"]]
        assert reasons
        explained = await house("explain", "s1")
        assert "fxtranslate writes drafts only" in explained


@pytest.mark.parametrize("name", ["fxtranslate:drft", "fxtranslate:", "memory:draft"])
async def test_a_mark_that_means_nothing_is_named_with_its_cure(tmp_path: Path, name: str) -> None:
    """A slip of the pen in a chain never lets a draft out as finished: the settings are refused."""
    house = House(tmp_path, {})
    text = house.settings.read_text(encoding="utf-8")
    house.settings.write_text(text + f'[translation.chain]\nbe-en = ["{name}"]\n', encoding="utf-8")
    await house("queue", code=78)
    assert "translation.chain" in house.stderr and "fxtranslate:draft" in house.stderr


async def test_an_engine_that_is_not_there_is_named(tmp_path: Path) -> None:
    """Whoever misspells an engine is told which there are."""
    house = House(tmp_path, {})
    text = house.settings.read_text(encoding="utf-8")
    house.settings.write_text(text + '[translation.chain]\nbe-en = ["foxtranslate:draft"]\n', encoding="utf-8")
    await house("queue", code=78)
    assert "'foxtranslate'" in house.stderr and "memory, fxtranslate" in house.stderr
