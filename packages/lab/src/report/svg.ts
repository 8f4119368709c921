import * as echarts from "echarts";
import { ink } from "./palette.ts";

/** Of every picture; wide ones scroll inside the page. */
export const pictureWidth = 960;

/** A picture without script, font or network, as SVG. */
export function drawSvg(option: echarts.EChartsOption, height: number): string {
  const chart = echarts.init(null, null, { renderer: "svg", ssr: true, width: pictureWidth, height });
  try {
    chart.setOption({ animation: false, textStyle: { color: ink, fontFamily: "system-ui, sans-serif" }, ...option });
    return chart.renderToSVGString();
  } finally {
    chart.dispose();
  }
}
