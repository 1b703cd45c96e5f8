"""pydantic-ai's OpenAIResponsesModel, with its own defaults."""

import asyncio
import base64

import pydantic
import pytest
from pydantic_ai import Agent, BinaryContent, NativeOutput
from pydantic_ai.exceptions import (
    ModelAPIError,
    ModelAuthenticationError,
    ModelContextWindowExceededError,
    ModelNotFoundError,
    ModelQuotaExceededError,
)
from pydantic_ai.models.openai import OpenAIResponsesModel
from pydantic_ai.providers.openai import OpenAIProvider

from scripted import API_KEY, BASE_URL, BREAKS, IMAGE_QUESTION, PROMPT, QUESTION, RED_PIXEL, WEATHER_ANSWER, Script


class Person(pydantic.BaseModel):
    name: str
    age: int


def agent(model: str, api_key: str = API_KEY, **options) -> Agent:
    return Agent(OpenAIResponsesModel(model, provider=OpenAIProvider(base_url=BASE_URL, api_key=api_key)), **options)


def weather_agent(script: Script) -> tuple[Agent, list[str]]:
    cities = []
    asked = agent(script.model)

    @asked.tool_plain
    def get_weather(city: str) -> str:
        cities.append(city)
        return "21 degrees"

    return asked, cities


async def read(asked: Agent, history=None) -> list[str]:
    """The pieces of a stream."""
    async with asked.run_stream(PROMPT, message_history=history) as result:
        return [piece async for piece in result.stream_text(delta=True, debounce_by=None)]


def roles(request: dict) -> list[str]:
    return [message["role"] for message in request["body"]["messages"]]


def test_text():
    script = Script("text")
    result = agent(script.model, model_settings={"temperature": 0.5}).run_sync(PROMPT)
    assert (result.output, result.usage.total_tokens) == ("Hello.", 12)
    body = script.requests()[0]["body"]
    assert (body["messages"], body["temperature"]) == (QUESTION, 0.5)


def test_stream():
    assert asyncio.run(read(agent(Script("text").model))) == ["Hel", "lo", "."]


@pytest.mark.parametrize("is_stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("scenario", ["tools", "thinks"])
def test_tools(scenario, is_stream):
    script = Script(scenario)
    asked, cities = weather_agent(script)
    answer = "".join(asyncio.run(read(asked))) if is_stream else asked.run_sync(PROMPT).output
    assert (answer, cities) == (WEATHER_ANSWER, ["Paris"])
    first, second = script.requests()
    assert first["body"]["tools"][0]["function"]["name"] == "get_weather"
    assert roles(second) == ["user", "assistant", "tool"]
    assert second["body"]["messages"][-1]["tool_call_id"] == "call_1"


def test_next_question():
    script = Script("thinks")
    asked, _ = weather_agent(script)
    history = asked.run_sync(PROMPT).all_messages()
    asked.run_sync(PROMPT, message_history=history)
    assert roles(script.requests()[2]) == ["user", "assistant", "tool", "assistant", "user"]


@pytest.mark.parametrize("is_native", [False, True], ids=["by a call", "native"])
def test_structured_output(is_native):
    script = Script("object")
    result = agent(script.model, output_type=NativeOutput(Person) if is_native else Person).run_sync(PROMPT)
    assert result.output == Person(name="Ada", age=36)
    body = script.requests()[0]["body"]
    assert body.get("response_format", {}).get("type") == ("json_schema" if is_native else None)
    assert body.get("tool_choice") == (None if is_native else "required")


def test_vision():
    script = Script("vision")
    image = BinaryContent(base64.b64decode(RED_PIXEL), media_type="image/png")
    assert agent(script.model).run_sync(["What is this?", image]).output == "A red square."
    [_, part] = script.requests()[0]["body"]["messages"][0]["content"]
    assert part["image_url"]["url"] == IMAGE_QUESTION[0]["content"][1]["image_url"]["url"]


def test_abort_of_a_whole_answer():
    async def run():
        script = Script("stall")
        await script.cancel(agent(script.model).run(PROMPT))

    asyncio.run(run())


def test_abort_of_a_stream():
    async def run():
        script = Script("stall")
        async with agent(script.model).run_stream(PROMPT) as result:
            async for piece in result.stream_text(delta=True, debounce_by=None):
                assert piece == "Hel"
                break
            await result.cancel()
        await asyncio.to_thread(script.gone)

    asyncio.run(run())


@pytest.mark.parametrize("is_stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize(
    ("model", "api_key", "error_class", "status"),
    [
        (Script("text").model, "wrong", ModelAuthenticationError, 401),
        ("nowhere/x", API_KEY, ModelNotFoundError, 404),
        (Script("too-long").model, API_KEY, ModelContextWindowExceededError, 400),
        (Script("broke").model, API_KEY, ModelQuotaExceededError, 429),
    ],
    ids=["wrong key", "unknown model", "too long", "no quota"],
)
def test_error_before_the_stream(model, api_key, error_class, status, is_stream):
    asked = agent(model, api_key)
    with pytest.raises(error_class) as raised:
        asyncio.run(read(asked)) if is_stream else asked.run_sync(PROMPT)
    assert raised.value.status_code == status


@pytest.mark.parametrize(("scenario", "code", "words"), BREAKS, ids=["cut", "fails", "ends"])
def test_error_in_the_stream(scenario, code, words):
    script = Script(scenario)
    pieces = []

    async def run():
        async with agent(script.model).run_stream(PROMPT) as result:
            async for piece in result.stream_text(delta=True, debounce_by=None):
                pieces.append(piece)
                script.release()

    with pytest.raises(ModelAPIError, match=words) as raised:
        asyncio.run(run())
    assert (pieces, raised.value.body["code"], len(script.requests())) == (["Hel"], code or "server_error", 1)


def test_call_that_is_cut_is_not_run():
    script = Script("cut-call")
    asked, cities = weather_agent(script)

    async def run():
        async with asked.run_stream_events(PROMPT) as events:
            async for _ in events:
                script.release()

    with pytest.raises(ModelAPIError, match="broke off"):
        asyncio.run(run())
    assert (cities, len(script.requests())) == ([], 1)
