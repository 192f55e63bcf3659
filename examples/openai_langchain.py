"""Embeds texts with LangChain's OpenAIEmbeddings."""

from langchain_openai import OpenAIEmbeddings

import texts

given = texts.arguments(__doc__)
embeddings = OpenAIEmbeddings(
    base_url=given.url + "/v1", api_key="any", model=given.model, timeout=given.timeout,
    check_embedding_ctx_length=False)  # send texts, not token ids
texts.show(embeddings.embed_documents(given.texts))
