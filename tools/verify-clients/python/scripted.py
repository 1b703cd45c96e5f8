"""The running gateway, and models that answer as their names say (../upstream/answers.mjs)."""

import asyncio
import json
import os
import urllib.request
import uuid
from collections.abc import Awaitable

BASE_URL = os.environ["MANA_LLM_URL"] + "/v1"
API_KEY = os.environ["MANA_LLM_API_KEY"]
UPSTREAM_URL = os.environ["SCRIPTED_UPSTREAM_URL"]

# The upstream itself: there a model has its name alone.
DIRECT_URL = UPSTREAM_URL + "/v1"

PROMPT = "Say hello."
QUESTION = [{"role": "user", "content": PROMPT}]
WEATHER_ANSWER = 'The tool says: "21 degrees"'
VECTORS = [[1, 0, 0.5], [2, 0, 0.5]]
# One red pixel.
RED_PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR42mP4z8AAAAMBAQD3A0FDAAAAAElFTkSuQmCC"
IMAGE_QUESTION = [
    {
        "role": "user",
        "content": [
            {"type": "text", "text": "What is this?"},
            {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{RED_PIXEL}"}},
        ],
    }
]
WEATHER_TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
# How a stream breaks: the scenario, the code of the gateway's error frame, words of its message.
BREAKS = [
    ("cut", "stream_broken", "broke off"),
    ("fails", None, "The engine stopped"),
    ("ends", "stream_broken", "without its end marker"),
]


class Script:
    """A model that nobody else asks."""

    def __init__(self, scenario: str) -> None:
        self.name = f"{scenario}.{uuid.uuid4()}"
        self.model = f"scripted/{self.name}"

    def _ask(self, path: str) -> object:
        with urllib.request.urlopen(f"{UPSTREAM_URL}/{path}?model={self.name}", timeout=30) as response:
            return json.load(response)

    def requests(self) -> list[dict]:
        """What the upstream was sent: path, headers and body of each request."""
        return self._ask("requests")

    def asked(self) -> None:
        """Returns when the first request has come."""
        self._ask("asked")

    def gone(self) -> None:
        """Returns when the connection of the first request has ended before its answer."""
        self._ask("gone")

    def release(self) -> None:
        """Lets a stream break that has waited until its start was seen."""
        self._ask("release")

    async def cancel(self, answer: Awaitable[object]) -> None:
        """Cancels a call once the upstream has its request, and waits until that request is gone."""
        task = asyncio.ensure_future(answer)
        await asyncio.to_thread(self.asked)
        task.cancel()
        done, _ = await asyncio.wait([task])
        assert task.cancelled(), done
        await asyncio.to_thread(self.gone)
