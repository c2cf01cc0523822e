"use strict";

// What plots share. The paper decides how dark letters are; numbers and names come from the page's own data.
const ink = "currentColor";
const faint = "#80808040";
const config = {
  background: null,
  font: "system-ui, sans-serif",
  view: { stroke: null },
  axis: {
    labelColor: ink, labelFontSize: 12, titleColor: ink, titleFontSize: 12, titleFontWeight: 600,
    gridColor: faint, domainColor: "#808080", tickColor: "#808080", labelFlush: false, labelSeparation: 6,
  },
  legend: { labelColor: ink, labelFontSize: 12, titleColor: ink },
  text: { color: ink, fontSize: 12 },
};

// Expressions are interpreted, so that the page can forbid code that is made from text.
const plots = JSON.parse(document.getElementById("plots").textContent);
for (const [id, plot] of Object.entries(plots)) {
  const place = document.getElementById(id);
  // A legend is one row, or one column where that is wider than the plot.
  config.legend.columns = place.clientWidth < 480 ? 1 : undefined;
  vegaEmbed(place, plot, { actions: false, ast: true, renderer: "svg", config: structuredClone(config) });
}

// On paper nothing can be opened.
addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details")) details.open = true;
});
