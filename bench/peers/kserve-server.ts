import http from 'node:http';
import type {AddressInfo} from 'node:net';
import {buffer} from 'node:stream/consumers';
import {headerLengthName, readHeaderLength} from '../../src/kserve/body.ts';
import {tensorMetadata} from '../../src/kserve/metadata.ts';
import {decodeRequest} from '../../src/kserve/request.ts';
import {encodeResponse} from '../../src/kserve/response.ts';
import {loadModel} from '../../src/model/load.ts';
import {byteSize} from '../../src/tensor/tensor.ts';

// A server of a model that takes no time: its outputs are zeros. Prints its port.
const model = await loadModel(process.argv[2]!);
const outputs = model.header.outputs.map(spec => {
  const shape = spec.shape.map(dimension => Math.max(1, dimension));
  return {...spec, shape, data: new Uint8Array(byteSize({...spec, shape}))};
});

const server = http.createServer(async (request, response) => {
  if (!request.url?.endsWith('/infer')) {
    const {inputs} = model.header;
    const tensors = {inputs: inputs.map(tensorMetadata), outputs: outputs.map(tensorMetadata)};
    response.end(JSON.stringify({name: model.name, ready: true, platform: 'none', ...tensors}));
    return;
  }
  const bytes = await buffer(request);
  const {binaryOutputs} = decodeRequest(
    bytes,
    readHeaderLength(request.headers[headerLengthName] as string, bytes.length),
  );
  const {parts, byteLength, headerLength} = encodeResponse({modelName: model.name}, outputs, () => binaryOutputs);
  response.setHeader('content-length', byteLength);
  if (headerLength !== undefined) response.setHeader(headerLengthName, headerLength);
  response.end(Buffer.concat(parts));
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));
