import {describe} from '../model/describe.ts';
import {loadModel} from '../model/load.ts';
import type {Model} from '../model/model.ts';
import {writeStarterManifest} from '../model/starter.ts';
import type {TensorSpec} from '../tensor/tensor.ts';
import {styled, type Terminal, table, visible} from './terminal.ts';
import {writeFile} from './write-file.ts';

export interface InspectOptions {
  readonly json?: boolean;
  readonly labels?: string;
  readonly manifest?: string;
  readonly writeManifest?: string;
}

/** `dunlin inspect`: what the file says and what was inferred from it. Opens no engine. @returns the exit status */
export async function inspect(modelPath: string, options: InspectOptions, terminal: Terminal): Promise<number> {
  const model = await loadModel(modelPath, {
    ...(options.manifest === undefined ? {} : {manifestPath: options.manifest}),
    ...(options.labels === undefined ? {} : {labelsPath: options.labels}),
  });
  if (options.writeManifest !== undefined) {
    writeFile(options.writeManifest, writeStarterManifest(model), {replace: false});
    terminal.err(`wrote ${options.writeManifest}\n`);
  }
  terminal.out(options.json ? `${JSON.stringify(describe(model))}\n` : render(model, terminal));
  return 0;
}

function render(model: Model, terminal: Terminal): string {
  const {header} = model;
  const title = (text: string) => `\n${styled(terminal, 'bold', text)}\n`;
  const tensors = (specs: readonly TensorSpec[]) =>
    table(
      specs.map((spec, index) => [
        `  ${index}`,
        spec.name,
        spec.dtype,
        `[${spec.shape.join(', ')}]`,
        quantizationText(spec),
      ]),
    );
  const operators = header.operators.map(({name, count, custom}) => [`  ${name}`, count, custom ? 'custom' : '']);
  const metadata = Object.entries(header.metadata).map(([key, value]) => [
    `  ${key}`,
    value.replaceAll(/\s+/g, ' ').slice(0, 100),
  ]);
  return [
    `${styled(terminal, 'bold', model.name)}  ${model.format}, ${header.weightBytes.toLocaleString('en')} bytes of weights, ${megaMacs(header.macs)}\n`,
    `sha256 ${model.sha256}\n`,
    header.edgetpuCompiled ? 'compiled for the Edge TPU\n' : '',
    title('inputs'),
    tensors(header.inputs),
    title('outputs'),
    tensors(header.outputs),
    title('operators'),
    table(operators),
    metadata.length === 0 ? '' : title('metadata') + table(metadata),
    title(`task ${model.manifest.task}, family ${model.manifest.family}`),
    table(Object.entries(model.reasons).map(([field, reason]) => [`  ${field}`, reason])),
    title('labels'),
    model.labels.length === 0
      ? '  none\n'
      : `  ${model.labels.length}: ${visible(model.labels.slice(0, 8).join(', '))}${model.labels.length > 8 ? ' …' : ''}\n`,
    title('model.json'),
    writeStarterManifest(model),
  ].join('');
}

function quantizationText({quantization}: TensorSpec): string {
  return quantization === undefined ? '' : `scale ${quantization.scale}, zero point ${quantization.zeroPoint}`;
}

function megaMacs(macs: number): string {
  return `${(macs / 1e6).toFixed(macs < 1e6 ? 3 : 1)} million MACs`;
}
