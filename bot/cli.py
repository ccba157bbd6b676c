"""Every command, thin: it reads the words, calls the house and prints. Heavy imports stand inside the commands.

Data goes to stdout, words to stderr. Exit codes: 0 ok, 1 failure, 2 usage, 3 findings, 75 temporary, 78 settings.
"""

from __future__ import annotations

import asyncio
import io
import json
import os
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, cast
from zoneinfo import ZoneInfo

import typer

from bot.errors import UsageError, VestkaError

if TYPE_CHECKING:
    from bot.pipeline import Pipeline
    from bot.settings import Settings

FINDINGS = 3
TEMPORARY = 75
TEXT_CHARACTERS = 100_000  # the longest text that is previewed: every channel lays it out in full
STORY_DIGITS = 18  # more than any ledger counts; both databases keep numbers of 64 bits

app = typer.Typer(
    name="vestka",
    help="Carries an organisation's statements, checked, to Telegram, X and a newsletter.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,  # locals hold tokens
    add_completion=False,
    rich_markup_mode=None,
)

models = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The models of the local translation engine.")
app.add_typer(models, name="models")
glossaries = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The people, places and institutions.")
app.add_typer(glossaries, name="glossary")
subscribers = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Readers of the newsletter, by number only."
)
app.add_typer(subscribers, name="subscribers")

SettingsFile = Annotated[Path, typer.Option("--settings", help="The settings file.", show_default=True)]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for a machine.")]
DryRun = Annotated[bool, typer.Option("--dry-run", "-n", help="Show what would be done and write nothing.")]
Person = Annotated[str, typer.Option("--as", help="Whose act this is, for the audit trail.")]
Story = Annotated[str, typer.Argument(metavar="N", help="The number of the story, as in `queue`: 12 or s12.")]
Id = Annotated[str | None, typer.Option("--id", help="The same id is carried out once, however often it is said.")]
DEFAULT = Path("settings.toml")


def main() -> None:
    """The entry point of `vestka`."""
    # Whoever has closed a stream (`>&-`) wants nothing from it; Python has None there, on which libraries stumble.
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115  # it lives as long as the process
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115  # as the one above
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # Statements are Cyrillic, whatever the locale says; half a surrogate pair comes out as JSON escapes it.
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        try:
            app()
        finally:
            sys.stdout.flush()  # what cannot be written should fail here, not while Python is shutting down
    except VestkaError as error:
        fail(str(error), error.exit_code)
    except BrokenPipeError:
        _give_up_stdout()  # whoever read us has seen enough, as `head` does
        sys.exit(1)
    except OSError as error:
        _give_up_stdout()
        reason = error.strerror or str(error)
        fail(f"{error.filename}: {reason}" if error.filename else f"cannot go on: {reason}", 1)


def _give_up_stdout() -> None:
    """Let what is still buffered go nowhere, as https://docs.python.org/3/library/signal.html#note-on-sigpipe says."""
    with suppress(OSError):  # a stream without a descriptor has nothing to lose
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def say(text: str) -> None:
    """Words for a person, on stderr."""
    print(text, file=sys.stderr)


def fail(text: str, code: int) -> NoReturn:
    """End with one clear line, whatever stands in the text: a name or a value may hold line breaks and escape codes."""
    line = "".join(letter if letter.isprintable() else " " for letter in text)
    say(f"vestka: {' '.join(line.split())}")
    sys.exit(code)


def out(value: object) -> None:
    """Data, on stdout: a string as it is, anything else as JSON."""
    print(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2, default=str))


def number(story: str) -> int:
    """The story's number from `12` or `s12`."""
    digits = story.removeprefix("s")
    if not digits.isascii() or not digits.isdigit():
        raise UsageError(f"{story!r} is no story; give its number, as in `vestka queue`")
    digits = digits.lstrip("0") or "0"
    if len(digits) > STORY_DIGITS:
        raise UsageError(f"there is no story s{digits[:STORY_DIGITS]}…")
    return int(digits)


def nonce(id_: str | None) -> str:
    """What makes a repeated act one act: the id that was given, or a new one."""
    import re
    import secrets

    if id_ is None:
        return secrets.token_hex(4)
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,40}", id_):
        raise UsageError("--id: letters, digits, - and _ only, at most 40")
    return id_


def known_language(option: str, language: str) -> str:
    """The language, when it is one of ours. Raises UsageError with the option's name and the value."""
    from bot.settings import LANGUAGES

    if language not in LANGUAGES:
        raise UsageError(f"{option}: {language!r} is none of {', '.join(LANGUAGES)}")
    return language


