"""A machine in which Vestka dies wherever it can: a scripted site, scripted platforms, a clock of its own, one ledger.

What a dead process leaves behind is its file and what the platforms took; so a death is a copy of both, and the next
life starts on the copy. A history is a list of steps; `Machine.run` walks it and says which promises were broken.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Coroutine, Generator, Mapping, Sequence
from contextlib import ExitStack, closing, suppress
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar, Self
from unittest.mock import patch

import aiosqlite
import sqlalchemy as sa

from bot import app, feed, settings, views
from bot.errors import UsageError
from bot.model import MACHINE, Fetched, NotModified
from bot.pipeline import Pipeline, StoreMemory
from bot.store import BUSY_CODES, Store, gates, intake, ledger, people, schema
from bot.text import timing
from channels import Envelope, Later, Moved, Outcome, Post, Receipt, Refused, Unknown
from tests.house import Item, item, rss

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
ADDRESS = "https://example.invalid/be.xml"
ROUNDS = 60  # polls until everything has come to rest: ten attempts at each of a few posts, and some to spare

FIRST = item(
    "first",
    "Суды пакаралі 17 чалавек",
    "Суды Мройска пакаралі 17 чалавек за тыдзень, гаворыцца ў справаздачы № 3 за гэты год.",
    "Сярод іх 7 жанчын і 10 мужчын, якія ніколі раней не прыцягваліся да адказнасці.",
    "Адвакатаў не пусцілі ні да каго з іх. Сваякі не ведаюць, дзе яны знаходзяцца цяпер.",
    hours=3,
    now=START,
)
EDITED = item(
    "first",
    "Суды пакаралі 18 чалавек",
    FIRST.body.split("<p>")[1].removesuffix("</p>").replace("17", "18"),
    hours=3,
    now=START,
)
TWICE = item("first", EDITED.title.replace("18", "19"), EDITED.body[3:-4].replace("18", "19"), hours=3, now=START)
SECOND = item(
    "second", "Бюро падало 3 скаргі", "Бюро падало 3 скаргі 12 лютага 2026 года. Адказу няма.", hours=2, now=START
)
THIRD = item("third", "Бюро наведала 4 гарады", "Бюро наведала 4 гарады за тыдзень.", hours=1, now=START)
FOURTH = item("fourth", "Бюро сабрала 90 подпісаў", "Бюро сабрала 90 подпісаў за дзень.", hours=1, now=START)
FEEDS: Mapping[str, Sequence[Item]] = {
    "one": [FIRST],
    "two": [SECOND, FIRST],
    "edited": [SECOND, EDITED],
    "twice": [SECOND, TWICE],
    "gone": [SECOND],
    "three": [THIRD, SECOND, FIRST],
    "many": [FOURTH, THIRD, SECOND, FIRST],  # two new ones in a poll are more than this house believes
    "cut": [THIRD, SECOND, FIRST],  # the answer ends in the middle
}
CHANNELS = {
    "telegram-en": {"kind": "telegram", "language": "en"},
    "x-be": {"kind": "x", "language": "be"},
    "newsletter": {"kind": "newsletter", "languages": ["be"], "from": "News <news@example.invalid>"},
}
MAIL = frozenset({"newsletter"})
EDITING = frozenset({"telegram-en"})  # posts that are out can be changed and deleted there
FAULTS = ("ok", "refused", "later", "wait", "lost", "silent", "slow")
MORE_FAULTS = (*FAULTS, "mend", "never", "moved")  # takes nothing before it is mended, not so any more, is elsewhere
TAKEN = ("ok", "slow", "lost")


# --------------------------------------------------------------------------------------------------------------------
# histories


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens: a process lives (`once`), a person acts, the site changes, time passes.

    `crash` n: the process dies after its n-th lasting change (a commit, or a platform that heard something).
    """

    what: str
    words: tuple[Any, ...] = ()
    crash: int | None = None

    def __repr__(self) -> str:
        """As a test would write it."""
        words = [repr(self.what), *map(repr, self.words)]
        return f"step({', '.join(words if self.crash is None else [*words, f'crash={self.crash}'])})"


def step(what: str, *words: Any, crash: int | None = None) -> Step:
    """A step: `step("publish", 1)`, `step("once", crash=3)`, `step("serve", "edited")`."""
    return Step(what, words, crash)


@dataclass(frozen=True, slots=True)
class History:
    """Steps, the answers that each channel gives in turn (then it takes everything), and the policy of the review."""

    steps: tuple[Step, ...]
    faults: Mapping[str, Sequence[str]] = field(default_factory=dict)
    policy: str = "when_flagged"

    def __str__(self) -> str:
        """One line a step."""
        lines = [f"policy {self.policy}", *(f"{name}: {' '.join(answers)}" for name, answers in self.faults.items())]
        return "\n".join([*lines, *map(repr, self.steps)])


# --------------------------------------------------------------------------------------------------------------------
# what outlives a process


@dataclass(frozen=True, slots=True)
class Copy:
    """What a platform took once: which row, the hash of what it got, and what it should be told apart by."""

    key: str
    hash: str
    remote_id: str
    message_id: str | None


@dataclass(frozen=True, slots=True)
class Call:
    """What a platform did for us, in its order."""

    action: str
    key: str
    channel: str
    remote_id: str
    hash: str


@dataclass(slots=True)
class Pause:
    """A person has said that nothing is sent on a channel (None: on any) in this time."""

    channel: str | None
    since: datetime
    until: datetime | None


