import type { TopLevelSpec } from 'vega-lite';
import type { ReportPlot } from '../benchmark';

const SIZE = { width: 520, height: 260 };

/** An SVG of medians with their spread. */
export async function renderPlot(plot: ReportPlot): Promise<string> {
  // ES modules with a top-level await, which only an import at run time can load.
  const [{ parse, View }, { compile }] = await Promise.all([import('vega'), import('vega-lite')]);
  const view = new View(parse(compile(specOf(plot)).spec), { renderer: 'none' });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

function specOf({ kind, title, x, y, logarithmic = false, points }: ReportPlot): TopLevelSpec {
  const isLine = kind === 'lines';
  const scale = logarithmic ? { type: 'log' as const } : { zero: true };
  const xChannel = isLine
    ? {
        field: 'x',
        type: 'quantitative' as const,
        title: x,
        scale: logarithmic ? { type: 'log' as const } : {},
      }
    : { field: 'x', type: 'nominal' as const, title: x, sort: null, axis: { labelAngle: 0 } };
  const offset = isLine ? {} : { xOffset: { field: 'series', type: 'nominal' as const } };
  const color = { field: 'series', type: 'nominal' as const, title: null };
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    title,
    ...SIZE,
    background: 'white',
    data: { values: points.map((point) => ({ ...point })) },
    encoding: { x: xChannel, ...offset },
    layer: [
      {
        // A bar has no foot on a logarithmic axis, so the medians are points there too.
        mark: isLine
          ? { type: 'line', point: true }
          : logarithmic
            ? { type: 'point', filled: true, size: 90 }
            : { type: 'bar' },
        encoding: { y: { field: 'y', type: 'quantitative', title: y, scale }, color },
      },
      {
        mark: { type: 'rule' },
        encoding: {
          y: { field: 'low', type: 'quantitative', scale },
          y2: { field: 'high' },
          ...(isLine || logarithmic ? { color } : {}),
        },
      },
    ],
  };
}