def read_text(file: Path) -> str:
    """A text file, or stdin for `-`; offsets count into exactly this."""
    try:
        raw = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        return raw.decode("utf-8")
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise UsageError(f"{file}: not UTF-8 at byte {error.start}; save it as UTF-8") from None


def json_lines(file: Path, fields: tuple[str, ...]) -> Iterable[dict[str, Any]]:
    """The objects of a JSON Lines file, each with these text fields. Raises UsageError naming the line.

    Only "\\n" ends a line (https://jsonlines.org): U+2028 may stand raw in a JSON text. Windows puts a BOM in front.
    """
    for line_number, line in enumerate(read_text(file).removeprefix("\ufeff").split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            row = None
        if not isinstance(row, dict) or not all(isinstance(row.get(field), str) for field in fields):
            raise UsageError(f"{file}, line {line_number}: should be a JSON object with the texts {', '.join(fields)}")
        yield row


def load_settings(file: Path) -> Settings:
    """The settings. Raises SettingsError with one line."""
    from bot.settings import load

    return load(file)


@asynccontextmanager
async def house(file: Path) -> AsyncIterator[Pipeline]:
    """The house, put together by the settings of a file."""
    from bot import app as root

    async with root.house(load_settings(file)) as pipeline:
        yield pipeline


def run(work: Coroutine[Any, Any, Any]) -> Any:
    """Run to the end."""
    return asyncio.run(work)


def look(file: Path, what: Callable[[Pipeline], Coroutine[Any, Any, Any]]) -> tuple[Any, ZoneInfo]:
    """Something to look at, and the zone in which people read its times."""

    async def work() -> tuple[Any, ZoneInfo]:
        async with house(file) as pipeline:
            return await what(pipeline), ZoneInfo(pipeline.settings.project.timezone)

    return cast(tuple[Any, ZoneInfo], run(work()))


def act(file: Path, what: Callable[[Pipeline], Coroutine[Any, Any, list[str]]], dry_run: bool) -> None:
    """A person's act: it writes rows, and says line by line what it did."""

    async def work() -> list[str]:
        async with house(file) as pipeline:
            return await what(pipeline)

    for line in run(work()):
        out(line)
    if dry_run:
        say("Nothing was written (--dry-run).")


# --------------------------------------------------------------------------------------------------------------------
# looking


@app.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="End by itself instead of serving the preview.")] = False,
    out_: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where everything is written.")] = Path("demo-out"),
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port of the preview on 127.0.0.1.")] = 8000,
) -> None:
    """Offline, no accounts: invented statements walk all the way to three channels, in rehearsal."""
    from bot.demo import show

    run(show(out_.resolve(), once=once, port=port))


@app.command("try")
def try_(
    url: Annotated[str, typer.Argument(help="A feed, or a page that names one.")],
    to: Annotated[str, typer.Option(help="Languages to post in, e.g. be,ru,en.")] = "be,ru,en",
    memory: Annotated[Path | None, typer.Option(help="Approved translations, JSON Lines.")] = None,
    allow_private: Annotated[bool, typer.Option(help="Let private addresses be dialled.")] = False,
    newest: Annotated[int, typer.Option(min=1, help="How many of the newest entries to show.")] = 3,
    json_: Json = False,
) -> None:
    """A real feed, no settings, no state: what would go out on each channel, and why what would not."""
    from dataclasses import asdict

    from bot import terminal, trial
    from bot.model import FetchFailed
    from bot.translation import FileMemory
    from bot.translation.memory import read

    words = dict.fromkeys(word.strip() for word in to.split(",") if word.strip())
    languages = tuple(known_language("--to", word) for word in words)
    known = FileMemory(tuple(read(read_text(memory), str(memory)))) if memory else FileMemory()
    tried = run(trial.try_url(url, languages, known, newest=newest, allow_private=allow_private))
    if isinstance(tried, FetchFailed):
        fail(f"{url}: {tried.reason}", FINDINGS if tried.hostile else TEMPORARY if trial.may_pass(tried) else 1)
    out(asdict(tried)) if json_ else terminal.print_trial(tried)
    if tried.quarantined and not tried.statements:
        sys.exit(FINDINGS)


