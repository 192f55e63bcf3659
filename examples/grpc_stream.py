"""Embeds many texts over gRPC: one stream of small requests, which are answered as they are done."""

import grpc

import shoal_stubs
import texts

given = texts.arguments(__doc__, "localhost:50050", "--server")
EACH = 64


def requests():
    for first in range(0, len(given.texts), EACH):
        request = shoal_stubs.messages.EmbedRequest(texts=given.texts[first:first + EACH], model=given.model)
        yield shoal_stubs.messages.StreamRequest(index=first, request=request)


vectors = {}
with grpc.insecure_channel(given.url) as channel:
    stub = shoal_stubs.services.TextEmbeddingStub(channel)
    for answer in stub.EmbedStream(requests(), timeout=given.timeout):
        if answer.WhichOneof("outcome") == "error":  # of this one request; the stream goes on
            raise SystemExit(f"texts from {answer.index} on: {answer.error.message}")
        for place, embedding in enumerate(answer.response.embeddings):
            vectors[answer.index + place] = embedding.vector
texts.show(vectors[place] for place in sorted(vectors))
