"""The official client's Responses API, with its own defaults."""

import asyncio

import openai
import pydantic
import pytest

from scripted import API_KEY, BASE_URL, BREAKS, IMAGE_QUESTION, PROMPT, QUESTION, RED_PIXEL, WEATHER_ANSWER, Script

client = openai.OpenAI(base_url=BASE_URL, api_key=API_KEY)
responses = client.responses

IMAGE_INPUT = [
    {
        "role": "user",
        "content": [
            {"type": "input_text", "text": "What is this?"},
            {"type": "input_image", "image_url": f"data:image/png;base64,{RED_PIXEL}"},
        ],
    }
]
WEATHER_TOOL = {
    "type": "function",
    "name": "get_weather",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    "strict": False,
}


class Person(pydantic.BaseModel):
    name: str
    age: int


def final(**request):
    """The response at the end of a stream."""
    with responses.stream(**request) as stream:
        return stream.get_final_response()


WAYS = pytest.mark.parametrize("ask", [responses.create, final], ids=["whole", "stream"])


@WAYS
def test_text(ask):
    script = Script("text")
    response = ask(model=script.model, input=PROMPT, temperature=0.5)
    assert (response.output_text, response.status, response.usage.total_tokens) == ("Hello.", "completed", 12)
    body = script.requests()[0]["body"]
    assert (body["messages"], body["temperature"]) == (QUESTION, 0.5)


def test_stream():
    events = list(responses.create(model=Script("text").model, input=PROMPT, stream=True))
    deltas = [event.delta for event in events if event.type == "response.output_text.delta"]
    assert (deltas, events[-1].type) == (["Hel", "lo", "."], "response.completed")
    # Every event is one that the client knows.
    assert {type(event).__name__ for event in events if not type(event).__name__.startswith("Response")} == set()


@WAYS
def test_tools_and_the_conversation_by_its_id(ask):
    script = Script("tools")
    first = ask(model=script.model, input=PROMPT, tools=[WEATHER_TOOL])
    [call] = first.output
    assert (call.type, call.name, call.arguments) == ("function_call", "get_weather", '{"city":"Paris"}')
    output = {"type": "function_call_output", "call_id": call.call_id, "output": "21 degrees"}
    second = ask(model=script.model, input=[output], previous_response_id=first.id, tools=[WEATHER_TOOL])
    assert second.output_text == WEATHER_ANSWER
    asked, again = (request["body"] for request in script.requests())
    assert asked["tools"][0]["function"]["name"] == "get_weather"
    assert [message["role"] for message in again["messages"]] == ["user", "assistant", "tool"]
    assert again["messages"][-1] == {"role": "tool", "tool_call_id": "call_1", "content": "21 degrees"}


@WAYS
def test_tools_and_the_items_sent_again(ask):
    script = Script("thinks")
    items = [{"role": "user", "content": PROMPT}]
    first = ask(model=script.model, input=items, tools=[WEATHER_TOOL], store=False)
    output = {"type": "function_call_output", "call_id": first.output[-1].call_id, "output": "21 degrees"}
    # parsed_arguments is the client's own, of a stream.
    said = [item.model_dump(exclude_none=True, exclude={"parsed_arguments"}) for item in first.output]
    second = ask(model=script.model, input=[*items, *said, output], tools=[WEATHER_TOOL], store=False)
    assert (second.output_text, second.store) == (WEATHER_ANSWER, False)
    assert script.requests()[1]["body"]["messages"][1]["reasoning_content"] == "Hm."


@pytest.mark.parametrize("is_stream", [False, True], ids=["whole", "stream"])
def test_structured_output(is_stream):
    script = Script("object")
    ask = final if is_stream else responses.parse
    assert ask(model=script.model, input=PROMPT, text_format=Person).output_parsed == Person(name="Ada", age=36)
    sent = script.requests()[0]["body"]["response_format"]
    assert (sent["type"], sent["json_schema"]["name"], sent["json_schema"]["strict"]) == ("json_schema", "Person", True)


def test_vision():
    script = Script("vision")
    assert responses.create(model=script.model, input=IMAGE_INPUT).output_text == "A red square."
    assert script.requests()[0]["body"]["messages"] == IMAGE_QUESTION


def test_response_that_is_kept():
    response = responses.create(model=Script("text").model, input=PROMPT)
    assert responses.retrieve(response.id).output_text == "Hello."
    [item] = list(responses.input_items.list(response.id))
    assert (item.role, item.content[0].text) == ("user", PROMPT)
    responses.delete(response.id)
    pytest.raises(openai.NotFoundError, responses.retrieve, response.id)


def test_abort_of_a_stream():
    script = Script("stall")
    with responses.create(model=script.model, input=PROMPT, stream=True) as stream:
        assert next(event.delta for event in stream if event.type == "response.output_text.delta") == "Hel"
    script.gone()


def test_abort_of_a_whole_answer():
    async def run():
        script = Script("stall")
        async with openai.AsyncOpenAI(base_url=BASE_URL, api_key=API_KEY) as patient:
            await script.cancel(patient.responses.create(model=script.model, input=PROMPT))

    asyncio.run(run())


@pytest.mark.parametrize("is_stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize(
    ("model", "options", "fields", "error_class", "code"),
    [
        (Script("text").model, {"api_key": "wrong"}, {}, openai.AuthenticationError, "invalid_api_key"),
        ("nowhere/x", {}, {}, openai.NotFoundError, "model_not_found"),
        (Script("too-long").model, {}, {}, openai.BadRequestError, "context_length_exceeded"),
        (Script("text").model, {}, {"previous_response_id": "resp_0"}, openai.BadRequestError, "previous_response_not_found"),
        (Script("broke").model, {}, {}, openai.RateLimitError, "insufficient_quota"),
    ],
    ids=["wrong key", "unknown model", "too long", "unknown response", "no quota"],
)
def test_error_before_the_stream(model, options, fields, error_class, code, is_stream):
    with pytest.raises(error_class) as raised:
        client.with_options(**options).responses.create(model=model, input=PROMPT, stream=is_stream, **fields)
    assert raised.value.code == code


@pytest.mark.parametrize("by_helper", [False, True], ids=["create", "stream"])
@pytest.mark.parametrize(("scenario", "code", "words"), BREAKS, ids=["cut", "fails", "ends"])
def test_error_in_the_stream(scenario, code, words, by_helper):
    script = Script(scenario)
    text = ""
    request = {"model": script.model, "input": PROMPT}
    with pytest.raises(openai.APIError, match=words) as raised:
        with responses.stream(**request) if by_helper else responses.create(**request, stream=True) as stream:
            for event in stream:
                if event.type == "response.output_text.delta":
                    text += event.delta
                    script.release()
    assert (text, raised.value.code, len(script.requests())) == ("Hel", code or "server_error", 1)


def test_call_that_is_cut_is_never_done():
    script = Script("cut-call")
    with pytest.raises(openai.APIError) as raised:
        for event in responses.create(model=script.model, input=PROMPT, tools=[WEATHER_TOOL], stream=True):
            assert not event.type.endswith(".done")
            if event.type.endswith(".delta"):
                script.release()
    assert raised.value.code == "stream_broken"
