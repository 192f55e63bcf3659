"""worker.py SYSTEM PRECISION THREADS LANES MODELS MODEL_FOLDER: one library in one process, under the orders that
bench/token_driver.cc takes: token ids in, vectors out.

    throughput FILE BATCH SECONDS -> {"tokens", "seconds", "cpu"}   BATCH items at a time
    latency FILE SECONDS          -> {"ms": [...]}                  one text at a time
    vectors FILE OUT              -> {"items"}

LANES threads of Python call the library, each with THREADS / LANES threads inside it. Batches are padded
(to their longest item) before the clock starts: the library is not charged for it.
"""

import json
import pathlib
import sys
import threading
import time

import numpy as np


def read_items(file):
    words = np.fromfile(file, dtype=np.int32)
    items, at = [], 1
    for _ in range(words[0]):
        length = words[at]
        items.append(words[at + 1:at + 1 + length])
        at += 1 + length
    return items


def padded(items):
    """ids and mask, int64 [items][tokens]."""
    ids = np.zeros((len(items), max(map(len, items))), dtype=np.int64)
    mask = np.zeros_like(ids)
    for row, item in enumerate(items):
        ids[row, :len(item)] = item
        mask[row, :len(item)] = 1
    return ids, mask


def mean_pooled(hidden, mask):
    weights = mask.astype(np.float32)[:, :, None]
    pooled = (hidden * weights).sum(1) / weights.sum(1)
    return pooled / np.linalg.norm(pooled, axis=1, keepdims=True)


class Torch:
    """sentence-transformers, scaled dot product attention, inference mode; bf16 in every layer."""

    def __init__(self, precision, threads, lanes, models, model_folder):
        import torch
        from sentence_transformers import SentenceTransformer
        self.torch, self.inner = torch, threads // lanes
        torch.set_num_threads(self.inner)
        self.model = SentenceTransformer(str(model_folder), device="cpu").eval()
        if precision == "bf16":
            if not torch.ops.mkldnn._is_mkldnn_bf16_supported():
                raise SystemExit("torch: oneDNN has no bf16 on this CPU")
            self.model.to(torch.bfloat16)

    def lane(self):
        self.torch.set_num_threads(self.inner)  # belongs to the calling thread
        return self

    def prepare(self, ids, mask):
        return {"input_ids": self.torch.from_numpy(ids), "attention_mask": self.torch.from_numpy(mask)}

    def run(self, features):
        with self.torch.inference_mode():
            return self.model(dict(features))["sentence_embedding"].float().numpy()


class OnnxRuntime:
    def __init__(self, precision, threads, lanes, models, model_folder):
        import onnxruntime
        self.onnxruntime, self.inner = onnxruntime, threads // lanes
        self.file = str(models / "onnx" / ("model.onnx" if precision == "fp32" else "model_int8.onnx"))

    def lane(self):
        options = self.onnxruntime.SessionOptions()
        options.intra_op_num_threads = self.inner
        options.inter_op_num_threads = 1
        session = self.onnxruntime.InferenceSession(self.file, options, providers=["CPUExecutionProvider"])
        return OnnxRuntimeLane(session)


class OnnxRuntimeLane:
    def __init__(self, session):
        self.session = session

    def prepare(self, ids, mask):
        return {"input_ids": ids, "attention_mask": mask}

    def run(self, features):
        return self.session.run(None, features)[0]


class OpenVino:
    def __init__(self, precision, threads, lanes, models, model_folder):
        import openvino
        settings = {"INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": lanes}
        hint = {"fp32": "f32", "bf16": "bf16"}.get(precision)  # int8: what OpenVINO takes by itself
        if hint:
            settings["INFERENCE_PRECISION_HINT"] = hint
        file = models / "openvino" / ("int8.xml" if precision == "int8" else "fp32.xml")
        self.model = openvino.Core().compile_model(str(file), "CPU", settings)
        found = self.model.get_property("INFERENCE_PRECISION_HINT").get_type_name()
        print(f"openvino: {precision}: computes in {found}", file=sys.stderr)
        if hint not in (None, found):
            raise SystemExit(f"openvino: computes in {found}, not in {hint}")
        # Two threads that make the first call of a process together can wait for ever.
        first = self.lane()
        first.run(first.prepare(*padded([[101, 102]])))

    def lane(self):
        return OpenVinoLane(self.model.create_infer_request())


