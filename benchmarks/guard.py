"""How much of what changes on the way the guard sees, and how often it is alarmed for nothing.

`python -m benchmarks.guard [--sample N] [--direction be-ru] [--held FILE]`: seeded mutants of nine kinds and clean
pairs of the sentence pairs in $VESTKA_TEST_DATA (default: the folder `shared` beside the checkout), the second opinion,
and whole statements of six sentences. --held writes the clean pairs that are held, to be read.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path

from benchmarks.mutants import KINDS
from bot.guard import compare, verdict
from bot.model import Severity
from bot.settings import shipped_glossary
from bot.text.glossary import Glossary

LANGUAGES = ("be", "ru", "en", "uk", "pl")
SENTENCES = 6  # of a statement
STATEMENTS = 400
GLOSSARY: Glossary = shipped_glossary()


@dataclass(frozen=True, slots=True)
class Pair:
    """One sentence in two languages. `second` is another engine's target."""

    number: int
    source: str
    target: str
    second: str | None = None


def data() -> Path:
    """The folder of the sentence pairs."""
    return Path(os.environ.get("VESTKA_TEST_DATA") or Path(__file__).parents[2] / "shared") / "data" / "guard-dev"


def read() -> dict[tuple[str, str, str], list[Pair]]:
    """(from, to, system) -> its pairs; between any two languages by people's translations of one sentence."""
    rows: dict[tuple[str, str, str], dict[int, tuple[str, str]]] = defaultdict(dict)
    for line in (data() / "pairs.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        number = int(row["id"].rpartition("-")[2])
        rows[row["from"], row["to"], row["system"]][number] = (row["source"], row["target"])
    texts = {language: {n: t for n, (_, t) in rows["en", language, "ref"].items()} for language in LANGUAGES}
    texts["en"] = {n: s for n, (s, _) in rows["en", "be", "ref"].items()}
    for one, other in permutations(LANGUAGES, 2):
        shared = texts[one].keys() & texts[other].keys()
        rows[one, other, "ref"] = {n: (texts[one][n], texts[other][n]) for n in sorted(shared)}
    found = {
        key: [Pair(n, source, target) for n, (source, target) in sorted(pairs.items())] for key, pairs in rows.items()
    }
    for language in ("ru", "be", "uk", "pl"):
        for first, second in (("google", "microsoft"), ("microsoft", "google")):
            others = rows["en", language, second]
            found["en", language, first] = [
                Pair(one.number, one.source, one.target, others[one.number][1])
                for one in found["en", language, first]
                if one.number in others
            ]
    return found


def judged(pair: Pair, target: str, from_: str, to: str, second: str | None = None) -> str:
    """The verdict on one pair."""
    return verdict(compare(pair.source, target, from_, to, glossary=GLOSSARY, second=second))


def mutants(
    pairs: Sequence[Pair], kind: str, from_: str, to: str, sample: int, seed: int
) -> Iterator[tuple[Pair, str]]:
    """Up to `sample` pairs, each with its changed target, the same ones every time."""
    chance = random.Random(f"{seed}/{kind}/{from_}/{to}")
    others = [pair.target for pair in pairs]
    made = 0
    for pair in chance.sample(list(pairs), len(pairs)):
        changed = KINDS[kind](pair.target, to, chance, others)
        if changed is None or changed == pair.target:
            continue
        yield pair, changed
        made += 1
        if made == sample:
            return


def detection(task: tuple[str, str, str, str, int, int]) -> tuple[str, str, str, str, Counter[str]]:
    """Verdicts on the mutants of one kind, direction and system; "second …" with the other engine's sentence."""
    kind, from_, to, system, sample, seed = task
    counted: Counter[str] = Counter()
    for pair, changed in mutants(PAIRS[from_, to, system], kind, from_, to, sample, seed):
        counted["n"] += 1
        counted[judged(pair, changed, from_, to)] += 1
        if pair.second is not None:
            counted[f"second {judged(pair, changed, from_, to, pair.second)}"] += 1
    return kind, from_, to, system, counted


def clean(
    task: tuple[str, str, str, int],
) -> tuple[str, str, str, Counter[str], dict[int, tuple[str, str]], list[dict[str, object]]]:
    """Verdicts on the pairs as they are: counts, (alone, with second opinion) by number, and the held ones."""
    from_, to, system, sample = task
    counted: Counter[str] = Counter()
    verdicts: dict[int, tuple[str, str]] = {}
    held: list[dict[str, object]] = []
    for pair in PAIRS[from_, to, system][:sample]:
        findings = compare(pair.source, pair.target, from_, to, glossary=GLOSSARY)
        alone = verdict(findings)
        counted["n"] += 1
        counted[alone] += 1
        for kind, severity in {(f.kind, f.severity) for f in findings if f.severity is not Severity.NOTE}:
            counted[f"{severity} {kind}"] += 1
        after = alone
        if pair.second is not None:
            after = judged(pair, pair.target, from_, to, pair.second)
            counted[f"second {after}"] += 1
        verdicts[pair.number] = (alone, after)
        if "hold" in (alone, after):
            told = [f"{f.severity} {f.kind}: {f.message}" for f in findings if f.severity is Severity.HOLD]
            held.append(
                {
                    "from": from_,
                    "to": to,
                    "system": system,
                    "id": pair.number,
                    "alone": alone,
                    "after": after,
                    "source": pair.source,
                    "target": pair.target,
                    "second": pair.second,
                    "findings": told,
                }
            )
    return from_, to, system, counted, verdicts, held


PAIRS: dict[tuple[str, str, str], list[Pair]] = {}


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:6.1f}" if whole else "     –"