@dataclass(slots=True)
class World:
    """All that a death does not touch, but for the file of the ledger."""

    now: datetime = START
    feed: str = "one"
    answers: dict[str, list[str]] = field(default_factory=dict)
    copies: list[Copy] = field(default_factory=list)
    public: dict[tuple[str, str], str] = field(default_factory=dict)  # channel, remote id -> what a reader sees there
    calls: list[Call] = field(default_factory=list)
    heard: int = 0
    lives: int = 0
    crashes: int = 0
    doubts: Counter[str] = field(default_factory=Counter)  # key -> answers that left it open what had happened
    agains: Counter[str] = field(default_factory=Counter)  # key -> how often a person has ordered: again
    nonces: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))  # story -> reposts asked for
    corrections: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))  # story -> those asked for
    pauses: list[Pause] = field(default_factory=list)
    withdrawn: dict[tuple[int, str], datetime] = field(default_factory=dict)  # story, channel -> when a person said so
    by_hand: dict[tuple[str, str], datetime] = field(default_factory=dict)  # story, channel -> when someone posted it
    skipped: set[int] = field(default_factory=set)
    refused: dict[int, datetime] = field(default_factory=dict)  # story -> when a person refused it
    served: set[str] = field(default_factory=set)  # guids that were there for a poll that came to its end
    sent: set[str] = field(default_factory=set)  # keys that the ledger has called sent
    cut: bool = False  # a document that cannot be read was there for such a poll
    broken: list[str] = field(default_factory=list)

    def times(self) -> Counter[str]:
        """key -> how often the platforms took it."""
        return Counter(copy.key for copy in self.copies)


@dataclass(frozen=True, slots=True)
class Death:
    """The moment before step `at` of a process, as the next process finds it; `points` such moments are alike."""

    at: int
    world: World
    files: Mapping[str, bytes]
    points: list[int]


@dataclass(frozen=True, slots=True)
class Sweep:
    """The promises that were broken, the points of death, and how many of them left something else behind."""

    broken: list[str]
    points: int
    deaths: int


# --------------------------------------------------------------------------------------------------------------------
# the process: its steps are counted, its database has no thread of its own


class Counted(Coroutine[Any, Any, Any]):
    """A task's coroutine that says when it goes on: each time is one point at which its process may die."""

    def __init__(self, inner: Coroutine[Any, Any, Any], before: Callable[[], None]) -> None:
        """Wrap a coroutine."""
        self._inner = inner
        self._before = before

    def send(self, value: Any) -> Any:
        """Go on."""
        self._before()
        return self._inner.send(value)

    def throw(self, *error: Any) -> Any:
        """Go on with an error."""
        self._before()
        return self._inner.throw(*error)

    def close(self) -> None:
        """End it."""
        self._inner.close()

    def __await__(self) -> Generator[Any, Any, Any]:
        """A task drives it by `send`."""
        return self._inner.__await__()


class Inline:
    """The queue of an aiosqlite connection without its thread: the same calls, at once, in an order that repeats.

    A connection that finds the database locked waits for the others' next calls, not for the clock.
    """

    waiting: ClassVar[list[tuple[Self, Any, Any]]] = []  # one database, one list of those who wait for it

    def __init__(self, changed: Callable[[], None]) -> None:
        """`changed` is told of each commit."""
        self._changed = changed

    def put_nowait(self, job: tuple[Any, Any]) -> None:
        """What aiosqlite asks of its thread: run a function, and give its result to a future."""
        future, function = job
        self._run(future, function)
        for other, *waited in [Inline.waiting.pop(0) for _ in range(len(Inline.waiting))]:
            if not waited[0].done():
                other._run(*waited)

    def _run(self, future: Any, function: Any) -> None:
        words = getattr(function, "args", ())
        if words and str(words[0]).startswith("PRAGMA busy_timeout"):
            words = ("PRAGMA busy_timeout=0", *words[1:])
        try:
            result = function.func(*words) if words else function()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF in BUSY_CODES:
                Inline.waiting.append((self, future, function))
                return
            self._answer(future, "set_exception", error)
        except BaseException as error:  # noqa: BLE001  # a thread would hand it over too
            self._answer(future, "set_exception", error)
        else:
            if getattr(getattr(function, "func", None), "__name__", "") == "commit":
                self._changed()
            self._answer(future, "set_result", result)

    @staticmethod
    def _answer(future: Any, how: str, value: Any) -> None:
        if future is not None:
            future.get_loop().call_soon(lambda: None if future.done() else getattr(future, how)(value))


class NoThread:
    """In the place of the thread that is not needed."""

    daemon = True

    def start(self) -> None:
        """Nothing starts."""


