"""What a reader learns from the summaries: actor and main point at 280 characters, every demand at 1,000.

`python -m benchmarks.summary [--ablate]`: the invented statements of tests/statements, a row per language, beside the
first sentences that fit (lead). "told" counts the title, which stands above every post, "alone" does not; "clean" has
no idle words; "quoted" counts no announced list. `--ablate` takes out each term and tells what it was worth.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from functools import cache

from bot import summary as room
from bot.model import Sentence, Statement
from bot.summary import WEIGHTS, Source, characters, cut, of_statement, of_text, summarise
from tests.statements import Case, cases


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What some summaries of one text show."""

    told: bool
    alone: bool
    clean: bool
    demands: bool
    quoted: bool


Maker = Callable[[Case], Figures]


def by_summary(case: Case) -> Figures:
    """The standard cuts of the statement as the feed gives it."""
    return _by_cuts(case, case.statement(), case.title)


def untitled(case: Case) -> Figures:
    """The same without its title, which must be carried by the sentences alone."""
    return _by_cuts(case, replace(of_statement(case.statement()), title=""), "")


def by_command(case: Case, marker: str = "") -> Figures:
    """What `vestka summarise` says of the text as a file, wrapped at 72 columns when there is another list marker."""
    source = of_text(case.wrapped(marker) if marker else case.plain(), case.language)
    short, long = (_text(cut(source, limit)) for limit in room.STANDARD)
    return _figures(case, short, long, (), source.title)


def by_lead(case: Case) -> Figures:
    """The first sentences that fit, one after the other."""
    source = of_statement(case.statement())
    sentences = cut(replace(source, title=""), 10**9)
    short, long = (_text(_first(sentences, limit)) for limit in room.STANDARD)
    return _figures(case, short, long, (), source.title)


def _by_cuts(case: Case, source: Statement | Source, title: str) -> Figures:
    summary = summarise(source)
    short, long = (next((made for made in summary.cuts if made.characters == limit), None) for limit in room.STANDARD)
    texts = [_text(summary.sentences[i] for i in made.sentences) if made else "" for made in (short, long)]
    return _figures(case, texts[0], texts[1], [count for _, count in long.announced] if long else (), title)


def _figures(case: Case, short: str, long: str, announced: Iterable[int], title: str) -> Figures:
    return Figures(
        told=case.told(f"{title}\n{short}"),
        alone=case.told(short),
        clean=case.clean(short),
        demands=case.demanded(long, announced),
        quoted=case.demanded(long),
    )


def _text(sentences: Iterable[Sentence]) -> str:
    return "\n".join(sentence.text for sentence in sentences)


def _first(sentences: Sequence[Sentence], limit: int) -> list[Sentence]:
    chosen: list[Sentence] = []
    for sentence in sentences:
        if characters([*chosen, sentence]) <= limit:
            chosen.append(sentence)
    return chosen


def shares(maker: Maker, of: Sequence[Case]) -> list[float]:
    """For each figure, the share of the cases that show it."""
    made = [maker(case) for case in of]
    return [sum(getattr(one, field.name) for one in made) / len(made) for field in fields(Figures)]


WAYS: dict[str, Maker] = {
    "summary": by_summary,
    "no title": untitled,
    "command": by_command,
    "wrapped •": lambda case: by_command(case, "• "),
    "wrapped —": lambda case: by_command(case, "— "),
    "lead": by_lead,
}


@cache
def parts() -> dict[str, list[Case]]:
    """The statements by language, those that were tuned on, those that were not, and all."""
    every = list(cases())
    found = {
        language: [case for case in every if case.language == language] for language in ("be", "ru", "en", "uk", "pl")
    }
    found["tuned on"] = [case for case in every if not case.held_out]
    found["held out"] = [case for case in every if case.held_out]
    return found | {"all": every}


def table() -> Iterator[str]:
    """The rows: part, number of statements, way, then the five shares."""
    yield f"{'n':>13}{'told 280':>21}{'alone 280':>11}{'clean 280':>11}{'demands 1000':>14}{'quoted 1000':>13}"
    for part, of in parts().items():
        for way, maker in WAYS.items():
            told, alone, clean, demands, quoted = shares(maker, of)
            yield f"{part:10}{len(of):3}  {way:10}{told:9.0%}{alone:11.0%}{clean:11.0%}{demands:14.0%}{quoted:13.0%}"
    slowest = max(cases(), key=lambda case: len(case.body))
    best = min(_seconds(slowest) for _ in range(9))
    yield f"the longest ({slowest.name}): {best * 1000:.1f} ms"


def ablation() -> Iterator[str]:
    """The rows: what is taken out, then the shares over the statements that were tuned on, at four pairs of lengths."""
    yield f"{'without':10}" + "".join(f"{name:>12}" for name in ("told", "alone", "clean", "demands", "quoted"))
    for name in ("nothing", *WEIGHTS, *_OUT):
        with _without(name):
            measured = [shares(maker, parts()["tuned on"]) for maker in (by_summary, untitled) for _ in _lengths()]
        means = [sum(column) / len(column) for column in zip(*measured, strict=True)]
        yield f"{name:10}" + "".join(f"{mean:12.1%}" for mean in means)


# What takes out the two rules that are no term of the sum.
_OUT = {"DEMAND": 0.0, "FLOOR": -1000.0}


@contextmanager
def _without(name: str) -> Iterator[None]:
    """A summary without that term or rule."""
    holder: dict[str, float] = room.WEIGHTS if name in WEIGHTS else vars(room)
    kept = holder.get(name)
    if kept is not None:
        holder[name] = _OUT.get(name, 0.0)
    yield
    if kept is not None:
        holder[name] = kept


def _lengths() -> Iterator[None]:
    """Each pair of lengths in turn as the standard one: few statements, but many cuts."""
    standard = room.STANDARD
    for pair in ((200, 700), (240, 850), (280, 1000), (320, 1150)):
        room.STANDARD = pair
        yield
    room.STANDARD = standard


def _seconds(case: Case) -> float:
    statement = case.statement()
    start = time.perf_counter()
    summarise(statement)
    return time.perf_counter() - start


def failures() -> Iterator[str]:
    """The statements that were tuned on and are not told well; nothing is said of those that are held out."""
    for case in parts()["tuned on"]:
        for way, maker in WAYS.items():
            figures = maker(case)
            missed = [field.name for field in fields(Figures) if not getattr(figures, field.name)]
            if missed and way != "lead":
                yield f"{case.name}: {way}: {', '.join(missed)}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ablate", action="store_true", help="take out each term of the score")
    parser.add_argument("--failures", action="store_true", help="name the statements that miss something")
    asked = parser.parse_args()
    for line in ablation() if asked.ablate else failures() if asked.failures else table():
        print(line)


if __name__ == "__main__":
    main()