def _print_detection(rows: Sequence[tuple[str, str, str, str, Counter[str]]]) -> None:
    print(
        f"{'kind':18} {'direction':9} {'system':9} {'n':>5} {'hold':>6} {'look':>6} {'seen':>6}"
        "   with second: hold   seen"
    )
    sums: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for kind, from_, to, system, c in rows:
        _line(kind, f"{from_}-{to}", system, c)
        sums[kind, "people" if system == "ref" else "engine"] += c
    for (kind, system), c in sums.items():
        _line(kind, "all", system, c)


def _line(kind: str, direction: str, system: str, c: Counter[str]) -> None:
    n = c["n"]
    second = sum(c[f"second {one}"] for one in ("clear", "look", "hold"))
    after = f"{_share(c['second hold'], second)} {_share(second - c['second clear'], second)}" if second else ""
    print(
        f"{kind:18} {direction:9} {system:9} {n:5} {_share(c['hold'], n)} {_share(c['look'], n)} "
        f"{_share(n - c['clear'], n)}                {after}"
    )


def _print_clean(rows: Sequence[tuple[str, str, str, Counter[str]]]) -> None:
    print(f"\n{'clean pairs':28} {'n':>5} {'hold':>6} {'look':>6}   with second: hold   look   kinds")
    for from_, to, system, c in rows:
        second = sum(c[f"second {one}"] for one in ("clear", "look", "hold"))
        after = f"{_share(c['second hold'], second)} {_share(c['second look'], second)}" if second else " " * 13
        told = (f"{kind} {n}" for kind, n in c.most_common() if kind.startswith(("hold ", "look ")))
        kinds = ", ".join(told)
        print(
            f"{from_}-{to} {system:22} {c['n']:5} {_share(c['hold'], c['n'])} {_share(c['look'], c['n'])}"
            f"                {after}  {kinds}"
        )


def _print_statements(verdicts: dict[tuple[str, str, str], dict[int, tuple[str, str]]], seed: int) -> None:
    """The share of statements of six sentences that nobody need look at: alone, with second opinion, by hold alone."""
    print(
        f"\nstatements of {SENTENCES} sentences that go out untouched, Google checked by Microsoft"
        f"\n{'languages':12} {'alone':>6} {'second':>6} {'holds only':>10}"
    )
    chance = random.Random(seed)
    single = [("ru",), ("be",), ("uk",), ("pl",)]
    double = [("be", "ru"), ("ru", "uk"), ("be", "uk"), ("ru", "pl"), ("be", "pl"), ("uk", "pl")]
    for languages in single + double:
        tables = [verdicts["en", language, "google"] for language in languages]
        numbers = sorted(set.intersection(*(set(table) for table in tables)))
        counted: Counter[str] = Counter()
        for _ in range(STATEMENTS):
            picked = chance.sample(numbers, SENTENCES)
            rows = [table[n] for table in tables for n in picked]
            counted["alone"] += all(alone == "clear" for alone, _ in rows)
            counted["second"] += all(after == "clear" for _, after in rows)
            counted["holds"] += all(after != "hold" for _, after in rows)
        print(
            f"{'+'.join(languages):12} {_share(counted['alone'], STATEMENTS)} {_share(counted['second'], STATEMENTS)} "
            f"{_share(counted['holds'], STATEMENTS):>10}"
        )


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser()
    options.add_argument("--sample", type=int, default=200, help="mutants per kind and direction; 0 = all")
    options.add_argument("--direction", default="", help="only this one, such as be-ru")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--only", choices=("mutants", "clean"), default=None)
    options.add_argument("--held", type=Path, default=None, help="write the held clean pairs here, JSON Lines")
    asked = options.parse_args()
    started = time.perf_counter()
    PAIRS.update(read())
    sample = asked.sample or sys.maxsize
    keys = [key for key in PAIRS if not asked.direction or f"{key[0]}-{key[1]}" == asked.direction]
    with ProcessPoolExecutor(mp_context=multiprocessing.get_context("fork")) as pool:
        if asked.only != "clean":
            tasks = [(kind, *key, sample, asked.seed) for kind in KINDS for key in keys if key[2] != "microsoft"]
            _print_detection(list(pool.map(detection, tasks)))
        if asked.only != "mutants":
            rows = list(pool.map(clean, [(*key, sys.maxsize) for key in keys]))
            _print_clean([row[:4] for row in rows])
            if not asked.direction:
                _print_statements({row[:3]: row[4] for row in rows}, asked.seed)
            if asked.held:
                lines = (json.dumps(one, ensure_ascii=False) for row in rows for one in row[5])
                asked.held.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"\n{time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
