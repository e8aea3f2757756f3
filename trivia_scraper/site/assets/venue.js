// A venue's page: dates that have passed since it was made are removed, a reader in another zone sees their own time,
// and the address of the page can be shared.
"use strict";
(() => {
  const DAY = 24 * 3600000;
  const STILL_ON = Number(document.documentElement.dataset.nightMinutes) * 60000; // how long a night lasts after its start
  const endOf = (at) => (at.length > 10 ? Date.parse(at) + STILL_ON : Date.parse(`${at}T23:59:59`));
  const remaining = [];
  for (const list of document.querySelectorAll("ol.dates")) {
    const entries = [...list.children].filter((entry) => {
      const isPast = endOf(entry.firstElementChild.dateTime) < Date.now();
      if (isPast) entry.remove();
      return !isPast;
    });
    entries.forEach((entry, number) => (entry.hidden = number >= Number(list.dataset.shown)));
    if (entries.length) remaining.push({ time: entries[0].firstElementChild, fee: list.closest(".night").dataset.fee });
    else list.replaceWith("The dates that this page knows have passed: ask the pub.");
  }

  const line = document.querySelector(".next:has(time)");
  const [soonest] = remaining.sort((one, other) => endOf(one.time.dateTime) - endOf(other.time.dateTime));
  if (line && soonest) {
    const first = soonest.time;
    line.querySelector("time").replaceWith(first.cloneNode(true));
    line.querySelector(".fee").textContent = soonest.fee;
    const offset = /([+-])(\d\d):(\d\d)$/.exec(first.dateTime);
    const start = new Date(first.dateTime);
    const there = offset && (offset[1] === "-" ? -1 : 1) * (Number(offset[2]) * 60 + Number(offset[3]));
    if (offset && -start.getTimezoneOffset() !== there) {
      const dayThere = Date.parse(first.dateTime.slice(0, 10)) / DAY;
      const dayHere = Math.floor((start - start.getTimezoneOffset() * 60000) / DAY);
      // As the pub's own time beside it is written: "7 pm" or "19:00".
      const [hour, minutes] = [start.getHours(), String(start.getMinutes()).padStart(2, "0")];
      const ofTwelve = `${hour % 12 || 12}${minutes === "00" ? "" : `:${minutes}`}\u00a0${hour < 12 ? "am" : "pm"}`;
      const clock = /[ap]m$/.test(first.textContent) ? ofTwelve : `${String(hour).padStart(2, "0")}:${minutes}`;
      const weekday = dayHere === dayThere ? "" : `${start.toLocaleDateString("en", { weekday: "long" })}, `;
      const note = document.createElement("span");
      note.className = "quiet";
      note.textContent = `${weekday}${clock} your time`;
      line.querySelector("time").after(" ", note);
    }
  } else line?.remove();

  const share = document.getElementById("share");
  const said = document.getElementById("shared");
  share.hidden = !navigator.share && !navigator.clipboard;
  share.addEventListener("click", async () => {
    const url = document.querySelector("link[rel=canonical]")?.href ?? location.href.split("#")[0];
    try {
      if (navigator.share) await navigator.share({ title: document.title, url });
      else {
        await navigator.clipboard.writeText(url);
        said.textContent = "Link copied.";
      }
    } catch (error) {
      if (error.name !== "AbortError") said.textContent = url;
    }
  });
})();
