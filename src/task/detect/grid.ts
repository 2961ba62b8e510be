/** Every cell of the grids of several strides, one after the other, each row by row. */
export interface Grid {
  readonly count: number;
  readonly column: Float64Array;
  readonly line: Float64Array;
  readonly stride: Float64Array;
}

/** A grid has as many cells as whole or partly covered strides fit: ceil(input / stride), as "same" padding gives. */
export function createGrid(strides: readonly number[], inputWidth: number, inputHeight: number): Grid {
  const sizes = strides.map(stride => ({
    stride,
    columns: Math.ceil(inputWidth / stride),
    lines: Math.ceil(inputHeight / stride),
  }));
  const count = sizes.reduce((sum, {columns, lines}) => sum + columns * lines, 0);
  const grid: Grid = {
    count,
    column: new Float64Array(count),
    line: new Float64Array(count),
    stride: new Float64Array(count),
  };
  let cell = 0;
  for (const {stride, columns, lines} of sizes) {
    for (let line = 0; line < lines; line++) {
      for (let column = 0; column < columns; column++, cell++) {
        grid.column[cell] = column;
        grid.line[cell] = line;
        grid.stride[cell] = stride;
      }
    }
  }
  return grid;
}

export interface Cell {
  readonly column: number;
  readonly line: number;
  readonly stride: number;
}

export function cellAt(grid: Grid, index: number): Cell {
  return {column: grid.column[index]!, line: grid.line[index]!, stride: grid.stride[index]!};
}
