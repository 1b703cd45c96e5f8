"""Runs the official client against a gateway and says, as one JSON line per step, what a program sees of it.

Usage: check_client.py BASE_URL SILENT_MODEL MODEL...   Each model is streamed, by the synchronous and by the asynchronous
client. The silent one is asked by clients with a timeout.
"""

import asyncio
import json
import sys

import openai

MESSAGES = [{"role": "user", "content": "Say hello."}]


def say(step: str, **fields: object) -> None:
    print(json.dumps({"step": step, **fields}), flush=True)


def describe(error: Exception) -> dict:
    classes = [cls.__name__ for cls in type(error).__mro__ if cls.__module__.startswith("openai")]
    return {"error": classes, "code": getattr(error, "code", None), "status": getattr(error, "status_code", None)}


def text_of(chunk) -> str:
    return "".join(choice.delta.content or "" for choice in chunk.choices)


def read_stream(client: openai.OpenAI, model: str) -> None:
    content = ""
    try:
        for chunk in client.chat.completions.create(model=model, messages=MESSAGES, stream=True):
            content += text_of(chunk)
            say("seen", model=model, content=content)
        say("end", client="sync", model=model, content=content)
    except openai.OpenAIError as error:
        say("end", client="sync", model=model, content=content, **describe(error))


async def read_stream_async(client: openai.AsyncOpenAI, model: str) -> None:
    content = ""
    try:
        async for chunk in await client.chat.completions.create(model=model, messages=MESSAGES, stream=True):
            content += text_of(chunk)
            say("seen", model=model, content=content)
        say("end", client="async", model=model, content=content)
    except openai.OpenAIError as error:
        say("end", client="async", model=model, content=content, **describe(error))


def read_whole(client: openai.OpenAI, model: str) -> None:
    try:
        completion = client.chat.completions.create(model=model, messages=MESSAGES)
        say("end", client="whole", model=model, content=completion.choices[0].message.content)
    except openai.OpenAIError as error:
        say("end", client="whole", model=model, content="", **describe(error))


async def time_out(options: dict, model: str) -> None:
    try:
        openai.OpenAI(**options, timeout=1).chat.completions.create(model=model, messages=MESSAGES)
    except openai.OpenAIError as error:
        say("end", client="sync", model=model, content="", **describe(error))
    try:
        client = openai.AsyncOpenAI(**options, timeout=1)
        await client.chat.completions.create(model=model, messages=MESSAGES, stream=True)
    except openai.OpenAIError as error:
        say("end", client="async", model=model, content="", **describe(error))


async def main(base_url: str, silent_model: str, models: list[str]) -> None:
    options = {"base_url": base_url, "api_key": "any", "max_retries": 0}
    client = openai.OpenAI(**options)
    async_client = openai.AsyncOpenAI(**options)
    await time_out(options, silent_model)
    for model in models:
        read_stream(client, model)
        await read_stream_async(async_client, model)
        read_whole(client, model)


asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
