/** Gives the name of a class. */
export type Labeler = (index: number) => string;

/** `labels[index + offset]`, or `class <index>` where the list has no such line. */
export function createLabeler(labels: readonly string[], offset: number): Labeler {
  return index => labels[index + offset] || `class ${index}`;
}
