"""pydantic-ai, with its own defaults."""

import asyncio
import base64

import openai
import pydantic
import pytest
from pydantic_ai import Agent, BinaryContent, Embedder, NativeOutput
from pydantic_ai.embeddings.openai import OpenAIEmbeddingModel
from pydantic_ai.exceptions import (
    ModelAPIError,
    ModelAuthenticationError,
    ModelContextWindowExceededError,
    ModelNotFoundError,
    ModelQuotaExceededError,
    ModelRateLimitError,
)
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

from scripted import API_KEY, BASE_URL, BREAKS, DIRECT_URL, PROMPT, QUESTION, RED_PIXEL, VECTORS, WEATHER_ANSWER, Script


class Person(pydantic.BaseModel):
    name: str
    age: int


def provider(**options) -> OpenAIProvider:
    return OpenAIProvider(**{"base_url": BASE_URL, "api_key": API_KEY, **options})


def agent(model: str, options: dict | None = None, **agent_options) -> Agent:
    return Agent(OpenAIChatModel(model, provider=provider(**(options or {}))), **agent_options)


def weather_agent(script: Script) -> tuple[Agent, list[str]]:
    cities = []
    asked = agent(script.model)

    @asked.tool_plain
    def get_weather(city: str) -> str:
        cities.append(city)
        return "21 degrees"

    return asked, cities


async def read(asked: Agent) -> list[str]:
    """The pieces of a stream."""
    pieces = []
    async with asked.run_stream(PROMPT) as result:
        async for piece in result.stream_text(delta=True, debounce_by=None):
            pieces.append(piece)
    return pieces


def test_text():
    script = Script("text")
    result = agent(script.model, model_settings={"temperature": 0.5}).run_sync(PROMPT)
    assert (result.output, result.usage.total_tokens) == ("Hello.", 12)
    body = script.requests()[0]["body"]
    assert (body["messages"], body["temperature"]) == (QUESTION, 0.5)


def test_stream():
    assert asyncio.run(read(agent(Script("text").model))) == ["Hel", "lo", "."]


@pytest.mark.parametrize("is_stream", [False, True], ids=["whole", "stream"])
def test_tools(is_stream):
    script = Script("tools")
    asked, cities = weather_agent(script)
    answer = "".join(asyncio.run(read(asked))) if is_stream else asked.run_sync(PROMPT).output
    assert (answer, cities) == (WEATHER_ANSWER, ["Paris"])
    first, second = script.requests()
    assert first["body"]["tools"][0]["function"]["name"] == "get_weather"
    assert second["body"]["messages"][-1]["tool_call_id"] == "call_1"


@pytest.mark.parametrize("is_native", [False, True], ids=["by a call", "native"])
def test_structured_output(is_native):
    script = Script("object")
    result = agent(script.model, output_type=NativeOutput(Person) if is_native else Person).run_sync(PROMPT)
    assert result.output == Person(name="Ada", age=36)
    body = script.requests()[0]["body"]
    # By default the output is the arguments of a call that the model must make.
    assert body.get("response_format", {}).get("type") == ("json_schema" if is_native else None)
    assert body.get("tool_choice") == (None if is_native else "required")


def test_vision():
    script = Script("vision")
    image = BinaryContent(base64.b64decode(RED_PIXEL), media_type="image/png")
    assert agent(script.model).run_sync(["What is this?", image]).output == "A red square."
    [_, part] = script.requests()[0]["body"]["messages"][0]["content"]
    assert part["image_url"]["url"] == f"data:image/png;base64,{RED_PIXEL}"


def test_embeddings():
    script = Script("embed")
    embedder = Embedder(OpenAIEmbeddingModel(script.model, provider=provider()))
    result = asyncio.run(embedder.embed_documents(["one", "two"]))
    assert [list(vector) for vector in result.embeddings] == VECTORS
    assert script.requests()[0]["body"]["input"] == ["one", "two"]


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


def test_abort_of_a_whole_answer():
    async def run():
        script = Script("stall")
        await script.cancel(agent(script.model).run(PROMPT))

    asyncio.run(run())


@pytest.mark.parametrize("is_stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize(
    ("model", "options", "error_class", "status"),
    [
        (Script("text").model, {"api_key": "wrong"}, ModelAuthenticationError, 401),
        ("nowhere/x", {}, ModelNotFoundError, 404),
        (Script("too-long").model, {}, ModelContextWindowExceededError, 400),
        (Script("broke").model, {}, ModelQuotaExceededError, 429),
    ],
    ids=["wrong key", "unknown model", "too long", "no quota"],
)
def test_error_before_the_stream(model, options, error_class, status, is_stream):
    asked = agent(model, options)
    with pytest.raises(error_class) as raised:
        asyncio.run(read(asked)) if is_stream else asked.run_sync(PROMPT)
    assert raised.value.status_code == status


def test_error_where_a_limit_is_reached():
    once = openai.AsyncOpenAI(base_url=BASE_URL, api_key=API_KEY, max_retries=0)
    model = OpenAIChatModel(Script("busy").model, provider=OpenAIProvider(openai_client=once))
    pytest.raises(ModelRateLimitError, Agent(model).run_sync, PROMPT)


def test_retry_when_the_gateway_says():
    script = Script("busy-once")
    assert agent(script.model).run_sync(PROMPT).output == "Hello."
    assert len(script.requests()) == 2


def test_no_retry_where_the_gateway_says_that_none_helps():
    script = Script("broke")
    with pytest.raises(ModelQuotaExceededError):
        agent(script.model).run_sync(PROMPT)
    assert len(script.requests()) == 1


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
    assert (pieces, raised.value.body["code"], len(script.requests())) == (["Hel"], code, 1)


def test_without_the_gateway_a_stream_that_ends_early_looks_whole():
    assert asyncio.run(read(agent(Script("ends").name, {"base_url": DIRECT_URL}))) == ["Hel"]


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
