"""litellm as an SDK, with its own defaults. The name of the provider before the model's says how to ask, not whom."""

import asyncio

import litellm
import pydantic
import pytest
from litellm.exceptions import MidStreamFallbackError

from scripted import API_KEY, BASE_URL, BREAKS, DIRECT_URL, IMAGE_QUESTION, QUESTION, VECTORS, WEATHER_ANSWER, WEATHER_TOOL, Script

OPTIONS = {"api_base": BASE_URL, "api_key": API_KEY}


class Person(pydantic.BaseModel):
    name: str
    age: int


def request_of(model: str, messages=QUESTION, **options) -> dict:
    return {**OPTIONS, "model": f"openai/{model}", "messages": messages, **options}


def chat(script: Script, messages=QUESTION, **options):
    return litellm.completion(**request_of(script.model, messages, **options))


def text_of(chunk) -> str:
    return "".join(choice.delta.content or "" for choice in chunk.choices)


def test_text():
    script = Script("text")
    completion = chat(script, temperature=0.5)
    assert (completion.choices[0].message.content, completion.usage.total_tokens) == ("Hello.", 12)
    body = script.requests()[0]["body"]
    assert (body["messages"], body["temperature"]) == (QUESTION, 0.5)


def test_stream():
    chunks = list(chat(Script("text"), stream=True, stream_options={"include_usage": True}))
    assert [text_of(chunk) for chunk in chunks if text_of(chunk)] == ["Hel", "lo", "."]
    assert litellm.stream_chunk_builder(chunks).usage.total_tokens == 12


@pytest.mark.parametrize("is_stream", [False, True], ids=["whole", "stream"])
def test_tools(is_stream):
    script = Script("tools")

    def ask(messages):
        answer = chat(script, messages, tools=[WEATHER_TOOL], stream=is_stream)
        return (litellm.stream_chunk_builder(list(answer)) if is_stream else answer).choices[0].message

    message = ask(QUESTION)
    [call] = message.tool_calls
    assert (call.id, call.function.name, call.function.arguments) == ("call_1", "get_weather", '{"city":"Paris"}')
    result = {"role": "tool", "tool_call_id": call.id, "content": "21 degrees"}
    assert ask([*QUESTION, message, result]).content == WEATHER_ANSWER
    first, second = script.requests()
    assert first["body"]["tools"] == [WEATHER_TOOL]
    assert second["body"]["messages"][-1] == result


def test_structured_output():
    script = Script("object")
    completion = chat(script, response_format=Person)
    assert Person.model_validate_json(completion.choices[0].message.content) == Person(name="Ada", age=36)
    sent = script.requests()[0]["body"]["response_format"]
    assert (sent["type"], sent["json_schema"]["name"]) == ("json_schema", "Person")


def test_vision():
    script = Script("vision")
    assert chat(script, IMAGE_QUESTION).choices[0].message.content == "A red square."
    assert script.requests()[0]["body"]["messages"] == IMAGE_QUESTION


def test_embeddings():
    script = Script("embed")
    answer = litellm.embedding(model=f"openai/{script.model}", input=["one", "two"], **OPTIONS)
    assert [item["embedding"] for item in answer.data] == VECTORS
    assert script.requests()[0]["body"]["input"] == ["one", "two"]


def test_abort_of_a_stream():
    async def run():
        script = Script("stall")
        chunks = await litellm.acompletion(**request_of(script.model, stream=True))
        async for chunk in chunks:
            if text_of(chunk) == "Hel":
                break
        await chunks.aclose()
        await asyncio.to_thread(script.gone)

    asyncio.run(run())


def test_abort_of_a_whole_answer():
    async def run():
        script = Script("stall")
        await script.cancel(litellm.acompletion(**request_of(script.model)))

    asyncio.run(run())


@pytest.mark.parametrize("is_stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize(
    ("model", "options", "error_class"),
    [
        (Script("text").model, {"api_key": "wrong"}, litellm.AuthenticationError),
        ("nowhere/x", {}, litellm.NotFoundError),
        (Script("too-long").model, {}, litellm.ContextWindowExceededError),
        (Script("busy").model, {"max_retries": 0}, litellm.RateLimitError),
    ],
    ids=["wrong key", "unknown model", "too long", "busy"],
)
def test_error_before_the_stream(model, options, error_class, is_stream):
    with pytest.raises(error_class):
        litellm.completion(**request_of(model, stream=is_stream, **options))


def test_retry_when_the_gateway_says():
    script = Script("busy-once")
    assert chat(script).choices[0].message.content == "Hello."
    assert len(script.requests()) == 2


def test_no_retry_where_the_gateway_says_that_none_helps():
    script = Script("broke")
    with pytest.raises(litellm.RateLimitError):
        chat(script)
    assert len(script.requests()) == 1


@pytest.mark.parametrize(("scenario", "code", "words"), BREAKS, ids=["cut", "fails", "ends"])
def test_error_in_the_stream(scenario, code, words):
    script = Script(scenario)
    text = ""
    with pytest.raises(MidStreamFallbackError, match=words) as raised:
        for chunk in chat(script, stream=True):
            text += text_of(chunk)
            if text:
                script.release()
    assert (text, raised.value.generated_content, len(script.requests())) == ("Hel", "Hel", 1)


def test_without_the_gateway_a_stream_that_ends_early_is_an_error_too():
    with pytest.raises(MidStreamFallbackError) as raised:
        list(litellm.completion(**request_of(Script("ends").name, stream=True, api_base=DIRECT_URL)))
    assert raised.value.generated_content == "Hel"


def test_call_that_is_cut_ends_in_an_error():
    script = Script("cut-call")
    with pytest.raises(MidStreamFallbackError, match="broke off"):
        for chunk in chat(script, tools=[WEATHER_TOOL], stream=True):
            assert chunk.choices[0].finish_reason is None
            if chunk.choices[0].delta.tool_calls:
                script.release()
    assert len(script.requests()) == 1
