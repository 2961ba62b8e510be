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
      const path = isModelName(model.path) ? model.path : absolute(model.path);
      const extra = defined({manifest: absolute(model.manifest), labels: absolute(model.labels)});
      return [name, {...pipeline, source: {...source, uri}, model: {path, ...extra}}];
    }),
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
    pipelines,
  };
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
