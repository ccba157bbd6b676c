"""What docs/guard.md says of the guard's blind spots is true. All people here are invented."""

from pathlib import Path

from bot.guard import compare, verdict
from bot.text.glossary import parse

PAGE = Path(__file__).parents[1] / "docs" / "guard.md"


def test_what_the_page_says_of_the_blind_spots_is_true() -> None:
    """Each example that the page gives of what the guard cannot see does pass it: nobody is promised more."""
    section = PAGE.read_text(encoding="utf-8").partition("## What it cannot see")[2].partition("\n## ")[0]
    lines = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| ")]
    rows = [line for line in lines if line[0] != "what"]
    assert len(rows) >= 9
    for _, pair, source, target in rows:
        from_, _, to = pair.partition("-")
        assert verdict(compare(source, target, from_, to, glossary=parse(""))) == "clear", source
