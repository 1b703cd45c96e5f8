"""langchain-openai with use_responses_api=True, and its own defaults otherwise."""

import asyncio

import openai
import pydantic
import pytest
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI

from scripted import API_KEY, BASE_URL, BREAKS, IMAGE_QUESTION, QUESTION, WEATHER_ANSWER, Script


class Person(pydantic.BaseModel):
    """A person."""

    name: str
    age: int


@tool
def get_weather(city: str) -> str:
    """The weather in a city."""
    return "21 degrees"


def chat(model: str, **options) -> ChatOpenAI:
    return ChatOpenAI(**{"model": model, "base_url": BASE_URL, "api_key": API_KEY, "use_responses_api": True, **options})


def whole(chunks):
    """All chunks of a stream as one message."""
    message = None
    for chunk in chunks:
        message = chunk if message is None else message + chunk
    return message


def invoke(llm, messages, **options):
    return llm.invoke(messages, **options)


def stream(llm, messages, **options):
    return whole(llm.stream(messages, **options))


WAYS = pytest.mark.parametrize("ask", [invoke, stream], ids=["whole", "stream"])


@WAYS
def test_text(ask):
    script = Script("text")
    answer = ask(chat(script.model, temperature=0.5), QUESTION)
    assert (answer.text, answer.usage_metadata["total_tokens"]) == ("Hello.", 12)
    assert answer.response_metadata["object"] == "response"
    body = script.requests()[0]["body"]
    assert (body["messages"], body["temperature"]) == (QUESTION, 0.5)


def test_stream():
    texts = [chunk.text for chunk in chat(Script("text").model).stream(QUESTION)]
    assert [text for text in texts if text] == ["Hel", "lo", "."]


@WAYS
@pytest.mark.parametrize("scenario", ["tools", "thinks"])
def test_tools(ask, scenario):
    script = Script(scenario)
    llm = chat(script.model).bind_tools([get_weather])
    answer = ask(llm, QUESTION)
    [call] = answer.tool_calls
    assert (call["name"], call["args"], call["id"]) == ("get_weather", {"city": "Paris"}, "call_1")
    assert ask(llm, [*QUESTION, answer, get_weather.invoke(call)]).text == WEATHER_ANSWER
    first, second = (request["body"] for request in script.requests())
    assert first["tools"][0]["function"]["name"] == "get_weather"
    assert [message["role"] for message in second["messages"]] == ["user", "assistant", "tool"]
    assert second["messages"][1]["tool_calls"][0]["id"] == second["messages"][2]["tool_call_id"] == "call_1"


@WAYS
def test_conversation_by_its_id(ask):
    script = Script("tools")
    llm = chat(script.model).bind_tools([get_weather])
    answer = ask(llm, QUESTION)
    result = get_weather.invoke(answer.tool_calls[0])
    assert ask(llm, [result], previous_response_id=answer.response_metadata["id"]).text == WEATHER_ANSWER
    messages = script.requests()[1]["body"]["messages"]
    assert [message["role"] for message in messages] == ["user", "assistant", "tool"]


def test_structured_output():
    script = Script("object")
    assert chat(script.model).with_structured_output(Person).invoke(QUESTION) == Person(name="Ada", age=36)
    sent = script.requests()[0]["body"]["response_format"]
    assert (sent["type"], list(sent["json_schema"]["schema"]["properties"])) == ("json_schema", ["name", "age"])


def test_vision():
    script = Script("vision")
    assert chat(script.model).invoke(IMAGE_QUESTION).text == "A red square."
    assert script.requests()[0]["body"]["messages"] == IMAGE_QUESTION


def test_abort_of_a_stream():
    script = Script("stall")
    chunks = chat(script.model).stream(QUESTION)
    assert next(chunk.text for chunk in chunks if chunk.text) == "Hel"
    chunks.close()
    script.gone()


def test_abort_of_a_whole_answer():
    script = Script("stall")
    asyncio.run(script.cancel(chat(script.model).ainvoke(QUESTION)))


@WAYS
@pytest.mark.parametrize(
    ("model", "options", "error_class", "code"),
    [
        (Script("text").model, {"api_key": "wrong"}, openai.AuthenticationError, "invalid_api_key"),
        ("nowhere/x", {}, openai.NotFoundError, "model_not_found"),
        (Script("too-long").model, {}, openai.BadRequestError, "context_length_exceeded"),
        (Script("broke").model, {}, openai.RateLimitError, "insufficient_quota"),
    ],
    ids=["wrong key", "unknown model", "too long", "no quota"],
)
def test_error_before_the_stream(model, options, error_class, code, ask):
    with pytest.raises(error_class) as raised:
        ask(chat(model, **options), QUESTION)
    assert raised.value.code == code


def read_broken(llm, script):
    """What was seen until the stream broke, which it does once its first words were seen; and the error."""
    seen = None
    with pytest.raises(openai.APIError) as raised:
        for chunk in llm.stream(QUESTION):
            seen = chunk if seen is None else seen + chunk
            if seen.text or seen.tool_call_chunks:
                script.release()
    assert len(script.requests()) == 1
    return seen, raised.value


@pytest.mark.parametrize(("scenario", "code", "words"), BREAKS, ids=["cut", "fails", "ends"])
def test_error_in_the_stream(scenario, code, words):
    script = Script(scenario)
    seen, error = read_broken(chat(script.model), script)
    assert (seen.text, error.code) == ("Hel", code or "server_error")
    assert words in str(error)


def test_call_that_is_cut_ends_in_an_error():
    script = Script("cut-call")
    seen, error = read_broken(chat(script.model).bind_tools([get_weather]), script)
    assert error.code == "stream_broken"
    # Before its end, half a call looks like a call: the chunks' JSON is completed.
    assert seen.tool_calls[0]["args"] == {"city": "Pa"}
