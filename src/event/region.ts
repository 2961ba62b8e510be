export type Polygon = readonly (readonly [number, number])[];

/** Keeps the lower and right edge of the frame inside a polygon that ends there. */
const edge = 1e-9;

/** True when the point (0–1 of the frame) lies in one of the polygons; by the even-odd rule where edges cross. */
export function insideAny(polygons: readonly Polygon[], x: number, y: number): boolean {
  const withinX = Math.min(Math.max(x, edge), 1 - edge);
  const withinY = Math.min(Math.max(y, edge), 1 - edge);
  return polygons.some(polygon => inside(polygon, withinX, withinY));
}

/** Counts the edges that a ray to the right crosses. */
function inside(polygon: Polygon, x: number, y: number): boolean {
  let odd = false;
  let [previousX, previousY] = polygon[polygon.length - 1] ?? [0, 0];
  for (const [cornerX, cornerY] of polygon) {
    if (cornerY > y !== previousY > y) {
      const crossing = cornerX + ((y - cornerY) / (previousY - cornerY)) * (previousX - cornerX);
      if (x < crossing) odd = !odd;
    }
    previousX = cornerX;
    previousY = cornerY;
  }
  return odd;
}
