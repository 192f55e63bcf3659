"""What a stock gRPC client may count on beyond an answer: metadata, compression, keepalive, streams, health,
reflection, and the end of a server. The client is grpcio; its messages come from proto/public.proto."""

import collections
import concurrent.futures
import contextlib
import pathlib
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from grpc_status import rpc_status

from harness import ROOT, serving, wait_for

MODELS = ROOT / "tests" / "data" / "tiny_models"
SERVE = ("--workers", "1", "--precision", "fp32", "--model", str(MODELS / "mean_f32"))
SERVICE = "text_embedding.TextEmbedding"
Status = grpc.StatusCode
Health = health_pb2.HealthCheckResponse


def messages_of_proto():
    """message name -> class, in a pool of their own: the harness's old client has the same names."""
    with tempfile.TemporaryDirectory() as folder:
        described = pathlib.Path(folder) / "public.pb"
        subprocess.run([sys.executable, "-m", "grpc_tools.protoc", "-Iproto", "--include_imports",
                        f"--descriptor_set_out={described}", "proto/public.proto"], cwd=ROOT, check=True)
        files = descriptor_pb2.FileDescriptorSet.FromString(described.read_bytes())
    pool = descriptor_pool.DescriptorPool()
    for file in files.file:
        pool.Add(file)
    return {name.rsplit(".")[-1]: found
            for name, found in message_factory.GetMessageClassesForFiles(["public.proto"], pool).items()}


PB = messages_of_proto()


class Stub:
    """The methods of one channel that nobody else shares."""

    def __init__(self, address, **options):
        options = {"grpc.use_local_subchannel_pool": 1, "grpc.max_receive_message_length": -1, **options}
        self.channel = grpc.insecure_channel(address, options=list(options.items()))
        self.embed_of = self.channel.unary_unary(f"/{SERVICE}/Embed", PB["EmbedRequest"].SerializeToString,
                                                 PB["EmbedResponse"].FromString)
        self.stream = self.channel.stream_stream(f"/{SERVICE}/EmbedStream", PB["StreamRequest"].SerializeToString,
                                                 PB["StreamResponse"].FromString)

    def embed(self, *texts, timeout=20, **more):
        fields = {name: more.pop(name) for name in ("model", "prompt_name", "priority") if name in more}
        return self.embed_of(PB["EmbedRequest"](texts=texts, **fields), timeout=timeout, **more)

    def future(self, *texts, timeout=20, **more):
        return self.embed_of.future(PB["EmbedRequest"](texts=texts), timeout=timeout, **more)


def reason_of(error):
    """The reason in a failure's details; None where there is none."""
    status = rpc_status.from_call(error)
    for detail in status.details if status else ():
        info = error_details_pb2.ErrorInfo()
        if detail.Unpack(info):
            return info.reason
    return None


class Interop(unittest.TestCase):
    @contextlib.contextmanager
    def failing(self, code, reason=None, words=""):
        with self.assertRaises(grpc.RpcError) as failure:
            yield
        self.assertEqual(failure.exception.code(), code, failure.exception.details())
        self.assertIn(words, failure.exception.details())
        if reason:
            self.assertEqual(reason_of(failure.exception), reason)


class Served(Interop):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(serving(*SERVE))
        cls.address = cls.server.info["grpc"]

    def setUp(self):
        self.stub = Stub(self.address)
        self.addCleanup(self.stub.channel.close)


class Calls(Served):
    def test_words_in_any_script_come_back_in_a_failure(self):
        model = "modèle 100% «größer»\n模型"
        with self.failing(Status.NOT_FOUND, "model_not_found", f"'{model}'"):
            self.stub.embed("x", model=model)

    def test_the_request_id_comes_back_in_the_initial_metadata(self):
        answer, call = self.stub.embed_of.with_call(PB["EmbedRequest"](texts=["x"]), timeout=20,
                                                    metadata=[("x-request-id", "ours-7")])
        self.assertEqual(dict(call.initial_metadata())["x-request-id"], "ours-7")
        self.assertEqual(list(answer.ids), ["ours-7-0"])

    def test_a_text_of_8_mib_is_refused_with_its_reason(self):
        with self.failing(Status.INVALID_ARGUMENT, "input_too_large", "1048576"):
            self.stub.embed("x" * (8 << 20))
        self.assertEqual(len(self.stub.embed("x").embeddings), 1)

    def test_15_mib_of_texts_are_answered_and_64_are_refused(self):
        texts = ["word " * 1500] * 2048
        self.assertEqual(len(self.stub.embed(*texts, timeout=60).embeddings), 2048)
        with self.failing(Status.RESOURCE_EXHAUSTED):
            self.stub.embed(*["y" * (1 << 20)] * 64)
        self.assertEqual(len(self.stub.embed("still served").embeddings), 1)

    def test_a_method_that_there_is_not_is_unimplemented(self):
        for method in (f"/{SERVICE}/Nope", "/no.Service/Embed", "/shoal.Link/Attach", "/nothing"):
            with self.subTest(method), self.failing(Status.UNIMPLEMENTED):
                self.stub.channel.unary_unary(method)(b"", timeout=10)

    def test_a_compressed_request_is_answered_as_another_is(self):
        texts = ["the same words " * 50] * 20
        plain = self.stub.embed(*texts)
        for compression in (grpc.Compression.Gzip, grpc.Compression.Deflate):
            with self.subTest(compression.name):
                packed = self.stub.embed(*texts, compression=compression)
                self.assertEqual(packed.embeddings, plain.embeddings)

    def test_a_cancelled_call_and_an_expired_one_leave_the_channel_alone(self):
        for _ in range(50):
            call = self.stub.future("x")
            call.cancel()
            self.assertIn(call.code(), (Status.CANCELLED, Status.OK))
        with self.failing(Status.DEADLINE_EXCEEDED):  # bulk work is admitted whatever its deadline
            self.stub.embed(*["word " * 300] * 2048, priority="bulk", timeout=0.1)
        self.assertEqual(len(self.stub.embed("x").embeddings), 1)

    def test_many_calls_of_one_connection_each_get_their_own_answer(self):
        calls = [self.stub.future("x", timeout=60, metadata=[("x-request-id", f"call{i}")]) for i in range(2000)]
        self.assertEqual([call.result().ids[0] for call in calls], [f"call{i}-0" for i in range(2000)])


