"""The official client, with its own defaults: two retries, ten minutes."""

import asyncio

import openai
import pydantic
import pytest

from scripted import API_KEY, BASE_URL, BREAKS, DIRECT_URL, IMAGE_QUESTION, QUESTION, VECTORS, WEATHER_ANSWER, WEATHER_TOOL, Script

client = openai.OpenAI(base_url=BASE_URL, api_key=API_KEY)
chat = client.chat.completions


class Person(pydantic.BaseModel):
    name: str
    age: int


def text_of(chunk) -> str:
    return "".join(choice.delta.content or "" for choice in chunk.choices)


def test_text():
    script = Script("text")
    completion = chat.create(model=script.model, messages=QUESTION, temperature=0.5)
    assert (completion.choices[0].message.content, completion.usage.total_tokens) == ("Hello.", 12)
    body = script.requests()[0]["body"]
    assert (body["messages"], body["temperature"]) == (QUESTION, 0.5)


def test_stream():
    options = {"stream": True, "stream_options": {"include_usage": True}}
    chunks = list(chat.create(model=Script("text").model, messages=QUESTION, **options))
    assert [text_of(chunk) for chunk in chunks if text_of(chunk)] == ["Hel", "lo", "."]
    assert chunks[-1].usage.total_tokens == 12


@pytest.mark.parametrize("is_stream", [False, True], ids=["whole", "stream"])
def test_tools(is_stream):
    script = Script("tools")

    def ask(messages):
        request = {"model": script.model, "messages": messages, "tools": [WEATHER_TOOL]}
        if not is_stream:
            return chat.create(**request).choices[0].message
        with chat.stream(**request) as stream:
            return stream.get_final_completion().choices[0].message

    message = ask(QUESTION)
    [call] = message.tool_calls
    assert (call.id, call.function.name, call.function.arguments) == ("call_1", "get_weather", '{"city":"Paris"}')
    result = {"role": "tool", "tool_call_id": call.id, "content": "21 degrees"}
    assert ask([*QUESTION, message.model_dump(exclude_none=True), result]).content == WEATHER_ANSWER
    first, second = script.requests()
    assert first["body"]["tools"] == [WEATHER_TOOL]
    assert second["body"]["messages"][-1] == result


def test_structured_output():
    script = Script("object")
    completion = chat.parse(model=script.model, messages=QUESTION, response_format=Person)
    assert completion.choices[0].message.parsed == Person(name="Ada", age=36)
    sent = script.requests()[0]["body"]["response_format"]
    assert (sent["type"], sent["json_schema"]["name"], sent["json_schema"]["strict"]) == ("json_schema", "Person", True)


def test_vision():
    script = Script("vision")
    completion = chat.create(model=script.model, messages=IMAGE_QUESTION)
    assert completion.choices[0].message.content == "A red square."
    assert script.requests()[0]["body"]["messages"] == IMAGE_QUESTION


def test_embeddings():
    script = Script("embed")
    answer = client.embeddings.create(model=script.model, input=["one", "two"])
    assert [item.embedding for item in answer.data] == VECTORS
    assert script.requests()[0]["body"]["input"] == ["one", "two"]


def test_abort_of_a_stream():
    script = Script("stall")
    with chat.create(model=script.model, messages=QUESTION, stream=True) as stream:
        assert next(text_of(chunk) for chunk in stream if text_of(chunk)) == "Hel"
    script.gone()


def test_abort_of_a_whole_answer():
    async def run():
        script = Script("stall")
        async with openai.AsyncOpenAI(base_url=BASE_URL, api_key=API_KEY) as patient:
            await script.cancel(patient.chat.completions.create(model=script.model, messages=QUESTION))

    asyncio.run(run())


@pytest.mark.parametrize("is_stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize(
    ("model", "options", "error_class", "code"),
    [
        (Script("text").model, {"api_key": "wrong"}, openai.AuthenticationError, "invalid_api_key"),
        ("nowhere/x", {}, openai.NotFoundError, "model_not_found"),
        (Script("too-long").model, {}, openai.BadRequestError, "context_length_exceeded"),
        (Script("busy").model, {"max_retries": 0}, openai.RateLimitError, "rate_limit_exceeded"),
    ],
    ids=["wrong key", "unknown model", "too long", "busy"],
)
def test_error_before_the_stream(model, options, error_class, code, is_stream):
    with pytest.raises(error_class) as raised:
        client.with_options(**options).chat.completions.create(model=model, messages=QUESTION, stream=is_stream)
    assert raised.value.code == code
    assert raised.value.request_id


def test_retry_when_the_gateway_says():
    script = Script("busy-once")
    assert chat.create(model=script.model, messages=QUESTION).choices[0].message.content == "Hello."
    assert len(script.requests()) == 2


def test_no_retry_where_the_gateway_says_that_none_helps():
    script = Script("broke")
    with pytest.raises(openai.RateLimitError) as raised:
        chat.create(model=script.model, messages=QUESTION)
    assert (raised.value.code, len(script.requests())) == ("insufficient_quota", 1)


@pytest.mark.parametrize(("scenario", "code", "words"), BREAKS, ids=["cut", "fails", "ends"])
def test_error_in_the_stream(scenario, code, words):
    script = Script(scenario)
    text = ""
    with pytest.raises(openai.APIError, match=words) as raised:
        for chunk in chat.create(model=script.model, messages=QUESTION, stream=True):
            text += text_of(chunk)
            if text:
                script.release()
    assert (text, raised.value.code, len(script.requests())) == ("Hel", code, 1)


def test_without_the_gateway_a_stream_that_ends_early_looks_whole():
    direct = client.with_options(base_url=DIRECT_URL)
    chunks = direct.chat.completions.create(model=Script("ends").name, messages=QUESTION, stream=True)
    assert "".join(map(text_of, chunks)) == "Hel"


def test_call_that_is_cut_ends_in_an_error():
    script = Script("cut-call")
    with pytest.raises(openai.APIError) as raised:
        with chat.stream(model=script.model, messages=QUESTION, tools=[WEATHER_TOOL]) as stream:
            for event in stream:
                assert event.type != "tool_calls.function.arguments.done"
                script.release()
    assert (raised.value.code, len(script.requests())) == ("stream_broken", 1)
