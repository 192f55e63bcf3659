"""Embeds texts with LlamaIndex's OpenAILikeEmbedding."""

from llama_index.embeddings.openai_like import OpenAILikeEmbedding

import texts

given = texts.arguments(__doc__)
embeddings = OpenAILikeEmbedding(
    model_name=given.model, api_base=given.url + "/v1", api_key="any", timeout=given.timeout, embed_batch_size=2048,
    max_retries=1)  # it counts the attempts of its own, and the SDK beneath it retries as well
texts.show(embeddings.get_text_embedding_batch(given.texts))
