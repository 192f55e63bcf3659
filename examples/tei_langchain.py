"""Embeds texts with LangChain's HuggingFaceEndpointEmbeddings, as of a TEI server."""

from huggingface_hub import InferenceClient
from langchain_huggingface import HuggingFaceEndpointEmbeddings

import texts

given = texts.arguments(__doc__)
embeddings = HuggingFaceEndpointEmbeddings()
# `model` may not be a URL since langchain-huggingface 1.2.
embeddings.client = InferenceClient(
    given.url, timeout=given.timeout, headers={"x-request-timeout-ms": str(given.timeout * 1000)})
texts.show(embeddings.embed_documents(given.texts))
