// Draws the page of today: the figures, the map, and the list. Python sends what is to be seen; this places it, and lets time pass.
// Text is only ever set as text.
import { leaflet as L } from "nicegui-leaflet";
import { loadResource } from "../../static/utils/resources.js";
import { TownMap } from "/static/town_map.js";

const SOON_S = 300;
const QUIET_S = 15; // so long may the service say nothing; it speaks every few seconds
const WALL_PX = 2000;
const MINUTE = 60, HOUR = 3600, DAY = 86400;

export default {
  template: `
  <div class="today">
    <div class="today-head">
      <h1>{{ words.title }}</h1>
      <span class="quiet">{{ words.town }}</span>
      <span class="grow"></span>
      <span class="today-clock num" :class="{ stale: trouble }">{{ words.as_of }} <time>{{ clock }}</time></span>
    </div>
    <p v-if="trouble" class="today-trouble" role="alert">{{ trouble }}</p>
    <p class="away" aria-live="polite">{{ said }}</p>
    <section class="tiles" :aria-label="words.figures">
      <div v-for="tile in tiles" :key="tile.id" class="tile">
        <span class="tile-name">{{ tile.name }}</span>
        <span class="tile-value num">{{ tile.value }}<small v-if="tile.more">{{ tile.more }}</small></span>
        <span class="tile-beside" :class="tile.tone">{{ tile.beside || "\u00a0" }}</span>
      </div>
    </section>
    <div class="today-body">
      <section id="today-map" class="panel today-map" :aria-label="words.map">
        <p class="away">{{ words.map_told }}</p>
        <div ref="map" class="town-map"></div>
        <p v-if="!start.cameras.length" class="today-nowhere">{{ words.no_places }}</p>
        <ul class="legend" :aria-label="words.cameras">
          <li v-for="(name, state) in states" :key="name">
            <svg viewBox="-6 -6 12 12" aria-hidden="true"><path :d="shapes[state].d" :style="shapes[state].style" /></svg>
            {{ words[name] }} <b class="num">{{ counts[state] }}</b>
          </li>
        </ul>
      </section>
      <section class="panel today-list" :aria-label="words.live">
        <div class="list-head">
          <h2>{{ words.live }} <span class="num">{{ total }}</span></h2>
          <span v-if="late" class="tag bad num">{{ told("overdue", { n: late }) }}</span>
          <a class="to-map" href="#today-map">{{ words.map }} ↓</a>
        </div>
        <ol v-if="ids.length" class="orders">
          <li v-for="id in ids" :key="id" :class="{ fresh: fresh.has(id) }">
            <a class="order" :class="[tone(id), pins[id].priority]" :href="'/town/orders/' + encodeURIComponent(id)"
               @mouseenter="point(id)" @mouseleave="point('')" @focus="point(id)" @blur="point('')">
              <img v-if="lines[id].picture" :src="'/town/pictures/' + encodeURIComponent(id) + '/before?wide=320'" :alt="words.picture" loading="lazy" width="112" height="84">
              <span v-else class="no-picture">{{ words.no_picture }}</span>
              <span class="order-what">
                <b>{{ lines[id].what }}</b>
                <span v-if="pins[id].priority !== 'normal'" class="tag" :class="pins[id].priority">{{ words[pins[id].priority] }}</span>
                <span v-if="lines[id].again" class="tag warn">{{ lines[id].again }}</span>
              </span>
              <span class="order-where">{{ lines[id].where }}</span>
              <span class="order-who">{{ lines[id].state }}<template v-if="lines[id].who"> · {{ lines[id].who }}</template></span>
              <span class="order-due num">{{ due(id) }}</span>
              <span class="order-ago num">{{ told("opened_ago", { t: lasting(now - pins[id].since) }) }}</span>
            </a>
          </li>
        </ol>
        <div v-else class="state">
          <span class="state-title">{{ words.empty }}</span>
          <span>{{ words.empty_then }}</span>
        </div>
        <p v-if="rest" class="quiet list-rest">{{ told("rest", { n: rest }) }}</p>
      </section>
    </div>
  </div>`,
  props: { start: Object, words: Object, ground: Object, wall: String, resourcePath: String },
  data() {
    return {
      tiles: this.start.tiles,
      lines: Object.fromEntries((this.start.lines || []).map((line) => [line.id, line])),
      pins: Object.fromEntries((this.start.pins || []).map((pin) => [pin.id, pin])),
      ids: this.start.ids,
      rest: this.start.rest,
      fresh: new Set(),
      counts: [0, 0, 0, 0],
      states: ["fine", "unfit", "silent", "never"],
      shapes: TownMap.shapes,
      now: this.start.now,
      told_at: this.start.now,
      ahead: Date.now() / 1000 - this.start.now,
      heard_at: Date.now() / 1000,
      connected: true,
      unread: false,
      said: "",
    };
  },
  computed: {
    total() { return this.ids.length + this.rest; },
    late() { return Object.values(this.pins).filter((pin) => pin.due !== null && pin.due < this.now).length; },
    trouble() {
      if (!this.connected) return this.words.lost;
      return this.unread ? this.words.no_answer : "";
    },
    clock() {
      return new Date(this.now * 1000).toLocaleTimeString("zh-CN", { timeZone: this.words.zone, hourCycle: "h23" });
    },
  },
  async mounted() {
    this.start.cameras.forEach((camera) => this.counts[camera[3]]++);
    this.measure();
    window.addEventListener("resize", this.measure);
    await this.$nextTick(); // wait for window.path_prefix to be set
    await loadResource(window.path_prefix + `${this.resourcePath}/leaflet/leaflet.css`);
    this.map = new TownMap(L, this.$refs.map, this.start, this.words, this.ground, (pin) => this.short(pin));
    this.measure();
    this.map.place(Object.values(this.pins), [], this.ids, (id) => this.tone(id));
    this.ticking = setInterval(this.tick, 1000);
    this.waiting = setInterval(() => {
      if (window.socket?.id === undefined) return;
      clearInterval(this.waiting);
      this.$emit("ready");
    }, 50);
  },
  unmounted() {
    clearInterval(this.ticking);
    clearInterval(this.waiting);
    window.removeEventListener("resize", this.measure);
    document.body.classList.remove("wall");
  },
  methods: {
    patch(told) {
      this.heard_at = Date.now() / 1000;
      this.ahead = this.heard_at - told.now || this.ahead;
      if ("trouble" in told) this.unread = told.trouble;
      if (!this.unread) this.now = told.now || this.now;
      for (const line of told.lines || []) this.lines[line.id] = line;
      for (const pin of told.pins || []) this.pins[pin.id] = pin;
      if (told.ids) this.turn(told.ids);
      if ("rest" in told) this.rest = told.rest;
      for (const id of told.gone || []) { delete this.pins[id]; delete this.lines[id]; }
      if (told.tiles) this.tiles = told.tiles;
      for (const [number, state] of told.moved || []) {
        this.counts[this.map.turn(number, state)]--;
        this.counts[state]++;
      }
      if (told.pins || told.gone || told.ids) this.map.place(told.pins || [], told.gone || [], this.ids, (id) => this.tone(id));
    },
    // The new lines in turn; what appears is marked for a while, and said once.
    turn(ids) {
      const known = new Set(this.ids);
      const come = ids.filter((id) => !known.has(id) && this.now - this.pins[id].since < HOUR);
      this.ids = ids;
      if (!come.length) return;
      this.said = come.length > 1 ? this.told("now_more", { n: come.length }) : this.told("now_new", this.lines[come[0]]);
      come.forEach((id) => this.fresh.add(id));
      setTimeout(() => come.forEach((id) => this.fresh.delete(id)), 6000);
    },
    tick() {
      const clock = Date.now() / 1000;
      this.connected = window.socket.connected && clock - this.heard_at < QUIET_S;
      if (this.trouble) return;
      this.now = clock - this.ahead;
      if (Math.floor(this.now) % 10 === 0) this.map.age((id) => this.tone(id));
    },
    tone(id) {
      const due = this.pins[id].due;
      if (due === null) return "";
      return due < this.now ? "late" : due - this.now < SOON_S ? "soon" : "";
    },
    due(id) {
      const due = this.pins[id].due;
      if (due === null) return this.words.no_deadline;
      return due < this.now ? this.told("over", { t: this.lasting(this.now - due) }) : this.told("left", { t: this.lasting(due - this.now) });
    },
    lasting(s) {
      if (s < MINUTE) return this.words.moment;
      if (s < HOUR) return this.told("minutes", { m: Math.floor(s / MINUTE) });
      if (s < 2 * DAY) return this.told("hours", { h: Math.floor(s / HOUR), m: Math.floor((s % HOUR) / MINUTE) });
      return this.told("days", { d: Math.floor(s / DAY), h: Math.floor((s % DAY) / HOUR) });
    },
    short(pin) {
      const s = Math.max(0, this.now - pin.since);
      if (s < MINUTE) return this.words.short_moment;
      if (s < 2 * HOUR) return this.told("short_minutes", { m: Math.floor(s / MINUTE) });
      if (s < 2 * DAY) return this.told("short_hours", { h: Math.floor(s / HOUR) });
      return this.told("short_days", { d: Math.floor(s / DAY) });
    },
    told(name, facts) {
      return this.words[name].replace(/\{(\w+)\}/g, (_, key) => facts[key]);
    },
    point(id) { this.map?.point(id); },
    measure() {
      document.body.classList.toggle("wall", this.wall === "1" || (this.wall !== "0" && window.innerWidth >= WALL_PX));
      this.$el.style.setProperty("--top", `${this.$el.getBoundingClientRect().top + window.scrollY}px`);
      this.map?.enlarge(document.body.classList.contains("wall"));
    },
  },
};