class Wire:
    """One process's line to one platform, which answers as the script says and remembers what it took."""

    def __init__(self, machine: Machine, channel: str, owner: str) -> None:
        """Connect."""
        self.machine = machine
        self.channel = channel
        self.owner = owner

    async def send(self, post: Post, envelope: Envelope) -> Outcome:
        """Take a post, or not; answer, or not."""
        world = self.machine.world
        self.machine.witness(post, envelope)
        await asyncio.sleep(0)  # connecting
        script = world.answers.get(self.channel, [])
        fault = script.pop(0) if script else "ok"
        world.heard += 1
        receipt = self._take(world, post, envelope) if fault in TAKEN else None
        self.machine.changed()
        if fault in ("lost", "silent"):
            world.doubts[envelope.key] += 1
        for _ in range(40 if fault == "slow" else 8):
            await asyncio.sleep(0)  # the answer is on its way
        if self.machine.held == self.owner:
            self.machine.hanging.set()
            await self.machine.released.wait()
        match fault:
            case "refused":
                return Refused(reason="no rights")
            case "later":
                return Later(reason="no line")
            case "wait":
                return Later(reason="flood", seconds=90)
            case "lost" | "silent":
                return Unknown(reason="no answer")
            case "mend":
                return Refused(reason="the bot was removed", lasting=True)
            case "never":
                return Refused(reason="too old", impossible=True)
            case "moved":
                return Moved(reason="upgraded", place="-1007")
        return receipt or Refused(reason="not found")

    def _take(self, world: World, post: Post, envelope: Envelope) -> Receipt | None:
        """Do what is asked; None when there is no such post to edit."""
        remote_id = envelope.remote_id or f"{world.heard}"
        there = (self.channel, remote_id)
        match envelope.action:
            case "create":
                world.copies.append(Copy(envelope.key, post.hash, remote_id, envelope.message_id))
                world.public[there] = post.text
            case "edit" if there not in world.public:
                return None
            case "edit":
                world.public[there] = post.text
            case "delete":
                world.public.pop(there, None)
        world.calls.append(Call(envelope.action, envelope.key, self.channel, remote_id, post.hash))
        return Receipt(remote_id=remote_id, url=f"https://t.me/example/{remote_id}", wire="live")


# --------------------------------------------------------------------------------------------------------------------
# the machine


