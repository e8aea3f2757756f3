// A venue's page: dates that have passed since it was made go, and a reader in another zone sees their own clock.
"use strict";
(() => {
  const HOUR = 3600000;
  const local = new Intl.DateTimeFormat(undefined, { weekday: "long", hour: "numeric", minute: "2-digit" });
  for (const list of document.querySelectorAll("ol.dates")) {
    const shown = Number(list.dataset.shown);
    const entries = [...list.children].filter((entry) => {
      const at = entry.firstElementChild.dateTime;
      const end = at.length > 10 ? Date.parse(at) + 2 * HOUR : Date.parse(`${at}T23:59:59`);
      if (end < Date.now()) entry.remove();
      return end >= Date.now();
    });
    entries.forEach((entry, number) => {
      entry.hidden = number >= shown;
      const at = entry.firstElementChild.dateTime;
      const offset = /([+-])(\d\d):(\d\d)$/.exec(at);
      if (!offset) return;
      const minutes = (offset[1] === "-" ? -1 : 1) * (Number(offset[2]) * 60 + Number(offset[3]));
      if (-new Date(at).getTimezoneOffset() === minutes) return;
      const note = document.createElement("span");
      note.className = "quiet";
      note.textContent = ` – ${local.format(new Date(at))} your time`;
      entry.append(note);
    });
    if (!entries.length) list.replaceWith("The dates that this page knows have passed.");
  }
})();
