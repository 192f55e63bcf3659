"""Embeds documents with Haystack's component for TEI servers."""

from haystack import Document
from haystack_integrations.components.embedders.huggingface_api import HuggingFaceAPIDocumentEmbedder

import texts

given = texts.arguments(__doc__)
embedder = HuggingFaceAPIDocumentEmbedder(
    api_type="text_embeddings_inference", api_params={"url": given.url}, batch_size=256, progress_bar=False)
documents = embedder.run(documents=[Document(content=text) for text in given.texts])["documents"]
texts.show(document.embedding for document in documents)
