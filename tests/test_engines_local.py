"""The engine for CTranslate2 models: what a model cannot do whole it refuses, and nothing is cut without a word."""

import asyncio
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot import app, doctor
from bot.settings import build
from bot.translation import EngineFailed, ctranslate2
from bot.translation.ctranslate2 import CHARACTERS, CTranslate2
from tests import words

pytest.importorskip("ctranslate2", reason="CTranslate2 is not installed")

SENTENCE = "у Мройску затрымалі 17 людзей"
Made = Callable[..., CTranslate2]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of OPUS-MT's layout, from Belarusian into English."""
    return words.opus(tmp_path_factory.mktemp("models") / "opus-mt-be-en", places=32)


@pytest.fixture
def made() -> Iterator[Made]:
    """Makes engines, and ends them all."""
    every: list[CTranslate2] = []

    def make(folder: Path, *pairs: str, idle: float = 300.0) -> CTranslate2:
        every.append(CTranslate2("own", folder, pairs, idle=idle))
        return every[-1]

    yield make
    for one in every:
        asyncio.run(one.close())


async def ask(engine: CTranslate2, *sentences: str, source: str = "be", target: str = "en") -> list[str]:
    """The translation of each sentence, or the reason for none; no reason shows any of the text."""
    got = await engine.translate(sentences, source, target)
    every = [got] * len(sentences) if isinstance(got, EngineFailed) else list(got)
    assert len(every) == len(sentences)
    reasons = [one.reason for one in every if isinstance(one, EngineFailed)]
    assert not any(sentence.strip() and sentence in reason for sentence in sentences for reason in reasons)
    return [f"! {one.reason}" if isinstance(one, EngineFailed) else one for one in every]


async def test_a_model_of_opus_translates_each_sentence(model: Path, made: Made) -> None:
    """A real model answers each sentence by itself, and the answer says which model it comes from."""
    engine = made(model, "be-en")
    assert await ask(engine, SENTENCE, "людзей") == ["in Mroisk detained 17 people", "people"]
    assert engine.version("be", "en").startswith("CTranslate2 ") and "opus-mt-be-en" in engine.version("be", "en")
    assert engine.supports("be", "en") and not engine.supports("en", "be") and not engine.drafts("be", "en")
    assert "not set up for en-be" in (await ask(engine, SENTENCE, source="en", target="be"))[0]


async def test_a_model_of_nllb_is_told_the_languages(tmp_path: Path, made: Made) -> None:
    """One model for all pairs is given the marks of both languages, and refuses a pair for which it has none."""
    # More places than the engine asks pieces for: on some processors a lesser hypothesis goes on that long.
    engine = made(words.nllb(tmp_path / "nllb", languages=("bel_Cyrl", "eng_Latn"), places=544))
    assert await ask(engine, SENTENCE) == ["in Mroisk detained 17 people"]
    assert "no mark for the languages be-pl" in (await ask(engine, SENTENCE, target="pl"))[0]
    assert engine.supports("uk", "pl") and not engine.supports("be", "be") and not engine.supports("be", "de")
    assert not made(tmp_path / "nllb", "be-en").supports("be", "pl")


async def test_a_model_of_opus_for_several_languages_is_told_which(tmp_path: Path, made: Made) -> None:
    """Where one model writes several languages it is told the right one; without a mark it translates nothing."""
    engine = made(words.opus(tmp_path / "zle", marks=(">>bel<<", ">>rus<<")), "en-be", "en-ru", "en-uk")
    assert await ask(engine, "Мройску", source="en", target="be") == ["(bel) Mroisk"]
    assert await ask(engine, "Мройску", source="en", target="ru") == ["(rus) Mroisk"]
    assert "no mark for the languages en-uk" in (await ask(engine, "Мройску", source="en", target="uk"))[0]


async def test_what_a_model_cannot_take_whole_is_refused(model: Path, made: Made) -> None:
    """Too long, with unknown letters, or empty: such a sentence has a reason instead of a part of a translation."""
    engine = made(model, "be-en")
    asked = ("у " * 40, "у" * (CHARACTERS + 1), "дзеці", " ", "\ud800", "людзей")
    said = await ask(engine, *asked)
    assert [one.startswith("!") for one in said] == [True] * 5 + [False]
    assert "more than the model can take" in said[0] and "too long" in said[1] and "does not know" in said[2]


async def test_an_answer_with_a_hole_is_no_answer(tmp_path: Path, made: Made) -> None:
    """Where the model has no word for a part of a sentence, or says nothing at all, nothing is made of it."""
    engine = made(words.opus(tmp_path / "hole", {"у": "in", "не": words.UNKNOWN, "людзей": words.END}), "be-en")
    assert "no word for a part" in (await ask(engine, "у не"))[0]
    assert "nothing to say" in (await ask(engine, "людзей"))[0]


