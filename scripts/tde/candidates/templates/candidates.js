"use strict";
(() => {
  const { objects, bands, curves: curveNames } = JSON.parse(document.getElementById("data").textContent);
  const find = (id) => document.getElementById(id);
  const body = document.querySelector("#candidates tbody");
  const rows = [...body.rows];
  const detail = find("detail");
  const state = { sort: "rank", down: false, open: null, hidden: new Set(), curve: null };
  let shown = rows;

  // ---- small helpers; text goes in as text, never as markup -------------------------------
  function make(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [key, value] of Object.entries(attributes)) if (value !== null) node.setAttribute(key, value);
    node.append(...children.filter((child) => child !== null));
    return node;
  }
  function draw(tag, attributes = {}, text = null) {
    const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    if (text !== null) node.textContent = text;
    return node;
  }
  const number = (value, digits) => (value === null || value === undefined ? "–" : value.toFixed(digits).replace("-", "−"));

  // ---- list: sort, filter, current row ------------------------------------------------------
  const searchable = objects.map((o) =>
    [o.object_id, o.nearest_type, o.flags.replaceAll("_", " ")].join(" ").toLowerCase());

  function compare(a, b) {
    const [x, y] = [a, b].map((row) => objects[row.dataset.index][state.sort]);
    const [noX, noY] = [x, y].map((value) => value === null || value === "");
    if (noX || noY) return noX - noY;
    const order = typeof x === "string" ? x.localeCompare(y) : x - y;
    return (state.down ? -order : order) || a.dataset.index - b.dataset.index;
  }
  function refresh() {
    const words = find("find").value.trim().toLowerCase();
    const least = parseFloat(find("least").value), farthest = parseFloat(find("farthest").value);
    const only = find("selected").checked;
    rows.sort(compare);
    shown = rows.filter((row) => {
      const o = objects[row.dataset.index];
      row.hidden = !(searchable[row.dataset.index].includes(words) && !(o.p_TDE < least)
        && !(farthest >= 0 && !(o.z !== null && o.z <= farthest)) && (!only || o.is_TDE));
      return !row.hidden;
    });
    body.append(...rows);
    find("count").textContent = shown.length === rows.length ? `${rows.length} candidates` : `${shown.length} of ${rows.length} candidates`;
    find("none").hidden = shown.length > 0;
    for (const button of document.querySelectorAll("thead button")) {
      const cell = button.closest("th");
      if (button.dataset.key === state.sort) cell.setAttribute("aria-sort", state.down ? "descending" : "ascending");
      else cell.removeAttribute("aria-sort");
    }
  }
  for (const button of document.querySelectorAll("thead button")) {
    button.addEventListener("click", () => {
      const key = button.dataset.key;
      const first = ["p_TDE", "temperature_kK", "n_points"].includes(key);
      state.down = state.sort === key ? !state.down : first;
      state.sort = key;
      refresh();
    });
  }
  for (const id of ["find", "least", "farthest", "selected"]) find(id).addEventListener("input", refresh);
  find("filters").addEventListener("submit", (event) => event.preventDefault());
  find("clear").addEventListener("click", () => { find("filters").reset(); refresh(); find("find").focus(); });
  body.addEventListener("click", (event) => {
    if (event.target.closest("a")) return;
    go(event.target.closest("tr").dataset.index);
  });

  // ---- opening: the address says which candidate, so that it can be sent on and "back" works --
  function go(index) {
    history.pushState(null, "", index === null ? location.pathname : `#open=${encodeURIComponent(objects[index].object_id)}`);
    follow();
  }
  function follow() {
    const match = /^#open=(.*)$/.exec(location.hash);
    const name = match ? decodeURIComponent(match[1]) : null;
    const index = objects.findIndex((o) => o.object_id === name);
    const before = state.open;
    state.open = index < 0 ? null : index;
    document.body.classList.toggle("open", state.open !== null);
    for (const row of rows) row.classList.toggle("current", Number(row.dataset.index) === state.open);
    detail.hidden = state.open === null;
    if (state.open !== null) {
      fill(objects[state.open]);
      detail.focus({ preventScroll: true });
      detail.scrollTop = 0;
      if (matchMedia("(max-width: 99.99rem)").matches) window.scrollTo(0, 0);
    } else if (before !== null) {
      rows.find((row) => Number(row.dataset.index) === before).querySelector("a").focus();
    }
  }
  function step(by) {
    const place = shown.findIndex((row) => Number(row.dataset.index) === state.open);
    const next = shown[Math.min(Math.max(place + by, 0), shown.length - 1)];
    if (next) go(next.dataset.index);
  }
  for (const event of ["hashchange", "popstate"]) addEventListener(event, follow);
  matchMedia("(max-width: 639px)").addEventListener("change", () => {
    if (state.open !== null) find("figures").replaceWith(figures(objects[state.open]));
  });
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.matches("input")) { if (event.key === "Escape") event.target.blur(); return; }
    if (event.key === "/") { go(null); find("find").focus(); event.preventDefault(); }
    else if (event.key === "Escape" && state.open !== null) go(null);
    else if (state.open !== null && event.key === "ArrowRight") step(1);
    else if (state.open !== null && event.key === "ArrowLeft") step(-1);
    else if (["ArrowDown", "ArrowUp"].includes(event.key) && !detail.contains(event.target) && shown.length) {
      const place = shown.indexOf(event.target.closest?.("tr"));
      const next = Math.min(Math.max(place + (event.key === "ArrowDown" ? 1 : -1), 0), shown.length - 1);
      shown[next].querySelector("a").focus();
      event.preventDefault();
    }
  });

  // ---- figures ---------------------------------------------------------------------------------
  function marker(band, x, y, size = 4) {
    const s = size, paint = `fill:var(--${band})`;
    const shapes = {
      u: `M${-s},${-s}H${s}L0,${s}Z`, r: `M${-s},${-s}H${s}V${s}H${-s}Z`, i: `M0,${-1.3 * s}L${1.3 * s},0L0,${1.3 * s}L${-1.3 * s},0Z`,
      z: `M${-s},${s}H${s}L0,${-s}Z`, y: `M${-s / 3},${-s}H${s / 3}V${-s / 3}H${s}V${s / 3}H${s / 3}V${s}H${-s / 3}V${s / 3}H${-s}V${-s / 3}H${-s / 3}Z`,
    };
    return band === "g" ? draw("circle", { cx: x, cy: y, r: s, style: paint })
      : draw("path", { d: shapes[band], transform: `translate(${x},${y})`, style: paint });
  }
  function ticks(low, high, count) {
    const raw = (high - low) / count, unit = 10 ** Math.floor(Math.log10(raw));
    const width = unit * [1, 2, 5, 10].find((m) => m * unit >= raw);
    const found = [];
    for (let t = Math.ceil(low / width) * width; t <= high + 1e-9 * width; t += width) found.push(Math.abs(t) < 1e-9 * width ? 0 : t);
    return found;
  }
  function frame(label, wide, [x0, x1], [y0, y1], xLabel, yLabel, yLast = y1) {
    const narrow = innerWidth < 640, height = narrow ? 0.8 * wide : wide, W = narrow ? 460 : 900, left = 62, right = 14, top = 12, bottom = 40;
    const svg = draw("svg", { viewBox: `0 0 ${W} ${height}`, role: "img", "aria-label": label });
    const X = (x) => left + (x - x0) / (x1 - x0) * (W - left - right);
    const Y = (y) => height - bottom - (y - y0) / (y1 - y0) * (height - top - bottom);
    const tidy = (t) => String(Number(t.toPrecision(6))).replace("-", "−");
    for (const t of ticks(y0, yLast, 7)) {
      svg.append(draw("line", { x1: left, x2: W - right, y1: Y(t), y2: Y(t), class: t === 0 ? "zero" : "grid" }));
      svg.append(draw("text", { x: left - 6, y: Y(t) + 4, "text-anchor": "end" }, tidy(t)));
    }
    for (const t of ticks(x0, x1, narrow ? 4 : 8)) {
      svg.append(draw("line", { x1: X(t), x2: X(t), y1: height - bottom, y2: height - bottom + 4, class: "zero" }));
      svg.append(draw("text", { x: X(t), y: height - bottom + 17, "text-anchor": "middle" }, tidy(t)));
    }
    svg.append(draw("text", { x: (left + W - right) / 2, y: height - 6, "text-anchor": "middle" }, xLabel));
    svg.append(draw("text", { transform: `translate(14,${(height - bottom + top) / 2}) rotate(-90)`, "text-anchor": "middle" }, yLabel));
    return { svg, X, Y, left, right: W - right, top, bottom: height - bottom };
  }
  const path = (points) => points.map(([x, y], k) => `${k ? "L" : "M"}${x.toFixed(1)},${y.toFixed(1)}`).join("");

  function curveOf(o, band) {
    const c = o.curves[state.curve];
    if (!c || !c.mjd.length) return null;
    const factor = c.factor ? c.factor[band] : 1;
    if (factor === null) return null;
    const flux = c.factor ? c.flux.map((f) => f * factor) : c.flux[band];
    const sd = c.factor ? c.flux_err.map((f) => f * factor) : c.flux_err[band];
    return { mjd: c.mjd, flux, sd };
  }
  function span(o) {
    const c = o.curves[state.curve] ?? Object.values(o.curves)[0];
    const peak = c && c.peak_mjd !== null ? c.peak_mjd : o.light_curve.mjd[0];
    const stretch = 1 + (o.z ?? 0);
    const t = o.light_curve.mjd;
    const from = Math.max(t[0], peak - 200 * stretch), to = Math.min(t[t.length - 1], peak + 450 * stretch);
    return { peak, from: from - 12, to: Math.max(to, from + 20) + 12 };
  }
  function lightCurve(o) {
    const l = o.light_curve, { peak, from, to } = span(o);
    const inside = l.mjd.map((t, k) => k).filter((k) => l.mjd[k] >= from && l.mjd[k] <= to && !state.hidden.has(l.band[k]));
    const seen = bands.filter((b) => l.band.includes(b) && !state.hidden.has(b));
    const high = [], low = [0];
    for (const b of seen) {
      const c = curveOf(o, b);
      if (c) c.mjd.forEach((t, k) => { if (t >= from && t <= to && c.flux[k] !== null) { high.push(c.flux[k]); low.push(c.flux[k]); } });
    }
    const sorted = inside.map((k) => l.flux[k]).sort((a, b) => a - b);
    if (sorted.length) { high.push(sorted[Math.floor(0.985 * (sorted.length - 1))]); low.push(sorted[Math.ceil(0.015 * (sorted.length - 1))]); }
    let y0 = Math.min(...low), y1 = Math.max(1e-6, ...high);
    const margin = 0.08 * (y1 - y0); y0 -= margin; y1 += margin;
    const f = frame(`Light curve of ${o.object_id} in ${seen.join(", ")}`, 400, [from - peak, to - peak], [y0, y1],
      `days from the fitted peak (MJD ${peak.toFixed(1)})`, "flux [µJy]");
    const clip = draw("clipPath", { id: "inside" });
    clip.append(draw("rect", { x: f.left, y: f.top, width: f.right - f.left, height: f.bottom - f.top }));
    const inner = draw("g", { "clip-path": "url(#inside)" });
    f.svg.append(clip, inner);
    for (const b of seen) {
      const c = curveOf(o, b);
      if (!c) continue;
      const at = c.mjd.map((t, k) => k).filter((k) => c.mjd[k] >= from - 30 && c.mjd[k] <= to + 30 && c.flux[k] !== null && c.sd[k] !== null);
      const edge = (sign) => at.map((k) => [f.X(c.mjd[k] - peak), f.Y(c.flux[k] + sign * c.sd[k])]);
      inner.append(draw("path", { d: path([...edge(1), ...edge(-1).reverse()]) + "Z", style: `fill:var(--${b});opacity:.08` }));
      inner.append(draw("path", { d: path(at.map((k) => [f.X(c.mjd[k] - peak), f.Y(c.flux[k])])), style: `fill:none;stroke:var(--${b});stroke-width:1.6` }));
    }
    for (const k of inside) {
      const x = f.X(l.mjd[k] - peak), y = f.Y(l.flux[k]), b = l.band[k];
      const faint = l.flux_err[k] > 0.35 * y1 ? .3 : .95;
      const g = draw("g", { style: `opacity:${faint}` });
      g.append(draw("line", { x1: x, x2: x, y1: f.Y(l.flux[k] - l.flux_err[k]), y2: f.Y(l.flux[k] + l.flux_err[k]), style: `stroke:var(--${b});stroke-width:1` }));
      g.append(marker(b, x, y, 3.6));
      g.append(draw("title", {}, `${b}, MJD ${l.mjd[k]}: ${l.flux[k]} ± ${l.flux_err[k]} µJy`));
      inner.append(g);
    }
    const decided = o.history?.decided ?? null;
    if (decided !== null && decided >= from && decided <= to) f.svg.append(draw("line", { x1: f.X(decided - peak), x2: f.X(decided - peak), y1: f.top, y2: f.bottom, class: "decided" }));
    const left = l.mjd.length - l.mjd.filter((t) => t >= from && t <= to).length;
    return make("figure", {}, f.svg, make("figcaption", {},
      "Difference fluxes and the fitted posterior (mean and one standard deviation)."
      + (left ? ` ${left} points further from the peak are not drawn.` : "") + " Pale points have large errors."));
  }
  // a line at a night, with words at the side that has more room; row 0 is the top one
  function markNight(f, x, words, kind, row) {
    const X = f.X(x), right = X < f.left + 0.6 * (f.right - f.left);
    f.svg.append(draw("line", { x1: X, x2: X, y1: f.top + 16 * row + 3, y2: f.bottom, class: kind }));
    f.svg.append(draw("text", { x: X + (right ? 5 : -5), y: f.top + 16 * row + 13, "text-anchor": right ? "start" : "end", class: `label ${kind}` }, words));
  }
  function away(days, what) {
    const n = Math.round(Math.abs(days));
    return n === 0 ? `on the day of ${what}` : `${n} day${n === 1 ? "" : "s"} ${days < 0 ? "before" : "after"} ${what}`;
  }
  function nightByNight(o) {
    const h = o.history;
    if (!h) return [];
    const { peak, from, to } = span(o);
    const inside = (t) => t !== null && t >= from && t <= to;
    // room for two lines of words above 1
    const f = frame(`P(TDE) of ${o.object_id} night by night`, innerWidth < 640 ? 320 : 230, [from - peak, to - peak], [0, 1.35], "days from the fitted peak", "P(TDE)", 1);
    const clip = draw("clipPath", { id: "inside-nights" });
    clip.append(draw("rect", { x: f.left, y: f.top, width: f.right - f.left, height: f.bottom - f.top }));
    const inner = draw("g", { "clip-path": "url(#inside-nights)" });
    // steps: what was said one night held until the next
    const steps = (values) => h.mjd.flatMap((t, k) => [...(k ? [[f.X(t - peak), f.Y(values[k - 1])]] : []), [f.X(t - peak), f.Y(values[k])]]);
    inner.append(draw("path", { d: path([...steps(h.high), ...steps(h.low).reverse()]) + "Z", style: "fill:var(--accent);opacity:.16" }));
    inner.append(draw("path", { d: path(steps(h.p)), style: "fill:none;stroke:var(--accent);stroke-width:1.4" }));
    for (const [k, t] of h.mjd.entries()) {
      if (!inside(t)) continue;
      const early = h.trigger === null || t < h.trigger;
      const dot = draw("circle", { cx: f.X(t - peak), cy: f.Y(h.p[k]), r: 2.6, class: early ? "early" : "night" });
      dot.append(draw("title", {}, `until MJD ${t}: P(TDE) ${number(h.p[k], 3)} (${number(h.low[k], 3)}–${number(h.high[k], 3)})`));
      inner.append(dot);
    }
    inner.append(draw("path", { d: path(steps(h.threshold)), class: "threshold" }));
    const last = h.threshold.at(-1);
    f.svg.append(clip, inner, draw("text", { x: f.right - 4, y: f.Y(last) - 5, "text-anchor": "end", class: "label" }, `threshold ${last.toFixed(2)}`));
    if (inside(h.trigger)) markNight(f, h.trigger - peak, "trigger", "trigger", 0);
    if (inside(h.decided)) markNight(f, h.decided - peak, "stays above threshold", "decided", 1);
    const words = h.trigger === null ? " The object never triggered: no two detections of 5 σ within 30 days."
      : h.decided === null ? " At the end it is not above the threshold."
      : ` Above the threshold for good since MJD ${h.decided.toFixed(1)}, ${away(h.decided - h.trigger, "the trigger")} and ${away(h.decided - peak, "the fitted peak")}.`;
    return [make("figure", {}, f.svg, make("figcaption", {},
      "What the blend says with the data until each night, and the 68 % interval of its models; open points: before the trigger." + words))];
  }
  function temperature(o) {
    const t = o.temperature;
    if (!t || t.kK.length < 2) return make("p", {}, o.z === null ? "No temperature without a redshift." : "The colours do not determine a temperature.");
    const { peak, from, to } = span(o);
    const high = Math.min(1.1 * Math.max(...t.high), 100);
    const f = frame(`Black-body temperature of ${o.object_id}`, 230, [from - peak, to - peak], [0, high], "days from the fitted peak", "T [1000 K]");
    const at = (values) => t.mjd.map((m, k) => [f.X(m - peak), f.Y(Math.min(values[k], high))]);
    f.svg.append(draw("path", { d: path([...at(t.high), ...at(t.low).reverse()]) + "Z", style: "fill:var(--accent);opacity:.16" }));
    f.svg.append(draw("path", { d: path(at(t.kK)), style: "fill:none;stroke:var(--accent);stroke-width:2" }));
    return make("figure", {}, f.svg, make("figcaption", {}, "Black body through the fitted curves of all bands, rest frame; drawn where ln T is known to 0.35."));
  }

  // ---- detail ----------------------------------------------------------------------------------
  function reasonList(o, sign) {
    const largest = Math.max(...o.reasons.map((r) => Math.abs(r.sum)), 1e-9);
    const chosen = o.reasons.filter((r) => Math.sign(r.sum) === sign && Math.abs(r.sum) > 0.02);
    const box = make("div", { class: sign > 0 ? "for" : "against" }, make("h3", {}, sign > 0 ? "For a TDE" : "Against a TDE"));
    if (!chosen.length) box.append(make("p", {}, "Nothing to speak of."));
    for (const r of chosen) {
      const list = make("ul");
      for (const x of r.features.filter((x) => Math.sign(x.contribution) === sign)) {
        list.append(make("li", { title: x.meaning }, make("b", {}, x.name.split(".")[1].replaceAll("_", " ")), ` ${x.words} `,
          make("small", {}, `(${x.contribution > 0 ? "+" : "−"}${Math.abs(x.contribution).toFixed(2)})`)));
      }
      box.append(make("div", { class: "reason" },
        make("div", { class: "head" }, make("b", { title: r.about }, r.group), make("span", {}, (r.sum > 0 ? "+" : "−") + Math.abs(r.sum).toFixed(2))),
        make("span", { class: "weight", style: `width:${(100 * Math.abs(r.sum) / largest).toFixed(1)}%` }), list));
    }
    return box;
  }
  function toggles(o) {
    const seen = bands.filter((b) => o.light_curve.band.includes(b));
    const box = make("div", { class: "toggles", role: "group", "aria-label": "Bands and curves" });
    for (const b of seen) {
      const icon = draw("svg", { viewBox: "-6 -6 12 12", "aria-hidden": "true" });
      icon.append(marker(b, 0, 0, 4.2));
      const button = make("button", { type: "button", "aria-pressed": String(!state.hidden.has(b)), title: `Show or hide band ${b}` }, icon, b);
      button.addEventListener("click", () => { state.hidden.has(b) ? state.hidden.delete(b) : state.hidden.add(b); redraw(o, `Show or hide band ${b}`); });
      box.append(button);
    }
    const names = Object.keys(o.curves);
    if (names.length > 1) {
      box.append(make("span", { class: "gap" }));
      for (const name of names) {
        const button = make("button", { type: "button", class: "choice", "aria-pressed": String(state.curve === name), title: `Curve of ${name}` }, curveNames[name] ?? name);
        button.addEventListener("click", () => { state.curve = name; redraw(o, `Curve of ${name}`); });
        box.append(button);
      }
    }
    return box;
  }
  function redraw(o, title) {
    find("figures").replaceWith(figures(o));
    [...detail.querySelectorAll(".toggles button")].find((button) => button.title === title).focus();
  }
  function figures(o) {
    return make("div", { id: "figures" }, toggles(o), lightCurve(o), ...nightByNight(o), make("h3", {}, "Temperature"), temperature(o));
  }
  function fill(o) {
    if (!(state.curve in o.curves)) state.curve = Object.keys(o.curves)[0] ?? null;
    const press = (label, title, act) => { const b = make("button", { type: "button", title }, label); b.addEventListener("click", act); return b; };
    const pair = (name, value, note = null) => make("div", {}, make("dt", {}, name), make("dd", {}, value, note === null ? null : make("small", {}, ` ${note}`)));
    const classes = Object.keys(o).filter((key) => key.startsWith("p_") && !key.startsWith("p_TDE"));
    const numbers = make("dl", { class: "numbers" },
      pair("P(TDE)", number(o.p_TDE, 3), `${number(o.p_TDE_low, 3)}–${number(o.p_TDE_high, 3)}`),
      ...classes.map((key) => pair(key.slice(2), number(o[key], 3))),
      pair("z", number(o.z, 3)), pair("M at peak", number(o.peak_abs_mag, 2)), pair("T at peak", number(o.temperature_kK, 1), o.temperature_kK === null ? null : "kK"),
      pair("Decay index", number(o.decay_index, 2)), pair("Points", String(o.n_points), `in ${o.n_bands} bands`));
    const near = make("table", {}, make("thead", {}, make("tr", {}, ...["Object", "Type", "z", "Distance"].map((h) => make("th", { scope: "col" }, h)))));
    const rowsOf = make("tbody");
    for (const n of o.neighbours) rowsOf.append(make("tr", {}, make("td", {}, n.object_id), make("td", {}, n.spec_type), make("td", {}, number(n.z, 3)), make("td", {}, n.distance.toFixed(3))));
    near.append(rowsOf);
    const notes = make("ul", { class: "notes" });
    for (const flag of o.flags_told) notes.append(make("li", {}, make("b", {}, flag.name.replaceAll("_", " ")), `: ${flag.meaning}`));
    if (o.calibration !== "as_trained") notes.append(make("li", {}, make("b", {}, "calibration"), ": P(TDE) does not mean what cross-validation says it does"));
    if (!notes.children.length) notes.append(make("li", {}, "none"));
    detail.replaceChildren(
      make("div", { class: "bar" }, make("h2", {}, `${o.rank}. ${o.object_id}`),
        press("← Previous", "Previous candidate (left arrow)", () => step(-1)), press("Next →", "Next candidate (right arrow)", () => step(1)),
        press("Back to the list", "Close (Escape)", () => go(null))),
      numbers, figures(o),
      make("div", { class: "columns" }, reasonList(o, 1), reasonList(o, -1)),
      make("div", { class: "columns" }, make("div", {}, make("h3", {}, "Most like it among the training objects"), make("div", { class: "scroll" }, near)), make("div", {}, make("h3", {}, "Flags"), notes)));
  }

  refresh();
  follow();
})();
