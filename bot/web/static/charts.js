// Draws each figure with ECharts from the numbers of its own table, so that both say the same. Without script, or on paper,
// the bars that the server drew stand there.
(() => {
  "use strict";
  const ROW_PX = 26;
  const FRAME_PX = 60;
  const MOST_PX = 1100;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  // The server's bars have the same colours, from console.css.
  const colours = [...document.querySelectorAll(".patterns pattern > rect")].map((one) => getComputedStyle(one).fill);

  const read = (section) => {
    const table = section.querySelector("[data-numbers]");
    const [head, ...rows] = [...table.rows].map((row) => [...row.cells].map((cell) => cell.textContent.trim()));
    const series = head.slice(1).filter((name) => name !== "合计");
    return {
      unit: table.dataset.unit,
      series,
      fills: table.dataset.fills.split(" ").map(Number),
      labels: rows.map((row) => row[0]),
      numbers: series.map((name, n) => rows.map((row) => (row[n + 1] === "—" ? null : Number(row[n + 1])))),
    };
  };

  const options = ({ unit, series, fills, labels, numbers }) => {
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(name).trim();
    const font = getComputedStyle(document.body).fontFamily;
    const text = { color: colour("--ink"), fontFamily: font, fontSize: 14 };
    const line = { lineStyle: { color: colour("--hair") } };
    return {
      animation: !still.matches,
      backgroundColor: colour("--paper"),
      textStyle: text,
      color: fills.map((n) => colours[n % colours.length]),
      // Told by the table; the words that ECharts makes up count hidden columns too.
      aria: { enabled: true, label: { enabled: false }, decal: { show: series.length > 1 } },
      // On the canvas: the content security policy takes no style from a string.
      tooltip: { trigger: "axis", axisPointer: { type: "shadow" }, renderMode: "richText", backgroundColor: colour("--raised"), borderColor: colour("--line"), textStyle: text, valueFormatter: (value) => (value === null || value === undefined ? "—" : `${value} ${unit}`) },
      legend: { show: series.length > 1, top: 0, left: 0, textStyle: text },
      toolbox: { right: 0, iconStyle: { borderColor: colour("--quiet") }, feature: { saveAsImage: { title: "存为图片", pixelRatio: 2 } } },
      grid: { left: 4, right: 44, top: 36, bottom: 4, containLabel: true },
      xAxis: { type: "value", minInterval: 1, axisLabel: text, splitLine: line, axisLine: line },
      yAxis: { type: "category", data: labels, inverse: true, axisLabel: text, axisTick: { show: false }, axisLine: line },
      series: series.map((name, n) => ({
        name, type: "bar", stack: "all", barMaxWidth: 20, data: numbers[n],
        label: { show: series.length === 1, position: "right", color: text.color, formatter: ({ value }) => (value ? String(value) : "") },
      })),
    };
  };

  for (const section of document.querySelectorAll(".figure:has([data-numbers])")) {
    const figure = read(section);
    const place = document.createElement("div");
    place.className = "drawn";
    place.setAttribute("role", "img");
    place.setAttribute("aria-label", `${section.querySelector("h2").textContent}，数字见下面的表格`);
    place.style.height = `${Math.min(MOST_PX, FRAME_PX + figure.labels.length * ROW_PX)}px`;
    section.querySelector(".bars").before(place);
    section.classList.add("is-drawn");
    const chart = echarts.init(place, null, { renderer: "canvas" });
    const draw = () => chart.setOption(options(figure), true);
    draw();
    dark.addEventListener("change", draw);
    new ResizeObserver(() => chart.resize()).observe(place);
  }
})();
