// Keeps the page itself for when the line is down; the line before this one names the version. Data never passes through here.
const KEPT = `weisu-phone-${VERSION}`;
const FILES = ["/phone", ...["phone.js", "phone.css", "words-zh.json", "words-en.json", "manifest.webmanifest", "icon.svg"].map((name) => `/phone/app/${name}`)];

addEventListener("install", (event) => {
  const fresh = FILES.map((file) => new Request(file, { cache: "reload" }));
  event.waitUntil(caches.open(KEPT).then((kept) => kept.addAll(fresh)).then(() => skipWaiting()));
});

addEventListener("activate", (event) => {
  const old = (name) => name.startsWith("weisu-phone-") && name !== KEPT;
  event.waitUntil(caches.keys().then((names) => Promise.all(names.filter(old).map((name) => caches.delete(name)))).then(() => clients.claim()));
});

addEventListener("fetch", (event) => {
  const { pathname, origin } = new URL(event.request.url);
  if (event.request.method !== "GET" || origin !== location.origin || !FILES.includes(pathname)) return;
  event.respondWith(caches.open(KEPT).then((kept) => kept.match(pathname)).then((file) => file || fetch(event.request)));
});
