import {createRequire} from 'node:module';
import {dirname, join} from 'node:path';
import {packageRoot} from '../native/package-root.ts';

/** Models that come with the package, by the name that `model:` takes: the demo's own, and the face detector inside an npm dependency. */
export function shippedModels(): ReadonlyMap<string, string> {
  const demo = join(packageRoot, 'examples', 'flood-drone', 'models');
  return new Map([
    ['flood-water', join(demo, 'water')],
    ['flood-objects', join(demo, 'objects')],
    ['face-detector', join(faceFolder(), 'face_detection_short_range.tflite')],
  ]);
}

function faceFolder(): string {
  const require = createRequire(import.meta.url);
  return dirname(require.resolve('@mediapipe/face_detection/package.json'));
}
