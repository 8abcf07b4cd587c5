// A map of a township with Leaflet: grids, cameras by state (colour and shape), orders by lateness, priority and age.
// Cameras lie on one canvas, so that a thousand cost what one does. Names are only ever set as text.

const TOLD = 40; // beyond so many of the list, orders are dots, which do not hide each other

const SHAPES = [
  { d: "M-4,0a4,4 0 1,0 8,0a4,4 0 1,0 -8,0", style: "fill:#3b7d55;stroke:#fff;stroke-width:1" },
  { d: "M0,-5L5,4L-5,4Z", style: "fill:#c98a00;stroke:#5e4100;stroke-width:1" },
  { d: "M-4,-4L4,4M4,-4L-4,4", style: "fill:none;stroke:#b42318;stroke-width:2.5" },
  { d: "M-4,0a4,4 0 1,0 8,0a4,4 0 1,0 -8,0", style: "fill:#fff;stroke:#6b7480;stroke-width:1.5;stroke-dasharray:2 1.5" },
];

const PAINTS = [
  { fillColor: "#3b7d55", color: "#fff", weight: 1, fillOpacity: 0.9, fill: true },
  { fillColor: "#c98a00", color: "#5e4100", weight: 1, fillOpacity: 1, fill: true },
  { color: "#b42318", weight: 2.5, fill: false },
  { fillColor: "#fff", color: "#6b7480", weight: 1.5, fillOpacity: 1, fill: true, dashArray: "2 1.5" },
];

const DRAW = [
  (path, r) => path.arc(0, 0, r, 0, 2 * Math.PI),
  (path, r) => { path.moveTo(0, -1.25 * r); path.lineTo(1.2 * r, r); path.lineTo(-1.2 * r, r); path.closePath(); },
  (path, r) => { path.moveTo(-r, -r); path.lineTo(r, r); path.moveTo(r, -r); path.lineTo(-r, r); },
  (path, r) => path.arc(0, 0, r, 0, 2 * Math.PI),
];

const GRIDS = ["#4f79a5", "#6f8f4e", "#a3744c", "#7767a3", "#4a9090", "#a65f7b"];

export class TownMap {
  static shapes = SHAPES;

  // `what` is a whole view's: its grids and cameras; `age` gives a pin's text.
  constructor(L, element, what, words, ground, age) {
    this.L = L;
    this.words = words;
    this.age_of = age;
    this.pins = new Map();
    this.map = L.map(element, { zoomControl: false, attributionControl: Boolean(ground.tiles), preferCanvas: true, zoomSnap: ground.tiles ? 1 : 0.1, maxZoom: 20 });
    if (ground.tiles) this.lay(ground);
    L.control.zoom({ zoomInTitle: words.zoom_in, zoomOutTitle: words.zoom_out }).addTo(this.map);
    this.add_way_back();
    L.control.scale({ imperial: false, maxWidth: 120 }).addTo(this.map);
    this.canvas = L.canvas({ padding: 0.3 });
    this.map.createPane("names").style.zIndex = 450; // above what is drawn, below the orders
    this.bounds = L.latLngBounds([]);
    what.grids.forEach((grid, number) => this.grid(grid, GRIDS[number % GRIDS.length], Boolean(ground.tiles)));
    this.cameras = what.cameras.map((camera) => this.camera(camera));
    this.see();
    this.look_at(this.cameras[ground.focus]);
    new ResizeObserver(() => { this.map.invalidateSize({ animate: false }); if (!this.moved) this.see(); }).observe(element);
    element.addEventListener("pointerdown", (event) => { this.moved ||= !event.target.closest(".way-back"); });
    element.addEventListener("wheel", () => { this.moved = true; }, { passive: true });
  }

  see() {
    if (this.bounds.isValid()) this.map.fitBounds(this.bounds, { padding: [24, 24], maxZoom: 18, animate: false });
    else this.map.setView([35, 105], 4);
  }

  // Close to the camera that the page was asked for, if it was for one.
  look_at(camera) {
    if (!camera) return;
    this.moved = true;
    this.map.setView(camera.getLatLng(), 18, { animate: false });
    camera.openTooltip();
  }

  // A button that shows all of it again.
  add_way_back() {
    const control = this.L.control({ position: "topleft" });
    control.onAdd = () => {
      const bar = document.createElement("div"), button = document.createElement("a");
      bar.className = "leaflet-bar way-back";
      Object.assign(button, { href: "#", textContent: "⤢", title: this.words.whole, role: "button" });
      button.setAttribute("aria-label", this.words.whole);
      button.addEventListener("click", (event) => { event.preventDefault(); this.moved = false; this.see(); });
      this.L.DomEvent.disableClickPropagation(bar);
      bar.append(button);
      return bar;
    };
    control.addTo(this.map);
  }

