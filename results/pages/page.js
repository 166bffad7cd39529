// Draws the figures in the colours of the page, again when the theme changes, and for paper.
(() => {
  "use strict";
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const colour = (name) =>
    getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  function template() {
    const axis = {
      gridcolor: colour("--line"),
      linecolor: colour("--line"),
      zerolinecolor: colour("--line"),
      tickcolor: colour("--line"),
      tickfont: { color: colour("--soft") },
      title: { font: { color: colour("--soft"), size: 12 }, standoff: 8 },
    };
    const ink = colour("--ink");
    return {
      layout: {
        font: { family: getComputedStyle(document.body).fontFamily, color: ink },
        paper_bgcolor: "rgba(0,0,0,0)",
        plot_bgcolor: "rgba(0,0,0,0)",
        xaxis: axis,
        yaxis: axis,
        hoverlabel: { bgcolor: colour("--card"), bordercolor: colour("--line"), font: { color: ink } },
      },
      data: { scatter: [{ error_x: { color: ink } }] },
    };
  }

  // On paper a figure gets a fixed width, because the paper's own is not known in time.
  const paperWidth = 640;

  function draw(area, onPaper = false) {
    const spec = JSON.parse(area.closest("figure").querySelector("script.spec").textContent);
    spec.layout.template = template();
    for (const trace of spec.data) {
      if (trace.error_x) trace.error_x.color = colour("--ink");
    }
    const width = Math.min(area.offsetWidth, paperWidth);
    spec.layout.width = onPaper === true ? width : undefined;
    spec.layout.autosize = onPaper !== true;
    return Plotly.react(area, spec.data, spec.layout, { displayModeBar: false, responsive: true });
  }

  const areas = () => [...document.querySelectorAll(".plot")];
  const visible = (area) => !area.closest("details:not([open])");
  const drawAll = () => Promise.all(areas().filter(visible).map((area) => draw(area)));

  let opened = [];
  window.addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open])")].filter(
      (part) => !part.closest("figure") && !part.querySelector(".plot"),
    );
    opened.forEach((part) => (part.open = true));
    document.documentElement.classList.add("paper");
    areas().filter(visible).forEach((area) => draw(area, true));
  });
  window.addEventListener("afterprint", () => {
    opened.forEach((part) => (part.open = false));
    document.documentElement.classList.remove("paper");
    drawAll();
  });
  document.addEventListener(
    "toggle",
    (event) => {
      const inside = event.target.open ? [...event.target.querySelectorAll(".plot")] : [];
      inside.filter(visible).forEach((area) => draw(area));
    },
    true,
  );
  // a link into a closed part opens it
  const reveal = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
    if (target) target.scrollIntoView();
  };
  window.addEventListener("hashchange", reveal);
  if (window.innerWidth <= 720) {
    document.querySelectorAll("details[open]").forEach((part) => (part.open = false));
  }
  dark.addEventListener("change", drawAll);
  drawAll().then(() => {
    document.documentElement.dataset.drawn = "true";
    if (location.hash) reveal();
  });
})();
