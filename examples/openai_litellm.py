"""Embeds texts with litellm's route for servers that speak OpenAI's API."""

import litellm

import texts

given = texts.arguments(__doc__)
answer = litellm.embedding(model="openai/" + given.model, input=given.texts, api_base=given.url + "/v1",
                           api_key="any", timeout=given.timeout)
texts.show(item["embedding"] for item in answer.data)