  lay(ground) {
    this.map.attributionControl.setPrefix(false);
    const layer = this.L.tileLayer(ground.tiles, { maxZoom: 20, maxNativeZoom: 18, referrerPolicy: "origin" }).addTo(this.map);
    if (!ground.attribution) return;
    const escaped = document.createElement("span");
    escaped.textContent = ground.attribution;
    layer.options.attribution = escaped.innerHTML;
    this.map.attributionControl.addAttribution(escaped.innerHTML);
  }

  grid({ name, area }, color, on_tiles) {
    if (!area.length) return;
    const shape = this.L.polygon(area, { renderer: this.canvas, interactive: false, color, weight: 1.5, opacity: 0.8, fillColor: color, fillOpacity: on_tiles ? 0.08 : 0.12 });
    shape.addTo(this.map);
    this.bounds.extend(shape.getBounds());
    this.L.tooltip(shape.getBounds().getCenter(), { permanent: true, direction: "center", className: "grid-name", pane: "names", content: text(name), interactive: false }).addTo(this.map);
  }

  camera([name, lat, lon, state]) {
    const { L, words, canvas } = this;
    const Mark = (this.Mark ||= L.CircleMarker.extend({
      _updatePath() {
        const { _renderer: renderer, _point: at } = this;
        if (!renderer._drawing || this._empty()) return;
        const path = renderer._ctx;
        path.save();
        path.translate(at.x, at.y);
        path.beginPath();
        DRAW[this.state](path, this._radius);
        path.restore();
        renderer._fillStroke(path, this);
      },
    }));
    const mark = new Mark([lat, lon], { renderer: canvas, radius: 4, ...PAINTS[state] });
    mark.state = state;
    mark.bindTooltip(() => text(`${name} · ${words[["fine", "unfit", "silent", "never"][mark.state]]}`), { direction: "top", offset: [0, -4] });
    mark.addTo(this.map);
    this.bounds.extend([lat, lon]);
    return mark;
  }

  // On a wall all marks are larger.
  enlarge(wall) {
    for (const mark of this.cameras) mark.setRadius(wall ? 7 : 4);
  }

  // A camera is in another state; returns which it was in.
  turn(number, state) {
    const mark = this.cameras[number], before = mark.state;
    mark.state = state;
    mark.setStyle({ dashArray: null, ...PAINTS[state] });
    return before;
  }

  // New, changed and gone orders. The first of the list tell their age; the others are dots.
  place(pins, gone, listed, tone) {
    const told = new Set(listed.slice(0, TOLD));
    for (const id of gone) { this.pins.get(id)?.mark.remove(); this.pins.delete(id); }
    for (const pin of pins) this.pin(pin, told.has(pin.id));
    for (const [id, known] of this.pins) if (known.told !== told.has(id)) this.pin(known.pin, told.has(id));
    this.age(tone);
  }

  pin(pin, told) {
    const { L } = this;
    this.pins.get(pin.id)?.mark.remove();
    const face = told ? text("") : null;
    const options = { keyboard: false, title: "", icon: face && L.divIcon({ html: face, className: "order-pin", iconSize: null }) };
    const mark = told ? L.marker(pin.at, options) : L.circleMarker(pin.at, { renderer: this.canvas, radius: 6, weight: 2, color: pin.priority === "normal" ? "#fff" : "#1b1f24", fillOpacity: 1 });
    mark.bindTooltip(() => text(`${pin.said} · ${this.age_of(pin)}`), { direction: "bottom" });
    mark.on("click", () => { window.location.href = `/town/orders/${encodeURIComponent(pin.id)}`; });
    mark.addTo(this.map);
    this.pins.set(pin.id, { pin, told, mark, face });
  }

  // Let all pins tell their age, and how late they are. Those of one place stand on each other.
  age(tone) {
    const standing = new Map();
    for (const [id, { pin, told, mark, face }] of this.pins) {
      const late = tone(id);
      if (!told) { mark.setStyle({ fillColor: late === "late" ? "#b42318" : late === "soon" ? "#b97900" : "#0b5cad" }); continue; }
      const said = this.age_of(pin), named = `pin ${late} ${pin.priority}`;
      if (face.textContent !== said) face.textContent = said;
      if (face.className !== named) face.className = named;
      const level = standing.get(String(pin.at)) || 0;
      standing.set(String(pin.at), level + 1);
      face.style.setProperty("--level", level);
      mark.setZIndexOffset({ late: 2000, soon: 1000 }[late] || 0);
    }
  }

  // Show which pin belongs to a line of the list; none for "".
  point(id) {
    for (const [one, pointed] of [[this.pointed, false], [id, true]]) {
      const { told, mark } = this.pins.get(one) || {};
      if (told) mark.getElement().classList.toggle("pointed", pointed);
      else mark?.setRadius(pointed ? 12 : 6);
    }
    this.pointed = id;
  }
}

function text(said) {
  const element = document.createElement("span");
  element.textContent = said;
  return element;
}
