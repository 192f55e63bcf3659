"""Embeds texts with OpenAI's SDK."""

import openai

import texts

given = texts.arguments(__doc__)
client = openai.OpenAI(base_url=given.url + "/v1", api_key="any", timeout=given.timeout)
answer = client.embeddings.create(model=given.model, input=given.texts)
texts.show(item.embedding for item in answer.data)
