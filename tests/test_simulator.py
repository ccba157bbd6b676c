"""Whatever dies, whenever it dies, and whatever the platforms answer: nothing is lost and nothing is posted twice."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.simulator import CHANNELS, FAULTS, FEEDS, History, Machine, Step, step

HOSTILE = bool(os.environ.get("VESTKA_HOSTILE"))
HISTORIES = 2000 if HOSTILE else 40


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    """One machine for all histories; in memory where there is such a folder, for a commit waits for its disk."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder, Machine(Path(folder)) as made:
        yield made


ACTS = {
    "publish": History((step("once"), step("publish", 1)), {"x-be": ["ok", "lost"]}, "always"),
    "skip": History((step("once"), step("skip", 1)), {"newsletter": ["later"], "telegram-en": ["wait"]}),
    "write": History((step("once"), step("write", 1)), {"newsletter": ["silent"], "telegram-en": ["wait"]}),
    "edit": History((step("once"), step("edit", 1)), {"telegram-en": ["wait"]}),
    "repost": History((step("once"), step("repost", 1, "a"), step("repost", 1, "a"))),
    "resolve sent": History((step("once"), step("resolve", 0, "sent")), {"x-be": ["lost"]}),
    "resolve again": History((step("once"), step("resolve", 0, "again")), {"x-be": ["silent"]}),
    "resolve drop": History((step("once"), step("resolve", 0, "drop")), {"telegram-en": ["lost"]}),
}


def test_a_death_at_every_await_loses_and_doubles_nothing(machine: Machine) -> None:
    """Two statements, three channels, and a process that dies at each of its awaits: every post is there, and once."""
    swept = machine.sweep(History((step("serve", "two"), step("once"))), every=HOSTILE)
    assert not swept.broken, swept.broken
    assert swept.points > 500 and swept.deaths > 20  # or it has not looked


@pytest.mark.parametrize("name", sorted(ACTS))
def test_a_death_in_the_middle_of_a_persons_act_leaves_all_of_it_or_nothing(machine: Machine, name: str) -> None:
    """Whoever publishes, refuses, rewrites, reposts or settles while the machine dies can simply do it again."""
    swept = machine.sweep(ACTS[name], first=1)
    assert not swept.broken, swept.broken
    assert swept.deaths > 1


@pytest.mark.parametrize(
    "tail", [step("skip", 1), step("write", 1), step("edit", 1), step("serve", "edited")], ids=repr
)
def test_what_happens_between_a_death_and_the_next_start_is_respected(machine: Machine, tail: Step) -> None:
    """A person's word, or an edit of the page, that comes while Vestka lies dead counts when it is up again."""
    for crash in range(20) if HOSTILE else range(4, 13):  # from the judgement to the last posts
        history = History((step("once", crash=crash), tail))
        broken = machine.run(history)
        assert not broken, "\n".join(["", str(history), *broken])


def test_a_second_death_during_the_recovery_changes_nothing(machine: Machine) -> None:
    """A process that dies, and whose successor dies at any of its awaits too, still loses and doubles nothing."""
    for crash in range(20) if HOSTILE else (9,):  # as the posts leave
        swept = machine.sweep(History((step("once", crash=crash), step("once"))), first=1)
        assert not swept.broken, swept.broken


def test_mail_that_a_death_interrupted_is_not_followed_by_another_text(machine: Machine) -> None:
    """When Vestka died over a mail and the page was edited meanwhile, the readers do not get two versions of it."""
    for crash in (9, 10, 11):  # the mail has left, its outcome is not written down
        assert not machine.run(History((step("once", crash=crash), step("serve", "edited"))))


@pytest.mark.parametrize("channel", ["telegram-en", "newsletter"])
def test_a_post_on_its_way_is_not_tried_again_once_a_person_has_refused_it(machine: Machine, channel: str) -> None:
    """An officer refuses a story at the moment in which a platform says "later": later it is not sent."""
    for changes in range(20 if HOSTILE else 12):
        assert not machine.run(History((step("beside", changes, 0, "skip", 1),), {channel: ["wait"]}))


def test_the_same_history_takes_the_same_steps(machine: Machine) -> None:
    """What the simulator finds once it finds again: nothing in it hangs on the hour, on chance or on threads."""
    lives = []
    for _ in range(2):
        machine.start(History((), {"x-be": ["slow"]}))
        lives.append([(death.points, death.world) for death in machine.deaths(step("once"))])
    assert lives[0] == lives[1] and len(lives[0]) > 10


def stories() -> st.SearchStrategy[int]:
    """The number of a story, which may not be there."""
    return st.integers(1, 3)


def deaths(latest: int) -> st.SearchStrategy[int | None]:
    """No death, or one after so many lasting changes."""
    return st.none() | st.integers(0, latest)


def acts() -> st.SearchStrategy[Step]:
    """What a process, a person or the site may do."""
    minutes = st.sampled_from([1, 70, 1500])
    verdicts = st.sampled_from(["sent", "again", "drop"])
    crash = deaths(1)
    return st.one_of(
        st.builds(lambda crash: step("once", crash=crash), deaths(25)),
        st.builds(lambda name: step("serve", name), st.sampled_from(sorted(FEEDS))),
        st.builds(lambda much: step("pass", much), minutes),
        st.builds(
            lambda act, number, crash: step(act, number, crash=crash),
            st.sampled_from(["publish", "skip", "write", "edit"]),
            stories(),
            crash,
        ),
        st.builds(
            lambda number, nonce, crash: step("repost", number, nonce, crash=crash),
            stories(),
            st.sampled_from(["a", "b"]),
            crash,
        ),
        st.builds(
            lambda which, verdict, crash: step("resolve", which, verdict, crash=crash),
            st.integers(0, 2),
            verdicts,
            crash,
        ),
        st.builds(lambda verdict: step("overlap", verdict), verdicts),
        st.builds(
            lambda changes, steps, act, number: step("beside", changes, steps, act, number),
            st.integers(0, 20),
            st.integers(0, 30),
            st.sampled_from(["publish", "skip", "write", "edit"]),
            stories(),
        ),
    )


def histories() -> st.SearchStrategy[History]:
    """A first life, then up to six steps, and what the platforms answer meanwhile."""
    return st.builds(
        lambda crash, steps, faults, policy: History((step("once", crash=crash), *steps), faults, policy),
        deaths(25),
        st.lists(acts(), max_size=6),
        st.fixed_dictionaries({}, optional={name: st.lists(st.sampled_from(FAULTS), max_size=5) for name in CHANNELS}),
        st.sampled_from(["when_flagged", "when_flagged", "always"]),
    )


@settings(
    max_examples=HISTORIES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(history=histories())
def test_no_history_loses_or_doubles_a_post(machine: Machine, history: History) -> None:
    """Deaths, bad answers, edits and people's acts in any order: each post is where the ledger says, and only once."""
    broken = machine.run(history)
    assert not broken, "\n".join(["", str(history), *broken])
