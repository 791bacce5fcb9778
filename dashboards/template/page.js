"use strict";
// Draws the charts that can be seen, and shows of each filtered block the part that is chosen.
const draw = () => {
  for (const plot of document.querySelectorAll(".plot:not([data-drawn])")) {
    if (!plot.clientWidth) continue;
    plot.dataset.drawn = "1";
    const options = { mode: "vega-lite", renderer: "svg", actions: false };
    vegaEmbed(plot, JSON.parse(plot.nextElementSibling.textContent), options).catch((error) => {
      plot.textContent = error.message;
      console.error(error);
    });
  }
};
const choose = (select) => {
  for (const part of document.querySelectorAll(".variant[data-of]")) {
    if (part.dataset.of === select.dataset.filter) part.hidden = part.dataset.value !== select.value;
  }
  draw();
};
for (const select of document.querySelectorAll("select[data-filter]")) {
  select.addEventListener("change", () => choose(select));
}
draw();
