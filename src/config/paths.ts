import {isAbsolute, resolve} from 'node:path';
import type {Config} from './schema.ts';

/** Paths in the file are relative to its folder; after this they are absolute. Names of shipped models stay names. */
export function withAbsolutePaths(config: Config, folder: string): Config {
  const absolute = <T extends string | undefined>(path: T) => (path === undefined ? path : resolve(folder, path)) as T;
  const {mqtt, runtime} = config;
  const pipelines = Object.fromEntries(
    Object.entries(config.pipelines).map(([name, pipeline]) => {
      const {model, source} = pipeline;
      const uri = absoluteUri(source.uri, folder);
      return [name, {...pipeline, source: {...source, uri}, model: absoluteModel(model, folder)}];
    }),
  );
  const served = Object.entries(config.http.models).map(
    ([name, entry]) => [name, {...entry, model: absoluteModel(entry.model, folder)}] as const,
  );
  return {
    ...config,
    mqtt: {
      ...mqtt,
      ...defined({usernameFile: absolute(mqtt.usernameFile), passwordFile: absolute(mqtt.passwordFile)}),
      tls: {
        ...mqtt.tls,
        ...defined({ca: absolute(mqtt.tls.ca), cert: absolute(mqtt.tls.cert), key: absolute(mqtt.tls.key)}),
      },
    },
    runtime: {
      ...runtime,
      ...defined({
        tfliteLibrary: libraryPath(runtime.tfliteLibrary, folder),
        turbojpegLibrary: libraryPath(runtime.turbojpegLibrary, folder),
      }),
    },
    delegates: Object.fromEntries(
      Object.entries(config.delegates).map(([name, options]) => [name, withAbsoluteOptions(options, folder)]),
    ),
    http: {
      ...config.http,
      ...defined({tokenFile: absolute(config.http.tokenFile)}),
      models: Object.fromEntries(served),
    },
    pipelines,
  };
}

/**
 * Options of a delegate with its files made absolute: text under `library`, `file`, or a key that ends in Library, File,
 * Folder or Dir, and text that begins with `./` or `../`, at any depth. The rest is opaque here.
 */
export function withAbsoluteOptions<T extends Readonly<Record<string, unknown>>>(options: T, folder: string): T {
  return Object.fromEntries(
    Object.entries(options).map(([key, value]) => [key, absoluteOption(key, value, folder)]),
  ) as T;
}

function absoluteOption(key: string, value: unknown, folder: string): unknown {
  if (Array.isArray(value)) return value.map(entry => absoluteOption(key, entry, folder));
  if (typeof value === 'object' && value !== null) return withAbsoluteOptions(value as Record<string, unknown>, folder);
  if (typeof value !== 'string') return value;
  if (/(^l|L)ibrary$/.test(key)) return libraryPath(value, folder);
  return /^\.{1,2}\//.test(value) || /(^f|F)ile$|(Folder|Dir)$/.test(key) ? resolve(folder, value) : value;
}

type ModelReference = Config['pipelines'][string]['model'];

function absoluteModel({path, ...extra}: ModelReference, folder: string): ModelReference {
  const files = Object.entries(extra).map(([key, file]) => [key, file === undefined ? file : resolve(folder, file)]);
  return {path: isModelName(path) ? path : resolve(folder, path), ...defined(Object.fromEntries(files))};
}

/** True for the name of a shipped model: no folder in it, and not the name of a model file. */
export function isModelName(path: string): boolean {
  return !path.includes('/') && !path.startsWith('.') && !/\.(tflite|onnx|json)$/i.test(path);
}

/** A plain path, or `file:` with a relative one, becomes absolute; every other scheme stays as it is. */
function absoluteUri(uri: string, folder: string): string {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(uri)?.[1]?.toLowerCase();
  if (scheme === undefined) return isAbsolute(uri) ? uri : resolve(folder, uri);
  if (scheme === 'file' && !uri.startsWith('file:/')) return `file:${resolve(folder, uri.slice('file:'.length))}`;
  return uri;
}

/** A bare file name is searched for by the loader, as `dlopen` does; a path is a path. */
function libraryPath(path: string | undefined, folder: string): string | undefined {
  return path?.includes('/') ? resolve(folder, path) : path;
}

function defined<T extends object>(object: T): {[K in keyof T]?: Exclude<T[K], undefined>} {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as never;
}
