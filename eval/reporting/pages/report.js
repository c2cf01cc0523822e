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
  vegaEmbed(document.getElementById(id), plot, { actions: false, ast: true, renderer: "svg", config });
}

// On paper nothing can be opened.
addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details")) details.open = true;
});
