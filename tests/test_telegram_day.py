"""A day of the channels and of those who decide: real HTTP, the real library, a Bot API that can break, our own clock.

Statement, three channels, a correction, edits, a repost by command, a retraction; every request as Telegram wants it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot import app, delivery
from tests.desk import ALENA, BORIS, GROUP, Office
from tests.lookout import lookout, page
from tests.telegram_server import FLOOD_BARE, RESET, TOKEN, BotApi, flood

LANGUAGES = ("be", "ru", "en")


def editions(figure: int) -> list[tuple[str, Any]]:
    """One statement in three languages, each page naming the others."""
    named = tuple((language, f"/{language}/0") for language in LANGUAGES)
    return [(language, page(0, figure, language, alternates=named)) for language in LANGUAGES]


@pytest.fixture
async def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Office]:
    """A live house on three Telegram channels, with two reviewers in a group; its site has three feeds."""
    monkeypatch.setenv("VESTKA_TELEGRAM_TOKEN", TOKEN)
    monkeypatch.setattr(delivery, "PATIENCE", delivery.PATIENCE * 0)  # this house's clock stands while one sleeps
    review = {"reviewers": {"alena": ALENA, "boris": BORIS}, "owners": ["alena"], "chat": GROUP}
    async with BotApi() as api:
        channels = {
            f"telegram-{one}": {"kind": "telegram", "language": one, "chat": f"@vestka_{one}", "api_base": api.url}
            for one in LANGUAGES
        }
        async with lookout(tmp_path, LANGUAGES, channels=channels, review=review, delivery={"wire": "live"}) as house:
            for number in (ALENA, BORIS):
                api.person(number)
            api.group(GROUP)
            for language in LANGUAGES:
                house.site.publish(language, page(3, language=language))
            await house.go()
            office = Office(house, api, False)
            house.pipeline.ways = (*house.pipeline.ways, office.desk.way)
            yield office
            await office.desk.close()


async def passes(made: Office, looks: int = 4) -> None:
    """Some minutes go by: what is due goes out at the platform's pace, and those who decide see it."""
    await made.house.go()
    for _ in range(looks):
        await made.house.look(seconds=3)
    await made.desk.show()


def public(made: Office) -> dict[str, list[str]]:
    """What stands in each channel."""
    return {language: made.api.texts(f"@vestka_{language}") for language in LANGUAGES}


def rewrite(made: Office, figure: int) -> None:
    """The site puts another figure into its statement, in all its languages."""
    for language, one in editions(figure):
        made.house.site.feeds[language][0] = one


async def test_a_day(made: Office) -> None:
    """A statement reaches three channels, is corrected in place, posted again by command once, and withdrawn."""
    for language, one in editions(42):
        made.house.site.publish(language, one)
    await passes(made)
    assert all(len(texts) == 1 and "42" in texts[0] for texts in public(made).values())

    rewrite(made, 43)
    await passes(made)
    assert all("42" in texts[0] for texts in public(made).values())  # nothing public changes by itself
    assert "42 → 43" in made.text(GROUP)
    await made.taps("Correct all", BORIS, GROUP)
    await passes(made)
    for language, (text,) in public(made).items():
        word = {"be": "Выпраўлена 6 ліпеня 2026", "ru": "Исправлено 6 июля 2026", "en": "Corrected on 6 July 2026"}
        assert "43" in text and "42" not in text and word[language] in text.replace("\xa0", " ")

    await made.says(ALENA, "/repost 2 telegram-be")
    assert "@vestka_be" in made.text() or "telegram-be" in made.text()
    message, one = made.button("Yes")
    for _ in range(2):
        await made.presses(message, one["callback_data"])
    await passes(made)
    assert [len(texts) for texts in public(made).values()] == [2, 1, 1]

    await made.says(BORIS, "/retract 2 a family asked for it")
    await made.taps("Yes", BORIS)
    await passes(made)
    assert [len(texts) for texts in public(made).values()] == [0, 0, 0]

    acts = [one for what in ("correct", "repost", "retract") for one in await made.acts(what)]
    assert [one.split()[0] for one in acts] == ["boris", "alena", "boris"]
    assert made.api.violations == []
    assert not any(TOKEN in str(params) for _, params in made.api.calls)


async def test_a_day_with_faults_loses_and_doubles_nothing(made: Office) -> None:
    """Floods pass, and a post whose answer was lost is shown to those who decide, who say that it is there."""
    made.api.faults["sendMessage"] += [flood(30), FLOOD_BARE, RESET]
    for language, one in editions(42):
        made.house.site.publish(language, one)
    await passes(made)
    for _ in range(8):
        await made.house.look(seconds=40)
    await made.desk.show()
    assert [len(texts) for texts in public(made).values()] == [1, 1, 1]
    assert "Nobody knows" in made.text(GROUP)
    await made.taps("It is there", ALENA, GROUP)
    asked = made.api.newest(ALENA)["message_id"]
    key = next(one for one in await made.house.posts() if one[2] == "unknown")[1]
    await made.says(ALENA, f"https://t.me/vestka_{key[-2:]}/1", reply_to=asked)
    assert {state for *_, state in await made.house.posts()} == {"sent"}
    await made.house.look(days=1)
    assert [len(texts) for texts in public(made).values()] == [1, 1, 1]

    rewrite(made, 43)
    await passes(made)
    await made.taps("Correct all", ALENA, GROUP)
    await passes(made)
    assert all("43" in texts[0] for texts in public(made).values())


async def test_a_reposted_post_answers_the_one_before(made: Office) -> None:
    """Whoever reads a repost sees which earlier post it repeats."""
    for language, one in editions(42):
        made.house.site.publish(language, one)
    await passes(made)
    await made.pipeline.repost(2, ["telegram-en"], nonce="again", person="alena")
    await passes(made)
    sent = made.api.called("sendMessage")[-1]
    assert "reply_parameters" in sent and '"message_id": 1' in str(sent["reply_parameters"]).replace("'", '"')


async def test_the_wires_of_the_settings_are_those_that_dial(made: Office) -> None:
    """With wire = "live" each channel of the settings has its own live wire, and none shows the token."""
    wires = app.wires(made.pipeline.settings)
    assert set(wires) == {"telegram-be", "telegram-ru", "telegram-en"}
    assert not any(TOKEN in repr(one) for one in wires.values())
    for one in wires.values():
        await one.close()
