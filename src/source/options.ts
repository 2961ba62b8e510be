import {z} from 'zod';

/** Ways to decode video in hardware; `none` decodes on the CPU, `auto` lets ffmpeg try what it was built with. */
export const hwaccels = ['none', 'auto', 'v4l2m2m', 'drm', 'vaapi', 'cuda', 'nvmpi', 'qsv', 'rkmpp'] as const;

/** The options of every source; each kind of source reads those that mean something to it. */
export const sourceOptionsSchema = z.strictObject({
  fps: z
    .number()
    .positive()
    .max(1000)
    .optional()
    .describe('frames per second: asked of the camera where it can be, else the most that is let through'),
  width: z.int().min(2).max(16384).optional().describe('asked of the camera, or what a video is scaled to'),
  height: z.int().min(2).max(16384).optional().describe('the same; one of the two keeps the aspect'),
  hwaccel: z.enum(hwaccels).optional().describe('how ffmpeg decodes video; the device profile says when absent'),
  inputArgs: z
    .array(z.string().max(1000))
    .max(100)
    .default([])
    .describe('arguments before the -i of ffmpeg, or at the end of those of the camera program'),
  rtspTransport: z.enum(['tcp', 'udp']).default('tcp').describe('how an RTSP stream comes'),
  tlsVerify: z.boolean().default(true).describe('false takes any certificate of an https camera'),
  loop: z.boolean().default(false).describe('files begin again after the last frame'),
  realtime: z.boolean().default(false).describe('files play at their own speed, as a live source'),
  stallAfterS: z
    .number()
    .positive()
    .max(86_400)
    .default(10)
    .describe('a live source without a frame for so many seconds is started again'),
  startWithinS: z.number().positive().max(86_400).default(20).describe('the same for its first frame'),
  restartMinS: z
    .number()
    .positive()
    .max(3600)
    .default(0.5)
    .describe('seconds before the first restart; doubles with every failure in a row'),
  restartMaxS: z.number().positive().max(3600).default(30).describe('the longest pause before a restart, in seconds'),
  maxFrameBytes: z
    .int()
    .min(1024)
    .max(1024 ** 3)
    .default(64 * 1024 ** 2)
    .describe('larger frames are bad; bounds the memory that a source can take'),
});

export type SourceOptions = z.output<typeof sourceOptionsSchema>;
/** What a caller may write; everything has a default. */
export type SourceOptionsInput = z.input<typeof sourceOptionsSchema>;
export type Hwaccel = (typeof hwaccels)[number];
