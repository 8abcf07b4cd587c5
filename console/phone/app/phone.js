// The cleaner's page: shows what the service last said, keeps what was tapped until it is answered, and says everything once more.
"use strict";

const LANGUAGE_COOKIE = "weisu-language";
const STORE = "weisu-phone";
const SILENT_MS = 40000; // the service says something every 15 s
const ANSWER_MS = 20000;
const TOLD_MS = 2 * 3600000;
const LONGEST_PX = 1600;
const HOLDING = ["claimed", "on_site"];
const ENDING = ["done", "cannot", "hand_over", "false_alarm", "decline", "claim"];
const GOOD = ["verified", "confirm", "given"];
const WARN = ["seen_clear", "overdue", "redo", "still_firing", "third_attempt"];
const ICONS = {
  camera: "M9 5l-2 3H3v12h18V8h-4l-2-3zM12 10a4 4 0 1 0 .01 0z",
  bell: "M6 16V11a6 6 0 0 1 12 0v5l2 2H4zM10 21h4",
  tick: "M4 12l6 6L20 6",
  code: "M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h3v3h-3zM20 17v3h-3",
  cloud: "M7 18a4 4 0 0 1 .5-8 5 5 0 0 1 9.6 1A3.5 3.5 0 0 1 17 18z",
};

const byId = (id) => document.getElementById(id);
const now = () => Date.now() + ahead;

let words = {};
let language = "zh";
let state = null; // what the service last said
let heardAt = 0; // when, by this phone's clock
let ahead = 0; // how far the service's clock is before this phone's
let known = []; // offers that have rung
let shut = []; // what was read
let box = null; // acts and photographs that are not answered yet
let waiting = { acts: [], photos: [] };
let source = null;
let connected = false;
let locked = ""; // scan or other: nothing is shown to whoever is not signed in as a cleaner
let audio = null;
let flushing = false;
let retryMs = 2000;
let freshOffers = [];
const pictures = new Map();
const asked = new Set(); // offers whose reason was asked for

// ---- words

function t(name, facts = {}) {
  return (words[name] || name).replace(/\{(\w+)\}/g, (_, key) => facts[key]);
}

function reasonOf(word) {
  return word === "given" ? t("given") : (words.reasons || {})[word] || word;
}

async function speak(chosen) {
  language = chosen;
  words = await (await fetch(`/phone/app/words-${chosen}.json`)).json();
  document.documentElement.lang = chosen === "zh" ? "zh-CN" : "en";
}

function chosenLanguage() {
  const found = document.cookie.match(/(?:^|; )weisu-language=(\w+)/);
  return found && found[1] === "en" ? "en" : "zh";
}

function span(ms) {
  const minutes = Math.max(0, Math.floor(ms / 60000));
  return minutes < 60 ? t("minutes", { n: minutes }) : t("hours", { h: Math.floor(minutes / 60), m: minutes % 60 });
}

function ago(ms) {
  const minutes = Math.floor(ms / 60000);
  if (minutes < 1) return t("now_ago");
  if (minutes < 60) return t("minutes_ago", { n: minutes });
  return minutes < 1440 ? t("hours_ago", { n: Math.floor(minutes / 60) }) : t("days_ago", { n: Math.floor(minutes / 1440) });
}

function clockTime(at) {
  return new Intl.DateTimeFormat("zh-CN", { timeZone: state.zone, hour: "2-digit", minute: "2-digit", hour12: false }).format(new Date(at));
}

function distance(metres) {
  return metres < 1000 ? t("metres", { n: metres }) : t("kilometres", { n: (metres / 1000).toFixed(1) });
}

// ---- elements: text never becomes markup

function el(name, given = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(given)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false && value !== null) made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null && child !== ""));
  return made;
}

function button(kind, text, onclick, given = {}) {
  return el("button", { type: "button", class: `button ${kind}`, onclick, ...given }, text);
}

function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const path = document.createElementNS(space, "path");
  const drawn = { viewBox: "0 0 24 24", fill: "none", stroke: "currentColor", "stroke-width": "1.8", "stroke-linejoin": "round", "stroke-linecap": "round", "aria-hidden": "true" };
  for (const [key, value] of Object.entries(drawn)) svg.setAttribute(key, value);
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

