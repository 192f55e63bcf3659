"""Asks with less and less time, and tells what the server made of it: an SDK's timeout is the request's deadline."""

import openai

import texts

given = texts.arguments(__doc__)
client = openai.OpenAI(base_url=given.url + "/v1", api_key="any")
seconds = given.timeout
while seconds > 0.0001:
    try:
        client.with_options(timeout=seconds).embeddings.create(model=given.model, input=given.texts)
        print(f"{seconds:.3f} s: in time")
    except openai.APIStatusError as error:  # the server has refused, at once
        print(f"{seconds:.3f} s: {error.status_code} {error.code}")
    except openai.APITimeoutError:  # the SDK has not waited for its answer
        print(f"{seconds:.3f} s: no answer in time")
    seconds /= 8