class Metadata(Served):
    def test_up_to_a_limit_it_passes_and_beyond_it_only_its_call_fails(self):
        self.stub.embed("x")
        # Bulk work beside it on the same connection.
        request = PB["EmbedRequest"](texts=["word " * 100] * 1000, priority="bulk")
        beside = self.stub.embed_of.future(request, timeout=60)
        self.assertEqual(len(self.stub.embed("x", metadata=[("k", "v" * 15_000)]).ids), 1)
        for name, metadata in (("17 KB", [("k", "v" * 17_000)]), ("60 KB", [("k", "v" * 60_000)]),
                               ("1,000 keys", [(f"key-{i}", "v" * 20) for i in range(1000)])):
            with self.subTest(name):
                with self.failing(Status.RESOURCE_EXHAUSTED):
                    self.stub.embed("x", metadata=metadata)
                self.assertEqual(len(self.stub.embed("x").ids), 1)
        self.assertEqual(len(beside.result().embeddings), 1000)

    def test_what_nobody_knows_is_ignored(self):
        metadata = [("x-bin", bytes(range(256))), ("x-empty", ""), ("x-words", "~!@#$%^&*()_+ ,;="),
                    ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")]
        self.assertEqual(len(self.stub.embed("x", metadata=metadata).ids), 1)


class Keepalive(Served):
    def test_pings_every_second_without_calls_are_no_offence(self):
        stub = Stub(self.address, **{
            "grpc.keepalive_time_ms": 1000, "grpc.keepalive_timeout_ms": 1000, "grpc.keepalive_permit_without_calls": 1,
            "grpc.http2.max_pings_without_data": 0, "grpc.http2.min_time_between_pings_ms": 1000})
        stub.embed("x")
        states, left = [], threading.Event()

        def changed(state):
            states.append(state)
            if grpc.ChannelConnectivity.READY in states[:-1]:
                left.set()
        stub.channel.subscribe(changed)
        self.assertFalse(left.wait(4.5), states)
        stub.embed("x")


class Streams(Served):
    def requests(self, count, text="x"):
        for index in range(count):
            yield PB["StreamRequest"](index=index, request=PB["EmbedRequest"](texts=[text]))

    def test_2000_messages_and_a_slow_reader(self):
        answers = self.stub.stream(self.requests(2000), timeout=60)
        seen = []
        for answer in answers:
            seen.append(answer.index)
            self.assertEqual(answer.WhichOneof("outcome"), "response", answer)
            if len(seen) % 100 == 0:
                time.sleep(0.02)
        self.assertEqual(sorted(seen), list(range(2000)))
        self.assertEqual(answers.code(), Status.OK)

    def test_a_refused_message_is_an_answer_and_the_stream_goes_on(self):
        requests = [PB["StreamRequest"](index=1, request=PB["EmbedRequest"](texts=[])),
                    PB["StreamRequest"](index=2, request=PB["EmbedRequest"](texts=["x"]))]
        answers = {answer.index: answer for answer in self.stub.stream(iter(requests), timeout=20)}
        self.assertEqual(answers[1].error.code, Status.INVALID_ARGUMENT.value[0])
        self.assertEqual(len(answers[2].response.ids), 1)

    def test_a_compressed_stream_is_answered(self):
        answers = self.stub.stream(self.requests(10, "the same words " * 50), timeout=20,
                                   compression=grpc.Compression.Gzip)
        self.assertEqual(sorted(answer.index for answer in answers), list(range(10)))

    def test_a_cancelled_stream_leaves_the_channel_alone(self):
        for _ in range(20):
            answers = self.stub.stream(self.requests(500), timeout=20)
            next(answers)
            answers.cancel()
            self.assertEqual(answers.code(), Status.CANCELLED)
        self.assertEqual(len(self.stub.embed("x").ids), 1)


class HealthAndReflection(Served):
    def test_health_of_a_service_that_there_is_not(self):
        health = health_pb2_grpc.HealthStub(self.stub.channel)
        with self.failing(Status.NOT_FOUND):
            health.Check(health_pb2.HealthCheckRequest(service="no.Service"), timeout=10)
        watch = health.Watch(health_pb2.HealthCheckRequest(service="no.Service"), timeout=10)
        self.assertEqual(next(watch).status, Health.SERVICE_UNKNOWN)
        watch.cancel()

    def reflect(self, *requests):
        stub = reflection_pb2_grpc.ServerReflectionStub(self.stub.channel)
        asked = [reflection_pb2.ServerReflectionRequest(**request) for request in requests]
        return list(stub.ServerReflectionInfo(iter(asked), timeout=10))

    def test_reflection_has_every_file_of_a_symbol_and_answers_in_order(self):
        by_symbol, by_name, services = self.reflect(
            {"file_containing_symbol": SERVICE}, {"file_by_filename": "google/rpc/status.proto"}, {"list_services": ""})
        names = [descriptor_pb2.FileDescriptorProto.FromString(file).name
                 for file in by_symbol.file_descriptor_response.file_descriptor_proto]
        self.assertIn("public.proto", names)
        self.assertTrue(by_name.file_descriptor_response.file_descriptor_proto)
        listed = {service.name for service in services.list_services_response.service}
        self.assertLessEqual({SERVICE, "grpc.health.v1.Health", "shoal.Operator"}, listed)

    def test_reflection_of_what_there_is_not_is_an_error_in_the_answer(self):
        for unknown in ({"file_containing_symbol": "no.Symbol"}, {"file_by_filename": "no.proto"}):
            refused, after = self.reflect(unknown, {"file_containing_symbol": f"{SERVICE}.Embed"})
            self.assertEqual(refused.error_response.error_code, Status.NOT_FOUND.value[0])
            self.assertEqual(refused.original_request, reflection_pb2.ServerReflectionRequest(**unknown))
            self.assertTrue(after.file_descriptor_response.file_descriptor_proto)


class TheEndOfAServer(Interop):
    def test_watchers_of_health_hear_of_a_drain(self):
        with serving(*SERVE, "--drain-grace", "500ms") as server:
            health = health_pb2_grpc.HealthStub(Stub(server.info["grpc"]).channel)
            watches = [health.Watch(health_pb2.HealthCheckRequest(service=name), timeout=30) for name in ("", SERVICE)]
            for watch in watches:
                self.assertEqual(next(watch).status, Health.SERVING)
            server.process.terminate()
            for watch in watches:
                self.assertEqual(next(watch).status, Health.NOT_SERVING)
            # Not stop(): another SIGTERM would end it at once.
            self.assertEqual(server.process.wait(30), 0, server.log())

    def test_an_idle_stream_and_an_idle_channel_do_not_hold_a_drain_up(self):
        with serving(*SERVE) as server:
            stub = Stub(server.info["grpc"])
            over = threading.Event()

            def open_until_over():
                yield PB["StreamRequest"](index=1, request=PB["EmbedRequest"](texts=["x"]))
                over.wait(60)
            answers = stub.stream(open_until_over(), timeout=60)
            self.assertEqual(next(answers).index, 1)
            self.assertEqual(server.stop(10), 0, server.log())
            over.set()

    def test_no_call_is_lost_when_the_server_ends_under_load(self):
        for grace in ("0s", "500ms"):
            with self.subTest(grace), serving(*SERVE, "--drain-grace", grace) as server:
                failures, answered = self.call_until_it_ends(server)
                self.assertGreater(answered, 20)
                self.assertEqual({reason for reason in failures if reason not in ("draining", "not connected")}, set(),
                                 failures)

    def call_until_it_ends(self, server):
        """Eight callers and SIGTERM among their calls: (why calls failed, how many were answered)."""
        stub = Stub(server.info["grpc"])
        stub.embed("x")
        failures, answered, over = collections.Counter(), collections.Counter(), threading.Event()

        def call(index):
            while not over.is_set():
                try:
                    stub.embed("word " * 20, timeout=10)
                    answered[index] += 1
                except grpc.RpcError as error:
                    # A refused connection: nobody heard of the call.
                    none = error.code() is Status.UNAVAILABLE and "failed to connect" in error.details()
                    failures["not connected" if none else reason_of(error) or
                             f"{error.code().name} {error.details()}"] += 1
                    if none:
                        return
        with concurrent.futures.ThreadPoolExecutor(8) as executor:
            calls = [executor.submit(call, index) for index in range(8)]
            try:
                wait_for(lambda: answered.total() > 200, 20, "the first answers")
                self.assertEqual(server.stop(), 0, server.log())
            finally:
                over.set()
            for each in calls:
                each.result()
        return failures, answered.total()


if __name__ == "__main__":
    unittest.main()
