"""Embeds documents with Haystack's component for OpenAI."""

from haystack import Document
from haystack.components.embedders import OpenAIDocumentEmbedder
from haystack.utils import Secret

import texts

given = texts.arguments(__doc__)
embedder = OpenAIDocumentEmbedder(
    api_base_url=given.url + "/v1", api_key=Secret.from_token("any"), model=given.model, timeout=given.timeout,
    batch_size=256, progress_bar=False, raise_on_failure=True)
documents = embedder.run(documents=[Document(content=text) for text in given.texts])["documents"]
texts.show(document.embedding for document in documents)