function toast(text) {
  byId("toast").textContent = text;
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => (byId("toast").textContent = ""), 5000);
}

// ---- what is kept on the phone

function keep() {
  try {
    localStorage.setItem(STORE, JSON.stringify({ state, heardAt, ahead, known, shut }));
  } catch (error) {
    console.warn("the list could not be kept", error);
  }
}

function recall() {
  try {
    const kept = JSON.parse(localStorage.getItem(STORE) || "{}");
    ({ state = null, heardAt = 0, ahead = 0, known = [], shut = [] } = kept);
  } catch (error) {
    localStorage.removeItem(STORE);
  }
}

function forget() {
  state = null;
  heardAt = 0;
  known = [];
  shut = [];
  localStorage.removeItem(STORE);
  for (const url of pictures.values()) if (url) URL.revokeObjectURL(url);
  pictures.clear();
  asked.clear();
}

// A browser that keeps nothing (a private window) still says what was tapped while the page is open.
class Box {
  constructor(database) {
    this.database = database;
    this.memory = { acts: new Map(), photos: new Map() };
  }

  static open() {
    return new Promise((resolve) => {
      let asked;
      try {
        asked = indexedDB.open(STORE, 1);
      } catch (error) {
        resolve(new Box(null));
        return;
      }
      asked.onupgradeneeded = () => ["acts", "photos"].forEach((name) => asked.result.createObjectStore(name, { keyPath: "event_id" }));
      asked.onsuccess = () => resolve(new Box(asked.result));
      asked.onerror = () => resolve(new Box(null));
    });
  }

