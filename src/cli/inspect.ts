import {describe} from '../model/describe.ts';
import type {Model, ModelHeader} from '../model/model.ts';
import {writeStarterManifest} from '../model/starter.ts';
import {loadVariants, type ModelVariants} from '../model/variants.ts';
import type {TensorSpec} from '../tensor/tensor.ts';
import {skippedLines} from './bench-text.ts';
import {type DelegateFlags, setUpDelegates} from './delegate-setup.ts';
import {listPlaces, type Places} from './places.ts';
import {styled, type Terminal, table, visible} from './terminal.ts';
import {writeFile} from './write-file.ts';

export interface InspectOptions extends DelegateFlags {
  /** Delegates to ask whether they can run it; `all` for every one. */
  readonly delegate?: readonly string[];
  readonly json?: boolean;
  readonly labels?: string;
  readonly manifest?: string;
  readonly writeManifest?: string;
}

/** `dunlin inspect`: what the file says, what was inferred from it, and where it can run. Opens no engine. @returns the exit status */
export async function inspect(modelPath: string, options: InspectOptions, terminal: Terminal): Promise<number> {
  const models = await loadVariants(modelPath, {
    ...(options.manifest === undefined ? {} : {manifestPath: options.manifest}),
    ...(options.labels === undefined ? {} : {labelsPath: options.labels}),
  });
  const model = models.primary;
  if (options.writeManifest !== undefined) {
    writeFile(options.writeManifest, writeStarterManifest(model), {replace: false});
    terminal.err(`wrote ${options.writeManifest}\n`);
  }
  const places =
    options.delegate === undefined ? undefined : await findPlaces(models, options.delegate, options, terminal);
  if (options.json) terminal.out(`${JSON.stringify({...describe(model), ...(places && {delegates: places})})}\n`);
  else terminal.out(render(model, terminal) + (places === undefined ? '' : placesText(places, terminal)));
  return 0;
}

async function findPlaces(models: ModelVariants, names: readonly string[], flags: DelegateFlags, terminal: Terminal) {
  const {table, close} = await setUpDelegates(flags, terminal.err);
  try {
    return await listPlaces(table, models, names.includes('all') ? table.names : names);
  } finally {
    await close();
  }
}

function placesText({places, skipped}: Places, terminal: Terminal): string {
  const title = styled(terminal, 'bold', 'delegates');
  return `\n${title}\n${places.map(place => `  ${place}: can run it\n`).join('')}${skippedLines(skipped)}`;
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
    header.edgetpuCompiled ? edgetpuText(header, model.twinNote) : '',
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

/** Switching between models costs the time that it takes to load the kept weights again. */
function edgetpuText({edgetpu}: ModelHeader, twinNote: string | undefined): string {
  const lines = ['compiled for the Edge TPU'];
  if (edgetpu) {
    const {cachingToken, cachedBytes, streamedBytes} = edgetpu;
    const [kept, sent] = [cachedBytes, streamedBytes].map(size => `${size.toLocaleString('en')} bytes`);
    lines.push(`  weights kept on the chip ${kept}, sent again for every run ${sent}`);
    if (cachingToken !== undefined) {
      lines.push(`  caching token ${cachingToken}: a run after a model with another token loads the ${kept} first`);
    }
  }
  if (twinNote !== undefined) lines.push(`  ${twinNote}`);
  return lines.map(line => `${line}\n`).join('');
}

function quantizationText({quantization}: TensorSpec): string {
  return quantization === undefined ? '' : `scale ${quantization.scale}, zero point ${quantization.zeroPoint}`;
}

function megaMacs(macs: number): string {
  return `${(macs / 1e6).toFixed(macs < 1e6 ? 3 : 1)} million MACs`;
}
