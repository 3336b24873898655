// Brings the page's middle up to date while somebody looks at it. Without it the page works, and reloads by hand.
(function () {
  "use strict";
  var waiting = document.body.dataset.refresh * 1000;
  var main = document.querySelector("main");
  if (!main || !waiting || !window.fetch || !window.DOMParser) return;
  function busy() {
    var field = document.activeElement;
    return document.hidden || (main.contains(field) && /^(INPUT|TEXTAREA|SELECT)$/.test(field.tagName)) ||
      Array.prototype.some.call(main.querySelectorAll("textarea, input[type=text]"), function (f) { return f.value !== f.defaultValue; });
  }
  function shown(text) {
    var fresh = new DOMParser().parseFromString(text, "text/html");
    var next = fresh.querySelector("main");
    if (!next || busy()) return;
    var open = Array.prototype.map.call(main.querySelectorAll("details[open]"), function (d) { return d.id; });
    main.innerHTML = next.innerHTML;
    open.forEach(function (id) { var d = document.getElementById(id); if (d) d.open = true; });
    document.title = fresh.title;
  }
  function look() {
    if (busy()) return again();
    fetch(location.href, { credentials: "same-origin" }).then(function (answer) {
      if (answer.redirected) return location.reload();
      if (!answer.ok) throw new Error(answer.status);
      return answer.text().then(shown).then(function () { document.body.classList.remove("away"); });
    }).catch(function () { document.body.classList.add("away"); }).then(again);
  }
  function again() { setTimeout(look, waiting); }
  again();
})();
