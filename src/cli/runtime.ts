import {installRuntime} from '../native/runtime-install.ts';
import {startProgress} from './progress.ts';
import type {Terminal} from './terminal.ts';

/** `dunlin runtime install`. @returns the exit status */
export async function install(
  options: {readonly version?: '2.21.0' | '2.18.0'; readonly json?: boolean},
  terminal: Terminal,
): Promise<number> {
  const progress = startProgress('fetching the TFLite runtime', 100);
  const installed = await installRuntime({
    ...(options.version === undefined ? {} : {version: options.version}),
    onProgress: ({doneBytes, totalBytes}) => progress.update(totalBytes > 0 ? (100 * doneBytes) / totalBytes : 0),
  }).finally(() => progress.stop());
  terminal.out(
    options.json
      ? `${JSON.stringify(installed)}\n`
      : `TFLite ${installed.version} ${installed.installed ? 'installed' : 'was there already'}: ${installed.path}\n`,
  );
  return 0;
}
