"""The guard measured on thousands of sentence pairs that are not part of Vestka: what it catches, what it passes."""

import json
import os
import random
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.guard import compare, verdict
from bot.text.glossary import parse

ROOT = Path(__file__).resolve().parent.parent
PAIRS = Path(os.environ.get("VESTKA_TEST_DATA", ROOT.parent / "shared")) / "data" / "guard-dev" / "pairs.jsonl"
FULL = os.environ.get("VESTKA_HOSTILE") == "1"
SAMPLE = 400
NONE = parse("")
Pair = dict[str, str]

MONTHS = {
    "en": "January February March April May June July August September October November December",
    "ru": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "be": "студзеня лютага сакавіка красавіка мая чэрвеня ліпеня жніўня верасня кастрычніка лістапада снежня",
    "uk": "січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня",
    "pl": "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
}


@pytest.fixture(scope="module")
def pairs() -> list[Pair]:
    if not PAIRS.exists():
        pytest.skip("the sentence pairs are not here; VESTKA_TEST_DATA names the folder that holds data/guard-dev")
    return [json.loads(line) for line in PAIRS.read_text(encoding="utf-8").splitlines()]


def sample(pairs: list[Pair], count: int = SAMPLE) -> list[Pair]:
    return pairs if FULL or len(pairs) <= count else random.Random(2024).sample(pairs, count)


def verdicts(pairs: list[Pair]) -> Counter[str]:
    return Counter(verdict(compare(p["source"], p["target"], p["from"], p["to"], glossary=NONE)) for p in pairs)


def mutants(pairs: list[Pair], change: Callable[[Pair, random.Random], str | None]) -> list[Pair]:
    dice = random.Random(7)
    changed = [p | {"target": target} for p in pairs if (target := change(p, dice)) not in (None, p["target"])]
    return sample([p for p in changed if p["target"] is not None])


def other_digit(pair: Pair, dice: random.Random) -> str | None:
    """The target with one digit changed."""
    target = pair["target"]
    places = [i for i, c in enumerate(target) if c in "0123456789"]
    if not places:
        return None
    i = dice.choice(places)
    return target[:i] + dice.choice([d for d in "0123456789" if d != target[i]]) + target[i + 1 :]


def other_month(pair: Pair, dice: random.Random) -> str | None:
    """The target with a month that stands beside a figure shifted by one to eleven months."""
    months = MONTHS[pair["to"]].split()
    names = "|".join(months)
    found = re.search(rf"(?<=\d )(?:{names})\b|\b(?:{names})(?= \d)", pair["target"])
    if found is None:
        return None
    other = months[(months.index(found.group()) + dice.randint(1, 11)) % 12]
    return pair["target"][: found.start()] + other + pair["target"][found.end() :]


def share(counts: Counter[str], *verdicts_: str) -> float:
    return 100 * sum(counts[one] for one in verdicts_) / counts.total()


def test_a_changed_digit_is_noticed(pairs: list[Pair]) -> None:
    """Of a hundred sentences with one wrong digit, at least ninety-nine do not go out by themselves."""
    assert share(verdicts(mutants(pairs, other_digit)), "hold", "look") >= 99


def test_a_shifted_month_is_noticed(pairs: list[Pair]) -> None:
    """Of a hundred sentences with a wrong month, at least ninety-nine do not go out by themselves."""
    assert share(verdicts(mutants(pairs, other_month)), "hold", "look") >= 99


def test_the_guard_is_quiet_on_what_good_engines_write(pairs: list[Pair]) -> None:
    """Of a hundred engine sentences as they are, at most 1.5 are held and 15 looked at."""
    counts = verdicts(sample([p for p in pairs if p["system"] != "ref"], 2 * SAMPLE))
    assert share(counts, "hold") <= 1.5
    assert share(counts, "look") <= 15


def test_the_guard_is_quiet_on_what_people_wrote(pairs: list[Pair]) -> None:
    """Human translations of every direction are held in at most two cases of a hundred."""
    people = [p for p in pairs if p["system"] == "ref"]
    directions = sorted({(p["from"], p["to"]) for p in people})
    if not FULL:
        assert share(verdicts(sample(people, 2 * SAMPLE)), "hold") <= 2
        return
    for from_, to in directions:
        counts = verdicts([p for p in people if (p["from"], p["to"]) == (from_, to)])
        assert share(counts, "hold") <= 2, (from_, to)
