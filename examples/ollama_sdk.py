"""Embeds texts with Ollama's client."""

import ollama

import texts

given = texts.arguments(__doc__)
client = ollama.Client(given.url, timeout=given.timeout, headers={"x-request-timeout-ms": str(given.timeout * 1000)})
texts.show(client.embed(given.model, given.texts).embeddings)