@app.command()
def preview(
    what: Annotated[str, typer.Argument(metavar="N|FILE", help="A story's number, or a text file.")],
    settings: SettingsFile = DEFAULT,
    language: Annotated[str | None, typer.Option(help="The language of a text file.")] = None,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the page of all channels there.")] = None,
    json_: Json = False,
) -> None:
    """The exact payload of every channel, with lengths and price."""
    from bot import app as root
    from bot import terminal, views
    from bot.translation import FileMemory

    # os.path answers for a name that is too long for the system, where Path raises.
    is_number = what.removeprefix("s").isdigit() and not os.path.exists(what)
    if language is not None:
        known_language("--language", language)

    async def work() -> Any:
        if is_number:
            async with house(settings) as pipeline:
                return await views.preview_story(pipeline, number(what))
        text = read_text(Path(what))
        if len(text) > TEXT_CHARACTERS:
            raise UsageError(f"{what}: too long for a statement: {len(text)} characters, of {TEXT_CHARACTERS} at most")
        walked = root.corridor(load_settings(settings), FileMemory())
        return await views.preview_text(walked, text, language, root.clock())

    rows = run(work())
    if html is not None:
        from bot.web.preview import of_rows, page

        made = load_settings(settings)
        shown = of_rows(rows, organisation=made.project.name, title=what, url="")
        try:
            html.write_text(page(shown, root.read_web_templates(made)), encoding="utf-8")
        except OSError as error:
            raise UsageError(f"--html: {html}: {error.strerror}") from None
        say(f"Written: {html}")
    out(rows) if json_ else terminal.print_preview(rows)


# --------------------------------------------------------------------------------------------------------------------
# the service


@app.command()
def once(settings: SettingsFile = DEFAULT, json_: Json = False) -> None:
    """One poll of every source, judgement and delivery of all that is due, end."""
    from bot import app as root
    from bot import terminal, views

    async def work() -> tuple[Any, Any]:
        made = load_settings(settings)
        with root.only_one(made):
            async with root.house(made) as pipeline:
                polled = await pipeline.once()
                return polled, await views.overview(pipeline)

    polled, lines = run(work())
    for one in polled:
        say(
            f"{one.source}: {one.outcome}"
            + (f", {one.new} new, {one.changed} changed" if one.new or one.changed else "")
        )
        for reason in one.quarantined:
            say(f"{one.source}: quarantined: {reason}")
    if not polled:
        say("There is no source in the settings; add one under [sources.NAME], or look at ./run demo.")
    out(terminal.report_json(lines)) if json_ else terminal.print_report(lines)
    if polled and all(one.failed and not one.quarantined for one in polled):
        sys.exit(TEMPORARY)


@app.command()
def init(
    settings: SettingsFile = DEFAULT,
    allow_private: Annotated[bool, typer.Option(help="Let the feed's address be private.")] = False,
) -> None:
    """Five questions, then settings.toml and the secret files; writes nothing before the last answer."""
    from bot.init import ask

    ask(settings, allow_private=allow_private)


@app.command()
def doctor(
    settings: SettingsFile = DEFAULT,
    live: Annotated[
        bool, typer.Option("--live", help="Send a test mail to alerts.email, and a post to each test_chat.")
    ] = False,
    json_: Json = False,
) -> None:
    """What is well and what is not, line by line with the cure; changes nothing; ends with 3 when anything fails."""
    from dataclasses import asdict

    from bot import terminal
    from bot.doctor import examine

    rows = [asdict(one) for one in run(examine(settings, live=live))]
    out(rows) if json_ else terminal.print_checks(rows)
    if any(row["state"] == "fail" for row in rows):
        sys.exit(FINDINGS)


@app.command("run")
def run_(
    settings: SettingsFile = DEFAULT,
    role: Annotated[
        str, typer.Option(help="all; worker: a further process beside a leader on PostgreSQL; web: readers' pages.")
    ] = "all",
) -> None:
    """The service: watch, judge and send until SIGTERM or Ctrl-C; systemd may restart it but for exit code 78."""
    from bot import app as root

    if role not in ("all", "worker", "web"):
        raise UsageError(f"--role: {role!r} is neither all, worker nor web")
    made = load_settings(settings)
    if role == "web":
        run(root.serve_pages(made, started=lambda where: say(f"Readers' pages at {where}. Ctrl-C ends.")))
        return
    sources, places = len(made.watched), len(made.channels)
    words = f"Vestka watches {sources} source(s) for {places} channel(s), wire: {made.delivery.wire}. Ctrl-C ends."

    async def examined() -> list[Any]:
        from bot.doctor import examine

        return await examine(settings, live=False)

    run(root.serve(made, follow=role == "worker", doctor=examined, started=lambda: say(words)))


@app.command()
def poll(
    sources: Annotated[list[str] | None, typer.Argument(metavar="[SOURCE]...", help="Only these sources.")] = None,
    settings: SettingsFile = DEFAULT,
) -> None:
    """Tell the running service to ask its sources now, also one that has said that it is gone."""

    async def work() -> list[str]:
        async with house(settings) as pipeline:
            names = sources or list(pipeline.settings.watched)
            for name in names:
                if name not in pipeline.settings.watched:
                    raise UsageError(f"{name!r} is no source; there are: {', '.join(pipeline.settings.watched)}")
            await pipeline.poll_soon(names)
            return names

    for name in run(work()):
        out(f"{name}: asked within seconds by a running service, else as soon as one starts (or by: vestka once)")