class OpenVinoLane:
    def __init__(self, request):
        self.request = request

    def prepare(self, ids, mask):
        return {"input_ids": ids, "attention_mask": mask}

    def run(self, features):
        return self.request.infer(features, share_inputs=True)[0]


class CTranslate2:
    def __init__(self, precision, threads, lanes, models, model_folder):
        import ctranslate2
        self.ctranslate2 = ctranslate2
        self.encoder = ctranslate2.Encoder(str(models / "ctranslate2"), device="cpu", inter_threads=lanes,
                                           intra_threads=threads // lanes,
                                           compute_type="float32" if precision == "fp32" else "int8")

    def lane(self):
        return self

    def prepare(self, ids, mask):
        view = self.ctranslate2.StorageView.from_array
        lengths = mask.sum(1).astype(np.int32)
        return view(np.ascontiguousarray(ids, np.int32)), view(lengths), mask

    def run(self, features):
        ids, lengths, mask = features
        return mean_pooled(np.array(self.encoder.forward_batch(ids, lengths=lengths).last_hidden_state), mask)


SYSTEMS = {"torch": Torch, "onnxruntime": OnnxRuntime, "openvino": OpenVino, "ctranslate2": CTranslate2}


class Worker:
    def __init__(self, system, precision, threads, lanes, models, model_folder):
        self.lanes = lanes
        made = SYSTEMS[system](precision, threads, lanes, models, model_folder)
        self.made, self.own = made, [made.lane() for _ in range(lanes)]

    def throughput(self, file, batch, seconds):
        items = read_items(file)
        batches = [padded(items[i:i + batch]) for i in range(0, len(items), batch)]
        runs, cpu = [None] * self.lanes, []
        start = threading.Barrier(self.lanes, lambda: cpu.append(time.process_time()))

        def work(slot):
            lane = self.own[slot]
            if lane is self.made:
                self.made.lane()
            ready = [lane.prepare(*pair) for pair in batches]
            first = at = slot * len(ready) // self.lanes
            tokens, size = 0, [int(mask.sum()) for _, mask in batches]
            start.wait()
            begun = time.perf_counter()
            while True:
                lane.run(ready[at])
                tokens += size[at]
                at = (at + 1) % len(ready)
                if at == first and time.perf_counter() - begun >= seconds:
                    break
            runs[slot] = (tokens, time.perf_counter() - begun)

        threads = [threading.Thread(target=work, args=(slot,)) for slot in range(self.lanes)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        cpu = time.process_time() - cpu[0]
        longest = max(elapsed for _, elapsed in runs)
        return {"tokens": sum(tokens * longest / elapsed for tokens, elapsed in runs), "seconds": longest,
                "cpu": cpu}

    def latency(self, file, seconds):
        lane = self.own[0]
        ready = [lane.prepare(*padded([item])) for item in read_items(file)]
        times, begun = [], time.perf_counter()
        while time.perf_counter() - begun < seconds:
            before = time.perf_counter()
            lane.run(ready[len(times) % len(ready)])
            times.append(1e3 * (time.perf_counter() - before))
        return {"ms": times}

    def vectors(self, file, out):
        lane, items = self.own[0], read_items(file)
        rows = [lane.run(lane.prepare(*padded(items[i:i + 16]))) for i in range(0, len(items), 16)]
        np.concatenate(rows).astype(np.float32).tofile(out)
        return {"items": len(items)}


def main():
    system, precision, threads, lanes, models, model_folder = sys.argv[1:]
    worker = Worker(system, precision, int(threads), int(lanes), pathlib.Path(models),
                    pathlib.Path(model_folder))
    print("ready", flush=True)
    for order in sys.stdin:
        what, file, *rest = order.split()
        if what == "throughput":
            answer = worker.throughput(file, int(rest[0]), float(rest[1]))
        elif what == "latency":
            answer = worker.latency(file, float(rest[0]))
        else:
            answer = worker.vectors(file, rest[0])
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
