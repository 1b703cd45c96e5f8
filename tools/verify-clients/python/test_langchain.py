"""langchain-openai, with its own defaults."""

import asyncio

import openai
import pydantic
import pytest
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI, OpenAIEmbeddings

from scripted import API_KEY, BASE_URL, BREAKS, DIRECT_URL, IMAGE_QUESTION, QUESTION, VECTORS, WEATHER_ANSWER, Script

OPTIONS = {"base_url": BASE_URL, "api_key": API_KEY}


class Person(pydantic.BaseModel):
    """A person."""

    name: str
    age: int


@tool
def get_weather(city: str) -> str:
    """The weather in a city."""
    return "21 degrees"


def chat(model: str, **options) -> ChatOpenAI:
    return ChatOpenAI(model=model, **{**OPTIONS, **options})


def whole(chunks):
    """All chunks of a stream as one message."""
    message = None
    for chunk in chunks:
        message = chunk if message is None else message + chunk
    return message


def read_broken(llm, script):
    """What was seen until the stream broke, which it does once its first words were seen; and the error."""
    seen = None
    with pytest.raises(openai.APIError) as raised:
        for chunk in llm.stream(QUESTION):
            seen = chunk if seen is None else seen + chunk
            if seen.content or seen.tool_call_chunks:
                script.release()
    assert len(script.requests()) == 1
    return seen, raised.value


def test_text():
    script = Script("text")
    answer = chat(script.model, temperature=0.5).invoke(QUESTION)
    assert (answer.content, answer.usage_metadata["total_tokens"]) == ("Hello.", 12)
    body = script.requests()[0]["body"]
    assert (body["messages"], body["temperature"]) == (QUESTION, 0.5)


def test_stream():
    chunks = list(chat(Script("text").model, stream_usage=True).stream(QUESTION))
    assert [chunk.content for chunk in chunks if chunk.content] == ["Hel", "lo", "."]
    assert whole(chunks).usage_metadata["total_tokens"] == 12


@pytest.mark.parametrize("is_stream", [False, True], ids=["whole", "stream"])
def test_tools(is_stream):
    script = Script("tools")
    llm = chat(script.model).bind_tools([get_weather])
    ask = (lambda messages: whole(llm.stream(messages))) if is_stream else llm.invoke
    answer = ask(QUESTION)
    [call] = answer.tool_calls
    assert (call["name"], call["args"], call["id"]) == ("get_weather", {"city": "Paris"}, "call_1")
    assert ask([*QUESTION, answer, get_weather.invoke(call)]).content == WEATHER_ANSWER
    first, second = script.requests()
    assert first["body"]["tools"][0]["function"]["name"] == "get_weather"
    assert second["body"]["messages"][-1]["tool_call_id"] == "call_1"


def test_structured_output():
    script = Script("object")
    assert chat(script.model).with_structured_output(Person).invoke(QUESTION) == Person(name="Ada", age=36)
    sent = script.requests()[0]["body"]["response_format"]
    assert (sent["type"], list(sent["json_schema"]["schema"]["properties"])) == ("json_schema", ["name", "age"])


def test_vision():
    script = Script("vision")
    assert chat(script.model).invoke(IMAGE_QUESTION).content == "A red square."
    assert script.requests()[0]["body"]["messages"] == IMAGE_QUESTION


def test_embeddings():
    script = Script("embed")
    # Otherwise it sends numbers of tokens, for which it downloads OpenAI's list of them.
    embeddings = OpenAIEmbeddings(model=script.model, check_embedding_ctx_length=False, **OPTIONS)
    assert embeddings.embed_documents(["one", "two"]) == VECTORS
    assert script.requests()[0]["body"]["input"] == ["one", "two"]


def test_abort_of_a_stream():
    script = Script("stall")
    chunks = chat(script.model).stream(QUESTION)
    assert next(chunk.content for chunk in chunks if chunk.content) == "Hel"
    chunks.close()
    script.gone()


def test_abort_of_a_whole_answer():
    script = Script("stall")
    asyncio.run(script.cancel(chat(script.model).ainvoke(QUESTION)))


@pytest.mark.parametrize("is_stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize(
    ("model", "options", "error_class", "code"),
    [
        (Script("text").model, {"api_key": "wrong"}, openai.AuthenticationError, "invalid_api_key"),
        ("nowhere/x", {}, openai.NotFoundError, "model_not_found"),
        # Its ContextOverflowError does not come: it looks for the code in the error's text, where openai 3 has none.
        (Script("too-long").model, {}, openai.BadRequestError, "context_length_exceeded"),
        (Script("busy").model, {"max_retries": 0}, openai.RateLimitError, "rate_limit_exceeded"),
    ],
    ids=["wrong key", "unknown model", "too long", "busy"],
)
def test_error_before_the_stream(model, options, error_class, code, is_stream):
    llm = chat(model, **options)
    with pytest.raises(error_class) as raised:
        list(llm.stream(QUESTION)) if is_stream else llm.invoke(QUESTION)
    assert raised.value.code == code


def test_retry_when_the_gateway_says():
    script = Script("busy-once")
    assert chat(script.model).invoke(QUESTION).content == "Hello."
    assert len(script.requests()) == 2


def test_no_retry_where_the_gateway_says_that_none_helps():
    script = Script("broke")
    with pytest.raises(openai.RateLimitError) as raised:
        chat(script.model).invoke(QUESTION)
    assert (raised.value.code, len(script.requests())) == ("insufficient_quota", 1)


@pytest.mark.parametrize(("scenario", "code", "words"), BREAKS, ids=["cut", "fails", "ends"])
def test_error_in_the_stream(scenario, code, words):
    script = Script(scenario)
    seen, error = read_broken(chat(script.model), script)
    assert (seen.content, error.code) == ("Hel", code)
    assert words in str(error)


def test_without_the_gateway_a_stream_that_ends_early_looks_whole():
    assert whole(chat(Script("ends").name, base_url=DIRECT_URL).stream(QUESTION)).content == "Hel"


def test_call_that_is_cut_ends_in_an_error():
    script = Script("cut-call")
    seen, error = read_broken(chat(script.model).bind_tools([get_weather]), script)
    assert error.code == "stream_broken"
    # Before its end, half a call looks like a call: the chunks' JSON is completed.
    assert seen.tool_calls[0]["args"] == {"city": "Pa"}