@app.command()
def status(settings: SettingsFile = DEFAULT, json_: Json = False) -> None:
    """How it goes: alarms, when each source was read, what each channel has sent and what waits there."""
    from bot import terminal, views

    view, zone = look(settings, views.status)
    out(view) if json_ else terminal.print_status(view, zone)


@app.command()
def queue(settings: SettingsFile = DEFAULT, json_: Json = False) -> None:
    """What waits: for a person, for its time, or for someone to say whether it was posted."""
    from bot import terminal, views

    waiting, zone = look(settings, views.waiting)
    out(waiting) if json_ else terminal.print_queue(waiting, zone)


@app.command()
def show(story: Story, settings: SettingsFile = DEFAULT, json_: Json = False) -> None:
    """One story: its editions, and what went where."""
    from bot import terminal, views

    view, _ = look(settings, lambda pipeline: views.story_view(pipeline, number(story)))
    out(view) if json_ else terminal.print_story(view)


@app.command()
def explain(story: Story, settings: SettingsFile = DEFAULT, json_: Json = False) -> None:
    """Why something was posted or not: sentence by sentence, finding by finding, act by act."""
    from bot import terminal, views

    view, zone = look(settings, lambda pipeline: views.explanation(pipeline, number(story)))
    out(view) if json_ else terminal.print_explanation(view, zone)


@app.command()
def audit(settings: SettingsFile = DEFAULT, json_: Json = False) -> None:
    """Who did what; ends with 3 when the trail was tampered with."""
    from bot import terminal, views

    (rows, broken), zone = look(settings, views.audit_trail)
    out(rows) if json_ else terminal.print_audit(rows, zone)
    if broken is not None:
        fail(f"the audit trail does not hold together at line {broken}: someone has changed the database", FINDINGS)


# --------------------------------------------------------------------------------------------------------------------
# people's acts


@app.command()
def publish(
    story: Story,
    channels: Annotated[list[str] | None, typer.Argument(help="Only these channels.")] = None,
    revision: Annotated[int | None, typer.Option(help="The revision that you have seen, as in `queue`.")] = None,
    settings: SettingsFile = DEFAULT,
    person: Person = "console",
    dry_run: DryRun = False,
) -> None:
    """Release what waits of a story, exactly as it was shown."""
    act(
        settings,
        lambda p: p.publish(number(story), channels or (), person=person, revision=revision, dry_run=dry_run),
        dry_run,
    )


@app.command()
def skip(
    story: Story,
    reason: Annotated[str, typer.Argument(help="Why, for the audit trail.")] = "",
    settings: SettingsFile = DEFAULT,
    person: Person = "console",
    dry_run: DryRun = False,
) -> None:
    """Refuse a story: nothing of it that waits goes out."""
    act(settings, lambda p: p.skip(number(story), reason, person=person, dry_run=dry_run), dry_run)


@app.command()
def later(
    story: Story,
    when: Annotated[str, typer.Argument(help='"18:00", "2026-11-23 18:00", "2h", or "now" to end it.')],
    settings: SettingsFile = DEFAULT,
    person: Person = "console",
    dry_run: DryRun = False,
) -> None:
    """An embargo: until then nobody sees the story, not even a translation engine of a third party."""
    act(settings, lambda p: p.later(number(story), when, person=person, dry_run=dry_run), dry_run)


@app.command()
def link(
    story: Story,
    other: Annotated[str, typer.Argument(metavar="M", help="The story that is a part of it.")],
    settings: SettingsFile = DEFAULT,
    person: Person = "console",
    dry_run: DryRun = False,
) -> None:
    """Two stories are one: the pages of M are editions of N, or, in a language that N has, its newer text."""
    act(settings, lambda p: p.link(number(story), number(other), person=person, dry_run=dry_run), dry_run)


@app.command()
def write(
    story: Story,
    language: Annotated[str, typer.Argument(help="The language of your words; the site must have this edition.")],
    file: Annotated[Path, typer.Argument(help="Your words, one paragraph or more; - reads stdin.")],
    settings: SettingsFile = DEFAULT,
    person: Person = "console",
    dry_run: DryRun = False,
) -> None:
    """Your own words instead of the summary; the guard holds them against the statement."""
    text = read_text(file).strip()
    if not text:
        raise UsageError(f"{file}: there are no words in it")
    act(settings, lambda p: p.write(number(story), language, text, person=person, dry_run=dry_run), dry_run)


