"""Embeds texts over gRPC, in one call with a deadline."""

import grpc

import shoal_stubs
import texts

given = texts.arguments(__doc__, "localhost:50050", "--server")
with grpc.insecure_channel(given.url) as channel:
    stub = shoal_stubs.services.TextEmbeddingStub(channel)
    request = shoal_stubs.messages.EmbedRequest(texts=given.texts, model=given.model)
    answer = stub.Embed(request, timeout=given.timeout)
texts.show(embedding.vector for embedding in answer.embeddings)
