"""How long a statement takes from the fetched entry to the accepted post: service, feed and Bot API on loopback.

`python -m benchmarks.first_post`: settle time 0, one Telegram channel, 20 statements one after the other; the time runs
from the last byte of the feed that bears the new entry to the acceptance of its post.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
import time
from pathlib import Path

from tests.house import House, item, rss
from tests.telegram_server import TOKEN, BotApi
from tests.web import Web, answer

STATEMENTS = 20


async def measure() -> list[float]:
    """Seconds for each statement."""
    os.environ["VESTKA_TELEGRAM_TOKEN"] = TOKEN
    seconds: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        async with Web() as web, BotApi() as api:
            channel = (
                f'[channels.telegram-be]\nkind = "telegram"\nlanguage = "be"\nchat = "@vestka_be"\n'
                f'api_base = "{api.url}"\n'
            )
            quick = 'every = "1s"\ncheck_links = false\n'
            house = House(Path(folder), {"be": web.url("/be.xml")}, quick, channels=channel)
            house.settings.write_text(house.settings.read_text().replace('wire = "rehearsal"', 'wire = "live"'))
            items = [item("old", "Старая заява", "Яна была тут раней.", hours=2)]
            served: list[float] = []

            async def feed(writer: asyncio.StreamWriter) -> None:
                writer.write(answer(rss(items)))
                await writer.drain()
                if len(items) > len(served) + 1:
                    served.append(time.monotonic())

            web.answers["/be.xml"] = feed
            process = await house.start("run")
            while not web.requests:  # noqa: ASYNC110  # another process's doing
                await asyncio.sleep(0.01)
            await asyncio.sleep(3)
            for number in range(STATEMENTS):
                items.append(
                    item(f"n{number}", f"Заява нумар {number}", f"Суд Мройска пакараў {number + 30} чалавек.", hours=0)
                )
                while len(api.public) <= number:  # noqa: ASYNC110  # as above
                    await asyncio.sleep(0.001)
                seconds.append(time.monotonic() - served[number])
                await asyncio.sleep(4.5)  # the platform's own pace is not what is measured
            process.terminate()
            await process.communicate()
    return seconds


if __name__ == "__main__":
    found = asyncio.run(measure())
    print(
        f"{len(found)} statements: median {statistics.median(found):.2f} s, fastest {min(found):.2f} s, "
        f"slowest {max(found):.2f} s"
    )