@app.command()
def edit(
    story: Story,
    language: Annotated[str, typer.Argument(help="The language of the translation.")],
    sentence: Annotated[int, typer.Argument(help="Which sentence, as `explain` numbers them; 0 is the title.")],
    text: Annotated[str, typer.Argument(help="The right translation; it is remembered.")],
    settings: SettingsFile = DEFAULT,
    person: Person = "console",
    dry_run: DryRun = False,
) -> None:
    """Translate one sentence anew; the edition is checked again."""
    if not text.strip():
        raise UsageError("the translation is empty")
    act(
        settings,
        lambda p: p.edit(number(story), language, sentence, text.strip(), person=person, dry_run=dry_run),
        dry_run,
    )


@app.command()
def repost(
    story: Story,
    channels: Annotated[list[str] | None, typer.Argument(help="Only these channels.")] = None,
    language: Annotated[list[str] | None, typer.Option(help="Only these languages.")] = None,
    id_: Id = None,
    settings: SettingsFile = DEFAULT,
    person: Person = "console",
    dry_run: DryRun = False,
) -> None:
    """Post once more what was approved of a story's newest text."""
    said = nonce(id_)
    act(
        settings,
        lambda p: p.repost(number(story), channels or (), language or (), nonce=said, person=person, dry_run=dry_run),
        dry_run,
    )


@app.command()
def correct(
    story: Story,
    channels: Annotated[list[str] | None, typer.Argument(help="Only these channels.")] = None,
    language: Annotated[list[str] | None, typer.Option(help="Only these languages.")] = None,
    revision: Annotated[int | None, typer.Option(help="The revision that you have seen.")] = None,
    id_: Id = None,
    settings: SettingsFile = DEFAULT,
    person: Person = "console",
    dry_run: DryRun = False,
) -> None:
    """Make what is public say what the newest text says: edited in place, or answered where that cannot be done."""
    said = nonce(id_)
    act(
        settings,
        lambda p: p.correct(
            number(story), channels or (), language or (), nonce=said, person=person, revision=revision, dry_run=dry_run
        ),
        dry_run,
    )


@app.command()
def retract(
    story: Story,
    channels: Annotated[list[str] | None, typer.Argument(help="Only these channels.")] = None,
    language: Annotated[list[str] | None, typer.Option(help="Only these languages.")] = None,
    reason: Annotated[str, typer.Option(help="Why, for the audit trail.")] = "",
    id_: Id = None,
    settings: SettingsFile = DEFAULT,
    person: Person = "console",
    dry_run: DryRun = False,
) -> None:
    """Take away what is public of a story, or mark it as withdrawn; without channels, nothing more of it goes out."""
    said = nonce(id_)
    act(
        settings,
        lambda p: p.retract(
            number(story), channels or (), language or (), nonce=said, reason=reason, person=person, dry_run=dry_run
        ),
        dry_run,
    )


@app.command()
def redact(
    name: Annotated[str, typer.Argument(help="The person, as the family writes the name; - reads it from stdin.")],
    posts: Annotated[list[str] | None, typer.Argument(metavar="[N/CHANNEL/LANGUAGE]...", help="Only these.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Change them; without it, they are only shown.")] = False,
    id_: Id = None,
    settings: SettingsFile = DEFAULT,
    person: Person = "console",
    json_: Json = False,
) -> None:
    """Find every public post that names a person, and take the name out of it."""
    from dataclasses import asdict

    from bot import terminal
    from bot.views import cases

    asked = read_text(Path("-")).strip() if name == "-" else name.strip()
    if not asked:
        raise UsageError("the name is empty")
    if yes:
        said = nonce(id_)
        act(settings, lambda p: p.redact(asked, keys=posts or (), nonce=said, person=person), False)
        return
    found, zone = look(settings, lambda p: cases.redactions(p, asked))
    out([asdict(one) for one in found]) if json_ else terminal.print_redactions(found, zone)
    say("Nothing was changed: add --yes for that." if found else "No public post names this person.")


@app.command()
def pause(
    channel: Annotated[str | None, typer.Argument(help="This channel; without it, every one.")] = None,
    duration: Annotated[str | None, typer.Argument(help='"2h", "30m", "18:00"; without it, until resumed.')] = None,
    settings: SettingsFile = DEFAULT,
    person: Person = "console",
    dry_run: DryRun = False,
) -> None:
    """Send nothing for a while; what comes in is judged and waits."""
    act(settings, lambda p: p.pause(channel, duration, person=person, dry_run=dry_run), dry_run)


