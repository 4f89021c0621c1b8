// Cases of im2col and col2im: the golden values of the course, and padding, stride and dilation by hand.
import type { Arguments } from "../../reference/arguments.ts";
import type { ContractCases } from "../contract-case.ts";
import { blank, constant, counted, floats, normals } from "../values.ts";
import { type WindowCase, windowFields } from "../windows.ts";

export interface ColumnsCase extends WindowCase {
  readonly batch?: number;
  readonly channels?: number;
}

type Fields = Omit<Arguments<"im2col">, "x" | "out">;

function fieldsOf({
  batch = 1,
  channels = 1,
  ...window
}: ColumnsCase): Fields & { imageSize: number; columnsSize: number } {
  const fields = windowFields(window);
  const imageSize = batch * channels * fields.height * fields.width;
  const taps = channels * fields.kernelHeight * fields.kernelWidth;
  return { ...fields, batch, channels, imageSize, columnsSize: batch * fields.outHeight * fields.outWidth * taps };
}

/** A call on `x`, or on the image 1, 2, 3, … */
export function toColumns(shape: ColumnsCase, x?: Float32Array): Arguments<"im2col"> {
  const { imageSize, columnsSize, ...fields } = fieldsOf(shape);
  return { x: x ?? counted(imageSize), out: blank(columnsSize), ...fields };
}

/** A call on columns that are all 1. */
export function toImage(shape: ColumnsCase): Arguments<"col2im"> {
  const { imageSize, columnsSize, ...fields } = fieldsOf(shape);
  return { x: constant(columnsSize, 1), out: blank(imageSize), ...fields };
}

const course = { image: [4, 4], kernel: 2 } as const;
const three = { image: [3, 3], kernel: 2 } as const;

export const columnsCases: ContractCases<"im2col" | "col2im"> = {
  im2col: [
    {
      title: "of ones is 9 rows of 4 ones for 4×4, filter 2×2",
      call: toColumns(course, constant(16, 1)),
      golden: [constant(36, 1)],
    },
    {
      title: "puts each patch in a row",
      call: toColumns(three),
      golden: [floats(1, 2, 4, 5, 2, 3, 5, 6, 4, 5, 7, 8, 5, 6, 8, 9)],
    },
    {
      title: "steps by the stride and puts channels side by side",
      call: toColumns({ image: [2, 3], kernel: [2, 1], stride: 2, channels: 2 }),
      golden: [floats(1, 4, 7, 10, 3, 6, 9, 12)],
    },
    {
      title: "has zeros in the padding, which may differ by side",
      call: toColumns({ image: [1, 2], kernel: [1, 2], padding: [1, 0, 0, 1] }),
      golden: [floats(0, 0, 0, 0, 1, 2, 2, 0)],
    },
    {
      title: "spreads the taps by the dilation",
      call: toColumns({ image: [1, 5], kernel: [1, 2], dilation: 3 }),
      golden: [floats(1, 4, 2, 5)],
    },
    { title: "gives (8, 9) for (2, 1, 4, 4), filter 3×3", call: toColumns({ image: [4, 4], kernel: 3, batch: 2 }) },
    {
      title: "gives (2, 36) for (2, 1, 4, 4), filter 6×6, stride 2, padding 1",
      call: toColumns({ image: [4, 4], kernel: 6, stride: 2, padding: 1, batch: 2 }),
    },
  ],
  col2im: [
    {
      title: "counts how many windows cover each pixel: 2×2, stride 1",
      call: toImage(course),
      golden: [floats(1, 2, 2, 1, 2, 4, 4, 2, 2, 4, 4, 2, 1, 2, 2, 1)],
    },
    {
      title: "inverts im2col where windows do not overlap: 2×2, stride 2",
      call: toImage({ ...course, stride: 2 }),
      golden: [constant(16, 1)],
    },
    {
      title: "covers every pixel four times with padding 2",
      call: toImage({ ...course, padding: 2 }),
      golden: [constant(16, 4)],
    },
    {
      title: "leaves 0 where no window reaches",
      call: toImage({ image: [1, 5], kernel: [1, 1], stride: 2 }),
      golden: [floats(1, 0, 1, 0, 1)],
    },
    {
      title: "adds several channels and images of any numbers",
      call: { ...toImage({ image: [5, 4], kernel: [3, 2], batch: 2, channels: 3 }), x: normals(2 * 3 * 3 * 18, 1) },
    },
  ],
};
