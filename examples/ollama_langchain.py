"""Embeds texts with LangChain's OllamaEmbeddings."""

from langchain_ollama import OllamaEmbeddings

import texts

given = texts.arguments(__doc__)
headers = {"x-request-timeout-ms": str(given.timeout * 1000)}
embeddings = OllamaEmbeddings(
    base_url=given.url, model=given.model, client_kwargs={"timeout": given.timeout, "headers": headers})
texts.show(embeddings.embed_documents(given.texts))