@app.command()
def resume(
    channel: Annotated[str | None, typer.Argument(help="This channel; without it, every one.")] = None,
    settings: SettingsFile = DEFAULT,
    person: Person = "console",
    dry_run: DryRun = False,
) -> None:
    """Send again: after a pause, or when what a platform refused is mended."""
    act(settings, lambda p: p.resume(channel, person=person, dry_run=dry_run), dry_run)


@app.command()
def statement(
    file: Annotated[Path, typer.Argument(help="A text: its title, an empty line, the paragraphs; - reads stdin.")],
    language: Annotated[str | None, typer.Option(help="Its language; without it, told by its letters.")] = None,
    settings: SettingsFile = DEFAULT,
    person: Person = "console",
    dry_run: DryRun = False,
) -> None:
    """Hand in a statement that is on no page: it enters the corridor like one of the site."""
    text = read_text(file)
    act(settings, lambda p: p.hand_in(text, language, person=person, dry_run=dry_run), dry_run)


@app.command()
def resolve(
    key: Annotated[str, typer.Argument(help="The post's key, as in `queue`.")],
    verdict: Annotated[str, typer.Argument(help="sent (it is there), again (send it again) or drop.")],
    url: Annotated[str | None, typer.Option(help="Where it is, when it is there.")] = None,
    settings: SettingsFile = DEFAULT,
    person: Person = "console",
    dry_run: DryRun = False,
) -> None:
    """Settle a post whose outcome is unknown, after having looked at the channel."""
    if verdict not in ("sent", "again", "drop"):
        raise UsageError(f"{verdict!r}: say sent, again or drop")
    act(settings, lambda p: p.resolve(key, verdict, person=person, url=url, dry_run=dry_run), dry_run)


# --------------------------------------------------------------------------------------------------------------------
# the house's trades, by themselves


@app.command()
def guard(
    pairs: Annotated[Path, typer.Option(help='JSON Lines {"id","from","to","source","target"[,"second"]}; - = stdin.')],
    glossary: Annotated[Path | None, typer.Option(help="A glossary of your own, TOML.")] = None,
) -> None:
    """Compare sentences with their translations; ends with 3 when any pair is not clear."""
    from bot import guard as room
    from bot.settings import LANGUAGES, shipped_glossary

    words = shipped_glossary(*([read_text(glossary)] if glossary else ()))
    clear = True
    for row in json_lines(pairs, ("from", "to", "source", "target")):
        for field in ("from", "to"):
            if row[field] not in LANGUAGES:
                raise UsageError(f"{pairs}, {row.get('id')}: {field} is {row[field]!r}, none of {', '.join(LANGUAGES)}")
        second = row.get("second")
        if second is not None and not isinstance(second, str):
            raise UsageError(f"{pairs}, {row.get('id')}: second should be a text, the answer of another engine")
        findings = room.compare(row["source"], row["target"], row["from"], row["to"], glossary=words, second=second)
        verdict = room.verdict(findings)
        clear = clear and verdict == "clear"
        shown = [
            {"kind": one.kind, "severity": one.severity, "message": one.message, "expected": one.expected,
             "found": one.found, "source_spans": one.source_spans, "target_spans": one.target_spans}
            for one in findings
        ]  # fmt: skip
        print(json.dumps({"id": row.get("id"), "verdict": verdict, "findings": shown}, ensure_ascii=False))
    if not clear:
        sys.exit(FINDINGS)


@app.command()
def summarise(
    file: Annotated[Path, typer.Argument(help="A text file; - reads stdin.")],
    language: Annotated[str, typer.Option(help="be, ru, en, uk or pl.")],
    characters: Annotated[int, typer.Option(min=1, help="The largest length, separators included.")],
    json_: Json = False,
) -> None:
    """The sentences that say most, verbatim and in their order."""
    from bot import summary as room

    known_language("--language", language)
    sentences = room.cut(room.of_text(read_text(file), language), characters)
    if json_:
        shown = [{"text": one.text, "start": one.start, "end": one.end} for one in sentences]
        out({"sentences": shown, "characters": room.characters(sentences)})
    else:
        out("\n".join(one.text for one in sentences))


@app.command()
def translate(
    file: Annotated[Path, typer.Argument(help="A text file; - reads stdin.")],
    from_: Annotated[str, typer.Option("--from", help="The language of the text.")],
    to: Annotated[str, typer.Option(help="The language to translate into.")],
    engine: Annotated[str | None, typer.Option(help="Only this engine, instead of the chain.")] = None,
    settings: SettingsFile = DEFAULT,
    json_: Json = False,
) -> None:
    """Sentence by sentence, each with the guard's verdict; ends with 3 when any is missing or not clear."""
    from bot import views

    async def work() -> Any:
        async with house(settings) as pipeline:
            return await views.translate_text(pipeline, read_text(file), from_, to, engine)

    rows = run(work())
    out({"sentences": rows}) if json_ else out("\n".join(row["target"] or "—" for row in rows))
    if any(row["verdict"] != "clear" for row in rows):
        sys.exit(FINDINGS)