async def test_a_long_sentence_is_cut_by_nothing(tmp_path: Path, made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that was stopped before its end is refused, and so is a source whose end the library would drop."""
    monkeypatch.setattr(ctranslate2, "CHARACTERS", 5_000)
    engine = made(words.opus(tmp_path / "long", {"у": "in", "не": words.END}, places=1028), "be-en")
    assert await ask(engine, "у не у у") == ["in"]
    assert "more than the model can take" in (await ask(engine, "у не" + " у" * 1040))[0]
    monkeypatch.setattr(ctranslate2, "PIECES", 3)
    assert await ask(engine, "у у", "у у у у") == ["in in", "! the model did not come to the end of a sentence"]


@pytest.mark.parametrize("name", ["model.bin", "source.spm", "config.json", "source_vocabulary.json"])
async def test_a_folder_that_is_no_model_is_one_line(model: Path, tmp_path: Path, made: Made, name: str) -> None:
    """A file that is missing or damaged is told, for each sentence nothing is made up, and the service goes on."""
    folder = tmp_path / "model"
    shutil.copytree(model, folder)
    engine = made(folder, "be-en")
    (folder / name).write_bytes(b"garbage" * 30)
    assert (await ask(engine, SENTENCE))[0].startswith("!")
    (folder / name).unlink()
    failed = await engine.prepare()
    assert isinstance(failed, EngineFailed) and str(folder) in failed.reason and "\n" not in failed.reason
    assert engine.supports("be", "en") is name.endswith(".json")


async def test_a_model_that_is_renewed_is_used_at_once(model: Path, tmp_path: Path, made: Made) -> None:
    """Nobody restarts the service after putting another model there, and the next translation names it."""
    folder = tmp_path / "model"
    shutil.copytree(model, folder)
    engine = made(folder, "be-en")
    assert await ask(engine, "людзей") == ["people"]
    before = engine.version("be", "en")
    shutil.copytree(words.opus(tmp_path / "new", {"людзей": "persons"}), folder, dirs_exist_ok=True)
    assert await ask(engine, "людзей") == ["persons"] and engine.version("be", "en") != before


async def test_memory_is_given_back_when_nobody_asks(model: Path, made: Made) -> None:
    """A model of hundreds of megabytes does not stay in memory between two statements, and comes back by itself."""
    engine = made(model, "be-en", idle=0.0)
    assert await ask(engine, "людзей") == ["people"]
    for _ in range(200):
        if engine._model is None:
            break
        await asyncio.sleep(0.005)
    assert engine._model is None and await ask(engine, "людзей") == ["people"]


async def test_a_closed_engine_leaves_no_thread_and_no_model(model: Path) -> None:
    """When the service ends, the worker and the memory of the model end with it."""
    engine = CTranslate2("own", model, ["be-en"])
    await ask(engine, "людзей")
    (worker,) = [one for one in threading.enumerate() if one.name.startswith("own")]
    assert worker is not threading.current_thread()
    await engine.close()
    assert not worker.is_alive() and engine._model is None


async def test_without_the_library_the_command_that_installs_it_is_told(
    model: Path, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where CTranslate2 is not installed, the reason is the line that installs it, and the chain goes on."""
    monkeypatch.setitem(sys.modules, "ctranslate2", None)
    assert await ask(made(model, "be-en"), SENTENCE) == [
        "! CTranslate2 is not installed: pip install 'vestka[ctranslate2]'"
    ]


async def test_doctor_tells_what_a_model_can_do_and_its_licence(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each model is one line: who sees the text, which pairs, the licence of NLLB's weights, or what is missing."""
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    words.nllb(tmp_path / "nllb", languages=("bel_Cyrl", "eng_Latn"))
    table = {
        "opus": {"kind": "ctranslate2", "folder": str(model), "pairs": ["be-en"]},
        "nllb": {"kind": "ctranslate2", "folder": "nllb"},
        "bare": {"kind": "ctranslate2", "folder": str(model)},
        "none": {"kind": "ctranslate2", "folder": "nowhere", "pairs": ["be-en"]},
    }
    chain = {"be-en": ["memory", "opus", "nllb:draft"], "be-ru": ["memory", "opus"]}
    settings = build({"engines": table, "translation": {"chain": chain}}, tmp_path)
    opus, nllb, bare, none, *pairs = await doctor.languages(settings)
    assert (opus.state, nllb.state, bare.state, none.state) == ("ok", "ok", "warn", "warn")
    assert "on this machine; be→en" in opus.what and "CC-BY-NC-4.0" in nllb.what and "CC-BY" not in opus.what
    assert "engines.bare.pairs" in bare.what and "nowhere" in none.what
    said = [line.what for line in pairs]
    assert "languages be→en: memory, opus (on this machine), nllb (draft, on this machine)" in said
    (idle,) = [line for line in pairs if line.what.startswith("languages be→ru")]
    assert "only people's memory" in idle.what
    assert [one.name for one in app.engines(settings).values()] == ["fxtranslate", *table]
