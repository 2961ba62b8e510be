import {stat} from 'node:fs/promises';
import {Agent} from 'node:https';
import path from 'node:path';
import maven from 'mvn-artifact-download';
import {NativeUnavailableError} from '../error/errors.ts';
import {runtimeArtifact} from './runtime-pins.ts';

export interface JarDownload {
  readonly artifactVersion: string;
  readonly classifier: string;
  /** Existing folder for the file. */
  readonly folder: string;
  onBytes?(bytes: number): void;
}

const attempts = 3;
const pollMs = 250;
const stallMs = 15_000;

/**
 * Downloads the runtime's jar from the public Maven repository and returns its path.
 *
 * @throws {NativeUnavailableError} it cannot be had; the last reason is in the message
 */
export async function downloadJar(request: JarDownload): Promise<string> {
  let failure: unknown;
  for (let attempt = 1; attempt <= attempts; attempt++) {
    try {
      return await downloadOnce(request, `attempt-${attempt}.jar`);
    } catch (error) {
      failure = error;
    }
  }
  const {groupId, artifactId} = runtimeArtifact;
  const name = `${groupId}:${artifactId}:${request.artifactVersion}:${request.classifier}`;
  const reason = failure instanceof Error ? failure.message : String(failure);
  throw new NativeUnavailableError(
    `runtime: Maven artifact ${name} cannot be downloaded: ${reason}`,
    'Check the network and run "dunlin runtime install" again, or name a TensorFlow Lite C library in DUNLIN_TFLITE_LIBRARY.',
    {cause: failure},
  );
}

async function downloadOnce(request: JarDownload, fileName: string): Promise<string> {
  const {artifactVersion: version, classifier, folder, onBytes} = request;
  const artifact = {...runtimeArtifact, version, classifier, extension: 'jar'};
  const agent = new Agent();
  const watch = watchGrowth(path.join(folder, fileName), onBytes);
  try {
    const download = maven.default(artifact, folder, undefined, fileName, {timeout: stallMs, agent});
    return await Promise.race([download, watch.stalled]);
  } finally {
    watch.stop();
    agent.destroy();
  }
}

/** The downloader neither reports progress nor notices a body that stops coming. */
function watchGrowth(file: string, onBytes: JarDownload['onBytes']): {stalled: Promise<never>; stop(): void} {
  let bytes = 0;
  let grownAt = performance.now();
  let fail: (error: Error) => void = () => {};
  const stalled = new Promise<never>((_, reject) => {
    fail = reject;
  });
  stalled.catch(() => {});
  const timer = setInterval(async () => {
    const size = (await stat(file).catch(() => undefined))?.size ?? 0;
    if (size > bytes) {
      bytes = size;
      grownAt = performance.now();
      onBytes?.(bytes);
    } else if (performance.now() - grownAt > stallMs) {
      fail(new Error(`no data for ${stallMs / 1000} s, after ${bytes} bytes`));
    }
  }, pollMs);
  return {stalled, stop: () => clearInterval(timer)};
}