@app.command()
def length(
    channel: Annotated[str, typer.Option(metavar="KIND", help="telegram, x or newsletter.")],
    file: Annotated[Path, typer.Argument(help='JSON Lines {"id","text"}; - reads stdin.')] = Path("-"),
) -> None:
    """What texts count on a channel, by that channel's own rules."""
    import channels

    if channel not in channels.names():
        raise UsageError(f"--channel: {channel!r} is none of {', '.join(channels.names())}")
    kind = channels.load(channel)
    for row in json_lines(file, ("text",)):
        counted = kind.length(row["text"])
        shown = {"id": row.get("id"), "length": counted.length, "limit": counted.limit, "fits": counted.fits}
        print(json.dumps(shown, ensure_ascii=False))


@subscribers.command("keys")
def make_keys(settings: SettingsFile = DEFAULT) -> None:
    """Make the three keys and put them into secrets/, where none of them is yet."""
    from bot.subscribers.sealing import new_keys

    folder = load_settings(settings).path("secrets")
    folder.mkdir(mode=0o700, exist_ok=True)
    if there := [name for name in new_keys() if (folder / name).exists()]:
        raise UsageError(f"secrets/{there[0]} is there already; other keys would open no reader that it sealed")
    for name, value in new_keys().items():
        file = folder / name
        file.touch(0o600, exist_ok=False)
        file.write_text(value + "\n", encoding="ascii")
        out(f"secrets/{name}")
    say("The pages need the first two; keep reader_private_key from their machine, and all three out of every backup.")


@subscribers.command("count")
def count_readers(settings: SettingsFile = DEFAULT, json_: Json = False) -> None:
    """How many have confirmed."""
    from bot.store import Store, readers

    async def work() -> int:
        store = await Store.open(load_settings(settings).database_url())
        try:
            async with store.read() as c:
                return await readers.count(c)
        finally:
            await store.close()

    number = run(work())
    out({"confirmed": number} if json_ else number)


@subscribers.command("import")
def import_readers(
    file: Annotated[Path, typer.Argument(help="CSV with the columns address, language and, if you like, pace.")],
    settings: SettingsFile = DEFAULT,
    person: Person = "console",
    dry_run: DryRun = False,
) -> None:
    """Take in readers who have agreed elsewhere; what is no address is named by its line. No letter is sent."""
    from bot import readership

    report = run(readership.take_in(load_settings(settings), file, person=person, dry_run=dry_run))
    for line in report.lines:
        out(line)
    if dry_run:
        say("Nothing was written (--dry-run).")
    if report.wrong:
        sys.exit(FINDINGS)


@subscribers.command("export")
def export_reader(address: str, settings: SettingsFile = DEFAULT, person: Person = "console") -> None:
    """All that is stored of one reader, who has asked for it; there is no list of all."""
    from bot import readership

    out(run(readership.stored_of(load_settings(settings), address, person=person)))


@subscribers.command("erase")
def erase_reader(address: str, settings: SettingsFile = DEFAULT, person: Person = "console") -> None:
    """Erase one reader, who has asked for it: from the database and its journal, and from restored copies."""
    from bot import readership

    erased = run(readership.erase(load_settings(settings), address, person=person))
    out("erased" if erased else "there was nobody")


@models.command("list")
def list_models(settings: SettingsFile = DEFAULT, json_: Json = False) -> None:
    """Which pairs are installed, and which the index offers; without a network, the installed ones."""
    from bot import app as root
    from bot.errors import TemporaryError
    from bot.settings import LANGUAGES
    from bot.translation import models as room

    folder = root.models_folder(load_settings(settings))
    url = room.index_url()
    offered: dict[str, room.Offer] = {}
    trouble = None
    try:
        with room.client() as web:
            offered = room.offers(web, url)
    except TemporaryError as error:
        trouble = str(error)
    rows = room.overview(folder, LANGUAGES, offered)
    if json_:
        out({"index": url, "reached": trouble is None, "pairs": rows})
    else:
        for row in rows:
            way = "direct" if row["route"] == "direct" else f"by way of {' and '.join(row['legs'])}: drafts"
            state = "installed" if row["installed"] else "can be fetched"
            out(f"{row['pair']}  {state}  {row['bytes'] / 1e6:.1f} MB  version {row['version']}  {way}")
    if trouble is not None:
        say(f"Only what is installed is shown: {trouble}.")


