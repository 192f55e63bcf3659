"""Embeds texts with huggingface_hub, as of a TEI server."""

import huggingface_hub

import texts

given = texts.arguments(__doc__)
client = huggingface_hub.InferenceClient(
    given.url, timeout=given.timeout, headers={"x-request-timeout-ms": str(given.timeout * 1000)})
texts.show(client.feature_extraction(given.texts))
