"""A runtime for MLServer that computes ONNX models with onnxruntime."""

import onnxruntime
from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceResponse, MetadataTensor

DATATYPES = {"tensor(float)": "FP32", "tensor(uint8)": "UINT8", "tensor(int64)": "INT64"}


def describe(argument):
    shape = [size if isinstance(size, int) else -1 for size in argument.shape]
    return MetadataTensor(name=argument.name, datatype=DATATYPES[argument.type], shape=shape)


class OnnxRuntime(MLModel):
    async def load(self) -> bool:
        self.session = onnxruntime.InferenceSession(self.settings.parameters.uri, providers=["CPUExecutionProvider"])
        self.inputs = [describe(argument) for argument in self.session.get_inputs()]
        self.outputs = [describe(argument) for argument in self.session.get_outputs()]
        return True

    async def predict(self, payload):
        feeds = {tensor.name: NumpyCodec.decode_input(tensor) for tensor in payload.inputs}
        results = self.session.run(None, feeds)
        outputs = [NumpyCodec.encode_output(spec.name, value) for spec, value in zip(self.outputs, results)]
        return InferenceResponse(model_name=self.name, model_version=self.version, outputs=outputs)
