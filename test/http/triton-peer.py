"""Runs a stored case through tritonclient[http], unchanged, and prints what came back as one line of JSON.

Arguments: URL without scheme, model, how inputs go (binary or json), how outputs come (binary or json), then one file
of raw bytes per input.
"""

import hashlib
import json
import sys

import numpy
import tritonclient.http as triton

url, model, way_in, way_out, *files = sys.argv[1:]
client = triton.InferenceServerClient(url=url)
assert client.is_server_live() and client.is_server_ready() and client.is_model_ready(model)
assert not client.is_model_ready("nothing")
server = client.get_server_metadata()
metadata = client.get_model_metadata(model)
assert client.is_model_ready(model, metadata["versions"][0])

inputs = []
for described, file in zip(metadata["inputs"], files):
    dtype = triton.triton_to_np_dtype(described["datatype"])
    with open(file, "rb") as stream:
        values = numpy.frombuffer(stream.read(), dtype).reshape(described["shape"])
    tensor = triton.InferInput(described["name"], described["shape"], described["datatype"])
    tensor.set_data_from_numpy(values, binary_data=way_in == "binary")
    inputs.append(tensor)

outputs = [
    triton.InferRequestedOutput(described["name"], binary_data=way_out == "binary")
    for described in metadata["outputs"]
]
answer = client.infer(model, inputs, outputs=outputs, request_id="7")
everything = client.infer(model, inputs)
digests = []
for described in metadata["outputs"]:
    values = answer.as_numpy(described["name"])
    assert numpy.array_equal(values, everything.as_numpy(described["name"]), equal_nan=True)
    digests.append(hashlib.sha256(values.tobytes()).hexdigest())

refused = None
try:
    unknown = triton.InferInput("unknown", [1], "FP32").set_data_from_numpy(numpy.zeros(1, "float32"))
    client.infer(model, [*inputs, unknown])
except triton.InferenceServerException as error:
    refused = error.message()
print(json.dumps({"server": server["name"], "id": answer.get_response()["id"], "sha256": digests, "refused": refused}))
