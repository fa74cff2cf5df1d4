// Charts in the page's own colours: Vega's configuration from the design tokens, in whichever theme is on.

import type { Config } from "vega-lite";

/** Reads a token as it is now. */
export type Token = (name: string) => string;

/** The tokens of an element's theme. */
export function tokensOf(element: Element): Token {
  const style = getComputedStyle(element);
  return (name) => style.getPropertyValue(`--${name}`).trim();
}

/** Vega-Lite's configuration for a chart of this width; what a chart's own spec says wins over it. */
export function chartConfig(token: Token, width: number): Config {
  const font = token("font-sans");
  const text = { font, fontSize: 12, fontWeight: 400 as const, fill: token("chart-label") };
  return {
    background: "transparent",
    font,
    padding: { left: 0, right: 8, top: 8, bottom: 4 },
    view: { stroke: null, continuousHeight: 220, discreteHeight: { step: 32 } },
    range: {
      category: [1, 2, 3, 4, 5, 6].map((n) => token(`chart-${n}`)),
      ramp: [token("chart-soft"), token("chart-1")],
      heatmap: [token("chart-soft"), token("chart-1")],
      ordinal: [token("chart-soft"), token("chart-1")],
    },
    mark: { color: token("chart-1"), tooltip: true },
    line: { strokeWidth: 2, strokeCap: "round", strokeJoin: "round" },
    area: { color: token("chart-soft"), line: { color: token("chart-1"), strokeWidth: 2 } },
    // No rounded ends: Vega-Lite draws stacked and binned bars with them at no width.
    bar: { discreteBandSize: { band: 0.62 } },
    point: { filled: true, size: 36, opacity: 0.8 },
    circle: { size: 36, opacity: 0.8 },
    rule: { color: token("chart-axis") },
    text: { ...text, fill: token("text") },
    arc: { stroke: token("surface"), strokeWidth: 2 },
    axis: {
      labelFont: font,
      labelFontSize: 12,
      labelColor: token("chart-label"),
      labelPadding: 8,
      labelLimit: 140,
      titleFont: font,
      titleFontSize: 12,
      titleFontWeight: 400,
      titleColor: token("chart-label"),
      titlePadding: 12,
      gridColor: token("chart-grid"),
      gridWidth: 1,
      domainColor: token("chart-axis"),
      tickColor: token("chart-axis"),
      ticks: false,
    },
    axisY: { domain: false, tickCount: 5 },
    axisX: {
      grid: false,
      tickCount: 6,
      labelFlush: true,
      labelAngle: 0,
      labelOverlap: "greedy",
      labelSeparation: 8,
    },
    axisBand: { grid: false, domain: false },
    legend: {
      orient: "top",
      direction: "horizontal",
      titleFont: font,
      titleFontSize: 12,
      titleFontWeight: 400,
      titleColor: token("chart-label"),
      titleOrient: "left",
      labelFont: font,
      labelFontSize: 12,
      labelColor: token("text"),
      symbolType: "circle",
      symbolSize: 64,
      symbolStrokeWidth: 0,
      offset: 12,
      // As many names side by side as there is room for; the others go below.
      columns: Math.max(1, Math.floor((width - 48) / 104)),
      columnPadding: 16,
      rowPadding: 4,
      labelLimit: 200,
    },
    header: {
      labelFont: font,
      labelFontSize: 12,
      labelFontWeight: 500,
      labelColor: token("text"),
      titleFont: font,
      titleFontSize: 12,
      titleColor: token("chart-label"),
    },
    title: { font, fontSize: 14, fontWeight: 600, color: token("text"), anchor: "start", offset: 12 },
  };
}
