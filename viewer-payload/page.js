/* Links on this disc are written in lower case. Where the names of the disc are shown in upper case, they
   are rewritten to match; which one it is can be seen from the address of this page. */
(function () {
  var upper = /\.HTM$/.test(location.pathname);
  function set(el, name) {
    var v = el.getAttribute(name);
    if (v && !/^(#|[A-Za-z]+:)/.test(v)) {
      var w = upper ? v.toUpperCase() : v.toLowerCase();
      if (w !== v) { el.setAttribute(name, w); }
    }
  }
  function all(list, name) { for (var i = 0; i < list.length; i++) { set(list[i], name); } }
  function links() { all(document.getElementsByTagName('a'), 'href'); }
  function retry(img) {
    var failed = 0;
    function again() {
      var v = img.getAttribute('src');
      if (failed++ > 1) { return; }
      if (v === v.toUpperCase()) { img.setAttribute('src', v.toLowerCase()); }
      else { img.setAttribute('src', v.toUpperCase()); }
    }
    img.onerror = again;
    if (img.complete && !img.naturalWidth) { again(); }
  }
  function images() {
    var list = document.images, i;
    all(list, 'src');
    for (i = 0; i < list.length; i++) { retry(list[i]); }
  }

  /* Large pictures over the page, with the arrow keys; without this script each is a plain link. */
  function gallery() {
    var grid = document.getElementById('previews'), box = null, img, say, at = 0, list, i;
    if (!grid) { return; }
    list = grid.getElementsByTagName('a');
    function show(n) {
      at = (n + list.length) % list.length;
      var thumb = list[at].getElementsByTagName('img')[0];
      img.src = thumb.src;
      img.alt = thumb.alt;
      say.data = (at + 1) + ' of ' + list.length;
    }
    function close() {
      if (box) { document.body.removeChild(box); box = null; list[at].focus(); }
    }
    function button(bar, text, label, act) {
      var b = document.createElement('button');
      b.appendChild(document.createTextNode(text));
      b.setAttribute('type', 'button');
      b.setAttribute('aria-label', label);
      b.onclick = act;
      bar.appendChild(b);
      return b;
    }
    function open(n) {
      var bar = document.createElement('div'), next;
      box = document.createElement('div');
      box.id = 'show';
      box.setAttribute('role', 'dialog');
      box.setAttribute('aria-label', 'Large picture');
      img = document.createElement('img');
      say = document.createTextNode('');
      box.appendChild(img);
      box.appendChild(bar);
      button(bar, '\u2039 Back', 'Previous picture', function () { show(at - 1); });
      bar.appendChild(say);
      next = button(bar, 'Next \u203a', 'Next picture', function () { show(at + 1); });
      button(bar, 'Close', 'Close the large picture', close);
      document.body.appendChild(box);
      show(n);
      next.focus();
    }
    function opener(n) {
      return function (e) {
        if (e && (e.ctrlKey || e.metaKey || e.shiftKey)) { return true; }
        open(n);
        return false;
      };
    }
    for (i = 0; i < list.length; i++) { list[i].onclick = opener(i); }
    document.onkeydown = function (e) {
      var key = e.key;
      if (!box) { return; }
      if (key === 'ArrowRight' || key === 'ArrowDown') { show(at + 1); }
      else if (key === 'ArrowLeft' || key === 'ArrowUp') { show(at - 1); }
      else if (key === 'Escape') { close(); }
      else { return; }
      if (e.preventDefault) { e.preventDefault(); }
    };
  }
  function ready() { links(); images(); gallery(); }
  if (document.addEventListener) { document.addEventListener('DOMContentLoaded', ready, false); }
  else { window.onload = ready; }
}());