  do(name, work) {
    return new Promise((resolve, reject) => {
      const transaction = this.database.transaction(name, "readwrite");
      const asked = work(transaction.objectStore(name));
      transaction.oncomplete = () => resolve(asked.result);
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
  }

  put(name, one) {
    return this.database ? this.do(name, (store) => store.put(one)) : this.memory[name].set(one.event_id, one);
  }

  remove(name, eventId) {
    return this.database ? this.do(name, (store) => store.delete(eventId)) : this.memory[name].delete(eventId);
  }

  async all(name) {
    const found = this.database ? await this.do(name, (store) => store.getAll()) : [...this.memory[name].values()];
    return found.sort((one, other) => one.number - other.number);
  }
}

async function count() {
  waiting = { acts: await box.all("acts"), photos: await box.all("photos") };
}

function eventId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

// ---- what is heard

function hear(said) {
  if (state && state.me.id !== said.me.id) {
    forget();
    box.all("acts").then((acts) => acts.filter((act) => act.owner !== said.me.id).forEach((act) => box.remove("acts", act.event_id)));
    box.all("photos").then((photos) => photos.filter((photo) => photo.owner !== said.me.id).forEach((photo) => box.remove("photos", photo.event_id)));
  }
  const why = Object.fromEntries(((state && state.orders) || []).map((order) => [order.order_id, order.why]));
  for (const order of said.orders) order.why = order.why || why[order.order_id] || "";
  const usable = said.fresh || !state || !state.fresh;
  state = usable ? said : { ...state, now: said.now, line: said.line, broker: said.broker, waiting: said.waiting, answered: said.answered };
  ahead = Date.parse(said.now) - Date.now();
  locked = "";
  if (said.fresh) heardAt = Date.now();
  ring();
  tellAnswers();
  keep();
  settle();
}

// An offer that was made before this phone listened comes without its reason.
async function askWhy(order) {
  if (order.yours || order.why || asked.has(order.order_id)) return;
  asked.add(order.order_id);
  try {
    const answer = await fetch(`/phone/api/why/${order.order_id}`);
    if (!answer.ok) return;
    const { why } = await answer.json();
    const line = state && state.orders.find((one) => one.order_id === order.order_id);
    if (line) line.why = why;
    keep();
    show();
  } catch (error) {
    asked.delete(order.order_id);
  }
}

function beat(said) {
  ahead = Date.parse(said.now) - Date.now();
  if (state && state.broker === "up" && state.fresh) heardAt = Date.now();
}

async function settle() {
  const { answered, orders } = state;
  for (const eventId of answered) await box.remove("acts", eventId);
  await count();
  show();
  flush();
  orders.forEach(askWhy);
}

function ring() {
  const offers = state.orders.filter((order) => !order.yours).map((order) => `${order.order_id}@${order.attempt}`);
  const fresh = offers.filter((offer) => !known.includes(offer));
  known = offers;
  freshOffers = [...new Set([...freshOffers.filter((offer) => offers.includes(offer)), ...fresh])];
  if (!fresh.length) return;
  sound();
  if (navigator.vibrate && (!navigator.userActivation || navigator.userActivation.hasBeenActive)) navigator.vibrate([300, 150, 300, 150, 300]);
  const order = state.orders.find((one) => fresh.includes(`${one.order_id}@${one.attempt}`));
  toast(t("new_offer", { title: order.title, place: order.zone }));
}

function tellAnswers() {
  const fresh = state.told.filter((one) => one.answer && one.kind === "update" && !shut.includes(one.id));
  shut = [...shut, ...fresh.map((one) => one.id)].slice(-100);
  if (fresh.length) toast(reasonOf(fresh[fresh.length - 1].reason));
}

function sound() {
  if (!audio || audio.state !== "running") return;
  [0, 0.22, 0.44, 1, 1.22, 1.44].forEach((after, number) => {
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    const at = audio.currentTime + after;
    tone.frequency.value = number % 3 === 2 ? 1320 : 988;
    volume.gain.setValueAtTime(0.0001, at);
    volume.gain.exponentialRampToValueAtTime(0.5, at + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.2);
    tone.connect(volume).connect(audio.destination);
    tone.start(at);
    tone.stop(at + 0.21);
  });
}

async function wakeSound() {
  const Audio = window.AudioContext || window.webkitAudioContext;
  if (!Audio) return;
  audio = audio || new Audio();
  if (audio.state !== "running") await audio.resume();
  showSound();
}

// ---- the line

function connect() {
  if (source) source.close();
  source = new EventSource("/phone/api/events");
  source.addEventListener("state", (event) => {
    alive();
    hear(JSON.parse(event.data));
  });
  source.addEventListener("beat", (event) => {
    alive();
    beat(JSON.parse(event.data));
    show();
    flush();
  });
  source.onerror = () => {
    lost();
    if (source.readyState === EventSource.CLOSED) check();
  };
  listenUntil(SILENT_MS);
}

function alive() {
  if (!connected) document.querySelectorAll(".shot.later").forEach((one) => (one.closest(".card").dataset.from = ""));
  connected = true;
  lost.said = false;
  retryMs = 2000;
  listenUntil(SILENT_MS);
}

function listenUntil(ms) {
  clearTimeout(connect.timer);
  connect.timer = setTimeout(() => {
    lost();
    connect();
  }, ms);
}

function lost() {
  if (!connected && lost.said) return;
  connected = false;
  lost.said = true;
  show();
}

// An EventSource does not say why it was refused: ask once more, in a way that does.
async function check() {
  clearTimeout(connect.timer);
  try {
    const answer = await fetch("/phone/api/state", { cache: "no-store" });
    if (answer.status === 401 || answer.status === 403) {
      lock(answer.status === 401 ? "scan" : "other");
      return;
    }
    if (answer.ok) {
      connect();
      return;
    }
  } catch (error) {
    // no line: try again below
  }
  connect.timer = setTimeout(check, retryMs);
  retryMs = Math.min(30000, retryMs * 2);
}

function lock(why) {
  if (source) source.close();
  clearTimeout(connect.timer);
  locked = why;
  forget();
  show();
}

// ---- what is said

async function act(order, name, more = {}) {
  const one = { event_id: eventId(), number: Date.now(), owner: state.me.id, order_id: order.order_id, act: name, reason: "", at: new Date(now()).toISOString(), ...more };
  await box.put("acts", one);
  await count();
  show();
  flush();
}

async function addPhoto(order, blob) {
  const photo = { event_id: eventId(), number: Date.now(), owner: state.me.id, order_id: order.order_id, blob };
  await box.put("photos", photo);
  await count();
  show();
  flush();
}

// One after the other, acts first: no picture holds up an act. What is kept goes out again until it is answered.
async function flush() {
  if (flushing || locked || !state || !state.me) return;
  flushing = true;
  try {
    await count();
    for (const one of waiting.acts) if (!(await sendAct(one))) return;
    for (const one of waiting.photos) if (!(await sendPhoto(one))) return;
  } catch (error) {
    // no line: what is kept goes out later
  } finally {
    flushing = false;
    await count();
    show();
    clearTimeout(flush.timer);
    if (waiting.acts.length || waiting.photos.length) flush.timer = setTimeout(flush, 5000);
  }
}

async function sendAct(one) {
  if (one.owner !== state.me.id) return true;
  if (one.sentOn && one.sentOn === state.line && Date.now() - one.sentAt < ANSWER_MS) return true;
  const { event_id, order_id, act: name, reason, to, at } = one;
  const body = JSON.stringify({ event_id, order_id, act: name, reason, at, ...(to ? { to } : {}) });
  const answer = await fetch("/phone/api/acts", { method: "POST", headers: { "Content-Type": "application/json" }, body });
  if (answer.status === 401 || answer.status === 403) {
    lock(answer.status === 401 ? "scan" : "other");
    return false;
  }
  if (answer.status === 202) {
    if (!(await box.all("acts")).some((kept) => kept.event_id === event_id)) return true;
    if (!state.answered.includes(event_id)) await box.put("acts", { ...one, sentOn: state.line, sentAt: Date.now() });
  } else if (answer.status === 422 || answer.status === 413) {
    await box.remove("acts", event_id);
    toast(t("act_failed"));
  } else {
    return false;
  }
  return true;
}

async function sendPhoto(one) {
  if (one.owner !== state.me.id) return true;
  const answer = await fetch(`/phone/api/photos/${one.order_id}?event_id=${one.event_id}`, { method: "POST", headers: { "Content-Type": one.blob.type }, body: one.blob });
  if (answer.status === 401 || answer.status === 403) {
    lock(answer.status === 401 ? "scan" : "other");
    return false;
  }
  if (answer.status >= 500 || answer.status === 408) return false;
  await box.remove("photos", one.event_id);
  const why = answer.ok ? "" : answer.status === 413 ? "too_large" : ((await answer.json()) || {}).why;
  toast(answer.ok ? t("photo_kept") : t(words[`photo_failed_${why}`] ? `photo_failed_${why}` : "photo_failed"));
  return true;
}

// ---- what is shown

function show() {
  showLine();
  showSound();
  const main = byId("main");
  for (const id of ["told", "mine", "offers", "empty"]) byId(id).hidden = true;
  if (locked) showLocked();
  else if (!state) showEmpty("cloud", "loading_title", "loading_text");
  else showOrders();
  showFoot();
  main.setAttribute("aria-busy", String(!state && !locked));
}

function showLine() {
  byId("name").textContent = state && !locked ? state.me.name : "";
  const word = locked ? "" : !connected ? (lost.said ? "offline" : "connecting") : !state || state.broker !== "up" ? "down" : "up";
  const line = byId("line");
  line.className = `line ${word}`;
  line.hidden = !word;
  setText(line, word ? t(word) : "");
  const notice = locked ? "" : noticeText(word);
  byId("notice").hidden = !notice;
  setText(byId("notice"), notice);
}

function noticeText(word) {
  const age = { ago: ago(Date.now() - heardAt) };
  if (word === "offline") return state && heardAt ? t("notice_offline", age) : t("notice_offline_none");
  if (word !== "down" || !state) return "";
  if (words[`notice_${state.broker}`] && state.broker !== "down") return t(`notice_${state.broker}`);
  return heardAt && Date.now() - heardAt > 10000 ? t("notice_down", age) : "";
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function showSound() {
  const offered = !locked && state && (window.AudioContext || window.webkitAudioContext) && (!audio || audio.state !== "running");
  byId("sound").hidden = !offered;
  setText(byId("sound").querySelector("span"), t("sound_on"));
}

function showLocked() {
  byId("sheet").close();
  const way = locked === "other" ? el("a", { class: "button main", href: "/" }, t("other_way")) : null;
  showEmpty("code", `${locked}_title`, `${locked}_text`, way);
}

function showEmpty(picture, title, text, way = null) {
  const empty = byId("empty");
  empty.hidden = false;
  empty.replaceChildren(icon(picture), el("strong", {}, t(title)), el("p", {}, t(text)), ...(way ? [way] : []));
}

function showOrders() {
  const told = state.told.filter((one) => !one.answer || one.kind === "claim_lost");
  const unread = told.filter((one) => !shut.includes(one.id) && now() - Date.parse(one.at) < TOLD_MS).reverse().slice(0, 3);
  byId("told").hidden = !unread.length;
  sameOrNew(byId("told"), unread.map((one) => [one.id, language, () => toldCard(one)]));
  const mine = state.orders.filter((order) => order.yours).sort((a, b) => a.done_by.localeCompare(b.done_by));
  const offers = state.orders.filter((order) => !order.yours).sort((a, b) => a.claim_by.localeCompare(b.claim_by));
  showSection("mine", mine);
  showSection("offers", offers);
  document.title = offers.length ? `(${offers.length}) 未诉先办` : "未诉先办";
  if (!state.orders.length) {
    if (state.fresh) showEmpty("tick", "empty_title", "empty_text");
    else if (["up", "down"].includes(state.broker)) showEmpty("cloud", "loading_title", "loading_text");
  }
}

function showSection(id, orders) {
  const section = byId(id);
  section.hidden = !orders.length;
  setText(section.querySelector("h2"), `${t(id)}（${orders.length}）`);
  const cards = orders.map((order) => [order.order_id, signature(order), () => card(order)]);
  sameOrNew(section.querySelector(".cards"), cards);
  for (const order of orders) {
    const facts = section.querySelector(`[data-key="${order.order_id}"] .deadline`);
    if (facts) setDeadline(facts, order);
  }
}

// A card that still says the same stays where it is: nobody's tap falls between two drawings.
function sameOrNew(parent, wanted) {
  const there = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  const drawn = wanted.map(([key, drawnFrom, make]) => {
    const old = there.get(key);
    if (old && old.dataset.from === drawnFrom) return old;
    const made = make();
    made.dataset.key = key;
    made.dataset.from = drawnFrom;
    return made;
  });
  if (drawn.length !== parent.children.length || drawn.some((child, n) => parent.children[n] !== child)) parent.replaceChildren(...drawn);
}

function pendingOf(order) {
  return waiting.acts.filter((one) => one.order_id === order.order_id && one.owner === state.me.id);
}

function signature(order) {
  const photos = waiting.photos.filter((one) => one.order_id === order.order_id).length;
  return JSON.stringify([language, order, pendingOf(order).map((one) => [one.act, sentNow(one)]), photos, freshOffers.includes(`${order.order_id}@${order.attempt}`)]);
}

function sentNow(one) {
  return Boolean(one.sentOn && connected);
}

function toldCard(one) {
  const kind = GOOD.includes(one.reason) ? "good" : WARN.includes(one.reason) ? "warn" : "";
  const head = one.kind === "claim_lost" ? t("told_lost") : one.kind === "recall" ? t("told_recall") : one.kind === "claim_won" ? t("told_won") : t("told_update");
  const text = el("div", {}, el("strong", {}, one.title ? `${one.title} · ${one.place}` : head), reasonOf(one.reason));
  const read = () => {
    shut = [...shut, one.id].slice(-100);
    keep();
    show();
  };
  return el("article", { class: `told ${kind}` }, text, button("small", t("got_it"), read));
}

function card(order) {
  const tags = [
    order.priority === "top" ? el("span", { class: "tag top-priority" }, t("top")) : order.priority === "high" ? el("span", { class: "tag high" }, t("high")) : null,
    order.attempt > 1 && !order.yours ? el("span", { class: "tag again" }, t("again")) : null,
    order.yours ? el("span", { class: "tag state" }, t(`state_${order.state}`)) : null,
  ];
  const isNew = freshOffers.includes(`${order.order_id}@${order.attempt}`);
  return el(
    "article",
    { class: `card ${isNew ? "new" : ""}` },
    shots(order),
    el(
      "div",
      { class: "body" },
      el("h3", { class: "title" }, order.title, ...tags.filter(Boolean)),
      el("p", { class: "place" }, `${order.camera} · ${order.zone}`),
      el("p", { class: "facts" }, el("span", {}, distance(order.distance_m)), order.state === "verifying" ? null : el("span", { class: "deadline" })),
      order.why && !order.yours ? el("p", { class: "quiet" }, t("why", { why: order.why })) : null,
      actions(order),
    ),
  );
}

function setDeadline(element, order) {
  const by = order.yours ? order.done_by : order.claim_by;
  const left = Date.parse(by) - now();
  const when = t(order.yours ? "done_by" : "claim_by", { time: clockTime(by) });
  setText(element, `${when} · ${left < 0 ? t("late", { span: span(-left) }) : t("left", { span: span(left) })}`);
  element.className = `deadline ${left < 0 ? "late" : left < 300000 ? "soon" : ""}`;
}

// What was done and failed has a picture from the look after it, too. Where there turns out to be none, its place goes.
function shots(order) {
  const shown = order.attempt > 1 ? ["before", "after"] : ["before"];
  return el("div", { class: "shots" }, ...shown.map((when) => shot(order, when, shown.length > 1)));
}

function shot(order, when, named) {
  const label = t(`picture_${when}`, { title: order.title });
  const made = el("button", { type: "button", class: "shot", "aria-label": label, onclick: () => showLarge(order, when) }, named ? el("span", {}, t(when)) : null);
  picture(order, when, "").then((url) => {
    if (url) made.prepend(el("img", { src: url, alt: "" }));
    else if (url === null) made.remove();
    else made.replaceChildren(t("picture_later"));
    made.classList.toggle("later", url === undefined);
  });
  return made;
}

// A picture is asked for once and kept in memory only: no browser keeps it. Undefined while the line is down.
async function picture(order, when, size) {
  const key = `${order.order_id}/${when}?attempt=${order.attempt}${size}`;
  if (pictures.has(key)) return pictures.get(key);
  try {
    const answer = await fetch(`/phone/api/pictures/${key}`);
    if (answer.status >= 500) return undefined;
    const url = answer.ok ? URL.createObjectURL(await answer.blob()) : null;
    pictures.set(key, url);
    return url;
  } catch (error) {
    return undefined;
  }
}

async function showLarge(order, when) {
  const small = await picture(order, when, "");
  if (!small) return;
  const image = el("img", { src: small, alt: t(`picture_${when}`, { title: order.title }) });
  openSheet(image, button("", t("close_picture"), closeSheet));
  byId("sheet").classList.add("large");
  const full = await picture(order, when, "&size=full");
  if (full) image.src = full;
}

function actions(order) {
  const pending = pendingOf(order);
  const blocking = pending.find((one) => ENDING.includes(one.act));
  const here = order.state === "on_site" || pending.some((one) => one.act === "arrived");
  const rows = pending.map(pendingRow);
  if (waiting.photos.some((one) => one.order_id === order.order_id)) rows.push(el("p", { class: "pending kept" }, t("pending_photo")));
  if (!blocking && !order.yours) rows.push(...offerRows(order));
  else if (!blocking && HOLDING.includes(order.state)) rows.push(...holdingRows(order, here));
  else if (order.state === "verifying") rows.push(el("p", { class: "quiet" }, t("verifying")), button("small", t("add_photo"), () => photoSheet(order, false)));
  return el("div", { class: "actions" }, ...rows);
}

function pendingRow(one) {
  const sent = sentNow(one);
  const row = el("p", { class: `pending ${sent ? "" : "kept"}` }, t(sent ? "pending_sent" : "pending_kept", { act: t(one.act) }));
  if (!one.sentOn && !connected) {
    const takeBack = async () => {
      await box.remove("acts", one.event_id);
      await count();
      show();
    };
    row.append(button("small", t("undo"), takeBack));
  }
  return row;
}

function offerRows(order) {
  const claim = () => {
    freshOffers = freshOffers.filter((offer) => offer !== `${order.order_id}@${order.attempt}`);
    act(order, "claim");
  };
  return [el("div", { class: "row" }, button("", t("decline"), () => reasonSheet(order, "decline", false)), button("main", t("claim"), claim))];
}

function holdingRows(order, here) {
  const done = button(here ? "main" : "", t("done"), () => photoSheet(order, true));
  const arrived = here ? null : button("main", t("arrived"), () => act(order, "arrived"));
  return [ways(order), el("div", { class: "row" }, done, ...(arrived ? [arrived] : [])), button("small", t("more"), () => moreSheet(order))];
}

// Positions are WGS-84: Amap is told so, and does the shift to its own map.
function ways(order) {
  const { lat, lon } = order.position;
  const name = encodeURIComponent(`${order.camera} ${order.zone}`);
  const amap = `https://uri.amap.com/marker?position=${lon},${lat}&name=${name}&coordinate=wgs84&src=weisu&callnative=1`;
  const geo = `geo:${lat},${lon}?q=${lat},${lon}(${name})`;
  const out = { class: "button way", rel: "noreferrer", target: "_blank" };
  return el("div", { class: "row" }, el("a", { ...out, href: amap }, t("amap")), el("a", { class: "button way", href: geo }, t("geo")));
}

function showFoot() {
  const other = language === "zh" ? "en" : "zh";
  const change = async () => {
    document.cookie = `${LANGUAGE_COOKIE}=${other}; path=/; max-age=31536000; samesite=lax`;
    await speak(other);
    show();
  };
  if (byId("foot").dataset.from === language + locked) return;
  byId("foot").dataset.from = language + locked;
  const leave = locked ? null : el("button", { type: "button", onclick: leaveSheet }, t("leave"));
  const switched = el("button", { type: "button", lang: other === "zh" ? "zh-CN" : "en", onclick: change }, t("other_language"));
  byId("foot").replaceChildren(switched, ...(leave ? [leave] : []));
}

// ---- sheets: what needs one more word

function openSheet(...children) {
  const sheet = byId("sheet");
  sheet.className = "sheet";
  sheet.replaceChildren(...children);
  if (!sheet.open) sheet.showModal();
  sheet.scrollTop = 0;
}

function closeSheet() {
  byId("sheet").close();
  byId("sheet").replaceChildren();
}

function form(title, ...children) {
  const back = button("small", t("back"), closeSheet);
  return el("form", { method: "dialog" }, el("h2", { id: "sheet-title", tabindex: "-1", autofocus: true }, title), ...children, back);
}

function moreSheet(order) {
  const choices = [
    button("choice", t("hand_over"), () => handOverSheet(order)),
    button("choice", t("cannot"), () => reasonSheet(order, "cannot", true)),
    button("choice", t("false_alarm"), () => reasonSheet(order, "false_alarm", true)),
  ];
  openSheet(form(`${order.title} · ${order.zone}`, ...choices));
}

// One of some choices, each a button; `chosen` is told which, or nothing once it is taken back.
function choices(list, chosen) {
  const made = list.map(([value, text]) => {
    const pick = () => {
      const picked = one.getAttribute("aria-pressed") !== "true";
      made.forEach((other) => other.setAttribute("aria-pressed", String(picked && other === one)));
      chosen(picked ? value : "");
    };
    const one = button("choice", text, pick, { "aria-pressed": "false" });
    return one;
  });
  return made;
}

function reasonSheet(order, name, needed) {
  let picked = "";
  const own = el("textarea", { maxlength: 150, rows: 2, placeholder: t("own_words"), "aria-label": t("own_words") });
  const reason = () => [picked, own.value.replace(/\s+/g, " ").trim()].filter(Boolean).join("；").slice(0, 200);
  const send = button("main", t(`send_${name}`), () => {
    act(order, name, { reason: reason() });
    closeSheet();
  });
  const check = () => (send.disabled = needed && !reason());
  own.addEventListener("input", check);
  const list = t(`${name}_reasons`).split("|").map((text) => [text, text]);
  const picks = choices(list, (value) => {
    picked = value;
    check();
  });
  check();
  openSheet(form(t(`${name}_title`), ...picks, own, send));
}

async function handOverSheet(order) {
  openSheet(form(t("hand_over_title"), el("p", { class: "quiet" }, t("colleagues_loading"))));
  let found;
  try {
    const answer = await fetch(`/phone/api/colleagues/${order.order_id}`);
    if (!answer.ok) throw new Error(answer.statusText);
    found = await answer.json();
  } catch (error) {
    openSheet(form(t("hand_over_title"), el("p", {}, t("colleagues_offline"))));
    return;
  }
  if (!found.length) {
    openSheet(form(t("hand_over_title"), el("p", {}, t("colleagues_none"))));
    return;
  }
  let to = "";
  const send = button("main", t("send_hand_over"), () => {
    act(order, "hand_over", { to });
    closeSheet();
  });
  send.disabled = true;
  const picks = choices(
    found.map((one) => [one.id, one.name]),
    (value) => {
      to = value;
      send.disabled = !to;
    },
  );
  openSheet(form(t("hand_over_title"), ...picks, send));
}

function photoSheet(order, finishes) {
  let blob = null;
  const input = el("input", { type: "file", accept: "image/*", capture: "environment", "aria-label": t("take_photo") });
  const box = el("label", { class: "button camera" }, icon("camera"), el("span", {}, t("take_photo")), input);
  const send = button(finishes ? "" : "main", finishes ? t("send_without_photo") : t("send_photo"), async () => {
    closeSheet();
    if (finishes) await act(order, "done");
    if (blob) await addPhoto(order, blob);
  });
  send.disabled = !finishes;
  input.addEventListener("change", async () => {
    if (!input.files.length) return;
    blob = await smaller(input.files[0]);
    if (!blob) {
      toast(t("photo_failed_not_a_picture"));
      return;
    }
    send.disabled = false;
    send.className = "button main";
    send.textContent = t(finishes ? "send_with_photo" : "send_photo");
    box.querySelectorAll("svg, img").forEach((old) => old.remove());
    box.prepend(el("img", { src: URL.createObjectURL(blob), alt: t("photo_shown") }));
    box.querySelector("span").textContent = t("retake");
  });
  openSheet(form(t(finishes ? "done_title" : "add_photo"), el("p", {}, t("done_text")), box, send));
}

// At most 1600 pixels, upright, and without what the camera wrote into the file. Null for what is no picture.
async function smaller(file) {
  try {
    const image = await loaded(file);
    const scale = Math.min(1, LONGEST_PX / Math.max(image.width, image.height));
    const canvas = el("canvas", { width: Math.round(image.width * scale), height: Math.round(image.height * scale) });
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.8));
  } catch (error) {
    return null;
  }
}

async function loaded(file) {
  const image = new Image();
  image.src = URL.createObjectURL(file);
  try {
    await image.decode();
    return image;
  } finally {
    setTimeout(() => URL.revokeObjectURL(image.src), 10000);
  }
}

function leaveSheet() {
  const leave = () => {
    forget();
    indexedDB.deleteDatabase(STORE);
    location.href = "/leave";
  };
  openSheet(form(t("leave"), el("p", {}, t("leave_sure")), button("main", t("leave_yes"), leave)));
}

// ---- the beginning

async function begin() {
  recall();
  box = await Box.open();
  await speak(chosenLanguage());
  await count();
  byId("sound").append(icon("bell"), el("span"));
  byId("sound").addEventListener("click", async () => {
    await wakeSound();
    sound();
    toast(t("sound_tried"));
  });
  addEventListener("click", wakeSound, { once: true }); // not before: what hides its button moves the page under the finger
  addEventListener("offline", lost);
  addEventListener("online", connect);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible" && !locked && !connected) connect();
  });
  show();
  connect();
  setInterval(show, 15000);
  if ("serviceWorker" in navigator) keepPage();
}

async function keepPage() {
  const had = Boolean(navigator.serviceWorker.controller);
  let reloaded = false;
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    if (had && !reloaded && !byId("sheet").open) {
      reloaded = true;
      location.reload();
    }
  });
  try {
    await navigator.serviceWorker.register("/phone/app/worker.js", { scope: "/phone" });
  } catch (error) {
    console.warn("this page will not open without a line", error);
  }
}

begin();
