// Follows what the program shows: reloads when the page has changed, and keeps the waiting line up to date.
(function () {
  "use strict";
  var body = document.body, waiting = document.getElementById("waiting"), lost = document.getElementById("lost"), misses = 0;
  function again() { setTimeout(ask, 1000); }
  function ask() {
    fetch(body.dataset.state, { cache: "no-store", credentials: "omit" }).then(function (r) {
      if (!r.ok) { throw new Error(String(r.status)); }
      return r.json();
    }).then(function (s) {
      misses = 0;
      lost.hidden = true;
      if (String(s.version) !== body.dataset.version) {
        location.replace(location.href.split("#")[0]);
        return;
      }
      if (waiting && s.waiting && waiting.textContent !== s.waiting) { waiting.textContent = s.waiting; }
      again();
    }).catch(function () {
      if (++misses > 2) { lost.hidden = false; }
      again();
    });
  }
  again();
})();