@models.command("fetch")
def fetch_models(
    pair: Annotated[str, typer.Argument(metavar="PAIR", help="Two languages, e.g. be-en.")],
    settings: SettingsFile = DEFAULT,
) -> None:
    """Bring the model for a pair here, or both when the way leads through English; goes on where it was cut off."""
    from urllib.parse import urlsplit

    from bot import app as root
    from bot.settings import LANGUAGES
    from bot.translation import models as room

    folder = root.models_folder(load_settings(settings))
    url = room.index_url()
    with room.client() as web:
        offered = room.offers(web, url)
        source, _, target = pair.partition("-")
        way = room.legs(source, target, lambda leg: leg in offered)
        if not way or not {source, target} <= set(LANGUAGES):
            known = ", ".join(row["pair"] for row in room.overview(folder, LANGUAGES, offered))
            raise UsageError(f"there is no model for {pair!r}; there are: {known}")
        for leg in way:
            made = room.fetch(web, folder, offered[leg], source=urlsplit(url).hostname or "", progress=_bar)
            say(f"{leg}: version {made.version} is installed." if made else f"{leg}: was here already, unchanged.")


@glossaries.command("check")
def check_glossary(
    file: Annotated[Path | None, typer.Argument(help="A glossary; without it, the one that the settings name.")] = None,
    settings: SettingsFile = DEFAULT,
) -> None:
    """Say line by line what is wrong in a glossary; ends with 3 when anything is."""
    from bot.text import glossary, listing

    loaded = load_settings(settings) if file is None or settings.exists() else None
    where = file or own_glossary(settings)
    text = read_text(where)
    languages = loaded.project.languages if loaded else listing.used(text)
    remarks = listing.check(text, shipped=read_text(glossary.SHIPPED), languages=languages)
    for remark in remarks:
        out(f"{where}:{remark.line}: {'' if remark.wrong else 'note: '}{remark.text}")
    wrong = sum(remark.wrong for remark in remarks)
    say(f"{where}: {wrong} to put right" if wrong else f"{where}: in order")
    if wrong:
        sys.exit(FINDINGS)


@glossaries.command("add")
def add_to_glossary(
    kind: Annotated[str, typer.Argument(help="people, places, institutions or never_name.")],
    id_: Annotated[str, typer.Argument(metavar="ID", help="Its id, such as kulik-alena; of never_name, not the name.")],
    be: Annotated[str | None, typer.Option(help="The name in Belarusian, in the nominative.")] = None,
    ru: Annotated[str | None, typer.Option(help="… in Russian.")] = None,
    en: Annotated[str | None, typer.Option(help="… in English.")] = None,
    uk: Annotated[str | None, typer.Option(help="… in Ukrainian.")] = None,
    pl: Annotated[str | None, typer.Option(help="… in Polish.")] = None,
    form: Annotated[list[str] | None, typer.Option(metavar="LANGUAGE=NAME", help="One more form of it.")] = None,
    settings: SettingsFile = DEFAULT,
) -> None:
    """Add an entry to the glossary that the settings name; a running service reads it when it next starts."""
    from bot.text import glossary, listing

    where = own_glossary(settings)
    forms = listing.forms({"be": be, "ru": ru, "en": en, "uk": uk, "pl": pl}, form or ())
    text = read_text(where) if where.exists() else ""
    new, remarks = listing.add(text, kind, id_, forms, shipped=read_text(glossary.SHIPPED))
    replace_file(where, new)
    for remark in remarks:
        say(f"note: {remark.text}")
    out(f"{where}: {kind}.{id_} added")


def own_glossary(settings: Path) -> Path:
    """The glossary that the settings name. Raises UsageError when they name none."""
    loaded = load_settings(settings)
    if not loaded.translation.glossary:
        raise UsageError('the settings name no glossary of your own; write: [translation] glossary = "glossary.toml"')
    return loaded.path(loaded.translation.glossary)


def replace_file(file: Path, text: str) -> None:
    """Write a text file whole or not at all; it keeps its permissions."""
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        part.write_text(text, encoding="utf-8", newline="")
        if file.exists():
            part.chmod(file.stat().st_mode & 0o777)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _bar(name: str, size: int, here: int) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal, one line elsewhere."""
    if not sys.stderr.isatty():
        say(f"{name}: {size / 1e6:.1f} MB" + (f", {here / 1e6:.1f} MB of it here already" if here else ""))
        yield lambda _: None
        return
    with typer.progressbar(length=size, label=name, file=sys.stderr) as bar:
        bar.update(here)
        yield bar.update


@app.command()
def settings() -> None:
    """Every key of settings.toml, with its meaning and default."""
    from bot.settings import reference

    out(reference().rstrip("\n"))