class Machine:
    """One installation whose processes can be killed. Use as a context manager; `run` and `sweep` may be called often.

    `folder` holds the ledger. A kind of step is a method `do_WORD(pipeline, *words)`; a subclass adds its own.
    """

    _documents: ClassVar[dict[str, Any]] = {}  # feed -> what the real parser has made of it, once

    def __init__(self, folder: Path, *, ledger_changes: str | None = None) -> None:
        """`ledger_changes` is an SQL statement by which the empty ledger differs from the shipped one."""
        self.file = folder / "vestka.db"
        self.world = World()
        self.steps = 0
        self.changes = 0
        self.held: str | None = None
        self._watch: Callable[[], None] | None = None
        self._sql = ledger_changes
        self._corridors: dict[str, Any] = {}

    def __enter__(self) -> Self:
        """Make the empty ledger once; every history starts on a copy of it."""
        self._open = ExitStack()
        Inline.waiting.clear()
        self._runner = self._open.enter_context(asyncio.Runner(loop_factory=self._loop))
        self._open.enter_context(patch("aiosqlite.connect", self._connect))
        self._open.enter_context(patch("bot.pipeline.watching.parse", self._parse))
        timed = SimpleNamespace(sleep=self._sleep, shield=asyncio.shield)
        self._open.enter_context(patch("bot.delivery.asyncio", timed))
        self._parse_for_real = feed.parse
        self.store = self._runner.run(Store.open(f"sqlite:///{self.file}"))
        self._runner.run(self.store.close())
        if self._sql is not None:
            with closing(sqlite3.connect(self.file)) as changed:
                changed.execute(self._sql)
        self._empty = self._files()
        return self

    def __exit__(self, *_: object) -> None:
        """Take it apart."""
        self._runner.run(self.store.close())
        self._open.close()

    # ---- its parts

    def _loop(self) -> asyncio.AbstractEventLoop:
        loop = asyncio.new_event_loop()
        loop.set_task_factory(lambda loop, inner, **more: asyncio.Task(Counted(inner, self._step), loop=loop, **more))
        return loop

    def _step(self) -> None:
        if self._watch is not None:
            self.steps += 1
            self._watch()

    def changed(self) -> None:
        """Something has happened that a death does not undo."""
        self.changes += 1

    def _connect(self, database: str, **more: Any) -> aiosqlite.Connection:
        made = aiosqlite.Connection(lambda: sqlite3.connect(database, **more), 64)
        made._tx = Inline(self.changed)
        made._thread = NoThread()
        return made

    async def _parse(self, body: bytes, **_: Any) -> Any:
        await asyncio.sleep(0)
        return self._documents[self.world.feed]

    def _body(self) -> bytes:
        body = rss(FEEDS[self.world.feed])
        return body[: len(body) // 2] if self.world.feed == "cut" else body

    async def fetch(self, url: str, *, etag: str | None = None, **_: Any) -> Fetched | NotModified:
        """The site, as `feed.Fetcher` would find it."""
        await asyncio.sleep(0)
        if etag == f'"{self.world.feed}"':
            return NotModified()
        return Fetched(
            url=url,
            body=self._body(),
            content_type="application/rss+xml",
            etag=f'"{self.world.feed}"',
            last_modified=None,
        )

    def clock(self) -> datetime:
        """Now: a millisecond passes with each look."""
        self.world.now += timedelta(milliseconds=1)
        return self.world.now

    async def _sleep(self, seconds: float) -> None:
        """Who waits for a platform's pace waits on the machine's clock."""
        self.world.now += timedelta(seconds=seconds)
        await asyncio.sleep(0)

    def pipeline(self) -> Pipeline:
        """A process of its own: the one place where the house is put together."""
        self.world.lives += 1
        owner = f"life-{self.world.lives}"
        if self.policy not in self._corridors:
            self._corridors[self.policy] = app.corridor(self._settings(self.policy), StoreMemory(self.store))
        wires = {name: Wire(self, name, owner) for name in CHANNELS}
        return Pipeline(
            self._corridors[self.policy], store=self.store, fetcher=self, wires=wires, clock=self.clock, owner=owner
        )

    def _settings(self, policy: str) -> settings.Settings:
        source = {"urls": [ADDRESS], "language": "be", "settle": "0s", "first_run": "publish", "burst": 1}
        raw = {
            "project": {"name": "Бюро", "languages": ["be", "en"]},
            "delivery": {"wire": "live"},
            "review": {"policy": policy},
            "sources": {"be": source | {"check_links": False}},
            "channels": CHANNELS,
        }
        return settings.build(raw, self.file.parent)

    # ---- death

    def _files(self) -> dict[str, bytes]:
        names = (self.file.name, f"{self.file.name}-wal")
        return {name: (self.file.parent / name).read_bytes() for name in names if (self.file.parent / name).exists()}

    def _put(self, world: World, files: Mapping[str, bytes]) -> None:
        self.world = deepcopy(world)
        for suffix in ("", "-wal", "-shm"):
            self.file.with_name(self.file.name + suffix).unlink(missing_ok=True)
        for name, content in files.items():
            (self.file.parent / name).write_bytes(content)

    def _live(self, work: Callable[[], Awaitable[Any]], watch: Callable[[], None]) -> None:
        """One process from its first step to its last; what it raises is a bug."""
        if self.world.feed not in self._documents:
            parsed = self._parse_for_real(self._body(), content_type="application/rss+xml", url=ADDRESS, script="be")
            self._documents[self.world.feed] = self._runner.run(parsed)
        self.steps = self.changes = 0

        async def life() -> None:
            self.hanging, self.released = asyncio.Event(), asyncio.Event()
            self._watch = watch
            try:
                await work()
            except UsageError:
                pass  # the person is told so, and nothing has happened
            except Exception as bug:  # noqa: BLE001  # reported with the history that woke it
                self.world.broken.append(f"a bug: {bug!r} {[str(one) for one in getattr(bug, 'exceptions', ())]}")
            finally:
                self._watch = None

        self._runner.run(life())
        self._runner.run(self.store.close())

    def _work(self, one: Step) -> Callable[[], Awaitable[Any]]:
        return lambda: getattr(self, f"do_{one.what}")(self.pipeline(), *one.words)

    def deaths(self, one: Step, *, every: bool = False) -> list[Death]:
        """Live a step to its end; all the deaths that it could have died on the way, those alike as one (or each)."""
        found: list[Death] = []
        last = -1

        def watch() -> None:
            nonlocal last
            if self.changes == last and not every:
                found[-1].points.append(self.steps)
                return
            last = self.changes
            world = deepcopy(self.world)
            world.crashes += 1
            found.append(Death(self.steps, world, self._files(), [self.steps]))

        self._live(self._work(one), watch)
        return found

    def kill(self, one: Step) -> bool:
        """Live a step and die as it says; False when its end came before that."""
        death: Death | None = None

        def watch() -> None:
            nonlocal death
            if death is None and one.crash is not None and self.changes >= one.crash:
                world = deepcopy(self.world)
                world.crashes += 1
                death = Death(self.steps, world, self._files(), [self.steps])

        self._live(self._work(one), watch)
        if death is None:
            return False
        self._put(death.world, death.files)
        return True

    # ---- histories

    def start(self, history: History) -> None:
        """An empty ledger, and platforms that will answer as the history says."""
        self.policy = history.policy
        self._put(World(answers={name: list(answers) for name, answers in history.faults.items()}), self._empty)

    def walk(self, steps: Sequence[Step]) -> None:
        """Step by step, each looked at when it is over."""
        for one in steps:
            if one.what == "serve":
                (self.world.feed,) = one.words
            elif one.what == "pass":
                self.world.now += timedelta(minutes=one.words[0])
            else:
                died = self.kill(one)
                if not died and one.what == "once":
                    self._polled()
                self.look(finished=not died and one.what == "once")

    def _polled(self) -> None:
        """A poll has come to its end: what the site showed is now our affair."""
        if self.world.feed == "cut":
            self.world.cut = True
        else:
            self.world.served |= {one.name for one in FEEDS[self.world.feed]}

    def run(self, history: History) -> list[str]:
        """Walk a history, let everything come to rest; the promises that were broken, one line each."""
        self.start(history)
        self.walk(history.steps)
        self.rest()
        return self.world.broken

    def sweep(self, history: History, *, first: int = 0, again: bool = True, every: bool = False) -> Sweep:
        """Let each process of a history, from step `first` on, die at each of its awaits, and see what follows.

        The step is then done `again`, as a service that restarts and a person who sees no answer do, or is not. Points
        of death between which nothing lasting has happened leave the same behind, and are tried once unless `every`.
        """
        self.start(history)
        self.walk(history.steps[:first])
        broken: list[str] = []
        points = deaths = 0
        for i, one in enumerate(history.steps[first:], first):
            before = (deepcopy(self.world), self._files())
            if one.what not in ("serve", "pass"):
                for death in self.deaths(one, every=every):
                    points, deaths = points + len(death.points), deaths + 1
                    self._put(death.world, death.files)
                    self.look(finished=False)
                    self.walk(history.steps[i if again else i + 1 :])
                    self.rest()
                    broken += [f"step {i}, death at {death.points[0]}: {line}" for line in self.world.broken]
            self._put(*before)
            self.walk([one])
        self.rest()
        return Sweep(broken + self.world.broken, points, deaths)

    def rest(self) -> None:
        """Poll until nothing is due any more, then look whether all is well."""
        for _ in range(ROUNDS):
            self.walk([Step("once")])
            if self._runner.run(self._paused()):
                self.walk([Step("resume", (None,))])  # whoever has paused or mended a channel says so in the end
            due = self._runner.run(self._next())
            if due is None:
                break
            self.world.now = max(self.world.now + timedelta(seconds=30), due)  # a platform's pace is no row's time
        else:
            self.world.broken.append("I6: it does not come to rest")
        self._runner.run(self._at_rest())
        self._runner.run(self.store.close())

    async def _paused(self) -> bool:
        """Whether nothing is sent on some channel."""
        async with self.store.read() as c:
            return bool(await gates.pauses(c, self.world.now))

    async def _next(self) -> datetime | None:
        """When the next thing is due that no unknown outcome holds up."""
        async with self.store.read() as c:
            rows = await ledger.deliveries(c)
            stories = await c.execute(
                sa.select(schema.story.c.not_before).where(
                    schema.story.c.state == "open", schema.story.c.drafted < schema.story.c.revision
                )
            )
            times = [moment for (moment,) in stories]
        times += [row["due_at"] for row in rows if row["state"] == "due" and not _behind(row, rows, "due", "unknown")]
        return min(times, default=None)

    # ---- what processes and people do

    async def do_once(self, pipeline: Pipeline) -> None:
        """A poll, a judgement, a delivery."""
        await pipeline.once()

    async def do_publish(self, pipeline: Pipeline, number: int) -> None:
        """A person looks at a story and releases what was seen."""
        seen = await views.story_view(pipeline, number)
        self.world.refused.pop(number, None)
        self._wanted_again(number)
        await pipeline.publish(number, person="Аня", revision=seen["revision"])

    async def do_skip(self, pipeline: Pipeline, number: int) -> None:
        """A person refuses a story."""
        self.world.skipped.add(number)
        await pipeline.skip(number, "не наша", person="Аня")
        self.world.refused[number] = self.clock()

    async def do_write(self, pipeline: Pipeline, number: int) -> None:
        """A person says it in her own words."""
        await pipeline.write(number, "be", "Суды Мройска пакаралі 17 чалавек за тыдзень.", person="Аня")

    async def do_edit(self, pipeline: Pipeline, number: int) -> None:
        """A person translates the title."""
        await pipeline.edit(number, "en", 0, "Courts have punished 17 people", person="Аня")

    async def do_repost(self, pipeline: Pipeline, number: int, nonce: str) -> None:
        """A person wants it posted once more; the same confirmation may come twice."""
        self.world.nonces[number].add(nonce)
        async with self.store.read() as c:
            story = await intake.load_story(c, number)
        if story is not None and story.state != "skipped":
            self._wanted_again(number)  # of a story that was withdrawn as a whole nothing is posted again
        await pipeline.repost(number, nonce=nonce, person="Аня")

    async def do_correct(self, pipeline: Pipeline, number: int, nonce: str) -> None:
        """A person looks at a story and lets what is public say what the site says now."""
        seen = await views.story_view(pipeline, number)
        self.world.corrections[number].add(nonce)
        await pipeline.correct(number, nonce=nonce, person="Аня", revision=seen["revision"])

    async def do_retract(self, pipeline: Pipeline, number: int, nonce: str, *only: str) -> None:
        """A person withdraws a story, or what is public of it on one channel."""
        if not only:
            self.world.skipped.add(number)
        confirmed = "-".join((nonce, *only))  # another question has another nonce
        await pipeline.retract(number, only, nonce=confirmed, person="Аня")
        for channel in only or CHANNELS:
            self.world.withdrawn.setdefault((number, channel), self.clock())

    async def do_pause(self, pipeline: Pipeline, channel: str | None, duration: str | None) -> None:
        """A person wants nothing sent on a channel, or on any, for a while or until it is resumed."""
        before = self.clock()
        await pipeline.pause(channel, duration, person="Аня")
        self._end_pauses(before, channel)
        since = self.clock()
        until = timing.moment(duration, before, UTC) if duration is not None else None  # type: ignore[arg-type]  # any zone: a span
        self.world.pauses.append(Pause(channel, since, until))

    async def do_resume(self, pipeline: Pipeline, channel: str | None) -> None:
        """A person ends a pause."""
        self._end_pauses(self.clock(), channel, *((None,) if channel else CHANNELS))
        await pipeline.resume(channel, person="Аня")

    async def do_hand_posted(self, pipeline: Pipeline, channel: str, number: int) -> None:
        """Someone else posts the page of a story in a channel of ours."""
        async with self.store.read() as c:
            story = await intake.load_story(c, number)
        if story is None or not story.editions:
            return
        url = story.editions[0].url
        await pipeline.hand_posted(channel, f"hand-{number}", "Гл.", [url], None, self.world.now)
        self.world.by_hand.setdefault((story.name, channel), self.clock())

    def _end_pauses(self, now: datetime, *channels: str | None) -> None:
        for one in self.world.pauses:
            if one.channel in channels:
                one.until = min(one.until or now, now)

    def _wanted_again(self, number: int) -> None:
        """A person wants a story to go out after all."""
        for place in [place for place in self.world.withdrawn if place[0] == number]:
            del self.world.withdrawn[place]

    async def do_resolve(self, pipeline: Pipeline, which: int, verdict: str) -> None:
        """A person settles one of the unknown outcomes, and says "it is there" only when it is."""
        unknown = (await views.waiting(pipeline))["unknown"]
        if not unknown:
            return
        row = unknown[which % len(unknown)]
        key = row["key"]
        if verdict == "sent" and not self.world.times()[key]:
            verdict = "again"
        if verdict == "again":
            self.world.agains[key] += 1
        copies = [copy.remote_id for copy in self.world.copies if copy.key == key]
        at = "https://x.com/i/web/status" if CHANNELS[row["channel"]]["kind"] == "x" else "https://t.me/example"
        url = f"{at}/{copies[-1]}" if verdict == "sent" else None
        await pipeline.resolve(key, verdict, person="Аня", url=url)

    async def do_overlap(self, pipeline: Pipeline, verdict: str) -> None:
        """A process hangs in its posts; it is thought dead, another takes over, a person decides; then it wakes."""
        self.held = pipeline.owner
        self.world.crashes += 1  # the one who takes over cannot tell
        first = asyncio.create_task(pipeline.once())
        hangs = asyncio.create_task(self.hanging.wait())
        await asyncio.wait({first, hangs}, return_when=asyncio.FIRST_COMPLETED)
        await self.pipeline().once()
        await self.do_resolve(self.pipeline(), 0, verdict)
        await self.pipeline().once()
        await self._note_sent()
        self.held = None
        self.released.set()
        await asyncio.gather(first, hangs, return_exceptions=False) if not first.done() else hangs.cancel()

    async def do_beside(self, pipeline: Pipeline, changes: int, steps: int, act: str, *words: Any) -> None:
        """A person acts while a process is at work: so many steps after so many of its lasting changes."""
        running = asyncio.create_task(pipeline.once())
        while self.changes < changes and not running.done():  # noqa: ASYNC110  # every step of it counts
            await asyncio.sleep(0)
        for _ in range(steps):
            await asyncio.sleep(0)
        with suppress(UsageError):  # the person is told so
            await getattr(self, f"do_{act}")(self.pipeline(), *words)
        await running

    # ---- what was promised

    def _say(self, line: str) -> None:
        if line not in self.world.broken:
            self.world.broken.append(line)

    def witness(self, post: Post, envelope: Envelope) -> None:
        """What the ledger on the disk says at the moment in which bytes leave."""
        with closing(sqlite3.connect(self.file)) as read:
            rows = read.execute(
                "select key, part, state, payload_hash from delivery where rendition_id = "
                "(select rendition_id from delivery where key = ?) order by part",
                (envelope.key,),
            ).fetchall()
        mine = next((row for row in rows if row[0] == envelope.key), None)
        if mine is None or mine[2] != "sending":
            self._say(f"{envelope.key}: it left before the ledger said that it is being sent")
            return
        if mine[3] != post.hash:
            self._say(f"{envelope.key}: other words left than were approved")
        self._in_order(envelope, [row for row in rows if row[1] < mine[1]])

    def _in_order(self, envelope: Envelope, earlier: Sequence[tuple[str, int, str, str]]) -> None:
        if any(row[2] != "sent" for row in earlier):
            self._say(f"{envelope.key}: it left before the part before it was sent")
        if earlier and envelope.reply_to is not None:
            before = {copy.remote_id for copy in self.world.copies if copy.key == earlier[-1][0]}
            if envelope.reply_to not in before:
                self._say(f"{envelope.key}: it answers another post than the part before it")

    def look(self, *, finished: bool) -> None:
        """The promises that hold at every moment, and after a poll that came to its end (`finished`)."""
        self._runner.run(self._always(finished))
        self._runner.run(self.store.close())

    async def _note_sent(self) -> Sequence[Mapping[str, Any]]:
        async with self.store.read() as c:
            rows = await ledger.deliveries(c)
        states = {row["key"]: row["state"] for row in rows}
        for key in self.world.sent:
            if states.get(key) != "sent":
                self._say(f"I7: {key} was sent, and the ledger now calls it {states.get(key)}")
        self.world.sent |= {key for key, state in states.items() if state == "sent"}
        return rows

    async def _always(self, finished: bool) -> None:
        rows = await self._note_sent()
        async with self.store.read() as c:
            renditions = [dict(row) for row in (await c.execute(sa.select(schema.rendition))).mappings()]
            if (broken := await people.first_break(c)) is not None:
                self._say(f"the trail of acts is broken at {broken}")
            tries = await c.execute(
                sa.select(schema.delivery, schema.attempt.c.started, schema.attempt.c.n, schema.rendition.c.approver)
                .join(schema.attempt, schema.attempt.c.delivery_id == schema.delivery.c.id)
                .join(schema.rendition, schema.rendition.c.id == schema.delivery.c.rendition_id)
            )
            for row in tries.mappings().all():
                self._rightly_tried(row)
        self._in_their_order(rows)
        self._one_row_each(rows, renditions)
        self._no_more_than_once(rows)
        taken = {(call.key, call.action) for call in self.world.calls}
        for row in rows:
            if row["state"] == "sent" and (row["key"], row["action"]) not in taken:
                self._say(f"I2: {row['key']} is called sent, and nobody has it")
            if row["state"] == "unknown" and row["action"] != "create":
                self._say(f"C1: {row['key']} is left to a person, although it may be repeated")
            if finished and row["state"] == "sending":
                self._say(f"I5: {row['key']} is still being sent, by nobody")

    def _rightly_tried(self, row: Mapping[str, Any]) -> None:
        """Nothing leaves that a person has refused, withdrawn or paused, nor by itself what another has posted."""
        world, key, channel, started = self.world, row["key"], row["channel"], row["started"]
        number = int(row["subject"][1:])
        if row["cause"].startswith("retract"):
            return
        refused = world.refused.get(number)
        if row["cause"] == "auto" and refused is not None and started > refused and not world.agains[key]:
            self._say(f"{key} was tried after a person had refused it")
        withdrawn = world.withdrawn.get((number, channel))
        if withdrawn is not None and started > withdrawn and not world.agains[key]:
            self._say(f"W1: {key} was tried after a person had withdrawn it")
        for one in world.pauses:
            if one.channel in (channel, None) and one.since < started and (one.until is None or started < one.until):
                self._say(f"P1: {key} was tried while {one.channel or 'every channel'} was paused")
        by_hand = world.by_hand.get((row["subject"], channel))
        begins = row["cause"] == "auto" and row["approver"] == MACHINE and row["part"] == row["n"] == 1
        if begins and by_hand is not None and started > by_hand:
            self._say(f"H1: {key} went out by itself after someone had posted the same by hand")

    def _one_row_each(self, rows: Sequence[Mapping[str, Any]], renditions: Sequence[Mapping[str, Any]]) -> None:
        """I1, and that what was taken is what was approved."""
        approved = {row["payload_hash"] for row in rows}
        for rendition in renditions:
            mine = sorted((row["part"], row["payload_hash"]) for row in rows if row["rendition_id"] == rendition["id"])
            wanted = list(enumerate(rendition["hashes"], 1)) if rendition["state"] == "approved" else []
            if mine != wanted and not self._amends(rendition, mine, wanted, renditions):
                place = "/".join(str(rendition[name]) for name in ("subject", "revision", "channel", "cause"))
                self._say(f"I1: {place} is {rendition['state']} and has {len(mine)} rows for {len(wanted)} parts")
        for call in self.world.calls:
            if call.hash not in approved:
                self._say(f"{call.key}: a platform has words that nobody approved")

    @staticmethod
    def _amends(rendition: Mapping[str, Any], mine: Any, wanted: Any, renditions: Sequence[Mapping[str, Any]]) -> bool:
        """Whether it is a proposal that was carried out as a correction, or a notice for each part that there was."""
        if rendition["cause"].startswith("retract"):
            return bool(mine) and mine == wanted[: len(mine)]
        if mine or rendition["corrected"] is None:
            return False
        same = ("subject", "revision", "channel", "language")
        return any(
            one["cause"].startswith("correct") and all(one[name] == rendition[name] for name in same)
            for one in renditions
        )

    def _no_more_than_once(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """I3 and I4."""
        world, times = self.world, self.world.times()
        automatic: Counter[tuple[Any, ...]] = Counter()
        reposted: Counter[tuple[Any, ...]] = Counter()
        for row in rows:
            key, copies, place = row["key"], times[row["key"]], (row["channel"], row["language"], row["part"])
            if row["channel"] in MAIL:
                if copies > 1 + world.crashes + world.doubts[key]:
                    self._say(f"I4: {key} was mailed {copies} times")
                continue
            if copies > 1 + world.agains[key]:
                self._say(f"I3: {key} was posted {copies} times")
            if row["cause"] == "auto":
                automatic[row["subject"], *place] += copies - world.agains[key]
            elif row["cause"].startswith("repost"):
                reposted[row["subject"], *place] += copies - world.agains[key]
        for place, copies in automatic.items():
            if copies > 1:
                self._say(f"I3: {place} was posted by itself {copies} times")
        for place, copies in reposted.items():
            if copies > len(world.nonces[int(place[0][1:])]):
                self._say(f"I3: {place} was posted again {copies} times")
        self._one_text_each()
        mail = {(copy.key, copy.message_id) for copy in world.copies if copy.message_id is not None}
        for key, ids in Counter(key for key, _ in mail).items():
            if ids > 1:
                self._say(f"I4: {key} went out under {ids} names")

    def _in_their_order(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Nothing outdated overwrites, or is told after, something newer."""
        of = {row["key"]: row for row in rows}
        newest: dict[tuple[str, ...], int] = {}
        told: set[str] = set()
        for call in self.world.calls:
            row = of.get(call.key)
            if row is None or not row["cause"].startswith("correct") or (call.action == "create" and call.key in told):
                continue  # the same letter once more is no news
            told.add(call.key)
            place = (
                row["subject"],
                call.channel,
                row["language"],
                *([call.remote_id] if call.action == "edit" else []),
            )
            if row["rendition_id"] < newest.get(place, 0):
                self._say(f"C2: {call.key} came after a newer correction")
            newest[place] = max(newest.get(place, 0), row["rendition_id"])

    def _one_text_each(self) -> None:
        """By itself one text of a story goes out in each place."""
        texts: dict[tuple[str, ...], set[str]] = defaultdict(set)
        for copy in self.world.copies:
            subject, _, *place, cause = copy.key.split("/")
            if cause != "auto":
                continue
            texts[subject, *place].add(copy.key)
        for keys in texts.values():
            if len(keys) > 1:
                self._say(f"I3: {' and '.join(sorted(keys))} have both gone out by themselves")

    async def _at_rest(self) -> None:
        """I6, and that nothing was lost."""
        shown = await views.waiting(self.pipeline())
        unknown = {row["key"] for row in shown["unknown"]}
        lost = {row["key"] for row in shown["lost"]}
        async with self.store.read() as c:
            rows = await ledger.deliveries(c)
            found = await c.execute(sa.select(schema.statement.c.guid, schema.statement.c.story_id))
            stories = {guid: await intake.load_story(c, number) for guid, number in found.all()}
            renditions = {
                story.number: await ledger.renditions(c, story.name) for story in stories.values() if story is not None
            }
        for row in rows:
            state, key = row["state"], row["key"]
            if state == "due" and not _behind(row, rows, "unknown"):
                self._say(f"I6: {key} is due and never sent")
            if (state == "unknown" and key not in unknown) or (state in ("failed", "expired") and key not in lost):
                self._say(f"I6: {key} is {state}, and nobody is told")
        self._withdrawn_at_rest(rows)
        async with self.store.read() as c:
            every = {row["id"]: dict(row) for row in (await c.execute(sa.select(schema.rendition))).mappings()}
            doubted = await c.execute(sa.select(schema.attempt.c.delivery_id).where(_DOUBTFUL))
            doubtful = {number for (number,) in doubted}
        self._corrected_at_rest(rows, every, doubtful)
        if self.world.cut and not shown["quarantine"]:
            self._say("lost: a document that cannot be read is not in quarantine")
        held = {row["story"] for row in shown["stories"]}
        for guid in sorted(self.world.served):
            if (story := stories.get(guid)) is None:
                self._say(f"lost: {guid} was on the site, and the ledger does not know it")
            elif story.state == "open":
                self._every_place(story, renditions[story.number], rows)
            elif story.name not in held and story.number not in self.world.skipped:
                self._say(f"lost: {story.name} is {story.state}, and no person has said so")

    def _known(self, rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """The posts that are public and that the ledger knows, withdrawing notices apart."""
        there = [row for row in rows if row["state"] == "sent" and row["action"] == "create"]
        there = [row for row in there if not row["cause"].startswith("retract")]
        return [row for row in there if (row["channel"], row["remote_id"]) in self.world.public]

    def _withdrawn_at_rest(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """What was withdrawn is gone, or marked, or answered by a notice, or someone is told that it is not."""
        tried = ("sent", "failed", "unknown")
        retracts = [
            row
            for row in rows
            if row["cause"].startswith("retract") and (row["state"] in tried or "settled by" in str(row["error"]))
        ]
        targets = {(row["channel"], row["target"]) for row in retracts}
        places = {(row["subject"], row["channel"], row["language"]) for row in retracts}
        for row in self._known(rows):
            channel = row["channel"]
            if (int(row["subject"][1:]), channel) not in self.world.withdrawn or self.world.agains[row["key"]]:
                continue
            noticed = (row["subject"], channel, row["language"]) in places
            if (channel, row["remote_id"]) not in targets if channel in EDITING else not noticed:
                self._say(f"W2: {row['key']} was withdrawn, and is still public")

    def _corrected_at_rest(
        self, rows: Sequence[Mapping[str, Any]], renditions: Mapping[int, Mapping[str, Any]], doubtful: set[int]
    ) -> None:
        """Every copy shows the newest correction that was sent; one of which nobody knew apart."""
        newest: dict[tuple[str, str, str], list[Mapping[str, Any]]] = {}
        for row in rows:
            if row["cause"].startswith("correct") and row["channel"] in EDITING:
                place = (row["subject"], row["channel"], row["language"])
                before = newest.get(place, [])
                same = before and before[0]["cause"].split(".")[0] == row["cause"].split(".")[0]
                newest[place] = [*before, row] if same else [row]
        for row in self._known(rows):
            of = newest.get((row["subject"], row["channel"], row["language"]), [])
            if not of or any(one["state"] != "sent" or one["action"] != "edit" for one in of):
                continue
            withdrawn = (int(row["subject"][1:]), row["channel"]) in self.world.withdrawn
            words = renditions[of[-1]["rendition_id"]]["posts"][0]["text"]
            outdated = self.world.public[row["channel"], row["remote_id"]] != words
            if outdated and not withdrawn and row["id"] not in doubtful:
                self._say(f"C3: {row['key']} does not show the newest correction")

    def _every_place(
        self, story: Any, renditions: Sequence[Mapping[str, Any]], rows: Sequence[Mapping[str, Any]]
    ) -> None:
        """In each place a story was sent, or it is told what became of it; an edit by the site cancels nothing new."""
        if story.drafted < story.revision:
            self._say(f"lost: revision {story.revision} of {story.name} was never judged")
        mine = [row for row in rows if row["subject"] == story.name]
        out = {row["channel"] for row in mine if row["state"] in ("sent", "unknown") or self.world.doubts[row["key"]]}
        out |= {row["channel"] for row in mine if "settled by" in str(row["error"])}  # a person has dropped it
        for channel in CHANNELS:
            newest = [one for one in renditions if one["channel"] == channel and one["revision"] == story.revision]
            if not newest and channel not in out:
                self._say(f"lost: nothing was decided of revision {story.revision} of {story.name} for {channel}")
            numbers = {one["id"] for one in newest}
            for row in rows:
                if row["rendition_id"] in numbers and row["state"] == "cancelled" and "edited" in str(row["error"]):
                    self._say(f"lost: {row['key']} was given up for an edit that never came")


def _behind(row: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], *states: str) -> bool:
    """Whether a part waits for one before it that is in such a state."""
    return any(
        one["rendition_id"] == row["rendition_id"] and one["part"] < row["part"] and one["state"] in states
        for one in rows
    )


_DOUBTFUL = schema.attempt.c.outcome.in_(("unknown", "due"))
