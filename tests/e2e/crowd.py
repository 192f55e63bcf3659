"""Workers that are nothing but links: as many as one likes for what a coordinator does about each, without their memory
and arithmetic. They say Hello, grant two batches, answer each with the same vector after some milliseconds, and tell
of themselves twice a second. Run alone: crowd.py ADDRESS DIGEST PRECISION DIM COUNT."""

import asyncio
import contextlib
import pathlib
import struct
import sys
import threading
import time

import grpc

PROTO = pathlib.Path(__file__).resolve().parent.parent.parent / "proto"
LINK_VERSION = 2
HEARTBEAT = 0.5  # seconds


def messages():
    """The messages of proto/shoal/worker.proto."""
    sys.path.insert(0, str(PROTO))
    try:
        return grpc.protos("shoal/worker.proto")
    finally:
        sys.path.remove(str(PROTO))


WIRE = messages()


class CrowdWorker:
    """One link, until it is cancelled or the coordinator ends it."""

    def __init__(self, worker_id, model, seconds):
        self.worker_id, self.model, self.seconds = worker_id, model, seconds
        self.executed = self.items = 0
        self.vector = struct.pack(f"<{model['dim']}f", 1.0, *[0.0] * (model["dim"] - 1))

    def hello(self):
        return WIRE.Hello(
            worker_id=self.worker_id, incarnation=time.monotonic_ns(), started_unix_us=time.time_ns() // 1000,
            version=LINK_VERSION, model_digest=self.model["digest"], precision=self.model["precision"],
            dim=self.model["dim"], lanes=1, max_batch_items=256, max_batch_tokens=16384, kernel_table="none", pid=1,
            alpha_us=self.seconds * 1e6, per_token_us=0.1)

    def send(self, **message):
        content = WIRE.WorkerMessage(**message).SerializeToString()
        self.writer.write(len(content).to_bytes(4, "little") + content)

    async def live(self, host, port):
        reader, self.writer = await asyncio.open_connection(host, port)
        try:
            self.send(hello=self.hello())
            self.send(grant=WIRE.Grant(granted=[2]))
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self.tell())
                await self.hear(reader, tasks)
        finally:
            self.writer.close()

    async def tell(self):
        while True:
            self.send(stats=WIRE.WorkerStats(cpu_us=self.executed * 1000, resident_bytes=90 << 20,
                                             batches_executed=self.executed, items_executed=self.items,
                                             forward_p99_us=int(self.seconds * 1e6)))
            await asyncio.sleep(HEARTBEAT)

    async def hear(self, reader, tasks):
        while True:
            size = int.from_bytes(await reader.readexactly(4), "little")
            message = WIRE.CoordinatorMessage.FromString(await reader.readexactly(size))
            if message.WhichOneof("message") == "batch":
                tasks.create_task(self.answer(message.batch))

    async def answer(self, batch):
        await asyncio.sleep(self.seconds)
        self.executed += 1
        self.items += len(batch.items)
        self.send(result=WIRE.BatchResult(
            id=batch.id, lane=batch.lane, statuses=[WIRE.DONE] * len(batch.items), vectors=self.vector * len(batch.items),
            held_us=int(self.seconds * 1e6), execution_us=int(self.seconds * 1e6),
            grant=WIRE.Grant(granted=[self.executed + 2])))


class Crowd:
    """`count` workers, crowd-0 and so on, on a thread of their own. `leave(id)` cuts one's link."""

    def __init__(self, address, model, count, seconds=0.005):
        host, port = address.rsplit(":", 1)
        self.loop, self.tasks, self.ended = asyncio.new_event_loop(), {}, []
        for index in range(count):
            worker = CrowdWorker(f"crowd-{index}", model, seconds * (1 + index % 7 / 7))
            self.tasks[worker.worker_id] = self.loop.create_task(self.watch(worker, host, int(port)))
        self.thread = threading.Thread(target=self.loop.run_forever)

    async def watch(self, worker, host, port):
        try:
            await worker.live(host, port)
        except* (OSError, asyncio.IncompleteReadError) as errors:
            self.ended.append((worker.worker_id, str(errors.exceptions)))

    def leave(self, worker_id):
        self.loop.call_soon_threadsafe(self.tasks[worker_id].cancel)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        async def end():
            for task in self.tasks.values():
                task.cancel()
            await asyncio.gather(*self.tasks.values(), return_exceptions=True)
        asyncio.run_coroutine_threadsafe(end(), self.loop).result(30)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()


def main():
    address, digest, precision, dim, count = sys.argv[1:]
    with Crowd(address, {"digest": digest, "precision": precision, "dim": int(dim)}, int(count)) as crowd:
        with contextlib.suppress(KeyboardInterrupt):
            while not crowd.ended:
                time.sleep(1)
        print(crowd.ended)


if __name__ == "__main__":
    main()
