/** What `dunlin config init` knows about the device. */
export interface StarterOptions {
  /** Source URI of the camera that was found. */
  readonly camera?: string;
  /** Model of the first pipeline: a path, or the name of a shipped model (the face detector when absent). */
  readonly model?: string;
  /** Id of the matched device profile. */
  readonly profile: string;
}

/** A first `dunlin.yaml`: valid as it is, every other section shown as a comment. */
export function starterConfig(options: StarterOptions): string {
  const {camera, profile, model = 'face-detector'} = options;
  const found =
    camera === undefined ? 'no camera was found: a moving test pattern stands in' : 'the camera that was found';
  return `# Configuration of Dunlin. Every key: docs/configuration.md. Check it with: dunlin config check dunlin.yaml
# Paths are relative to this file.

# This device was recognised as ${profile}; "auto" finds that again at every start.
profile: auto

# node:
#   name: kitchen            # part of every topic; the host name when absent

# Without a broker here, one runs inside the daemon, on the loopback.
# mqtt:
#   url: mqtt://broker.example:1883
#   username: dunlin
#   passwordFile: /etc/dunlin/mqtt-password

# runtime:
#   threads: 2

pipelines:
  camera:
    source: ${JSON.stringify(camera ?? 'test:')}   # ${found}
    model: ${JSON.stringify(model)}   # a .tflite or .onnx file, a folder with model.json, or the name of a shipped model
    # delegates: [edgetpu, cpu]   # tried in this order; the next takes over when one fails; the profile's order when absent
    # threshold: 0.5
    # maxFps: 5
`;
}
