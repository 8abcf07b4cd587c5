"""Managers who have Today open and cleaners whose phones listen, without browsers: a process of its own for `bench.console`.

Reads one line of JSON: the console's `url`, a manager's `name` and `password`, how many `managers`, and the `passes` of phones. Says
`ready` once all are in, and what went wrong; ends with its standard input, and then tells as JSON what they heard.
"""

import asyncio
import json
import re
import sys
from collections import Counter
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import httpx
import socketio

_QUERY = re.compile(r"query: \{'client_id': '([0-9a-f-]+)', 'next_message_id': (\d+)")
AT_A_TIME = 8


async def main() -> None:
    told = json.loads(await asyncio.to_thread(sys.stdin.readline))
    heard, lane = Counter[str](), asyncio.Semaphore(AT_A_TIME)
    async with asyncio.TaskGroup() as group:
        comings = [group.create_task(manager(told, heard, lane)) for _ in range(told["managers"])]
        comings += [group.create_task(phone(told["url"], key, heard, lane)) for key in told["passes"]]
    leaving = [task.result() for task in comings]
    print(json.dumps({"ready": len(leaving)}), flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    print(json.dumps(heard), flush=True)
    for one in leaving:
        await one()


async def manager(told: dict[str, Any], heard: Counter[str], lane: asyncio.Semaphore) -> Any:
    """Sign in, load Today, and stay on its socket."""
    async with lane, httpx.AsyncClient(base_url=told["url"], trust_env=False, timeout=120) as web:
        await web.post("/login", data={"name": told["name"], "password": told["password"]})
        page = (await web.get("/town/today")).raise_for_status().text
        found = _QUERY.search(page)
        assert found, page[:500]
        query = {"client_id": found[1], "next_message_id": found[2], "implicit_handshake": "true"}
        query |= {"tab_id": str(uuid4()), "document_id": str(uuid4())}
        cookie = f"weisu-session={web.cookies['weisu-session']}"
        socket = socketio.AsyncClient()
        socket.on("*", lambda event, *_: heard.update([f"page {event}"]))
        address = f"{told['url']}?{urlencode(query)}"
        await socket.connect(address, headers={"Cookie": cookie}, transports=["websocket"], socketio_path="/_nicegui_ws/socket.io")
    return socket.disconnect


async def phone(url: str, key: str, heard: Counter[str], lane: asyncio.Semaphore) -> Any:
    """Sign in by a pass, and listen."""
    web = httpx.AsyncClient(base_url=url, trust_env=False, timeout=None)
    async with lane:
        entered = await web.post(f"/phone/enter/{key}")
        assert entered.status_code == 303, entered.text
        listens = asyncio.Event()
        listening = asyncio.create_task(_listen(web, heard, listens))
        await listens.wait()

    async def leave() -> None:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        await web.aclose()

    return leave


async def _listen(web: httpx.AsyncClient, heard: Counter[str], listens: asyncio.Event) -> None:
    async with web.stream("GET", "/phone/api/events") as events:
        async for line in events.aiter_lines():
            if line.startswith("data:"):
                heard.update(["phone events"])
                listens.set()


if __name__ == "__main__":
    asyncio.run(main())
