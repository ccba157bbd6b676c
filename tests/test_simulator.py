"""Whatever dies, whenever it dies, and whatever the platforms answer: nothing is lost and nothing is posted twice."""

import os
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.simulator import CHANNELS, FAULTS, FEEDS, MORE_FAULTS, History, Machine, Step, step

HOSTILE = bool(os.environ.get("VESTKA_HOSTILE"))
HISTORIES = 2000 if HOSTILE else 40
CHANGED = 2000 if HOSTILE else 3


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
EDITED = (step("once"), step("serve", "edited"), step("once"))  # s1 is public, and the site has another figure by now
TELEGRAM = "telegram-en"
CHANGES = {
    "correct": (History((*EDITED, step("correct", 1, "a"), step("once"))), 3),
    "correct what was edited or not": (
        History((*EDITED, step("correct", 1, "a"), step("once")), {TELEGRAM: ["ok", "ok", "lost"]}),
        3,
    ),
    "correct what is too old": (
        History((*EDITED, step("correct", 1, "a"), step("once")), {TELEGRAM: ["ok", "ok", "never"]}),
        3,
    ),
    "retract": (History((step("once"), step("retract", 1, "a"), step("once"))), 1),
    "retract what was deleted or not": (
        History((step("once"), step("retract", 1, "a"), step("once")), {TELEGRAM: ["ok", "lost", "never", "silent"]}),
        1,
    ),
    "retract what waits": (History((step("once"), step("retract", 1, "a")), {TELEGRAM: ["wait"]}), 1),
    "pause": (History((step("pause", None, "2h"), *EDITED, step("resume", None))), 0),
    "resume": (History((step("once"), step("resume", TELEGRAM), step("once")), {TELEGRAM: ["mend", "moved"]}), 1),
    "post by hand": (
        History((step("pause", TELEGRAM, None), step("once"), step("hand_posted", TELEGRAM, 1), step("publish", 1))),
        2,
    ),
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


@pytest.mark.parametrize("name", sorted(CHANGES) if HOSTILE else ["correct"])
def test_a_death_over_a_change_of_what_is_public_leaves_what_was_approved(machine: Machine, name: str) -> None:
    """Whoever corrects, withdraws, pauses or posts by hand while the machine dies finds in the end what was ordered."""
    history, first = CHANGES[name]
    shown = history if HOSTILE else replace(history, steps=history.steps[: first + 1])  # what follows is left to `rest`
    swept = machine.sweep(shown, first=first)
    assert not swept.broken, swept.broken
    assert swept.deaths > 1


@pytest.mark.parametrize("fault", MORE_FAULTS if HOSTILE else ["lost"])
def test_whatever_a_platform_answers_to_a_change_it_ends_as_approved(machine: Machine, fault: str) -> None:
    """Every copy says the corrected words, or is gone, or someone is told; whatever a platform answers on the way."""
    posted = (step("once"), step("repost", 1, "r"), *EDITED)
    for act in (step("correct", 1, "a"), step("retract", 1, "a", TELEGRAM)):
        changed = (*posted, step("pass", 1), act, step("once"), step("pass", 70), step("once"))
        assert machine.run(History(changed, {TELEGRAM: ["ok", "ok", "ok", fault, "ok", fault]})) == []


@pytest.mark.parametrize("channel", [None, TELEGRAM, "newsletter"] if HOSTILE else [None])
def test_a_pause_keeps_everything_back_and_loses_nothing(machine: Machine, channel: str | None) -> None:
    """While a channel is paused nothing leaves there; what waited goes out in the end, or is told to be too late."""
    for duration in ("2h", None) if HOSTILE else (None,):
        paused = (step("pause", channel, duration), *EDITED, step("correct", 1, "a"), step("once"), step("pass", 1500))
        assert machine.run(History((*paused, step("once")))) == []


def test_what_was_posted_by_hand_is_not_posted_by_itself(machine: Machine) -> None:
    """What an editor has posted by hand waits for a person, but for what was on its way already."""
    hand = step("hand_posted", TELEGRAM, 1)
    waits = (step("pause", TELEGRAM, None), step("once"), hand, step("resume", TELEGRAM), step("once"))
    assert machine.run(History(waits)) == []
    assert all(call.channel != TELEGRAM for call in machine.world.calls)
    for fault in ("wait", "later", "lost", "silent") if HOSTILE else ("wait",):
        assert machine.run(History((step("once"), hand, step("publish", 1)), {TELEGRAM: [fault]})) == []


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


# --------------------------------------------------------------------------------------------------------------------
# corrections, withdrawals, pauses, posts by hand


def changes() -> st.SearchStrategy[Step]:
    """What may be done with what is public, or keeps something from being so."""
    crash, nonces = deaths(2), st.sampled_from(["a", "b"])
    places = st.sampled_from([(), (), (TELEGRAM,), ("x-be",)])
    channels = st.sampled_from([None, *CHANNELS])
    return st.one_of(
        st.builds(lambda n, nonce, crash: step("correct", n, nonce, crash=crash), stories(), nonces, crash),
        st.builds(
            lambda n, nonce, only, crash: step("retract", n, nonce, *only, crash=crash),
            stories(),
            nonces,
            places,
            crash,
        ),
        st.builds(
            lambda channel, how_long, crash: step("pause", channel, how_long, crash=crash),
            channels,
            st.sampled_from([None, "2h"]),
            crash,
        ),
        st.builds(lambda channel, crash: step("resume", channel, crash=crash), channels, crash),
        st.builds(
            lambda channel, n, crash: step("hand_posted", channel, n, crash=crash),
            st.sampled_from(sorted(CHANNELS)),
            stories(),
            crash,
        ),
        st.builds(
            lambda changes, steps, act, n, nonce: step("beside", changes, steps, act, n, nonce),
            st.integers(0, 20),
            st.integers(0, 30),
            st.sampled_from(["correct", "retract"]),
            stories(),
            nonces,
        ),
        st.builds(lambda crash: step("once", crash=crash), deaths(25)),
    )


def changing() -> st.SearchStrategy[History]:
    """Something is public and edited, then anything happens."""
    return st.builds(
        lambda steps, faults: History((*EDITED, *steps), faults),
        st.lists(changes() | changes() | acts(), min_size=1, max_size=7),
        st.fixed_dictionaries(
            {}, optional={name: st.lists(st.sampled_from(MORE_FAULTS), max_size=8) for name in CHANNELS}
        ),
    )


@settings(
    max_examples=CHANGED,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate, Phase.shrink] if HOSTILE else [Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(history=changing())
def test_no_history_leaves_an_outdated_or_withdrawn_post(machine: Machine, history: History) -> None:
    """Whatever people order and platforms answer: what is public is what was approved last, or someone is told."""
    broken = machine.run(history)
    assert not broken, "\n".join(["", str(history), *broken])


# --------------------------------------------------------------------------------------------------------------------
# what the simulator has found


def corrected_twice() -> tuple[Step, ...]:
    """The site edits a public story twice; each edit is approved and sent."""
    again = (step("serve", "twice"), step("once"), step("correct", 1, "b"), step("once"))
    return (*EDITED, step("correct", 1, "a"), step("once"), *again)


@pytest.mark.parametrize(
    "faults",
    [{TELEGRAM: ["ok", "ok", "later"]}, {"x-be": ["ok", "ok", "ok", "later"]}, {"newsletter": ["ok", "ok", "later"]}],
    ids=["where it is edited", "where it is answered", "where a letter follows"],
)
def test_an_older_correction_never_lands_after_a_newer_one(machine: Machine, faults: dict[str, list[str]]) -> None:
    """When a correction could not be made at once and a newer one was, the older one is not made any more."""
    assert machine.run(History(corrected_twice(), faults)) == []


def test_what_waits_to_be_posted_again_is_corrected_too(machine: Machine) -> None:
    """A repost that has not gone out yet does not bring the outdated words back after a correction."""
    steps = (step("once"), step("repost", 1, "r"), *EDITED, step("correct", 1, "a"), step("once"))
    assert machine.run(History(steps, {TELEGRAM: ["ok", "later"]})) == []


def test_to_refuse_a_story_does_not_stop_its_withdrawal(machine: Machine) -> None:
    """Whoever withdraws a story and then refuses it has it withdrawn, also where the platform said "later"."""
    steps = (step("once"), step("retract", 1, "a"), step("once"), step("skip", 1))
    assert machine.run(History(steps, {TELEGRAM: ["ok", "later"]})) == []


def test_a_withdrawal_on_one_channel_lets_nothing_more_out_there(machine: Machine) -> None:
    """Where a story was withdrawn, a repost of it that waited there does not go out afterwards."""
    steps = (step("once"), step("repost", 1, "r"), step("once"), step("retract", 1, "a", TELEGRAM))
    assert machine.run(History(steps, {TELEGRAM: ["ok", "wait"]})) == []


def test_what_is_being_withdrawn_is_not_corrected_too(machine: Machine) -> None:
    """A post whose withdrawal has not reached the platform yet is not edited, nor followed by a corrected one."""
    steps = (*EDITED, step("retract", 1, "a", TELEGRAM), step("once"), step("correct", 1, "b"), step("once"))
    assert machine.run(History(steps, {TELEGRAM: ["ok", "ok", "later", "never"]})) == []


@pytest.mark.parametrize("act", ["correct", "repost"])
def test_what_is_on_its_way_is_not_tried_again_after_a_withdrawal(machine: Machine, act: str) -> None:
    """A story is withdrawn while a platform says "later" to its correction or repost: that is not tried again."""
    asked = (*EDITED, step("correct", 1, "a")) if act == "correct" else (step("once"), step("repost", 1, "a"))
    before = ["ok"] * (2 if act == "correct" else 1)
    for changes in range(2, 8) if HOSTILE else (3,):
        steps = (*asked, step("beside", changes, 0, "retract", 1, "w"))
        assert machine.run(History(steps, {TELEGRAM: [*before, "later"]})) == []


def test_a_post_that_leaves_while_its_story_is_withdrawn_does_not_stay(machine: Machine) -> None:
    """A story is withdrawn at the moment in which it is posted: that post is taken back too."""
    for changes in range(6, 11) if HOSTILE else (7,):
        assert machine.run(History((step("beside", changes, 0, "retract", 1, "w"),))) == []
