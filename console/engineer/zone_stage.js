// A picture with polygons that are drawn on it. Python says what stands there; this tells it what a person made of it, once they let go.
const UNITS = 1000; // the width of the drawing, whatever the picture's
const STEP = 0.002, LEAP = 0.02;
const AWAY = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const within = (value) => Math.min(1, Math.max(0, value));
const turn = (a, b, c) => (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
const cross = (a, b, c, d) => turn(a, b, c) * turn(a, b, d) < 0 && turn(c, d, a) * turn(c, d, b) < 0;

function crosses(corners) {
  const sides = corners.map((corner, at) => [corner, corners[(at + 1) % corners.length]]);
  return sides.some(([a, b], one) => sides.some(([c, d], other) => other > one + 1 && cross(a, b, c, d)));
}

export default {
  props: { picture: String, width: Number, height: Number, zones: Array, detections: Array, chosen: String, unsaved: Boolean, heard: Number, words: Object, note: String },
  emits: ["drawn", "chosen", "undo"],
  template: `
  <div class="stage">
    <div class="stage-tools">
      <slot></slot>
      <span class="grow"></span>
      <button type="button" class="tool" :disabled="!zone" @click="add(corner ?? 0)">{{ words.add_corner }}</button>
      <button type="button" class="tool" :disabled="corner === null || !zone || zone.corners.length < 4" @click="remove">{{ words.remove_corner }}</button>
    </div>
    <div class="stage-picture" :style="{ aspectRatio: width + ' / ' + height, '--ratio': width / height }">
      <img v-if="picture" :src="picture" :alt="words.picture" draggable="false">
      <p v-else class="stage-note">{{ note }}</p>
      <svg ref="svg" preserveAspectRatio="none" :viewBox="'0 0 1000 ' + high" :style="{ '--px': unit + 'px' }" role="group" :aria-label="words.stage"
           @pointermove="move" @pointerup="release" @pointercancel="release" @pointerdown.self="choose('')">
        <g v-for="(seen, at) in detections" :key="'seen' + at" class="seen" :class="seen.tone" aria-hidden="true">
          <rect :x="seen.box[0] * 1000" :y="seen.box[1] * high" :width="(seen.box[2] - seen.box[0]) * 1000" :height="(seen.box[3] - seen.box[1]) * high" />
          <text :x="seen.box[0] * 1000 + 3 * unit" :y="Math.max(seen.box[1] * high - 4 * unit, 12 * unit)">{{ seen.label }} {{ seen.score }}</text>
        </g>
        <g v-for="one in ordered" :key="one.key" class="zone" :class="[one.kind, { chosen: one.key === chosen, wrong: one.wrong || isCrossing(one) }]">
          <polygon class="halo" :points="points(one)" />
          <polygon class="area" :points="points(one)" tabindex="0" role="button" :aria-label="one.title" :aria-pressed="one.key === chosen"
                   @pointerdown="press($event, one.key, null)" @keydown="typed($event, one.key, null)" />
          <text class="title" :x="top(one)[0] * 1000 + 8 * unit" :y="top(one)[1] * high + 18 * unit">{{ one.title }}</text>
          <template v-if="one.key === chosen">
            <line v-for="(_, at) in one.corners" :key="'side' + at" class="side" v-bind="side(one, at)" @pointerdown="split($event, one, at)" />
            <circle v-for="(_, at) in one.corners" :key="'plus' + at" class="plus" v-bind="middle(one, at)" :r="3.5 * unit" />
            <g v-for="(spot, at) in one.corners" :key="'corner' + at" class="corner" :class="{ held: at === corner }" tabindex="0" role="button"
               :aria-label="said(one, at)" :data-corner="at" @focus="corner = at"
               @pointerdown="press($event, one.key, at)" @keydown="typed($event, one.key, at)">
              <circle class="grip" :cx="spot[0] * 1000" :cy="spot[1] * high" :r="18 * unit" />
              <circle class="dot" :cx="spot[0] * 1000" :cy="spot[1] * high" :r="(at === corner ? 8 : 6) * unit" />
            </g>
          </template>
        </g>
      </svg>
    </div>
    <p class="stage-said" :class="{ bad: !!warning }" aria-live="polite">{{ warning || told || "\u00a0" }}</p>
  </div>`,
  data() {
    return { shapes: [], corner: null, held: null, told_count: 0, unit: 1 };
  },
  computed: {
    high() { return (UNITS * this.height) / this.width; },
    zone() { return this.shapes.find((one) => one.key === this.chosen); },
    ordered() { return [...this.shapes].sort((a, b) => (a.key === this.chosen) - (b.key === this.chosen)); },
    warning() { return this.zone && this.isCrossing(this.zone) ? this.words.crossing : ""; },
    told() { return this.zone && this.corner !== null && this.zone.corners[this.corner] ? this.said(this.zone, this.corner) : this.zone ? this.words.hint : ""; },
  },
  watch: {
    zones() { this.take(); },
    heard() { this.take(); },
    chosen() { this.corner = null; },
  },
  created() { this.take(); },
  mounted() {
    this.measuring = new ResizeObserver(() => { this.unit = UNITS / (this.$refs.svg.clientWidth || UNITS); });
    this.measuring.observe(this.$refs.svg);
    this.onKey = (event) => {
      const typing = /^(INPUT|TEXTAREA)$/.test(event.target.tagName) || event.target.isContentEditable;
      if ((event.ctrlKey || event.metaKey) && event.key === "z" && !typing) { event.preventDefault(); this.$emit("undo"); }
    };
    window.addEventListener("keydown", this.onKey);
    this.onLeave = (event) => { if (this.unsaved) event.preventDefault(); };
    window.addEventListener("beforeunload", this.onLeave);
  },
  unmounted() { this.measuring.disconnect(); window.removeEventListener("keydown", this.onKey); window.removeEventListener("beforeunload", this.onLeave); },
  methods: {
    take() { // what Python says, unless it has not heard yet what was drawn last
      if (this.held || (this.heard ?? 0) < this.told_count) return;
      this.shapes = this.zones.map((one) => ({ ...one, corners: one.corners.map((spot) => [...spot]) }));
    },
    points(one) { return one.corners.map(([x, y]) => `${x * UNITS},${y * this.high}`).join(" "); },
    top(one) { return one.corners.reduce((best, spot) => (spot[1] < best[1] ? spot : best)); },
    isCrossing(one) { return crosses(one.corners); },
    side(one, at) {
      const [a, b] = [one.corners[at], one.corners[(at + 1) % one.corners.length]];
      return { x1: a[0] * UNITS, y1: a[1] * this.high, x2: b[0] * UNITS, y2: b[1] * this.high };
    },
    middle(one, at) { const on = this.side(one, at); return { cx: (on.x1 + on.x2) / 2, cy: (on.y1 + on.y2) / 2 }; },
    said(one, at) {
      const [x, y] = one.corners[at].map((value) => (value * 100).toFixed(1));
      return this.words.corner.replace("{n}", at + 1).replace("{x}", x).replace("{y}", y);
    },
    spot(event) {
      const box = this.$refs.svg.getBoundingClientRect();
      return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    },
    choose(key) { if (key !== this.chosen) this.$emit("chosen", key); this.corner = null; },
    press(event, key, at) {
      if (event.button) return;
      if (key !== this.chosen) this.$emit("chosen", key);
      this.corner = at;
      const one = this.shapes.find((shape) => shape.key === key);
      this.held = { key, at, from: this.spot(event), before: one.corners.map((spot) => [...spot]), moved: false };
      this.$refs.svg.setPointerCapture(event.pointerId);
    },
    split(event, one, at) {
      if (event.button) return;
      one.corners.splice(at + 1, 0, this.spot(event).map(within));
      this.press(event, one.key, at + 1);
      this.held.moved = true;
    },
    move(event) {
      if (!this.held) return;
      const { key, at, from, before } = this.held, now = this.spot(event);
      const [dx, dy] = [now[0] - from[0], now[1] - from[1]];
      if (!this.held.moved && Math.hypot(dx * UNITS, dy * this.high) < 3 * this.unit) return;
      this.held.moved = true;
      this.shift(this.shapes.find((shape) => shape.key === key), at, before, dx, dy);
    },
    shift(one, at, before, dx, dy) {
      if (at !== null) {
        one.corners.splice(at, 1, [within(before[at][0] + dx), within(before[at][1] + dy)]);
        return;
      }
      const room = (axis, by) => { // as far as the picture goes
        const all = before.map((spot) => spot[axis]);
        return Math.min(1 - Math.max(...all), Math.max(-Math.min(...all), by));
      };
      const [x, y] = [room(0, dx), room(1, dy)];
      one.corners = before.map((spot) => [spot[0] + x, spot[1] + y]);
    },
    release() {
      const held = this.held;
      this.held = null;
      if (held && held.moved) this.tell(held.key);
    },
    tell(key) {
      this.told_count = Math.max(this.told_count, this.heard ?? 0) + 1;
      const corners = this.shapes.find((one) => one.key === key).corners.map((spot) => [...spot]);
      this.$emit("drawn", { key, corners, count: this.told_count });
    },
    typed(event, key, at) {
      const one = this.shapes.find((shape) => shape.key === key), away = AWAY[event.key];
      if (away) {
        const by = event.shiftKey ? LEAP : STEP;
        this.shift(one, at, one.corners.map((spot) => [...spot]), away[0] * by, away[1] * by);
        this.tell(key);
      } else if (event.key === "Enter" || event.key === " ") {
        if (at === null) this.choose(key); else this.add(at);
      } else if ((event.key === "Delete" || event.key === "Backspace") && at !== null) {
        this.corner = at;
        this.remove();
      } else return;
      event.preventDefault();
    },
    add(at) {
      const one = this.zone, next = one.corners[(at + 1) % one.corners.length], here = one.corners[at];
      one.corners.splice(at + 1, 0, [(here[0] + next[0]) / 2, (here[1] + next[1]) / 2]);
      this.corner = at + 1;
      this.tell(one.key);
    },
    remove() {
      if (this.corner === null || this.zone.corners.length < 4) return;
      this.zone.corners.splice(this.corner, 1);
      this.corner = null;
      this.tell(this.zone.key);
    },
  },
};
