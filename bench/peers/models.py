"""models.py MODEL_FOLDER OUT_FOLDER: the cached model in the form that each library wants.

    onnx/model.onnx        exported with pooling and normalising inside, then fused by ONNX Runtime's own
                           optimiser for BERT
    onnx/model_int8.onnx   weights per channel, of 8 bits where the CPU has VNNI, else of 7 (reduce_range), without
                           which AVX2 saturates: belongs to this machine
    openvino/fp32.xml      converted from the ONNX file as exported
    openvino/int8.xml      the same, quantised by NNCF, calibrated on the golden texts
    ctranslate2/           one folder; its int8 is chosen when it is loaded

Whatever is there already is kept.
"""

import json
import pathlib
import sys

import numpy as np

import cpu

ROOT = pathlib.Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "data" / "golden_texts.jsonl"


def export_onnx(model_folder, to):
    import torch
    from transformers import AutoModel

    class Pooled(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.bert = AutoModel.from_pretrained(model_folder, attn_implementation="eager").eval()

        def forward(self, input_ids, attention_mask):
            hidden = self.bert(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
            mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
            pooled = (hidden * mask).sum(1) / mask.sum(1)
            return torch.nn.functional.normalize(pooled)

    ids = torch.ones((2, 8), dtype=torch.int64)
    axes = {name: {0: "items", 1: "tokens"} for name in ("input_ids", "attention_mask")}
    torch.onnx.export(Pooled(), (ids, ids), str(to), input_names=list(axes), output_names=["vectors"],
                      dynamic_axes={**axes, "vectors": {0: "items"}}, opset_version=17, dynamo=False)


def fuse_onnx(source, to):
    from onnxruntime.transformers.optimizer import optimize_model
    optimised = optimize_model(str(source), model_type="bert", num_heads=12, hidden_size=384)
    optimised.save_model_to_file(str(to))
    return optimised.get_fused_operator_statistics()


def quantise_onnx(source, to):
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic
    quantize_dynamic(str(source), str(to), per_channel=True, reduce_range=not cpu.has_exact_int8(cpu.flags()),
                     weight_type=QuantType.QInt8, extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT})


def golden_features(model_folder):
    """One padded item each: what NNCF calibrates on."""
    from tokenizers import Tokenizer
    tokenizer = Tokenizer.from_file(str(model_folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(256)
    for line in GOLDEN.read_text(encoding="utf-8").splitlines():
        ids = np.array([tokenizer.encode(json.loads(line)["text"]).ids], dtype=np.int64)
        yield {"input_ids": ids, "attention_mask": np.ones_like(ids)}


def convert_openvino(source, model_folder, folder):
    import nncf
    import openvino
    model = openvino.convert_model(str(source))
    openvino.save_model(model, str(folder / "fp32.xml"), compress_to_fp16=False)
    data = nncf.Dataset(list(golden_features(model_folder)))
    quantised = nncf.quantize(model, data, model_type=nncf.ModelType.TRANSFORMER, subset_size=201)
    openvino.save_model(quantised, str(folder / "int8.xml"), compress_to_fp16=False)


def convert_ctranslate2(model_folder, to):
    from ctranslate2.converters import TransformersConverter
    TransformersConverter(str(model_folder)).convert(str(to), quantization="float32", force=True)


def main():
    model_folder, out = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    steps = [
        ("onnx/exported.onnx", lambda to: export_onnx(model_folder, to)),
        ("onnx/model.onnx", lambda to: fuse_onnx(out / "onnx/exported.onnx", to)),
        ("onnx/model_int8.onnx", lambda to: quantise_onnx(out / "onnx/model.onnx", to)),
        ("ctranslate2/model.bin", lambda to: convert_ctranslate2(model_folder, to.parent)),
        ("openvino/int8.xml", lambda to: convert_openvino(out / "onnx/exported.onnx", model_folder, to.parent)),
    ]
    for name, make in steps:
        if not (out / name).exists():
            (out / name).parent.mkdir(parents=True, exist_ok=True)
            print(f"models: making {name}", flush=True)
            print("models:", make(out / name) or "done", flush=True)


if __name__ == "__main__":
    main()
