import {glyphHeight, inkOf, textWidth} from './glyphs.ts';
import type {Rect} from './input.ts';
import type {RgbPicture} from './picture.ts';

export type Color = readonly [red: number, green: number, blue: number];

/** Drawing on a picture in place. Whatever lies outside is cut off. */
export class Canvas {
  readonly picture: RgbPicture;
  /** Pixels of a line, and of a dot of text: grows with the picture. */
  readonly unit: number;

  constructor(picture: RgbPicture) {
    this.picture = picture;
    this.unit = Math.max(1, Math.round(Math.min(picture.width, picture.height) / 360));
  }

  /** Height of a line of text with its margin. */
  get lineHeight(): number {
    return (glyphHeight + 3) * this.unit;
  }

  fill(rect: Rect, color: Color): void {
    const {width, height, data} = this.picture;
    const left = Math.max(0, Math.round(rect.x));
    const right = Math.min(width, Math.round(rect.x + rect.width));
    const bottom = Math.min(height, Math.round(rect.y + rect.height));
    for (let y = Math.max(0, Math.round(rect.y)); y < bottom; y++) {
      for (let x = left; x < right; x++) data.set(color, (y * width + x) * 3);
    }
  }

  /** The outline of a box, inside it, two units thick. */
  frame(rect: Rect, color: Color): void {
    const line = Math.min(2 * this.unit, rect.width, rect.height);
    this.fill({...rect, height: line}, color);
    this.fill({...rect, y: rect.y + rect.height - line, height: line}, color);
    this.fill({...rect, width: line}, color);
    this.fill({...rect, x: rect.x + rect.width - line, width: line}, color);
  }

  /** A square dot around a point. */
  dot(point: {readonly x: number; readonly y: number}, color: Color): void {
    const side = 4 * this.unit;
    this.fill({x: point.x - side / 2, y: point.y - side / 2, width: side, height: side}, color);
  }

  /** A line of text on a background, its top left corner at the point, moved as needed to lie inside the picture. */
  label(text: string, point: {readonly x: number; readonly y: number}, background: Color): void {
    const {unit, lineHeight, picture} = this;
    const width = (textWidth(text) + 4) * unit;
    const x = Math.round(Math.max(0, Math.min(point.x, picture.width - width)));
    const y = Math.round(Math.max(0, Math.min(point.y, picture.height - lineHeight)));
    this.fill({x, y, width, height: lineHeight}, background);
    const ink: Color = brightness(background) > 140 ? [0, 0, 0] : [255, 255, 255];
    for (const dot of inkOf(text)) {
      this.fill({x: x + (dot.x + 2) * unit, y: y + (dot.y + 2) * unit, width: unit, height: unit}, ink);
    }
  }

  /** Half the colour over half the picture, at one pixel. */
  tint(pixel: number, color: Color): void {
    const {data} = this.picture;
    for (let c = 0; c < 3; c++) data[pixel * 3 + c] = (data[pixel * 3 + c]! + color[c]!) >> 1;
  }
}

function brightness([red, green, blue]: Color): number {
  return 0.299 * red + 0.587 * green + 0.114 * blue;
}

/** A colour of its own for each class: hues that stay far apart, in three lightnesses. */
export function classColor(index: number): Color {
  const hue = (index * 137.508) % 360; // the golden angle
  const lightness = [0.5, 0.38, 0.62][index % 3]!;
  const chroma = (1 - Math.abs(2 * lightness - 1)) * 0.9;
  const channel = (offset: number): number => {
    const k = (offset + hue / 30) % 12;
    return Math.round(255 * (lightness - (chroma / 2) * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  };
  return [channel(0), channel(8), channel(4)];
}
