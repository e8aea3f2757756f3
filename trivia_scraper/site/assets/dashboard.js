// A dashboard knows nothing that happened after it was made, so it says how old it is.
(() => {
  "use strict";
  const HOUR = 60 * 60 * 1000;
  const note = document.getElementById("age");
  const hours = Math.floor((Date.now() - Date.parse(document.getElementById("made").dateTime)) / HOUR);
  if (hours < 1) return;
  const isDue = note.dataset.due && Date.parse(note.dataset.due) < Date.now();
  const age = hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} days`;
  note.textContent = `This page was made ${age} ago and shows no later run${isDue ? ", although one was due since" : ""}. Build the catalogue again.`;
  note.classList.toggle("is-due", Boolean(isDue));
  note.hidden = false;
})();
