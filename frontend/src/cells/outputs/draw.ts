// Draws a Vega-Lite spec. Loaded when the first chart is: Vega is larger than everything else of the app together.
//
// Expressions are interpreted (`ast`), never compiled: the page's policy allows no eval. Styles are the page's own.

import embed, { type VisualizationSpec } from "vega-embed";
import { expressionInterpreter } from "vega-interpreter";

import { THIN } from "../../core/values";
import { chartConfig, tokensOf } from "./theme";

export interface Drawn {
  /** Fits the chart to its element's width. */
  readonly resize: () => void;
  readonly remove: () => void;
}

export async function draw(element: HTMLElement, spec: Readonly<Record<string, unknown>>): Promise<Drawn> {
  const result = await embed(element, spec as unknown as VisualizationSpec, {
    mode: "vega-lite",
    renderer: "svg",
    actions: false,
    ast: true,
    expr: expressionInterpreter,
    defaultStyle: false,
    // Advice to a chart's author is not for those who look at it; errors are thrown.
    logLevel: 1,
    config: chartConfig(tokensOf(element), element.clientWidth),
    formatLocale: { decimal: ".", thousands: THIN, grouping: [3], currency: ["", ""], minus: "−" },
    tooltip: { disableDefaultStyle: true, theme: "page" },
  });
  let width = element.clientWidth;
  return {
    resize: () => {
      if (spec["width"] !== "container" || element.clientWidth === width || element.clientWidth === 0) return;
      width = element.clientWidth;
      void result.view.signal("width", width).runAsync();
    },
    remove: () => result.finalize(),
  };
}
